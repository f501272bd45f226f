package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// A line takes 50 ms for each request, and counts the answers.
type line struct {
	next              http.RoundTripper
	header            func(http.Header) // changes an answer's headers, if not nil
	answered, limited atomic.Int32
}

func (l *line) RoundTrip(req *http.Request) (*http.Response, error) {
	time.Sleep(25 * time.Millisecond)
	resp, err := l.next.RoundTrip(req)
	time.Sleep(25 * time.Millisecond)
	if err == nil {
		l.answered.Add(1)
		if resp.StatusCode == http.StatusTooManyRequests {
			l.limited.Add(1)
		}
		if l.header != nil {
			l.header(resp.Header)
		}
	}
	return resp, err
}

// share is the part of the answers that were 429s.
func (l *line) share() float64 { return float64(l.limited.Load()) / float64(l.answered.Load()) }

func setWindow(limit, interval string) func(http.Header) {
	return func(h http.Header) {
		h.Set("X-HubSpot-RateLimit-Max", limit)
		h.Set("X-HubSpot-RateLimit-Interval-Milliseconds", interval)
	}
}

func noWindow(h http.Header) {
	for name := range h {
		if strings.HasPrefix(name, "X-Hubspot-Ratelimit") {
			delete(h, name)
		}
	}
}

// 1,000 requests against a window of 100 in 10 s need 90.05 s.
func TestWindow(t *testing.T) {
	for name, tc := range map[string]struct {
		atOnce int
		header func(http.Header)
		most   time.Duration
		share  float64
	}{
		"4 at once":         {4, nil, 93 * time.Second, 0},
		"16 at once":        {16, nil, 92 * time.Second, 0},
		"64 at once":        {64, nil, 92 * time.Second, 0},
		"4, no headers":     {4, noWindow, 101 * time.Second, 0.013},
		"16, no headers":    {16, noWindow, 101 * time.Second, 0.016},
		"max 0":             {16, setWindow("0", "10000"), 101 * time.Second, 0.016},
		"max below 0":       {16, setWindow("-5", "10000"), 101 * time.Second, 0.016},
		"max absurd":        {16, setWindow("1000001", "10000"), 101 * time.Second, 0.016},
		"max no number":     {16, setWindow("many", "10000"), 101 * time.Second, 0.016},
		"interval too long": {16, setWindow("1", "60001"), 101 * time.Second, 0.016},
		"interval 0":        {16, setWindow("1", "0"), 101 * time.Second, 0.016},
		"interval absurd":   {16, setWindow("1", "9223372036854775807"), 101 * time.Second, 0.016},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, given := standIn(t), limits("0-1", "0-2", 1000)
				s.SetLimits(token, given...)
				s.SetWindow(100, 10*time.Second)
				l := &line{next: s.Transport(), header: tc.header}
				start := time.Now()
				report, err := connectTo(t, l, client.WithBatchSize(1)).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: tc.atOnce})
				if took := time.Since(start); err != nil || took > tc.most || l.share() > tc.share {
					t.Errorf("%v after %v, %.1f %% refused, want at most %v and %.1f %%", report, took, 100*l.share(), tc.most, 100*tc.share)
				}
			})
		})
	}
}

// Two programs with a Client each get on in one window.
func TestWindowIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := standIn(t)
		s.SetLimits(token)
		s.SetWindow(100, 10*time.Second)
		start := time.Now()
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				l := &line{next: s.Transport()}
				report, err := connectTo(t, l, client.WithBatchSize(1)).PurgeLimits(t.Context(), limits("0-1", "0-2", 1000), &client.BulkOptions{Concurrency: 16})
				if took := time.Since(start); err != nil || took > 200*time.Second || l.share() > 0.08 {
					t.Errorf("%v after %v, %.1f %% refused", report, took, 100*l.share())
				}
			})
		}
		wg.Wait()
	})
}

// Another program takes half of the window, at a steady pace. Both go on.
func TestWindowHalfUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, given := standIn(t), limits("0-1", "0-2", 500)
		s.SetLimits(token, given...)
		s.SetWindow(100, 10*time.Second)
		other, otherPurged := connect(t, s, once), 0
		stop := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(200 * time.Millisecond):
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				if _, err := other.Purge(ctx, "0-1", "0-3", label); err == nil {
					otherPurged++
				}
				cancel()
			}
		})
		time.Sleep(20 * time.Second)
		l := &line{next: s.Transport()}
		start := time.Now()
		report, err := connectTo(t, l, client.WithBatchSize(1)).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 16})
		took := time.Since(start)
		close(stop)
		wg.Wait()
		if err != nil || took > 110*time.Second || l.share() > 0.08 || otherPurged < 100 {
			t.Errorf("%v after %v, %.1f %% refused; the other program purged %d times", report, took, 100*l.share(), otherPurged)
		}
	})
}

// Another program sends half of the window at once, each time, and does not wait for
// the window. It gets its half, and few requests of either are refused.
func TestWindowHalfUsedAtOnce(t *testing.T) {
	for _, atOnce := range []int{4, 16, 64} {
		synctest.Test(t, func(t *testing.T) {
			s, given := standIn(t), limits("0-1", "0-2", 500)
			s.SetLimits(token, given...)
			s.SetWindow(100, 10*time.Second)
			others, ours := &line{next: s.Transport()}, &line{next: s.Transport()}
			ctx, cancel := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			wg.Go(func() {
				for ctx.Err() == nil {
					for range 50 {
						go func() { _, _ = purge(t, connectTo(t, others, once)) }()
						time.Sleep(time.Millisecond)
					}
					time.Sleep(10 * time.Second)
				}
			})
			time.Sleep(25 * time.Second)
			start := time.Now()
			report, err := connectTo(t, ours, client.WithBatchSize(1)).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: atOnce})
			if took := time.Since(start); err != nil || took > 110*time.Second || ours.share() > 0.05 || others.share() > 0.05 {
				t.Errorf("%d at once: %v after %v, %.1f %% refused, %.1f %% of the others", atOnce, report, took, 100*ours.share(), 100*others.share())
			}
			cancel()
			wg.Wait()
		})
	}
}

// A call whose deadline comes before the next free place returns at once.
func TestWindowAndDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := standIn(t)
		s.SetLimits(token)
		s.SetWindow(3, 10*time.Second)
		c := connect(t, s)
		for range 3 {
			if _, err := purge(t, c); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second)
		go func() { _, _ = purge(t, c) }() // waits in front
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		start := time.Now()
		_, err := c.Purge(ctx, client.Contacts, client.Companies, label)
		wait, ok := client.RetryAfter(err)
		if !errors.Is(err, client.ErrRateLimited) || errors.Is(err, client.ErrOutcomeUnknown) || time.Since(start) != 0 || wait != 9*time.Second || !ok {
			t.Errorf("%v after %v, wait %v", err, time.Since(start), wait)
		}
		canceled, stop := context.WithCancel(t.Context())
		time.AfterFunc(2*time.Second, stop)
		_, err = c.Purge(canceled, client.Contacts, client.Companies, label)
		if !errors.Is(err, context.Canceled) || !errors.Is(err, client.ErrRateLimited) || time.Since(start) != 2*time.Second {
			t.Errorf("canceled: %v after %v", err, time.Since(start))
		}
		if n := len(s.Requests()); n != 3 {
			t.Errorf("%d requests", n)
		}
		time.Sleep(time.Minute)
	})
}

// A place that is kept free for other programs comes with the next answer. A call that
// can wait for that answer is not refused.
func TestWindowAndDeadlineNearAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := standIn(t)
		s.SetLimits(token)
		s.SetWindow(6, 10*time.Second)
		c := connectTo(t, &line{next: s.Transport()})
		for range 3 {
			if _, err := purge(t, c); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			go func() { _, _ = purge(t, c) }()
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Purge(ctx, client.Contacts, client.Companies, label); err != nil {
			t.Error(err)
		}
	})
}

// Many calls at once, before the window is known: some meet a 429, and then they
// pass as the window allows, in order of arrival.
func TestWindowOfManyCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := standIn(t)
		s.SetLimits(token)
		s.SetWindow(100, 10*time.Second)
		s.Queue(purgetest.RateLimited("TEN_SECONDLY_ROLLING", 0))
		c := connect(t, s)
		start := time.Now()
		go func() { _, _ = purge(t, c) }()
		synctest.Wait()
		var wg sync.WaitGroup
		for i := range 300 {
			time.Sleep(time.Millisecond)
			wg.Go(func() {
				if _, err := c.Purge(t.Context(), "0-1", "0-3", client.UserDefined(int32(i+1))); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		var at [300]time.Time
		for _, r := range s.Requests() {
			if r.To == "0-3" {
				at[r.Types[0].TypeID-1] = r.Time
			}
		}
		if !slices.IsSortedFunc(at[:], time.Time.Compare) {
			t.Error("not in order of arrival")
		}
		atOnce := map[time.Duration]int{}
		for _, at := range arrivals(s, start) {
			atOnce[at.Truncate(time.Second)]++
		}
		if text := fmt.Sprint(atOnce); !strings.HasPrefix(text, "map[0s:1 10s:100 20s:100 30s:") {
			t.Errorf("requests by second: %v", atOnce)
		}
	})
}
