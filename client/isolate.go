package client

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/deea8dec/hubspot-limits/gen"
)

// A doubt is what earlier requests left open about limits.
type doubt int

const (
	certain   doubt = iota // nothing: they are as they were
	partial                // an answer had errors, and did not say about which
	noVerdict              // an attempt may have lifted them
)

// purge sends one request for limits of p, splits them if need be, and settles each.
func (r *run) purge(ctx context.Context, p *pair, limits []int32, d doubt) {
	if stopped, refused := r.barred(p); stopped != nil || refused != nil {
		r.bar(limits, d, stopped, refused)
		return
	}
	v := r.c.send(ctx, r.wait, p.from, p.to, r.request(limits))
	if v.doubt {
		d = noVerdict
	}
	switch answer := v.answer; {
	case v.result != nil:
		r.answered(ctx, p, limits, d, v)
	case v.stop:
		first := r.stop(v.err)
		cause, _ := r.barred(p)
		switch {
		case v.doubt && ctx.Err() != nil:
			cause = v.err
		case v.doubt && !first: // its wait was ended by another call's reason
			cause = v.last
		}
		r.undone(limits, d, StateNotAttempted, cause, first || v.doubt)
	case answer == nil || answer.StatusCode >= http.StatusInternalServerError: // no verdict on the pair
		r.undone(limits, d, StateNotAttempted, v.err, true)
	case answer.StatusCode == http.StatusBadRequest && answer.Category == "VALIDATION_ERROR":
		r.offended(ctx, p, limits, d, v.err)
	default:
		r.refuse(p, v.err)
		r.undone(limits, d, StateFailed, v.err, true)
	}
}

// request is the body of a request for limits, which are valid and differ.
func (r *run) request(limits []int32) gen.BatchInput {
	inputs := make([]gen.AssociationSpec, len(limits))
	for n, i := range limits {
		inputs[n] = r.report.Outcomes[i].Limit.Type.spec()
	}
	return gen.BatchInput{Inputs: inputs}
}

// undone settles limits that were not purged: in state s, unless there is doubt.
func (r *run) undone(limits []int32, d doubt, s State, err error, cause bool) {
	if s == StateUnknown || d != certain {
		s, err = StateUnknown, unknown(err)
	}
	r.settle(limits, s, err, cause)
}

// bar settles limits of which nothing may be sent any longer.
func (r *run) bar(limits []int32, d doubt, stopped, refused error) {
	if refused != nil {
		r.undone(limits, d, StateFailed, refused, false)
		return
	}
	r.undone(limits, d, StateNotAttempted, stopped, false)
}

// offended deals with limits one of which at least HubSpot does not accept: each
// half is sent again, until the culprits stand alone.
func (r *run) offended(ctx context.Context, p *pair, limits []int32, d doubt, err error) {
	if len(limits) > 1 {
		half := len(limits) / 2
		r.purge(ctx, p, limits[:half], d)
		r.purge(ctx, p, limits[half:], d)
		return
	}
	r.culprits(limits, d, err)
}

// culprits settles limits that were refused by themselves: they are no part of what
// an earlier, partial answer had done.
func (r *run) culprits(limits []int32, d doubt, err error) {
	if d == partial {
		d = certain
	}
	r.undone(limits, d, StateFailed, err, true)
}

// answered settles limits by a readable 2xx.
func (r *run) answered(ctx context.Context, p *pair, limits []int32, d doubt, v verdict) {
	result := v.result
	over := result.Status == StatusComplete || result.Status == StatusCanceled
	switch {
	case v.err == nil:
		r.settle(limits, StatePurged, nil, false)
		return
	case len(result.Failures) == 0 && result.NumErrors == 0, !over && len(limits) == 1: // it may still be done
		r.undone(limits, d, StateUnknown, v.err, true)
		return
	}
	named, all := r.named(limits, result)
	switch rest := without(limits, named); {
	case len(named) == 0 || !over:
		r.offended(ctx, p, limits, max(d, partial), v.err)
	case all && result.Status == StatusComplete:
		r.culprits(named, d, v.err)
		r.settle(rest, StatePurged, nil, false)
	default:
		r.culprits(named, d, v.err)
		if len(rest) > 0 {
			r.purge(ctx, p, rest, max(d, partial))
		}
	}
}

func without(limits, named []int32) []int32 {
	return slices.DeleteFunc(slices.Clone(limits), func(i int32) bool { return slices.Contains(named, i) })
}

// named returns the limits that the errors of an answer name, by the category and
// typeId of their contexts, and whether that is what all its errors do.
func (r *run) named(limits []int32, result *Result) (named []int32, all bool) {
	all = int(result.NumErrors) <= len(result.Failures)
	for _, f := range result.Failures {
		found := false
		for _, i := range limits {
			t := r.report.Outcomes[i].Limit.Type
			if slices.Equal(f.Context["category"], []string{string(t.Category)}) &&
				slices.Equal(f.Context["typeId"], []string{strconv.Itoa(int(t.TypeID))}) {
				found = true
				if !slices.Contains(named, i) {
					named = append(named, i)
				}
			}
		}
		all = all && found
	}
	return named, all
}
