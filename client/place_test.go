package client_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// Calls that are held by another one's 429 have an error of their own: the other call
// goes on with its. It is the race detector that would find it otherwise.
func TestHeldCallsShareNoError(t *testing.T) {
	for range 100 {
		bubble(t, "", func(t *testing.T, s *purgetest.Server) {
			s.Queue(purgetest.RateLimited("", 0))
			c := connect(t, s)
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
					defer cancel()
					_, err := c.Purge(ctx, client.Contacts, client.Companies, label)
					if answer := refusal(err); answer != nil && answer.Attempts > 1 {
						t.Errorf("%d attempts: %v", answer.Attempts, err)
					}
				})
			}
			wg.Wait()
		})
	}
}

// A request without an answer may have been counted by HubSpot: it takes a place in the
// window too.
func TestRequestWithoutAnswerTakesAPlace(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		s.SetWindow(5, 10*time.Second)
		lost := purgetest.Answer{Fault: purgetest.FaultReset}
		s.Queue(purgetest.Answer{}, lost, lost, lost, lost)
		c := connect(t, s, once)
		start := time.Now()
		for range 6 {
			_, _ = purge(t, c)
		}
		if got := arrivals(s, start); len(got) != 6 || got[4] != 0 || got[5] != 10*time.Second {
			t.Errorf("requests at %v", got)
		}
	})
}

// A Max of 1 to 1,000,000 in an interval of 1 s to 1 min is a window. Anything else
// holds nobody back.
func TestWhichWindowsAreUsable(t *testing.T) {
	for _, tc := range []struct {
		limit, millis string
		wait          time.Duration // of the second request
	}{
		{"1", "1000", time.Second}, {"1", "60000", time.Minute}, {"2", "10000", 0}, {"1000000", "10000", 0},
		{"1", "999", 0}, {"1", "60001", 0}, {"1", "0", 0}, {"1", "-10000", 0}, {"1", "", 0}, {"1", "1e4", 0}, {"1", "99999999999999999999", 0},
		{"0", "10000", 0}, {"-1", "10000", 0}, {"", "10000", 0}, {"1.0", "10000", 0},
	} {
		bubble(t, tc.limit+" in "+tc.millis, func(t *testing.T, s *purgetest.Server) {
			s.Queue(purgetest.Answer{Header: http.Header{"X-Hubspot-Ratelimit-Max": {tc.limit}, "X-Hubspot-Ratelimit-Interval-Milliseconds": {tc.millis}}})
			c := connect(t, s)
			for range 2 {
				if _, err := purge(t, c); err != nil {
					t.Error(err)
				}
			}
			checkWaits(t, s, []span{exactly(tc.wait)})
		})
	}
}

// A window may turn out to be narrower than what was sent already. A call that can't
// wait for the next place returns at once all the same.
func TestNextPlaceInANarrowWindow(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		s.Queue(purgetest.Answer{}, purgetest.Answer{}, purgetest.Answer{}, purgetest.Answer{}, purgetest.Answer{
			Header: http.Header{"X-Hubspot-Ratelimit-Max": {"2"}, "X-Hubspot-Ratelimit-Interval-Milliseconds": {"10000"}},
		})
		c := connect(t, s)
		start := time.Now()
		for i := range 5 { // at 0 s to 4 s
			time.Sleep(time.Until(start.Add(time.Duration(i) * time.Second)))
			if _, err := purge(t, c); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithDeadline(t.Context(), start.Add(12500*time.Millisecond))
		defer cancel()
		_, err := c.Purge(ctx, client.Contacts, client.Companies, label)
		wait, _ := client.RetryAfter(err)
		if took := time.Since(start); !errors.Is(err, client.ErrRateLimited) || took != 4*time.Second || wait != 9*time.Second {
			t.Errorf("%v after %v, %v to wait", err, took, wait)
		}
		if _, err := purge(t, c); err != nil || time.Since(start) != 13*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}
