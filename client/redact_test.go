package client_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
)

// dashEscaped is the token with each of its dashes as JSON may write it.
var dashEscaped = strings.ReplaceAll(token, "-", `\u002d`)

// An answer may echo the token in any place and form. It is never passed on.
func TestEchoedToken(t *testing.T) {
	everyCharacter := ""
	for i, c := range []byte(token) {
		form := `\u%04x`
		if i%2 == 0 {
			form = `\u%04X`
		}
		everyCharacter += fmt.Sprintf(form, c)
	}
	for name, tc := range map[string]struct {
		status int
		header string
		body   string
	}{
		"plain":                 {400, "", `{"message":"bad token ` + token + `"}`},
		"escaped":               {400, "", `{"message":"bad token ` + dashEscaped + `"}`},
		"escaped throughout":    {400, "", `{"message":"bad token ` + everyCharacter + `"}`},
		"plain and escaped":     {403, "", `{"message":"` + token + `","category":"` + dashEscaped + `"}`},
		"in a context":          {403, "", `{"context":{"` + dashEscaped + `":["` + dashEscaped + `"]},"errors":[{"context":"` + dashEscaped + `"}]}`},
		"in a 2xx":              {200, "", complete + `,"errors":[{"message":"` + dashEscaped + `"}],"links":{"a":"` + dashEscaped + `"}}`},
		"in the results":        {200, "", strings.Replace(complete, "[]", `["`+dashEscaped+`"]`, 1) + "}"},
		"in the correlation ID": {400, token, `{"message":"m"}`},
		"in that of a 2xx":      {200, token, complete + "}"},
		"in HTML":               {502, "", "<html>" + token},
		"in an unreadable 2xx":  {200, "", token},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			rt := one(tc.status, http.Header{"X-Hubspot-Correlation-Id": {tc.header}}, []byte(tc.body))
			c := connectTo(t, rt, once, client.WithLogger(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
			result, err := purge(t, c)
			text := fmt.Sprintf("%+v %+v %#v %s", result, err, err, log.String())
			if answer := refusal(err); answer != nil {
				text += fmt.Sprintf("%s %+v %s", answer.Body, *answer, answer)
			}
			if result != nil {
				text += fmt.Sprintf("%s %+v", result.Results, result.Failures)
			}
			for _, secret := range []string{token, dashEscaped, everyCharacter, "5ca1ab1e"} {
				if strings.Contains(text, secret) {
					t.Errorf("shows %q: %s", secret, text)
				}
			}
		})
	}
}

// net/http quotes a status line that it can't read.
func TestTokenInAStatusLine(t *testing.T) {
	for _, line := range []string{"HTTP/1.1 " + token, token, "HTTP/1.1 200 OK\r\n" + token, "HTTP/1.1 200 OK\r\nContent-Length: " + token} {
		address := listen(t, func(conn net.Conn) {
			go func() {
				_, _ = io.ReadFull(conn, make([]byte, 100))
				_, _ = io.WriteString(conn, line+"\r\n\r\n")
				_ = conn.Close()
			}()
		})
		c, err := client.New(client.StaticToken(token), client.WithBaseURL("http://"+address), once)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := purge(t, c); err == nil || strings.Contains(fmt.Sprintf("%+v %#v", err, err), "5ca1ab1e") {
			t.Errorf("after %q: %v", line, err)
		}
	}
}

// A token under 8 characters may be part of other words: it is left.
func TestShortTokenIsLeft(t *testing.T) {
	for secret, want := range map[string]string{"invalid": "400 Bad Request: invalid-input", "invalid-": "400 Bad Request: [redacted]input"} {
		c, err := client.New(client.StaticToken(secret), once, client.WithHTTPClient(&http.Client{Transport: one(400, nil, []byte(`{"message":"invalid-input"}`))}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := purge(t, c); refusal(err) == nil || refusal(err).Error() != want {
			t.Errorf("token %q: %v", secret, err)
		}
	}
}
