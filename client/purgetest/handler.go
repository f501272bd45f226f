package purgetest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/getkin/kin-openapi/routers"

	"github.com/deea8dec/hubspot-limits/client"
)

// A call is a request with what the handler knows about it.
type call struct {
	Request
	id     string // the correlation ID
	token  string
	op     *operation // nil when the document has no such operation
	broken error      // how the request breaks the document
}

// arrive takes a request in. When it returns, all effects have happened.
func (st *state) arrive(req *http.Request, body []byte) reply {
	if req.URL.Path == tokenPath {
		return st.refresh(req, body)
	}
	return st.handle(req, body)
}

// handle takes in a request that the document may describe.
func (st *state) handle(req *http.Request, body []byte) reply {
	st.mu.Lock()
	defer st.mu.Unlock()
	c := newCall(req, body)
	c.token = st.oauth.account(c.token)
	st.requests = append(st.requests, c.Request)
	c.id = correlationID(len(st.requests))
	st.violation(c, "request", c.broken)

	var a Answer // the zero Answer is the Server's own
	if len(st.queue) > 0 {
		a, st.queue = st.queue[0], st.queue[1:]
	}
	if a.Apply {
		st.purge(c)
	}
	r := reply{status: a.Status, header: http.Header{}, body: []byte(a.Body)}
	if a.Status == 0 && (a.Fault == FaultNone || a.Fault == FaultCutBody) {
		r = st.own(c)
	}
	r.delay, r.fault = a.Delay, a.Fault
	r.addHeader(a.Header)
	if a.Fault != FaultHangUp && a.Fault != FaultReset && (r.status < 200 || r.status > 999) {
		st.violation(c, "answer", fmt.Errorf("status %d is none", r.status))
		r.status = http.StatusInternalServerError
	}
	r.complete(c.id)
	if a.Fault == FaultNone && !a.offDocument && c.op != nil {
		st.violation(c, "answer", checkReply(c.op, r))
	}
	return r
}

func newCall(req *http.Request, body []byte) call {
	var c call
	c.Request, c.token = newRequest(req, body)
	// The copy is without credentials: the errors of the check hold on to it.
	checked := req.WithContext(req.Context())
	checked.Header = c.Header.Clone()
	checked.Body, checked.GetBody = io.NopCloser(bytes.NewReader(body)), nil
	if c.op, c.broken = checkRequest(checked); c.op != nil {
		c.From = client.ObjectType(c.op.PathParams["fromObjectType"])
		c.To = client.ObjectType(c.op.PathParams["toObjectType"])
	}
	return c
}

func (st *state) violation(c call, what string, err error) {
	if err != nil {
		st.violations = append(st.violations,
			fmt.Errorf("%s %d, %s %s: %w", what, len(st.requests), c.Method, c.Path, err))
	}
}

// own is what the Server answers by itself.
func (st *state) own(c call) reply {
	if errors.Is(c.broken, routers.ErrMethodNotAllowed) {
		return refuse(c, http.StatusMethodNotAllowed, "", "Method not allowed")
	}
	if c.op == nil {
		return refuse(c, http.StatusNotFound, "", "Resource not found")
	}
	if _, known := st.accounts[c.token]; !known || c.token == "" {
		return refuse(c, http.StatusUnauthorized, "INVALID_AUTHENTICATION", "The access token is not valid.")
	}
	for _, t := range []client.ObjectType{c.From, c.To} {
		if _, ok := resolve(t); !ok {
			return refuse(c, http.StatusBadRequest, "", "Unable to infer object type from: "+string(t))
		}
	}
	if c.broken != nil {
		return refuse(c, http.StatusBadRequest, "VALIDATION_ERROR", "Invalid input JSON")
	}
	rejected := st.offensive(c)
	if len(rejected) > 0 && st.rejection == RejectBatch {
		return refuse(c, http.StatusBadRequest, "VALIDATION_ERROR", "An association type was not accepted.")
	}
	st.purge(c)
	if len(rejected) == 0 && st.noContent {
		return reply{status: http.StatusNoContent, header: http.Header{}}
	}
	return reply{
		status: http.StatusOK,
		header: http.Header{},
		body:   encode(newResult(rejected, st.rejection)),
	}
}

func refuse(c call, status int, category, message string) reply {
	body := errorBody{Category: category, Message: message}
	return reply{status: status, header: http.Header{}, body: body.encode(c.id)}
}

// offensive returns the inputs that are rejected, each once.
func (st *state) offensive(c call) []client.AssociationType {
	var types []client.AssociationType
	for _, l := range c.limits() {
		if st.rejected[key(l)] && !slices.Contains(types, l.Type) {
			types = append(types, l.Type)
		}
	}
	return types
}

// purge unsets the inputs in the account of the call's token, but for rejected
// ones. What is not set is no error, as was seen live.
func (st *state) purge(c call) {
	gone := map[client.Limit]bool{}
	for _, l := range c.limits() {
		gone[key(l)] = !st.rejected[key(l)]
	}
	if set, known := st.accounts[c.token]; known {
		st.accounts[c.token] = slices.DeleteFunc(set, func(l client.Limit) bool { return gone[key(l)] })
	}
}
