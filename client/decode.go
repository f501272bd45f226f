package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/deea8dec/hubspot-limits/gen"
)

// decodeResult reads the body of a 2xx answer and tells whether it says that all
// is done. It fails for anything but nothing, null or one JSON object.
func decodeResult(body []byte) (_ *Result, complete bool, err error) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || string(body) == "null" {
		return &Result{}, true, nil
	}
	var r gen.BatchResult
	counted := true
	if err := json.Unmarshal(body, &r); err != nil || body[0] != '{' {
		if syntax := new(json.SyntaxError); errors.As(err, &syntax) {
			return nil, false, fmt.Errorf("not JSON: %w", err)
		}
		if body[0] != '{' {
			return nil, false, errors.New("not a JSON object")
		}
		fit(body, reflect.ValueOf(&r).Elem())
		// A number of errors that can't be read is not zero errors.
		var n int32
		raw, given := members(body)["numErrors"]
		counted = !given || json.Unmarshal(raw, &n) == nil
	}
	result := newResult(r)
	complete = counted && result.Status == StatusComplete && result.NumErrors == 0 && len(result.Failures) == 0
	return result, complete, nil
}

// decodeError reads what it can of the body of any other answer.
func decodeError(body []byte) *Error {
	var e gen.Error
	fit(body, reflect.ValueOf(&e).Elem())
	return newError(e)
}

// fit decodes raw into v, a generated type. Where that fails it goes on field by
// field and item by item: what does not fit is zero, the rest holds.
func fit(raw []byte, v reflect.Value) {
	if json.Unmarshal(raw, v.Addr().Interface()) == nil {
		return
	}
	v.SetZero()
	switch v.Kind() {
	case reflect.Struct:
		given := members(raw)
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if value, ok := given[name]; ok && name != "" { // a time.Time has fields without one
				fit(value, v.Field(i))
			}
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for name, value := range members(raw) {
			item := reflect.New(v.Type().Elem()).Elem()
			fit(value, item)
			v.SetMapIndex(reflect.ValueOf(name), item)
		}
	case reflect.Slice:
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) != nil {
			items = []json.RawMessage{raw} // one, where a list of them was promised
		}
		v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
		for i, item := range items {
			fit(item, v.Index(i))
		}
	}
}

// members returns the fields of a JSON object, those before the cut of one that
// was cut off, and none of anything else.
func members(raw []byte) map[string]json.RawMessage {
	found := map[string]json.RawMessage{}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return found
	}
	for dec.More() {
		name, err := dec.Token()
		var value json.RawMessage
		if err != nil || dec.Decode(&value) != nil {
			break
		}
		found[name.(string)] = value //nolint:forcetypeassert // a decoder lets no other key through
	}
	return found
}
