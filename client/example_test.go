package client_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// account stands in for a HubSpot account with one limit set, so that the
// examples run anywhere.
func account(answers ...purgetest.Answer) (s *purgetest.Server, c *client.Client) {
	s = purgetest.NewServer()
	s.SetLimits("pat-example", client.Limit{From: client.Contacts, To: client.Companies, Type: client.UserDefined(35)})
	s.Queue(answers...)
	c, err := client.New(client.StaticToken("pat-example"), client.WithBaseURL(s.URL))
	if err != nil {
		log.Fatal(err)
	}
	return s, c
}

func ExampleClient_Purge() {
	s, c := account()
	defer s.Close()

	result, err := c.Purge(context.Background(), client.Contacts, client.Companies,
		client.UserDefined(35), client.HubSpotDefined(279))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.StatusCode, result.Status)
	fmt.Println("limits left:", len(s.Limits("pat-example")))
	// Output:
	// 200 COMPLETE
	// limits left: 0
}

func ExampleClient_PurgeLimits() {
	s, c := account()
	defer s.Close()
	limits := []client.Limit{
		{From: client.Contacts, To: client.Companies, Type: client.UserDefined(35)},
		{From: client.Contacts, To: client.Companies, Type: client.UserDefined(999)}, // not known to HubSpot
		{From: client.Companies, To: client.Contacts, Type: client.UserDefined(36)},
	}
	s.Reject(limits[1])

	report, err := c.PurgeLimits(context.Background(), limits, nil)
	fmt.Println(report)
	if err != nil {
		for _, o := range report.Outcomes {
			if o.State == client.StateFailed {
				fmt.Println("not accepted:", o.Limit)
			}
		}
	}
	// Output:
	// 3 limits: 2 purged, 1 failed
	// not accepted: 0-1 to 0-2 USER_DEFINED:999
}

// Look before, know after: read what is set, keep the numbers, purge, settle what is
// unknown, and print what to set again by hand or with HubSpot's batch/create.
func ExampleClient_ReadLimits() {
	s := purgetest.NewServer() // stands in for HubSpot
	defer s.Close()
	s.SetSettings("pat-example",
		client.LimitSetting{Limit: client.Limit{From: client.Contacts, To: client.Companies, Type: client.HubSpotDefined(279)}, Max: 5},
		client.LimitSetting{Limit: client.Limit{From: client.Contacts, To: client.Companies, Type: client.UserDefined(35)}, Max: 1, Label: "Billing contact"})
	s.Queue(purgetest.Answer{}, purgetest.Answer{Status: 522, Apply: true}) // the purge has no clear answer
	c, err := client.New(client.StaticToken("pat-example"), client.WithBaseURL(s.URL))
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()

	backup, err := c.ReadLimits(ctx, client.Contacts, client.Companies) // keep it in a file
	if err != nil {
		log.Fatal(err)
	}
	var limits []client.Limit
	for _, setting := range backup {
		limits = append(limits, setting.Limit)
	}
	report, err := c.PurgeLimits(ctx, limits, nil)
	if err != nil {
		fmt.Println(report)
	}
	if err := c.Verify(ctx, report); err != nil {
		log.Fatal(err)
	}
	fmt.Println(report)
	fmt.Println("to set them again, the unlabelled type first:")
	for _, setting := range backup {
		t := setting.Limit.Type
		fmt.Printf("{\"category\":%q,\"typeId\":%d,\"maxToObjectIds\":%d} %s\n", t.Category, t.TypeID, setting.Max, cmp.Or(setting.Label, "(no label)"))
	}
	// Output:
	// 2 limits: 0 purged, 2 unknown
	// 2 limits: 2 purged
	// to set them again, the unlabelled type first:
	// {"category":"HUBSPOT_DEFINED","typeId":279,"maxToObjectIds":5} (no label)
	// {"category":"USER_DEFINED","typeId":35,"maxToObjectIds":1} Billing contact
}

func ExampleError_MissingScopes() {
	s, c := account(purgetest.MissingScopes("crm.objects.contacts.write"))
	defer s.Close()

	_, err := c.Purge(context.Background(), client.Contacts, client.Companies, client.UserDefined(35))
	if answer := new(client.Error); errors.As(err, &answer) && errors.Is(err, client.ErrForbidden) {
		fmt.Println("grant one of", answer.MissingScopes())
	}
	// Output: grant one of [crm.objects.contacts.write]
}

// A worker of a job queue decides what to do with a job that failed: look into it,
// snooze it, or give it up.
func ExampleRetryAfter_purge() {
	decide := func(err error) string {
		wait, ok := client.RetryAfter(err)
		switch {
		case err == nil:
			return "done"
		case errors.Is(err, client.ErrOutcomeUnknown):
			return "unknown: look at the account, or run the job again"
		case ok:
			return fmt.Sprintf("snooze for %v", wait)
		}
		return "give up"
	}

	s, c := account(
		purgetest.Answer{Status: 477, Body: `{"message":"migrating"}`, Header: map[string][]string{"Retry-After": {"7200"}}},
		purgetest.RateLimited("DAILY", 0),
		purgetest.Answer{Status: 522, Body: `{}`},
		purgetest.Answer{Status: 404, Body: `{}`},
	)
	defer s.Close()
	for range 5 {
		_, err := c.Purge(context.Background(), client.Contacts, client.Companies, client.UserDefined(35))
		fmt.Println(decide(err))
	}
	// Output:
	// snooze for 2h0m0s
	// snooze for 1h0m0s
	// unknown: look at the account, or run the job again
	// give up
	// done
}
