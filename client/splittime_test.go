package client_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
)

// Splitting uses all workers: one limit in ten is bad, a request takes 50 ms, and 8
// are under way at once.
func TestSplittingTime(t *testing.T) {
	for name, tc := range map[string]struct {
		limits, requests int
		most             time.Duration
	}{
		"100":    {100, 64, 770 * time.Millisecond},
		"1,000":  {1000, 640, 4340 * time.Millisecond},
		"10,000": {10_000, 6400, 42 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, given := standIn(t), limits("0-1", "0-2", tc.limits)
				s.SetLimits(token, given...)
				bad := map[client.Limit]bool{}
				for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(tc.limits)[:tc.limits/10] {
					bad[given[i]] = true
					s.Reject(given[i])
				}
				l := &line{next: s.Transport()}
				start := time.Now()
				report, err := connectTo(t, l).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 8})
				states := checkReport(t, given, report, err)
				for i, limit := range given {
					if bad[limit] != (states[i] == 'f') || bad[limit] == (states[i] == 'p') {
						t.Errorf("%v: %c", limit, states[i])
					}
				}
				if took, n := time.Since(start), int(l.answered.Load()); took > tc.most || n > tc.requests {
					t.Errorf("%d requests in %v, want at most %d in %v", n, took, tc.requests, tc.most)
				}
			})
		})
	}
}

// A half whose other half was accepted has a bad input for certain, so it is not sent
// as a whole. A pair's other batches do not wait for the splitting of the first one.
func TestSplittingOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, given := standIn(t), limits("0-1", "0-2", 12)
		s.SetLimits(token, given...)
		s.Reject(given[7])
		report, err := connect(t, s, client.WithBatchSize(8)).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 1})
		if states := checkReport(t, given, report, err); states != strings.Repeat("p", 7)+"fpppp" {
			t.Error(states)
		}
		var sizes []int
		for _, r := range s.Requests() {
			sizes = append(sizes, len(r.Types))
		}
		// The whole, the other batch, and of 4, 2 and 1 the accepted half and the last one.
		if want := []int{8, 4, 4, 2, 1, 1}; !slices.Equal(sizes, want) {
			t.Errorf("requests with %v limits, want %v", sizes, want)
		}
	})
}
