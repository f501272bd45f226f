package openapi_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// purge serves one answer to one call, both checked against the document.
func purge(t *testing.T, answer purgetest.Answer) (*client.Result, error) {
	t.Helper()
	s := purgetest.NewServer()
	defer s.Close()
	s.Queue(answer)
	c, err := client.New(client.StaticToken(token), client.WithHTTPClient(&http.Client{Transport: s.Transport()}), client.WithRetry(1, 0))
	if err != nil {
		t.Fatal(err)
	}
	result, err := c.Purge(t.Context(), client.Contacts, client.Companies, client.UserDefined(35))
	for _, violation := range s.Violations() {
		t.Error(violation)
	}
	return result, err
}

// checkTold serves a body and looks for each of its scalars in what the caller gets.
func checkTold(t *testing.T, status int, body string) {
	t.Helper()
	result, err := purge(t, purgetest.Answer{Status: status, Body: body})
	checkKept(t, body, result, err)
}

// checkKept looks for each scalar of body in what a call returned.
func checkKept(t *testing.T, body string, result *client.Result, err error) {
	t.Helper()
	told := []any{result}
	var given map[string]any
	if err := json.Unmarshal([]byte(body), &given); err != nil {
		t.Fatal(err)
	}
	if answer := new(client.Error); errors.As(err, &answer) {
		if string(answer.Body) != body {
			t.Errorf("body %q, want %q", answer.Body, body)
		}
		for property, field := range places["Error"].fields {
			if field == "Body" { // it is nowhere else
				delete(given, property)
			}
		}
		shown := *answer
		shown.Body = nil
		told = append(told, shown)
	}
	text, err := json.Marshal(told)
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

// scalars lists what a reader must be able to find: the leaves of v, where the
// text form of a context counts as the scopes in it, an object as text, which a
// finer category is for the caller, as its leaves, and a date as its moment.
func scalars(v any) []any {
	var found []any
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
		if list, ok := strings.CutPrefix(v, "{missingScopes=["); ok {
			for scope := range strings.SplitSeq(strings.TrimSuffix(list, "]}"), ", ") {
				found = append(found, scope)
			}
		} else if json.Unmarshal([]byte(v), &object) == nil {
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
