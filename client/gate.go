package client

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// A gate says when the next request of a Client may start, in order of arrival. It
// keeps to HubSpot's window by one rule: a request starts only while those of the
// last interval and those under way are fewer than max. Unless max is a guess, those
// under way count twice: other programs may have as many, which no header shows. A 429
// closes the gate until its window has passed.
type gate struct {
	limiter RateLimiter // nil without one
	maxWait time.Duration
	turn    chan struct{} // holds the call that is next; the others wait in order of arrival
	changed chan struct{} // tells it to look again

	mu          sync.Mutex
	closedUntil time.Time
	closedBy    *Error // a copy, with 0 attempts: the call that got it goes on writing to its own
	max         int    // 0: not known
	interval    time.Duration
	guessUntil  time.Time   // when a max that is a guess is forgotten, or zero
	used        []time.Time // when requests were answered, oldest first; those of other programs too
	underway    int
}

func newGate(limiter RateLimiter, maxWait time.Duration) *gate {
	return &gate{limiter: limiter, maxWait: maxWait, turn: make(chan struct{}, 1), changed: make(chan struct{}, 1), interval: window("")}
}

// enter returns when a request may start. It returns at once if ctx is known to end
// before the next place is free. After nil, leave has to be called.
func (g *gate) enter(ctx context.Context) error {
	first := g.limiter == nil && len(g.turn) == 0
	if wait, err := g.look(ctx, first); err != nil || first && wait == 0 {
		return err
	}
	select {
	case g.turn <- struct{}{}:
		defer func() { <-g.turn }()
	case <-ctx.Done():
	}
	for permitted := g.limiter == nil; ; {
		switch wait, err := g.look(ctx, permitted); {
		case err != nil, permitted && wait == 0:
			return err
		case wait > 0:
			select {
			case <-g.changed:
			case <-time.After(wait):
			case <-ctx.Done():
			}
		default:
			if err := g.limiter.Wait(ctx); err != nil {
				return limiterError(ctx, err)
			}
			permitted = true // the gate may have closed meanwhile
		}
	}
}

// look returns how long the next request has to wait. With take it takes a place that
// is free. It is an error if ctx has ended, or ends before that wait does.
func (g *gate) look(ctx context.Context, take bool) (wait time.Duration, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var held error // for a call that can't wait so long
	now := time.Now()
	g.forget(now)
	over := len(g.used) + g.underway - g.max // from 0 on, the window is full
	switch closed := g.closedUntil.Sub(now); {
	case closed > 0:
		answer := *g.closedBy
		answer.RetryAfter -= min(answer.RetryAfter, g.maxWait) - closed // what is left of it
		wait, held = closed, fmt.Errorf("held back by the answer to another call: %w", &answer)
	case g.max == 0, over+g.underway < 0, over < 0 && !g.guessUntil.IsZero(): // a place is free
	case max(over, 0) >= len(g.used):
		wait = time.Second // or until an answer comes
	case over < 0:
		wait = g.used[0].Add(g.interval).Sub(now) // or until an answer comes
	default:
		wait = g.used[over].Add(g.interval).Sub(now)
		held = &classedError{fmt.Sprintf("held back: HubSpot takes %d requests in %v", g.max, g.interval), []error{ErrRateLimited}, wait}
	}
	switch {
	case ctx.Err() != nil:
		return 0, after(ended(ctx), held)
	case held != nil && tooLate(ctx, wait):
		return 0, held
	case take && wait == 0:
		g.underway++
	}
	return wait, nil
}

// leave takes in what came of a request that had a place. From the headers of an
// answer it learns max, the interval, and how many requests were other programs'.
// Without usable headers a 429 gives a guess of max, which rises with what passes
// later.
func (g *gate) leave(a *attempt) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now, limited := time.Now(), a.status == http.StatusTooManyRequests && window(a.answer.Policy) > 0
	g.underway--
	g.forget(now)
	if limited {
		if until := now.Add(min(a.answer.RetryAfter, g.maxWait)); until.After(g.closedUntil) {
			g.closedUntil, g.closedBy = until, new(*a.answer)
		}
	} else if a.status > 0 || a.unknown { // HubSpot may have counted it
		g.used = append(g.used, now)
	}
	limit, interval, used := rateLimit(a.header)
	switch {
	case limit > 0:
		g.max, g.interval, g.guessUntil = limit, interval, time.Time{}
		// What is not ours is other programs'.
		g.used = append(g.used, slices.Repeat([]time.Time{now}, max(0, used-len(g.used)-g.underway))...)
	case limited && (g.max == 0 || !g.guessUntil.IsZero()): // other headers say more than a 429
		window := window(a.answer.Policy)
		old := slices.IndexFunc(g.used, func(t time.Time) bool { return now.Sub(t) < window })
		if n := len(g.used) - old; old >= 0 && n >= 20 { // HubSpot documents no window below 100
			g.max, g.interval, g.guessUntil = n, window, now.Add(10*window)
		}
	case !g.guessUntil.IsZero():
		g.max = max(g.max, len(g.used))
	}
	if len(g.changed) == 0 {
		g.changed <- struct{}{}
	}
}

// forget drops requests that have left the window, and a guess after ten windows.
func (g *gate) forget(now time.Time) {
	if !g.guessUntil.IsZero() && now.After(g.guessUntil) {
		g.max, g.interval, g.guessUntil = 0, window(""), time.Time{}
	}
	for n := len(g.used); n > max(g.max, 1000) || n > 0 && now.Sub(g.used[0]) >= g.interval; n-- {
		g.used = g.used[1:] // without a max, 1,000 are enough for a guess
	}
}

// limiterError is the error of a call that the caller's limiter refused.
func limiterError(ctx context.Context, err error) error {
	if _, bounded := ctx.Deadline(); bounded && ctx.Err() == nil {
		// It looked ahead. The error that x/time has for this is a text only.
		err = fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return fmt.Errorf("rate limiter: %w", ifEnded(ctx, err))
}
