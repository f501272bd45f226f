//go:build conformance

package openapi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// Prism's mock makes answers of the document: each example, each status, and some
// at random. The caller gets each in full.
func TestPrismMock(t *testing.T) {
	url := prism(t, "mock")
	shown, statuses, random := 0, 0, 0
	for _, e := range examples(t) {
		ask(t, url, e.operation, e.status, "example="+e.name)
		shown++
	}
	for _, id := range []string{purge, read} {
		for _, status := range []int{
			200, 204, 301, 302, 304, 307, 400, 401, 403, 404, 409, 414, 423, 429, 437, 477,
			500, 502, 503, 504, 521, 522, 523, 524, 525, 526,
		} {
			if id == read && status == http.StatusNoContent {
				continue // not of the document
			}
			ask(t, url, id, status, "dynamic=false")
			statuses++
		}
		for range 50 {
			for _, status := range []int{200, 403, 429, 500} {
				ask(t, url, id, status, "dynamic=true")
				random++
			}
		}
	}
	t.Logf("mock: %d examples, %d statuses, %d answers at random of both operations: nothing lost", shown, statuses, random)
}

// ask gets one answer of a mock, and compares what the caller gets with it.
func ask(t *testing.T, url, id string, status int, preference string) {
	t.Helper()
	seen := &recorder{header: http.Header{"Prefer": {fmt.Sprintf("code=%d, %s", status, preference)}}}
	got, err := call(t, id, newClient(t, url, seen, client.WithRetry(1, 0)))
	if len(seen.answers) != 1 || seen.answers[0].status != status {
		t.Fatalf("%s %d, %s: %v, answers %+v", id, status, preference, err, seen.answers)
	}
	answer := seen.answers[0]
	if failed := new(client.Error); errors.As(err, &failed) != (status >= 300) || failed.StatusCode != status && status >= 300 {
		t.Errorf("%s %d, %s: %v", id, status, preference, err)
	}
	if len(answer.body) > 0 {
		checkKept(t, string(answer.body), got, err)
	}
	switch {
	case id == purge && len(answer.body) > 0:
		checkDone(t, answer, err)
	case id == read && (err == nil) != (status == http.StatusOK):
		t.Errorf("%v for %d %s", err, status, answer.body)
	}
	if t.Failed() {
		t.FailNow()
	}
}

// checkDone wants no error exactly where a body says that all is done.
func checkDone(t *testing.T, a answer, err error) {
	t.Helper()
	var said struct {
		Status    string
		NumErrors int
		Errors    []any
	}
	_ = json.Unmarshal(a.body, &said)
	done := a.status == http.StatusOK && said.Status == "COMPLETE" && said.NumErrors == 0 && len(said.Errors) == 0
	if done != (err == nil) {
		t.Errorf("%v for %d %s", err, a.status, a.body)
	}
}

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

func newClient(t *testing.T, url string, r *recorder, opts ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New(client.StaticToken(token), append(opts, client.WithBaseURL(url), client.WithHTTPClient(&http.Client{Transport: r}))...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A recorder keeps what came back, and may add to what is sent.
type recorder struct {
	header  http.Header
	mu      sync.Mutex
	answers []answer
}

type answer struct {
	status int
	body   []byte
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	for name, values := range r.header {
		req.Header[name] = values
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers = append(r.answers, answer{resp.StatusCode, body})
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
