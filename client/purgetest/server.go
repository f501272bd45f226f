package purgetest

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"

	"github.com/deea8dec/hubspot-limits/client"
)

// A Server stands in for HubSpot. NewServer and InMemory make one; the zero Server
// can't be used. A Server is safe for concurrent use. Printed, it shows no token.
type Server struct {
	// URL is the base URL, without a trailing slash. A Server that InMemory made
	// does not listen there: use Transport.
	URL string

	// Funcs, because fmt would print what a pointer leads to.
	state func() *state
	stop  func()
}

// state is what a Server knows.
type state struct {
	mu         sync.Mutex
	accounts   map[string]*account
	rejected   map[client.Limit]bool // as pair.limit returns them
	rejection  Rejection
	noContent  bool
	window     window
	queue      []Answer
	queues     map[string][]Answer // by account
	oauth      oauth
	requests   []received
	violations []error
}

func newState() *state {
	return &state{
		accounts: map[string]*account{},
		rejected: map[client.Limit]bool{},
		queues:   map[string][]Answer{},
		oauth:    oauth{installs: map[string]int{}, grants: map[string]grant{}, issued: map[string]issued{}},
	}
}

// NewServer returns a Server without accounts: it refuses every token. It listens
// on a loopback port until Close. It panics if it can't listen, as
// httptest.NewServer does.
func NewServer() *Server {
	st := newState()
	handler := loopback{st, make(chan struct{})}
	hs := httptest.NewUnstartedServer(handler)
	hs.Config.ErrorLog = log.New(io.Discard, "", 0) // queued faults would fill it
	hs.Start()
	return &Server{
		URL:   hs.URL,
		state: func() *state { return st },
		stop: sync.OnceFunc(func() {
			close(handler.closed)
			hs.Close()
		}),
	}
}

// InMemory returns a Server as NewServer does, but one that does not listen. Its
// Transport is the only way to it. It has no goroutine and needs no Close.
func InMemory() *Server {
	st := newState()
	return &Server{URL: "http://localhost", state: func() *state { return st }, stop: func() {}}
}

// lock returns the state. The caller unlocks it.
func (s *Server) lock() *state {
	st := s.state()
	st.mu.Lock()
	return st
}

// Close stops listening. It breaks the connections of requests that still wait for
// a Delay, and lets the others finish. Transport goes on working.
func (s *Server) Close() { s.stop() }

// Transport reaches the Server without a network, whatever host a request names.
// It starts no goroutine, and waits only for a Delay or the end of the request's
// context.
func (s *Server) Transport() http.RoundTripper { return memory{s.state().arrive} }

// Violations returns how requests, and answers without OffDocument or a fault, did
// not match the document.
func (s *Server) Violations() []error {
	st := s.lock()
	defer st.mu.Unlock()
	return slices.Clone(st.violations)
}
