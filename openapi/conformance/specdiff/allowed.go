package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

//go:embed allowed.json
var allowedJSON []byte

// A difference is one on purpose: where HubSpot's operation holds Theirs, it may
// differ from ours. Where it holds anything else, the difference counts.
type difference struct {
	What string `json:"what"`
	Why  string `json:"why"`
	// Of is our operationId of the one operation it is about, absent for both.
	Of string `json:"of"`
	// At lists the places, as JSON pointers from the operation.
	At []string `json:"at"`
	// Theirs is what HubSpot has there: null for nothing, absent for whatever.
	Theirs json.RawMessage `json:"theirs"`
	// As is another name that the same thing has in our document.
	As string `json:"as"`
	// Elements may differ anywhere; they are named as oasdiff does.
	Elements []string `json:"elements"`
}

// allow makes HubSpot's side of each pair like ours where it differs on purpose. It
// returns the differences that it found, and the elements to ignore.
func allow(pairs []pair) (found []difference, ignored []string, err error) {
	var all []difference
	if err := json.Unmarshal(allowedJSON, &all); err != nil {
		return nil, nil, fmt.Errorf("allowed.json: %w", err)
	}
	for _, d := range all {
		ignored = append(ignored, d.Elements...)
		taken := len(d.Elements) > 0
		for _, p := range pairs {
			if d.Of != "" && d.Of != p.id {
				continue
			}
			ok, err := d.takeAll(p)
			if err != nil {
				return nil, nil, fmt.Errorf("allowed.json: %s: %w", d.What, err)
			}
			taken = taken || ok
		}
		if taken {
			found = append(found, d)
		}
	}
	return found, ignored, nil
}

// takeAll makes theirs like ours at each of the difference's places.
func (d difference) takeAll(p pair) (taken bool, err error) {
	for _, pointer := range d.At {
		ok, err := d.take(p.ours.body, p.theirs.body, split(pointer))
		if err != nil {
			return false, err
		}
		taken = taken || ok
	}
	return taken, nil
}

// take makes theirs like ours at one place, if it holds what it may.
func (d difference) take(ours, theirs map[string]any, place []string) (bool, error) {
	have := at(theirs, place)
	if d.Theirs != nil {
		var want any
		if err := json.Unmarshal(d.Theirs, &want); err != nil {
			return false, err
		}
		if !reflect.DeepEqual(plain(have), want) {
			return false, nil
		}
	}
	parent, ok := at(theirs, place[:len(place)-1]).(map[string]any)
	if !ok {
		return false, nil
	}
	name := place[len(place)-1]
	if d.As != "" {
		if have == nil || parent[d.As] != nil {
			return false, nil
		}
		delete(parent, name)
		parent[d.As] = have
		return true, nil
	}
	our := at(ours, place)
	if reflect.DeepEqual(our, have) {
		return false, nil
	}
	if delete(parent, name); our != nil {
		parent[name] = our
	}
	return true, nil
}

// at returns what is at a place, nil for nothing.
func at(v any, place []string) any {
	for _, name := range place {
		switch in := v.(type) {
		case document:
			v = in[name]
		case map[string]any:
			v = in[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(in) {
				return nil
			}
			v = in[i]
		default:
			return nil
		}
	}
	return v
}

func split(pointer string) []string {
	names := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, name := range names {
		names[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
	}
	return names
}

// plain returns a schema without what only explains it.
func plain(v any) any {
	schema, ok := v.(map[string]any)
	if !ok {
		return v
	}
	kept := make(map[string]any, len(schema))
	for key, value := range schema {
		switch {
		case key == "description" || key == "example" || strings.HasPrefix(key, "x-"):
		case key == "items" || key == "additionalProperties":
			kept[key] = plain(value)
		default:
			kept[key] = value
		}
	}
	return kept
}
