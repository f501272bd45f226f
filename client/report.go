package client

import (
	"encoding/json"
	"fmt"
	"strings"
)

// A State is what became of a limit.
type State int

// The states of a limit after PurgeLimits.
const (
	// StateNotAttempted: no request with it was sent, or only one that was refused as
	// a whole, before the run stopped. It is still set, as far as this run goes.
	StateNotAttempted State = iota
	// StatePurged: HubSpot said that it is lifted.
	StatePurged
	// StateFailed: refused, and certainly not lifted by this run.
	StateFailed
	// StateUnknown: it may have been lifted. The error matches ErrOutcomeUnknown.
	StateUnknown

	states = iota
)

var stateNames = [states]string{"not attempted", "purged", "failed", "unknown"}

// String returns the state in words, such as "not attempted".
func (s State) String() string {
	if s < 0 || s >= states {
		return fmt.Sprintf("State(%d)", int(s))
	}
	return stateNames[s]
}

// MarshalText returns the same words.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// An Outcome says what became of one limit, and why: Err is nil exactly for
// StatePurged. Limits that shared a request share the error.
type Outcome struct {
	Limit Limit
	State State
	Err   error
}

// MarshalJSON gives the error as its text.
func (o Outcome) MarshalJSON() ([]byte, error) {
	told := struct {
		Limit Limit
		State State
		Err   string `json:",omitempty"`
	}{Limit: o.Limit, State: o.State}
	if o.Err != nil {
		told.Err = o.Err.Error()
	}
	return json.Marshal(told)
}

// A Report says what became of every limit that was given to PurgeLimits.
type Report struct {
	Outcomes []Outcome // one per limit given, duplicates included, in that order
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

// Remaining returns all limits that are not purged, each once, in the order given.
// They may be given to PurgeLimits again.
func (r *Report) Remaining() []Limit {
	var limits []Limit
	seen := map[Limit]bool{}
	for _, o := range r.Outcomes {
		if o.State != StatePurged && !seen[o.Limit] {
			seen[o.Limit] = true
			limits = append(limits, o.Limit)
		}
	}
	return limits
}

// String returns the counts by state, for a log line: "5 limits: 3 purged, 1
// failed, 1 unknown". States that did not occur are left out, but for purged.
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

// A reportError says that not every limit was purged.
type reportError struct {
	counts string
	causes []error
}

func (e *reportError) Error() string {
	return fmt.Sprintf("purge association limits: %s: %v", e.counts, e.causes[0])
}

func (e *reportError) Unwrap() []error { return e.causes }
