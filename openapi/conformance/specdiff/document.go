package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// A document is OpenAPI as plain JSON values, its references not resolved.
type document map[string]any

func load(data []byte) (document, error) {
	parsed, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, err
	}
	if parsed.Paths.Len() == 0 {
		return nil, errors.New("it has no paths")
	}
	text, err := parsed.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var doc document
	return doc, json.Unmarshal(text, &doc)
}

// resolve returns v with every reference within d resolved.
func (d document) resolve(v any, depth int) (_ any, err error) {
	if depth > 100 {
		return nil, errors.New("a schema that contains itself can't be compared")
	}
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			found := at(d, split(strings.TrimPrefix(ref, "#")))
			if found == nil {
				return nil, fmt.Errorf("%s does not exist", ref)
			}
			return d.resolve(found, depth+1)
		}
		whole := make(map[string]any, len(v))
		for key, value := range v {
			if whole[key], err = d.resolve(value, depth+1); err != nil {
				return nil, err
			}
		}
		return whole, nil
	case []any:
		whole := make([]any, len(v))
		for i := range v {
			if whole[i], err = d.resolve(v[i], depth+1); err != nil {
				return nil, err
			}
		}
		return whole, nil
	}
	return v, nil
}
