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

// escaped is the token with each of its dashes as JSON may write it.
var escaped = strings.ReplaceAll(token, "-", `\u002d`)

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
		"escaped":               {400, "", `{"message":"bad token ` + escaped + `"}`},
		"escaped throughout":    {400, "", `{"message":"bad token ` + everyCharacter + `"}`},
		"plain and escaped":     {403, "", `{"message":"` + token + `","category":"` + escaped + `"}`},
		"in a context":          {403, "", `{"context":{"` + escaped + `":["` + escaped + `"]},"errors":[{"context":"` + escaped + `"}]}`},
		"in a 2xx":              {200, "", complete + `,"errors":[{"message":"` + escaped + `"}],"links":{"a":"` + escaped + `"}}`},
		"in the results":        {200, "", strings.Replace(complete, "[]", `["`+escaped+`"]`, 1) + "}"},
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
			for _, secret := range []string{token, escaped, everyCharacter, "5ca1ab1e"} {
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
