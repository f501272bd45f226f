package client_test

import (
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// At every point at which the process may die, the saver holds a token that is
// good, or none was used: a save comes before any use.
func TestOAuthSavesBeforeUse(t *testing.T) {
	bubble(t, "order", func(t *testing.T, s *purgetest.Server) {
		app := install(s, purgetest.App{Rotate: true})
		var used, saved []string
		rt := s.Transport()
		hc := &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			used = append(used, strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer "))
			if len(saved) == 0 || saved[len(saved)-1] != used[len(used)-1] {
				t.Errorf("used %q, saved %q", used, saved)
			}
			return rt.RoundTrip(req)
		})}
		c, err := client.New(app.TokenSource(&oauth2.Token{RefreshToken: refreshToken}, func(token *oauth2.Token) error {
			saved = append(saved, token.AccessToken)
			if len(used) != len(saved)-1 {
				t.Errorf("saved %q, used %q", saved, used)
			}
			token.AccessToken = "changed by the saver"
			return nil
		}), client.WithHTTPClient(hc))
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := purge(t, c); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour)
		}
	})
	bubble(t, "the saver fails", func(t *testing.T, s *purgetest.Server) {
		v := &vault{err: errors.New("disk full")}
		offered := map[string]int{}
		c := connectApp(t, s, install(s, purgetest.App{Rotate: true}).TokenSource(&oauth2.Token{RefreshToken: refreshToken}, func(token *oauth2.Token) error {
			offered[token.RefreshToken]++
			return v.save(token)
		}))
		for range 3 {
			if _, err := purge(t, c); !errors.Is(err, v.err) || errors.Is(err, client.ErrOutcomeUnknown) || errors.Is(err, client.ErrUnauthorized) {
				t.Errorf("error %v", err)
			}
			time.Sleep(time.Hour) // the access token is over, the refresh token is not
		}
		if len(s.Requests()) != 0 || len(s.TokenRequests()) != 1 || len(offered) != 1 {
			t.Errorf("%d requests, %d token requests, offered %v", len(s.Requests()), len(s.TokenRequests()), offered)
		}
		v.err = nil
		if _, err := purge(t, c); err != nil {
			t.Error(err)
		}
		if len(v.saved) != 2 || len(s.TokenRequests()) != 2 || len(s.Requests()) != 1 || v.saved[0].RefreshToken == v.saved[1].RefreshToken {
			t.Errorf("saved %d after %d token requests, want the kept one first", len(v.saved), len(s.TokenRequests()))
		}
	})
	// Whoever starts again from what the saver holds goes on.
	for point := range 3 {
		bubble(t, fmt.Sprint("restart ", point), func(t *testing.T, s *purgetest.Server) {
			app, v := install(s, purgetest.App{Rotate: true}), new(vault)
			c := connectApp(t, s, app.TokenSource(&oauth2.Token{RefreshToken: refreshToken}, v.save))
			for range point {
				_, _ = purge(t, c)
				time.Sleep(time.Hour)
			}
			last := &oauth2.Token{RefreshToken: refreshToken}
			if len(v.saved) > 0 {
				last = &v.saved[len(v.saved)-1]
			}
			if _, err := purge(t, connectApp(t, s, app.TokenSource(last, v.save))); err != nil {
				t.Error(err)
			}
		})
	}
}

// A saver that panics or ends its goroutine has saved nothing: the call fails, and the
// same token is offered again.
func TestSaverThatDoesNotReturn(t *testing.T) {
	for name, tc := range map[string]struct {
		end  func()
		text string
	}{
		"panics":    {func() { panic("disk\nfull") }, "token source: panic: disk full"},
		"exits":     {runtime.Goexit, "token source: it ended its goroutine"},
		"nil panic": {func() { panic(nil) }, "token source: panic: "},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			var offered []string
			c := connectApp(t, s, install(s, purgetest.App{Rotate: true}).TokenSource(&oauth2.Token{RefreshToken: refreshToken}, func(token *oauth2.Token) error {
				if offered = append(offered, token.AccessToken); len(offered) < 3 {
					tc.end()
				}
				return nil
			}))
			for range 2 {
				if _, err := purge(t, c); err == nil || !strings.Contains(err.Error(), tc.text) || errors.Is(err, client.ErrUnauthorized) || errors.Is(err, client.ErrOutcomeUnknown) {
					t.Errorf("error %v", err)
				}
			}
			if _, err := purge(t, c); err != nil || len(offered) != 3 || offered[0] != offered[2] || len(s.TokenRequests()) != 1 {
				t.Errorf("%v, offered %q in %d token requests", err, offered, len(s.TokenRequests()))
			}
		})
	}
}

// A save that fails is trouble for a minute, and never runs twice at once.
func TestSaveOneAtATime(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		var running atomic.Int32
		full := errors.New("disk full")
		c := connectApp(t, s, install(s, purgetest.App{}).TokenSource(&oauth2.Token{RefreshToken: refreshToken}, func(*oauth2.Token) error {
			if running.Add(1) > 1 {
				t.Error("two saves at once")
			}
			time.Sleep(time.Second)
			running.Add(-1)
			return full
		}))
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				_, err := purge(t, c)
				if wait, ok := client.RetryAfter(err); !errors.Is(err, full) || !ok || wait != time.Minute {
					t.Errorf("%v: wait %v", err, wait)
				}
			})
		}
		wg.Wait()
		if len(s.TokenRequests()) != 1 {
			t.Errorf("%d token requests", len(s.TokenRequests()))
		}
	})
}
