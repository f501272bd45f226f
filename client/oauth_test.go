package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

const (
	clientSecret = "5ecret-of-the-app"
	refreshToken = "refresh-0123456789"
)

// install makes the account that refreshToken belongs to, and an app for it.
func install(s *purgetest.Server, app purgetest.App) client.OAuthApp {
	app.ClientID, app.ClientSecret = "app", clientSecret
	s.Install(app, refreshToken, client.Limit{From: client.Contacts, To: client.Companies, Type: label})
	return client.OAuthApp{ClientID: "app", ClientSecret: clientSecret, HTTPClient: &http.Client{Transport: s.Transport()}}
}

// A vault is a saver that remembers.
type vault struct {
	mu    sync.Mutex
	saved []oauth2.Token
	err   error
}

func (v *vault) save(t *oauth2.Token) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.err == nil {
		v.saved = append(v.saved, *t)
	}
	return v.err
}

func connectApp(t *testing.T, s *purgetest.Server, tokens oauth2.TokenSource) *client.Client {
	t.Helper()
	c, err := client.New(tokens, client.WithHTTPClient(&http.Client{Transport: s.Transport()}))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOAuthRefreshes(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		app, v := install(s, purgetest.App{Rotate: true}), new(vault)
		c := connectApp(t, s, app.TokenSource(&oauth2.Token{RefreshToken: refreshToken}, v.save))
		for range 3 {
			for range 5 {
				if _, err := purge(t, c); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(30 * time.Minute)
		}
		if n := len(s.TokenRequests()); n != 3 || len(v.saved) != 3 {
			t.Errorf("%d token requests and %d saved in three half hours", n, len(v.saved))
		}
		if n := len(s.Limits(refreshToken)); n != 0 {
			t.Errorf("%d limits left", n)
		}
		for i, token := range v.saved {
			if token.Expiry.Sub(s.TokenRequests()[i].Time) != 30*time.Minute || token.Extra("hub_id") == nil {
				t.Errorf("saved %+v", token)
			}
		}
		req := s.TokenRequests()[0]
		if req.Path != "/oauth/2026-03/token" || req.Header.Get("Authorization") != "" || req.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
			t.Errorf("token request %+v", req)
		}
	})
}

func TestOAuthStartsFromWhatWasSaved(t *testing.T) {
	for name, tc := range map[string]struct {
		expiry   time.Duration // from now; 0: not known
		requests int
	}{"valid": {time.Hour, 0}, "ending": {5 * time.Second, 1}, "over": {-time.Hour, 1}, "unknown": {0, 1}} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			s.SetLimits("stored")
			stored := &oauth2.Token{AccessToken: "stored", RefreshToken: refreshToken}
			if tc.expiry != 0 {
				stored.Expiry = time.Now().Add(tc.expiry)
			}
			tokens := install(s, purgetest.App{}).TokenSource(stored, nil)
			stored.AccessToken, stored.RefreshToken = "changed", "changed" // the caller's own again
			if _, err := purge(t, connectApp(t, s, tokens)); err != nil {
				t.Error(err)
			}
			if n := len(s.TokenRequests()); n != tc.requests {
				t.Errorf("%d token requests, want %d", n, tc.requests)
			}
		})
	}
}

// What answers don't say of a token's life is half an hour, not for ever and not
// over at once.
func TestOAuthLifetimes(t *testing.T) {
	answer := func(expires string) purgetest.Answer {
		return purgetest.Answer{Status: 200, Body: `{"access_token":"` + token + `","refresh_token":"r","token_type":"bearer"` + expires + `}`}
	}
	for name, expires := range map[string]string{"missing": "", "zero": `,"expires_in":0`, "negative": `,"expires_in":-5`, "null": `,"expires_in":null`, "text": `,"expires_in":"1800"`, "given": `,"expires_in":1800`} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			s.QueueTokens(answer(expires), answer(expires))
			c := connectApp(t, s, install(s, purgetest.App{}).TokenSource(&oauth2.Token{RefreshToken: refreshToken}, nil))
			for _, want := range []int{1, 1, 2} {
				if _, err := purge(t, c); err != nil {
					t.Error(err)
				}
				if n := len(s.TokenRequests()); n != want {
					t.Errorf("%d token requests, want %d", n, want)
				}
				time.Sleep(15 * time.Minute)
			}
		})
	}
	bubble(t, "long tokens", func(t *testing.T, s *purgetest.Server) {
		long := strings.Repeat("x", 4096)
		s.SetLimits(long)
		s.QueueTokens(purgetest.Answer{Status: 200, Body: `{"access_token":"` + long + `","refresh_token":"` + long + `"}`})
		v := new(vault)
		if _, err := purge(t, connectApp(t, s, install(s, purgetest.App{}).TokenSource(&oauth2.Token{RefreshToken: refreshToken}, v.save))); err != nil {
			t.Error(err)
		}
		if v.saved[0].RefreshToken != long {
			t.Error("the refresh token is not the one that came back")
		}
	})
	bubble(t, "not rotated", func(t *testing.T, s *purgetest.Server) {
		s.QueueTokens(purgetest.Answer{Status: 200, Body: `{"access_token":"` + token + `","expires_in":1800}`})
		v := new(vault)
		_, _ = purge(t, connectApp(t, s, install(s, purgetest.App{}).TokenSource(&oauth2.Token{RefreshToken: refreshToken}, v.save)))
		if v.saved[0].RefreshToken != refreshToken {
			t.Errorf("saved %+v", v.saved[0])
		}
	})
}

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
		if len(v.saved) != 2 || len(s.TokenRequests()) != 2 || v.saved[0].RefreshToken == v.saved[1].RefreshToken {
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

func TestOAuthVerdicts(t *testing.T) {
	type verdict struct {
		unauthorized, limited bool
		requests              int
		text                  string
	}
	for name, tc := range map[string]struct {
		prepare func(s *purgetest.Server, app *client.OAuthApp)
		want    verdict
	}{
		"revoked":      {func(s *purgetest.Server, _ *client.OAuthApp) { s.Revoke(refreshToken) }, verdict{true, false, 1, "invalid_grant"}},
		"wrong secret": {func(_ *purgetest.Server, app *client.OAuthApp) { app.ClientSecret = "other" }, verdict{true, false, 1, "invalid_client"}},
		"401":          {queued(4, purgetest.Answer{Status: 401, Body: `{"message":"go away"}`}), verdict{true, false, 1, "401 Unauthorized: go away"}},
		"other 400":    {queued(4, purgetest.Answer{Status: 400, Body: `{"error":"invalid_request"}`}), verdict{false, false, 1, "invalid_request"}},
		"403 invalid":  {queued(4, purgetest.Answer{Status: 403, Body: `{"error":"invalid_grant"}`}), verdict{false, false, 1, "403 Forbidden"}},
		"200 refused":  {queued(4, purgetest.Answer{Status: 200, Body: `{"error":"invalid_grant","error_description":"gone"}`}), verdict{false, false, 1, "unreadable answer 200 OK"}},
		"throttled":    {queued(4, purgetest.RateLimited("", 0)), verdict{false, true, 4, "429 Too Many Requests"}},
		"daily":        {queued(4, purgetest.RateLimited("DAILY", 0)), verdict{false, true, 1, "daily"}},
		"broken":       {queued(4, purgetest.Answer{Status: 502, Body: "<html>\n"}), verdict{false, false, 4, "502 Bad Gateway"}},
		"reset":        {queued(4, purgetest.Answer{Fault: purgetest.FaultReset}), verdict{false, false, 4, "connection reset"}},
		"hangs":        {queued(4, purgetest.Answer{Delay: time.Hour}), verdict{false, false, 4, "deadline exceeded"}},
		"cut off 503":  {queued(4, purgetest.Answer{Status: 503, Body: "{}", Fault: purgetest.FaultCutBody}), verdict{false, false, 4, "503"}},
		"redirect":     {queued(4, purgetest.Answer{Status: 307, Header: http.Header{"Location": {"/elsewhere"}}}), verdict{false, false, 1, "307"}},
		"no JSON":      {queued(4, purgetest.Answer{Status: 200, Body: "OK\nOK"}), verdict{false, false, 1, "unreadable answer 200 OK"}},
		"empty":        {queued(4, purgetest.Answer{Status: 200}), verdict{false, false, 1, "unreadable answer 200 OK"}},
		"cut off 200":  {queued(4, purgetest.Answer{Fault: purgetest.FaultCutBody}), verdict{false, false, 1, "unexpected EOF"}},
		"no token":     {queued(4, purgetest.Answer{Status: 200, Body: "{}"}), verdict{false, false, 1, "unreadable answer 200 OK"}},
		"bad token":    {queued(4, purgetest.Answer{Status: 200, Body: `{"access_token":"a\nb"}`}), verdict{false, false, 1, "visible ASCII"}},
		"huge":         {queued(4, purgetest.Answer{Status: 200, Body: `{"access_token":"` + strings.Repeat("x", 2<<20) + `"}`}), verdict{false, false, 1, "unreadable answer 200 OK"}},
		"echo":         {queued(4, purgetest.Answer{Status: 400, Body: fmt.Sprintf(`{"message":"%s and %s"}`, clientSecret, refreshToken)}), verdict{false, false, 1, "[redacted] and [redacted]"}},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			app := install(s, purgetest.App{})
			tc.prepare(s, &app)
			_, err := purge(t, connectApp(t, s, app.TokenSource(&oauth2.Token{RefreshToken: refreshToken}, nil)))
			if err == nil {
				t.Fatal("no error")
			}
			got := verdict{errors.Is(err, client.ErrUnauthorized), errors.Is(err, client.ErrRateLimited), len(s.TokenRequests()), tc.want.text}
			if got != tc.want || errors.Is(err, client.ErrOutcomeUnknown) {
				t.Errorf("%v: %+v, want %+v", err, got, tc.want)
			}
			text := err.Error()
			if !strings.Contains(text, tc.want.text) || strings.Contains(text, "\n") || len(text) > 500 || strings.Contains(text, clientSecret) || strings.Contains(text, refreshToken) {
				t.Errorf("error %q, want one line with %q", text, tc.want.text)
			}
			if n := len(s.Requests()); n != 0 {
				t.Errorf("%d requests without a token", n)
			}
		})
	}
	bubble(t, "retried", func(t *testing.T, s *purgetest.Server) {
		app := install(s, purgetest.App{})
		s.QueueTokens(purgetest.Answer{Status: 503, Body: "{}"}, purgetest.RateLimited("SECONDLY", 0), purgetest.Answer{Fault: purgetest.FaultReset})
		if _, err := purge(t, connectApp(t, s, app.TokenSource(&oauth2.Token{RefreshToken: refreshToken}, nil))); err != nil || len(s.TokenRequests()) != 4 {
			t.Errorf("%v after %d token requests", err, len(s.TokenRequests()))
		}
	})
}

func queued(n int, a purgetest.Answer) func(*purgetest.Server, *client.OAuthApp) {
	return func(s *purgetest.Server, _ *client.OAuthApp) {
		for range n {
			s.QueueTokens(a)
		}
	}
}

func TestOAuthRefuses(t *testing.T) {
	s := standIn(t)
	good := install(s, purgetest.App{})
	for name, change := range map[string]func(a *client.OAuthApp){
		"no client ID": func(a *client.OAuthApp) { a.ClientID = "" },
		"no secret":    func(a *client.OAuthApp) { a.ClientSecret = "" },
		"plain http":   func(a *client.OAuthApp) { a.TokenURL = "http://api.hubapi.com/oauth/2026-03/token" },
		"user info":    func(a *client.OAuthApp) { a.TokenURL = "https://me:pass@api.hubapi.com/token" },
		"query":        func(a *client.OAuthApp) { a.TokenURL = "https://api.hubapi.com/token?x=" + clientSecret },
		"not a URL":    func(a *client.OAuthApp) { a.TokenURL = ":" },
	} {
		app := good
		change(&app)
		tokens := app.TokenSource(&oauth2.Token{RefreshToken: refreshToken}, nil)
		_, newErr := client.New(tokens)
		_, err := tokens.Token()
		if !errors.Is(newErr, client.ErrInvalidInput) || !errors.Is(err, client.ErrInvalidInput) || strings.Contains(err.Error()+newErr.Error(), clientSecret) {
			t.Errorf("%s: New %v, Token %v", name, newErr, err)
		}
	}
	for _, stored := range []*oauth2.Token{nil, {}, {AccessToken: token, Expiry: time.Now()}} {
		if _, err := good.TokenSource(stored, nil).Token(); !errors.Is(err, client.ErrInvalidInput) {
			t.Errorf("without a refresh token: %v", err)
		}
	}
	if n := len(s.TokenRequests()); n != 0 {
		t.Errorf("%d token requests", n)
	}
}

// The default transport and a real socket: the body has the parameters, and the
// endpoint's path is the date-based one.
func TestOAuthOverLoopback(t *testing.T) {
	s := standInByURL(t)
	app := install(s, purgetest.App{Rotate: true})
	app.HTTPClient, app.TokenURL = nil, s.TokenURL()
	c, err := client.New(app.TokenSource(&oauth2.Token{RefreshToken: refreshToken}, nil), client.WithBaseURL(s.URL))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := purge(t, c); err != nil || len(s.Limits(refreshToken)) != 0 {
		t.Error(err)
	}
	// Another one, which nobody listens behind, does not hang.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	app.TokenURL = "http://" + l.Addr().String()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	app.HTTPClient = &http.Client{Timeout: 50 * time.Millisecond}
	c, err = client.New(app.TokenSource(&oauth2.Token{RefreshToken: refreshToken}, nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Purge(ctx, client.Contacts, client.Companies, label); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// A source that knows no context can be left too.
func TestSlowTokenSource(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		asked := 0
		c := connectApp(t, s, tokenFunc(func() (*oauth2.Token, error) {
			asked++
			time.Sleep(time.Minute)
			return &oauth2.Token{AccessToken: token}, nil
		}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := c.Purge(ctx, client.Contacts, client.Companies, label)
		if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, client.ErrOutcomeUnknown) || took != time.Second {
			t.Errorf("%v after %v", err, took)
		}
		if _, err := purge(t, c); err != nil || asked != 1 {
			t.Errorf("%v, asked %d times", err, asked)
		}
	})
}

func TestOAuthAppShowsNoSecret(t *testing.T) {
	s := standIn(t)
	app := install(s, purgetest.App{})
	tokens := app.TokenSource(&oauth2.Token{RefreshToken: refreshToken}, nil)
	stored, err := tokens.Token()
	if err != nil {
		t.Fatal(err)
	}
	c := connectApp(t, s, tokens)
	var logs bytes.Buffer
	for _, v := range []any{app, &app, tokens, c, *c} {
		held := struct {
			V    any
			App  client.OAuthApp
			Ptr  *client.OAuthApp
			List []client.OAuthApp
		}{v, app, &app, []client.OAuthApp{app}}
		texts := []string{}
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10.3s", "%t"} {
			texts = append(texts, fmt.Sprintf(format, v), fmt.Sprintf(format, held), fmt.Sprintf(format, &held))
		}
		text, err := json.Marshal(held)
		if err != nil {
			t.Error(err)
		}
		slog.New(slog.NewTextHandler(&logs, nil)).Info("all", "v", v, "held", held)
		slog.New(slog.NewJSONHandler(&logs, nil)).Info("all", "v", v, "held", held)
		for _, text := range append(texts, string(text), logs.String()) {
			for _, secret := range []string{clientSecret, refreshToken, stored.AccessToken} {
				if strings.Contains(text, secret) || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", secret)) {
					t.Errorf("%T shows a secret: %s", v, text)
				}
			}
		}
	}
	if got, want := fmt.Sprintf("%+v", app), "{ClientID:app ClientSecret:[redacted]}"; got != want {
		t.Errorf("printed as %s, want %s", got, want)
	}
}
