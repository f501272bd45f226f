package client

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// One error for each decision that a caller makes, for errors.Is. Details stand
// in the *Error or *IncompleteError that errors.As finds.
var (
	// ErrInvalidInput: refused before anything was sent; correct the call.
	ErrInvalidInput = errors.New("invalid input")
	// ErrUnauthorized: HubSpot does not accept the token (401); get another.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrForbidden: the token may not do this (403); see MissingScopes.
	ErrForbidden = errors.New("forbidden")
	// ErrRateLimited: too many requests (429); see RetryAfter.
	ErrRateLimited = errors.New("rate limited")
	// ErrDailyLimit: the account's requests of the day are used up. HubSpot counts
	// them anew at midnight in the account's time zone. Such an error matches
	// ErrRateLimited as well, so ask for this one first.
	ErrDailyLimit = errors.New("daily limit")
	// ErrOutcomeUnknown: the limits may have been lifted, or not. Sending the same
	// call again is harmless as far as anybody has seen, unless an admin has set
	// one of the limits again meanwhile.
	ErrOutcomeUnknown = errors.New("outcome unknown")
)

// An Error is an answer outside 2xx: a refusal (3xx, 4xx), or trouble at HubSpot
// (5xx), which may have come after the limits were lifted and is therefore told
// as ErrOutcomeUnknown. HubSpot says that every field of its body may be absent;
// what it keeps stable are statuses and categories, not messages.
type Error struct {
	// StatusCode is the HTTP status.
	StatusCode int
	// Category is HubSpot's, such as VALIDATION_ERROR or MISSING_SCOPES.
	Category    string
	SubCategory string // a name, or an object as JSON
	Message     string // for people; HubSpot may change it at any time
	// CorrelationID is what HubSpot's support asks for, from the body or the header.
	CorrelationID string
	// Policy is the rate limit that a 429 speaks of: TEN_SECONDLY_ROLLING, SECONDLY or DAILY.
	Policy string
	// RetryAfter is how long to wait before another try is worth it: what the answer
	// says (the largest Duration for what exceeds it), else, for a 429, the window of
	// its policy (10 s, or 1 s for SECONDLY), else 0. It is 0 for DAILY too unless
	// the answer says more: the account's time zone decides.
	RetryAfter time.Duration
	Context    map[string][]string // what the error is about
	Links      map[string]string
	Details    []ErrorDetail
	// Attempts is the number of requests that the call had sent, this answer's last;
	// 0 for a call that was held back by another one's 429.
	Attempts int
	// Body is what was received, at most 64 KiB of it. A token that it echoes is blanked out.
	Body []byte

	waitGiven bool // RetryAfter is the answer's own
}

// An ErrorDetail is one part of an Error or a Failure.
type ErrorDetail struct {
	Message     string
	Code        string
	In          string // the field or parameter that is meant
	SubCategory string
	Context     map[string][]string
}

// Error returns one line: status, message, category and correlation ID.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(statusText(e.StatusCode))
	if e.Message != "" {
		b.WriteString(": " + oneLine(e.Message))
	}
	var notes []string
	for _, note := range []string{e.Category, e.Policy} {
		if note != "" {
			notes = append(notes, oneLine(note))
		}
	}
	if e.CorrelationID != "" {
		notes = append(notes, "correlation ID "+oneLine(e.CorrelationID))
	}
	if notes != nil {
		b.WriteString(" (" + strings.Join(notes, ", ") + ")")
	}
	return b.String()
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

// Retryable reports whether the same call may succeed later without a change: 423,
// 429, 477 and 5xx. RetryAfter says when; after a daily limit it is tomorrow.
func (e *Error) Retryable() bool {
	switch e.StatusCode {
	case http.StatusLocked, http.StatusTooManyRequests, statusMigrating:
		return true
	}
	return e.StatusCode >= 500
}

// policyDaily is the Policy of a 429 that holds until midnight.
const policyDaily = "DAILY"

// MissingScopes lists the scopes that the answer names as required or missing,
// each once, or nil. HubSpot may list all that would do, not all that are needed.
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

// oneLine keeps what a server says on one line and off a terminal's controls.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 }), " ")
}
