package client

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client/internal/lenient"
	"github.com/deea8dec/hubspot-limits/gen"
)

// The most that is read of a body, counted after decompression.
const (
	maxResultBody = 1 << 20 // of a 2xx answer: a batch of 2,000 with an error each fits
	maxErrorBody  = 64 << 10
)

// A response is an answer whose body was read, at most its bound.
type response struct {
	status        int
	header        http.Header
	correlationID string
	body          []byte
	err           error // why the body did not arrive in full
}

// done reports whether the status is one of success.
func (r response) done() bool { return r.status/100 == 2 }

// readResponse reads the body and closes it, and takes the secrets out of all text.
// A body that is read to its end keeps the connection for the next request.
func readResponse(resp *http.Response, secrets ...string) response {
	r := response{status: resp.StatusCode, header: resp.Header}
	if id := resp.Header.Get("X-Hubspot-Correlation-Id"); id != "" { // the canonical name costs least
		r.correlationID = string(redact([]byte(id), secrets...))
	}
	if resp.Body == nil || resp.Body == http.NoBody {
		return r
	}
	defer resp.Body.Close() //nolint:errcheck // nothing is left to be done about it
	if r.status < 200 {     // what follows a 101 is a connection without an end
		return r
	}
	limit := int64(maxErrorBody)
	if r.done() {
		limit = maxResultBody
	}
	body := bytes.NewBuffer(make([]byte, 0, bytes.MinRead+max(0, min(resp.ContentLength, limit))))
	if _, r.err = body.ReadFrom(io.LimitReader(resp.Body, limit+1)); int64(body.Len()) > limit {
		body.Truncate(int(limit))
		r.err = fmt.Errorf("longer than %d KiB", limit>>10)
	}
	r.body = redact(body.Bytes(), secrets...)
	return r
}

// redact replaces each secret in text, also where JSON escapes some of its
// characters. A secret under 8 characters stays: it may be part of other words.
func redact(text []byte, secrets ...string) []byte {
	for _, secret := range secrets {
		if len(secret) < 8 {
			continue
		}
		if bytes.Contains(text, []byte(secret)) {
			text = bytes.ReplaceAll(text, []byte(secret), []byte("[redacted]"))
		}
		if !bytes.ContainsRune(text, '\\') {
			continue
		}
		var pattern strings.Builder
		for _, c := range []byte(secret) {
			fmt.Fprintf(&pattern, `(?:\\?%s|\\u00(?i:%02x))`, regexp.QuoteMeta(string(rune(c))), c)
		}
		text = regexp.MustCompile(pattern.String()).ReplaceAll(text, []byte("[redacted]"))
	}
	return text
}

// readToken reads the answer to a token request, which had the two secrets.
func readToken(resp *http.Response, clientSecret, refreshToken string) (*oauth2.Token, *attempt) {
	r := readResponse(resp)
	r.correlationID = string(redact([]byte(r.correlationID), clientSecret, refreshToken))
	at := &attempt{sent: true, status: r.status, correlationID: r.correlationID}
	if !r.done() {
		r.body = redact(r.body, clientSecret, refreshToken) // not of a 2xx: it may bring the same token again
		refusal := newTokenError(r, clientSecret, refreshToken)
		at.answer, at.err, at.unknown = refusal.answer, refusal, !refusal.answer.refused()
		return nil, at
	}
	token := new(oauth2.Token)
	_, err := lenient.Decode(r.body, token)
	if err = cmp.Or(r.err, err, checkToken(token)); err != nil {
		at.err, at.unknown = later(fmt.Errorf("unreadable answer %s: %w", statusText(r.status), err), time.Minute), true
		return nil, at
	}
	lifetime := 30 * time.Minute // as HubSpot documents, for an answer that gives none
	if token.ExpiresIn > 0 {
		lifetime = time.Duration(min(token.ExpiresIn, math.MaxInt32)) * time.Second
	}
	token.Expiry = time.Now().Add(lifetime)
	token.RefreshToken = cmp.Or(token.RefreshToken, refreshToken)
	var extra map[string]any
	_ = json.Unmarshal(r.body, &extra) // it was JSON before
	return token.WithExtra(extra), at
}

// newTokenError reads any other answer to a token request.
func newTokenError(r response, secrets ...string) *tokenError {
	var body struct {
		Code        string `json:"error"`
		Description string `json:"error_description"`
	}
	_, _ = lenient.Decode(r.body, &body) // what can be read of it
	header := http.Header{}
	for name, values := range r.header {
		for _, value := range values {
			header.Add(name, string(redact([]byte(value), secrets...)))
		}
	}
	e := &tokenError{newError(r), &oauth2.RetrieveError{
		Response: &http.Response{StatusCode: r.status, Status: statusText(r.status), Header: header, Body: http.NoBody},
		Body:     r.body, ErrorCode: body.Code, ErrorDescription: body.Description,
	}}
	e.answer.Category = cmp.Or(e.answer.Category, body.Code)
	e.answer.Message = cmp.Or(e.answer.Message, body.Description)
	return e
}

// Generated types are made and read below, and nowhere else.

// newBatch refuses what must not be sent, and drops duplicates.
func newBatch(from, to ObjectType, types []AssociationType, batchSize int) (gen.BatchInput, error) {
	var batch gen.BatchInput
	if err := validatePair(from, to); err != nil {
		return batch, err
	}
	batch.Inputs = make([]gen.AssociationSpec, 0, min(len(types), batchSize))
	var seen map[gen.AssociationSpec]bool // made when the IDs are not in ascending order
	highest := int32(0)
	for _, t := range types {
		if err := t.validate(); err != nil {
			return batch, err
		}
		spec := t.spec()
		if seen == nil && t.TypeID <= highest {
			seen = make(map[gen.AssociationSpec]bool, cap(batch.Inputs))
			for _, s := range batch.Inputs {
				seen[s] = true
			}
		}
		if seen[spec] {
			continue
		}
		if len(batch.Inputs) == batchSize {
			return batch, fmt.Errorf("%w: more association types than the batch size of %d; PurgeLimits takes any number", ErrInvalidInput, batchSize)
		}
		batch.Inputs, highest = append(batch.Inputs, spec), t.TypeID
		if seen != nil {
			seen[spec] = true
		}
	}
	if len(batch.Inputs) == 0 {
		return batch, fmt.Errorf("%w: no association types", ErrInvalidInput)
	}
	return batch, nil
}

func (t AssociationType) spec() gen.AssociationSpec {
	return gen.AssociationSpec{Category: string(t.Category), TypeID: t.TypeID}
}

// decodeResult reads a 2xx answer to a purge. The error is nil if the answer says
// that all is done, an *IncompleteError if it says anything else, and another one if
// it can't be read.
func decodeResult(r response) (*Result, error) {
	result := &Result{StatusCode: r.status, CorrelationID: r.correlationID}
	body := bytes.TrimSpace(r.body)
	if r.err == nil && (len(body) == 0 || string(body) == "null") {
		if r.status == http.StatusOK || r.status == http.StatusNoContent {
			return result, nil
		}
		return result, &IncompleteError{result}
	}
	var batch gen.BatchResult
	odd, err := lenient.Decode(body, &batch)
	if err = cmp.Or(r.err, err); err != nil {
		return nil, fmt.Errorf("unreadable answer %s: %w", statusText(r.status), err)
	}
	result.Status = Status(batch.Status)
	result.RequestedAt, result.StartedAt, result.CompletedAt = batch.RequestedAt, batch.StartedAt, batch.CompletedAt
	result.Results, result.NumErrors, result.Links = batch.Results, batch.NumErrors, batch.Links
	result.Failures = newFailures(batch.Errors)
	// A number of errors that can't be read is not zero.
	if result.Status != StatusComplete || result.NumErrors != 0 || len(result.Failures) > 0 || slices.Contains(odd, "numErrors") {
		return result, &IncompleteError{result}
	}
	return result, nil
}

// decodeSettings reads a 200 to a read. An empty list must mean that nothing is set,
// so it fails for what may hide a limit.
func decodeSettings(from, to ObjectType, r response) ([]LimitSetting, error) {
	var list gen.LimitList
	odd, err := lenient.Decode(r.body, &list)
	switch err = cmp.Or(r.err, err); {
	case err != nil:
	case r.status != http.StatusOK:
		err = errors.New("no list of limits")
	case list.Results == nil, slices.Contains(odd, "results"):
		err = errors.New("results is no list of limits")
	case slices.Contains(odd, "results.userEnforcedMaxToObjectIds"):
		err = errors.New("a number that can't be read")
	}
	settings := make([]LimitSetting, 0, len(list.Results))
	for _, item := range list.Results {
		l := Limit{from, to, AssociationType{Category(item.Category), item.TypeID}}
		err = cmp.Or(err, l.Type.validate())
		if item.UserEnforcedMaxToObjectIds != nil {
			settings = append(settings, LimitSetting{l, *item.UserEnforcedMaxToObjectIds, item.Label})
		}
	}
	if err != nil {
		return nil, fmt.Errorf("unreadable answer %s: %v", statusText(r.status), err) //nolint:errorlint // it is no invalid input of the caller's
	}
	return settings, nil
}

func newFailures(errs []gen.StandardError) []Failure {
	if len(errs) == 0 {
		return nil
	}
	failures := make([]Failure, len(errs))
	for i, e := range errs {
		failures[i] = Failure{
			ID: e.ID, Status: e.Status, Category: e.Category, SubCategory: newSubCategory(e.SubCategory),
			Message: e.Message, Context: newContext(e.Context), Links: e.Links, Details: newDetails(e.Errors),
		}
	}
	return failures
}

// newError reads any other answer. It can't fail: the status and the headers are kept
// whatever the body is.
func newError(r response) *Error {
	var body gen.Error
	_, _ = lenient.Decode(r.body, &body) // what can be read of it
	e := &Error{
		StatusCode: r.status, Category: body.Category, SubCategory: newSubCategory(body.SubCategory), Message: body.Message,
		CorrelationID: cmp.Or(body.CorrelationID, r.correlationID), Policy: body.PolicyName,
		Context: newContext(body.Context), Links: body.Links, Details: newDetails(body.Errors),
		Body: r.body, truncated: r.err != nil,
	}
	if e.RetryAfter, e.waitGiven = retryAfter(r.header); !e.waitGiven && errors.Is(e, ErrRateLimited) {
		e.RetryAfter = window(e.Policy)
	}
	return e
}

func newDetails(errs []gen.ErrorDetail) []ErrorDetail {
	if len(errs) == 0 {
		return nil
	}
	details := make([]ErrorDetail, len(errs))
	for i, e := range errs {
		details[i] = ErrorDetail{
			Message: e.Message, Code: e.Code, In: e.In,
			SubCategory: newSubCategory(e.SubCategory), Context: newContext(e.Context),
		}
	}
	return details
}

// newContext returns an object of string arrays as it is. Anything else stands as
// its one text under the key "".
func newContext(c gen.Context) map[string][]string {
	raw, _ := c.MarshalJSON()
	if absent(raw) {
		return nil
	}
	var lists map[string][]string
	if raw[0] == '{' && json.Unmarshal(raw, &lists) == nil && !hasNull(raw) {
		return lists
	}
	return map[string][]string{"": {newText(raw)}}
}

// hasNull reports whether a null stands in an object of string arrays. A decoded
// one can't be told from "" or an empty array.
func hasNull(raw []byte) bool {
	if !bytes.Contains(raw, []byte("null")) {
		return false
	}
	var lists map[string]*[]*string
	return json.Unmarshal(raw, &lists) != nil || slices.ContainsFunc(slices.Collect(maps.Values(lists)), func(list *[]*string) bool {
		return list == nil || slices.Contains(*list, nil)
	})
}

// newSubCategory returns a name, or an object as compact JSON, {} as "".
func newSubCategory(c gen.SubCategory) string {
	raw, _ := c.MarshalJSON()
	if absent(raw) {
		return ""
	}
	if text := newText(raw); text != "{}" {
		return text
	}
	return ""
}

// newText returns the text of a JSON string, and any other value as compact JSON.
func newText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var b bytes.Buffer
	_ = json.Compact(&b, raw) // it was JSON before
	return b.String()
}

func absent(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }
