package purgetest

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"
)

// wait reports whether d passed before ctx ended or stop was closed. stop may be
// nil: in a bubble, a channel from outside would stop the clock.
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

// memory reaches a Server without a network. It holds a func, because fmt would
// print what a pointer leads to.
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
