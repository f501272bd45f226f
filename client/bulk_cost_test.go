package client_test

import (
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// wide is a window that holds nobody back.
var wide = http.Header{"X-Hubspot-Ratelimit-Max": {"10000"}, "X-Hubspot-Ratelimit-Interval-Milliseconds": {"10000"}}

// The optimum in virtual time: 50 rounds of 8, and one window more for one 429.
func TestPurgeLimitsTime(t *testing.T) {
	for name, tc := range map[string]struct {
		pairs, perPair int
		throttle       bool
		least, most    time.Duration
	}{
		"400 pairs":               {400, 1, false, 2500 * time.Millisecond, 2500 * time.Millisecond},
		"400 pairs and a 429":     {400, 1, true, 12500 * time.Millisecond, 12550 * time.Millisecond},
		"one pair of 801 batches": {1, 80_100, false, 5050 * time.Millisecond, 5050 * time.Millisecond},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			var given []client.Limit
			for i := range tc.pairs {
				given = append(given, limits(custom(i), "0-1", tc.perPair)...)
			}
			var sent atomic.Int32
			c := connectTo(t, roundTrip(func(_ *http.Request) (*http.Response, error) {
				time.Sleep(50 * time.Millisecond)
				if sent.Add(1) == 100 && tc.throttle {
					return &http.Response{StatusCode: http.StatusTooManyRequests, Header: wide, Body: http.NoBody}, nil
				}
				return &http.Response{StatusCode: http.StatusNoContent, Header: wide, Body: http.NoBody}, nil
			}))
			start := time.Now()
			report, err := c.PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 8})
			checkReport(t, given, report, err)
			if took := time.Since(start); took < tc.least || took > tc.most {
				t.Errorf("took %v, want %v to %v", took, tc.least, tc.most)
			}
			_ = s
		})
	}
}

// Beside the report itself a run allocates little, however long the list.
func TestPurgeLimitsMemory(t *testing.T) {
	if raced {
		return
	}
	const n = 100_000
	given := limits("0-1", "0-2", n)
	c := connectTo(t, done)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	report, err := c.PurgeLimits(t.Context(), given, nil)
	runtime.ReadMemStats(&after)
	checkReport(t, given, report, err)
	held := uint64(n * unsafe.Sizeof(client.Outcome{}))
	if each := (after.TotalAlloc - before.TotalAlloc - held) / n; each > 120 {
		t.Errorf("%d bytes a limit", each)
	}
}

func TestConcurrencyIsBounded(t *testing.T) {
	for given, want := range map[int]int32{0: 4, 1: 1, 3: 3} {
		synctest.Test(t, func(t *testing.T) {
			var now, most atomic.Int32
			c := connectTo(t, roundTrip(func(*http.Request) (*http.Response, error) {
				n := now.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				time.Sleep(time.Second)
				now.Add(-1)
				return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody}, nil
			}))
			if _, err := c.PurgeLimits(t.Context(), limits("0-1", "0-2", 2000), &client.BulkOptions{Concurrency: given}); err != nil {
				t.Error(err)
			}
			if most.Load() != want {
				t.Errorf("concurrency %d: %d requests at once, want %d", given, most.Load(), want)
			}
		})
	}
}
