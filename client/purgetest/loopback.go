package purgetest

import (
	"io"
	"maps"
	"net"
	"net/http"
)

// loopback answers what comes in by URL.
type loopback struct {
	state  *state
	closed chan struct{} // ends each Delay
}

func (l loopback) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := readBody(req.Body)
	if err != nil {
		hijack(w, func(net.Conn) {})
		return
	}
	r := l.state.arrive(req, body)
	if !wait(req.Context(), r.delay, l.closed) {
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
		hijack(w, func(conn net.Conn) { _ = resp.Write(conn) }) // the body fails half-way
	default:
		maps.Copy(w.Header(), resp.Header)
		w.WriteHeader(r.status)
		_, _ = io.Copy(w, resp.Body) // the caller may be gone
	}
}

// hijack calls last with the connection, then closes it.
func hijack(w http.ResponseWriter, last func(net.Conn)) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	last(conn)
	_ = conn.Close()
}

// reset makes the closing of conn a reset.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}
