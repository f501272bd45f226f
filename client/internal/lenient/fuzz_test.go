package lenient_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client/internal/lenient"
)

// What encoding/json reads is read in the same way, and what it does not is read
// member by member.
func FuzzDecode(f *testing.F) {
	for _, data := range []string{
		``, `{}`, `null`, `[]`, ` {"name":"a"} `, `{"name":5,"number":5}`, `{"NAME":"a","Number":"5"}`, `{"date":"today","things":[{"name":"a"},5,null]}`,
		`{"links":{"a":"b","c":{}},"values":{},"pointer":5.5}`, `{"things":{"things":"x"}}`, `{"context":{"a":["b"]},"things":[{"context":"{a=[b]}"}]}`, `{"inner":{"name":"a","NAME":5,"Name":"b"}}`,
		`{"number":1,"number":"2"}`, "{}\v", `{"name":"a"`, `{"name":"a"}{}`, `{"\u006eame":"\ud800","raw":[1, 2]}`, "{\"name\":\"\xff\"}",
	} {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got, want thing
		odd, err := lenient.Decode(data, &got)
		trimmed := bytes.TrimSpace(data)
		object := json.Valid(trimmed) && trimmed[0] == '{'
		strict := json.Unmarshal(trimmed, &want)
		switch {
		case (err == nil) != object:
			t.Errorf("%q: error %v", data, err)
		case err != nil || bytes.Contains(data, []byte("null")): // which encoding/json takes for ""
		case (strict == nil) != (odd == nil) && !textual(got): // a context that does not fit is its text
			t.Errorf("%q: odd %q, encoding/json says %v", data, odd, strict)
		case strict == nil && !reflect.DeepEqual(got, want):
			t.Errorf("%q: %+v, want %+v", data, got, want)
		default:
			checkMembers(t, data, reflect.ValueOf(got))
		}
	})
}

// textual reports whether a context, here or further inside, may be a mere text.
func textual(t thing) bool { return t.Context[""] != nil || slices.ContainsFunc(t.Things, textual) }

// checkMembers checks that each member that fits its field is in it.
func checkMembers(t *testing.T, data []byte, got reflect.Value) {
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil {
		return
	}
	for i := range got.NumField() {
		name, _, _ := strings.Cut(got.Type().Field(i).Tag.Get("json"), ",")
		raw, found := members[name]
		for other := range members {
			if other != name && strings.EqualFold(other, name) {
				found = false // the last of them counts, and the map does not say which it is
			}
		}
		want := reflect.New(got.Type().Field(i).Type)
		if !found || bytes.Count(data, []byte(name)) > 1 || json.Unmarshal(raw, want.Interface()) != nil {
			continue
		}
		if !reflect.DeepEqual(got.Field(i).Interface(), want.Elem().Interface()) {
			t.Errorf("%q: %s is %+v, want %+v", data, name, got.Field(i), want.Elem())
		}
	}
}

// A long object costs a bounded number of bytes for each of its own, and time in
// proportion to its length, whatever is repeated in it.
func FuzzDecodeCost(f *testing.F) {
	for _, parts := range [][3]string{
		{`{"things":[`, "0,", "0]}"}, {`{"things":[`, "null,", "{}]}"}, {`{"values":[`, "0,", "0]}"}, {`{"links":{`, `"":0,`, `"":0}}`},
		{`{"things":[{"things":[`, "[],", "0]}]}"}, {`{`, `"things":0,`, `"a":0}`}, {`{"name":"`, `\u002d`, `"}`}, {"", `{"things":`, ""}, {`{"number":"",`, `"name":"a",`, `"a":0}`},
	} {
		f.Add(parts[0], parts[1], parts[2])
	}
	f.Fuzz(func(t *testing.T, start, part, end string) {
		if len(part) == 0 {
			return
		}
		const long = 64 << 10
		data := []byte(start + strings.Repeat(part, long/len(part)) + end)
		began := time.Now()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = lenient.Decode(data, new(thing))
		runtime.ReadMemStats(&after)
		if each := (after.TotalAlloc - before.TotalAlloc) / uint64(len(data)); each > 4000 {
			t.Errorf("%q, %q, %q: %d bytes allocated for each", start, part, end, each)
		}
		if took := time.Since(began); took > 5*time.Second { // 10 ms are usual
			t.Errorf("%q, %q, %q: %v", start, part, end, took)
		}
	})
}
