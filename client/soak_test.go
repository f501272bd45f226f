//go:build soak

package client_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// A soak purges many limits under faults, and compares the outcomes with what is set.

// A tally counts outcomes, and those that are wrong.
type tally struct {
	purged, failed, notAttempted, unknown, wrong int

	// After Verify, when every read has succeeded.
	foundPurged, stillUnknown, wrongAfter int

	requests int
	faults   [8]int // by kind
}

func (y *tally) add(o client.Outcome, set bool) {
	wrong := false
	switch o.State {
	case client.StatePurged:
		y.purged++
		wrong = set
	case client.StateFailed:
		y.failed++
		wrong = !set
	case client.StateNotAttempted:
		y.notAttempted++
		wrong = !set
	case client.StateUnknown:
		y.unknown++
	}
	if wrong {
		y.wrong++
	}
}

// addVerified takes in an outcome after Verify: nothing is unknown that is gone.
func (y *tally) addVerified(before, o client.Outcome, set bool) {
	switch {
	case o.State == client.StateUnknown && set:
		y.stillUnknown++
	case o.State == client.StateUnknown, o.State == client.StatePurged && set:
		y.wrongAfter++
	case before.State == client.StateUnknown:
		y.foundPurged++
	case o.State != before.State:
		y.wrongAfter++
	}
}

func (y *tally) String() string {
	return fmt.Sprintf("%d purges in %d requests, each kind of fault in %.1f %% of them or more: %d purged, %d failed, %d not attempted, %d unknown; %d wrong. After Verify %d of the unknown are purged, %d still set; %d wrong",
		y.purged+y.failed+y.notAttempted+y.unknown, y.requests, y.leastFaults(), y.purged, y.failed, y.notAttempted, y.unknown, y.wrong, y.foundPurged, y.stillUnknown, y.wrongAfter)
}

// leastFaults is the share of the rarest kind of fault, in percent.
func (y *tally) leastFaults() float64 {
	return 100 * float64(slices.Min(slices.DeleteFunc(slices.Clone(y.faults[:]), func(n int) bool { return n == 0 }))) / float64(y.requests)
}

// kinds are the faults of a soak. Half of the 502s and resets come after the effect.
func kinds() [8]purgetest.Answer {
	return [8]purgetest.Answer{
		purgetest.RateLimited("SECONDLY", 0), status(423),
		{Status: 502, Body: "{}"}, {Status: 502, Body: "{}", Apply: true},
		{Fault: purgetest.FaultReset}, {Fault: purgetest.FaultReset, Apply: true},
		{Fault: purgetest.FaultCutBody}, status(403),
	}
}

// queueFaults queues an answer for each of the next n requests, and returns a func
// that counts the faults among those that came.
func queueFaults(s *purgetest.Server, r *rand.Rand, n int, faults []purgetest.Answer) func(*tally) {
	var drawn []int
	for range n {
		i := r.IntN(20)
		drawn = append(drawn, i)
		if i < len(faults) {
			s.Queue(faults[i])
		} else {
			s.Queue(purgetest.Answer{})
		}
	}
	return func(y *tally) {
		requests := len(s.Requests())
		y.requests += requests
		for _, i := range drawn[:min(requests, n)] {
			if i < len(faults) {
				y.faults[i]++
			}
		}
	}
}

// single makes an Outcome of one call of Purge.
func single(ctx context.Context, c *client.Client, limit client.Limit) client.Outcome {
	_, err := c.Purge(ctx, limit.From, limit.To, limit.Type)
	o := client.Outcome{Limit: limit, Err: err, State: client.StateFailed}
	switch {
	case err == nil:
		o.State = client.StatePurged
	case errors.Is(err, client.ErrOutcomeUnknown):
		o.State = client.StateUnknown
	}
	return o
}

func TestSoak(t *testing.T) {
	const rounds = 500
	var y tally
	for seed := range uint64(rounds) {
		synctest.Test(t, func(t *testing.T) { soak(t, rand.New(rand.NewPCG(seed, 3)), &y) })
	}
	fmt.Println("soak:", &y)
	if y.wrong > 0 || y.wrongAfter > 0 || y.unknown == 0 || y.failed == 0 || y.foundPurged == 0 || y.stillUnknown == 0 || y.leastFaults() < 3 {
		t.Fail()
	}
	bites(t)
}

// soak purges 100 limits, half of them one by one and half by PurgeLimits, and
// verifies what is unknown.
func soak(t *testing.T, r *rand.Rand, y *tally) {
	const each = 100
	s := purgetest.InMemory()
	var given []client.Limit
	for i := range each {
		given = append(given, client.Limit{From: custom(i % 20), To: custom(r.IntN(3)), Type: client.UserDefined(int32(i + 1))})
	}
	s.SetLimits(token, given...)
	s.Reject(given[r.IntN(each)], given[r.IntN(each)])
	s.SetRejection(purgetest.Rejection(r.IntN(2)))
	if r.IntN(2) == 0 {
		s.SetWindow(20+r.IntN(80), 10*time.Second)
	}
	faults := kinds()
	count := queueFaults(s, r, 4*each, faults[:])
	c := connect(t, s, client.WithRetry(1+r.IntN(4), 30*time.Second), client.WithBatchSize(1+r.IntN(5)))
	outcomes := make([]client.Outcome, each/2)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := w; i < each/2; i += 4 {
				outcomes[i] = single(t.Context(), c, given[i])
			}
		})
	}
	wg.Wait()
	report, _ := c.PurgeLimits(t.Context(), given[each/2:], nil)
	report.Outcomes = append(outcomes, report.Outcomes...)
	count(y)
	left := s.Limits(token)
	for _, o := range report.Outcomes {
		y.add(o, slices.Contains(left, o.Limit))
	}
	before := slices.Clone(report.Outcomes)
	drain(s, 4*each)
	verifyAtRandom(t, s, r, report)
	for i, o := range report.Outcomes {
		y.addVerified(before[i], o, slices.Contains(left, o.Limit))
	}
}

// bites shows that the tally finds wrong outcomes: an unknown one as failed, one not
// sent as purged, and after Verify one that is gone as unknown.
func bites(t *testing.T) {
	t.Helper()
	given := limits("0-1", "0-2", 2)
	s := standIn(t, given...)
	s.Queue(purgetest.Answer{Fault: purgetest.FaultReset, Apply: true})
	o := single(t.Context(), connect(t, s, once), given[0])
	unknown := o
	o.State = client.StateFailed
	var y tally
	y.add(o, slices.Contains(s.Limits(token), o.Limit))
	y.add(client.Outcome{Limit: given[1], State: client.StatePurged}, slices.Contains(s.Limits(token), given[1]))
	y.addVerified(unknown, unknown, slices.Contains(s.Limits(token), given[0]))
	if y.wrong != 2 || y.wrongAfter != 1 {
		t.Errorf("three wrong outcomes, and %d and %d found", y.wrong, y.wrongAfter)
	}
}

// Over sockets a reset and a cut-off body are the operating system's own.
func TestSoakOverSockets(t *testing.T) {
	const n = 2000
	s := purgetest.NewServer()
	defer s.Close()
	r := rand.New(rand.NewPCG(1, 4))
	var y tally
	given := limits("0-1", "0-2", n)
	s.SetLimits(token, given...)
	count := queueFaults(s, r, 2*n, []purgetest.Answer{
		{Fault: purgetest.FaultReset}, {Fault: purgetest.FaultReset, Apply: true},
		{Fault: purgetest.FaultHangUp}, {Fault: purgetest.FaultHangUp, Apply: true},
		{Fault: purgetest.FaultCutBody},
	})
	hc := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	defer hc.CloseIdleConnections()
	c, err := client.New(client.StaticToken(token), client.WithBaseURL(s.URL), client.WithHTTPClient(hc), client.WithRetry(2, 0))
	if err != nil {
		t.Fatal(err)
	}
	outcomes := make([]client.Outcome, n)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := w; i < n; i += 8 {
				outcomes[i] = single(t.Context(), c, given[i])
			}
		})
	}
	wg.Wait()
	count(&y)
	left := map[client.Limit]bool{}
	for _, limit := range s.Limits(token) {
		left[limit] = true
	}
	for _, o := range outcomes {
		y.add(o, left[o.Limit])
	}
	fmt.Println("soak over sockets:", &y)
	if y.wrong > 0 || y.unknown == 0 || y.leastFaults() < 3 {
		t.Fail()
	}
}
