package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/deea8dec/hubspot-limits/gen"
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
//   - ErrOutcomeUnknown, beside its cause: the limits may have been lifted.
//   - the error of the context or of the token source: nothing was sent, unless
//     it matches ErrOutcomeUnknown.
func (c *Client) Purge(ctx context.Context, from, to ObjectType, types ...AssociationType) (*Result, error) {
	result, err := c.purge(ctx, from, to, types)
	if err != nil {
		return result, fmt.Errorf("purge association limits: %w", err)
	}
	return result, nil
}

func (c *Client) purge(ctx context.Context, from, to ObjectType, types []AssociationType) (*Result, error) {
	if c == nil || c.api == nil {
		return nil, fmt.Errorf("%w: the Client was not made by New", ErrInvalidInput)
	}
	if ctx == nil {
		return nil, fmt.Errorf("%w: nil context", ErrInvalidInput)
	}
	body, err := newRequest(from, to, types, c.batchSize)
	if err != nil {
		return nil, err
	}
	return c.attempt(ctx, from, to, body)
}

// attempt sends one request and reads its answer.
func (c *Client) attempt(ctx context.Context, from, to ObjectType, body gen.BatchInput) (*Result, error) {
	var token string
	sent := false
	prepare := func(ctx context.Context, req *http.Request) (err error) {
		if token, err = c.accessToken(); err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Accept", "application/json")
		req.Header.Set("User-Agent", c.userAgent)
		if err = ctx.Err(); err == nil {
			sent = true // as far as anybody can prove: the transport has it from here
		}
		return err
	}
	var proof dialTrace
	resp, err := c.api.Purge(proof.watch(ctx), string(from), string(to), body, prepare)
	switch {
	case err == nil:
		return readAnswer(ctx, resp, token)
	case sent && !proof.unsent(err):
		return nil, unknown(contextual(ctx, err))
	default:
		return nil, contextual(ctx, err)
	}
}

func (c *Client) accessToken() (string, error) {
	token, err := c.token()
	if err != nil {
		return "", fmt.Errorf("token source: %w", err)
	}
	if token == nil {
		return "", errors.New("token source: no token")
	}
	if err := checkToken(token.AccessToken); err != nil {
		return "", fmt.Errorf("token source: %w", err)
	}
	return token.AccessToken, nil
}
