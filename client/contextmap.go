package client

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/deea8dec/hubspot-limits/gen"
)

// contextMap reads a context: an object, or its text form. Text of another form,
// and anything else, stands under the key "".
func contextMap(c gen.Context) map[string][]string {
	raw, err := c.MarshalJSON()
	if err != nil || absent(raw) {
		return nil
	}
	if raw[0] != '{' {
		values := contextValues(raw)
		if raw[0] == '"' {
			if found, ok := parseContext(values[0]); ok {
				return found
			}
		}
		return map[string][]string{"": values}
	}
	var plain map[string][]string
	// json would take a null among the strings for an empty one.
	if json.Unmarshal(raw, &plain) == nil && !bytes.Contains(raw, []byte("null")) {
		return plain
	}
	found := map[string][]string{}
	for key, value := range members(raw) {
		found[key] = contextValues(value)
	}
	return found
}

// contextValues returns the strings of an array, or else the value's one text.
func contextValues(raw json.RawMessage) []string {
	var texts []*string
	if json.Unmarshal(raw, &texts) == nil && raw[0] == '[' {
		values := make([]string, 0, len(texts))
		for _, text := range texts {
			if text == nil {
				return []string{compact(raw)}
			}
			values = append(values, *text)
		}
		return values
	}
	var text string
	if raw[0] == '"' && json.Unmarshal(raw, &text) == nil {
		return []string{text}
	}
	return []string{compact(raw)}
}

// parseContext reads the text form, {missingScopes=[scope1, scope2]}. A value
// ends where the next "key=" begins.
func parseContext(text string) (map[string][]string, bool) {
	rest, opened := strings.CutPrefix(strings.TrimSpace(text), "{")
	rest, closed := strings.CutSuffix(rest, "}")
	if !opened || !closed {
		return nil, false
	}
	found := map[string][]string{}
	for rest != "" {
		key, after, ok := cutKey(rest)
		if !ok {
			return nil, false
		}
		var value string
		value, rest = cutContextValue(after)
		if list, ok := strings.CutPrefix(value, "["); ok && strings.HasSuffix(list, "]") {
			found[key] = []string{}
			if list = strings.TrimSuffix(list, "]"); list != "" {
				found[key] = strings.Split(list, ", ")
			}
		} else {
			found[key] = []string{value}
		}
	}
	return found, true
}

// cutContextValue cuts s behind its first value: behind the bracket that closes
// a list, or before a comma that a "key=" follows.
func cutContextValue(s string) (value, rest string) {
	end := 0
	if strings.HasPrefix(s, "[") {
		end = max(strings.Index(s, "]"), 0)
	}
	for i := end; i < len(s); i++ {
		if next, ok := strings.CutPrefix(s[i:], ", "); ok {
			if _, _, ok := cutKey(next); ok {
				return s[:i], next
			}
		}
	}
	return s, ""
}

func cutKey(s string) (key, rest string, ok bool) {
	key, rest, ok = strings.Cut(s, "=")
	return key, rest, ok && key != "" && !strings.ContainsAny(key, " ,[]{}\"")
}

// subCategory returns a name, or an object as compact JSON, {} as "".
func subCategory(c gen.SubCategory) string {
	raw, err := c.MarshalJSON()
	if err != nil || absent(raw) {
		return ""
	}
	var name string
	if json.Unmarshal(raw, &name) == nil {
		return name
	}
	if text := compact(raw); text != "{}" {
		return text
	}
	return ""
}

func absent(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return ""
	}
	return b.String()
}
