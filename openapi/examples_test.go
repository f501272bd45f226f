package openapi_test

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// Which status an example of the default answer comes with.
var exampleStatuses = map[string]int{"missingScopes": 403, "tenSecondlyRolling": 429, "secondly": 429, "daily": 429}

// An example is one answer of an operation, as the document shows it.
type example struct {
	operation, name string
	status          int // 0 if nobody has decided yet
	body            []byte
}

// examples returns all that the document has.
func examples(t *testing.T) (found []example) {
	t.Helper()
	for id, op := range operations(t, load(t)) {
		for code, response := range op.Responses.Map() {
			for name, shown := range mediaType(response).Examples {
				status, err := strconv.Atoi(code)
				if err != nil {
					status = exampleStatuses[name]
				}
				body, err := json.Marshal(shown.Value.Value)
				if err != nil {
					t.Fatal(err)
				}
				found = append(found, example{id, name, status, body})
			}
		}
	}
	return found
}

// Each example of an answer, served as it stands, reaches the caller in full.
func TestExamplesReachTheCaller(t *testing.T) {
	shown := map[string]bool{}
	for _, e := range examples(t) {
		shown[e.operation+" "+e.name] = true
		t.Run(e.operation+"/"+e.name, func(t *testing.T) {
			if e.status == 0 {
				t.Fatalf("a person has to decide with which status %s is served", e.name)
			}
			checkServed(t, e.operation, e.status, string(e.body))
		})
	}
	for name := range exampleStatuses {
		if !shown[purge+" "+name] || !shown[read+" "+name] {
			t.Errorf("an operation lacks the example %s", name)
		}
	}
}

// The example of the reference page has a context as a text. HubSpot documents no
// grammar for it: the caller gets the text as it is.
func TestContextTextReachesTheCallerAsItIs(t *testing.T) {
	for _, e := range examples(t) {
		if e.name != "referencePage" {
			continue
		}
		_, err := serve(t, purge, purgetest.Answer{Status: e.status, Body: string(e.body)})
		incomplete := new(client.IncompleteError)
		if !errors.As(err, &incomplete) {
			t.Fatalf("%v is no IncompleteError", err)
		}
		got := incomplete.Result.Failures[0].Details[0].Context
		want := map[string][]string{"": {"{missingScopes=[scope1, scope2]}"}}
		if !maps.EqualFunc(got, want, slices.Equal) {
			t.Errorf("context %q, want %q", got, want)
		}
		return
	}
	t.Error("the example is gone")
}

// The read's examples show each form of an item, and no item at all.
func TestExamplesOfTheReadAreReadAsMeant(t *testing.T) {
	contactToCompany := func(of client.AssociationType) client.Limit {
		return client.Limit{From: client.Contacts, To: client.Companies, Type: of}
	}
	want := map[string][]client.LimitSetting{
		"severalTypes": {
			{Limit: contactToCompany(client.HubSpotDefined(279)), Max: 5},
			{Limit: contactToCompany(client.UserDefined(35)), Max: 1, Label: "Decision maker"},
		},
		"nothingSet": {},
	}
	for _, e := range examples(t) {
		if e.operation != read || e.status != http.StatusOK {
			continue
		}
		got, err := serve(t, read, purgetest.Answer{Status: e.status, Body: string(e.body)})
		if settings, known := want[e.name]; err != nil || !known || !slices.Equal(got.([]client.LimitSetting), settings) {
			t.Errorf("%s is read as %+v, %v, want %+v", e.name, got, err, settings)
		}
		delete(want, e.name)
	}
	for name := range want {
		t.Errorf("the example %s is gone", name)
	}
}
