package client_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// A source that knows no context can be left too.
func TestSlowTokenSource(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		asked := 0
		c := connectApp(t, s, tokenFunc(func() (*oauth2.Token, error) {
			asked++
			time.Sleep(time.Minute)
			return &oauth2.Token{AccessToken: token}, nil
		}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := c.Purge(ctx, client.Contacts, client.Companies, label)
		if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, client.ErrOutcomeUnknown) || took != time.Second {
			t.Errorf("%v after %v", err, took)
		}
		if _, err := purge(t, c); err != nil || asked != 1 {
			t.Errorf("%v, asked %d times", err, asked)
		}
	})
}
