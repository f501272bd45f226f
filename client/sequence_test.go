package client_test

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/deea8dec/hubspot-limits/client"
)

// Every sequence of three answers, for one batch of one to four limits with and
// without bad ones, and longer ones at random. After these the server has no more
// trouble. With the race detector and with -short it is every tenth sequence.
func TestEverySequence(t *testing.T) {
	runs := 0
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // in a bubble, others would only be woken for nothing
	synctest.Test(t, func(t *testing.T) {
		for _, s := range []sequence{
			{limits: 1}, {limits: 1, bad: 1}, {limits: 2}, {limits: 2, bad: 0b01, partial: true}, {limits: 2, bad: 0b10},
			{limits: 3, bad: 0b001}, {limits: 3, bad: 0b111, partial: true}, {limits: 4}, {limits: 4, bad: 0b0110}, {limits: 4, bad: 0b1000, partial: true},
		} {
			runs += s.every(t)
		}
		r := rand.New(rand.NewPCG(1, 5))
		for i := range 40_000 {
			if s := randomSequence(r); !reduced() || i%10 == 0 {
				s.run(t)
				runs++
			}
		}
	})
	t.Logf("%d runs", runs)
}

func reduced() bool { return raced || testing.Short() }

// A sequence is a run of PurgeLimits, and what it meets.
type sequence struct {
	limits      int
	bad         uint // the limits that the server does not accept, as bits
	partial     bool // it rejects them in a 200, not by a 400
	pairs       int  // over which the limits are spread; 0 is 1
	copies      int  // of the first limit, at the end of the list
	batchSize   int  // 0 is 4
	concurrency int
	answers     []answerKind
}

// every runs all sequences of three answers. Where a run is over before it gets all
// of them, those that differ only in the rest are the same.
func (s *sequence) every(t *testing.T) (runs int) {
	for i := 0; i < len(answerKinds); i++ {
		for j := 0; j < len(answerKinds); j++ {
			for k := 0; k < len(answerKinds); k++ {
				if reduced() && (i+j+k)%10 != 0 {
					continue
				}
				s.answers = []answerKind{answerKinds[i], answerKinds[j], answerKinds[k]}
				requests := s.run(t)
				runs++
				if requests < 2 {
					j = len(answerKinds)
				}
				if requests < 3 {
					break
				}
			}
		}
	}
	return runs
}

func randomSequence(r *rand.Rand) *sequence {
	s := &sequence{
		limits: 1 + r.IntN(8), bad: r.UintN(256) & r.UintN(256) & r.UintN(256), partial: r.IntN(2) == 0,
		pairs: 1 + r.IntN(3), copies: r.IntN(3), batchSize: 1 + r.IntN(5), concurrency: 1 + r.IntN(4),
	}
	for range 4 + r.IntN(9) {
		s.answers = append(s.answers, answerKinds[r.IntN(len(answerKinds))])
	}
	return s
}

// run makes the run, compares the report with what the server did, and returns the
// number of requests.
func (s *sequence) run(t *testing.T) int {
	m := &model{sequence: s}
	var given []client.Limit
	for i := range s.limits {
		l := client.Limit{From: custom(i % max(s.pairs, 1)), To: "0-1", Type: client.UserDefined(int32(i + 1))}
		given = append(given, l)
		m.known[i+1] = &known{set: true, bad: s.bad>>i&1 == 1}
	}
	given = append(given, slices.Repeat(given[:1], s.copies)...)
	size := s.batchSize
	if size == 0 {
		size = 4
	}
	settled := 0
	report, err := connectTo(t, m, client.WithBatchSize(size)).PurgeLimits(t.Context(), given,
		&client.BulkOptions{Concurrency: s.concurrency, Progress: func(client.Outcome) { settled++ }})
	before := t.Failed()
	checkReport(t, given, report, err)
	if settled != len(given) {
		t.Errorf("%d calls of Progress for %d limits", settled, len(given))
	}
	m.check(t, report, err)
	if t.Failed() && !before {
		names := make([]string, len(s.answers))
		for i, a := range s.answers {
			names[i] = a.name
		}
		t.Fatalf("%d limits, bad %b, rejected in a 200: %t, pairs %d, copies %d, batches of %d, answers %q", s.limits, s.bad, s.partial, s.pairs, s.copies, size, names)
	}
	return m.requests
}

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

// A meaning is what an answer says of the inputs of its request.
type meaning int

const (
	saysDone   meaning = iota // all are purged. If an input is bad, it is another answer
	saysBad                   // an input is bad, and nothing was done. If none is, it is another answer
	saysPartly                // the inputs that are not bad are purged
	saysNothing
	saysRefused // nothing was done, whatever the inputs are
)

// An answerKind is one way in which a request ends.
type answerKind struct {
	name       string
	meaning    meaning
	lifts      bool // the inputs that are not bad
	readable   bool // it has an error to read
	status     int
	body       string
	clean      string // the body if no input is bad; "" stands for a 204
	cut        bool
	retryAfter string
	err        error
}

// with returns the form of a partial answer for a number of bad inputs.
func (a answerKind) with(bad int) answerKind {
	switch {
	case bad > 0:
	case a.clean == "":
		return noContent
	default:
		a.body = a.clean
		a.readable = false
		if !strings.Contains(a.clean, "umErrors") {
			a.meaning = saysDone
		}
	}
	return a
}

const oneError = `{"status":"error","category":"VALIDATION_ERROR","message":"bad","context":{},"links":{},"errors":[]}`

var (
	oddDate            = strings.Replace(complete, "2026-11-02T09:30:00.120Z", "today", 1)
	noContent          = answerKind{name: "204", lifts: true, status: 204}
	invalidInput       = answerKind{name: "rejected", meaning: saysBad, status: 400, body: `{"category":"VALIDATION_ERROR","message":"bad"}`}
	completeWithErrors = answerKind{name: "errors", meaning: saysPartly, lifts: true, readable: true, status: 200, body: complete + `,"numErrors":1,"errors":[` + oneError + `]}`}
)

var answerKinds = slices.Concat([]answerKind{
	{name: "200", lifts: true, status: 200, body: complete + "}"},
	{name: "201", lifts: true, status: 201, body: complete + `,"numErrors":0,"errors":[]}`},
	noContent, invalidInput, completeWithErrors,
	{name: "number only", meaning: saysPartly, lifts: true, status: 200, body: complete + `,"numErrors":1}`},
	{name: "unreadable number and an error", meaning: saysPartly, lifts: true, readable: true, status: 200, body: complete + `,"numErrors":"2","errors":[` + oneError + `]}`, clean: complete + `,"numErrors":"0"}`},
	{name: "unreadable number", meaning: saysPartly, lifts: true, status: 200, body: complete + `,"numErrors":3000000000}`, clean: complete + `,"numErrors":[0]}`},
	{name: "unreadable error", meaning: saysPartly, lifts: true, status: 200, body: complete + `,"errors":["bad"]}`},
	{name: "Errors", meaning: saysPartly, lifts: true, readable: true, status: 200, body: oddDate + `,"Errors":[` + oneError + `]}`, clean: oddDate + "}"},
	{name: "NumErrors", meaning: saysPartly, lifts: true, status: 200, body: oddDate + `,"NumErrors":1}`},
	{name: "408", meaning: saysRefused, status: 408},
	{name: "423", meaning: saysRefused, status: 423},
	{name: "429", meaning: saysRefused, status: 429},
	{name: "477", meaning: saysRefused, status: 477, retryAfter: "5"},
	{name: "477, an hour", meaning: saysRefused, status: 477, retryAfter: "3600"},
	{name: "daily", meaning: saysRefused, status: 429, body: `{"policyName":"DAILY"}`},
	{name: "401", meaning: saysRefused, status: 401},
	{name: "403", meaning: saysRefused, status: 403},
	{name: "404", meaning: saysRefused, status: 404},
	{name: "bare 400", meaning: saysRefused, status: 400, body: `{"message":"Unable to infer object type"}`},
}, beforeAndAfter(
	answerKind{name: "CANCELED", status: 200, body: strings.Replace(complete, "COMPLETE", "CANCELED", 1) + `,"numErrors":1,"errors":[` + oneError + `]}`},
	answerKind{name: "PROCESSING", status: 200, body: strings.Replace(complete, "COMPLETE", "PROCESSING", 1) + "}"},
	answerKind{name: "202", status: 202},
	answerKind{name: "reset", err: &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}},
	answerKind{name: "502", status: 502, body: "<html>"},
	answerKind{name: "HTML", status: 200, body: "<html>"},
	answerKind{name: "cut body", status: 200, body: complete, cut: true},
	answerKind{name: "no body, cut", status: 200, cut: true},
	answerKind{name: "101", status: 101},
), beforeAndAfter(answerKind{name: "status 0", status: 0}, answerKind{name: "999", status: 999})[1:])

// beforeAndAfter returns kinds that say nothing, each without and with its effect.
func beforeAndAfter(kinds ...answerKind) []answerKind {
	var both []answerKind
	for _, a := range kinds {
		a.meaning = saysNothing
		both = append(both, a)
		a.name, a.lifts = a.name+" after the effect", true
		both = append(both, a)
	}
	return both
}
