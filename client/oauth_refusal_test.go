package client_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

func queued(n int, a purgetest.Answer) func(*purgetest.Server, *client.OAuthApp) {
	return func(s *purgetest.Server, _ *client.OAuthApp) {
		for range n {
			s.QueueTokens(a)
		}
	}
}

// What each answer to a token request means for the call.
func TestOAuthVerdicts(t *testing.T) {
	type result struct {
		unauthorized, limited bool
		requests              int
		wait                  time.Duration // of RetryAfter; 0: not ok
		text                  string
	}
	unreadable := result{false, false, 1, time.Minute, "unreadable answer 200 OK"}
	for name, tc := range map[string]struct {
		prepare func(s *purgetest.Server, app *client.OAuthApp)
		want    result
	}{
		"revoked":      {func(s *purgetest.Server, _ *client.OAuthApp) { s.Revoke(refreshToken) }, result{true, false, 1, 0, "400 Bad Request: missing or invalid refresh token (invalid_grant"}},
		"wrong secret": {func(_ *purgetest.Server, app *client.OAuthApp) { app.ClientSecret = "other" }, result{true, false, 1, 0, "invalid_client"}},
		"401":          {queued(4, purgetest.Answer{Status: 401, Body: `{"message":"go away"}`}), result{true, false, 1, 0, "401 Unauthorized: go away"}},
		"401, cut off": {queued(4, purgetest.Answer{Status: 401, Body: `{"message":"go away"}`, Fault: purgetest.FaultCutBody}), result{true, false, 1, 0, "401 Unauthorized"}},
		"other 400":    {queued(4, purgetest.Answer{Status: 400, Body: `{"error":"invalid_request"}`}), result{false, false, 1, 0, "invalid_request"}},
		"403 invalid":  {queued(4, purgetest.Answer{Status: 403, Body: `{"error":"invalid_grant"}`}), result{false, false, 1, 0, "403 Forbidden"}},
		"200 refused":  {queued(4, purgetest.Answer{Status: 200, Body: `{"error":"invalid_grant","error_description":"gone"}`}), unreadable},
		"throttled":    {queued(4, purgetest.RateLimited("", 0)), result{false, true, 4, 10 * time.Second, "429 Too Many Requests"}},
		"for long":     {queued(4, purgetest.RateLimited("", 5*time.Minute)), result{false, true, 1, 5 * time.Minute, "no retry, since a wait of 5m0s is too long"}},
		"daily":        {queued(4, purgetest.RateLimited("DAILY", 0)), result{false, true, 1, time.Hour, "daily"}},
		"migrating":    {queued(4, status(477, "Retry-After", "300")), result{false, false, 1, 5 * time.Minute, "477"}},
		"broken":       {queued(4, purgetest.Answer{Status: 502, Body: "<html>\n"}), result{false, false, 4, time.Minute, "502 Bad Gateway"}},
		"reset":        {queued(4, purgetest.Answer{Fault: purgetest.FaultReset}), result{false, false, 4, time.Minute, "connection reset"}},
		"hangs":        {queued(4, purgetest.Answer{Delay: time.Hour}), result{false, false, 4, time.Minute, "deadline exceeded"}},
		"cut off 503":  {queued(4, purgetest.Answer{Status: 503, Body: "{}", Fault: purgetest.FaultCutBody}), result{false, false, 4, time.Minute, "503"}},
		"redirect":     {queued(4, purgetest.Answer{Status: 307, Header: http.Header{"Location": {"/elsewhere"}}}), result{false, false, 1, 0, "307"}},
		"no JSON":      {queued(4, purgetest.Answer{Status: 200, Body: "OK\nOK"}), unreadable},
		"empty":        {queued(4, purgetest.Answer{Status: 200}), unreadable},
		"cut off 200":  {queued(4, purgetest.Answer{Fault: purgetest.FaultCutBody}), unreadable},
		"no token":     {queued(4, purgetest.Answer{Status: 200, Body: "{}"}), unreadable},
		"bad token":    {queued(4, purgetest.Answer{Status: 200, Body: `{"access_token":"a\nb"}`}), unreadable},
		"huge":         {queued(4, purgetest.Answer{Status: 200, Body: `{"access_token":"` + strings.Repeat("x", 2<<20) + `"}`}), unreadable},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			app := install(s, purgetest.App{})
			tc.prepare(s, &app)
			_, err := purge(t, connectApp(t, s, app.TokenSource(&oauth2.Token{RefreshToken: refreshToken}, nil)))
			if err == nil {
				t.Fatal("no error")
			}
			wait, ok := client.RetryAfter(err)
			got := result{errors.Is(err, client.ErrUnauthorized), errors.Is(err, client.ErrRateLimited), len(s.TokenRequests()), wait, tc.want.text}
			if got != tc.want || ok != (wait > 0) || errors.Is(err, client.ErrOutcomeUnknown) || errors.Is(err, client.ErrDailyLimit) != (name == "daily") {
				t.Errorf("%v: %+v, want %+v", err, got, tc.want)
			}
			if text := err.Error(); !strings.Contains(text, tc.want.text) || strings.Contains(text, "\n") || len(text) > 500 {
				t.Errorf("error %q, want one line with %q", text, tc.want.text)
			}
			if errors.As(err, new(*client.Error)) {
				t.Errorf("%v would be taken for an answer about limits", err)
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

// A refusal is x/oauth2's error, with what HubSpot sent, and nothing of the request.
func TestRefusalIsARetrieveError(t *testing.T) {
	for code, prepare := range map[string]func(*purgetest.Server, *client.OAuthApp){
		"invalid_grant":  func(s *purgetest.Server, _ *client.OAuthApp) { s.Revoke(refreshToken) },
		"invalid_client": func(_ *purgetest.Server, app *client.OAuthApp) { app.ClientSecret = "another-secret" },
		"":               queued(1, purgetest.Answer{Status: 401, Header: http.Header{"Www-Authenticate": {"Bearer"}}, Body: "{}"}),
	} {
		bubble(t, code, func(t *testing.T, s *purgetest.Server) {
			app := install(s, purgetest.App{})
			prepare(s, &app)
			_, err := app.Refresh(t.Context(), refreshToken)
			refusal := new(oauth2.RetrieveError)
			if !errors.Is(err, client.ErrUnauthorized) || !errors.As(err, &refusal) || refusal.ErrorCode != code {
				t.Fatalf("error %v, code %q", err, refusal.ErrorCode)
			}
			want := 400
			if code == "" {
				want = 401
			}
			if resp := refusal.Response; resp.StatusCode != want || resp.Status != fmt.Sprint(want, " ", http.StatusText(want)) || resp.Request != nil || resp.Header.Get("X-HubSpot-Correlation-Id") == "" || resp.Body == nil {
				t.Errorf("response %+v", resp)
			}
			if code != "" && (refusal.ErrorDescription == "" || !strings.Contains(string(refusal.Body), code)) {
				t.Errorf("refusal %+v", refusal)
			}
		})
	}
}

// A refusal after a token request without an answer may be the fault of that one.
func TestRefusalAfterALostToken(t *testing.T) {
	reset, refused := purgetest.Answer{Fault: purgetest.FaultReset, Apply: true}, purgetest.Answer{Status: 400, Body: `{"error":"invalid_grant"}`}
	for name, tc := range map[string]struct {
		answers []purgetest.Answer
		calls   int
		lost    bool
	}{
		"no answer":          {[]purgetest.Answer{reset}, 1, true},
		"5xx":                {[]purgetest.Answer{{Status: 502, Body: "{}", Apply: true}}, 1, true},
		"unreadable 200":     {[]purgetest.Answer{{Apply: true, Fault: purgetest.FaultCutBody}}, 2, true},
		"in an earlier call": {[]purgetest.Answer{reset, reset, reset, reset}, 2, true},
		"refused again":      {[]purgetest.Answer{reset, refused}, 2, true},
		"refused at first":   {[]purgetest.Answer{refused}, 1, false},
		"throttled":          {[]purgetest.Answer{purgetest.RateLimited("", 0), refused}, 1, false},
		"lost, then found":   {[]purgetest.Answer{{Fault: purgetest.FaultReset}, {}, refused}, 2, false},
		"found in a call":    {append(slices.Repeat([]purgetest.Answer{{Fault: purgetest.FaultReset}}, 4), purgetest.Answer{}, refused), 3, false},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			s.QueueTokens(tc.answers...)
			c := connectApp(t, s, install(s, purgetest.App{Rotate: true}).TokenSource(&oauth2.Token{RefreshToken: refreshToken}, nil))
			var err error
			for range tc.calls {
				_, err = purge(t, c)
				time.Sleep(time.Hour)
			}
			if lost := strings.Contains(fmt.Sprint(err), "may have been lost"); !errors.Is(err, client.ErrUnauthorized) || lost != tc.lost || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v", err)
			}
		})
	}
	bubble(t, "never connected", func(t *testing.T, s *purgetest.Server) {
		app, rt, tries := install(s, purgetest.App{}), s.Transport(), 0
		s.Revoke(refreshToken)
		app.HTTPClient.Transport = roundTrip(func(req *http.Request) (*http.Response, error) {
			if tries++; tries == 1 {
				return dialFails{errors.New("refused")}.RoundTrip(req)
			}
			return rt.RoundTrip(req)
		})
		if _, err := app.Refresh(t.Context(), refreshToken); !errors.Is(err, client.ErrUnauthorized) || strings.Contains(err.Error(), "lost") {
			t.Errorf("error %v", err)
		}
	})
}
