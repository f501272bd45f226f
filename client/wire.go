package client

import (
	"fmt"
	"math/bits"

	"github.com/deea8dec/hubspot-limits/gen"
)

// Generated types enter and leave here and in decode.go, and nowhere else.

// newRequest refuses what must not be sent, and drops duplicates.
func newRequest(from, to ObjectType, types []AssociationType, batchSize int) (gen.BatchInput, error) {
	var none gen.BatchInput
	if err := checkPair(from, to); err != nil {
		return none, err
	}
	inputs := make([]gen.AssociationSpec, 0, min(len(types), batchSize))
	// A table of places in inputs, plus 1, by type ID: a map would cost more than all
	// the rest of a large request.
	seen := make([]int32, 1<<max(4, bits.Len(uint(2*cap(inputs)))))
	for _, t := range types {
		if err := t.check(); err != nil {
			return none, err
		}
		spec, at := t.spec(), int(t.TypeID)&(len(seen)-1)
		for seen[at] != 0 && inputs[seen[at]-1] != spec {
			at = (at + 1) & (len(seen) - 1)
		}
		switch {
		case seen[at] != 0: // a duplicate
		case len(inputs) == batchSize:
			return none, fmt.Errorf("%w: more association types than the batch size of %d", ErrInvalidInput, batchSize)
		default:
			inputs = append(inputs, spec)
			seen[at] = int32(len(inputs)) //nolint:gosec // so many inputs fit in no request
		}
	}
	if len(inputs) == 0 {
		return none, fmt.Errorf("%w: no association types", ErrInvalidInput)
	}
	return gen.BatchInput{Inputs: inputs}, nil
}

func (t AssociationType) spec() gen.AssociationSpec {
	return gen.AssociationSpec{Category: string(t.Category), TypeID: t.TypeID}
}

func newResult(r gen.BatchResult) *Result {
	result := &Result{
		Status:      Status(r.Status),
		RequestedAt: r.RequestedAt,
		StartedAt:   r.StartedAt,
		CompletedAt: r.CompletedAt,
		Results:     r.Results,
		NumErrors:   r.NumErrors,
		Links:       r.Links,
	}
	for _, e := range r.Errors {
		result.Failures = append(result.Failures, Failure{
			ID:          e.ID,
			Status:      e.Status,
			Category:    e.Category,
			SubCategory: subCategory(e.SubCategory),
			Message:     e.Message,
			Context:     contextMap(e.Context),
			Links:       e.Links,
			Details:     newDetails(e.Errors),
		})
	}
	return result
}

func newError(e gen.Error) *Error {
	return &Error{
		Category:      e.Category,
		SubCategory:   subCategory(e.SubCategory),
		Message:       e.Message,
		CorrelationID: e.CorrelationID,
		Policy:        e.PolicyName,
		Context:       contextMap(e.Context),
		Links:         e.Links,
		Details:       newDetails(e.Errors),
	}
}

func newDetails(errs []gen.ErrorDetail) []ErrorDetail {
	var details []ErrorDetail
	for _, e := range errs {
		details = append(details, ErrorDetail{
			Message:     e.Message,
			Code:        e.Code,
			In:          e.In,
			SubCategory: subCategory(e.SubCategory),
			Context:     contextMap(e.Context),
		})
	}
	return details
}
