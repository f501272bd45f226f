package client_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// unknownReport is what PurgeLimits returns when no request was answered.
func unknownReport(given ...client.Limit) *client.Report {
	report := new(client.Report)
	for _, l := range given {
		report.Outcomes = append(report.Outcomes, client.Outcome{
			Limit: l, State: client.StateUnknown, Err: fmt.Errorf("%w: reset", client.ErrOutcomeUnknown),
		})
	}
	return report
}

// shortStates is p, f, u, n for each outcome.
func shortStates(report *client.Report) string {
	text := ""
	for _, o := range report.Outcomes {
		text += o.State.String()[:1]
	}
	return text
}

// After a run whose requests broke, Verify finds which of them took effect.
func TestVerify(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		given := append(limits("0-1", "0-2", 3), limits("0-2", "0-1", 2)...)
		s.SetLimits(token, given...)
		s.Queue(purgetest.Answer{Fault: purgetest.FaultReset, Apply: true}, purgetest.Answer{Fault: purgetest.FaultReset})
		c := connect(t, s, once)
		report, err := c.PurgeLimits(t.Context(), append(given, given[0]), &client.BulkOptions{Concurrency: 1})
		if shortStates(report) != "uuuuuu" {
			t.Fatal(err)
		}
		if err := c.Verify(t.Context(), report); err != nil {
			t.Error(err)
		}
		if states := checkReport(t, append(given, given[0]), report, errors.New(report.String())); states != "pppuup" {
			t.Errorf("states %s", states)
		}
		if got := report.Remaining(); len(got) != 2 || len(report.Retryable()) != 2 {
			t.Errorf("remaining %v", got)
		}
		// What is still set says so, once, however often it is looked at.
		first := fmt.Sprint(report.Outcomes[3].Err)
		if !strings.Contains(first, "still set when read") || !errors.Is(report.Outcomes[3].Err, client.ErrOutcomeUnknown) {
			t.Errorf("error %q", first)
		}
		if err := c.Verify(t.Context(), report); err != nil || fmt.Sprint(report.Outcomes[3].Err) != first {
			t.Errorf("the second time: %v, %v", err, report.Outcomes[3].Err)
		}
		// A purge that takes effect later shows later.
		s.SetLimits(token)
		if err := c.Verify(t.Context(), report); err != nil || shortStates(report) != "pppppp" {
			t.Errorf("once it is lifted: %s, %v", shortStates(report), err)
		}
		n := len(s.Requests())
		if err := c.Verify(t.Context(), report); err != nil || len(s.Requests()) != n {
			t.Errorf("with nothing unknown: %v, %d requests more", err, len(s.Requests())-n)
		}
	})
}

// Only unknown outcomes are looked at.
func TestVerifyLeavesOtherStates(t *testing.T) {
	s := standIn(t)
	l := limits("0-1", "0-2", 4)
	refused := errors.New("refused")
	report := &client.Report{Outcomes: []client.Outcome{
		{Limit: l[0], State: client.StatePurged},
		{Limit: l[1], State: client.StateFailed, Err: refused},
		{Limit: l[2], State: client.StateNotAttempted, Err: refused},
	}}
	c := connect(t, s)
	if err := c.Verify(t.Context(), report); err != nil || len(s.Requests()) != 0 {
		t.Errorf("%v after %d requests", err, len(s.Requests()))
	}
	report.Outcomes = append(report.Outcomes, unknownReport(l[3]).Outcomes...)
	if err := c.Verify(t.Context(), report); err != nil || shortStates(report) != "pfnp" {
		t.Errorf("%s, %v", shortStates(report), err)
	}
	if !errors.Is(report.Outcomes[1].Err, refused) || !errors.Is(report.Outcomes[2].Err, refused) || report.Outcomes[3].Err != nil {
		t.Errorf("report %+v", report)
	}
}

func TestVerifyReadsEachPairOnce(t *testing.T) {
	s := standIn(t)
	var given []client.Limit
	for i := range 10_000 {
		given = append(given, client.Limit{From: custom(i % 3), To: "0-1", Type: client.UserDefined(int32(i + 1))})
	}
	s.SetLimits(token, given[:5000]...)
	report := unknownReport(given...)
	if err := connect(t, s).Verify(t.Context(), report); err != nil {
		t.Error(err)
	}
	if report.Count(client.StatePurged) != 5000 || report.Count(client.StateUnknown) != 5000 || len(s.Requests()) != 3 {
		t.Errorf("%v after %d requests", report, len(s.Requests()))
	}
	for i, o := range report.Outcomes {
		if (o.State == client.StateUnknown) != (i < 5000) {
			t.Fatalf("%v is %v", o.Limit, o.State)
		}
	}
}

// A read that fails leaves its pair, and is returned. What would stop a run ends
// Verify.
func TestVerifyFails(t *testing.T) {
	for name, tc := range map[string]struct {
		answers  []purgetest.Answer
		states   string // of three pairs, whose limits are all gone
		requests int
		matches  error
	}{
		"forbidden":       {[]purgetest.Answer{{}, status(403)}, "pup", 3, client.ErrForbidden},
		"not found":       {[]purgetest.Answer{status(404), status(404)}, "uup", 3, nil},
		"unreadable":      {[]purgetest.Answer{{}, purgetest.OffDocument(purgetest.Answer{Status: 200, Body: `{"results":{}}`})}, "pup", 3, nil},
		"5xx to the end":  {[]purgetest.Answer{{}, status(500), status(500), status(500), status(500)}, "pup", 6, nil},
		"5xx, then read":  {[]purgetest.Answer{status(500)}, "ppp", 4, nil},
		"locked":          {[]purgetest.Answer{{}, status(423), status(423), status(423), status(423)}, "pup", 6, nil},
		"unauthorized":    {[]purgetest.Answer{{}, status(401)}, "puu", 2, client.ErrUnauthorized},
		"daily":           {[]purgetest.Answer{{}, purgetest.RateLimited("DAILY", 0)}, "puu", 2, client.ErrDailyLimit},
		"429 too long":    {[]purgetest.Answer{purgetest.RateLimited("", time.Hour)}, "uuu", 1, client.ErrRateLimited},
		"477 too long":    {[]purgetest.Answer{status(477, "Retry-After", "3600")}, "uuu", 1, nil},
		"ended meanwhile": {[]purgetest.Answer{{}, {Delay: time.Hour}}, "puu", 2, context.DeadlineExceeded},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			s.Queue(tc.answers...)
			var given []client.Limit
			for i := range 3 {
				given = append(given, limits(custom(i), "0-1", 1)...)
			}
			report := unknownReport(given...)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			err := connect(t, s).Verify(ctx, report)
			if shortStates(report) != tc.states || len(s.Requests()) != tc.requests || (err == nil) != (tc.states == "ppp") {
				t.Errorf("%s after %d requests, want %s after %d: %v", shortStates(report), len(s.Requests()), tc.states, tc.requests, err)
			}
			if tc.matches != nil && !errors.Is(err, tc.matches) || errors.Is(err, client.ErrOutcomeUnknown) {
				t.Errorf("error %v", err)
			}
			if err != nil && (!strings.HasPrefix(err.Error(), "verify association limits: ") || strings.Contains(err.Error(), "\n")) {
				t.Errorf("error %q", err)
			}
			for _, o := range report.Outcomes {
				if o.State == client.StateUnknown && fmt.Sprint(o.Err) != "outcome unknown: reset" {
					t.Errorf("%v was not read, and its error is %v", o.Limit, o.Err)
				}
			}
		})
	}
}

// A limit does not count as lifted because its category is written in another way.
func TestVerifyIgnoresLetterCase(t *testing.T) {
	s := standIn(t)
	for answer, want := range map[string]string{
		`{"results":[{"category":"user_defined","typeId":1,"userEnforcedMaxToObjectIds":1}]}`:    "u",
		`{"results":[{"category":"USER_DEFINED","typeId":1,"userEnforcedMaxToObjectIds":1}]}`:    "u",
		`{"results":[{"category":"USER_DEFINED","typeId":1}]}`:                                   "p",
		`{"results":[{"category":"USER_DEFINED","typeId":2,"userEnforcedMaxToObjectIds":1}]}`:    "p",
		`{"results":[{"category":"HUBSPOT_DEFINED","typeId":1,"userEnforcedMaxToObjectIds":1}]}`: "p",
	} {
		s.Queue(purgetest.OffDocument(purgetest.Answer{Status: 200, Body: answer}))
		report := unknownReport(client.Limit{From: "0-1", To: "0-2", Type: client.AssociationType{Category: "User_Defined", TypeID: 1}})
		if err := connect(t, s).Verify(t.Context(), report); err != nil || shortStates(report) != want {
			t.Errorf("%s: %s, %v", answer, shortStates(report), err)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	s := standIn(t)
	report := unknownReport(limits("0-1", "0-2", 1)...)
	for name, call := range map[string]func() error{
		"nil Report":  func() error { return connect(t, s).Verify(t.Context(), nil) },
		"nil context": func() error { return connect(t, s).Verify(nil, report) }, //nolint:staticcheck // on purpose
		"nil Client":  func() error { return (*client.Client)(nil).Verify(t.Context(), report) },
		"zero Client": func() error { return new(client.Client).Verify(t.Context(), report) },
	} {
		if err := call(); !errors.Is(err, client.ErrInvalidInput) || !strings.HasPrefix(err.Error(), "verify association limits: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(s.Requests()) != 0 || shortStates(report) != "u" {
		t.Errorf("%d requests, %s", len(s.Requests()), shortStates(report))
	}
}

// A pair that can't be read by its name does not end Verify.
func TestVerifyAfterAnInvalidPair(t *testing.T) {
	s := standIn(t)
	report := unknownReport(client.Limit{From: "a/b", To: "0-1", Type: label}, limits("0-1", "0-2", 1)[0])
	if err := connect(t, s).Verify(t.Context(), report); !errors.Is(err, client.ErrInvalidInput) || shortStates(report) != "up" {
		t.Errorf("%s, %v", shortStates(report), err)
	}
}
