package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

var states = []client.State{client.StateNotAttempted, client.StatePurged, client.StateFailed, client.StateUnknown}

func TestStateText(t *testing.T) {
	texts := map[string]client.State{}
	for _, s := range states {
		text, err := s.MarshalText()
		back := client.State(7)
		if err != nil || string(text) != s.String() || back.UnmarshalText(text) != nil || back != s {
			t.Errorf("%d: %s, %v, read as %v", int(s), text, err, back)
		}
		texts[s.String()] = s
	}
	if len(texts) != len(states) {
		t.Errorf("texts %v", texts)
	}
	for _, text := range []string{"", "Purged", "purged ", "State(1)", "1"} {
		s := client.StateUnknown
		if err := s.UnmarshalText([]byte(text)); !errors.Is(err, client.ErrInvalidInput) || s != client.StateUnknown || !strings.Contains(err.Error(), fmt.Sprintf("%q", text)) {
			t.Errorf("%q: %v, %v", text, s, err)
		}
	}
	var back map[client.State][]client.State
	text, err := json.Marshal(map[client.State][]client.State{client.StateNotAttempted: states})
	if err != nil || string(text) != `{"not attempted":["not attempted","purged","failed","unknown"]}` || json.Unmarshal(text, &back) != nil || !slices.Equal(back[client.StateNotAttempted], states) {
		t.Errorf("JSON %s, %v, read as %v", text, err, back)
	}
	if err := json.Unmarshal([]byte(`["lost"]`), new([]client.State)); !errors.Is(err, client.ErrInvalidInput) {
		t.Errorf("an unknown state: %v", err)
	}
}

func TestOutcomeJSON(t *testing.T) {
	limit := client.Limit{From: "0-1", To: "0-2", Type: label}
	const head = `{"limit":{"from":"0-1","to":"0-2","type":"USER_DEFINED:35"},"state":`
	for want, o := range map[string]client.Outcome{
		head + `"purged"}`: {Limit: limit, State: client.StatePurged},
		head + `"failed","error":"403 Forbidden: say \"no\""}`: {Limit: limit, State: client.StateFailed, Err: &client.Error{StatusCode: 403, Message: "say\n\"no\""}},
		head + `"not attempted","error":"context canceled"}`:   {Limit: limit, Err: context.Canceled},
	} {
		if text, err := json.Marshal(o); err != nil || string(text) != want {
			t.Errorf("JSON %s, %v, want %s", text, err, want)
		}
		text, err := json.Marshal(client.Report{Outcomes: []client.Outcome{o, o}})
		if want := `{"outcomes":[` + want + "," + want + `]}`; err != nil || string(text) != want {
			t.Errorf("JSON %s, %v, want %s", text, err, want)
		}
		pointer, err := json.Marshal(map[string]any{"report": &client.Report{Outcomes: []client.Outcome{o}}})
		if want := `{"report":{"outcomes":[` + want + `]}}`; err != nil || string(pointer) != want {
			t.Errorf("JSON %s, %v, want %s", pointer, err, want)
		}
	}
}

// Limits, Remaining and Retryable give each limit once, in the order given.
func TestReportLimits(t *testing.T) {
	l := limits("0-1", "0-2", 9)
	daily := &client.Error{StatusCode: 429, Policy: "DAILY"}
	outcomes := []client.Outcome{
		{Limit: l[8], State: client.StateUnknown, Err: client.ErrOutcomeUnknown},
		{Limit: l[0], State: client.StatePurged},
		{Limit: l[1], State: client.StateFailed, Err: &client.Error{StatusCode: 403}},
		{Limit: l[2], State: client.StateFailed, Err: fmt.Errorf("wrapped: %w", &client.Error{StatusCode: 503})},
		{Limit: l[3], Err: daily},
		{Limit: l[4], Err: context.Canceled},
		{Limit: l[5], Err: errors.New("vault sealed")},
		{Limit: l[6], State: client.StateFailed, Err: client.ErrInvalidInput},
		{Limit: l[7], Err: client.ErrInvalidInput},
		{Limit: l[8], State: client.StateUnknown, Err: client.ErrOutcomeUnknown},
		{Limit: l[3], Err: daily},
	}
	r := &client.Report{Outcomes: outcomes}
	for name, tc := range map[string]struct {
		got  []client.Limit
		want []int
	}{
		"no state":      {r.Limits(), nil},
		"purged":        {r.Limits(client.StatePurged), []int{0}},
		"failed":        {r.Limits(client.StateFailed), []int{1, 2, 6}},
		"unknown":       {r.Limits(client.StateUnknown), []int{8}},
		"not attempted": {r.Limits(client.StateNotAttempted), []int{3, 4, 5, 7}},
		"two states":    {r.Limits(client.StateUnknown, client.StatePurged), []int{8, 0}},
		"all":           {r.Limits(states...), []int{8, 0, 1, 2, 3, 4, 5, 6, 7}},
		"remaining":     {r.Remaining(), []int{8, 1, 2, 3, 4, 5, 6, 7}},
		"retryable":     {r.Retryable(), []int{8, 2, 3, 4, 5}},
		"none":          {new(client.Report).Retryable(), nil},
	} {
		var want []client.Limit
		for _, i := range tc.want {
			want = append(want, l[i])
		}
		if !slices.Equal(tc.got, want) || want == nil && tc.got != nil {
			t.Errorf("%s: %v, want %v", name, tc.got, want)
		}
	}
	r.Outcomes = append(outcomes, client.Outcome{Limit: l[0], Err: fmt.Errorf("token source: %w", client.ErrUnauthorized)})
	if got := r.Retryable(); got != nil {
		t.Errorf("after a 401: %v", got)
	}
}

// The error of a run says each distinct cause, whatever its correlation ID, the one to
// wait for longest first.
func TestRunErrorText(t *testing.T) {
	run := func(t *testing.T, s *purgetest.Server, answers ...purgetest.Answer) string {
		var given []client.Limit
		for i := range answers {
			given = append(given, limits(custom(i), "0-1", 2)...)
		}
		s.Queue(answers...)
		_, err := connect(t, s, client.WithRetry(1, 30*time.Second)).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 1})
		return err.Error()
	}
	id := func(n int) string { return fmt.Sprintf("correlation ID 00000000-0000-4000-8000-%012d", n) }
	bubble(t, "distinct, the longest wait first", func(t *testing.T, s *purgetest.Server) {
		got := run(t, s, status(403), status(423), status(404), status(403), status(503), status(477, "Retry-After", "300"), status(403))
		want := "purge association limits: 14 limits: 0 purged, 8 failed, 2 unknown, 4 not attempted: the run stopped: 477: m (" + id(6) + "); outcome unknown: 503 Service Unavailable: m (" + id(5) +
			"); 423 Locked: m (" + id(2) + "); 403 Forbidden: m (" + id(1) + "); 404 Not Found: m (" + id(3) + ")"
		if got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	})
	bubble(t, "ten at most", func(t *testing.T, s *purgetest.Server) {
		var answers []purgetest.Answer
		for i := range 25 {
			answers = append(answers, purgetest.Answer{Status: 403, Body: fmt.Sprintf(`{"message":"reason %d"}`, i%13)})
		}
		got := run(t, s, answers...)
		if !strings.Contains(got, "reason 9") || strings.Contains(got, "reason 10") || !strings.HasSuffix(got, "; and 3 more causes") || strings.Contains(got, "\n") {
			t.Error(got)
		}
	})
}

var correlationIDs = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// Where several requests carried a limit, its error says which one it speaks of.
func TestLimitErrorText(t *testing.T) {
	for name, tc := range map[string]struct {
		answers []purgetest.Answer
		want    []string // of the two limits
	}{
		"partly, then refused": {
			[]purgetest.Answer{batchAnswer(client.StatusComplete, "no"), purgetest.MissingScopes("a")},
			slices.Repeat([]string{`outcome unknown: an earlier request with it: incomplete: status "COMPLETE", errors: 1, first: no (correlation ID ID); then: 403 Forbidden: This app hasn't been granted all required scopes to make this call. (MISSING_SCOPES, correlation ID ID)`}, 2),
		},
		"no answer, then refused": {
			[]purgetest.Answer{status(503), status(404)},
			slices.Repeat([]string{"outcome unknown: an earlier request with it: 503 Service Unavailable: m (correlation ID ID); then: 404 Not Found: m (correlation ID ID)"}, 2),
		},
		"no answer at last": {
			[]purgetest.Answer{status(423), status(503)},
			slices.Repeat([]string{"outcome unknown: 503 Service Unavailable: m (correlation ID ID)"}, 2),
		},
		"only one": {
			[]purgetest.Answer{status(404)},
			slices.Repeat([]string{"404 Not Found: m (correlation ID ID)"}, 2),
		},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			s.Queue(tc.answers...)
			given := limits("0-1", "0-2", 2)
			report, err := connect(t, s, client.WithRetry(2, 30*time.Second)).PurgeLimits(t.Context(), given, nil)
			checkReport(t, given, report, err)
			for i, o := range report.Outcomes {
				got := correlationIDs.ReplaceAllString(fmt.Sprint(o.Err), "ID")
				if got != tc.want[i] {
					t.Errorf("%v\n%s, want\n%s", o.Limit, got, tc.want[i])
				}
			}
		})
	}
}

func TestReport(t *testing.T) {
	l := limits("0-1", "0-2", 4)
	report := &client.Report{Outcomes: []client.Outcome{
		{Limit: l[0], State: client.StatePurged},
		{Limit: l[1], State: client.StateFailed, Err: &client.Error{StatusCode: 403, Message: "no"}},
		{Limit: l[2], State: client.StateUnknown, Err: client.ErrOutcomeUnknown},
		{Limit: l[3], Err: context.Canceled},
		{Limit: l[1], State: client.StateFailed, Err: &client.Error{StatusCode: 403, Message: "no"}},
	}}
	if got, want := report.String(), "5 limits: 1 purged, 2 failed, 1 unknown, 1 not attempted"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
	if got := report.Remaining(); !slices.Equal(got, l[1:]) {
		t.Errorf("Remaining() = %v", got)
	}
	text, err := json.Marshal(report)
	if want := `{"outcomes":[` +
		`{"limit":{"from":"0-1","to":"0-2","type":"USER_DEFINED:1"},"state":"purged"},` +
		`{"limit":{"from":"0-1","to":"0-2","type":"USER_DEFINED:2"},"state":"failed","error":"403 Forbidden: no"},` +
		`{"limit":{"from":"0-1","to":"0-2","type":"USER_DEFINED:3"},"state":"unknown","error":"outcome unknown"},` +
		`{"limit":{"from":"0-1","to":"0-2","type":"USER_DEFINED:4"},"state":"not attempted","error":"context canceled"},` +
		`{"limit":{"from":"0-1","to":"0-2","type":"USER_DEFINED:2"},"state":"failed","error":"403 Forbidden: no"}]}`; err != nil || string(text) != want {
		t.Errorf("JSON %s, %v\nwant %s", text, err, want)
	}
	if got := new(client.Report).String() + " " + client.State(9).String() + " " + client.State(-1).String(); got != "0 limits: 0 purged State(9) State(-1)" {
		t.Errorf("zero: %q", got)
	}
	s := standIn(t)
	s.Queue(status(403))
	_, err = connect(t, s).PurgeLimits(t.Context(), l, nil)
	if want := "purge association limits: 4 limits: 0 purged, 4 failed: 403 Forbidden: m (correlation ID 00000000-0000-4000-8000-000000000001)"; fmt.Sprint(err) != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

func TestOtherStates(t *testing.T) {
	for _, s := range []client.State{-1, 4, 5} {
		if got, want := s.String(), fmt.Sprintf("State(%d)", int(s)); got != want {
			t.Errorf("String() = %q, want %q", got, want)
		}
	}
}
