package client

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/deea8dec/hubspot-limits/gen"
)

// A verdict is what a call came to.
type verdict struct {
	result *Result
	answer *Error // what err is, if it is an answer
	err    error
	last   error // the last attempt's
	doubt  bool  // some attempt may have taken effect, and no readable 2xx came
	stop   bool  // as things stand, no other call of the account would fare better
}

// told is the error that a caller gets.
func (v verdict) told() error {
	if v.doubt {
		return unknown(v.err)
	}
	return v.err
}

func unknown(err error) error { return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err) }

// send makes attempts until one of them settles the call, or no other may follow.
// All its waits end with wait, a request under way only with ctx, which ends no
// sooner.
func (c *Client) send(ctx, wait context.Context, from, to ObjectType, body gen.BatchInput) verdict {
	var v verdict
	for n := 1; ; n++ {
		if err := c.admit(wait); err != nil {
			return verdict{err: after(err, v.last), last: v.last, doubt: v.doubt, stop: true}
		}
		o := c.attempt(ctx, wait, from, to, body)
		o.count(n)
		if o.result != nil {
			c.log.attempt(ctx, n, o, 0)
			return verdict{result: o.result, err: o.err}
		}
		pause, fits, again := c.policy.next(wait, n, o)
		v = verdict{answer: o.answer, err: o.err, last: o.err, doubt: v.doubt || o.doubt}
		v.stop = !o.tried || o.stops(fits)
		c.cool(o.answer)
		c.log.attempt(ctx, n, o, pause)
		if !again {
			return v
		}
		c.log.retry(ctx, n, o, pause)
		if err := sleep(wait, pause); err != nil {
			return verdict{err: after(err, v.last), last: v.last, doubt: v.doubt, stop: true}
		}
	}
}

// stops reports whether an answer concerns the account, not the request: a 401, or
// a 429 or 477 that another attempt would not fit behind.
func (o outcome) stops(fits bool) bool {
	if o.answer == nil {
		return false
	}
	switch o.answer.StatusCode {
	case http.StatusUnauthorized:
		return true
	case http.StatusTooManyRequests, statusMigrating:
		return !fits
	}
	return false
}

// after is the error that ended a call, with the last answer before it.
func after(err, last error) error {
	if last == nil {
		return err
	}
	return fmt.Errorf("%w, after %w", err, last)
}

// tooLate reports whether ctx ends before a wait would.
func tooLate(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ok && wait >= time.Until(deadline)
}

func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for a retry: %w", ended(ctx))
	}
}
