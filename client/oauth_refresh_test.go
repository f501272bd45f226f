package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

func TestRefresh(t *testing.T) {
	bubble(t, "rotates", func(t *testing.T, s *purgetest.Server) {
		app, last := install(s, purgetest.App{Rotate: true}), refreshToken
		for range 3 {
			got, err := app.Refresh(t.Context(), last)
			if err != nil || got.RefreshToken == last || got.Extra("hub_id") != 1.0 || time.Until(got.Expiry) != 30*time.Minute || got.AccessToken == "" {
				t.Fatalf("token %+v, %v", got, err)
			}
			last = got.RefreshToken
		}
		if _, err := app.Refresh(t.Context(), refreshToken); !errors.Is(err, client.ErrUnauthorized) {
			t.Errorf("with a replaced token: %v", err)
		}
	})
	bubble(t, "same token", func(t *testing.T, s *purgetest.Server) {
		s.QueueTokens(purgetest.Answer{Status: 200, Body: `{"access_token":"a","refresh_token":""}`})
		if got, err := install(s, purgetest.App{}).Refresh(t.Context(), refreshToken); err != nil || got.RefreshToken != refreshToken {
			t.Errorf("token %+v, %v", got, err)
		}
	})
	bubble(t, "retries", func(t *testing.T, s *purgetest.Server) {
		s.QueueTokens(status(503), purgetest.RateLimited("", 0), status(423))
		start := time.Now()
		if _, err := install(s, purgetest.App{}).Refresh(t.Context(), refreshToken); err != nil || time.Since(start) < 13*time.Second || len(s.TokenRequests()) != 4 {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
	bubble(t, "invalid input", func(t *testing.T, s *purgetest.Server) {
		app := install(s, purgetest.App{})
		_, noContext := app.Refresh(nil, refreshToken) //nolint:staticcheck // on purpose
		_, noToken := app.Refresh(t.Context(), "")
		_, noApp := client.OAuthApp{}.Refresh(t.Context(), refreshToken)
		app.TokenURL = "http://api.hubapi.com/token"
		_, plain := app.Refresh(t.Context(), refreshToken)
		for _, err := range []error{noContext, noToken, noApp, plain} {
			if !errors.Is(err, client.ErrInvalidInput) {
				t.Errorf("error %v", err)
			}
		}
		if len(s.TokenRequests()) != 0 {
			t.Error("a token request was sent")
		}
	})
}

// A context ends the waits of Refresh, and lets a request finish.
func TestRefreshAndContext(t *testing.T) {
	for name, tc := range map[string]struct {
		answers  []purgetest.Answer
		timeout  time.Duration
		cancel   bool // at the timeout, instead of a deadline
		took     time.Duration
		requests int
		err      error
	}{
		"over before":            {nil, 0, true, 0, 0, context.Canceled},
		"ends during a request":  {[]purgetest.Answer{{Delay: 10 * time.Second}}, time.Second, false, 10 * time.Second, 1, nil},
		"cancelled in a request": {[]purgetest.Answer{{Delay: 10 * time.Second}}, time.Second, true, 10 * time.Second, 1, nil},
		"ends during a wait":     {[]purgetest.Answer{purgetest.RateLimited("", 0)}, 3 * time.Second, true, 3 * time.Second, 1, context.Canceled},
		"too short for a wait":   {[]purgetest.Answer{purgetest.RateLimited("", 0)}, 3 * time.Second, false, 0, 1, client.ErrRateLimited},
		"ends before a retry":    {[]purgetest.Answer{{Status: 503, Body: "{}", Delay: 10 * time.Second}}, time.Second, true, 10 * time.Second, 1, context.Canceled},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			app := install(s, purgetest.App{Rotate: true})
			s.QueueTokens(tc.answers...)
			ctx, cancel := context.WithTimeout(t.Context(), tc.timeout)
			if tc.cancel {
				ctx, cancel = context.WithCancel(t.Context())
				if time.AfterFunc(tc.timeout, cancel); tc.timeout == 0 {
					cancel()
				}
			}
			defer cancel()
			start := time.Now()
			got, err := app.Refresh(ctx, refreshToken)
			if !errors.Is(err, tc.err) || (got == nil) != (err != nil) || time.Since(start) != tc.took || len(s.TokenRequests()) != tc.requests {
				t.Errorf("%v after %v and %d requests", err, time.Since(start), len(s.TokenRequests()))
			}
		})
	}
}

// A request ends by the Timeout of the app's http.Client, 30 s without one.
func TestTokenTimeout(t *testing.T) {
	for timeout, want := range map[time.Duration]time.Duration{0: 30 * time.Second, -1: 30 * time.Second, 5 * time.Second: 5 * time.Second} {
		bubble(t, timeout.String(), func(t *testing.T, s *purgetest.Server) {
			s.QueueTokens(purgetest.Answer{Delay: time.Hour})
			app := install(s, purgetest.App{})
			app.HTTPClient.Timeout = timeout
			start := time.Now()
			if _, err := app.Refresh(t.Context(), refreshToken); err != nil {
				t.Error(err)
			}
			if second := s.TokenRequests()[1].Time.Sub(start); second < want+time.Second || second > want+2*time.Second {
				t.Errorf("the second request came after %v, want %v and a backoff", second, want)
			}
			if app.HTTPClient.Timeout != timeout {
				t.Error("the http.Client was changed")
			}
		})
	}
}

// No transport makes a token request panic, hang, or leave a goroutine.
func TestTokenTransports(t *testing.T) {
	answer := func(code int, body io.ReadCloser, length int64) roundTrip {
		return func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: code, Body: body, ContentLength: length}, nil
		}
	}
	for name, rt := range map[string]http.RoundTripper{
		"nothing":            roundTrip(func(*http.Request) (*http.Response, error) { return nil, nil }), //nolint:nilnil // on purpose
		"no body":            answer(200, nil, 0),
		"no body, a length":  answer(200, nil, 5),
		"no body to a 400":   answer(400, nil, 0),
		"no status":          answer(0, nil, 0),
		"a status of 999":    answer(999, nil, -1),
		"switched protocols": answer(101, io.NopCloser(strings.NewReader("x")), -1),
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			app := install(s, purgetest.App{})
			app.HTTPClient.Transport = rt
			before := runtime.NumGoroutine()
			_, err := app.Refresh(t.Context(), refreshToken)
			if err == nil || errors.Is(err, client.ErrUnauthorized) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v", err)
			}
			if more := moreGoroutines(before, 0); more > 0 {
				t.Errorf("%d goroutines left", more)
			}
		})
	}
}
