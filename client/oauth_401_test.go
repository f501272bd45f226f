package client_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// stale is an access token that HubSpot refuses, saved with an Expiry in the future.
// The stand-in counts its requests as those of an account "stale".
func stale() *oauth2.Token {
	return &oauth2.Token{AccessToken: "stale", RefreshToken: refreshToken, Expiry: time.Now().Add(time.Hour)}
}

// A 401 to a token that looked good refreshes it, and the attempt after that does not
// count against WithRetry.
func Test401Refreshes(t *testing.T) {
	for name, tc := range map[string]struct {
		attempts int // as WithRetry has it
		answers  []purgetest.Answer
		requests int
		want     error
	}{
		"once":                {1, nil, 2, nil},
		"then trouble":        {1, []purgetest.Answer{status(503)}, 2, client.ErrOutcomeUnknown},
		"then one retry":      {2, []purgetest.Answer{status(503)}, 3, nil},
		"then trouble for it": {2, []purgetest.Answer{status(503), status(503)}, 3, client.ErrOutcomeUnknown},
		"then another 401":    {4, []purgetest.Answer{status(401)}, 2, client.ErrUnauthorized},
		"then a 401 later":    {4, []purgetest.Answer{status(503), status(401)}, 3, client.ErrUnauthorized},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			tokens := install(s, purgetest.App{Rotate: true}).TokenSource(stale(), nil)
			s.QueueFor(refreshToken, tc.answers...)
			_, err := purge(t, connectApp(t, s, tokens, client.WithRetry(tc.attempts, 30*time.Second)))
			if !errors.Is(err, tc.want) || len(s.Requests()) != tc.requests || len(s.TokenRequests()) != 1 {
				t.Errorf("%v after %d requests and %d token requests, want %v after %d and 1", err, len(s.Requests()), len(s.TokenRequests()), tc.want, tc.requests)
			}
			if _, err := purge(t, connectApp(t, s, tokens)); err != nil {
				t.Errorf("the next call: %v", err)
			}
		})
	}
	bubble(t, "after trouble", func(t *testing.T, s *purgetest.Server) {
		tokens := install(s, purgetest.App{}).TokenSource(stale(), nil)
		s.QueueFor("stale", status(503))
		if _, err := purge(t, connectApp(t, s, tokens, client.WithRetry(2, 30*time.Second))); err != nil || len(s.Requests()) != 3 {
			t.Errorf("%v after %d requests", err, len(s.Requests()))
		}
	})
	bubble(t, "at once", func(t *testing.T, s *purgetest.Server) {
		start := time.Now()
		c := connectApp(t, s, install(s, purgetest.App{}).TokenSource(stale(), nil))
		if result, err := purge(t, c); err != nil || result.Attempts != 2 || time.Since(start) != 0 {
			t.Errorf("%+v, %v after %v", result, err, time.Since(start))
		}
		if _, err := c.ReadLimits(t.Context(), client.Contacts, client.Companies); err != nil {
			t.Error(err)
		}
	})
}

// However their 401s come in, before, during or after the refresh: there is one.
func TestMany401sRefreshOnce(t *testing.T) {
	for name, spread := range map[string]time.Duration{"at once": 0, "one after another": 100 * time.Millisecond} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			tokens := install(s, purgetest.App{Rotate: true}).TokenSource(stale(), nil)
			s.QueueTokens(purgetest.Answer{Delay: 5 * time.Second})
			for i := range 100 {
				s.QueueFor("stale", purgetest.Answer{Delay: time.Second + time.Duration(i)*spread})
			}
			clients := []*client.Client{connectApp(t, s, tokens), connectApp(t, s, tokens)}
			var wg sync.WaitGroup
			for i := range 100 {
				wg.Go(func() {
					if _, err := purge(t, clients[i%2]); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if len(s.TokenRequests()) != 1 || len(s.RequestsOf("stale")) != 100 || len(s.RequestsOf(refreshToken)) != 100 {
				t.Errorf("%d token requests, %d requests with the old token and %d with the new one", len(s.TokenRequests()), len(s.RequestsOf("stale")), len(s.RequestsOf(refreshToken)))
			}
		})
	}
}

// The first 401 does not stop a run, the second one does.
func Test401InARun(t *testing.T) {
	var given []client.Limit
	for i := range 20 {
		given = append(given, limits(custom(i), "0-1", 3)...)
	}
	bubble(t, "first", func(t *testing.T, s *purgetest.Server) {
		c := connectApp(t, s, install(s, purgetest.App{Rotate: true}).TokenSource(stale(), nil))
		report, err := c.PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 8})
		if checkReport(t, given, report, err); err != nil || len(s.TokenRequests()) != 1 {
			t.Errorf("%v after %d token requests", err, len(s.TokenRequests()))
		}
	})
	bubble(t, "second", func(t *testing.T, s *purgetest.Server) {
		c := connectApp(t, s, install(s, purgetest.App{}).TokenSource(stale(), nil))
		s.QueueFor(refreshToken, purgetest.Answer{}, purgetest.Answer{}, status(401), status(401))
		report, err := c.PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 1})
		if _, ok := client.RetryAfter(err); ok || !errors.Is(err, client.ErrUnauthorized) || report.Retryable() != nil || report.Count(client.StatePurged) == 0 {
			t.Errorf("%v: %v, to be purged again %v", report, err, report.Retryable())
		}
		if states := checkReport(t, given, report, err); len(s.Requests()) > 6 {
			t.Errorf("%d requests: %s", len(s.Requests()), states)
		}
	})
	bubble(t, "revoked", func(t *testing.T, s *purgetest.Server) {
		c := connectApp(t, s, install(s, purgetest.App{}).TokenSource(stale(), nil))
		s.Revoke(refreshToken)
		report, err := c.PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 1})
		refusal := new(oauth2.RetrieveError)
		if !errors.Is(err, client.ErrUnauthorized) || !errors.As(err, &refusal) || refusal.ErrorCode != "invalid_grant" || report.Retryable() != nil {
			t.Errorf("%v: %v", report, err)
		}
		if len(s.Requests()) != 1 || len(s.TokenRequests()) != 1 {
			t.Errorf("%d requests and %d token requests", len(s.Requests()), len(s.TokenRequests()))
		}
	})
}

// A source with another token after each Invalidate.
type invalidated struct {
	mu      sync.Mutex
	tokens  []string
	refused []string
}

func (i *invalidated) Token() (*oauth2.Token, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return &oauth2.Token{AccessToken: i.tokens[len(i.refused)]}, nil
}

func (i *invalidated) Invalidate(accessToken string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.refused = append(i.refused, accessToken)
}

func Test401ToAForeignSource(t *testing.T) {
	for name, tc := range map[string]struct {
		wrap     func(*invalidated) oauth2.TokenSource
		tokens   []string
		refused  []string
		requests int
		done     bool
	}{
		"with Invalidate": {func(i *invalidated) oauth2.TokenSource { return i }, []string{"old", token, ""}, []string{"old"}, 2, true},
		"twice":           {func(i *invalidated) oauth2.TokenSource { return i }, []string{"old", "older", token}, []string{"old"}, 2, false},
		"without":         {func(i *invalidated) oauth2.TokenSource { return tokenFunc(i.Token) }, []string{"old", token}, nil, 1, false},
		"hidden":          {func(i *invalidated) oauth2.TokenSource { return oauth2.ReuseTokenSource(nil, i) }, []string{"old", token}, nil, 1, false},
		"static":          {func(*invalidated) oauth2.TokenSource { return client.StaticToken("old") }, nil, nil, 1, false},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			source := &invalidated{tokens: tc.tokens}
			_, err := purge(t, connectApp(t, s, tc.wrap(source)))
			if (err == nil) != tc.done || !tc.done && !errors.Is(err, client.ErrUnauthorized) || !slices.Equal(source.refused, tc.refused) || len(s.Requests()) != tc.requests {
				t.Error(fmt.Sprint(err), source.refused, len(s.Requests()))
			}
		})
	}
}

// Trouble with the refresh after a 401 is trouble, not a refusal: the old token no
// longer counts.
func TestTroubleAfterA401(t *testing.T) {
	down := errors.New("database down")
	for name, tc := range map[string]struct {
		answer  purgetest.Answer // to each token request
		save    error
		timeout time.Duration
		wait    time.Duration
	}{
		"token endpoint": {status(503), nil, time.Hour, time.Minute},
		"save":           {purgetest.Answer{}, down, time.Hour, time.Minute},
		"context":        {purgetest.Answer{Delay: time.Minute}, nil, time.Second, 0},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			s.QueueTokens(slices.Repeat([]purgetest.Answer{tc.answer}, 4)...)
			c := connectApp(t, s, install(s, purgetest.App{}).TokenSource(stale(), func(*oauth2.Token) error { return tc.save }))
			ctx, cancel := context.WithTimeout(t.Context(), tc.timeout)
			defer cancel()
			given := limits("0-1", "0-2", 3)
			report, err := c.PurgeLimits(ctx, given, nil)
			states := checkReport(t, given, report, err)
			if wait, _ := client.RetryAfter(err); errors.Is(err, client.ErrUnauthorized) || wait != tc.wait || states != "nnn" || len(report.Retryable()) != 3 {
				t.Errorf("%v, to be purged again %v", err, report.Retryable())
			}
			time.Sleep(time.Hour) // the token request ends
		})
	}
}
