package purgetest

import (
	"net/http"
	"strings"
	"time"
)

// An Answer is what one request gets instead of the Server's own answer. The zero
// Answer changes nothing.
type Answer struct {
	// Status is from 200 to 999. 0 stands for the Server's own answer and all its
	// effects: Body is not used then, Header is added to it.
	Status int
	// Header is sent as given, but for Content-Length and Transfer-Encoding, which
	// are dropped. A body without a Content-Type is declared as JSON if it starts
	// with a brace, else as HTML; Date and X-HubSpot-Correlation-Id are added too.
	Header http.Header
	Body   string
	// Delay passes between the request's effects and the answer, or the fault. It
	// ends early when the caller does not wait any longer.
	Delay time.Duration
	// Apply purges the inputs, but for rejected ones, from the account of the
	// request's token before the answer, or the fault.
	Apply bool
	// Fault breaks the connection.
	Fault Fault

	offDocument bool
}

// A Fault is a way for a connection to break. Requests arrive, answers do not.
type Fault int

const (
	// FaultNone is an answer in full.
	FaultNone Fault = iota
	// FaultHangUp closes the connection without an answer: io.EOF for the caller.
	FaultHangUp
	// FaultCutBody closes it half-way through the body, whose full length was
	// announced: io.ErrUnexpectedEOF after the status. A body that is empty is
	// announced as one byte long; a 204 or 304 has none, and arrives.
	FaultCutBody
	// FaultReset resets it without an answer: syscall.ECONNRESET for the caller.
	FaultReset
)

// OffDocument lets a queued answer break the document without a violation. That is
// for what HubSpot answers beside its document, such as a 502 in HTML.
func OffDocument(a Answer) Answer {
	a.offDocument = true
	return a
}

// cannedID is the correlation ID of the answers that are made beforehand.
const cannedID = "5e1f3c52-7a40-4d0b-9a63-0c2f4b8d9e17"

// RateLimited is HubSpot's 429 of a policy: TEN_SECONDLY_ROLLING, SECONDLY, DAILY;
// "" leaves the policy out. A retryAfter above 0 is sent as Retry-After in whole
// seconds, rounded up; otherwise there is no such header, as is usual.
func RateLimited(policy string, retryAfter time.Duration) Answer {
	limit := "limit"
	if policy != "" {
		limit = strings.ToLower(policy) + " limit"
	}
	a := canned(http.StatusTooManyRequests, errorBody{
		Message:    "You have reached your " + limit + ".",
		ErrorType:  "RATE_LIMIT",
		PolicyName: policy,
		GroupName:  "publicapi:private-apps",
	})
	if retryAfter > 0 {
		a.Header.Set("Retry-After", wholeSeconds(retryAfter))
	}
	return a
}

// MissingScopes is HubSpot's 403 for a token that lacks scopes.
func MissingScopes(scopes ...string) Answer {
	return canned(http.StatusForbidden, errorBody{
		Message:  "This app hasn't been granted all required scopes to make this call.",
		Category: "MISSING_SCOPES",
		Errors: []errorDetail{{
			Message: "One or more of the following scopes are required.",
			Context: map[string][]string{"requiredGranularScopes": append([]string{}, scopes...)},
		}},
	})
}

func canned(status int, body errorBody) Answer {
	return Answer{
		Status: status,
		Header: http.Header{correlationHeader: {cannedID}},
		Body:   string(body.encode(cannedID)),
	}
}
