package client_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// Lists, bad inputs, windows, faults before and after the effect, and cancellations at
// random: what the report says holds against what is set, before and after Verify,
// and what remains is purged once the faults are over.
func TestPurgeLimitsAtRandom(t *testing.T) {
	before := runtime.NumGoroutine()
	for seed := range uint64(2000) {
		synctest.Test(t, func(t *testing.T) { randomRun(t, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	checkGoroutines(t, before)
}

func randomRun(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 1))
	s := standIn(t)
	s.SetRejection(purgetest.Rejection(r.IntN(2)))
	s.AnswerNoContent(r.IntN(2) == 0)
	if r.IntN(2) == 0 {
		s.SetWindow(3+r.IntN(10), time.Duration(1+r.IntN(20))*time.Second)
	}
	given, bad := randomLimits(r)
	s.SetLimits(token, given...)
	s.Reject(bad...)
	var queued []purgetest.Answer
	for range r.IntN(12) {
		queued = append(queued, randomAnswer(r))
		if r.IntN(4) == 0 {
			queued = append(queued, purgetest.Answer{}) // the stand-in's own, which rejects what is bad
		}
	}
	s.Queue(queued...)
	c := connect(t, s,
		client.WithBatchSize(1+r.IntN(12)),
		client.WithHTTPClient(&http.Client{Transport: s.Transport(), Timeout: time.Minute}),
		client.WithRetry(1+r.IntN(4), time.Duration(r.IntN(31))*time.Second))
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	if r.IntN(3) == 0 {
		time.AfterFunc(time.Duration(r.IntN(20_000))*time.Millisecond, func() { cancel(errors.New("shutting down")) })
	}
	settled := 0
	report, err := c.PurgeLimits(ctx, given, &client.BulkOptions{Concurrency: r.IntN(6), Progress: func(client.Outcome) { settled++ }})
	checkReport(t, given, report, err)
	if settled != len(given) {
		t.Errorf("%d calls of Progress for %d limits", settled, len(given))
	}
	checkAgainst(t, s, report, false)
	drain(s, len(queued))
	verifyAtRandom(t, s, r, report)
	purgeTheRest(t, s, report, bad)
}

func randomLimits(r *rand.Rand) (given, bad []client.Limit) {
	for range 1 + r.IntN(40) {
		limit := client.Limit{From: custom(r.IntN(3)), To: custom(r.IntN(2)), Type: client.UserDefined(int32(1 + r.IntN(30)))}
		given = append(given, limit)
		if r.IntN(8) == 0 {
			bad = append(bad, limit)
		}
	}
	return given, bad
}

// checkAgainst compares a report with what is set. Once all pairs were read, nothing
// is unknown that is gone.
func checkAgainst(t *testing.T, s *purgetest.Server, report *client.Report, read bool) {
	t.Helper()
	left := s.Limits(token)
	for _, o := range report.Outcomes {
		set := slices.Contains(left, o.Limit)
		wrong := false
		switch o.State {
		case client.StatePurged:
			wrong = set
		case client.StateFailed, client.StateNotAttempted:
			wrong = !set
		case client.StateUnknown:
			wrong = read && !set
		}
		if wrong {
			t.Errorf("%v is %v, and set: %t, all read: %t: %v", o.Limit, o.State, set, read, o.Err)
		}
	}
}

// drain takes what is left in the queue: it is meant for purges.
func drain(s *purgetest.Server, queued int) {
	for len(s.Requests()) < queued {
		req, _ := http.NewRequest(http.MethodGet, s.URL+strings.TrimSuffix(purgePath("0-1", "0-2"), "/batch/purge"), nil)
		if resp, err := s.Transport().RoundTrip(req); err == nil {
			_ = resp.Body.Close()
		}
	}
}

// verifyAtRandom verifies a report, with faults at first, until no read fails.
func verifyAtRandom(t *testing.T, s *purgetest.Server, r *rand.Rand, report *client.Report) {
	faults := []purgetest.Answer{{}, {}, {Fault: purgetest.FaultReset}, {Fault: purgetest.FaultCutBody}, status(502), status(403), status(401), purgetest.RateLimited("", 0)}
	for range r.IntN(6) {
		s.Queue(faults[r.IntN(len(faults))])
	}
	c := connect(t, s, client.WithRetry(1+r.IntN(2), time.Second))
	for range 8 {
		err := c.Verify(t.Context(), report)
		checkAgainst(t, s, report, err == nil)
		if errors.Is(err, client.ErrOutcomeUnknown) {
			t.Errorf("Verify: %v", err)
		}
		if err == nil {
			return
		}
		time.Sleep(time.Hour)
	}
	t.Error("the reads go on failing")
}

// purgeTheRest goes on until nothing is left but bad limits. A run may meet what is
// left of the faults.
func purgeTheRest(t *testing.T, s *purgetest.Server, report *client.Report, bad []client.Limit) {
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

// randomAnswer is any that HubSpot was seen to give, or a fault, half of those after
// the effect.
func randomAnswer(r *rand.Rand) purgetest.Answer {
	apply := r.IntN(2) == 0
	odd := func(status int, body string) purgetest.Answer {
		return purgetest.OffDocument(purgetest.Answer{Status: status, Body: body, Apply: apply})
	}
	partly := func(body string) purgetest.Answer {
		return purgetest.OffDocument(purgetest.Answer{Status: 200, Body: body, Apply: true})
	}
	answers := []purgetest.Answer{
		{}, {Delay: 5 * time.Second},
		status(423), purgetest.RateLimited("SECONDLY", 0), purgetest.RateLimited("", 0), purgetest.RateLimited("DAILY", 0),
		status(477, "Retry-After", "20"), status(401), status(403), status(404), status(408), status(400),
		{Status: 502, Body: "{}", Apply: apply}, {Status: 522, Body: "{}", Apply: apply},
		{Fault: purgetest.FaultReset, Apply: apply}, {Fault: purgetest.FaultHangUp, Apply: apply}, {Fault: purgetest.FaultCutBody},
		{Delay: time.Hour},
		odd(200, "<html>"), odd(202, ""), odd(201, ""), odd(999, "{}"),
		{Status: 200, Body: strings.Replace(complete, "COMPLETE", "PENDING", 1) + "}", Apply: apply},
		{Status: 200, Body: strings.Replace(complete, "COMPLETE", "CANCELED", 1) + `,"errors":[` + oneError + "]}", Apply: apply},
		partly(complete + `,"numErrors":"1"}`), partly(complete + `,"numErrors":3000000000}`), partly(complete + `,"errors":["bad"]}`),
		partly(oddDate + `,"NumErrors":1}`), partly(oddDate + `,"Errors":[5]}`),
	}
	return answers[r.IntN(len(answers))]
}
