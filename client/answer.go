package client

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
		r.correlationID = redactText(id, secrets...)
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

// redactText does the same for a string.
func redactText(s string, secrets ...string) string { return string(redact([]byte(s), secrets...)) }

// readToken reads the answer to a token request, which had the two secrets.
func readToken(r response, clientSecret, refreshToken string) (*oauth2.Token, *attempt) {
	r.correlationID = redactText(r.correlationID, clientSecret, refreshToken)
	at := &attempt{sent: true, status: r.status, correlationID: r.correlationID}
	if !r.done() {
		r.body = redact(r.body, clientSecret, refreshToken) // not of a 2xx: it may bring the same token again
		at.answer, at.err = newTokenError(r, clientSecret, refreshToken)
		at.unknown = !at.answer.refused()
		return nil, at
	}
	token := new(oauth2.Token)
	_, err := lenient.Decode(r.body, token)
	if err = cmp.Or(r.err, err, checkToken(token)); err != nil {
		at.err, at.unknown = later(redactError(fmt.Errorf("unreadable answer %s: %w", statusText(r.status), err), clientSecret, refreshToken)), true
		return nil, at
	}
	seconds := min(cmp.Or(max(token.ExpiresIn, 0), 1800), math.MaxInt32) // HubSpot documents half an hour
	token.Expiry = time.Now().Add(time.Duration(seconds) * time.Second)
	token.RefreshToken = cmp.Or(token.RefreshToken, refreshToken)
	var extra map[string]any
	_ = json.Unmarshal(r.body, &extra) // it was JSON before
	return token.WithExtra(extra), at
}

// newTokenError reads any other answer to a token request. Its error matches no
// *Error, which would be taken for an answer about limits.
func newTokenError(r response, secrets ...string) (*Error, error) {
	var body struct {
		Code        string `json:"error"`
		Description string `json:"error_description"`
	}
	_, _ = lenient.Decode(r.body, &body) // what can be read of it
	header := http.Header{}
	for name, values := range r.header {
		for _, value := range values {
			header.Add(name, redactText(value, secrets...))
		}
	}
	answer := newError(r)
	answer.Category, answer.Message = cmp.Or(answer.Category, body.Code), cmp.Or(answer.Message, body.Description)
	err := &classedError{text: answer.Error(), matches: []error{&oauth2.RetrieveError{
		Response: &http.Response{StatusCode: r.status, Status: statusText(r.status), Header: header, Body: http.NoBody},
		Body:     r.body, ErrorCode: body.Code, ErrorDescription: body.Description,
	}}}
	err.wait, _ = answer.retryAfter()
	refused := r.status == http.StatusBadRequest && (body.Code == "invalid_grant" || body.Code == "invalid_client")
	for _, sentinel := range []error{ErrUnauthorized, ErrForbidden, ErrRateLimited, ErrDailyLimit} {
		if answer.Is(sentinel) || sentinel == ErrUnauthorized && refused { //nolint:errorlint // a sentinel of ours
			err.matches = append(err.matches, sentinel)
		}
	}
	return answer, err
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
	result.Failures = convert(batch.Errors, newFailure)
	// A number of errors that can't be read is not zero.
	if result.Status != StatusComplete || result.NumErrors != 0 || len(result.Failures) > 0 || slices.Contains(odd, "numErrors") {
		return result, &IncompleteError{result}
	}
	return result, nil
}

func newFailure(e gen.StandardError) Failure {
	return Failure{
		ID: e.ID, Status: e.Status, Category: e.Category, SubCategory: newSubCategory(e.SubCategory),
		Message: e.Message, Context: e.Context, Links: e.Links, Details: convert(e.Errors, newDetail),
	}
}

// newError reads any other answer. It can't fail: the status and the headers are kept
// whatever the body is.
func newError(r response) *Error {
	var body gen.Error
	_, _ = lenient.Decode(r.body, &body) // what can be read of it
	e := &Error{
		StatusCode: r.status, Category: body.Category, SubCategory: newSubCategory(body.SubCategory), Message: body.Message,
		CorrelationID: cmp.Or(body.CorrelationID, r.correlationID), Policy: body.PolicyName,
		Context: body.Context, Links: body.Links, Details: convert(body.Errors, newDetail),
		Body: r.body, truncated: r.err != nil,
	}
	if e.RetryAfter, e.waitGiven = retryAfter(r.header); !e.waitGiven && errors.Is(e, ErrRateLimited) {
		e.RetryAfter = window(e.Policy)
	}
	return e
}

func newDetail(e gen.ErrorDetail) ErrorDetail {
	return ErrorDetail{
		Message: e.Message, Code: e.Code, In: e.In,
		SubCategory: newSubCategory(e.SubCategory), Context: e.Context,
	}
}

// convert returns the converted items of a list, or nil for an empty one.
func convert[From, To any](list []From, item func(From) To) []To {
	if len(list) == 0 {
		return nil
	}
	converted := make([]To, len(list))
	for i, from := range list {
		converted[i] = item(from)
	}
	return converted
}

// newSubCategory returns a name, or an object as compact JSON, {} as "".
func newSubCategory(c gen.SubCategory) string {
	raw, _ := c.MarshalJSON()
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	if text := lenient.Text(raw); text != "{}" {
		return text
	}
	return ""
}
