package client_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

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
