//go:build conformance

package openapi_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
)

// Prism's mock makes answers of the document: each example, each status, and some
// at random. The caller gets each in full.
func TestPrismMock(t *testing.T) {
	url := prism(t, "mock")
	shown, statuses, random := 0, 0, 0
	for _, e := range examples(t) {
		ask(t, url, e.operation, e.status, "example="+e.name)
		shown++
	}
	for _, id := range []string{purge, read} {
		for _, status := range []int{
			200, 204, 301, 302, 304, 307, 400, 401, 403, 404, 409, 414, 423, 429, 437, 477,
			500, 502, 503, 504, 521, 522, 523, 524, 525, 526,
		} {
			if id == read && status == http.StatusNoContent {
				continue // not of the document
			}
			ask(t, url, id, status, "dynamic=false")
			statuses++
		}
		for range 50 {
			for _, status := range []int{200, 403, 429, 500} {
				ask(t, url, id, status, "dynamic=true")
				random++
			}
		}
	}
	t.Logf("mock: %d examples, %d statuses, %d answers at random of both operations: nothing lost", shown, statuses, random)
}

// ask gets one answer of a mock, and compares what the caller gets with it.
func ask(t *testing.T, url, id string, status int, preference string) {
	t.Helper()
	seen := &recorder{header: http.Header{"Prefer": {fmt.Sprintf("code=%d, %s", status, preference)}}}
	got, err := call(t, id, newClient(t, url, seen, client.WithRetry(1, 0)))
	if len(seen.answers) != 1 || seen.answers[0].status != status {
		t.Fatalf("%s %d, %s: %v, answers %+v", id, status, preference, err, seen.answers)
	}
	answer := seen.answers[0]
	if failed := new(client.Error); errors.As(err, &failed) != (status >= 300) || failed.StatusCode != status && status >= 300 {
		t.Errorf("%s %d, %s: %v", id, status, preference, err)
	}
	taken := id == purge || status != http.StatusOK || checkTaken(t, answer, err)
	if taken && len(answer.body) > 0 {
		checkKept(t, string(answer.body), got, err)
	}
	if id == purge && len(answer.body) > 0 {
		checkDone(t, answer, err)
	}
	if t.Failed() {
		t.FailNow()
	}
}

// checkTaken wants an error exactly where a list that is read has a type that can't
// be one: Prism's random IDs may be negative. It reports whether there is none.
func checkTaken(t *testing.T, a answer, err error) bool {
	t.Helper()
	type item struct {
		Category string
		TypeID   int32
	}
	var list struct{ Results []item }
	if err := json.Unmarshal(a.body, &list); err != nil {
		t.Fatal(err)
	}
	odd := slices.ContainsFunc(list.Results, func(i item) bool { return i.Category == "" || i.TypeID < 1 })
	if odd != (err != nil) {
		t.Errorf("%v for %s", err, a.body)
	}
	return !odd
}

// checkDone wants no error exactly where a body says that all is done.
func checkDone(t *testing.T, a answer, err error) {
	t.Helper()
	var said struct {
		Status    string
		NumErrors int
		Errors    []any
	}
	_ = json.Unmarshal(a.body, &said)
	done := a.status == http.StatusOK && said.Status == "COMPLETE" && said.NumErrors == 0 && len(said.Errors) == 0
	if done != (err == nil) {
		t.Errorf("%v for %d %s", err, a.status, a.body)
	}
}
