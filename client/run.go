package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"github.com/deea8dec/hubspot-limits/gen"
)

// A run is one call of PurgeLimits. All of it belongs to the goroutine of that call:
// workers only send a batch and return what came of it.
type run struct {
	c        *Client
	report   *Report
	progress func(Outcome)
	copies   map[int32][]int32 // the duplicates of a limit, by place in the report

	queue     []*batch
	stopped   error // why nothing new is sent
	stopWaits context.CancelFunc
	causes    []error
}

// A pair is one direction between two object types.
type pair struct {
	from, to ObjectType
	size     int     // the number of its limits, duplicates too
	limits   []int32 // by their place in the report
	refused  error   // why nothing more is sent for it
}

// A batch is what one request carries.
type batch struct {
	pair   *pair
	limits []int32 // by their place in the report
	// These wait for the batch's answer: the rest of its pair, and its other half.
	rest []int32
	half *batch
	// Earlier requests with these limits, which may have lifted them.
	unanswered error // one without an answer
	partial    error // one answered as COMPLETE with errors
}

// A sent is a batch and what came of sending it.
type sent struct {
	batch    *batch
	result   *Result
	panicked any // what a transport or a limiter panicked with
	call
}

// work sends what is in the queue, and what comes into it, until it is empty.
func (r *run) work(ctx context.Context, workers int) {
	ctx, cancel := context.WithCancel(ctx)
	var wait context.Context
	wait, r.stopWaits = context.WithCancel(ctx)
	answers := make(chan sent, workers)
	var wg sync.WaitGroup
	defer wg.Wait() // also if progress ends this goroutine
	defer cancel()
	for underway := 0; ; underway-- {
		for ; underway < workers; underway++ {
			b := r.next()
			if b == nil {
				break
			}
			wg.Go(func() { r.c.sendTo(answers, ctx, wait, b, r.inputs(b)) })
		}
		if underway == 0 {
			return
		}
		r.answered(<-answers)
	}
}

// sendTo sends a batch. It answers in any case, also if a transport ends the
// goroutine or panics: nobody could recover from a panic here.
func (c *Client) sendTo(answers chan<- sent, ctx, wait context.Context, b *batch, inputs gen.BatchInput) {
	ended := errors.New("the transport ended its goroutine")
	s := sent{batch: b, call: call{err: ended, last: ended, unanswered: ended}}
	defer func() {
		s.panicked = recover()
		answers <- s
	}()
	s.result, s.call = c.sendBatch(ctx, wait, b.pair.from, b.pair.to, inputs)
}

func (r *run) typeOf(i int32) AssociationType { return r.report.Outcomes[i].Limit.Type }

// inputs returns the body of a request for b, whose limits are valid and differ.
func (r *run) inputs(b *batch) gen.BatchInput {
	return gen.BatchInput{Inputs: convert(b.limits, func(i int32) gen.AssociationSpec { return r.typeOf(i).spec() })}
}

// next takes the next batch to send from the queue. What may not be sent is settled.
func (r *run) next() *batch {
	for len(r.queue) > 0 {
		b := r.queue[0]
		r.queue = r.queue[1:]
		switch {
		case b.pair.refused != nil:
			r.skip(b, StateFailed, b.pair.refused)
		case r.stopped != nil:
			r.skip(b, StateNotAttempted, r.stopped)
		default:
			return b
		}
		r.release(b, false)
	}
	return nil
}

// answered decides what an answer means for the limits of its batch.
func (r *run) answered(s sent) {
	b, answer := s.batch, s.answer
	b.unanswered = cmp.Or(s.unanswered, b.unanswered)
	switch {
	case s.panicked != nil:
		panic(s.panicked) // as Purge does, where the caller can recover
	case s.err == nil:
		_ = r.settle(b, StatePurged, nil)
	case s.result != nil && s.result.Status == StatusComplete:
		b.partial = s.err
		r.reject(b, s.err, slices.ContainsFunc(s.result.Failures, Failure.readable))
	case s.result != nil:
		r.refuse(b, StateUnknown, s.err)
	case s.stops:
		r.stop(b, s.call)
	case answer == nil || !answer.refused():
		r.refuse(b, StateNotAttempted, s.err)
	case answer.StatusCode == http.StatusBadRequest && (answer.Category == "VALIDATION_ERROR" || answer.Category == "" && answer.truncated):
		r.reject(b, s.err, answer.Category != "")
	default:
		b.pair.refused = s.err
		r.refuse(b, StateFailed, s.err)
	}
	r.release(b, s.err == nil)
}

// reject splits a batch that has a bad input, or settles a single limit. own reports
// that the answer refuses the input of its request.
func (r *run) reject(b *batch, err error, own bool) {
	if len(b.limits) > 1 {
		r.split(b)
		return
	}
	if own {
		b.partial = nil // HubSpot does not accept it, so no earlier request lifted it
	}
	r.refuse(b, StateFailed, err)
}

// split queues the first half of b. The other one waits for its answer.
func (r *run) split(b *batch) {
	half := len(b.limits) / 2
	first, second := *b, batch{pair: b.pair, limits: b.limits[half:], unanswered: b.unanswered, partial: b.partial}
	first.limits, first.rest, first.half = b.limits[:half], nil, &second
	r.queue = append(r.queue, &first)
}

// stop lets nothing new be sent, and ends all waits. Requests under way are let
// finish.
func (r *run) stop(b *batch, c call) {
	if r.stopped != nil && errors.As(c.err, new(*endedError)) { // its wait was ended for another batch's reason
		r.skip(b, StateNotAttempted, r.stopped)
		return
	}
	reason := fmt.Errorf("the run stopped: %w", c.err)
	r.stopped = cmp.Or(r.stopped, reason)
	r.stopWaits()
	r.refuse(b, StateNotAttempted, reason)
}

// refuse settles a batch for a reason of its own.
func (r *run) refuse(b *batch, s State, err error) {
	r.causes = append(r.causes, r.settle(b, s, err))
}

// skip settles a batch for another one's reason, which is among the causes.
func (r *run) skip(b *batch, s State, reason error) {
	if err := r.settle(b, s, reason); errors.Is(err, ErrOutcomeUnknown) {
		r.causes = append(r.causes, err)
	}
}

// release queues what waited for the answer to b. If one half was accepted and the
// whole was not, the other half has a bad input, and is not sent as a whole.
func (r *run) release(b *batch, accepted bool) {
	for rest := range slices.Chunk(b.rest, r.c.batchSize) {
		r.queue = append(r.queue, &batch{pair: b.pair, limits: rest})
	}
	switch {
	case b.half == nil:
	case accepted && len(b.half.limits) > 1:
		r.split(b.half)
	default:
		r.queue = append(r.queue, b.half)
	}
}

// settle gives the limits of b, and their copies, their outcome, and returns its
// error. What may have been lifted is unknown, unless it was purged.
func (r *run) settle(b *batch, s State, err error) error {
	if earlier := cmp.Or(b.unanswered, b.partial); s != StatePurged && earlier != nil {
		if s = StateUnknown; !errors.Is(err, earlier) {
			err = fmt.Errorf("an earlier request with it: %w; then: %w", earlier, err)
		}
	}
	if s == StateUnknown {
		err = unknown(err)
	}
	for _, i := range b.limits {
		r.set(i, s, err)
		for _, copied := range r.copies[i] {
			r.set(copied, s, err)
		}
	}
	return err
}

func (r *run) set(i int32, s State, err error) {
	o := &r.report.Outcomes[i]
	o.State, o.Err = s, err
	if r.progress != nil {
		r.progress(*o)
	}
}
