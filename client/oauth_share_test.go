package client_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// A hundred callers, one token request; who can't wait leaves on time, and takes
// nothing from the others.
func TestOAuthSharesARefresh(t *testing.T) {
	for name, cancelFirst := range map[string]bool{"": false, "first caller cancelled": true} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			s.QueueTokens(purgetest.Answer{Delay: 10 * time.Second})
			c := connectApp(t, s, install(s, purgetest.App{Rotate: true}).TokenSource(&oauth2.Token{RefreshToken: refreshToken}, nil))
			start := time.Now()
			var done, late atomic.Int32
			var wg sync.WaitGroup
			call := func(ctx context.Context, cancel context.CancelFunc, short bool) {
				defer cancel()
				_, err := c.Purge(ctx, client.Contacts, client.Companies, label)
				switch took := time.Since(start); {
				case short && errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, client.ErrOutcomeUnknown) && took == 3*time.Second:
					late.Add(1)
				case !short && err == nil && took == 10*time.Second:
					done.Add(1)
				default:
					t.Errorf("short %t: %v after %v", short, err, took)
				}
			}
			if cancelFirst {
				ctx, cancel := context.WithCancel(t.Context())
				wg.Go(func() {
					if _, err := c.Purge(ctx, client.Contacts, client.Companies, label); !errors.Is(err, context.Canceled) {
						t.Errorf("the cancelled caller: %v", err)
					}
				})
				synctest.Wait()
				cancel()
				synctest.Wait() // it has left, and the request is under way
			}
			for i := range 100 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				if i < 10 {
					ctx, cancel = context.WithTimeout(t.Context(), 3*time.Second)
				}
				wg.Go(func() { call(ctx, cancel, i < 10) })
			}
			wg.Wait()
			if done.Load() != 90 || late.Load() != 10 || len(s.TokenRequests()) != 1 {
				t.Errorf("%d done, %d late, %d token requests", done.Load(), late.Load(), len(s.TokenRequests()))
			}
		})
	}
}

// When all callers have left, the request under way is let finish, its token is
// saved, and nothing else is sent.
func TestOAuthAfterAllHaveLeft(t *testing.T) {
	short := func(t *testing.T, c *client.Client) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Purge(ctx, client.Contacts, client.Companies, label); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	}
	bubble(t, "answered", func(t *testing.T, s *purgetest.Server) {
		v := new(vault)
		s.QueueTokens(purgetest.Answer{Delay: 5 * time.Second})
		c := connectApp(t, s, install(s, purgetest.App{Rotate: true}).TokenSource(&oauth2.Token{RefreshToken: refreshToken}, v.save))
		short(t, c)
		time.Sleep(time.Minute)
		v.mu.Lock()
		saved := len(v.saved)
		v.mu.Unlock()
		if saved != 1 {
			t.Error("the token that came too late was not saved")
		}
		if _, err := purge(t, c); err != nil || len(s.TokenRequests()) != 1 {
			t.Errorf("%v after %d token requests", err, len(s.TokenRequests()))
		}
	})
	for name, fault := range map[string]purgetest.Answer{
		"trouble": {Status: 503, Body: "{}", Delay: 5 * time.Second},
		"reset":   {Fault: purgetest.FaultReset, Delay: 5 * time.Second},
		"hang":    {Delay: time.Hour},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			s.QueueTokens(fault)
			c := connectApp(t, s, install(s, purgetest.App{}).TokenSource(&oauth2.Token{RefreshToken: refreshToken}, nil))
			short(t, c)
			time.Sleep(time.Hour)
			if n := len(s.TokenRequests()); n != 1 {
				t.Errorf("%d token requests, though nobody waited", n)
			}
			if _, err := purge(t, c); err != nil {
				t.Error(err)
			}
		})
		bubble(t, name+", then one joins", func(t *testing.T, s *purgetest.Server) {
			s.QueueTokens(fault)
			c := connectApp(t, s, install(s, purgetest.App{}).TokenSource(&oauth2.Token{RefreshToken: refreshToken}, nil))
			short(t, c)
			if _, err := purge(t, c); err != nil {
				t.Error(err)
			}
			if n := len(s.TokenRequests()); n != 2 {
				t.Errorf("%d token requests", n)
			}
		})
	}
}

// Who stays is not hurt by who leaves: the backoff and the attempts are the same.
func TestOAuthOneStays(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		s.QueueTokens(purgetest.Answer{Status: 503, Body: "{}", Delay: 5 * time.Second})
		c := connectApp(t, s, install(s, purgetest.App{}).TokenSource(&oauth2.Token{RefreshToken: refreshToken}, nil))
		var wg sync.WaitGroup
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, _ = c.Purge(ctx, client.Contacts, client.Companies, label)
		})
		if _, err := purge(t, c); err != nil {
			t.Error(err)
		}
		wg.Wait()
		requests := s.TokenRequests()
		if gap := requests[1].Time.Sub(requests[0].Time); len(requests) != 2 || gap < 6*time.Second {
			t.Errorf("%d token requests, %v apart", len(requests), gap)
		}
	})
}

// Once all callers have left, nothing is left but a token request: no backoff, no
// goroutine after it.
func TestNoGoroutineButATokenRequest(t *testing.T) {
	for name, tc := range map[string]struct {
		answer purgetest.Answer
		during int // goroutines right after the caller has left
	}{
		"in a request": {purgetest.Answer{Status: 503, Body: "{}", Delay: 10 * time.Second}, 1},
		"in a backoff": {purgetest.RateLimited("", 0), 0},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			s.QueueTokens(tc.answer)
			c := connectApp(t, s, install(s, purgetest.App{}).TokenSource(&oauth2.Token{RefreshToken: refreshToken}, nil))
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			before := runtime.NumGoroutine()
			if _, err := c.Purge(ctx, client.Contacts, client.Companies, label); !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			if during := moreGoroutines(before, tc.during); during != tc.during {
				t.Errorf("%d goroutines after the caller left, want %d", during, tc.during)
			}
			time.Sleep(10 * time.Second)
			if after := moreGoroutines(before, 0); after != 0 || len(s.TokenRequests()) != 1 {
				t.Errorf("%d goroutines left, %d token requests", after, len(s.TokenRequests()))
			}
		})
	}
}

// moreGoroutines returns how many goroutines there are more than before. In a bubble,
// it lets them come to rest, and those of other tests and the runtime end.
func moreGoroutines(before, want int) int {
	synctest.Wait()
	for range 10_000 {
		if runtime.NumGoroutine()-before == want {
			break
		}
		runtime.Gosched()
	}
	return runtime.NumGoroutine() - before
}
