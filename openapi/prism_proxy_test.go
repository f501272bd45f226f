//go:build conformance

package openapi_test

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// Prism's proxy stands between client and stand-in, and passes on only what is
// as the document says.
func TestPrismProxy(t *testing.T) {
	s := purgetest.NewServer()
	defer s.Close()
	url := prism(t, "proxy", s.URL)
	requests := 0
	for _, noContent := range []bool{false, true} {
		s.AnswerNoContent(noContent)
		requests += purgeAndRead(t, s, url)
	}
	t.Logf("proxy: two runs of PurgeLimits between reads, %d requests and answers as the document says", requests)
	checkProxyBitesOnAnswers(t, s, url)
	checkProxyBitesOnRequests(t, s, url)
}

// purgeAndRead lifts 1,000 limits through the proxy, past rejections, rate limits
// and refusals, reads what is set before and after, and returns the number of
// requests.
func purgeAndRead(t *testing.T, s *purgetest.Server, url string) int {
	t.Helper()
	var limits, rejected []client.Limit
	for _, to := range []client.ObjectType{client.Companies, client.Deals, client.Tickets, client.Products} {
		for id := range int32(250) {
			limits = append(limits, client.Limit{From: client.Contacts, To: to, Type: client.UserDefined(id + 1)})
		}
		rejected = append(rejected, limits[len(limits)-7])
	}
	s.SetLimits(token, limits...)
	s.Reject(rejected...)
	s.SetRejection(purgetest.RejectBatch)

	before, seen := len(s.Requests()), &recorder{}
	c := newClient(t, url, seen)
	if set := readAll(t, c, limits); !slices.Equal(set, limits) {
		t.Errorf("%d limits are read, %d are set", len(set), len(limits))
	}
	s.Queue(purgetest.RateLimited("SECONDLY", 0), purgetest.Answer{}, purgetest.Answer{Status: 423, Body: `{"status":"error","message":"Locked."}`})
	report, err := c.PurgeLimits(t.Context(), limits, nil)
	if purged, failed := report.Count(client.StatePurged), report.Count(client.StateFailed); purged != 996 || failed != 4 || err == nil {
		t.Errorf("%v, %v", report, err)
	}
	if left := s.Limits(token); !slices.Equal(left, rejected) {
		t.Errorf("left %v, want %v", left, rejected)
	}
	if set := readAll(t, c, limits); !slices.Equal(set, rejected) {
		t.Errorf("%v are read, want %v", set, rejected)
	}
	for _, a := range seen.answers {
		if bytes.Contains(a.body, []byte("prism")) {
			t.Errorf("Prism found %s", a.body)
		}
	}
	sent := len(s.Requests()) - before
	if sent != len(seen.answers) || len(s.Violations()) > 0 {
		t.Errorf("%d answers to %d requests, violations %v", len(seen.answers), sent, s.Violations())
	}
	return sent
}

// readAll reads the pairs of limits, and returns what is set in their order.
func readAll(t *testing.T, c *client.Client, limits []client.Limit) (set []client.Limit) {
	t.Helper()
	for i, l := range limits {
		if i > 0 && l.To == limits[i-1].To {
			continue
		}
		settings, err := c.ReadLimits(t.Context(), l.From, l.To)
		if err != nil {
			t.Error(err)
		}
		for _, setting := range settings {
			set = append(set, setting.Limit)
		}
	}
	return set
}

// checkProxyBitesOnAnswers serves what the document does not allow.
func checkProxyBitesOnAnswers(t *testing.T, s *purgetest.Server, url string) {
	t.Helper()
	for id, body := range map[string]string{
		purge: `{"status":"DONE","results":[],"startedAt":"2026-11-02T09:30:00Z","completedAt":"2026-11-02T09:30:00Z"}`,
		read:  `{"results":[{"category":"USER_DEFINED","typeId":"35"}]}`,
	} {
		s.Queue(purgetest.OffDocument(purgetest.Answer{Status: 200, Body: body}))
		_, err := call(t, id, newClient(t, url, &recorder{}, client.WithRetry(1, 0)))
		if failed := new(client.Error); !errors.As(err, &failed) || !strings.Contains(string(failed.Body), "prism/errors#VIOLATIONS") {
			t.Errorf("a wrong answer to %s passes: %v", id, err)
		}
	}
}

// checkProxyBitesOnRequests sends what the document does not allow.
func checkProxyBitesOnRequests(t *testing.T, s *purgetest.Server, url string) {
	t.Helper()
	before := len(s.Requests())
	op := operations(t, load(t))[purge]
	path := strings.NewReplacer("{fromObjectType}", "0-1", "{toObjectType}", "0-2").Replace(op.path)
	wrong := strings.NewReader(`{"inputs":[{"category":"USER_DEFINED","typeId":"35"}]}`)
	req, err := http.NewRequestWithContext(t.Context(), op.method, url+path, wrong)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnprocessableEntity || len(s.Requests()) != before {
		t.Errorf("a wrong request passes: %s", resp.Status)
	}
}
