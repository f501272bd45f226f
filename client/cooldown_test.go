package client_test

import (
	"context"
	"errors"
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

// arrivals returns when each request came, counted from start.
func arrivals(s *purgetest.Server, start time.Time) []time.Duration {
	var at []time.Duration
	for _, r := range s.Requests() {
		at = append(at, r.Time.Sub(start))
	}
	return at
}

func TestCoolDown(t *testing.T) {
	s1 := time.Second
	for name, tc := range map[string]struct {
		answer purgetest.Answer
		opts   []client.Option
		want   []time.Duration // when the requests arrive, the first call's at 0
	}{
		"window":             {purgetest.RateLimited("TEN_SECONDLY_ROLLING", 0), nil, []time.Duration{0, 10 * s1, 10 * s1, 10 * s1, 10 * s1}},
		"Retry-After":        {purgetest.RateLimited("", 4*s1), nil, []time.Duration{0, 4 * s1, 4 * s1, 4 * s1, 4 * s1}},
		"secondly":           {purgetest.RateLimited("SECONDLY", 0), nil, []time.Duration{0, s1, s1, s1, s1}},
		"longer than a wait": {purgetest.RateLimited("", time.Hour), nil, []time.Duration{0, 30 * s1, 30 * s1, 30 * s1}},
		"longer than mine":   {purgetest.RateLimited("", 0), []client.Option{client.WithRetry(4, 5*s1)}, []time.Duration{0, 5 * s1, 5 * s1, 5 * s1}},
		"no waiting":         {purgetest.RateLimited("", 0), []client.Option{client.WithRetry(4, 0)}, []time.Duration{0, s1 / 2, s1 / 2, s1 / 2}},
		"daily":              {purgetest.RateLimited("DAILY", 9*s1), nil, []time.Duration{0, s1 / 2, s1 / 2, s1 / 2}},
		"locked":             {status(423), nil, []time.Duration{0, s1 / 2, s1 / 2, s1 / 2, 2 * s1}},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			s.Queue(tc.answer)
			c := connect(t, s, tc.opts...)
			start := time.Now()
			var wg sync.WaitGroup
			for i := range 4 {
				wg.Go(func() {
					if i > 0 {
						time.Sleep(s1 / 2) // after the answer to the first
					}
					if _, err := purge(t, c); i > 0 && err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if got := arrivals(s, start); !slices.Equal(got, tc.want) {
				t.Errorf("requests at %v, want %v", got, tc.want)
			}
		})
	}
}

// A call that is held back sends nothing when its own time ends first.
func TestCoolDownAndContext(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		s.Queue(purgetest.RateLimited("", 0))
		c := connect(t, s)
		start := time.Now()
		go func() { _, _ = purge(t, c) }()
		time.Sleep(time.Second)

		short, stop := context.WithTimeout(t.Context(), 8*time.Second)
		defer stop()
		_, err := c.Purge(short, client.Contacts, client.Companies, label)
		held := new(client.Error)
		if !errors.Is(err, client.ErrRateLimited) || errors.Is(err, client.ErrOutcomeUnknown) || !errors.As(err, &held) {
			t.Fatalf("error %v", err)
		}
		if held.Attempts != 0 || held.RetryAfter != 9*time.Second || time.Since(start) != time.Second {
			t.Errorf("%+v after %v, want no attempt, 9 s to wait, at once", held, time.Since(start))
		}

		canceled, cancel := context.WithCancel(t.Context())
		time.AfterFunc(2*time.Second, cancel)
		_, err = c.Purge(canceled, client.Contacts, client.Companies, label)
		if !errors.Is(err, client.ErrRateLimited) || !errors.Is(err, context.Canceled) || time.Since(start) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if n := len(s.Requests()); n != 1 {
			t.Errorf("%d requests", n)
		}
		time.Sleep(time.Minute)
	})
}

// The gate is closed for 30 s at most. A call that is held back still says how long
// HubSpot asked to wait.
func TestCoolDownOfALongWait(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		s.Queue(purgetest.RateLimited("", time.Hour))
		c := connect(t, s)
		_, _ = purge(t, c)
		time.Sleep(time.Second)
		ctx, stop := context.WithTimeout(t.Context(), 8*time.Second)
		defer stop()
		_, err := c.Purge(ctx, client.Contacts, client.Companies, label)
		if wait, ok := client.RetryAfter(err); wait != time.Hour-time.Second || !ok || len(s.Requests()) != 1 {
			t.Errorf("wait %v: %v", wait, err)
		}
	})
}

// Many goroutines on one Client: none sends before the window of a 429 has passed,
// whichever of them met it.
func TestCoolDownOfMany(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		s.SetWindow(1000, 10*time.Second) // else the calls that are answered first may be taken for it
		s.Queue(slices.Repeat([]purgetest.Answer{purgetest.RateLimited("", 0)}, 3)...)
		c := connect(t, s)
		start := time.Now()
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if _, err := purge(t, c); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, at := range arrivals(s, start) {
			if at%(10*time.Second) != 0 || at > 30*time.Second {
				t.Errorf("a request at %v", at)
			}
		}
		if n := len(s.Requests()); n != 103 {
			t.Errorf("%d requests, want 100 and 3 once more", n)
		}
	})
}

type limiterFunc func(context.Context) error

func (f limiterFunc) Wait(ctx context.Context) error { return f(ctx) }

func TestRateLimiter(t *testing.T) {
	bubble(t, "before every attempt", func(t *testing.T, s *purgetest.Server) {
		s.Queue(status(423), status(423))
		asked := 0
		start := time.Now()
		_, err := purge(t, connect(t, s, client.WithRateLimiter(limiterFunc(func(context.Context) error {
			asked++
			time.Sleep(time.Second)
			return nil
		}))))
		if got := arrivals(s, start); err != nil || asked != 3 || !slices.Equal(got, []time.Duration{time.Second, 4 * time.Second, 7 * time.Second}) {
			t.Errorf("%v, asked %d times, requests at %v", err, asked, got)
		}
	})
	bubble(t, "refuses", func(t *testing.T, s *purgetest.Server) {
		full := errors.New("rate: Wait(n=1) would exceed context deadline")
		c := connect(t, s, client.WithRateLimiter(limiterFunc(func(context.Context) error { return full })))
		_, err := purge(t, c)
		if !errors.Is(err, full) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, client.ErrOutcomeUnknown) {
			t.Errorf("without deadline: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, err = c.Purge(ctx, client.Contacts, client.Companies, label)
		if !errors.Is(err, full) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with deadline: %v", err)
		}
		c = connect(t, s, client.WithRateLimiter(limiterFunc(func(ctx context.Context) error { cancel(); return ctx.Err() })))
		_, err = c.Purge(ctx, client.Contacts, client.Companies, label)
		if !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "deadline") {
			t.Errorf("canceled: %v", err)
		}
		if n := len(s.Requests()); n != 0 {
			t.Errorf("%d requests", n)
		}
	})
	bubble(t, "on a retry", func(t *testing.T, s *purgetest.Server) {
		s.Queue(status(502))
		full, asked := errors.New("full"), 0
		_, err := purge(t, connect(t, s, client.WithRateLimiter(limiterFunc(func(context.Context) error {
			if asked++; asked > 1 {
				return full
			}
			return nil
		}))))
		answer := new(client.Error)
		if !errors.Is(err, full) || !errors.Is(err, client.ErrOutcomeUnknown) || !errors.As(err, &answer) || answer.StatusCode != 502 {
			t.Errorf("error %v", err)
		}
	})
	bubble(t, "meets a cool-down that began meanwhile", func(t *testing.T, s *purgetest.Server) {
		throttled := purgetest.RateLimited("", 0)
		throttled.Delay = time.Second / 2
		s.Queue(throttled)
		var first atomic.Bool
		c := connect(t, s, client.WithRateLimiter(limiterFunc(func(context.Context) error {
			if first.Swap(true) {
				time.Sleep(time.Second)
			}
			return nil
		})))
		start := time.Now()
		go func() { _, _ = purge(t, c) }()
		synctest.Wait()
		if _, err := purge(t, c); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		if got := arrivals(s, start); len(got) != 3 || got[1] < 10500*time.Millisecond {
			t.Errorf("requests at %v", got)
		}
	})
	// None is asked for nil.
	s := standIn(t)
	if _, err := purge(t, connect(t, s, client.WithRateLimiter(nil), client.WithLogger(nil))); err != nil {
		t.Error(err)
	}
}
