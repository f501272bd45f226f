package openapi_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

const someTypes = `{"inputs":[{"category":"USER_DEFINED","typeId":35}]}`

// The transport that checks the tests' traffic against the document bites on
// wrong answers of the purge.
func TestCheckingTransportBitesOnPurges(t *testing.T) {
	var success map[string]any
	for _, e := range examples(t) {
		if e.name == "success" {
			if err := json.Unmarshal(e.body, &success); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, change := range map[string]func(body map[string]any){
		"":                 func(map[string]any) {},
		"missing property": func(body map[string]any) { delete(body, "status") },
		"unknown value":    func(body map[string]any) { body["status"] = "DONE" },
		"wrong type":       func(body map[string]any) { body["numErrors"] = "none" },
		"odd date":         func(body map[string]any) { body["startedAt"] = "yesterday" },
	} {
		body := maps.Clone(success)
		change(body)
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		if n := violations(t, purge, "", someTypes, purgetest.Answer{Status: 200, Body: string(text)}); n == 0 == (name != "") {
			t.Errorf("answer with %q: %d violations", name, n)
		}
	}
}

func TestCheckingTransportBitesOnReads(t *testing.T) {
	for body, want := range map[string]bool{
		`{"results":[]}`: true,
		`{"results":[{"category":"A","typeId":1}]}`:                                                true,
		`{"results":[{"category":"A","typeId":1,"userEnforcedMaxToObjectIds":0,"label":"B"}]}`:     true,
		`{"results":[{"category":"A","typeId":1,"userEnforcedMaxToObjectIds":null,"label":null}]}`: true,
		`{}`:                             false,
		`{"results":null}`:               false,
		`{"results":[{"category":"A"}]}`: false,
		`{"results":[{"typeId":1}]}`:     false,
		`{"results":[{"category":"A","typeId":"1"}]}`:                                false,
		`{"results":[{"category":"A","typeId":1,"userEnforcedMaxToObjectIds":"5"}]}`: false,
		`{"results":[{"category":"A","typeId":1,"userEnforcedMaxToObjectIds":5.5}]}`: false,
		`{"results":[{"category":"A","typeId":1,"label":7}]}`:                        false,
	} {
		if n := violations(t, read, "", "", purgetest.Answer{Status: 200, Body: body}); n == 0 != want {
			t.Errorf("answer %s: %d violations", body, n)
		}
	}
	if violations(t, read, "", "", purgetest.Answer{Status: 204}) == 0 {
		t.Error("a read without a body passes")
	}
}

func TestCheckingTransportBitesOnRequests(t *testing.T) {
	for body, want := range map[string]bool{
		someTypes:                                    true,
		`{"inputs":[]}`:                              true,
		`{"inputs":[{"typeId":1}]}`:                  false,
		`{"inputs":[{"category":"A"}]}`:              false,
		`{"inputs":[{"category":"A","typeId":"1"}]}`: false,
		`{"inputs":null}`:                            false,
		`{}`:                                         false,
	} {
		if n := violations(t, purge, "", body, purgetest.Answer{Status: 204}); n == 0 != want {
			t.Errorf("request %s: %d violations", body, n)
		}
	}
	for _, id := range []string{purge, read} {
		if violations(t, id, "/more", someTypes, purgetest.Answer{Status: 204}) == 0 {
			t.Error("a path of no operation passes")
		}
	}
}

// violations sends one request to an operation's path and what is more, serves the
// answer, and counts what breaks the document.
func violations(t *testing.T, id, more, body string, answer purgetest.Answer) int {
	t.Helper()
	s := purgetest.NewServer()
	defer s.Close()
	s.Queue(answer)
	op := operations(t, load(t))[id]
	path := strings.NewReplacer("{fromObjectType}", "0-1", "{toObjectType}", "0-2").Replace(op.path)
	req, err := http.NewRequestWithContext(t.Context(), op.method, "https://api.hubapi.com"+path+more, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := s.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return len(s.Violations())
}
