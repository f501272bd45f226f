package purgetest

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
)

// A Server stands in for HubSpot. NewServer makes one; the zero Server is of no
// use. A Server is safe for concurrent use. Printed, it shows no token.
type Server struct {
	// URL is the loopback address for client.WithBaseURL, without a trailing slash.
	// In a bubble of testing/synctest nothing listens there: use Transport.
	URL string

	// Behind funcs, because fmt follows a pointer for a verb such as %s.
	state func() *state
	stop  func()
}

// state is what the two doors share.
type state struct {
	closed chan struct{} // ends the delays of the URL door
	hangUp func()        // closes it, once

	mu         sync.Mutex
	accounts   map[string][]client.Limit
	rejected   map[client.Limit]bool // by key
	rejection  Rejection
	noContent  bool
	queue      []Answer
	oauth      oauth
	requests   []Request
	violations []error
}

// NewServer returns a Server without accounts, which therefore refuses every
// token. It listens on a loopback port until Close, unless it is made in a bubble
// of testing/synctest, and panics if it can't, as httptest.NewServer does.
func NewServer() *Server {
	st := &state{
		closed:   make(chan struct{}),
		accounts: map[string][]client.Limit{},
		rejected: map[client.Limit]bool{},
		oauth:    oauth{installs: map[string]bool{}, grants: map[string]grant{}, issued: map[string]issued{}},
	}
	st.hangUp = sync.OnceFunc(func() { close(st.closed) })
	s := &Server{URL: "http://localhost", state: func() *state { return st }, stop: func() {}}
	if bubbled() {
		return s
	}
	hs := httptest.NewUnstartedServer(loopback{st})
	hs.Config.ErrorLog = log.New(io.Discard, "", 0) // faults are asked for
	hs.Start()
	s.URL, s.stop = hs.URL, hs.Close
	return s
}

// lock returns the state, for the caller to unlock.
func (s *Server) lock() *state {
	st := s.state()
	st.mu.Lock()
	return st
}

// bubbled tells a bubble of testing/synctest by its clock, which starts with the
// year 2000: nothing else tells it to code that must not import testing.
func bubbled() bool { return time.Now().Year() < 2020 }

// Close hangs up on the requests that came in by URL and are still delayed, lets
// the others finish, and stops listening. Transport goes on working.
func (s *Server) Close() {
	s.state().hangUp()
	s.stop()
}

// Transport reaches the Server without a network, whatever host a request names.
// It starts no goroutine, and waits only by its own timers and the request's
// context, so it works in a bubble of testing/synctest.
func (s *Server) Transport() http.RoundTripper { return memory{s.state().arrive} }

// SetLimits makes the account that token belongs to, or changes it: these limits
// are set in it, and no others. It may hold none. A token without an account is
// refused with a 401.
func (s *Server) SetLimits(token string, limits ...client.Limit) {
	st := s.lock()
	defer st.mu.Unlock()
	st.accounts[token] = slices.Clone(limits)
}

// Limits returns what is still set in the account of token, as it was given to
// SetLimits and in that order.
func (s *Server) Limits(token string) []client.Limit {
	st := s.lock()
	defer st.mu.Unlock()
	return slices.Clone(st.accounts[token])
}

// Queue adds answers for the next requests, of whatever account, in this order.
// Requests beyond them get the Server's own answers.
func (s *Server) Queue(answers ...Answer) {
	st := s.lock()
	defer st.mu.Unlock()
	st.queue = append(st.queue, answers...)
}

// Requests returns what came in, in this order, its credentials redacted.
func (s *Server) Requests() []Request {
	st := s.lock()
	defer st.mu.Unlock()
	requests := make([]Request, len(st.requests))
	for i, r := range st.requests {
		requests[i] = r.clone()
	}
	return requests
}

// Violations returns what broke the document: requests, and answers that were
// not meant to.
func (s *Server) Violations() []error {
	st := s.lock()
	defer st.mu.Unlock()
	return slices.Clone(st.violations)
}
