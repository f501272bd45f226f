package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

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

func ExampleError_MissingScopes() {
	s, c := account(purgetest.MissingScopes("crm.objects.contacts.write"))
	defer s.Close()

	_, err := c.Purge(context.Background(), client.Contacts, client.Companies, client.UserDefined(35))
	if answer := new(client.Error); errors.As(err, &answer) && errors.Is(err, client.ErrForbidden) {
		fmt.Println("grant one of", answer.MissingScopes())
	}
	// Output: grant one of [crm.objects.contacts.write]
}

// A worker of a job queue decides what to do with a job that failed: snooze it,
// look into it, or give it up.
func ExampleError_Retryable() {
	decide := func(err error) string {
		answer := new(client.Error)
		switch {
		case err == nil:
			return "done"
		case errors.Is(err, client.ErrOutcomeUnknown):
			return "unknown: look at the account, or run the job again"
		case errors.Is(err, client.ErrDailyLimit):
			return "snooze until tomorrow"
		case errors.As(err, &answer) && answer.Retryable():
			return fmt.Sprintf("snooze for %v", max(answer.RetryAfter, time.Minute))
		}
		return "give up"
	}

	s, c := account(
		purgetest.Answer{Status: 477, Body: `{"message":"migrating"}`, Header: map[string][]string{"Retry-After": {"3600"}}},
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
	// snooze for 1h0m0s
	// snooze until tomorrow
	// unknown: look at the account, or run the job again
	// give up
	// done
}
