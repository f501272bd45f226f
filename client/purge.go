package client

import (
	"context"
	"fmt"
)

// Purge lifts the limits of types for associations from one object type to
// another, in that direction only. It removes no record, no association, no label
// and no association type. Duplicates are sent once. A type without a limit is no
// error, as far as anybody has seen; HubSpot does not say.
//
// The error is nil exactly when HubSpot said that all is done. Else it is, or
// wraps, one of these:
//
//   - ErrInvalidInput: nothing was sent. No types, more than the batch size
//     (WithBatchSize), an empty category, a typeId below 1, an object type with
//     anything but ASCII letters, digits, "_" and "-".
//   - *IncompleteError: a 2xx answer with errors, or with a status other than
//     COMPLETE. The Result is returned as well.
//   - *Error: an answer outside 2xx. It matches ErrUnauthorized, ErrForbidden,
//     ErrRateLimited or ErrDailyLimit by its status.
//   - ErrOutcomeUnknown, beside its cause: some attempt may have lifted the limits,
//     and none was answered with a readable 2xx.
//   - the error of the context, the token source or the rate limiter: nothing took
//     effect, unless the error matches ErrOutcomeUnknown. When the context ends a
//     wait, the error matches the last answer's as well.
//
// The package documentation says which answers are followed by another attempt.
func (c *Client) Purge(ctx context.Context, from, to ObjectType, types ...AssociationType) (*Result, error) {
	result, err := c.purge(ctx, from, to, types)
	if err != nil {
		return result, fmt.Errorf("purge association limits: %w", err)
	}
	return result, nil
}

func (c *Client) purge(ctx context.Context, from, to ObjectType, types []AssociationType) (*Result, error) {
	if err := c.usable(ctx); err != nil {
		return nil, err
	}
	body, err := newRequest(from, to, types, c.batchSize)
	if err != nil {
		return nil, err
	}
	v := c.send(ctx, ctx, from, to, body)
	return v.result, v.told()
}

// usable refuses a Client or a context that would panic.
func (c *Client) usable(ctx context.Context) error {
	if c == nil || c.api == nil {
		return fmt.Errorf("%w: the Client was not made by New", ErrInvalidInput)
	}
	if ctx == nil {
		return fmt.Errorf("%w: nil context", ErrInvalidInput)
	}
	return nil
}
