// Package lenient reads JSON objects into structs. Where encoding/json would give
// up, or skip a value without saying which, it keeps all that fits and names what
// does not.
package lenient

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
)

// Decode reads the JSON object in data into the struct that v points to, with the
// names of encoding/json, in any letter case: no two fields may differ in that alone.
//
// A value that does not fit its field stays zero, and all others are kept. A value
// that is no array, where one is expected, becomes its only item. One that is no
// object of string arrays, where that is expected, becomes its only text, under the
// name "".
//
// odd has the path of each field that did not fit, such as "errors.message", once.
// The error says that data is not exactly one JSON object: v then has what came
// before the end, if data was cut off.
func Decode(data []byte, v any) (odd []string, err error) {
	data = bytes.TrimSpace(data)
	if len(data) == 0 || data[0] != '{' {
		return nil, errors.New("not a JSON object")
	}
	if !inPieces(data) && json.Unmarshal(data, v) == nil {
		return nil, nil
	}
	var d decoder
	object := reflect.ValueOf(v).Elem()
	object.SetZero()
	d.fields(data, object, "")
	return d.odd, json.Unmarshal(data, new(json.RawMessage)) // fails only for its syntax
}

// inPieces reports whether a value is not tried as a whole first. If a long one does
// not fit, growing its lists was in vain, and that costs more than all else. And
// encoding/json takes a null in a list for "".
func inPieces(raw []byte) bool {
	return len(raw) > 256<<10 || bytes.Contains(raw, []byte("null"))
}

type decoder struct{ odd []string }

// doesNotFit notes the path of a value that does not fit.
func (d *decoder) doesNotFit(path string) {
	if !slices.Contains(d.odd, path) {
		d.odd = append(d.odd, path)
	}
}

// value reads raw into v, piece by piece if it does not fit as a whole.
func (d *decoder) value(raw []byte, v reflect.Value, path string) {
	_, custom := v.Addr().Interface().(json.Unmarshaler)
	kind := v.Kind()
	if !custom && string(raw) != "null" &&
		(kind == reflect.Struct && raw[0] != '{' || kind == reflect.String && raw[0] != '"') {
		d.doesNotFit(path) // found without json.Unmarshal, whose error costs an allocation
		return
	}
	composite := !custom && raw[0] != 'n' && (kind == reflect.Struct || kind == reflect.Slice || kind == reflect.Map)
	if (!composite || !inPieces(raw)) && json.Unmarshal(raw, v.Addr().Interface()) == nil {
		return
	}
	v.SetZero()
	switch {
	case v.Type() == reflect.TypeFor[map[string][]string]():
		v.Set(reflect.ValueOf(lists(raw)))
	case kind == reflect.Struct && !custom:
		d.fields(raw, v, path)
	case kind == reflect.Map && raw[0] == '{':
		v.Set(reflect.MakeMap(v.Type()))
		members(raw, func(name string, raw json.RawMessage) {
			item := reflect.New(v.Type().Elem()).Elem()
			d.value(raw, item, path)
			v.SetMapIndex(reflect.ValueOf(name), item)
		})
	case kind == reflect.Slice && !custom:
		d.items(raw, v, path)
	default:
		d.doesNotFit(path)
	}
}

// lists reads an object of string arrays. Anything else becomes its only text, under
// the name "".
func lists(raw []byte) map[string][]string {
	var nullable map[string][]*string
	var lists map[string][]string
	fits := json.Unmarshal(raw, &nullable) == nil && json.Unmarshal(raw, &lists) == nil
	for _, list := range nullable {
		fits = fits && list != nil && !slices.Contains(list, nil)
	}
	if !fits {
		return map[string][]string{"": {Text(raw)}}
	}
	return lists
}

// Text returns the text of a JSON string, and any other value as compact JSON.
func Text(raw []byte) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var b bytes.Buffer
	_ = json.Compact(&b, raw) // it was JSON before
	return b.String()
}

// items reads an array item by item. Anything else becomes the only item.
func (d *decoder) items(raw []byte, v reflect.Value, path string) {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		d.doesNotFit(path)
		items = []json.RawMessage{raw}
	}
	v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	for i, item := range items {
		d.value(item, v.Index(i), path)
	}
}

// fields reads the members of an object into the fields of a struct. Of two members
// for one field the last one counts, as in encoding/json.
func (d *decoder) fields(raw []byte, v reflect.Value, path string) {
	members(raw, func(name string, raw json.RawMessage) {
		if i := field(v.Type(), name); i >= 0 {
			d.value(raw, v.Field(i), strings.TrimPrefix(path+"."+jsonName(v.Type(), i), "."))
		}
	})
}

// field returns the index of the field with a name, in any letter case, or -1.
func field(t reflect.Type, name string) int {
	for i := range t.NumField() {
		if own := jsonName(t, i); own != "" && strings.EqualFold(own, name) {
			return i
		}
	}
	return -1
}

func jsonName(t reflect.Type, i int) string {
	name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
	return name
}

// members calls f for each member of a JSON object, and stops where the object was
// cut off.
func members(raw []byte, f func(name string, raw json.RawMessage)) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return
	}
	for dec.More() {
		name, err := dec.Token()
		key, isName := name.(string)
		var value json.RawMessage
		if err != nil || !isName || dec.Decode(&value) != nil {
			return
		}
		f(key, value)
	}
}
