package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// A RateLimiter paces requests: *rate.Limiter of golang.org/x/time/rate is one.
// Wait returns when a request may be sent, or with an error if none may be sent. It
// must return when ctx ends. A Client calls it for one request at a time, in the
// order in which its calls arrived.
type RateLimiter interface {
	Wait(ctx context.Context) error
}

// A gate says when the next request of a Client may start, in order of arrival. It
// keeps to HubSpot's window by one rule: a request starts only while those of the
// last interval and those under way are fewer than max. While other programs use the
// window too, those under way count twice, since as many of theirs may be. A 429
// closes the gate until its window has passed.
type gate struct {
	limiter RateLimiter // nil without one
	maxWait time.Duration

	turn    chan struct{} // holds the call that is next; the others wait in order of arrival
	changed chan struct{} // tells it to look again

	mu          sync.Mutex
	closedUntil time.Time
	closedBy    *Error // a copy: the call that got it goes on writing to its own
	max         int    // 0: not known
	interval    time.Duration
	guessUntil  time.Time   // when a max that is a guess is forgotten, or zero
	used        []time.Time // when requests were answered, oldest first; those of other programs too
	underway    int
	sharedUntil time.Time // other programs use the window too
}

func newGate(limiter RateLimiter, maxWait time.Duration) *gate {
	return &gate{limiter: limiter, maxWait: maxWait, turn: make(chan struct{}, 1), changed: make(chan struct{}, 1), interval: window("")}
}

// enter returns when a request may start. It returns at once if ctx ends before that
// is known to come. After nil, leave has to be called.
func (g *gate) enter(ctx context.Context) error {
	first := g.limiter == nil && len(g.turn) == 0 && ctx.Err() == nil
	switch wait := g.look(first); {
	case first && wait == 0:
		return nil
	case wait > 0 && tooLate(ctx, wait):
		return g.held(wait)
	}
	select {
	case g.turn <- struct{}{}:
		defer func() { <-g.turn }()
	case <-ctx.Done():
	}
	for permitted := g.limiter == nil; ; {
		take := permitted && ctx.Err() == nil
		wait := g.look(take)
		switch {
		case take && wait == 0:
			return nil
		case ctx.Err() != nil && wait > 0:
			return after(ended(ctx), g.held(wait))
		case ctx.Err() != nil:
			return ended(ctx)
		case wait > 0 && tooLate(ctx, wait):
			return g.held(wait)
		case wait == 0:
			if err := g.permit(ctx); err != nil {
				return err
			}
			permitted = true // the gate may have closed meanwhile
			continue
		case wait < 0:
			wait = time.Hour // or until an answer comes
		}
		select {
		case <-g.changed:
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

// look returns the least time before the next request may start. It is -1 while all
// places belong to requests under way. With take it takes a place that is free.
func (g *gate) look(take bool) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if wait := g.closedUntil.Sub(now); wait > 0 {
		return wait
	}
	g.forget(now)
	underway := g.underway
	if now.Before(g.sharedUntil) {
		underway *= 2
	}
	switch over := len(g.used) + underway - g.max; {
	case g.max == 0, over < 0:
		if take {
			g.underway++
		}
		return 0
	case over < len(g.used):
		return g.used[over].Add(g.interval).Sub(now)
	}
	return -1
}

// permit asks the caller's limiter.
func (g *gate) permit(ctx context.Context) error {
	err := g.limiter.Wait(ctx)
	if _, bounded := ctx.Deadline(); err != nil && bounded && ctx.Err() == nil {
		// It looked ahead. The error that x/time has for this is a text only.
		err = fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	if err != nil {
		return fmt.Errorf("rate limiter: %w", ifEnded(ctx, err))
	}
	return nil
}

// forget drops a guess that is too old, and the requests that have left the window.
func (g *gate) forget(now time.Time) {
	if !g.guessUntil.IsZero() && now.After(g.guessUntil) {
		g.max, g.interval, g.guessUntil = 0, window(""), time.Time{}
	}
	drop := max(0, len(g.used)-max(g.max, 1000)) // without a max, so many are enough for a guess
	for drop < len(g.used) && now.Sub(g.used[drop]) >= g.interval {
		drop++
	}
	g.used = g.used[drop:]
}

// held is the error of a call that can't wait for its place.
func (g *gate) held(wait time.Duration) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Until(g.closedUntil) <= 0 {
		text := fmt.Sprintf("held back: HubSpot takes %d requests in %v", g.max, g.interval)
		return &classedError{text, []error{ErrRateLimited}, max(wait, time.Second)}
	}
	held := *g.closedBy
	held.RetryAfter, held.Attempts = wait, 0
	return fmt.Errorf("held back by the answer to another call: %w", &held)
}

// leave takes in what came of a request that had a place.
func (g *gate) leave(a *attempt) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now, limited := time.Now(), a.status == http.StatusTooManyRequests && !errors.Is(a.answer, ErrDailyLimit)
	g.underway--
	if !limited && (a.status > 0 || a.unknown) { // HubSpot may have counted it
		g.used = append(g.used, now)
	}
	g.forget(now)
	g.learn(a, limited, now)
	if limited {
		if until := now.Add(min(a.answer.RetryAfter, g.maxWait)); until.After(g.closedUntil) {
			closedBy := *a.answer
			g.closedUntil, g.closedBy = until, &closedBy
		}
	}
	select {
	case g.changed <- struct{}{}:
	default:
	}
}

// learn takes max, the interval and the requests of other programs from the headers
// of an answer. Without usable headers a 429 gives a guess of max, which rises with
// what passes later.
func (g *gate) learn(a *attempt, limited bool, now time.Time) {
	limit, _ := headerNumber(a.header, "X-Hubspot-Ratelimit-Max")
	millis, _ := headerNumber(a.header, "X-Hubspot-Ratelimit-Interval-Milliseconds")
	remaining, given := headerNumber(a.header, "X-Hubspot-Ratelimit-Remaining")
	switch {
	case limit >= 1 && limit <= 1_000_000 && millis >= 1000 && millis <= 60_000:
		g.max, g.interval, g.guessUntil = limit, time.Duration(millis)*time.Millisecond, time.Time{}
		if others := limit - remaining - len(g.used) - g.underway; given && remaining >= 0 && others > 0 {
			g.used = append(g.used, slices.Repeat([]time.Time{now}, others)...)
			g.sharedUntil = now.Add(g.interval)
		}
	case g.max > 0 && g.guessUntil.IsZero(): // known from the headers of another answer
	case limited:
		window := window(a.answer.Policy)
		old := slices.IndexFunc(g.used, func(t time.Time) bool { return now.Sub(t) < window })
		if n := len(g.used) - old; old >= 0 && n >= 20 { // HubSpot documents no window below 100
			g.max, g.interval, g.guessUntil = n, window, now.Add(10*window)
		}
	case g.max > 0:
		g.max = max(g.max, len(g.used))
	}
}

// headerNumber reads a header by its canonical name.
func headerNumber(h http.Header, name string) (n int, given bool) {
	if len(h[name]) == 0 { // the usual case; an error of strconv costs more
		return 0, false
	}
	n, err := strconv.Atoi(h[name][0])
	return n, err == nil
}
