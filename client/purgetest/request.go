package purgetest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
)

// maxRequestBody is far above what 2,000 inputs need. A longer body is cut, so it
// does not match the document.
const maxRequestBody = 8 << 20

// A Request is what the Server received.
type Request struct {
	// Time is when it arrived, before a Delay.
	Time         time.Time
	Method, Path string
	// Header has no credential: a token reads "Bearer [redacted]", any other
	// Authorization "[redacted]".
	Header http.Header
	Body   []byte // at most 8 MiB of it
	// From and To are as the path has them, a name or an ID. They are "" when the
	// document has no such operation.
	From, To client.ObjectType
	// Types are the inputs of a purge, in the order sent. They are nil for a read,
	// and when the body is not readable.
	Types []client.AssociationType
}

// received is a Request with the name of its account.
type received struct {
	Request
	owner string
}

// Requests returns the requests that came in, in this order, without credentials.
// Token requests are not among them.
func (s *Server) Requests() []Request {
	return s.received(func(string) bool { return true })
}

// RequestsOf returns those of one account. A request belongs to the account of its
// token, even when the token has expired or there is no such account.
func (s *Server) RequestsOf(token string) []Request {
	return s.received(func(owner string) bool { return owner == token })
}

func (s *Server) received(by func(owner string) bool) []Request {
	st := s.lock()
	defer st.mu.Unlock()
	var requests []Request
	for _, r := range st.requests {
		if by(r.owner) {
			requests = append(requests, r.clone())
		}
	}
	return requests
}

func (r Request) clone() Request {
	r.Header = r.Header.Clone()
	r.Body = slices.Clone(r.Body)
	r.Types = slices.Clone(r.Types)
	return r
}

// newRequest returns req without its credentials, and its token.
func newRequest(req *http.Request, body []byte) (r Request, token string) {
	token, header := redact(req.Header)
	return Request{
		Time:   time.Now(),
		Method: req.Method,
		Path:   req.URL.Path,
		Header: header,
		Body:   body,
	}, token
}

// redact returns a copy of h without credentials, and the bearer token or "". The
// name of a header may not be in canonical form.
func redact(h http.Header) (token string, redacted http.Header) {
	redacted = h.Clone()
	for name, values := range redacted {
		if !strings.EqualFold(name, "Authorization") {
			continue
		}
		for i, value := range values {
			scheme, credentials, _ := strings.Cut(value, " ")
			values[i] = "[redacted]"
			if strings.EqualFold(scheme, "Bearer") {
				token, values[i] = credentials, "Bearer [redacted]"
			}
		}
	}
	return token, redacted
}

func parseTypes(body []byte) []client.AssociationType {
	var batch struct {
		Inputs []struct {
			Category client.Category `json:"category"`
			TypeID   int32           `json:"typeId"`
		} `json:"inputs"`
	}
	if json.Unmarshal(body, &batch) != nil {
		return nil
	}
	var types []client.AssociationType
	for _, input := range batch.Inputs {
		types = append(types, client.AssociationType{Category: input.Category, TypeID: input.TypeID})
	}
	return types
}

func readBody(body io.Reader) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	return io.ReadAll(io.LimitReader(body, maxRequestBody))
}
