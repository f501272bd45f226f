package client_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
)

// A model is an honest server: what it does not accept it never lifts, and it says
// so, or nothing.
type model struct {
	*sequence
	mu       sync.Mutex
	requests int
	known    [10]*known // by type ID
}

// known is what the server knows of a limit.
type known struct {
	set, bad bool
	sent     bool
	done     bool // the last request with it was answered as done
	// Requests with it that nothing later made up for.
	lost    bool // without an answer that says what was done
	partial bool // COMPLETE with errors
}

// RoundTrip gives the next answer to a request.
func (m *model) RoundTrip(req *http.Request) (*http.Response, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	var inputs []*known
	bad := 0
	for _, part := range strings.Split(string(body), `"typeId":`)[1:] { // all IDs differ, and have one digit
		k := m.known[part[0]-'0']
		inputs = append(inputs, k)
		if k.bad {
			bad++
		}
	}
	a := m.next(bad)
	for _, k := range inputs {
		k.take(a, len(inputs) == 1)
	}
	m.requests++
	if a.err != nil {
		return nil, a.err
	}
	header := http.Header{}
	if a.retryAfter != "" {
		header.Set("Retry-After", a.retryAfter)
	}
	answer := io.Reader(strings.NewReader(a.body))
	if a.cut {
		answer = io.MultiReader(answer, cutBody{})
	}
	return &http.Response{StatusCode: a.status, Header: header, Body: io.NopCloser(answer), Request: req}, nil
}

type cutBody struct{}

func (cutBody) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// next returns the next answer of the sequence, or one without trouble.
func (m *model) next(bad int) answerKind {
	a := answerKind{meaning: saysBad}
	if m.requests < len(m.answers) {
		a = m.answers[m.requests]
	}
	switch {
	case a.meaning == saysPartly:
		return a.with(bad)
	case a.meaning <= saysBad && bad > 0 && m.partial:
		return completeWithErrors
	case a.meaning <= saysBad && bad > 0:
		return invalidInput
	case a.meaning == saysBad:
		return noContent
	}
	return a
}

// take makes an answer to a request with k come true. alone says that it carried
// nothing else.
func (k *known) take(a answerKind, alone bool) {
	k.sent, k.done = true, a.meaning == saysDone
	if a.lifts && !k.bad {
		k.set = false
	}
	switch {
	case a.meaning == saysPartly:
		k.partial = !alone || !k.bad || !a.readable
	case a.meaning == saysBad && alone:
		k.partial = false
	case a.meaning == saysNothing:
		k.lost = true
	}
}

// check compares a report with what the server knows.
func (m *model) check(t *testing.T, report *client.Report, err error) {
	anyUnknown := false
	for _, o := range report.Outcomes {
		k := m.known[o.Limit.Type.TypeID]
		unknown := !k.done && (k.lost || k.partial)
		switch {
		case o.State == client.StatePurged && (k.set || !k.done):
			t.Errorf("%v is purged: %+v", o.Limit, *k)
		case o.State == client.StateUnknown && !unknown:
			t.Errorf("%v is unknown, though nothing can have lifted it: %+v", o.Limit, *k)
		case (o.State == client.StateFailed || o.State == client.StateNotAttempted) && (!k.set || unknown || k.done):
			t.Errorf("%v is %v: %+v", o.Limit, o.State, *k)
		}
		anyUnknown = anyUnknown || unknown
	}
	if errors.Is(err, client.ErrOutcomeUnknown) != anyUnknown {
		t.Errorf("some are unknown: %t; error %v", anyUnknown, err)
	}
	remaining, retryable := report.Remaining(), report.Retryable()
	for _, o := range report.Outcomes {
		_, passes := client.RetryAfter(o.Err)
		again := o.State == client.StateUnknown || o.State == client.StateNotAttempted || passes
		if errors.Is(err, client.ErrUnauthorized) {
			again = false
		}
		if slices.Contains(remaining, o.Limit) != (o.State != client.StatePurged) || slices.Contains(retryable, o.Limit) != again {
			t.Errorf("%v: %v; remaining %v, retryable %v", o.Limit, o.Err, remaining, retryable)
		}
	}
}
