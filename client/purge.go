package client

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/deea8dec/hubspot-limits/gen"
)

// Purge lifts the limits of types for associations from one object type to another,
// in that direction only. It removes no record, no association, no label and no
// association type. Duplicates are sent once. A type without a limit was no error in
// every observed case. HubSpot does not document it.
//
// The error is nil only if HubSpot said that all is done. Otherwise it is, or wraps,
// one of these:
//
//   - ErrOutcomeUnknown, beside its cause: some attempt may have lifted the limits,
//     and none was answered as done. Ask for it first.
//   - ErrInvalidInput: nothing was sent. No types, more than the batch size
//     (WithBatchSize), an empty category, a typeId below 1, or an object type with
//     anything but ASCII letters, digits, "_" and "-".
//   - *IncompleteError: a 2xx answer with errors, or with a status other than
//     COMPLETE. Some of the limits may be lifted. The Result is returned too.
//   - *Error: an answer outside 2xx. It matches ErrUnauthorized, ErrForbidden,
//     ErrRateLimited or ErrDailyLimit by its status.
//   - the error of the context, the token source, the rate limiter or the network. If
//     the context ends a wait, the error matches the last answer's too.
//
// The package documentation says which answers are retried.
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
	batch, err := newBatch(from, to, types, c.batchSize)
	if err != nil {
		return nil, err
	}
	result, call := c.sendBatch(ctx, ctx, from, to, batch)
	return result, call.error()
}

// sendBatch sends one batch. The result is nil without a 2xx answer that can be read.
func (c *Client) sendBatch(ctx, wait context.Context, from, to ObjectType, batch gen.BatchInput) (*Result, call) {
	op := &purgeOperation{api: c.api, from: string(from), to: string(to), batch: batch}
	call := c.sender.send(ctx, wait, request{"purge", from, to, len(batch.Inputs), op})
	if op.result != nil {
		op.result.Attempts = call.attempts
	}
	return op.result, call
}

type purgeOperation struct {
	api      *gen.Client
	from, to string
	batch    gen.BatchInput
	result   *Result
}

func (o *purgeOperation) send(ctx context.Context, header gen.RequestEditorFn) (*http.Response, error) {
	return o.api.Purge(ctx, o.from, o.to, o.batch, header)
}

func (o *purgeOperation) decode(r response) (err error) {
	o.result, err = decodeResult(r)
	return err
}

// newBatch refuses what must not be sent, and drops duplicates.
func newBatch(from, to ObjectType, types []AssociationType, batchSize int) (gen.BatchInput, error) {
	var batch gen.BatchInput
	if err := validatePair(from, to); err != nil {
		return batch, err
	}
	batch.Inputs = make([]gen.AssociationSpec, 0, min(len(types), batchSize))
	highest := int32(0) // most lists are in ascending order, without a duplicate
	for _, t := range types {
		if err := t.validate(); err != nil {
			return batch, err
		}
		if t.TypeID <= highest && slices.Contains(batch.Inputs, t.spec()) {
			continue
		}
		if len(batch.Inputs) == batchSize {
			return batch, fmt.Errorf("%w: more association types than the batch size of %d; PurgeLimits takes any number", ErrInvalidInput, batchSize)
		}
		batch.Inputs, highest = append(batch.Inputs, t.spec()), max(highest, t.TypeID)
	}
	if len(batch.Inputs) == 0 {
		return batch, fmt.Errorf("%w: no association types", ErrInvalidInput)
	}
	return batch, nil
}

func (t AssociationType) spec() gen.AssociationSpec {
	return gen.AssociationSpec{Category: string(t.Category), TypeID: t.TypeID}
}
