package purgetest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
)

// A call is a request with what the Server finds out about it.
type call struct {
	Request
	token   string
	op      *operation // nil when the document has no such operation
	broken  error      // how the request does not match the document
	pair    pair
	unknown client.ObjectType // the one that HubSpot can't infer, or ""

	id      string   // the correlation ID
	owner   string   // the name of the account, whether or not there is one
	account *account // nil when the token is refused
}

// arrive takes in a request of any kind. When it returns, all effects have happened.
func (st *state) arrive(req *http.Request, body []byte) reply {
	if req.URL.Path == tokenPath {
		return st.refresh(req, body)
	}
	c := newCall(req, body)
	st.mu.Lock()
	defer st.mu.Unlock()
	st.receive(&c)
	a := st.next(c.owner)
	r := st.reply(c, a)
	r.complete(c.id)
	if a.Fault == FaultNone && !a.offDocument && c.op != nil {
		st.violation(c, "answer", checkReply(c.op, r))
	}
	return r
}

// newCall reads a request and checks it.
func newCall(req *http.Request, body []byte) call {
	var c call
	c.Request, c.token = newRequest(req, body)
	// The check gets a copy without credentials, because its errors keep it.
	checked := req.WithContext(req.Context())
	checked.Header = c.Header.Clone()
	checked.Body, checked.GetBody = io.NopCloser(bytes.NewReader(body)), nil
	if c.op, c.broken = checkRequest(checked); c.op == nil {
		return c
	}
	c.From = client.ObjectType(c.op.PathParams["fromObjectType"])
	c.To = client.ObjectType(c.op.PathParams["toObjectType"])
	c.pair, c.unknown = newPair(c.From, c.To)
	if c.Method == http.MethodPost {
		c.Types = parseTypes(body)
	}
	return c
}

// receive keeps the request and finds its account.
func (st *state) receive(c *call) {
	c.Time = time.Now() // here, under the lock, so that times are in order
	owner, valid := st.oauth.owner(c.token)
	c.owner = owner
	if valid {
		c.account = st.accounts[owner]
	}
	st.requests = append(st.requests, received{c.Request, owner})
	c.id = correlationID(len(st.requests))
	st.violation(*c, "request", c.broken)
}

// reply gives the request the answer a, or the Server's own.
func (st *state) reply(c call, a Answer) reply {
	if a.Apply {
		st.purge(c)
	}
	r := reply{status: a.Status, header: http.Header{}, body: []byte(a.Body)}
	own := a.Status == 0 && (a.Fault == FaultNone || a.Fault == FaultCutBody)
	full := st.window.full(c.account, c.Time)
	switch {
	case own && full:
		r = c.refuse(http.StatusTooManyRequests, rateLimit("TEN_SECONDLY_ROLLING"))
	case own:
		r = st.own(c)
	}
	if !own || !full {
		st.window.count(c.account, c.Time)
	}
	r.addHeader(st.window.header(c.account))
	r.addHeader(a.Header)
	r.delay, r.fault = a.Delay, a.Fault
	if a.Fault != FaultHangUp && a.Fault != FaultReset && (r.status < 200 || r.status > 999) {
		st.violation(c, "answer", fmt.Errorf("%d is no status of an answer", r.status))
		r.status = http.StatusInternalServerError
	}
	return r
}

func (st *state) violation(c call, what string, err error) {
	if err != nil {
		st.violations = append(st.violations,
			fmt.Errorf("%s %d, %s %s: %w", what, len(st.requests), c.Method, c.Path, err))
	}
}
