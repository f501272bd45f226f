package client_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// What a RoundTripper must not do, and some do.
var oddTransports = map[string]roundTrip{
	"no body": func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusBadGateway}, nil
	},
	"nothing": func(*http.Request) (*http.Response, error) { return nil, nil }, //nolint:nilnil // on purpose
	"both": func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, errors.New("no")
	},
	"no header": func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusFound, Body: http.NoBody}, nil
	},
	"wrong length": func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusBadGateway, Body: http.NoBody, ContentLength: 1 << 62}, nil
	},
	"length below 0": func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusBadGateway, Body: http.NoBody, ContentLength: -1 << 62}, nil
	},
}

// No transport makes a call panic, and none makes it succeed.
func TestOddTransports(t *testing.T) {
	for name, rt := range oddTransports {
		bubble(t, name, func(t *testing.T, _ *purgetest.Server) {
			c := connectTo(t, rt)
			if _, err := purge(t, c); err == nil || errors.Is(err, client.ErrOutcomeUnknown) != (name != "no header") {
				t.Errorf("Purge: %v", err)
			}
			given := limits("0-1", "0-2", 3)
			report, err := c.PurgeLimits(t.Context(), given, nil)
			checkReport(t, given, report, err)
			if settings, err := c.ReadLimits(t.Context(), "0-1", "0-2"); settings != nil || err == nil {
				t.Errorf("ReadLimits: %v, %v", settings, err)
			}
		})
	}
}

// Every body is closed, read to its end or not. After a 101 there is none to read:
// what follows is a connection.
func TestBodiesAreClosed(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   io.Reader
	}{
		"200":       {200, strings.NewReader(complete + "}")},
		"200, huge": {200, strings.NewReader(strings.Repeat(" ", 2<<20))},
		"204":       {204, strings.NewReader("")},
		"400":       {400, strings.NewReader(`{"category":"C"}`)},
		"400, huge": {400, strings.NewReader(strings.Repeat(" ", 2<<20))},
		"cut":       {200, cutBody{}},
		"101":       {101, nil},
	} {
		bubble(t, name, func(t *testing.T, _ *purgetest.Server) {
			closed := 0
			c := connectTo(t, roundTrip(func(req *http.Request) (*http.Response, error) {
				body := tc.body
				if body == nil {
					body = endless{req.Context()}
				}
				return &http.Response{StatusCode: tc.status, Body: closing{body, &closed}}, nil
			}), once)
			start := time.Now()
			_, _ = purge(t, c)
			if closed != 1 || time.Since(start) != 0 {
				t.Errorf("closed %d times, after %v", closed, time.Since(start))
			}
		})
	}
}

// closing counts how often it is closed.
type closing struct {
	io.Reader
	times *int
}

func (c closing) Close() error {
	*c.times++
	return nil
}

// The same transports for the token endpoint: the refresh has a goroutine of its own,
// in which a panic would end the process.
func TestOddTransportsOfTheTokenEndpoint(t *testing.T) {
	for name, rt := range oddTransports {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			app := client.OAuthApp{ClientID: "app", ClientSecret: clientSecret, HTTPClient: &http.Client{Transport: rt}}
			c, err := client.New(app.TokenSource(&oauth2.Token{RefreshToken: refreshToken}, func(*oauth2.Token) error { return nil }),
				client.WithHTTPClient(&http.Client{Transport: s.Transport()}))
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the source is still usable
				if _, err := purge(t, c); err == nil || errors.Is(err, client.ErrOutcomeUnknown) || len(s.Requests()) != 0 {
					t.Errorf("Purge: %v", err)
				}
			}
			if _, err := app.Refresh(t.Context(), refreshToken); err == nil {
				t.Error("Refresh: no error")
			}
			time.Sleep(time.Hour) // a goroutine of net/http's ends with its timeout only
		})
	}
}

// A typed nil is none, as nil is.
func TestTypedNilOptions(t *testing.T) {
	var limiter *nilLimiter
	var logger *slog.Logger
	var function limiterFunc
	s := standIn(t)
	for _, l := range []client.RateLimiter{limiter, function} {
		if _, err := purge(t, connect(t, s, client.WithRateLimiter(l), client.WithLogger(logger))); err != nil {
			t.Error(err)
		}
	}
}

type nilLimiter struct{ err error }

func (l *nilLimiter) Wait(context.Context) error { return l.err }

// A panic or runtime.Goexit in Progress ends the run: the requests under way are
// cancelled, and nothing goes on.
func TestProgressEndsTheGoroutine(t *testing.T) {
	for name, end := range map[string]func(){"Goexit": runtime.Goexit, "panic": func() { panic("stop") }} {
		for _, workers := range []int{1, 2, 4} {
			synctest.Test(t, func(t *testing.T) { // fails if a goroutine is left
				var requests, canceled atomic.Int32
				c := connectTo(t, roundTrip(func(req *http.Request) (*http.Response, error) {
					if requests.Add(1) == 1 {
						return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody}, nil
					}
					<-req.Context().Done()
					canceled.Add(1)
					return nil, req.Context().Err()
				}), client.WithBatchSize(1))
				var given []client.Limit
				for i := range 9 {
					given = append(given, limits(custom(i), "0-1", 1)...)
				}
				start, returned, calls := time.Now(), false, 0
				over := make(chan struct{})
				go func() {
					defer close(over)
					defer func() { _ = recover() }()
					_, _ = c.PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: workers, Progress: func(client.Outcome) {
						calls++
						synctest.Wait() // the others are under way
						end()
					}})
					returned = true
				}()
				<-over
				if returned || calls != 1 || int(requests.Load()) != workers || int(canceled.Load()) != workers-1 || time.Since(start) != 0 {
					t.Errorf("%s with %d at once: returned %t, %d calls, %d requests, %d canceled, after %v", name, workers, returned, calls, requests.Load(), canceled.Load(), time.Since(start))
				}
			})
		}
	}
}

// A transport that ends its goroutine may have sent the request.
func TestTransportEndsTheGoroutine(t *testing.T) {
	bubble(t, "", func(t *testing.T, _ *purgetest.Server) {
		requests := 0
		c := connectTo(t, roundTrip(func(*http.Request) (*http.Response, error) {
			if requests++; requests == 2 {
				runtime.Goexit()
			}
			return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody}, nil
		}))
		given := append(append(limits("0-1", "0-2", 1), limits("0-2", "0-1", 2)...), limits("0-3", "0-1", 1)...)
		report, err := c.PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 1})
		if states := checkReport(t, given, report, err); states != "puup" || !errors.Is(err, client.ErrOutcomeUnknown) {
			t.Errorf("%s: %v", states, err)
		}
	})
	bubble(t, "each time", func(t *testing.T, _ *purgetest.Server) {
		var deepest atomic.Int32
		c := connectTo(t, roundTrip(func(*http.Request) (*http.Response, error) {
			deepest.Store(max(deepest.Load(), int32(runtime.Callers(0, make([]uintptr, 1000)))))
			runtime.Goexit()
			return nil, nil //nolint:nilnil // not reached
		}))
		given := limits("0-1", "0-2", 20)
		for i := range given {
			given[i].From = custom(i / 2)
		}
		for _, workers := range []int{1, 3, 50} {
			report, err := c.PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: workers})
			if states := checkReport(t, given, report, err); states != strings.Repeat("u", 20) || deepest.Load() > 50 {
				t.Errorf("%d at once: %s, %d functions deep: %v", workers, states, deepest.Load(), err)
			}
		}
	})
}

// A token source that panics or ends its goroutine is an error of the call, and the
// Client stays usable.
func TestTokenSourceEndsItsGoroutine(t *testing.T) {
	for name, end := range map[string]func(){
		"panic":   func() { panic("vault\nsealed") },
		"nil":     func() { panic(errors.New("vault sealed")) },
		"Goexit":  runtime.Goexit,
		"FailNow": func() { new(testing.T).FailNow() },
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			asked := 0
			c, err := client.New(tokenFunc(func() (*oauth2.Token, error) {
				if asked++; asked == 1 {
					end()
				}
				return &oauth2.Token{AccessToken: token}, nil
			}), client.WithHTTPClient(&http.Client{Transport: s.Transport()}))
			if err != nil {
				t.Fatal(err)
			}
			_, err = purge(t, c)
			if err == nil || errors.Is(err, client.ErrOutcomeUnknown) || strings.Contains(err.Error(), "\n") || len(s.Requests()) != 0 {
				t.Errorf("error %v", err)
			}
			if _, err := purge(t, c); err != nil {
				t.Errorf("the next call: %v", err)
			}
		})
	}
}
