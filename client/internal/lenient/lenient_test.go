package lenient_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client/internal/lenient"
)

// A thing has a field of each kind.
type thing struct {
	Name    string              `json:"name"`
	Number  int32               `json:"number,omitempty"`
	Pointer *int32              `json:"pointer"`
	Date    time.Time           `json:"date"`
	Raw     json.RawMessage     `json:"raw"`
	Values  []json.RawMessage   `json:"values"`
	Links   map[string]string   `json:"links"`
	Context map[string][]string `json:"context"`
	Things  []thing             `json:"things"`
	Inner   inner               `json:"inner"`
}

type inner struct {
	Name string `json:"name"`
	Size int32  `json:"size"`
}

func TestDecode(t *testing.T) {
	five := int32(5)
	day := time.Date(2026, 11, 2, 9, 30, 0, 0, time.UTC)
	for data, tc := range map[string]struct {
		want thing
		odd  []string
	}{
		`{}`:                                  {thing{}, nil},
		" \r\n\t{\"name\":\"a\"} ":            {thing{Name: "a"}, nil},
		`{"name":"a","number":5,"pointer":5}`: {thing{Name: "a", Number: 5, Pointer: &five}, nil},
		`{"NAME":"a","nUmBeR":5}`:             {thing{Name: "a", Number: 5}, nil},
		`{"name":null,"number":null,"date":null,"links":null,"things":null,"inner":null,"pointer":null}`: {thing{}, nil},
		`{"other":{"name":[]},"name":"a"}`: {thing{Name: "a"}, nil},
		// What does not fit is named, and nothing else is lost.
		`{"name":5,"number":5}`:                       {thing{Number: 5}, []string{"name"}},
		`{"name":{},"NUMBER":5}`:                      {thing{Number: 5}, []string{"name"}},
		`{"NAME":5,"number":5}`:                       {thing{Number: 5}, []string{"name"}},
		`{"number":"5","name":"a"}`:                   {thing{Name: "a"}, []string{"number"}},
		`{"number":5.5,"name":"a"}`:                   {thing{Name: "a"}, []string{"number"}},
		`{"number":3000000000,"name":"a"}`:            {thing{Name: "a"}, []string{"number"}},
		`{"pointer":"5","name":"a"}`:                  {thing{Name: "a"}, []string{"pointer"}},
		`{"date":"today","name":"a"}`:                 {thing{Name: "a"}, []string{"date"}},
		`{"date":5,"name":"a"}`:                       {thing{Name: "a"}, []string{"date"}},
		`{"date":{},"name":"a"}`:                      {thing{Name: "a"}, []string{"date"}},
		`{"date":"2026-11-02T09:30:00Z","number":[]}`: {thing{Date: day}, []string{"number"}},
		`{"raw":{ "a" : 1 },"number":[]}`:             {thing{Raw: json.RawMessage(`{ "a" : 1 }`)}, []string{"number"}},
		`{"links":{"a":"b","c":5},"name":"a"}`:        {thing{Name: "a", Links: map[string]string{"a": "b", "c": ""}}, []string{"links"}},
		`{"links":[],"name":"a"}`:                     {thing{Name: "a"}, []string{"links"}},
		`{"inner":{"name":"a","size":""}}`:            {thing{Inner: inner{Name: "a"}}, []string{"inner.size"}},
		`{"inner":{"name":5,"SIZE":5}}`:               {thing{Inner: inner{Size: 5}}, []string{"inner.name"}},
		`{"inner":5,"name":"a"}`:                      {thing{Name: "a"}, []string{"inner"}},
		// An object of string arrays is read as it is, and anything else becomes its text.
		`{"context":{"a":["b","c"],"d":[]},"name":5}`: {thing{Context: map[string][]string{"a": {"b", "c"}, "d": {}}}, []string{"name"}},
		`{"context":"{a=[b]}","name":"a"}`:            {thing{Name: "a", Context: map[string][]string{"": {"{a=[b]}"}}}, nil},
		`{"context":{"a":["b", 5]},"name":"a"}`:       {thing{Name: "a", Context: map[string][]string{"": {`{"a":["b",5]}`}}}, nil},
		`{"context":{"a":[null]},"name":"a"}`:         {thing{Name: "a", Context: map[string][]string{"": {`{"a":[null]}`}}}, nil},
		`{"context":null,"name":"a"}`:                 {thing{Name: "a"}, nil},
		// Lists are read item by item, and what is no list becomes its only item.
		`{"values":{"a":1},"name":"a"}`:                             {thing{Name: "a", Values: []json.RawMessage{json.RawMessage(`{"a":1}`)}}, []string{"values"}},
		`{"values":[1,null],"number":""}`:                           {thing{Values: []json.RawMessage{json.RawMessage("1"), json.RawMessage("null")}}, []string{"number"}},
		`{"things":{"name":"a"}}`:                                   {thing{Things: []thing{{Name: "a"}}}, []string{"things"}},
		`{"things":"boom","name":"a"}`:                              {thing{Name: "a", Things: []thing{{}}}, []string{"things"}},
		`{"things":[{"name":5,"number":5},{"name":"b"},7,null,[]]}`: {thing{Things: []thing{{Number: 5}, {Name: "b"}, {}, {}, {}}}, []string{"things.name", "things"}},
		`{"things":[{"things":[{"date":""},{"date":0}]}]}`:          {thing{Things: []thing{{Things: []thing{{}, {}}}}}, []string{"things.things.date"}},
		`{"things":[{"things":{"date":""}}]}`:                       {thing{Things: []thing{{Things: []thing{{}}}}}, []string{"things.things", "things.things.date"}},
		// Of two members for one field the last one counts.
		`{"number":"x","number":5}`:        {thing{Number: 5}, []string{"number"}},
		`{"number":5,"number":"x"}`:        {thing{}, []string{"number"}},
		`{"number":5,"Number":6,"name":0}`: {thing{Number: 6}, []string{"name"}},
	} {
		var got thing
		odd, err := lenient.Decode([]byte(data), &got)
		if err != nil || !reflect.DeepEqual(got, tc.want) || !slices.Equal(odd, tc.odd) {
			t.Errorf("%s: %+v, odd %q, %v\nwant %+v, odd %q", data, got, odd, err, tc.want, tc.odd)
		}
	}
}

// What is not exactly one object is an error. What came before the end of one that
// was cut off is kept.
func TestDecodeFails(t *testing.T) {
	deep := strings.Repeat(`{"things":[`, 6000) + strings.Repeat("]}", 6000)
	for data, want := range map[string]thing{
		"": {}, " ": {}, "null": {}, "5": {}, `"a"`: {}, "[]": {}, "[{}]": {}, "<html>": {}, "{": {}, "{]": {}, "\ufeff{}": {},
		`{"name":"a"`:                 {Name: "a"},
		`{"name":"a","number":`:       {Name: "a"},
		`{"name":"a","number":5,"li`:  {Name: "a", Number: 5},
		`{"name":"a"}{}`:              {Name: "a"},
		`{"name":"a"} and more`:       {Name: "a"},
		`{"name":"a",5:6}`:            {Name: "a"},
		`{"name":"a","things":[{"na`:  {Name: "a"},
		`{"name":5,"number":5,"date"`: {Number: 5},
		`{"name":"a","x":` + deep:     {Name: "a"},
		deep:                          {},
	} {
		var got thing
		if _, err := lenient.Decode([]byte(data), &got); err == nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%.40q: %+v, %v, want %+v", data, got, err, want)
		}
	}
}

// A long object is read as a short one is.
func TestDecodeLongObject(t *testing.T) {
	long := strings.Repeat("x", 300<<10)
	for data, wantOdd := range map[string][]string{
		`{"name":"` + long + `","things":[{"name":"` + long + `"}]}`:              nil,
		`{"name":"` + long + `","number":"","things":[{"name":"` + long + `"}]}`:  {"number"},
		`{"name":"` + long + `","things":[{"name":"` + long + `","number":""}]}`:  {"things.number"},
		`{"name":"` + long + `","things":[{"name":"` + long + `"}],"values":[1]}`: nil,
	} {
		var got, want thing
		odd, err := lenient.Decode([]byte(data), &got)
		_ = json.Unmarshal([]byte(data), &want) // it keeps on after a value that does not fit
		if err != nil || !reflect.DeepEqual(got, want) || !slices.Equal(odd, wantOdd) || got.Name != long || got.Things[0].Name != long {
			t.Errorf("%d bytes: odd %q, %v", len(data), odd, err)
		}
	}
	var got thing
	if _, err := lenient.Decode([]byte(`{"name":"`+long+`","things":[{"name":"`), &got); err == nil || got.Name != long {
		t.Errorf("cut off: %v", err)
	}
}

// Decode starts from nothing, whatever the struct held.
func TestDecodeAfterFailure(t *testing.T) {
	got := thing{Name: "old", Links: map[string]string{"old": ""}}
	if odd, err := lenient.Decode([]byte(`{"number":"5"}`), &got); err != nil || !slices.Equal(odd, []string{"number"}) || !reflect.DeepEqual(got, thing{}) {
		t.Errorf("%+v, odd %q, %v", got, odd, err)
	}
}
