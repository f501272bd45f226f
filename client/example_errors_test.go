package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// decide says what a program does about an error of Purge. The order matters: a
// daily limit is a rate limit too, and what is unknown may match another error.
func decide(err error) string {
	failed, incomplete := new(client.Error), new(client.IncompleteError)
	switch {
	case err == nil:
		return "done"
	case errors.Is(err, client.ErrInvalidInput):
		return "correct the call, nothing was sent"
	case errors.Is(err, client.ErrOutcomeUnknown):
		return "look whether the limits are lifted, or send it again"
	case errors.As(err, &incomplete):
		return fmt.Sprintf("look at %d failures, status %s", len(incomplete.Result.Failures), incomplete.Result.Status)
	case errors.Is(err, client.ErrUnauthorized):
		return "get another token"
	case errors.Is(err, client.ErrForbidden) && errors.As(err, &failed):
		return fmt.Sprint("grant ", failed.MissingScopes())
	case errors.Is(err, client.ErrDailyLimit):
		return "go on tomorrow"
	case errors.Is(err, client.ErrRateLimited) && errors.As(err, &failed):
		return fmt.Sprint("go on in ", failed.RetryAfter)
	case errors.As(err, &failed):
		return fmt.Sprintf("give up after %d, ask HubSpot about %s", failed.StatusCode, failed.CorrelationID)
	}
	return "give up: " + err.Error()
}

// Every decision that a caller makes about an error.
func Example_errors() {
	limit := client.Limit{From: client.Contacts, To: client.Companies, Type: client.UserDefined(35)}
	for _, answer := range []purgetest.Answer{
		{}, // the stand-in's own
		{Status: 401, Body: `{"category":"EXPIRED_AUTHENTICATION"}`},
		purgetest.MissingScopes("crm.objects.contacts.write"),
		purgetest.RateLimited("DAILY", 0),
		purgetest.RateLimited("TEN_SECONDLY_ROLLING", time.Minute), // longer than the Client waits
		{Status: 400, Body: `{"correlationId":"4e7d9a30-5b0f-4b57-a1b1-6f2f0d7f3c84"}`},
		purgetest.OffDocument(purgetest.Answer{Status: 200, Body: `<html>`}),
	} {
		s, c := account(answer)
		_, err := c.Purge(context.Background(), limit.From, limit.To, limit.Type)
		fmt.Println(decide(err))
		s.Close()
	}
	s, c := account()
	defer s.Close()
	s.Reject(limit)
	s.SetRejection(purgetest.RejectPartially)
	_, err := c.Purge(context.Background(), limit.From, limit.To, limit.Type)
	fmt.Println(decide(err))
	_, err = c.Purge(context.Background(), limit.From, limit.To)
	fmt.Println(decide(err))
	// Output:
	// done
	// get another token
	// grant [crm.objects.contacts.write]
	// go on tomorrow
	// go on in 1m0s
	// give up after 400, ask HubSpot about 4e7d9a30-5b0f-4b57-a1b1-6f2f0d7f3c84
	// look whether the limits are lifted, or send it again
	// look at 1 failures, status COMPLETE
	// correct the call, nothing was sent
}

// A tracer stands for a tracing library's transport, which wraps another.
type tracer struct{ base http.RoundTripper }

func (t tracer) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(req)
	if err != nil {
		fmt.Println("span:", req.Method, err)
		return nil, err
	}
	fmt.Println("span:", req.Method, resp.StatusCode)
	return resp, nil
}

// Tracing is the caller's transport: it sees each attempt, with the context of the
// call.
func ExampleWithHTTPClient_tracing() {
	s, _ := account()
	defer s.Close()
	c, err := client.New(client.StaticToken("pat-example"), client.WithBaseURL(s.URL),
		client.WithHTTPClient(&http.Client{Transport: tracer{http.DefaultTransport}, Timeout: 2 * time.Minute}))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.Purge(context.Background(), client.Contacts, client.Companies, client.UserDefined(35))
	fmt.Println(err)
	// Output:
	// span: POST 200
	// <nil>
}
