package openapi_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

const token = "pat-na1-contract"

// call makes one call of an operation, from contacts to companies.
func call(t *testing.T, id string, c *client.Client) (got any, err error) {
	t.Helper()
	if id == purge {
		return c.Purge(t.Context(), client.Contacts, client.Companies, client.UserDefined(35))
	}
	got, err = c.ReadLimits(t.Context(), client.Contacts, client.Companies)
	if errors.Is(err, client.ErrOutcomeUnknown) {
		t.Errorf("a read changes nothing, and ends in %v", err)
	}
	return got, err
}

// serve answers one call. Request and answer are checked against the document.
func serve(t *testing.T, id string, answer purgetest.Answer) (got any, err error) {
	t.Helper()
	s := purgetest.NewServer()
	defer s.Close()
	s.Queue(answer)
	c, err := client.New(client.StaticToken(token), client.WithHTTPClient(&http.Client{Transport: s.Transport()}), client.WithRetry(1, 0))
	if err != nil {
		t.Fatal(err)
	}
	got, err = call(t, id, c)
	for _, violation := range s.Violations() {
		t.Error(violation)
	}
	return got, err
}

// checkServed serves a body, and fails if the caller does not get all of it.
func checkServed(t *testing.T, id string, status int, body string) {
	t.Helper()
	got, err := serve(t, id, purgetest.Answer{Status: status, Body: body})
	checkKept(t, body, got, err)
}

// checkKept fails if what a call returned lacks something of the answer's body.
func checkKept(t *testing.T, body string, got any, err error) {
	t.Helper()
	if settings, ok := got.([]client.LimitSetting); ok && err == nil {
		checkSettings(t, body, settings)
		return
	}
	var given map[string]any
	if err := json.Unmarshal([]byte(body), &given); err != nil {
		t.Fatal(err)
	}
	returned := []any{got}
	if failed := new(client.Error); errors.As(err, &failed) {
		if string(failed.Body) != body {
			t.Errorf("body %q, want %q", failed.Body, body)
		}
		for property, field := range places["Error"].fields {
			if field == "Body" { // it is nowhere else
				delete(given, property)
			}
		}
		shown := *failed
		shown.Body = nil
		returned = append(returned, shown)
	}
	text, err := json.Marshal(returned)
	if err != nil {
		t.Fatal(err)
	}
	var shown any
	if err := json.Unmarshal(text, &shown); err != nil {
		t.Fatal(err)
	}
	found := map[any]int{}
	for _, scalar := range scalars(shown) {
		found[scalar]++
	}
	for _, scalar := range scalars(given) {
		if found[scalar]--; found[scalar] < 0 {
			t.Errorf("%#v of %s is lost in %s", scalar, body, text)
		}
	}
}

// checkSettings fails if got is not what the body of a read says is set: the
// items with a number, in their order.
func checkSettings(t *testing.T, body string, got []client.LimitSetting) {
	t.Helper()
	var list struct {
		Results []struct {
			Category, Label            string
			TypeID                     int32
			UserEnforcedMaxToObjectIDs *int32
		}
	}
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		t.Fatal(err)
	}
	var want []client.LimitSetting
	for _, item := range list.Results {
		if number := item.UserEnforcedMaxToObjectIDs; number != nil {
			of := client.AssociationType{Category: client.Category(item.Category), TypeID: item.TypeID}
			want = append(want, client.LimitSetting{
				Limit: client.Limit{From: client.Contacts, To: client.Companies, Type: of},
				Max:   *number, Label: item.Label,
			})
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s is read as %+v, want %+v", body, got, want)
	}
}

// scalars lists the leaves of v. An object as text, which a finer category is for
// the caller, counts as its leaves, and a date as its moment.
func scalars(v any) (found []any) {
	switch v := v.(type) {
	case map[string]any:
		for _, value := range v {
			found = append(found, scalars(value)...)
		}
	case []any:
		for _, value := range v {
			found = append(found, scalars(value)...)
		}
	case string:
		var object map[string]any
		if json.Unmarshal([]byte(v), &object) == nil {
			found = scalars(object)
		} else if date, err := time.Parse(time.RFC3339, v); err == nil {
			found = []any{date.UTC().Format(time.RFC3339Nano)}
		} else {
			found = []any{v}
		}
	default:
		found = []any{v}
	}
	return found
}
