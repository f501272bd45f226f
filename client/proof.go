package client

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptrace"
	"sync/atomic"
)

// An endedError is the error of what a context ended. It matches the context's own
// error and nothing else: the cause, which a transport returns instead, may be
// another call's error, and would be taken for this one's verdict.
type endedError struct{ end, why error }

func (e *endedError) Error() string {
	if errors.Is(e.why, e.end) {
		return e.why.Error()
	}
	return e.end.Error() + ": " + e.why.Error()
}

func (e *endedError) Unwrap() error { return e.end }

// contextual makes an endedError of err, if ctx has ended.
func contextual(ctx context.Context, err error) error {
	if end := ctx.Err(); end != nil {
		return &endedError{end, err}
	}
	return err
}

// ended is the error of a context that has ended.
func ended(ctx context.Context) error { return contextual(ctx, context.Cause(ctx)) }

// A dialTrace watches whether a request ever got a connection to be written to.
// A transport that does not report to it proves nothing.
type dialTrace struct {
	connected, handshakeFailed atomic.Bool
}

func (t *dialTrace) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { t.connected.Store(true) },
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			if err != nil {
				t.handshakeFailed.Store(true)
			}
		},
	})
}

// unsent reports whether err proves that the request never reached a server: a
// failed dial, DNS included, or a failed TLS handshake.
func (t *dialTrace) unsent(err error) bool {
	if certificate := new(tls.CertificateVerificationError); errors.As(err, &certificate) {
		return true
	}
	return t.handshakeFailed.Load() && !t.connected.Load() || dialFailed(err)
}

// dialFailed looks through the whole chain: a proxy's failed dial is wrapped in
// another *net.OpError.
func dialFailed(err error) bool {
	for op := new(net.OpError); errors.As(err, &op); err = op.Err {
		if op.Op == "dial" {
			return true
		}
	}
	return false
}
