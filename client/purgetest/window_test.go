package purgetest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// headers are what HubSpot says of the window: Max, Remaining and the interval.
func headers(h http.Header) string {
	return strings.Join([]string{
		h.Get("X-HubSpot-RateLimit-Max"), h.Get("X-HubSpot-RateLimit-Remaining"), h.Get("X-HubSpot-RateLimit-Interval-Milliseconds"),
	}, " ")
}

// asker sends a purge and returns the answer's status and headers.
func asker(t *testing.T, s *purgetest.Server) func(token string) string {
	hc := &http.Client{Transport: s.Transport()}
	return func(token string) string {
		t.Helper()
		resp, _, err := post(t, s, hc, "Bearer "+token, "", inputs(label.Type))
		if err != nil {
			return err.Error()
		}
		return strings.TrimSpace(fmt.Sprint(resp.StatusCode, " ", headers(resp.Header)))
	}
}

func TestWindowRolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := purgetest.InMemory()
		s.SetLimits(token)
		s.SetLimits("other")
		s.SetWindow(3, 10*time.Second)
		ask := asker(t, s)
		for i, step := range []struct {
			after time.Duration
			token string
			want  string
		}{
			{0, token, "200 3 2 10000"},
			{4 * time.Second, token, "200 3 1 10000"},
			{0, token, "200 3 0 10000"},
			{0, token, "429 3 0 10000"},
			{0, "other", "200 3 2 10000"}, // each account has its own
			{6*time.Second - 1, token, "429 3 0 10000"},
			{1, token, "200 3 0 10000"}, // the first has left; refused ones do not count
			{0, token, "429 3 0 10000"},
			{4 * time.Second, token, "200 3 1 10000"},
			{time.Hour, token, "200 3 2 10000"},
			{0, "unknown", "401"},
		} {
			time.Sleep(step.after)
			if got := ask(step.token); got != step.want {
				t.Errorf("step %d: %s, want %s", i, got, step.want)
			}
		}
		if got := s.Violations(); len(got) > 0 {
			t.Errorf("violations %v", got)
		}
	})
}

// A full window is the Server's own answer: it changes nothing, and a queued answer
// comes before it.
func TestWindowAndQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := purgetest.InMemory()
		s.SetLimits(token, label)
		ask := asker(t, s)
		s.SetWindow(2, time.Second)
		s.Queue(purgetest.Answer{Status: 403}, purgetest.Answer{Fault: purgetest.FaultHangUp}, purgetest.Answer{}, purgetest.Answer{Status: 502})
		for i, want := range []string{"403 2 1 1000", "EOF", "429 2 0 1000", "502 2 0 1000", "429 2 0 1000"} {
			if got := ask(token); got != want && !strings.HasSuffix(got, want) {
				t.Errorf("answer %d: %s, want %s", i, got, want)
			}
		}
		if len(s.Limits(token)) != 1 {
			t.Error("a refused request purged")
		}
		s.SetLimits(token) // keeps the window
		if got := ask(token); got != "429 2 0 1000" {
			t.Error(got)
		}
		for _, off := range []func(){func() { s.SetWindow(0, time.Second) }, func() { s.SetWindow(-1, time.Second) }, func() { s.SetWindow(1, 0) }} {
			s.SetWindow(1, time.Second)
			off()
			for range 3 {
				if got := ask(token); got != "200" {
					t.Error("without a window:", got)
				}
			}
		}
	})
}

// The 429 has HubSpot's usual form, and a Client gets past it.
func TestWindowOfAClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := purgetest.InMemory()
		s.Install(purgetest.App{}, "refresh")
		s.SetWindow(1, 10*time.Second)
		hc := &http.Client{Transport: s.Transport()}
		bearer := "Bearer " + refresh(t, s, hc, "refresh") // a token request does not count
		if resp, _, err := post(t, s, hc, bearer, "", inputs(label.Type)); err != nil || resp.StatusCode != 200 {
			t.Fatal(resp, err)
		}
		bearer = "Bearer " + refresh(t, s, hc, "refresh") // the account's window, not the token's
		resp, text, err := post(t, s, hc, bearer, "", inputs(label.Type))
		if err != nil || resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "" || !strings.Contains(text, `"errorType":"RATE_LIMIT","policyName":"TEN_SECONDLY_ROLLING"`) {
			t.Errorf("%v %s, %v", resp, text, err)
		}
		c, err := client.New(client.StaticToken(strings.TrimPrefix(bearer, "Bearer ")), client.WithHTTPClient(hc))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := c.Purge(t.Context(), client.Contacts, client.Companies, label.Type); err != nil || time.Since(start) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}
