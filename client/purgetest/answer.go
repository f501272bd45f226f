package purgetest

import (
	"net/http"
	"time"
)

// An Answer is what one request gets instead of the Server's own answer. The zero
// Answer is the Server's own.
type Answer struct {
	// Status is from 200 to 999. With 0 the Server gives its own answer, with all
	// its effects, with FaultCutBody too; Header is added to it, and Body is ignored.
	// With FaultHangUp and FaultReset there is no answer, and only Apply has an effect.
	Status int
	// Header is added to the headers that every answer has: Date,
	// X-HubSpot-Correlation-Id, those of SetWindow, and for a body Content-Type,
	// which is JSON if the body starts with a brace and HTML otherwise. A name given
	// here replaces that header; a name without values removes it. Content-Length
	// and Transfer-Encoding are ignored.
	Header http.Header
	Body   string
	// Delay is the time between the request's effects and the answer or the fault.
	// It ends early when the caller stops waiting.
	Delay time.Duration
	// Apply purges the inputs that are not rejected from the account, before the
	// answer or the fault. It does nothing for a read or for a token that the
	// Server refuses.
	Apply bool
	// Fault breaks the connection.
	Fault Fault

	offDocument bool
}

// A Fault is how a connection breaks after the request has arrived.
type Fault int

const (
	// FaultNone sends the whole answer.
	FaultNone Fault = iota
	// FaultHangUp closes the connection without an answer. The caller gets io.EOF.
	// By URL, net/http may send a read again by itself.
	FaultHangUp
	// FaultCutBody closes it after half of the body. The caller gets the status and
	// then io.ErrUnexpectedEOF, for an empty body too. A 204 or 304 has no body and
	// arrives whole.
	FaultCutBody
	// FaultReset resets it without an answer. The caller gets syscall.ECONNRESET.
	FaultReset
)

// OffDocument returns a with its check against the document turned off. HubSpot
// gives answers that do not match the document, such as a 502 in HTML.
func OffDocument(a Answer) Answer {
	a.offDocument = true
	return a
}

// cannedID is the correlation ID of the answers made here.
const cannedID = "5e1f3c52-7a40-4d0b-9a63-0c2f4b8d9e17"

// RateLimited is HubSpot's 429 of a policy: TEN_SECONDLY_ROLLING, SECONDLY or DAILY,
// or "" for none. A retryAfter above 0 is sent as Retry-After in whole seconds,
// rounded up. Otherwise there is no such header, as usual for HubSpot.
func RateLimited(policy string, retryAfter time.Duration) Answer {
	a := canned(http.StatusTooManyRequests, rateLimit(policy))
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
