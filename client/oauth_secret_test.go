package client_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// escaped is a JSON text in which each character of secret is escaped.
func escaped(secret string) string {
	var b strings.Builder
	for _, c := range []byte(secret) {
		fmt.Fprintf(&b, `\u%04X`, c)
	}
	return b.String()
}

// Whatever a token request comes back with, nothing of the request's secrets is in
// the error, in what errors.As finds in it, or in the log.
func TestTokenErrorsShowNoSecret(t *testing.T) {
	both := clientSecret + " " + refreshToken
	body := fmt.Sprintf(`{"error":"invalid_grant %s","error_description":"%s %s","message":"%s","correlationId":"%s"}`, both, escaped(clientSecret), escaped(refreshToken), both, both)
	header := http.Header{"X-Hubspot-Correlation-Id": {both}, "X-Echo": {"a", both}, "Www-Authenticate": {both}}
	for name, answer := range map[string]purgetest.Answer{
		"400": {Status: 400, Body: body}, "401": {Status: 401, Body: body}, "403": {Status: 403, Body: body},
		"429": {Status: 429, Body: body}, "503": {Status: 503, Body: body}, "302": {Status: 302, Body: body},
		"no JSON":        {Status: 400, Body: "<html>" + both},
		"form":           {Status: 400, Body: "error=" + refreshToken, Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}},
		"cut off":        {Status: 400, Body: body + strings.Repeat(" ", len(body)), Fault: purgetest.FaultCutBody},
		"200":            {Status: 200, Body: body},
		"200, bad token": {Status: 200, Body: `{"access_token":"a\n` + both + `"}`},
		"200, no JSON":   {Status: 200, Body: both},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			for range 4 {
				if answer.Header == nil {
					answer.Header = header
				}
				s.QueueTokens(answer)
			}
			var logs bytes.Buffer
			log := slog.New(slog.NewJSONHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
			_, err := purge(t, connectApp(t, s, install(s, purgetest.App{}).TokenSource(&oauth2.Token{RefreshToken: refreshToken}, nil), client.WithLogger(log)))
			if err == nil {
				t.Fatal("no error")
			}
			log.Error("failed", "err", err)
			refusal := &oauth2.RetrieveError{Response: new(http.Response)}
			if found := errors.As(err, &refusal); found != (answer.Status != 200) {
				t.Errorf("%v is an answer that was read: %t", err, found)
			}
			for _, shown := range []string{err.Error(), fmt.Sprintf("%#v", err), refusal.Error(), fmt.Sprintf("%+v", refusal), fmt.Sprintf("%+v", refusal.Response), string(refusal.Body), logs.String()} {
				for _, secret := range []string{clientSecret, refreshToken, escaped(clientSecret), escaped(refreshToken)} {
					if strings.Contains(shown, secret) {
						t.Errorf("shows %q: %s", secret, shown)
					}
				}
			}
			if answer.Status != 200 && answer.Status != 503 && !strings.Contains(refusal.Error(), "[redacted]") {
				t.Errorf("no trace of what was taken out: %v", refusal)
			}
			if strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("error %q", err)
			}
		})
	}
	bubble(t, "transport", func(t *testing.T, s *purgetest.Server) {
		app := install(s, purgetest.App{})
		app.HTTPClient.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("malformed answer %q", both)
		})
		if _, err := app.Refresh(t.Context(), refreshToken); err == nil || strings.Contains(err.Error(), clientSecret) || strings.Contains(err.Error(), refreshToken) {
			t.Errorf("error %v", err)
		}
	})
}

// The Client that asks for a token logs its refresh.
func TestTokenRequestsAreLogged(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		s.QueueTokens(status(503), purgetest.Answer{Header: http.Header{"X-Hubspot-Correlation-Id": {"1234"}}})
		tokens := install(s, purgetest.App{Rotate: true}).TokenSource(&oauth2.Token{RefreshToken: refreshToken}, nil)
		var logs [2]bytes.Buffer
		var clients [2]*client.Client
		for i := range clients {
			handler := slog.NewTextHandler(&logs[i], &slog.HandlerOptions{Level: slog.LevelDebug})
			clients[i] = connectApp(t, s, tokens, client.WithLogger(slog.New(handler)))
		}
		for _, c := range clients {
			if _, err := purge(t, c); err != nil {
				t.Fatal(err)
			}
		}
		first, second := logs[0].String(), logs[1].String()
		if strings.Count(first, `msg="token attempt"`) != 2 || strings.Count(first, `msg="token retry"`) != 1 || strings.Contains(second, "token") {
			t.Errorf("logs\n%s and\n%s", first, second)
		}
		for line := range strings.Lines(first) {
			if strings.Contains(line, "token") && (strings.Contains(line, "from=") || !strings.Contains(line, "status=") || !strings.Contains(line, "attempt=")) {
				t.Errorf("line %s", line)
			}
		}
		if !strings.Contains(first, "correlation_id=1234") || strings.Contains(first+second, refreshToken) || strings.Contains(first+second, clientSecret) || strings.Contains(first+second, "access-") {
			t.Errorf("logs\n%s and\n%s", first, second)
		}
	})
}
