package purgetest

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"
)

// wait reports whether d passed before ctx ended or stop was closed. A nil stop
// never is: in a bubble, waiting on a channel from outside would stop the clock.
func wait(ctx context.Context, d time.Duration, stop <-chan struct{}) bool {
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		case <-stop:
			return false
		}
	}
	return ctx.Err() == nil
}

// memory is the door without a network. What is printed of it is an address.
type memory struct {
	arrive func(*http.Request, []byte) reply
}

func (m memory) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close() //nolint:errcheck // it was only read
	}
	if req.URL == nil {
		return nil, errors.New("nil Request.URL")
	}
	ctx := req.Context()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	body, err := readBody(req.Body)
	if err != nil {
		return nil, err
	}
	r := m.arrive(req, body)
	if !wait(ctx, r.delay, nil) {
		return nil, context.Cause(ctx)
	}
	switch r.fault {
	case FaultHangUp:
		return nil, io.EOF
	case FaultReset:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	}
	return r.response(req), nil
}

// loopback is the door behind the URL.
type loopback struct{ state *state }

func (l loopback) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := readBody(req.Body)
	if err != nil {
		hijack(w, func(net.Conn) {})
		return
	}
	r := l.state.arrive(req, body)
	if !wait(req.Context(), r.delay, l.state.closed) {
		hijack(w, func(net.Conn) {})
		return
	}
	resp := r.response(req)
	switch r.fault {
	case FaultHangUp:
		hijack(w, func(net.Conn) {})
	case FaultReset:
		hijack(w, reset)
	case FaultCutBody:
		hijack(w, func(conn net.Conn) { _ = resp.Write(conn) }) // its body fails half-way
	default:
		maps.Copy(w.Header(), resp.Header)
		w.WriteHeader(r.status)
		_, _ = io.Copy(w, resp.Body) // the caller may be gone
	}
}

// hijack has the last word on a connection, and closes it.
func hijack(w http.ResponseWriter, last func(net.Conn)) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	last(conn)
	_ = conn.Close()
}

// reset makes closing conn a reset, which says nothing to the caller but that.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}
