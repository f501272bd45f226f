package client

import (
	"context"
	"sync"
)

// A run is one call of PurgeLimits.
type run struct {
	c        *Client
	report   *Report
	progress func(Outcome)
	next     []int32 // of a limit, by its place in the report, its next duplicate, or 0

	telling sync.Mutex // progress is not called twice at once
	causes  []error    // under telling

	mu      sync.Mutex
	change  sync.Cond
	ready   []batch
	working int
	stopped error // why nothing new is sent
	wait    context.Context
	cancel  context.CancelFunc // ends wait
}

// A pair is one direction between two object types.
type pair struct {
	from, to ObjectType
	limits   []int32 // its limits, by their place in the report
	refused  error   // under run.mu
}

// A batch is what one request carries.
type batch struct {
	pair   *pair
	limits []int32
	first  bool // of its pair: the others wait for it
}

func newRun(c *Client, limits []Limit, progress func(Outcome)) *run {
	r := &run{
		c:        c,
		report:   &Report{Outcomes: make([]Outcome, len(limits))},
		progress: progress,
		next:     make([]int32, len(limits)),
	}
	r.change.L = &r.mu
	for i, limit := range limits {
		r.report.Outcomes[i].Limit = limit
	}
	return r
}

// plan chains duplicates, settles what Purge would refuse, and makes the first
// batch of each pair ready.
func (r *run) plan() {
	firsts := make(map[Limit]int32, len(r.next))
	pairs := map[[2]ObjectType]*pair{}
	var order []*pair
	for i := range int32(len(r.next)) { //nolint:gosec // so many limits fit in no memory
		limit := r.report.Outcomes[i].Limit
		if first, ok := firsts[limit]; ok {
			r.next[i], r.next[first] = r.next[first], i
			continue
		}
		firsts[limit] = i
		p := pairs[[2]ObjectType{limit.From, limit.To}]
		if p == nil {
			p = &pair{from: limit.From, to: limit.To}
			pairs[[2]ObjectType{limit.From, limit.To}] = p
			order = append(order, p)
		}
		p.limits = append(p.limits, i)
	}
	for _, p := range order {
		valid := p.limits[:0]
		for _, i := range p.limits {
			if err := r.report.Outcomes[i].Limit.check(); err != nil {
				r.settle([]int32{i}, StateFailed, err, true)
				continue
			}
			valid = append(valid, i)
		}
		if p.limits = valid; len(valid) > 0 {
			r.ready = append(r.ready, batch{p, valid[:min(len(valid), r.c.batchSize)], true})
		}
	}
}

// settle gives limits, and their duplicates, their outcome. A cause stands in the
// run's error, once for all limits that it is the cause of.
func (r *run) settle(limits []int32, s State, err error, cause bool) {
	r.telling.Lock()
	defer r.telling.Unlock()
	if cause && err != nil {
		r.causes = append(r.causes, err)
	}
	for _, i := range limits {
		r.tell(i, s, err)
		for d := r.next[i]; d != 0; d = r.next[d] {
			r.tell(d, s, err)
		}
	}
}

func (r *run) tell(i int32, s State, err error) {
	o := &r.report.Outcomes[i]
	o.State, o.Err = s, err
	if r.progress != nil {
		r.progress(*o)
	}
}
