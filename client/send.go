package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// A call is what came of a request and its retries.
type call struct {
	attempts   int    // that were sent
	answer     *Error // the last attempt's, if it was answered outside 2xx
	err        error  // nil if the operation is done
	last       error  // the last attempt's own error
	unanswered error  // of an attempt that may have taken effect, unless a later one was answered as done
	stops      bool   // another call of the account would end the same way now
}

// error returns what a caller gets.
func (c call) error() error {
	switch {
	case c.unanswered == nil:
		return c.err
	case errors.Is(c.last, c.unanswered):
		return unknown(c.err)
	}
	return unknown(after(c.err, c.unanswered))
}

// A sender makes attempts until one of them settles the call, or no other may follow.
type sender struct {
	// try makes one attempt. The waits before it end with wait, the request with ctx.
	try        func(ctx, wait context.Context, req request) *attempt
	invalidate func(accessToken string) bool // see source; nil if requests have no access token
	retry      retryPolicy
	log        logger
}

// send sends req, with retries. Its waits end with wait, a request under way only
// with ctx, which ends no sooner.
func (s *sender) send(ctx, wait context.Context, req request) call {
	var c call
	budget := s.retry.maxAttempts
	for n := 1; ; n++ {
		a := s.try(ctx, wait, req)
		pause, again := s.retry.next(n, a)
		c.add(a)
		if a.status == http.StatusUnauthorized && budget == s.retry.maxAttempts && s.invalidate != nil && s.invalidate(a.token) {
			budget, again = budget+1, true // once, with a new token
			c.last = nil                   // no reason for what comes now
		}
		fits := again && s.retry.fits(wait, pause)
		switch a.status { // what concerns the account, not the request
		case http.StatusUnauthorized:
			c.stops = true
		case http.StatusTooManyRequests, statusMigrating:
			c.stops = !fits
		default:
			c.stops = !a.sent || ctx.Err() != nil
		}
		retry := fits && n < budget
		s.log.attempt(ctx, req, n, a, pause, retry)
		if again && !fits && n < budget {
			c.err = fmt.Errorf("%w: no retry, since a wait of %v is too long", c.err, pause)
		}
		if !retry {
			return c
		}
		if err := sleep(wait, pause); err != nil {
			c.err, c.stops = after(err, c.last), true
			return c
		}
	}
}

func sleep(ctx context.Context, wait time.Duration) error {
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return ended(ctx)
	}
}

// add takes in an attempt.
func (c *call) add(a *attempt) {
	if !a.sent {
		c.err = after(a.err, c.last)
		return
	}
	c.attempts++
	c.answer, c.err, c.last = a.answer, a.err, a.err
	switch {
	case a.unknown:
		c.unanswered = a.err
	case a.err == nil:
		c.unanswered = nil
	}
	if a.answer != nil {
		a.answer.Attempts = c.attempts
	}
}

// A logger writes a line for each attempt and each retry.
type logger struct{ *slog.Logger }

// attempt logs the n-th attempt at debug, and a retry that follows it at info.
func (l logger) attempt(ctx context.Context, req request, n int, a *attempt, wait time.Duration, retry bool) {
	if l.Logger == nil {
		return
	}
	attrs := []slog.Attr{slog.Int("attempt", n), slog.Duration("wait", wait)}
	if req.from != "" {
		attrs = append(attrs, slog.String("from", string(req.from)), slog.String("to", string(req.to)), slog.Int("inputs", req.inputs))
	}
	if a.status > 0 {
		attrs = append(attrs, slog.Int("status", a.status), slog.String("correlation_id", a.correlationID))
	}
	if a.answer != nil && a.answer.Policy != "" {
		attrs = append(attrs, slog.String("policy", a.answer.Policy))
	}
	if a.err != nil {
		attrs = append(attrs, slog.String("error", a.err.Error()))
	}
	l.LogAttrs(ctx, slog.LevelDebug, req.name+" attempt", attrs...)
	if retry {
		l.LogAttrs(ctx, slog.LevelInfo, req.name+" retry", attrs...)
	}
}
