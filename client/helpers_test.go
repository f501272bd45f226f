package client_test

import (
	"errors"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
	"github.com/deea8dec/hubspot-limits/openapi"
)

// token is long enough to be recognised wherever it leaks.
const token = "pat-na1-0f3c9d52-5ca1ab1e-secret"

var label = client.UserDefined(35)

// once leaves the retries to the tests that are about them.
var once = client.WithRetry(1, 0)

// standIn makes a stand-in HubSpot with the account of token, and fails the test
// if a request or an answer does not match the document.
func standIn(t *testing.T, limits ...client.Limit) *purgetest.Server {
	t.Helper()
	return watch(t, purgetest.InMemory(), limits...)
}

// standInByURL is standIn on a loopback address.
func standInByURL(t *testing.T, limits ...client.Limit) *purgetest.Server {
	t.Helper()
	return watch(t, purgetest.NewServer(), limits...)
}

func watch(t *testing.T, s *purgetest.Server, limits ...client.Limit) *purgetest.Server {
	t.Helper()
	s.SetLimits(token, limits...)
	t.Cleanup(func() {
		s.Close()
		for _, err := range s.Violations() {
			t.Errorf("off the document: %v", err)
		}
	})
	return s
}

// connect makes a Client of s, by the in-memory door.
func connect(t *testing.T, s *purgetest.Server, opts ...client.Option) *client.Client {
	t.Helper()
	return connectTo(t, s.Transport(), opts...)
}

// connectTo makes a Client whose requests end in rt.
func connectTo(t *testing.T, rt http.RoundTripper, opts ...client.Option) *client.Client {
	t.Helper()
	opts = append([]client.Option{client.WithHTTPClient(&http.Client{Transport: rt})}, opts...)
	c, err := client.New(client.StaticToken(token), opts...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// purge makes the one call that most tests are about.
func purge(t *testing.T, c *client.Client) (*client.Result, error) {
	t.Helper()
	return c.Purge(t.Context(), client.Contacts, client.Companies, label)
}

// roundTrip is a transport of one function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// dialFails is a transport whose dials fail, which proves that nothing was sent.
type dialFails struct{ err error }

func (d dialFails) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: d.err}
}

// refusal returns the *client.Error in err, or nil.
func refusal(err error) *client.Error {
	answer := new(client.Error)
	if !errors.As(err, &answer) {
		return nil
	}
	return answer
}

// purgePath is where a purge goes, by the document.
func purgePath(from, to string) string {
	_, path, _ := strings.Cut(string(openapi.Purge), "\npaths:\n  ")
	path, _, _ = strings.Cut(path, ":\n")
	return strings.NewReplacer("{fromObjectType}", from, "{toObjectType}", to).Replace(path)
}

// checkGoroutines checks that no goroutine is left. One that has done its work may take
// a moment to go.
func checkGoroutines(t *testing.T, before int) {
	t.Helper()
	after := runtime.NumGoroutine()
	for range 1000 {
		if after <= before {
			return
		}
		time.Sleep(time.Millisecond)
		after = runtime.NumGoroutine()
	}
	t.Errorf("%d goroutines before, %d after", before, after)
}
