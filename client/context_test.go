package client_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

func TestContextMaps(t *testing.T) {
	for context, want := range map[string]map[string][]string{
		`null`:                               nil,
		`{}`:                                 {},
		`{"a":["b","c"]}`:                    {"a": {"b", "c"}},
		`{"a":[]}`:                           {"a": {}},
		`{"a":["null","\u006eull"]}`:         {"a": {"null", "null"}},
		`{"null":["b"]}`:                     {"null": {"b"}},
		`""`:                                 {"": {""}},
		`"scope1, scope2"`:                   {"": {"scope1, scope2"}},
		`"{}"`:                               {"": {"{}"}},
		`"{missingScopes=[scope1, scope2]}"`: {"": {"{missingScopes=[scope1, scope2]}"}},
		`"{\"a\":[\"b\"]}"`:                  {"": {`{"a":["b"]}`}},
		`{"a":"b","c":5,"d":{"e":[1, 2]}}`:   {"": {`{"a":"b","c":5,"d":{"e":[1,2]}}`}},
		`{"a":["b",null]}`:                   {"": {`{"a":["b",null]}`}},
		`{"a":[null]}`:                       {"": {`{"a":[null]}`}},
		`{"a":null}`:                         {"": {`{"a":null}`}},
		`{"a":["b"],"c":["x",1]}`:            {"": {`{"a":["b"],"c":["x",1]}`}},
		`["a", "b"]`:                         {"": {`["a","b"]`}},
		`5`:                                  {"": {"5"}},
	} {
		t.Run(context, func(t *testing.T) {
			s := standIn(t)
			s.Queue(purgetest.OffDocument(purgetest.Answer{Status: 400, Body: `{"message":"m","context":` + context + `,"errors":[{"context":` + context + `}]}`}))
			_, err := purge(t, connect(t, s, once))
			refusal := new(client.Error)
			if !errors.As(err, &refusal) || len(refusal.Details) != 1 {
				t.Fatalf("error %v", err)
			}
			if !reflect.DeepEqual(refusal.Context, want) || !reflect.DeepEqual(refusal.Details[0].Context, want) {
				t.Errorf("context %q and %q, want %q", refusal.Context, refusal.Details[0].Context, want)
			}
		})
	}
}

func TestSubCategories(t *testing.T) {
	for raw, want := range map[string]string{
		`"NAME"`: "NAME", `""`: "", `null`: "", `{}`: "", `{ }`: "", `{"a": [1, 2]}`: `{"a":[1,2]}`, `5`: "5",
	} {
		s := standIn(t)
		s.Queue(purgetest.OffDocument(purgetest.Answer{Status: 400, Body: `{"message":"m","subCategory":` + raw + `,"errors":[{"subCategory":` + raw + `}]}`}))
		_, err := purge(t, connect(t, s, once))
		refusal := new(client.Error)
		if !errors.As(err, &refusal) || refusal.SubCategory != want || refusal.Details[0].SubCategory != want {
			t.Errorf("subCategory %s: %+v, want %q", raw, refusal, want)
		}
	}
}
