package client

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const lockedWait, firstBackoff = 2 * time.Second, 2 * time.Second

// window is the time for which HubSpot counts requests by a policy. It is 0 for
// DAILY: only the account knows its midnight.
func window(policy string) time.Duration {
	switch strings.ToUpper(policy) {
	case policyDaily:
		return 0
	case "SECONDLY":
		return time.Second
	}
	return 10 * time.Second
}

// A retryPolicy bounds the retries of a call.
type retryPolicy struct {
	maxAttempts int
	maxWait     time.Duration
}

// next returns the wait before a retry after the n-th attempt, and whether a retry
// makes sense.
func (p retryPolicy) next(n int, a *attempt) (wait time.Duration, ok bool) {
	switch code := a.status; {
	case !a.sent, code/100 == 2, errors.As(a.err, new(*endedError)), errors.As(a.err, new(*tls.CertificateVerificationError)):
		return 0, false
	case code == 522, code == 525, code == 526: // this trouble lasts
		return 0, false
	case a.answer == nil, code/100 == 5 && !a.answer.waitGiven:
		return p.backoff(n), true
	case code == http.StatusLocked:
		return max(lockedWait, a.answer.RetryAfter), true
	case code == http.StatusTooManyRequests:
		return a.answer.RetryAfter, !errors.Is(a.answer, ErrDailyLimit)
	case code == statusMigrating, code/100 == 5:
		return a.answer.RetryAfter, a.answer.waitGiven
	}
	return 0, false
}

// backoff returns a random 50-100 % of 2 s, 4 s, 8 s …, and of maxWait at most.
func (p retryPolicy) backoff(n int) time.Duration {
	full := min(firstBackoff<<min(n-1, 20), p.maxWait)
	return full/2 + rand.N(full/2+1) //nolint:gosec // spreads load, guards nothing
}

// fits reports whether a wait is within maxWait and ends before ctx does.
func (p retryPolicy) fits(ctx context.Context, wait time.Duration) bool {
	return wait <= p.maxWait && !tooLate(ctx, wait)
}

// tooLate reports whether ctx ends before a wait would.
func tooLate(ctx context.Context, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ok && wait >= time.Until(deadline)
}

// retryAfter reads the wait that an answer asks for: whole seconds, at most the
// largest Duration, or a date. A date counts from the answer's own Date, since the
// two clocks may differ, and one that has passed is 0. Anything else is not given.
func retryAfter(h http.Header) (wait time.Duration, given bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	seconds, err := strconv.ParseUint(value, 10, 64)
	if tooLarge := errors.Is(err, strconv.ErrRange); err == nil || tooLarge {
		if seconds > uint64(math.MaxInt64/time.Second) {
			return math.MaxInt64, true
		}
		return time.Duration(seconds) * time.Second, true
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return max(date.Sub(now), 0), true
}

// rateLimit reads HubSpot's window: at most limit requests in an interval, of which an
// account has used some. limit is 0 if the headers say no window that can be right.
func rateLimit(h http.Header) (limit int, interval time.Duration, used int) {
	number := func(name string) int {
		if n, err := strconv.Atoi(cmp.Or(h.Get(name), "-1")); err == nil {
			return n
		}
		return -1
	}
	limit, millis := number("X-Hubspot-Ratelimit-Max"), number("X-Hubspot-Ratelimit-Interval-Milliseconds")
	if limit < 1 || limit > 1_000_000 || millis < 1000 || millis > 60_000 {
		return 0, 0, 0
	}
	if remaining := number("X-Hubspot-Ratelimit-Remaining"); remaining >= 0 {
		used = max(0, limit-remaining)
	}
	return limit, time.Duration(millis) * time.Millisecond, used
}

// RetryAfter reports whether the same call may succeed later without a change, and
// the least wait before it, above 0. err is any error of this package, wrapped or
// not. For the error of a run it is the longest wait of any cause. Ask the report's
// Retryable first: it tells whether anything is left to be sent.
//
// The wait is what the answer says. A Retry-After of 0 says nothing. Without one:
//
//   - 423: 2 s at least. A 429: its window. 477: an hour. A daily limit: an hour at
//     least, since the account's midnight is not known.
//   - 5xx, no answer, a 2xx that can't be read, a status of PENDING or PROCESSING, an
//     empty 202, trouble with refreshing or saving a token: a minute.
//   - ok is false for any other refusal (401 and 403 too), CANCELED, errors in a
//     COMPLETE, invalid input, a refused refresh token, an ended context, and errors
//     that are not of this package.
func RetryAfter(err error) (wait time.Duration, ok bool) {
	switch e := err.(type) { //nolint:errorlint // it walks the chain itself
	case interface{ retryAfter() (time.Duration, bool) }:
		return e.retryAfter()
	case interface{ Unwrap() error }:
		return RetryAfter(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, cause := range e.Unwrap() {
			if w, found := RetryAfter(cause); found {
				wait, ok = max(wait, w), true
			}
		}
	}
	return wait, ok
}

func (e *Error) retryAfter() (time.Duration, bool) {
	if e == nil || !e.Retryable() {
		return 0, false
	}
	least := time.Minute
	switch e.StatusCode {
	case http.StatusLocked:
		return max(lockedWait, e.RetryAfter), true
	case http.StatusTooManyRequests:
		if least = window(e.Policy); least == 0 {
			return max(time.Hour, e.RetryAfter), true
		}
	case statusMigrating:
		least = time.Hour
	}
	return cmp.Or(max(e.RetryAfter, 0), least), true
}

func (e *IncompleteError) retryAfter() (time.Duration, bool) {
	if e == nil || e.Result == nil {
		return 0, false
	}
	if r := e.Result; r.Status == StatusPending || r.Status == StatusProcessing || r.StatusCode == http.StatusAccepted && r.Status == "" {
		return time.Minute, true
	}
	return 0, false
}

// after returns the error that ended a call, with the last answer before it, if any. It
// matches both. Whatever came before is not the reason, so err alone has the wait.
func after(err, last error) error {
	if last == nil {
		return err
	}
	wait, _ := RetryAfter(err)
	return &classedError{err.Error() + ", after " + last.Error(), []error{err, last}, wait}
}
