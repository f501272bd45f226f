package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// What stops the run lets finish what is under way.
func TestStopLetsFinish(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		var given []client.Limit
		for i := range 20 {
			given = append(given, limits(custom(i), "0-1", 1)...)
		}
		s.SetLimits(token, given...)
		s.Queue(
			purgetest.Answer{Delay: 10 * time.Second},                     // under way when the run stops, purges
			purgetest.Answer{Status: 423, Body: "{}", Delay: time.Second}, // waits when it stops
			purgetest.Answer{Status: 401, Body: "{}", Delay: 2 * time.Second},
			purgetest.Answer{Status: 403, Body: "{}", Delay: 5 * time.Second},
			purgetest.Answer{Status: 502, Body: "{}", Delay: 6 * time.Second},
		)
		start := time.Now()
		report, err := connect(t, s).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 5})
		counts := fmt.Sprint(report)
		if checkReport(t, given, report, err); counts != "20 limits: 1 purged, 1 failed, 1 unknown, 17 not attempted" || time.Since(start) != 10*time.Second || len(s.Requests()) != 5 {
			t.Errorf("%s after %v and %d requests: %v", counts, time.Since(start), len(s.Requests()), err)
		}
		if !errors.Is(err, client.ErrUnauthorized) || errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
	bubble(t, "context", func(t *testing.T, s *purgetest.Server) {
		s.Queue(slices.Repeat([]purgetest.Answer{{Delay: time.Minute}}, 4)...)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		given := limits("0-1", "0-2", 1)
		for i := range 9 {
			given = append(given, limits(custom(i), "0-1", 1)...)
		}
		start := time.Now()
		report, err := connect(t, s).PurgeLimits(ctx, given, nil)
		if checkReport(t, given, report, err); report.String() != "10 limits: 0 purged, 4 unknown, 6 not attempted" || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		report, err = connect(t, s).PurgeLimits(ctx, given, nil)
		if checkReport(t, given, report, err); report.Count(client.StateNotAttempted) != 10 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with an ended context: %v", err)
		}
	})
	bubble(t, "token source", func(t *testing.T, s *purgetest.Server) {
		var asked atomic.Int32
		sealed := errors.New("vault sealed")
		c, err := client.New(tokenFunc(func() (*oauth2.Token, error) {
			if asked.Add(1) > 2 {
				return nil, sealed
			}
			return &oauth2.Token{AccessToken: token}, nil
		}), client.WithHTTPClient(&http.Client{Transport: s.Transport()}))
		if err != nil {
			t.Fatal(err)
		}
		var given []client.Limit
		for i := range 9 {
			given = append(given, limits(custom(i), "0-1", 1)...)
		}
		report, err := c.PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 1})
		if states := checkReport(t, given, report, err); states != "ppnnnnnnn" || !errors.Is(err, sealed) {
			t.Errorf("%s: %v", states, err)
		}
	})
	bubble(t, "no answer at all", func(t *testing.T, _ *purgetest.Server) {
		down := errors.New("refused")
		c := connectTo(t, dialFails{down})
		given := append(limits("0-1", "0-2", 2), limits("0-2", "0-1", 1)...)
		report, err := c.PurgeLimits(t.Context(), given, nil)
		if states := checkReport(t, given, report, err); states != "nnn" || !errors.Is(err, down) {
			t.Errorf("%s: %v", states, err)
		}
	})
}

// A wait that does not fit stops the run, with attempts left or not.
func TestLongWaitStopsWithoutRetries(t *testing.T) {
	for name, tc := range map[string]struct {
		answer purgetest.Answer
		states string
	}{
		"429, an hour":  {purgetest.RateLimited("", time.Hour), "nn"},
		"429, a second": {purgetest.RateLimited("SECONDLY", 0), "fp"}, // fits, but no attempt is left
		"429, daily":    {purgetest.RateLimited("DAILY", 0), "nn"},
		"477":           {status(477), "nn"},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			s.Queue(tc.answer)
			given := append(limits("0-1", "0-2", 1), limits("0-2", "0-1", 1)...)
			report, err := connect(t, s, client.WithRetry(1, 30*time.Second)).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 1})
			if states := checkReport(t, given, report, err); states != tc.states {
				t.Errorf("%s, want %s: %v", states, tc.states, err)
			}
		})
	}
}

// What waits when the run stops is ended at once and not sent: the wait of a retry, of
// a cool-down, of the limiter and of a token.
func TestStopEndsWaits(t *testing.T) {
	for _, name := range []string{"cool-down", "limiter", "token"} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			given := slices.Concat(limits(custom(0), "0-1", 1), limits(custom(1), "0-1", 1), limits(custom(2), "0-1", 1), limits(custom(3), "0-1", 1))
			s.SetLimits(token, given...)
			first := status(423, "Retry-After", "20")
			if name == "cool-down" {
				first = purgetest.RateLimited("", 20*time.Second)
			}
			first.Delay = time.Second / 10 // all three are under way
			s.Queue(first, purgetest.Answer{Delay: time.Second / 2}, purgetest.Answer{Status: 401, Body: "{}", Delay: time.Second})
			late := func() bool { return len(s.Requests()) == 3 } // the fourth comes when one of three workers is free
			opts := []client.Option{client.WithHTTPClient(&http.Client{Transport: s.Transport()})}
			if name == "limiter" {
				opts = append(opts, client.WithRateLimiter(limiterFunc(func(ctx context.Context) error {
					if late() {
						<-ctx.Done()
					}
					return ctx.Err()
				})))
			}
			c, err := client.New(tokenFunc(func() (*oauth2.Token, error) {
				if late() && name == "token" {
					time.Sleep(time.Minute)
				}
				return &oauth2.Token{AccessToken: token}, nil
			}), opts...)
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			report, err := c.PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 3})
			states := checkReport(t, given, report, err)
			if strings.Count(states, "p") != 1 || strings.Count(states, "n") != 3 || time.Since(start) != time.Second || len(s.Requests()) != 3 {
				t.Errorf("%s after %v and %d requests: %v", states, time.Since(start), len(s.Requests()), err)
			}
			for _, o := range report.Outcomes {
				if o.State == client.StateNotAttempted && (!errors.Is(o.Err, client.ErrUnauthorized) || errors.Is(o.Err, context.Canceled)) {
					t.Errorf("%v is not attempted for another reason: %v", o.Limit, o.Err)
				}
			}
			time.Sleep(time.Minute)
		})
	}
}

// Of two requests under way, each may be answered with a reason to stop. Both
// count, and the first is why nothing more is sent.
func TestTwoReasonsToStop(t *testing.T) {
	for name, tc := range map[string]struct {
		second    purgetest.Answer
		wait      time.Duration
		retryable int
	}{
		"daily":        {purgetest.RateLimited("DAILY", 0), time.Hour, 4},
		"unauthorized": {status(401), time.Minute, 0},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			first := status(477, "Retry-After", "60")
			first.Delay, tc.second.Delay = time.Second, 2*time.Second
			s.Queue(first, tc.second)
			given := append(append(limits("0-1", "0-2", 1), limits("0-2", "0-1", 2)...), limits("0-3", "0-1", 1)...)
			report, err := connect(t, s, client.WithBatchSize(1)).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 2})
			if states := checkReport(t, given, report, err); states != "nnnn" || len(report.Retryable()) != tc.retryable {
				t.Errorf("%s, retryable %v", states, report.Retryable())
			}
			for _, o := range report.Outcomes[2:] {
				if e := new(client.Error); !errors.As(o.Err, &e) || e.StatusCode != 477 {
					t.Errorf("a limit that was not sent has the error %v", o.Err)
				}
			}
			if wait, ok := client.RetryAfter(err); !ok || wait != tc.wait {
				t.Errorf("%v: wait %v, want %v", err, wait, tc.wait)
			}
		})
	}
}

// An answer that comes as the context ends is still the answer to its request. The
// context is why the others were not attempted.
func TestAnswerAsTheContextEnds(t *testing.T) {
	for code, want := range map[int]string{403: "fnn", 503: "unn"} {
		bubble(t, fmt.Sprint(code), func(t *testing.T, _ *purgetest.Server) {
			ctx, cancel := context.WithCancel(t.Context())
			c := connectTo(t, roundTrip(func(*http.Request) (*http.Response, error) {
				cancel()
				return &http.Response{StatusCode: code, Body: http.NoBody}, nil
			}), once)
			given := append(limits("0-1", "0-2", 1), limits("0-2", "0-1", 2)...)
			report, err := c.PurgeLimits(ctx, given, &client.BulkOptions{Concurrency: 1})
			if states := checkReport(t, given, report, err); states != want || !errors.Is(err, context.Canceled) {
				t.Errorf("%s, want %s: %v", states, want, err)
			}
			if refusal(report.Outcomes[0].Err) == nil || !errors.Is(report.Outcomes[1].Err, context.Canceled) || refusal(report.Outcomes[1].Err) != nil {
				t.Errorf("errors %v and %v", report.Outcomes[0].Err, report.Outcomes[1].Err)
			}
		})
	}
}

// A panic of a transport or a limiter reaches the caller, as from Purge. In another
// goroutine it would end the process.
func TestPanicReachesTheCaller(t *testing.T) {
	broken := roundTrip(func(*http.Request) (*http.Response, error) { panic("broken") })
	limiter := client.WithRateLimiter(limiterFunc(func(context.Context) error { panic("broken") }))
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		for _, c := range []*client.Client{connectTo(t, broken), connect(t, s, limiter)} {
			func() {
				defer func() {
					if p := recover(); p != "broken" {
						t.Errorf("recovered %v", p)
					}
				}()
				_, err := c.PurgeLimits(t.Context(), append(limits("0-1", "0-2", 1), limits("0-2", "0-1", 1)...), nil)
				t.Error(err)
			}()
		}
	})
}
