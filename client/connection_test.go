package client_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
)

// These tests are about connections, so they use sockets, on loopback.

func loopback(t *testing.T, h http.HandlerFunc) (*client.Client, *atomic.Int32) {
	t.Helper()
	var conns atomic.Int32
	before := runtime.NumGoroutine()
	s := httptest.NewUnstartedServer(h)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	s.Start()
	t.Cleanup(func() { // those of the connections would be counted by other tests
		s.Close()
		checkGoroutines(t, before)
	})
	c, err := client.New(client.StaticToken(token), client.WithBaseURL(s.URL), once)
	if err != nil {
		t.Fatal(err)
	}
	return c, &conns
}

func TestConnectionIsReused(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"200": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, complete+"}") },
		"204": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"400": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"category":"VALIDATION_ERROR"}`)
		},
		"302": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://example.com/")
			w.WriteHeader(http.StatusFound)
			fmt.Fprint(w, strings.Repeat("moved ", 1000))
		},
		"502": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			fmt.Fprint(w, "<html>", strings.Repeat(" ", 32<<10))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, conns := loopback(t, h)
			var after1 int
			for i := range 200 {
				_, _ = purge(t, c)
				if i == 0 {
					after1 = runtime.NumGoroutine()
				}
			}
			// Under the race detector, net/http may wait 50 ms for its own goroutine, and
			// gives up a connection then.
			if n := conns.Load(); n != 1 && !raced || n > 5 {
				t.Errorf("200 calls used %d connections", n)
			}
			n := runtime.NumGoroutine()
			for range 1000 { // the server, in this process as well, ends its own in its own time
				if n <= after1 {
					break
				}
				time.Sleep(time.Millisecond)
				n = runtime.NumGoroutine()
			}
			if n > after1 {
				t.Errorf("%d goroutines after the first call, %d after the last", after1, n)
			}
		})
	}
}

// The default transport keeps what concurrent workers use.
func TestConnectionsOfWorkersAreReused(t *testing.T) {
	c, conns := loopback(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	const workers = 8
	done := make(chan error, workers)
	for range workers {
		go func() {
			var err error
			for i := 0; i < 40 && err == nil; i++ {
				_, err = purge(t, c)
			}
			done <- err
		}()
	}
	for range workers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n := conns.Load(); n > 4*workers { // a dial that loses against a connection coming free makes one more
		t.Errorf("%d workers used %d connections", workers, n)
	}
}

// A huge answer costs a small multiple of the bound, plain or compressed, and its
// connection is closed rather than drained.
func TestHugeAnswer(t *testing.T) {
	write := func(w io.Writer) {
		chunk := []byte(strings.Repeat(" ", 1<<20))
		for range 1 << 10 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	for name, tc := range map[string]struct {
		status int
		gzip   bool
		bound  uint64
	}{
		"plain 200": {200, false, 8 << 20}, "gzip 200": {200, true, 8 << 20},
		"plain 500": {500, false, 64 << 10}, "gzip 500": {500, true, 64 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			c, conns := loopback(t, func(w http.ResponseWriter, _ *http.Request) {
				if !tc.gzip {
					w.WriteHeader(tc.status)
					write(w)
					return
				}
				w.Header().Set("Content-Encoding", "gzip")
				w.WriteHeader(tc.status)
				z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
				write(z)
				_ = z.Close()
			})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := purge(t, c)
			runtime.ReadMemStats(&after)
			if !errors.Is(err, client.ErrOutcomeUnknown) {
				t.Errorf("error %v", err)
			}
			// The server's own part, in this process as well, is a fixed sum beside it.
			const server = 4 << 20
			if cost := after.TotalAlloc - before.TotalAlloc; cost > 4*tc.bound+server && !raced {
				t.Errorf("reading it allocated %d bytes, over four times the bound of %d", cost, tc.bound)
			}
			_, _ = purge(t, c)
			if n := conns.Load(); n != 2 {
				t.Errorf("two such answers used %d connections", n)
			}
		})
	}
}

func TestRedirectIsAnAnswer(t *testing.T) {
	var strayed atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strayed.Add(1) }))
	defer elsewhere.Close()
	for _, status := range []int{300, 301, 302, 303, 304, 307, 308} {
		for _, location := range []string{elsewhere.URL, strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1), "/other", "http://[::1", ""} {
			seen := 0
			c, _ := loopback(t, func(w http.ResponseWriter, _ *http.Request) {
				seen++
				w.Header().Set("Location", location)
				w.WriteHeader(status)
			})
			_, err := purge(t, c)
			answer := new(client.Error)
			if !errors.As(err, &answer) || answer.StatusCode != status || errors.Is(err, client.ErrOutcomeUnknown) || seen != 1 {
				t.Errorf("%d to %q: %v after %d requests", status, location, err, seen)
			}
		}
	}
	if n := strayed.Load(); n != 0 {
		t.Errorf("%d requests followed a redirect", n)
	}
}

func TestCallEndsWithItsContext(t *testing.T) {
	hang := make(chan struct{})
	c, _ := loopback(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	})
	defer close(hang)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := c.Purge(ctx, client.Contacts, client.Companies, label)
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, client.ErrOutcomeUnknown) {
		t.Errorf("error %v, want that of the context, and ErrOutcomeUnknown", err)
	}
}

// A token shows in nothing that is printed, whatever HubSpot sends back.
func TestCredentialsStayInside(t *testing.T) {
	tokens := client.StaticToken(token)
	c, err := client.New(tokens)
	if err != nil {
		t.Fatal(err)
	}
	echo, _ := loopback(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"message":"bad header %s","context":{"token":[%q]}}`, r.Header.Get("Authorization"), token)
	})
	_, refused := purge(t, echo)
	if !errors.Is(refused, client.ErrUnauthorized) {
		t.Fatal(refused)
	}
	echo2xx, _ := loopback(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `%s,"errors":[{"message":"bad header %s"}]}`, complete, r.Header.Get("Authorization"))
	})
	result, partial := purge(t, echo2xx)
	down, _ := loopback(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	_, broken := purge(t, down)
	for _, v := range []any{tokens, c, *c, refused, partial, broken, result} {
		held := struct{ V any }{v}
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			for _, text := range []string{fmt.Sprintf(format, v), fmt.Sprintf(format, held), fmt.Sprintf(format, &held)} {
				if strings.Contains(text, token) || strings.Contains(text, fmt.Sprintf("%x", token)) {
					t.Errorf("%s of %T shows the token: %s", format, v, text)
				}
			}
		}
		if text, _ := json.Marshal(held); strings.Contains(string(text), token) {
			t.Errorf("JSON of %T shows the token: %s", v, text)
		}
	}
	answer := new(client.Error)
	if errors.As(refused, &answer); strings.Contains(string(answer.Body), token) || !strings.Contains(answer.Message, "bad header Bearer") {
		t.Errorf("error %+v", answer)
	}
}
