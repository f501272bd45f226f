package client_test

import (
	"math/rand/v2"
	"runtime"
	"slices"
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
	for i := range answerKinds {
		for j := 0; j < len(answerKinds); j++ {
			for k := range answerKinds {
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
