package client_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

func TestLogger(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		var text, info bytes.Buffer
		plain := func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
		s.Queue(purgetest.RateLimited("SECONDLY", 0), purgetest.Answer{Fault: purgetest.FaultHangUp})
		c := connect(t, s, client.WithRetry(2, 1e10), client.WithLogger(slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: plain}))))
		_, _ = purge(t, c)
		want := `level=DEBUG msg="purge attempt" attempt=1 wait=1s from=0-1 to=0-2 inputs=1 status=429 correlation_id=5e1f3c52-7a40-4d0b-9a63-0c2f4b8d9e17 policy=SECONDLY error="429 Too Many Requests: You have reached your secondly limit. (SECONDLY, correlation ID 5e1f3c52-7a40-4d0b-9a63-0c2f4b8d9e17)"
level=INFO msg="purge retry" attempt=1 wait=1s from=0-1 to=0-2 inputs=1 status=429 correlation_id=5e1f3c52-7a40-4d0b-9a63-0c2f4b8d9e17 policy=SECONDLY error="429 Too Many Requests: You have reached your secondly limit. (SECONDLY, correlation ID 5e1f3c52-7a40-4d0b-9a63-0c2f4b8d9e17)"
level=DEBUG msg="purge attempt" attempt=2 wait=DRAWN from=0-1 to=0-2 inputs=1 error="Post \"https://api.hubapi.com` + purgePath("0-1", "0-2") + `\": EOF"
`
		if got := regexp.MustCompile(`wait=[1-4]\.\d+s`).ReplaceAllString(text.String(), "wait=DRAWN"); got != want {
			t.Errorf("log\n%s, want\n%s", got, want)
		}
		text.Reset()
		_, _ = purge(t, c)
		if want := `level=DEBUG msg="purge attempt" attempt=1 wait=0s from=0-1 to=0-2 inputs=1 status=200 correlation_id=00000000-0000-4000-8000-000000000003` + "\n"; text.String() != want {
			t.Errorf("log\n%s, want\n%s", text.String(), want)
		}
		_, _ = purge(t, connect(t, s, client.WithLogger(slog.New(slog.NewTextHandler(&info, nil)))))
		if info.Len() != 0 {
			t.Errorf("a call without retry logs at info: %s", info.String())
		}
	})
}

// Neither form of log shows the token, whatever is logged.
func TestLogsShowNoToken(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		s.Queue(
			purgetest.OffDocument(purgetest.Answer{Status: 503, Body: fmt.Sprintf(`{"message":"token %s","policyName":%q}`, token, token)}),
			purgetest.Answer{Status: 401, Body: fmt.Sprintf(`{"message":"token %s"}`, token)},
		)
		var logs bytes.Buffer
		level := &slog.HandlerOptions{Level: slog.LevelDebug}
		tokens := client.StaticToken(token)
		for _, l := range []*slog.Logger{slog.New(slog.NewTextHandler(&logs, level)), slog.New(slog.NewJSONHandler(&logs, level))} {
			c := connect(t, s, client.WithLogger(l))
			result, err := purge(t, c)
			answer := new(client.Error)
			errors.As(err, &answer)
			held := struct {
				Client *client.Client
				Tokens any
				Err    error
				Answer *client.Error
			}{c, tokens, err, answer}
			l.Info("all", "client", c, "value", *c, "tokens", tokens, "result", result, "error", err, "answer", *answer, "held", held)
		}
		if logs.Len() == 0 || strings.Contains(logs.String(), token) {
			t.Errorf("log\n%s", logs.String())
		}
	})
}
