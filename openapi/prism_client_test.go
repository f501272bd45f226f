//go:build conformance

package openapi_test

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
)

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
