package client

import (
	"fmt"
	"strings"
)

// An IncompleteError is a 2xx answer that is no success: it has errors, or its
// status is another than COMPLETE. Purge returns the same Result beside it.
type IncompleteError struct {
	Result *Result
}

// Error returns one line: the batch's status, the number of errors and the first.
func (e *IncompleteError) Error() string {
	r := e.Result
	if r == nil {
		return "incomplete"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "incomplete: status %q", string(r.Status))
	if n := max(int(r.NumErrors), len(r.Failures)); n > 0 {
		fmt.Fprintf(&b, ", errors: %d", n)
	}
	if len(r.Failures) > 0 && r.Failures[0].Message != "" {
		b.WriteString(", first: " + oneLine(r.Failures[0].Message))
	}
	if r.CorrelationID != "" {
		b.WriteString(" (correlation ID " + oneLine(r.CorrelationID) + ")")
	}
	return b.String()
}
