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

// maxRequestBody is far above what 2,000 inputs need. The rest of a longer body
// is left unread, which breaks its JSON and so the document.
const maxRequestBody = 8 << 20

// A Request is what the Server received.
type Request struct {
	// Time is when it arrived, before any Delay.
	Time         time.Time
	Method, Path string
	// Header has no credential: a token reads "Bearer [redacted]", any other
	// Authorization "[redacted]".
	Header http.Header
	Body   []byte // at most 8 MiB of it
	// From and To are as the path has them, a name or an ID; "" off the operation's
	// path.
	From, To client.ObjectType
	// Types are the inputs, in the order sent; nil when the body is not readable.
	Types []client.AssociationType
}

func (r Request) clone() Request {
	r.Header = r.Header.Clone()
	r.Body = slices.Clone(r.Body)
	r.Types = slices.Clone(r.Types)
	return r
}

// limits are what the request asks to purge.
func (r Request) limits() []client.Limit {
	limits := make([]client.Limit, len(r.Types))
	for i, t := range r.Types {
		limits[i] = client.Limit{From: r.From, To: r.To, Type: t}
	}
	return limits
}

// newRequest returns what may be shown of req, and the token apart from it.
func newRequest(req *http.Request, body []byte) (r Request, token string) {
	token, header := redact(req.Header)
	return Request{
		Time:   time.Now(),
		Method: req.Method,
		Path:   req.URL.Path,
		Header: header,
		Body:   body,
		Types:  parseTypes(body),
	}, token
}

// redact returns a copy of h without credentials, and the bearer token, "" if
// there is none. A header may have been set past its canonical form.
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
