package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// A RateLimiter paces requests: *rate.Limiter of golang.org/x/time/rate is one.
// Wait returns when a request may be sent, or with an error when none will be. It
// must heed ctx and be safe for concurrent use.
type RateLimiter interface {
	Wait(ctx context.Context) error
}

// A cooldown holds a Client's calls while a window that HubSpot named is over its
// limit: every request until then would be refused, and counted.
type cooldown struct {
	mu    sync.Mutex
	until time.Time
	cause *Error
}

// cool starts the cool-down that an answer, if it is one, asks for.
func (c *Client) cool(answer *Error) {
	if answer == nil || !errors.Is(answer, ErrRateLimited) || errors.Is(answer, ErrDailyLimit) {
		return
	}
	until := time.Now().Add(min(answer.RetryAfter, c.policy.maxWait))
	c.cooling.mu.Lock()
	defer c.cooling.mu.Unlock()
	if until.After(c.cooling.until) {
		c.cooling.until, c.cooling.cause = until, answer
	}
}

// admit returns when an attempt may start: not during a cool-down, and when the
// caller's rate limiter says so. Nothing is sent if it returns an error.
func (c *Client) admit(ctx context.Context) error {
	if err := c.hold(ctx); err != nil || c.limiter == nil {
		return err
	}
	if err := c.limiter.Wait(ctx); err != nil {
		if _, bounded := ctx.Deadline(); bounded && ctx.Err() == nil {
			// It looked ahead: x/time's error for that is one of text only.
			return fmt.Errorf("rate limiter: %w: %w", context.DeadlineExceeded, err)
		}
		return fmt.Errorf("rate limiter: %w", contextual(ctx, err))
	}
	return c.hold(ctx) // another cool-down may have begun meanwhile
}

// hold waits for the end of the cool-down, or returns at once if ctx ends sooner.
func (c *Client) hold(ctx context.Context) error {
	for {
		if ctx.Err() != nil {
			return ended(ctx)
		}
		c.cooling.mu.Lock()
		wait, cause := time.Until(c.cooling.until), c.cooling.cause
		c.cooling.mu.Unlock()
		if wait <= 0 {
			return nil
		}
		held := *cause
		held.RetryAfter, held.Attempts = wait, 0
		if tooLate(ctx, wait) {
			return fmt.Errorf("held back, as another call was refused: %w", &held)
		}
		if err := sleep(ctx, wait); err != nil {
			return fmt.Errorf("%w, as another call was refused: %w", err, &held)
		}
	}
}
