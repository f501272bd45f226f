package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// One error for each decision that a caller makes, for errors.Is. The details are in
// an *Error or an *IncompleteError, if there is one: use errors.As.
var (
	// ErrInvalidInput: refused before it was sent. Correct the call. In a run of
	// PurgeLimits the limits that Purge would refuse fail with it, and the others are
	// sent. If the options are wrong, nothing is sent.
	ErrInvalidInput = errors.New("invalid input")
	// ErrUnauthorized: HubSpot does not accept the token (401), or refuses to refresh
	// it. Get another one.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrForbidden: the token may not do this (403). See Error.MissingScopes.
	ErrForbidden = errors.New("forbidden")
	// ErrRateLimited: too many requests (429), or a wait for HubSpot's window that is
	// longer than the deadline allows. See RetryAfter.
	ErrRateLimited = errors.New("rate limited")
	// ErrDailyLimit: the account has used up its requests of the day. HubSpot counts
	// from midnight in the account's time zone. Such an error matches ErrRateLimited
	// too, so ask for this one first.
	ErrDailyLimit = errors.New("daily limit")
	// ErrOutcomeUnknown: the limits may have been lifted. The error may match another
	// one too, so ask for this one first. Look with ReadLimits or Verify, or send the
	// call again: in every observed case a repeat was harmless. But it also lifts a
	// limit that an admin has set again meanwhile.
	ErrOutcomeUnknown = errors.New("outcome unknown")
)

// An Error is an answer outside 2xx. A 3xx or 4xx is a refusal: nothing was lifted.
// After any other status the limits may have been lifted, so the call's error
// matches ErrOutcomeUnknown too. HubSpot says that every field of the body may be
// absent, and keeps statuses and categories stable, but not messages.
type Error struct {
	// StatusCode is the HTTP status.
	StatusCode int
	// Category is HubSpot's, such as VALIDATION_ERROR or MISSING_SCOPES.
	Category    string
	SubCategory string // a name, or an object as JSON
	Message     string // for people; HubSpot may change it at any time
	// CorrelationID is the ID that HubSpot's support asks for, from the body or the header.
	CorrelationID string
	// Policy is the rate limit that a 429 names: TEN_SECONDLY_ROLLING, SECONDLY or DAILY.
	Policy string
	// RetryAfter is the wait that the answer asks for, at most the largest Duration.
	// Without one it is the window of a 429 (10 s, or 1 s for SECONDLY), else 0. It is
	// 0 for DAILY too: the account's time zone is not known.
	RetryAfter time.Duration
	Context    map[string][]string // what the error is about
	Links      map[string]string
	Details    []ErrorDetail
	// Attempts is the number of requests that the call had sent. It is 0 if the call
	// was held back by the 429 of another one.
	Attempts int
	// Body is what was received, at most 64 KiB of it. A token in it is replaced.
	Body []byte

	waitGiven bool // RetryAfter is the answer's own
	truncated bool // the body did not arrive in full
}

// Error returns one line: status, message, category, policy and correlation ID.
func (e *Error) Error() string {
	text := statusText(e.StatusCode)
	if e.Message != "" {
		text += ": " + oneLine(e.Message)
	}
	notes := []string{e.Category, e.Policy, ""}
	if e.CorrelationID != "" {
		notes[2] = "correlation ID " + e.CorrelationID
	}
	notes = slices.DeleteFunc(notes, func(note string) bool { return note == "" })
	if len(notes) > 0 {
		text += " (" + oneLine(strings.Join(notes, ", ")) + ")"
	}
	return text
}

func statusText(code int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", code, http.StatusText(code)))
}

// Is makes an Error match the sentinel of its status.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrUnauthorized:
		return e.StatusCode == http.StatusUnauthorized
	case ErrForbidden:
		return e.StatusCode == http.StatusForbidden
	case ErrRateLimited:
		return e.StatusCode == http.StatusTooManyRequests
	case ErrDailyLimit:
		return e.StatusCode == http.StatusTooManyRequests && strings.EqualFold(e.Policy, policyDaily)
	}
	return false
}

// statusMigrating is HubSpot's answer while it moves the account to another place.
const statusMigrating = 477

// policyDaily is the Policy of a 429 that lasts until midnight.
const policyDaily = "DAILY"

// refused reports whether the answer proves that the request had no effect.
func (e *Error) refused() bool { return e.StatusCode/100 == 3 || e.StatusCode/100 == 4 }

// Retryable reports whether the same call may succeed later without a change: 423,
// 429, 477 and 5xx. RetryAfter tells when.
func (e *Error) Retryable() bool {
	switch e.StatusCode {
	case http.StatusLocked, http.StatusTooManyRequests, statusMigrating:
		return true
	}
	return e.StatusCode/100 == 5
}

// MissingScopes lists the scopes that the answer names as required or missing, each
// once, or nil. HubSpot may list every scope that would do, not all that are needed.
func (e *Error) MissingScopes() []string {
	contexts := []map[string][]string{e.Context}
	for _, d := range e.Details {
		contexts = append(contexts, d.Context)
	}
	var scopes []string
	for _, context := range contexts {
		for _, key := range []string{"requiredGranularScopes", "requiredScopes", "missingScopes"} {
			for _, scope := range context[key] {
				if !slices.Contains(scopes, scope) {
					scopes = append(scopes, scope)
				}
			}
		}
	}
	return scopes
}

// An IncompleteError is a 2xx answer that does not say that all is done. Purge
// returns the same Result beside it.
type IncompleteError struct {
	Result *Result
}

// Error returns one line: the batch's status, the number of errors, the first one
// and the correlation ID.
func (e *IncompleteError) Error() string {
	r := e.Result
	if r == nil {
		return "incomplete"
	}
	text := fmt.Sprintf("incomplete: status %q", string(r.Status))
	if r.Status == "" && r.StatusCode > 0 {
		text = "incomplete: " + statusText(r.StatusCode) + " without a batch status"
	}
	if n := max(int(r.NumErrors), len(r.Failures)); n > 0 {
		text += fmt.Sprintf(", errors: %d", n)
	}
	if len(r.Failures) > 0 && r.Failures[0].Message != "" {
		text += ", first: " + oneLine(r.Failures[0].Message)
	}
	if r.CorrelationID != "" {
		text += " (correlation ID " + oneLine(r.CorrelationID) + ")"
	}
	return text
}

func unknown(err error) error { return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err) }

// An endedError says that a context ended. It matches the context's own error and
// nothing else: the cause, which a transport returns instead, may be another call's
// error, and would be taken for this call's answer.
type endedError struct{ end, cause error }

func (e *endedError) Error() string { return e.cause.Error() }
func (e *endedError) Unwrap() error { return e.end }

// ifEnded returns err, or an endedError if ctx has ended.
func ifEnded(ctx context.Context, err error) error {
	if end := ctx.Err(); end != nil {
		return &endedError{end, err}
	}
	return err
}

// ended returns the error of a context that has ended.
func ended(ctx context.Context) error { return ifEnded(ctx, context.Cause(ctx)) }

// A classedError has a text of its own and matches other errors. The same call may
// succeed after wait, if that is above 0.
type classedError struct {
	text    string
	matches []error
	wait    time.Duration
}

func (e *classedError) Error() string                     { return e.text }
func (e *classedError) Unwrap() []error                   { return e.matches }
func (e *classedError) retryAfter() (time.Duration, bool) { return e.wait, e.wait > 0 }

// later returns err as one after which the same call may succeed in a minute.
func later(err error) error { return &classedError{err.Error(), []error{err}, time.Minute} }

// oneLine keeps a server's text on one line, without a terminal's control characters.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 }), " ")
}
