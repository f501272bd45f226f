package client_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
)

// limits makes n limits of a pair, with the type IDs from 1 on.
func limits(from, to client.ObjectType, n int) []client.Limit {
	var made []client.Limit
	for i := range n {
		made = append(made, client.Limit{From: from, To: to, Type: client.UserDefined(int32(i + 1))})
	}
	return made
}

// custom is the i-th of as many object types as a test needs.
func custom(i int) client.ObjectType { return client.ObjectType(fmt.Sprintf("2-%d", i+1)) }

// checkReport checks what holds for every report, and returns its states in short:
// p, f, u, n.
func checkReport(t *testing.T, given []client.Limit, report *client.Report, err error) string {
	t.Helper()
	if report == nil || len(report.Outcomes) != len(given) {
		t.Fatalf("report %v of %d limits", report, len(given))
	}
	var states strings.Builder
	purged := 0
	for i, o := range report.Outcomes {
		if o.Limit != given[i] {
			t.Errorf("outcome %d is of %v, want %v", i, o.Limit, given[i])
		}
		if (o.Err == nil) != (o.State == client.StatePurged) || errors.Is(o.Err, client.ErrOutcomeUnknown) != (o.State == client.StateUnknown) {
			t.Errorf("%v: %v with error %v", o.Limit, o.State, o.Err)
		}
		if o.State == client.StatePurged {
			purged++
		}
		states.WriteString(o.State.String()[:1])
	}
	if (err == nil) != (purged == len(given)) {
		t.Errorf("error %v, though %d of %d are purged", err, purged, len(given))
	}
	if err != nil && (!strings.Contains(err.Error(), report.String()) || strings.Contains(err.Error(), "\n")) {
		t.Errorf("error %q, want one line with %q", err, report)
	}
	return states.String()
}

func TestPurgeLimits(t *testing.T) {
	a, b, c := limits("0-1", "0-2", 250), limits("0-2", "0-1", 3), limits("p_vendor", "0-1", 1)
	given := slices.Concat(a, b[:1], a[:5], c, b, b)
	s := standIn(t, slices.Concat(a, b, c)...)
	var settled []client.Outcome
	report, err := connect(t, s).PurgeLimits(t.Context(), given, &client.BulkOptions{Progress: func(o client.Outcome) { settled = append(settled, o) }})
	if states := checkReport(t, given, report, err); states != strings.Repeat("p", len(given)) {
		t.Errorf("states %s: %v", states, err)
	}
	if len(s.Limits(token)) != 0 || len(s.Requests()) != 5 { // 100, 100 and 50; 3; 1
		t.Errorf("%d requests left %v", len(s.Requests()), s.Limits(token))
	}
	if len(settled) != len(given) {
		t.Errorf("%d calls of Progress for %d limits", len(settled), len(given))
	}
	if report.Remaining() != nil || report.Count(client.StatePurged) != len(given) {
		t.Errorf("report %v, remaining %v", report, report.Remaining())
	}
	report, err = connect(t, s).PurgeLimits(t.Context(), nil, nil)
	checkReport(t, nil, report, err)
}

func TestPurgeLimitsRefusesBeforeSending(t *testing.T) {
	s := standIn(t)
	given := limits("0-1", "0-2", 2)
	for name, call := range map[string]func() (*client.Report, error){
		"nil context": func() (*client.Report, error) { return connect(t, s).PurgeLimits(nil, given, nil) }, //nolint:staticcheck // on purpose
		"zero Client": func() (*client.Report, error) { return new(client.Client).PurgeLimits(t.Context(), given, nil) },
		"nil Client":  func() (*client.Report, error) { return (*client.Client)(nil).PurgeLimits(t.Context(), given, nil) },
		"concurrency": func() (*client.Report, error) {
			return connect(t, s).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: -1})
		},
	} {
		report, err := call()
		if states := checkReport(t, given, report, err); states != "nn" || !errors.Is(err, client.ErrInvalidInput) {
			t.Errorf("%s: %s, %v", name, states, err)
		}
	}
	// Progress has it before anything is sent.
	bad := append(limits("0-1", "0-2", 1), client.Limit{From: "a/b", To: "0-1", Type: label}, client.Limit{From: "0-1", To: "0-2"})
	var order []int
	_, _ = connect(t, standIn(t)).PurgeLimits(t.Context(), bad, &client.BulkOptions{Progress: func(o client.Outcome) {
		order = append(order, slices.Index(bad, o.Limit))
	}})
	if !slices.Equal(order, []int{1, 2, 0}) {
		t.Errorf("Progress in the order %v", order)
	}
	// A limit without object types is not lost, also if there is nothing else.
	for _, bad := range [][]client.Limit{{{}, {}}, {{Type: label}, {Type: label}}} {
		report, err := connect(t, standIn(t)).PurgeLimits(t.Context(), bad, nil)
		if states := checkReport(t, bad, report, err); states != "ff" || !errors.Is(err, client.ErrInvalidInput) {
			t.Errorf("%s: %v", states, err)
		}
	}
	// A pair is one cause, however many limits it has.
	bad = slices.Repeat([]client.Limit{{From: "a/b", To: "0-1", Type: label}}, 3)
	_, err := connect(t, standIn(t)).PurgeLimits(t.Context(), bad, nil)
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) || len(joined.Unwrap()) != 1 {
		t.Errorf("not one cause: %v", err)
	}
	// What Purge would refuse fails, the others go on.
	given = append(given, client.Limit{From: "a/b", To: "0-1", Type: label}, client.Limit{From: "0-1", To: "0-2"}, client.Limit{}, given[0])
	report, err := connect(t, s).PurgeLimits(t.Context(), given, nil)
	if states := checkReport(t, given, report, err); states != "ppfffp" || !errors.Is(err, client.ErrInvalidInput) || len(s.Requests()) != 1 {
		t.Errorf("%s after %d requests: %v", states, len(s.Requests()), err)
	}
}
