package client_test

import (
	"context"
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

// Whatever a foreign source does, the call ends with an error, and nothing is sent.
func TestTokenSourceThatFails(t *testing.T) {
	sealed := errors.New("vault sealed")
	for name, tc := range map[string]struct {
		token func() (*oauth2.Token, error)
		text  string
	}{
		"panics":        {func() (*oauth2.Token, error) { panic("no\x1b[2J\nvault") }, "token source: panic: no [2J vault"},
		"exits":         {func() (*oauth2.Token, error) { runtime.Goexit(); return nil, nil }, "token source: it ended its goroutine"}, //nolint:nilnil // not reached
		"fails":         {func() (*oauth2.Token, error) { return nil, sealed }, "token source: vault sealed"},
		"no token":      {func() (*oauth2.Token, error) { return nil, nil }, "token source: empty access token"}, //nolint:nilnil // on purpose
		"empty token":   {func() (*oauth2.Token, error) { return new(oauth2.Token), nil }, "token source: empty access token"},
		"token of bits": {func() (*oauth2.Token, error) { return &oauth2.Token{AccessToken: "a\nb"}, nil }, "token source: access token has characters other than visible ASCII"},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			c := connectApp(t, s, tokenFunc(tc.token))
			var wg sync.WaitGroup
			for range 10 {
				wg.Go(func() {
					_, err := purge(t, c)
					if want := "purge association limits: " + tc.text; err == nil || err.Error() != want || errors.Is(err, client.ErrOutcomeUnknown) || name == "fails" != errors.Is(err, sealed) {
						t.Errorf("error %v, want %s", err, want)
					}
					if _, ok := client.RetryAfter(err); ok {
						t.Error("RetryAfter knows an error of others")
					}
				})
			}
			wg.Wait()
			report, err := c.PurgeLimits(t.Context(), limits("0-1", "0-2", 2), nil)
			if err == nil || report.Count(client.StateNotAttempted) != 2 || len(report.Retryable()) != 2 || len(s.Requests()) != 0 {
				t.Errorf("%v, %d requests", err, len(s.Requests()))
			}
		})
	}
}

// Calls that wait for a token at once share one question to a foreign source.
func TestForeignSourceIsShared(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		var asked, now atomic.Int32
		c := connectApp(t, s, tokenFunc(func() (*oauth2.Token, error) {
			if asked.Add(1); now.Add(1) > 1 {
				t.Error("asked twice at once")
			}
			time.Sleep(time.Second)
			now.Add(-1)
			return &oauth2.Token{AccessToken: token}, nil
		}))
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if _, err := purge(t, c); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if asked.Load() != 1 {
			t.Errorf("asked %d times", asked.Load())
		}
	})
}

func TestStaticToken(t *testing.T) {
	for given, want := range map[string]string{" \t" + token + "\r\n": token, "": "", " \n": "", "a b": "", "a\u00e9": "", "a\x00": ""} {
		s := standIn(t)
		tokens := client.StaticToken(given)
		_, err := client.New(tokens, client.WithHTTPClient(&http.Client{Transport: s.Transport()}))
		if want == "" && (!errors.Is(err, client.ErrInvalidInput) || given != "" && strings.TrimSpace(given) != "" && strings.Contains(err.Error(), given)) {
			t.Errorf("%q: %v", given, err)
		}
		if got, _ := tokens.Token(); want != "" && (err != nil || got.AccessToken != want || !got.Expiry.IsZero()) {
			t.Errorf("%q: %+v, %v", given, got, err)
		}
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			if text := fmt.Sprintf(format, []any{tokens, struct{ T oauth2.TokenSource }{tokens}}); strings.Contains(text, token) {
				t.Errorf("printed by %s: %s", format, text)
			}
		}
	}
}
