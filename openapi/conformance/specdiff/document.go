package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// A document is OpenAPI as plain JSON values, its references not resolved.
type document map[string]any

func fetch(from string) ([]byte, error) {
	if !strings.Contains(from, "://") {
		return os.ReadFile(from)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", from, resp.Status)
	}
	return io.ReadAll(resp.Body)
}

func load(data []byte) (document, error) {
	parsed, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, err
	}
	text, err := parsed.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var doc document
	return doc, json.Unmarshal(text, &doc)
}

func (d document) paths() []string {
	var paths []string
	all, _ := d["paths"].(map[string]any)
	for path := range all {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}

// A missingError says which paths of this kind there are.
type missingError struct{ paths []string }

func (e *missingError) Error() string {
	if len(e.paths) == 0 {
		return "no path that ends with batch/purge"
	}
	return strings.Join(e.paths, ", ")
}

// operation returns what is posted to path, with nothing left to refer to.
func (d document) operation(path string) (map[string]any, error) {
	op, err := d.inline(at(d, []string{"paths", path, "post"}), 0)
	if err != nil {
		return nil, err
	}
	found, ok := op.(map[string]any)
	if !ok {
		purges := slices.DeleteFunc(d.paths(), func(p string) bool { return !strings.HasSuffix(p, "/batch/purge") })
		return nil, &missingError{purges}
	}
	return found, nil
}

// inline returns v with every reference within d resolved.
func (d document) inline(v any, depth int) (_ any, err error) {
	if depth > 100 {
		return nil, errors.New("a schema that contains itself can't be compared")
	}
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			found := at(d, strings.Split(strings.TrimPrefix(ref, "#/"), "/"))
			if found == nil {
				return nil, fmt.Errorf("%s does not exist", ref)
			}
			return d.inline(found, depth+1)
		}
		whole := make(map[string]any, len(v))
		for key, value := range v {
			if whole[key], err = d.inline(value, depth+1); err != nil {
				return nil, err
			}
		}
		return whole, nil
	case []any:
		whole := make([]any, len(v))
		for i := range v {
			if whole[i], err = d.inline(v[i], depth+1); err != nil {
				return nil, err
			}
		}
		return whole, nil
	}
	return v, nil
}

// reduced is a document of one operation at the servers of d.
func (d document) reduced(path string, op map[string]any) document {
	return document{
		"openapi": "3.0.3",
		"info":    map[string]any{"title": "purge", "version": "1"},
		"servers": d["servers"],
		"paths":   map[string]any{path: map[string]any{"post": op}},
	}
}
