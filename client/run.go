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

// A job is a batch for a worker to send, and what came of it.
type job struct {
	batch  *batch
	inputs []gen.AssociationSpec // of the batch; the next job uses the memory again
	result *Result
	call
	panicked any // what the transport or the limiter panicked with
}

// work sends what is in the queue, and what comes into it, with most workers, until
// it is empty.
func (r *run) work(ctx context.Context, most int) {
	ctx, cancel := context.WithCancel(ctx)
	var wait context.Context
	wait, r.stopWaits = context.WithCancel(ctx)
	jobs, answers := make(chan *job, most), make(chan *job, most)
	var wg sync.WaitGroup
	defer wg.Wait() // also if progress ends this goroutine
	defer close(jobs)
	defer cancel()
	workers, last := 0, new(job)
	for underway := 0; ; underway-- {
		for ; underway < most; underway++ {
			b := r.next()
			if b == nil {
				break
			}
			if workers == underway {
				wg.Go(func() { r.c.sendJobs(ctx, wait, &wg, jobs, answers) })
				workers++
			}
			jobs <- &job{batch: b, inputs: r.inputs(b, last.inputs)}
			last.inputs = nil
		}
		if underway == 0 {
			return
		}
		last = <-answers
		r.answered(last)
	}
}

// sendJobs sends batches. It answers each job, also if a transport ends the goroutine
// or panics: nobody could recover from a panic here. Another goroutine goes on then.
func (c *Client) sendJobs(ctx, wait context.Context, wg *sync.WaitGroup, jobs <-chan *job, answers chan<- *job) {
	ended := errors.New("the transport or the rate limiter ended its goroutine")
	var j *job
	defer func() {
		if j != nil {
			j.panicked = recover()
			answers <- j
			wg.Go(func() { c.sendJobs(ctx, wait, wg, jobs, answers) })
		}
	}()
	for j = range jobs {
		j.call = call{err: ended, last: ended, unanswered: ended}
		j.result, j.call = c.sendBatch(ctx, wait, j.batch.pair.from, j.batch.pair.to, gen.BatchInput{Inputs: j.inputs})
		answers <- j
		j = nil
	}
}

// inputs returns the body of a request for b, whose limits are valid and differ. It
// writes over list.
func (r *run) inputs(b *batch, list []gen.AssociationSpec) []gen.AssociationSpec {
	list = slices.Grow(list[:0], len(b.limits))
	for _, i := range b.limits {
		list = append(list, r.report.Outcomes[i].Limit.Type.spec())
	}
	return list
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
func (r *run) answered(j *job) {
	b, answer := j.batch, j.answer
	b.unanswered = cmp.Or(j.unanswered, b.unanswered)
	switch {
	case j.panicked != nil:
		panic(j.panicked) // as Purge does, where the caller can recover
	case j.err == nil:
		_ = r.settle(b, StatePurged, nil)
	case j.result != nil && j.result.Status == StatusComplete:
		b.partial = j.err
		r.reject(b, j.err, slices.ContainsFunc(j.result.Failures, Failure.readable))
	case j.result != nil:
		r.refuse(b, StateUnknown, j.err)
	case j.stops:
		r.stop(b, j.call)
	case answer == nil || !answer.refused():
		r.refuse(b, StateNotAttempted, j.err)
	case answer.StatusCode == http.StatusBadRequest && (answer.Category == "VALIDATION_ERROR" || answer.Category == "" && answer.truncated):
		r.reject(b, j.err, answer.Category != "")
	default:
		b.pair.refused = j.err
		r.refuse(b, StateFailed, j.err)
	}
	r.release(b, j.err == nil)
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
