package client_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// Lists, bad inputs, faults before and after the effect, and cancellations at
// random: what the report says holds against what is set, and what remains is
// purged once the faults are over.
func TestPurgeLimitsAtRandom(t *testing.T) {
	before := runtime.NumGoroutine()
	for seed := range uint64(2000) {
		synctest.Test(t, func(t *testing.T) { randomRun(t, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}

func randomRun(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 1))
	s := standIn(t)
	s.SetRejection(purgetest.Rejection(r.IntN(3)))
	s.AnswerNoContent(r.IntN(2) == 0)
	var given, bad []client.Limit
	for range 1 + r.IntN(40) {
		limit := client.Limit{From: custom(r.IntN(3)), To: custom(r.IntN(2)), Type: client.UserDefined(int32(1 + r.IntN(30)))}
		given = append(given, limit)
		if r.IntN(8) == 0 {
			bad = append(bad, limit)
		}
	}
	s.SetLimits(token, given...)
	s.Reject(bad...)
	for range r.IntN(12) {
		s.Queue(randomAnswer(r))
	}
	c := connect(t, s,
		client.WithBatchSize(1+r.IntN(12)),
		client.WithHTTPClient(&http.Client{Transport: s.Transport(), Timeout: time.Minute}),
		client.WithRetry(1+r.IntN(4), time.Duration(r.IntN(31))*time.Second))
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	if r.IntN(3) == 0 {
		time.AfterFunc(time.Duration(r.IntN(20_000))*time.Millisecond, func() { cancel(errors.New("shutting down")) })
	}
	told := 0
	report, err := c.PurgeLimits(ctx, given, &client.BulkOptions{Concurrency: r.IntN(6), Progress: func(client.Outcome) { told++ }})
	checkReport(t, given, report, err)
	if told != len(given) {
		t.Errorf("progress told %d of %d", told, len(given))
	}
	left := s.Limits(token)
	for _, o := range report.Outcomes {
		set := slices.Contains(left, o.Limit)
		switch o.State {
		case client.StatePurged:
			if set {
				t.Errorf("%v is purged, and still set", o.Limit)
			}
		case client.StateFailed, client.StateNotAttempted:
			if !set {
				t.Errorf("%v is %v, and gone: %v", o.Limit, o.State, o.Err)
			}
		}
	}
	// The faults end; one more run may meet what is left of them.
	for range 20 {
		rest := slices.DeleteFunc(report.Remaining(), func(l client.Limit) bool { return slices.Contains(bad, l) })
		if len(rest) == 0 {
			break
		}
		time.Sleep(time.Hour)
		report, _ = connect(t, s).PurgeLimits(t.Context(), report.Remaining(), nil)
	}
	for _, limit := range report.Remaining() {
		if !slices.Contains(bad, limit) {
			t.Errorf("%v remains, and is not bad", limit)
		}
	}
	for _, limit := range s.Limits(token) {
		if !slices.Contains(bad, limit) {
			t.Errorf("%v is still set", limit)
		}
	}
}

// randomAnswer is any that HubSpot was seen to give, or a fault, half of those
// after the effect.
func randomAnswer(r *rand.Rand) purgetest.Answer {
	apply := r.IntN(2) == 0
	answers := []purgetest.Answer{
		{}, {Delay: 5 * time.Second},
		status(423), purgetest.RateLimited("SECONDLY", 0), purgetest.RateLimited("", 0), purgetest.RateLimited("DAILY", 0),
		status(477, "Retry-After", "20"), status(401), status(403), status(404),
		{Status: 502, Body: "{}", Apply: apply}, {Status: 522, Body: "{}", Apply: apply},
		{Fault: purgetest.FaultReset, Apply: apply}, {Fault: purgetest.FaultHangUp, Apply: apply}, {Fault: purgetest.FaultCutBody},
		{Delay: time.Hour},
		purgetest.OffDocument(purgetest.Answer{Status: 200, Body: "<html>", Apply: apply}),
		{Status: 200, Body: partialAnswer[:11] + "PENDING" + partialAnswer[19:] + "}", Apply: apply},
	}
	return answers[r.IntN(len(answers))]
}
