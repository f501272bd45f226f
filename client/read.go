package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/deea8dec/hubspot-limits/client/internal/lenient"
	"github.com/deea8dec/hubspot-limits/gen"
)

// A LimitSetting is a limit that is set, with its maximum.
type LimitSetting struct {
	Limit Limit `json:"limit"`
	// Max is the most records that may be associated with one record.
	Max int32 `json:"max"`
	// Label is the label of the association type, "" for a type without one.
	Label string `json:"label"`
}

// ReadLimits returns the limits that are set from one object type to another, in
// that direction only. An empty list means that none is set. Keep each Max before a
// purge: HubSpot does not return it afterwards.
//
// ReadLimits changes nothing, so its errors never match ErrOutcomeUnknown. Otherwise
// they are those of Purge, without *IncompleteError. An answer that may hide a limit
// is an error too: one without a list, with an item that has no category or typeId,
// or with a number that can't be read. ReadLimits retries as Purge does.
func (c *Client) ReadLimits(ctx context.Context, from, to ObjectType) ([]LimitSetting, error) {
	settings, call := c.read(ctx, from, to)
	if call.err != nil {
		return nil, fmt.Errorf("read association limits: %w", call.err)
	}
	return settings, nil
}

func (c *Client) read(ctx context.Context, from, to ObjectType) ([]LimitSetting, call) {
	if err := cmp.Or(c.usable(ctx), validatePair(from, to)); err != nil {
		return nil, call{err: err}
	}
	op := &readOperation{api: c.api, from: from, to: to}
	call := c.sender.send(ctx, ctx, request{"read", from, to, 0, op})
	return op.settings, call
}

type readOperation struct {
	api      *gen.Client
	from, to ObjectType
	settings []LimitSetting
}

func (o *readOperation) send(ctx context.Context, header gen.RequestEditorFn) (*http.Response, error) {
	return o.api.ReadLimits(ctx, string(o.from), string(o.to), header)
}

func (o *readOperation) decode(r response) (err error) {
	o.settings, err = decodeSettings(o.from, o.to, r)
	return err
}

// decodeSettings reads a 200 to a read. An empty list must mean that nothing is set,
// so it fails for what may hide a limit.
func decodeSettings(from, to ObjectType, r response) ([]LimitSetting, error) {
	var list gen.LimitList
	odd, err := lenient.Decode(r.body, &list)
	switch err = cmp.Or(r.err, err); {
	case err != nil:
	case r.status != http.StatusOK:
		err = errors.New("no list of limits")
	case list.Results == nil, slices.Contains(odd, "results"):
		err = errors.New("results is no list of limits")
	case slices.Contains(odd, "results.userEnforcedMaxToObjectIds"):
		err = errors.New("a number that can't be read")
	case slices.ContainsFunc(list.Results, func(i gen.LimitItem) bool { return i.Category == "" || i.TypeID < 1 }):
		err = errors.New("a limit without category or typeId")
	}
	settings := make([]LimitSetting, 0, len(list.Results))
	for _, item := range list.Results {
		l := Limit{from, to, AssociationType{Category(item.Category), item.TypeID}}
		if item.UserEnforcedMaxToObjectIds != nil {
			settings = append(settings, LimitSetting{l, *item.UserEnforcedMaxToObjectIds, item.Label})
		}
	}
	if err != nil {
		return nil, fmt.Errorf("unreadable answer %s: %w", statusText(r.status), err)
	}
	return settings, nil
}

// errStillSet is part of the error of an unknown outcome that Verify looked at.
var errStillSet = errors.New("the limit was still set when read")

// Verify reads each pair of r that has an unknown outcome, once, one after another. A
// limit that is no longer set becomes StatePurged. One that is still set stays
// unknown, and its error says so: HubSpot does not document how soon a read shows a
// purge. Other outcomes are left as they are.
//
// A read that fails leaves the outcomes of its pair, and its error is returned. An
// error that would stop a run of PurgeLimits ends Verify. A nil error means only that
// all reads worked. Then ask r what became of the limits, not the run's error. r must
// not be used by others meanwhile.
func (c *Client) Verify(ctx context.Context, r *Report) error {
	if r == nil {
		return fmt.Errorf("verify association limits: %w: nil Report", ErrInvalidInput)
	}
	var pairs [][2]ObjectType
	unknown := map[[2]ObjectType][]*Outcome{}
	for i := range r.Outcomes {
		if o := &r.Outcomes[i]; o.State == StateUnknown {
			pair := [2]ObjectType{o.Limit.From, o.Limit.To}
			if unknown[pair] == nil {
				pairs = append(pairs, pair)
			}
			unknown[pair] = append(unknown[pair], o)
		}
	}
	var causes []error
	for _, pair := range pairs {
		settings, call := c.read(ctx, pair[0], pair[1])
		if call.err != nil {
			causes = append(causes, call.err)
			if call.stops {
				break
			}
			continue
		}
		verify(unknown[pair], settings)
	}
	if causes != nil {
		return &reportError{"verify association limits", causes}
	}
	return nil
}

// verify sets the unknown outcomes of a pair by what is still set.
func verify(unknown []*Outcome, settings []LimitSetting) {
	set := map[AssociationType]bool{}
	for _, s := range settings {
		set[foldCase(s.Limit.Type)] = true
	}
	for _, o := range unknown {
		switch {
		case !set[foldCase(o.Limit.Type)]:
			o.State, o.Err = StatePurged, nil
		case !errors.Is(o.Err, errStillSet):
			o.Err = fmt.Errorf("%w; %w", cmp.Or(o.Err, ErrOutcomeUnknown), errStillSet)
		}
	}
}

// foldCase makes types equal that differ in the letter case of their category: a
// limit must not count as lifted because HubSpot writes it in another way.
func foldCase(t AssociationType) AssociationType {
	return AssociationType{Category(strings.ToUpper(string(t.Category))), t.TypeID}
}
