package purgetest

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
)

// An account holds its limits by pair, so that a request looks at no other pair.
type account struct {
	limits map[pair]map[client.AssociationType]setting
	recent []time.Time // when the requests in the window came in
}

// A setting is a limit with its place in the order given.
type setting struct {
	client.LimitSetting
	place int
}

// SetLimits makes the account of token, or changes it: these limits are set in it
// and no others, each with a Max of 1 and no label. It may hold none. The Server
// refuses a token without an account with a 401.
func (s *Server) SetLimits(token string, limits ...client.Limit) {
	settings := make([]client.LimitSetting, len(limits))
	for i, l := range limits {
		settings[i] = client.LimitSetting{Limit: l, Max: 1}
	}
	s.SetSettings(token, settings...)
}

// SetSettings is SetLimits with the number and the label of each limit. A read lists
// what is still set of it, in this order; HubSpot lists types without a limit too. If
// a limit is given twice, the last one counts.
func (s *Server) SetSettings(token string, settings ...client.LimitSetting) {
	st := s.lock()
	defer st.mu.Unlock()
	if st.accounts[token] == nil {
		st.accounts[token] = &account{}
	}
	st.accounts[token].set(settings)
}

// Limits returns what is still set in the account of token, as it was given and in
// that order.
func (s *Server) Limits(token string) []client.Limit {
	st := s.lock()
	defer st.mu.Unlock()
	a := st.accounts[token]
	if a == nil {
		return nil
	}
	var limits []client.Limit
	for _, held := range inOrder(slices.Collect(maps.Values(a.limits))...) {
		limits = append(limits, held.Limit)
	}
	return limits
}

func (a *account) set(settings []client.LimitSetting) {
	a.limits = map[pair]map[client.AssociationType]setting{}
	for i, s := range settings {
		p, _ := newPair(s.Limit.From, s.Limit.To)
		if a.limits[p] == nil {
			a.limits[p] = map[client.AssociationType]setting{}
		}
		a.limits[p][s.Limit.Type] = setting{s, i}
	}
}

// inOrder returns the settings of some pairs in the order given to SetSettings.
func inOrder(pairs ...map[client.AssociationType]setting) []setting {
	var all []setting
	for _, held := range pairs {
		all = slices.AppendSeq(all, maps.Values(held))
	}
	slices.SortFunc(all, func(a, b setting) int { return cmp.Compare(a.place, b.place) })
	return all
}
