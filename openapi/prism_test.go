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

// Prism's mock makes answers of the document: each example, each status, and 400
// of all forms at random. Every scalar of each reaches the caller.
func TestPrismMock(t *testing.T) {
	url := prism(t, "mock")
	examples, statuses, random := 0, 0, 0
	for code, response := range operation(t, load(t)).Responses.Map() {
		for name := range mediaType(response).Examples {
			if code == "default" {
				code = fmt.Sprint(exampleStatuses[name])
			}
			ask(t, url, code, "example="+name)
			examples++
		}
	}
	for _, status := range []int{
		200, 204, 301, 302, 304, 307, 400, 401, 403, 404, 409, 414, 423, 429, 437, 477,
		500, 502, 503, 504, 521, 522, 523, 524, 525, 526,
	} {
		ask(t, url, fmt.Sprint(status), "dynamic=false")
		statuses++
	}
	for range 100 {
		for _, code := range []string{"200", "403", "429", "500"} {
			ask(t, url, code, "dynamic=true")
			random++
		}
	}
	t.Logf("mock: %d examples, %d statuses, %d answers at random: no scalar lost", examples, statuses, random)
}

// ask gets one answer of a mock, and holds what the caller is told against it.
func ask(t *testing.T, url, code, preference string) {
	t.Helper()
	seen := &recorder{header: http.Header{"Prefer": {"code=" + code + ", " + preference}}}
	c := newClient(t, url, seen, client.WithRetry(1, 0))
	result, err := c.Purge(t.Context(), client.Contacts, client.Companies, client.UserDefined(35))
	if len(seen.answers) != 1 || fmt.Sprint(seen.answers[0].status) != code {
		t.Fatalf("%s, %s: %v, answers %+v", code, preference, err, seen.answers)
	}
	answer := seen.answers[0]
	if failed := new(client.Error); errors.As(err, &failed) != (answer.status >= 300) || failed.StatusCode != answer.status && answer.status >= 300 {
		t.Errorf("%s, %s: %v", code, preference, err)
	}
	if len(answer.body) > 0 {
		checkKept(t, string(answer.body), result, err)
		checkDone(t, answer, err)
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
		requests += purgeAll(t, s, url)
	}
	t.Logf("proxy: two runs of PurgeLimits, %d requests and answers as the document says", requests)
	checkProxyBites(t, s, url)
}

// purgeAll lifts 1,000 limits through the proxy, past rejections, rate limits and
// refusals, and returns the number of requests.
func purgeAll(t *testing.T, s *purgetest.Server, url string) int {
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
	s.Queue(purgetest.RateLimited("SECONDLY", 0), purgetest.Answer{}, purgetest.Answer{Status: 423, Body: `{"status":"error","message":"Locked."}`})

	before, seen := len(s.Requests()), &recorder{}
	c := newClient(t, url, seen)
	report, err := c.PurgeLimits(t.Context(), limits, nil)
	if purged, failed := report.Count(client.StatePurged), report.Count(client.StateFailed); purged != 996 || failed != 4 || err == nil {
		t.Errorf("%v, %v", report, err)
	}
	if left := s.Limits(token); !slices.Equal(left, rejected) {
		t.Errorf("left %v, want %v", left, rejected)
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

// checkProxyBites sends what is not as the document says, each way.
func checkProxyBites(t *testing.T, s *purgetest.Server, url string) {
	t.Helper()
	s.Queue(purgetest.OffDocument(purgetest.Answer{Status: 200, Body: `{"status":"DONE","results":[],"startedAt":"2026-11-02T09:30:00Z","completedAt":"2026-11-02T09:30:00Z"}`}))
	c := newClient(t, url, &recorder{}, client.WithRetry(1, 0))
	_, err := c.Purge(t.Context(), client.Contacts, client.Companies, client.UserDefined(35))
	if failed := new(client.Error); !errors.As(err, &failed) || !strings.Contains(string(failed.Body), "prism/errors#VIOLATIONS") {
		t.Errorf("a wrong answer passes: %v", err)
	}
	before := len(s.Requests())
	wrong := `{"inputs":[{"category":"USER_DEFINED","typeId":"35"}]}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+strings.NewReplacer("{fromObjectType}", "0-1", "{toObjectType}", "0-2").Replace(load(t).Paths.InMatchingOrder()[0]), strings.NewReader(wrong))
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
