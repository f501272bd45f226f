package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/deea8dec/hubspot-limits/gen"
)

// A request is one operation on a pair of object types. It can be sent any number
// of times.
type request struct {
	name     string // of the operation, for log lines
	from, to ObjectType
	inputs   int
	operation
}

// An operation is one of the document's.
type operation interface {
	// send sends it once, by the generated client.
	send(context.Context, gen.RequestEditorFn) (*http.Response, error)
	// decode reads a 2xx answer. Its error is nil if the operation is done, an
	// *IncompleteError if it is not, and another one if the answer can't be read.
	decode(response) error
}

// An attempt is what came of sending a request once.
type attempt struct {
	sent          bool // it was handed to the transport
	token         string
	authorization [1]string
	proof         unsentProof
	status        int // of the answer, 0 without one
	header        http.Header
	correlationID string
	answer        *Error // an answer outside 2xx
	err           error  // nil if the operation is done
	unknown       bool   // it may have taken effect, and nothing says whether it did
}

// An attempter makes attempts.
type attempter struct {
	tokens    source
	gate      *gate
	log       *slog.Logger // for the token source
	userAgent []string
	timeout   time.Duration // of an attempt, from the connection to the end of the body
}

// try makes one attempt. The waits before it end with wait, the request with ctx.
func (t *attempter) try(ctx, wait context.Context, req request) *attempt {
	a := new(attempt)
	if a.token, a.err = t.accessToken(wait); a.err != nil {
		return a
	}
	if a.err = t.gate.enter(wait); a.err != nil {
		return a
	}
	defer t.gate.leave(a)
	if wait.Err() != nil { // the limiter may not look at it
		a.err = ended(wait)
		return a
	}
	limited, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	a.authorization[0] = "Bearer " + a.token
	resp, err := req.send(a.proof.watch(limited), func(_ context.Context, r *http.Request) error {
		r.Header["Authorization"], r.Header["Accept"], r.Header["User-Agent"] = a.authorization[:], acceptJSON, t.userAgent
		a.sent = true
		return nil
	})
	if err != nil {
		a.unknown = a.sent && !a.proof.holds(err)
		a.err = ifEnded(ctx, later(redactError(err, a.token)))
		return a
	}
	a.read(ctx, req, readResponse(resp, a.token))
	return a
}

var acceptJSON = []string{"application/json"}

// read takes in an answer.
func (a *attempt) read(ctx context.Context, req request, resp response) {
	a.status, a.header, a.correlationID = resp.status, resp.header, resp.correlationID
	if !resp.done() {
		a.answer = newError(resp)
		a.err, a.unknown = a.answer, !a.answer.refused()
		return
	}
	a.err = req.decode(resp)
	if a.unknown = a.err != nil && !errors.As(a.err, new(*IncompleteError)); a.unknown {
		a.err = ifEnded(ctx, later(redactError(a.err, a.token)))
	}
}

func (t *attempter) accessToken(ctx context.Context) (string, error) {
	if ctx.Err() != nil {
		return "", ended(ctx)
	}
	token, err := t.tokens.token(ctx, t.log)
	if err = cmp.Or(err, checkToken(token)); err != nil {
		return "", fmt.Errorf("token source: %w", err)
	}
	return token.AccessToken, nil
}

// redactError returns err, or its text alone if a secret stands in it.
func redactError(err error, secrets ...string) error {
	text := err.Error()
	if redacted := redactText(text, secrets...); redacted != text {
		return errors.New(redacted)
	}
	return err
}

// An unsentProof watches whether a request ever got a connection. A transport that
// reports no search for one proves nothing.
type unsentProof struct {
	trace              httptrace.ClientTrace
	searched, obtained atomic.Bool
}

func (p *unsentProof) watch(ctx context.Context) context.Context {
	p.trace.GetConn = func(string) { p.searched.Store(true) }
	p.trace.GotConn = func(httptrace.GotConnInfo) { p.obtained.Store(true) }
	return httptrace.WithClientTrace(ctx, &p.trace)
}

// holds reports whether a request that ended with err was never written.
func (p *unsentProof) holds(err error) bool {
	return !p.obtained.Load() && (p.searched.Load() || dialFailed(err))
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
