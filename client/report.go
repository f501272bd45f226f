package client

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A State is what became of a limit.
type State int

// The states of a limit after PurgeLimits.
const (
	// StateNotAttempted: this run did not lift it. No request with it reached HubSpot, or
	// HubSpot refused those that did, as a whole, and the run stopped: after a 401, a 423,
	// a 429 or a 477, or before a 400 was split.
	StateNotAttempted State = iota
	// StatePurged: HubSpot said that it is lifted, or Verify no longer found it.
	StatePurged
	// StateFailed: refused, and no request of this run can have lifted it.
	StateFailed
	// StateUnknown: it may have been lifted. The error matches ErrOutcomeUnknown.
	StateUnknown
)

var stateNames = []string{"not attempted", "purged", "failed", "unknown"}

// String returns the state in words, such as "not attempted".
func (s State) String() string {
	if s < 0 || int(s) >= len(stateNames) {
		return fmt.Sprintf("State(%d)", int(s))
	}
	return stateNames[s]
}

// MarshalText returns what String does.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what String returns. For any other text the error matches
// ErrInvalidInput and s is not changed.
func (s *State) UnmarshalText(text []byte) error {
	i := slices.Index(stateNames, string(text))
	if i < 0 {
		return fmt.Errorf("%w: state %q", ErrInvalidInput, text)
	}
	*s = State(i)
	return nil
}

// An Outcome says what became of one limit, and why. Err is nil only for
// StatePurged. Limits that shared a request share the error.
type Outcome struct {
	Limit Limit
	State State
	Err   error
}

// MarshalJSON returns an object with limit, state and, unless Err is nil, error.
func (o Outcome) MarshalJSON() ([]byte, error) {
	object := struct {
		Limit Limit  `json:"limit"`
		State State  `json:"state"`
		Error string `json:"error,omitempty"`
	}{Limit: o.Limit, State: o.State}
	if o.Err != nil {
		object.Error = o.Err.Error()
	}
	return json.Marshal(object)
}

// A Report says what became of each limit that was given to PurgeLimits. Its JSON is
// for logs and other programs: it can't be read back.
type Report struct {
	Outcomes []Outcome `json:"outcomes"` // one for each limit given, duplicates too, in that order
}

// Count returns the number of outcomes in state s.
func (r *Report) Count(s State) int {
	n := 0
	for i := range r.Outcomes {
		if r.Outcomes[i].State == s {
			n++
		}
	}
	return n
}

// Limits returns the limits of these states, each once, in the order given.
func (r *Report) Limits(states ...State) []Limit {
	return r.limits(func(o Outcome) bool { return slices.Contains(states, o.State) })
}

// Remaining returns all limits that are not purged, each once, in the order given.
func (r *Report) Remaining() []Limit {
	return r.limits(func(o Outcome) bool { return o.State != StatePurged })
}

// Retryable returns the limits that a later run may purge without a change, each
// once, in the order given: those with an unknown outcome, and those that were not
// attempted or failed for a reason that may pass. RetryAfter tells when. If it does
// not know, as for an ended context or a token source of your own, wait as your queue
// does. After a 401 or a refused refresh token Retryable returns nil, also if outcomes
// are unknown.
func (r *Report) Retryable() []Limit {
	if slices.ContainsFunc(r.Outcomes, func(o Outcome) bool { return errors.Is(o.Err, ErrUnauthorized) }) {
		return nil
	}
	return r.limits(func(o Outcome) bool {
		_, passes := RetryAfter(o.Err)
		return o.State == StateUnknown || o.State != StatePurged && passes ||
			o.State == StateNotAttempted && !errors.Is(o.Err, ErrInvalidInput)
	})
}

func (r *Report) limits(wanted func(Outcome) bool) []Limit {
	var limits []Limit
	seen := map[Limit]bool{}
	for _, o := range r.Outcomes {
		if wanted(o) && !seen[o.Limit] {
			seen[o.Limit] = true
			limits = append(limits, o.Limit)
		}
	}
	return limits
}

// String returns the counts by state, for a log line: "5 limits: 3 purged, 1
// failed, 1 unknown". States other than purged that did not occur are left out.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d limits: %d purged", len(r.Outcomes), r.Count(StatePurged))
	for _, s := range []State{StateFailed, StateUnknown, StateNotAttempted} {
		if n := r.Count(s); n > 0 {
			fmt.Fprintf(&b, ", %d %s", n, s)
		}
	}
	return b.String()
}

// A reportError says why not everything was done.
type reportError struct {
	prefix string
	causes []error // one for each batch or read that failed
}

// Error returns one line: the prefix and the distinct causes, ten at most, the one to
// wait for longest first.
func (e *reportError) Error() string {
	causes := slices.Clone(e.causes)
	slices.SortStableFunc(causes, func(a, b error) int {
		waitA, _ := RetryAfter(a)
		waitB, _ := RetryAfter(b)
		return cmp.Compare(waitB, waitA)
	})
	var texts []string
	seen := map[string]bool{}
	for _, cause := range causes {
		if key := correlationID.ReplaceAllString(cause.Error(), ""); !seen[key] {
			seen[key] = true
			texts = append(texts, cause.Error())
		}
	}
	if more := len(texts) - 10; more > 0 {
		texts = append(texts[:10], fmt.Sprintf("and %d more causes", more))
	}
	return e.prefix + ": " + strings.Join(texts, "; ")
}

// correlationID is what differs between the texts of equal causes.
var correlationID = regexp.MustCompile(`correlation ID [^ ,)]+`)

func (e *reportError) Unwrap() []error { return e.causes }
