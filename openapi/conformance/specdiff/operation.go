package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// An operation is one method of a path.
type operation struct{ method, path string }

func (o operation) String() string { return strings.ToUpper(o.method) + " " + o.path }

// A pair is an operation that both documents have, with all references resolved.
type pair struct {
	operation
	id           string // our operationId
	ours, theirs side
}

// A side is an operation as one document has it.
type side struct {
	body   map[string]any
	shared map[string]any // what the path says for all its methods
}

// match pairs the operations of ours with those of theirs. Each that theirs lacks
// gets a sentence.
func match(ours, theirs document) (pairs []pair, missing []string, err error) {
	all := theirs.operations()
	for _, o := range ours.operations() {
		if !slices.Contains(all, o) {
			missing = append(missing, lacks(o, all))
			continue
		}
		p := pair{operation: o}
		if p.ours, err = ours.side(o); err != nil {
			return nil, nil, err
		}
		if p.theirs, err = theirs.side(o); err != nil {
			return nil, nil, fmt.Errorf("%w: %s: %w", errChanged, o, err)
		}
		p.id, _ = p.ours.body["operationId"].(string)
		pairs = append(pairs, p)
	}
	return pairs, missing, nil
}

// lacks says that o is not among all, and what looks like it.
func lacks(o operation, all []operation) string {
	var like []string
	for _, other := range all {
		if slices.Equal(ending(o.path), ending(other.path)) {
			like = append(like, other.String())
		}
	}
	if len(like) == 0 {
		return fmt.Sprintf("has no %s, and nothing like it", o)
	}
	return fmt.Sprintf("has no %s; it has %s", o, strings.Join(like, ", "))
}

// ending returns the last two segments of a path that are no parameters.
func ending(path string) []string {
	fixed := slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return strings.HasPrefix(s, "{") })
	return fixed[max(0, len(fixed)-2):]
}

// operations returns the operations of d in the order of their paths.
func (d document) operations() (found []operation) {
	paths, _ := d["paths"].(map[string]any)
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		for _, method := range methods {
			if at(d, []string{"paths", path, method}) != nil {
				found = append(found, operation{method, path})
			}
		}
	}
	return found
}

func (d document) side(o operation) (side, error) {
	item, err := d.resolve(at(d, []string{"paths", o.path}), 0)
	if err != nil {
		return side{}, err
	}
	whole, _ := item.(map[string]any)
	body, ok := whole[o.method].(map[string]any)
	if !ok {
		return side{}, fmt.Errorf("%s is no object", o)
	}
	shared := maps.Clone(whole)
	for _, method := range append(methods, "summary", "description") {
		delete(shared, method)
	}
	return side{body, shared}, nil
}

// reduced is a document of these operations alone, at the servers of d.
func (d document) reduced(pairs []pair, of func(pair) side) document {
	paths := map[string]any{}
	for _, p := range pairs {
		item := of(p).shared
		item[p.method] = of(p).body
		paths[p.path] = item
	}
	return document{
		"openapi": "3.0.3",
		"info":    map[string]any{"title": "limits", "version": "1"},
		"servers": d["servers"],
		"paths":   paths,
	}
}
