package client_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
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

func connectApp(t *testing.T, s *purgetest.Server, tokens oauth2.TokenSource, opts ...client.Option) *client.Client {
	t.Helper()
	opts = append(opts, client.WithHTTPClient(&http.Client{Transport: s.Transport()}))
	c, err := client.New(tokens, opts...)
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
