package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/deea8dec/hubspot-limits/client"
)

// stateNone is the state, in JSON, of a limit given that was not set and not sent.
const stateNone = "no limit"

// print writes the result to standard output. With -json the sums go to standard
// error.
func (p *program) print(plan *plan, report *client.Report) {
	parts := []string{"Nothing to lift"}
	if n := len(report.Outcomes); n > 0 {
		parts[0] = fmt.Sprintf("%d of %s lifted", report.Count(client.StatePurged), limitsOf(n))
	}
	for _, s := range []client.State{client.StateFailed, client.StateUnknown, client.StateNotAttempted} {
		if n := report.Count(s); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	if len(plan.none) > 0 {
		parts = append(parts, fmt.Sprintf("%d had no limit", len(plan.none)))
	}
	sums := strings.Join(parts, ", ")
	if p.json {
		p.printJSON(plan, func(i int) client.Outcome { return report.Outcomes[i] }, nil)
		p.display.line("%s", sums)
	} else {
		p.list(report)
		fmt.Fprintln(p.out, sums)
	}
	p.scopes(report)
}

// list writes what was not lifted, and why. Limits with one fate are one line.
func (p *program) list(report *client.Report) {
	outcomes := report.Outcomes
	for len(outcomes) > 0 {
		o, n := outcomes[0], 1
		for n < len(outcomes) && outcomes[n].State == o.State && text(outcomes[n].Err) == text(o.Err) {
			n++
		}
		outcomes = outcomes[n:]
		and := ""
		if n > 1 {
			and = fmt.Sprintf(" and %d more", n-1)
		}
		if o.State != client.StatePurged {
			fmt.Fprintf(p.out, "%s%s: %s: %s\n", o.Limit, and, o.State, text(o.Err))
		}
	}
}

// scopes says which scopes HubSpot asked for.
func (p *program) scopes(report *client.Report) {
	var missing []string
	for _, o := range report.Outcomes {
		if answer := new(client.Error); errors.As(o.Err, &answer) {
			missing = append(missing, answer.MissingScopes()...)
		}
	}
	if slices.Sort(missing); len(missing) > 0 {
		p.display.line("The token needs one of these scopes: %s", strings.Join(slices.Compact(missing), ", "))
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// An outcome is a limit in JSON.
type outcome struct {
	Limit client.Limit `json:"limit"`
	State string       `json:"state"`
	Max   *int32       `json:"max,omitempty"` // before the purge, if it was read
	Label string       `json:"label,omitempty"`
	Error string       `json:"error,omitempty"`
}

// printJSON writes one object, with a line for each limit given and each request of
// -n.
func (p *program) printJSON(plan *plan, state func(i int) client.Outcome, requests func(line func(any))) {
	separator := "\n"
	line := func(v any) {
		text, _ := json.Marshal(v) //nolint:errchkjson // texts, numbers, and a body that is JSON
		fmt.Fprintf(p.out, "%s%s", separator, text)
		separator = ",\n"
	}
	fmt.Fprint(p.out, `{"outcomes":[`)
	for i, l := range plan.lift {
		o, s := state(i), plan.setting(i)
		out := outcome{Limit: l, State: o.State.String(), Error: text(o.Err)}
		if s != nil {
			out.Max, out.Label = &s.max, s.label
		}
		line(out)
	}
	for _, l := range plan.none {
		line(outcome{Limit: l, State: stateNone})
	}
	separator = "\n"
	fmt.Fprint(p.out, `],"requests":[`)
	if requests != nil {
		requests(line)
	}
	fmt.Fprintln(p.out, "]}")
}
