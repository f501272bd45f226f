package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/deea8dec/hubspot-limits/client"
)

// A plan is what is set of the limits given.
type plan struct {
	lift     []client.Limit // those that are set, or may be
	settings []*setting     // of each in lift, nil if it is not known; empty if nothing was read
	none     []client.Limit // those that are not set
}

type setting struct {
	max   int32
	label string
}

// setting returns what is known of the i-th limit in lift, or nil.
func (p *plan) setting(i int) *setting {
	if p.settings == nil {
		return nil
	}
	return p.settings[i]
}

// anyCase makes types equal that differ in the letter case of their category: HubSpot
// may write it in another way than the user.
func anyCase(t client.AssociationType) client.AssociationType {
	t.Category = client.Category(strings.ToUpper(string(t.Category)))
	return t
}

// readPlan reads each pair of limits, which are sorted by pair. A pair that the token
// may not read is planned as given. After any other error nothing should be lifted.
func (p *program) readPlan(ctx context.Context, c *client.Client, limits []client.Limit) (*plan, error) {
	if p.plan && p.token == "" {
		p.display.line("%s is not set: no plan, only the requests.", tokenVariable)
	}
	if !p.plan || p.token == "" {
		return &plan{lift: limits}, nil
	}
	result := &plan{lift: limits[:0], settings: make([]*setting, 0, len(limits))} // lift takes no space of its own
	once := map[setting]*setting{}                                                // many limits share a few
	pairs := pairsOf(limits)
	defer p.display.progress("pairs read", len(pairs))()
	for _, pair := range pairs {
		settings, err := c.ReadLimits(ctx, pair[0].From, pair[0].To)
		p.display.step()
		switch {
		case refusesPair(err):
			p.display.line("Can't read the limits from %s to %s, going on without: %v", pair[0].From, pair[0].To, err)
			result.add(pair, func(client.Limit) (*setting, bool) { return nil, true })
			continue
		case err != nil:
			return nil, err
		}
		set := map[client.AssociationType]*setting{}
		for _, s := range settings {
			value := setting{s.Max, s.Label}
			if once[value] == nil {
				once[value] = &value
			}
			set[anyCase(s.Limit.Type)] = once[value]
		}
		result.add(pair, func(l client.Limit) (*setting, bool) {
			s, ok := set[anyCase(l.Type)]
			return s, ok
		})
	}
	return result, nil
}

func (p *plan) add(limits []client.Limit, find func(client.Limit) (*setting, bool)) {
	for _, l := range limits {
		if s, ok := find(l); ok {
			p.lift, p.settings = append(p.lift, l), append(p.settings, s)
		} else {
			p.none = append(p.none, l)
		}
	}
}

// refusesPair reports whether an answer refuses to read this pair, and not another:
// for a missing scope or an unknown object type.
func refusesPair(err error) bool {
	_, passes := client.RetryAfter(err)
	return errors.As(err, new(*client.Error)) && !passes && !errors.Is(err, client.ErrUnauthorized)
}

// pairsOf cuts sorted limits where the object types change.
func pairsOf(limits []client.Limit) (pairs [][]client.Limit) {
	start := 0
	for i, l := range limits {
		if l.From != limits[start].From || l.To != limits[start].To {
			pairs, start = append(pairs, limits[start:i]), i
		}
	}
	return append(pairs, limits[start:])
}

// show lists the plan, with at most that many limits of each kind.
func (p *plan) show(w io.Writer, most int) {
	for i, l := range p.lift[:min(most, len(p.lift))] {
		if i == 0 {
			fmt.Fprintln(w, "To be lifted, in this direction only:")
		}
		switch s := p.setting(i); {
		case s == nil:
			fmt.Fprintf(w, "  %s\n", l)
		case s.label == "":
			fmt.Fprintf(w, "  %s: at most %d\n", l, s.max)
		default:
			fmt.Fprintf(w, "  %s: at most %d, %q\n", l, s.max, s.label)
		}
	}
	more(w, len(p.lift)-most)
	for i, l := range p.none[:min(most, len(p.none))] {
		if i == 0 {
			fmt.Fprintln(w, "These have no limit and are not sent:")
		}
		fmt.Fprintf(w, "  %s\n", l)
	}
	more(w, len(p.none)-most)
	fmt.Fprintf(w, "%s to lift", limitsOf(len(p.lift)))
	if p.settings != nil {
		fmt.Fprintf(w, ", %d given without a limit", len(p.none))
	}
	fmt.Fprintln(w, ". Records, associations and labels stay.")
}

func more(w io.Writer, n int) {
	if n > 0 {
		fmt.Fprintf(w, "  and %d more\n", n)
	}
}

func limitsOf(n int) string {
	if n == 1 {
		return "1 limit"
	}
	return fmt.Sprintf("%d limits", n)
}
