package client_test

import (
	"context"
	"fmt"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// A job of a queue purges limits. A queue stores it, so it may run in any process.
type job struct {
	Limits []client.Limit
	Runs   int
}

// run runs a job once. If there is a next job, it must not run before wait has passed.
func run(ctx context.Context, c *client.Client, j job) (next *job, wait time.Duration) {
	report, err := c.PurgeLimits(ctx, j.Limits, &client.BulkOptions{Concurrency: 1})
	fmt.Println(report)
	rest := report.Retryable()
	if len(rest) == 0 { // purged, or refused for good: err says why
		return nil, 0
	}
	wait, ok := client.RetryAfter(err)
	if !ok { // an ended context, or an error of the token source: the queue's own backoff
		wait = time.Minute << min(j.Runs, 6)
	}
	return &job{rest, j.Runs + 1}, wait
}

// A job under a queue: purge, wait, and again with what may be purged later.
func ExampleRetryAfter() {
	s, c := account(
		purgetest.MissingScopes("crm.objects.contacts.write"), // the pair stays refused
		purgetest.Answer{},
		purgetest.RateLimited("DAILY", 0), // the run stops
	)
	defer s.Close()
	next := &job{Limits: []client.Limit{
		{From: client.Contacts, To: client.Companies, Type: client.UserDefined(35)},
		{From: client.Companies, To: client.Contacts, Type: client.UserDefined(36)},
		{From: client.Deals, To: client.Contacts, Type: client.UserDefined(37)},
		{From: client.Contacts, To: client.Deals, Type: client.UserDefined(38)},
	}}
	for {
		var wait time.Duration
		if next, wait = run(context.Background(), c, *next); next == nil {
			break
		}
		fmt.Printf("again in %v with %d limits\n", wait, len(next.Limits))
	}
	// Output:
	// 4 limits: 1 purged, 1 failed, 2 not attempted
	// again in 1h0m0s with 2 limits
	// 2 limits: 2 purged
}
