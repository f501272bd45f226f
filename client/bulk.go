package client

import (
	"context"
	"fmt"
)

// BulkOptions are the options of one run of PurgeLimits; nil means the defaults.
type BulkOptions struct {
	// Concurrency is the most requests of this run under way at once. 0 means 4;
	// less is refused.
	Concurrency int
	// Progress, if not nil, is called once per limit given, duplicates included, as
	// soon as its outcome is known, never twice at once. The run waits for it.
	Progress func(Outcome)
}

// PurgeLimits lifts any number of limits, of any pairs of object types, and says of
// each what became of it. It groups them by pair, sends each pair's in batches
// (WithBatchSize), several at once, and each as Purge would, retries and cool-down
// included.
//
//   - An input that HubSpot takes offence at is found by splitting its batch, with
//     at most 2k·(1+log2(n/k)) further requests for k of n, unless the answer names
//     it. The others of the batch are purged.
//   - Any other refusal (403, an unknown object type) is the pair's: its limits
//     fail, and the other pairs go on. To find that out costs one request: a pair's
//     first batch goes ahead of the others.
//   - What concerns the account stops the run: 401, a daily limit, a 429 or 477 whose
//     wait does not fit, a token source or rate limiter that fails, and an ended
//     context. Nothing new is sent then; requests under way are let finish, unless
//     the context has ended.
//
// The Report is never nil. The error is nil only when every limit is purged; it
// says the counts, and errors.Is and errors.As find the cause of each batch that
// was refused. See State for what is certain of a limit.
func (c *Client) PurgeLimits(ctx context.Context, limits []Limit, opts *BulkOptions) (*Report, error) {
	if opts == nil {
		opts = new(BulkOptions)
	}
	r := newRun(c, limits, opts.Progress)
	err := c.usable(ctx)
	if err == nil && opts.Concurrency < 0 {
		err = fmt.Errorf("%w: concurrency below 0", ErrInvalidInput)
	}
	if err != nil {
		for i := range limits {
			r.tell(int32(i), StateNotAttempted, err)
		}
		return r.report, &reportError{r.report.String(), []error{err}}
	}
	r.plan()
	workers := opts.Concurrency
	if workers == 0 {
		workers = 4
	}
	r.work(ctx, workers)
	if len(r.causes) > 0 {
		return r.report, &reportError{r.report.String(), r.causes}
	}
	return r.report, nil
}
