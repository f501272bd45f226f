package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
)

// BulkOptions are the options of one run of PurgeLimits. nil means the defaults.
type BulkOptions struct {
	// Concurrency is the most requests of the run under way at once. 0 means 4. Less
	// is refused.
	Concurrency int
	// Progress, if not nil, is called for each limit given, duplicates too, as soon as
	// its outcome is known. It runs on the goroutine that called PurgeLimits, so the
	// run waits for it. If it panics or ends the goroutine, the requests under way are
	// cancelled, and nothing of the run goes on.
	Progress func(Outcome)
}

// PurgeLimits lifts any number of limits, of any pairs of object types, and says
// what became of each. It groups them by pair, cuts each group into batches
// (WithBatchSize), and sends several batches at once, each as Purge would, with the
// same retries.
//
//   - If HubSpot rejects a batch for an input, PurgeLimits splits it to find the bad
//     input. The other limits of the batch are purged.
//   - Any other refusal (403, an unknown object type) is the pair's: its limits fail,
//     and the other pairs go on. The first batch of a pair is sent alone, so that such
//     a refusal costs one request.
//   - Some refusals concern the whole account: 401, a daily limit, a 429 or 477 with a
//     wait that does not fit. They stop the run, as do a token source or rate limiter
//     that fails, and an ended context. Then nothing new is sent. Requests under way
//     are let finish, unless the context has ended.
//   - A COMPLETE with errors is split too. Any other 2xx that does not say that all is
//     done makes its limits unknown. They are not sent again in this run.
//
// Equal limits are sent once. A name and an ID of one object type count as two pairs.
//
// The Report is never nil. The error is nil only if every limit is purged, and for an
// empty list. It says the counts and the distinct causes. errors.Is and errors.As look
// into all of them: one for each batch that was refused or has an unknown outcome.
func (c *Client) PurgeLimits(ctx context.Context, limits []Limit, opts *BulkOptions) (*Report, error) {
	if opts == nil {
		opts = new(BulkOptions)
	}
	r := &run{c: c, report: &Report{Outcomes: make([]Outcome, len(limits))}, progress: opts.Progress, copies: map[int32][]int32{}}
	err := c.usable(ctx)
	if err == nil && opts.Concurrency < 0 {
		err = fmt.Errorf("%w: concurrency below 0", ErrInvalidInput)
	}
	if err != nil {
		r.causes = []error{err}
		for i, limit := range limits {
			r.report.Outcomes[i].Limit = limit
			r.set(int32(i), StateNotAttempted, err)
		}
		return r.report, r.error()
	}
	r.plan(limits)
	r.work(ctx, min(cmp.Or(opts.Concurrency, 4), max(len(limits), 1)))
	return r.report, r.error()
}

func (r *run) error() error {
	if len(r.causes) == 0 {
		return nil
	}
	return &reportError{"purge association limits: " + r.report.String(), r.causes}
}

// plan groups limits by pair, settles what Purge would refuse, and queues the first
// batch of each pair.
func (r *run) plan(limits []Limit) {
	var pairs []*pair
	known := map[[2]ObjectType]*pair{}
	p := new(pair) // of the limit before
	pairOf := func(l *Limit) *pair {
		if p.from != l.From || p.to != l.To || p.size == 0 {
			key := [2]ObjectType{l.From, l.To}
			if p = known[key]; p == nil {
				p = &pair{from: l.From, to: l.To, refused: validatePair(l.From, l.To)}
				pairs, known[key] = append(pairs, p), p
			}
		}
		return p
	}
	for i := range limits {
		pairOf(&limits[i]).size++
	}
	for i := range limits {
		l, p := &limits[i], pairOf(&limits[i])
		r.report.Outcomes[i].Limit = *l
		if err := cmp.Or(p.refused, l.Type.validate()); err != nil {
			r.set(int32(i), StateFailed, err)
			if n := len(r.causes); n == 0 || !errors.Is(r.causes[n-1], err) { // one for the limits of a pair
				r.causes = append(r.causes, err)
			}
			continue
		}
		p.add(int32(i), l.Type.TypeID)
	}
	for _, p := range pairs {
		if p.unsorted {
			r.dropCopies(p)
		}
		if len(p.limits) > 0 {
			first := min(len(p.limits), r.c.batchSize)
			r.queue = append(r.queue, &batch{pair: p, limits: p.limits[:first], rest: p.limits[first:]})
		}
	}
}

// A pair is one direction between two object types.
type pair struct {
	from, to ObjectType
	refused  error   // why nothing more is sent for it
	size     int     // the number of its limits, duplicates too
	limits   []int32 // by their place in the report
	highest  int32   // the last typeId
	unsorted bool    // the typeIds don't rise, so there may be duplicates
}

func (p *pair) add(i, typeID int32) {
	if p.limits == nil {
		p.limits = make([]int32, 0, p.size)
	}
	p.limits = append(p.limits, i)
	p.unsorted = p.unsorted || typeID <= p.highest
	p.highest = typeID
}

// dropCopies keeps the first of equal limits, and notes the others as its copies.
func (r *run) dropCopies(p *pair) {
	firsts := make(map[AssociationType]int32, len(p.limits))
	p.limits = slices.DeleteFunc(p.limits, func(i int32) bool {
		first, found := firsts[r.report.Outcomes[i].Limit.Type]
		if found {
			r.copies[first] = append(r.copies[first], i)
		} else {
			firsts[r.report.Outcomes[i].Limit.Type] = i
		}
		return found
	})
}
