package purgetest_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// liftLabel stands for a function of yours that is to be tested.
func liftLabel(ctx context.Context, c *client.Client, id int32) error {
	for _, pair := range [][2]client.ObjectType{{client.Contacts, client.Companies}, {client.Companies, client.Contacts}} {
		if _, err := c.Purge(ctx, pair[0], pair[1], client.UserDefined(id)); err != nil {
			return err
		}
	}
	return nil
}

// Over loopback, for programs that take a base URL.
func Example() {
	s := purgetest.NewServer()
	defer s.Close()
	s.SetLimits("pat-test",
		client.Limit{From: client.Contacts, To: client.Companies, Type: client.UserDefined(35)},
		client.Limit{From: client.Companies, To: client.Contacts, Type: client.UserDefined(35)},
		client.Limit{From: client.Contacts, To: client.Deals, Type: client.UserDefined(35)},
	)
	c, err := client.New(client.StaticToken("pat-test"), client.WithBaseURL(s.URL))
	if err != nil {
		log.Fatal(err)
	}
	if err := liftLabel(context.Background(), c, 35); err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(s.Requests()), "requests, left:", s.Limits("pat-test"))
	fmt.Println("violations:", len(s.Violations()))
	// Output:
	// 2 requests, left: [0-1 to 0-3 USER_DEFINED:35]
	// violations: 0
}

// One account is rate limited, the other is not.
func ExampleServer_QueueFor() {
	s := purgetest.InMemory()
	s.QueueFor("pat-busy", purgetest.RateLimited("DAILY", 0))
	hc := &http.Client{Transport: s.Transport()}
	for _, token := range []string{"pat-busy", "pat-idle"} {
		s.SetLimits(token, client.Limit{From: client.Contacts, To: client.Companies, Type: client.UserDefined(35)})
		c, err := client.New(client.StaticToken(token), client.WithHTTPClient(hc))
		if err != nil {
			log.Fatal(err)
		}
		err = liftLabel(context.Background(), c, 35)
		fmt.Println(token, errors.Is(err, client.ErrDailyLimit), len(s.RequestsOf(token)), s.Limits(token))
	}
	// Output:
	// pat-busy true 1 [0-1 to 0-2 USER_DEFINED:35]
	// pat-idle false 2 []
}

// In virtual time, where ten seconds of waiting cost nothing. It is a test, since a
// bubble belongs to one.
func TestLiftLabelWaitsOutARateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := purgetest.InMemory()
		s.SetLimits("pat-test")
		s.Queue(purgetest.RateLimited("TEN_SECONDLY_ROLLING", 0))
		c, err := client.New(client.StaticToken("pat-test"), client.WithHTTPClient(&http.Client{Transport: s.Transport()}))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if err := liftLabel(t.Context(), c, 35); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("took %v", took)
		}
	})
}
