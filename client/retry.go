package client

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// The waits of the policy.
const (
	windowTenSecondly = 10 * time.Second
	windowSecondly    = time.Second
	lockedWait        = 2 * time.Second
	firstBackoff      = 2 * time.Second
)

// backoff, as a wait, leaves it to the number of the attempt.
const backoff time.Duration = -1

// window is how long a 429 of the policy holds, 0 when nobody can know.
func window(policy string) time.Duration {
	switch strings.ToUpper(policy) {
	case policyDaily: // until midnight, in a time zone that only the account knows
		return 0
	case "SECONDLY":
		return windowSecondly
	}
	return windowTenSecondly
}

// next is the table: whether an answer is worth another attempt, and after what wait.
func (e *Error) next() (wait time.Duration, again bool) {
	switch code := e.StatusCode; {
	case code == http.StatusLocked:
		return max(lockedWait, e.RetryAfter), true
	case code == http.StatusTooManyRequests:
		return e.RetryAfter, !errors.Is(e, ErrDailyLimit)
	case code == statusMigrating:
		return e.RetryAfter, e.waitGiven
	case code == 522, code == 525, code == 526: // connection and TLS trouble at the edge lasts
		return 0, false
	case code >= 500 && e.waitGiven:
		return e.RetryAfter, true
	case code >= 500:
		return backoff, true
	}
	return 0, false
}

// statusMigrating is HubSpot's answer while it moves the account elsewhere.
const statusMigrating = 477

// next tells the same of any attempt that brought no readable 2xx.
func (o outcome) next(ctx context.Context) (wait time.Duration, again bool) {
	certificate := new(tls.CertificateVerificationError)
	switch {
	case o.answer != nil:
		return o.answer.next()
	case !o.tried, o.answered, ctx.Err() != nil, errors.As(o.err, &certificate):
		return 0, false
	}
	return backoff, true
}

// A policy bounds what the table asks for.
type policy struct {
	maxAttempts int
	maxWait     time.Duration
}

var defaultPolicy = policy{maxAttempts: 4, maxWait: 30 * time.Second}

// next tells whether another attempt fits what the table and the time allow, and
// again, whether it follows the n-th. The wait is told even where it does not fit.
func (p policy) next(ctx context.Context, n int, o outcome) (wait time.Duration, fits, again bool) {
	wait, fits = o.next(ctx)
	if wait == backoff {
		whole := min(firstBackoff<<min(n-1, 20), p.maxWait)
		wait = whole/2 + rand.N(whole/2+1) //nolint:gosec // spreads load, guards nothing
	}
	fits = fits && wait <= p.maxWait && !tooLate(ctx, wait)
	return wait, fits, fits && n < p.maxAttempts
}
