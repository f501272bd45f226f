package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// An overview is what status shows.
type overview struct {
	Counts []count        `json:"counts"`
	Notes  []note         `json:"notes"`
	n      map[string]int // such as "limits purged"
}

// A count is how many accounts or limits are in a state.
type count struct {
	What  string `json:"what"`
	State string `json:"state"`
	N     int    `json:"n"`
	Since int64  `json:"since,omitempty"` // when the first account began to run, or may run again
}

// A note is about an account that somebody should look at.
type note struct {
	Account         string `json:"account"`
	State           string `json:"state"`
	Reason          string `json:"reason"`
	RefreshingSince int64  `json:"refreshing_since,omitempty"` // a refresh that began then was not saved
}

func (s *store) overview(ctx context.Context) (o overview, err error) {
	err = s.tx(ctx, func(u *unit) {
		o.Counts = list(u, func(c *count) []any { return []any{&c.What, &c.State, &c.N, &c.Since} },
			`SELECT what, state, n, since FROM fleet_status ORDER BY what, state`)
		o.Notes = list(u, func(n *note) []any { return []any{&n.Account, &n.State, &n.Reason, &n.RefreshingSince} },
			`SELECT id, state, reason, refreshing_since FROM fleet_notes ORDER BY id`)
	})
	o.n = map[string]int{}
	for _, c := range o.Counts {
		o.n[c.What+" "+c.State] = c.N
	}
	return o, err
}

// status prints the overview.
func status(f *flag.FlagSet) command {
	asJSON := f.Bool("json", false, "print JSON, with times in milliseconds since 1970")
	return func(ctx context.Context, s *store, out io.Writer) error {
		o, err := s.overview(ctx)
		if err != nil {
			return err
		}
		if *asJSON {
			return json.NewEncoder(out).Encode(o)
		}
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		for _, c := range o.Counts {
			fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", c.What, c.State, c.N, clock(c.Since))
		}
		for _, n := range o.Notes {
			fmt.Fprintf(table, "\n%s is %s: %s\n", n.Account, n.State, n.Reason)
			if n.RefreshingSince > 0 {
				fmt.Fprintf(table, "  Its refresh token may be lost: a refresh that began at %s was not saved.\n", clock(n.RefreshingSince))
			}
		}
		return table.Flush()
	}
}

func clock(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).Format(time.RFC3339)
}
