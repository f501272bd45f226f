package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/deea8dec/hubspot-limits/client"
)

// printRequests prints the plan and the requests that would lift it.
func (p *program) printRequests(ctx context.Context, plan *plan) int {
	if p.json {
		p.printJSON(plan, func(int) client.Outcome { return client.Outcome{} },
			func(line func(any)) { p.pretend(ctx, plan, func(r request) { line(r) }) })
		return exitLifted
	}
	if plan.settings != nil {
		plan.show(p.out, len(plan.lift)+len(plan.none))
	}
	p.pretend(ctx, plan, func(r request) { fmt.Fprintf(p.out, "\n%s %s\n%s\n", r.Method, r.URL, r.Body) })
	return exitLifted
}

// pretend lets the client make the requests, and sends none. It takes one pair after
// the other, so that it needs little space.
func (p *program) pretend(ctx context.Context, plan *plan, show func(request)) {
	c, err := p.connect(printer{show})
	for _, pair := range pairsOf(plan.lift) {
		for part := range slices.Chunk(pair, 10_000) { // whole batches
			if err == nil {
				_, err = c.PurgeLimits(ctx, part, &client.BulkOptions{Concurrency: 1})
			}
		}
	}
	if err != nil {
		p.complain(err)
	}
}

// A request is one that -n prints.
type request struct {
	Method string          `json:"method"`
	URL    string          `json:"url"`
	Body   json.RawMessage `json:"body"`
}

// printer is a transport that prints a request and answers that all is done.
type printer struct{ show func(request) }

func (p printer) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	p.show(request{req.Method, req.URL.String(), body})
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Request: req}, nil
}
