package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// A RateLimiter paces requests: *rate.Limiter of golang.org/x/time/rate is one.
// Wait returns when a request may be sent, or with an error if none may be sent. It
// must return when ctx ends, and be safe for concurrent use.
type RateLimiter interface {
	Wait(ctx context.Context) error
}

// A gate says when the next request of a Client may start. A 429 closes it until
// HubSpot's window has passed: a request before that would be refused, and counted.
type gate struct {
	limiter RateLimiter // nil without one
	maxWait time.Duration

	mu          sync.Mutex
	closedUntil time.Time
	closedBy    *Error
}

// enter returns when a request may start. Nothing may be sent after an error.
func (g *gate) enter(ctx context.Context) error {
	if err := g.pass(ctx); err != nil || g.limiter == nil {
		return err
	}
	if err := g.limiter.Wait(ctx); err != nil {
		if _, bounded := ctx.Deadline(); bounded && ctx.Err() == nil {
			// It looked ahead. The error that x/time has for this is a text only.
			return fmt.Errorf("rate limiter: %w: %w", context.DeadlineExceeded, err)
		}
		return fmt.Errorf("rate limiter: %w", ifEnded(ctx, err))
	}
	return g.pass(ctx) // the gate may have closed meanwhile
}

// pass waits until the gate is open. It returns at once if ctx ends before that.
func (g *gate) pass(ctx context.Context) error {
	for {
		if ctx.Err() != nil {
			return ended(ctx)
		}
		g.mu.Lock()
		wait, closedBy := time.Until(g.closedUntil), g.closedBy
		g.mu.Unlock()
		if wait <= 0 {
			return nil
		}
		held := *closedBy
		held.RetryAfter, held.Attempts = wait, 0
		if tooLate(ctx, wait) {
			return fmt.Errorf("held back by the answer to another call: %w", &held)
		}
		if err := sleep(ctx, wait); err != nil {
			return after(err, &held)
		}
	}
}

// answered takes in an answer outside 2xx, or nil for any other end of a request.
func (g *gate) answered(answer *Error) {
	if answer == nil || answer.StatusCode != http.StatusTooManyRequests || errors.Is(answer, ErrDailyLimit) {
		return
	}
	until := time.Now().Add(min(answer.RetryAfter, g.maxWait))
	g.mu.Lock()
	defer g.mu.Unlock()
	if until.After(g.closedUntil) {
		g.closedUntil, g.closedBy = until, answer
	}
}

func sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ended(ctx)
	}
}
