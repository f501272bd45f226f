package client_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// slowly makes a Client of s whose tokens take 5 s each.
func slowly(t *testing.T, s *purgetest.Server, opts ...client.Option) *client.Client {
	t.Helper()
	tokens := tokenFunc(func() (*oauth2.Token, error) {
		time.Sleep(5 * time.Second)
		return &oauth2.Token{AccessToken: token}, nil
	})
	c, err := client.New(tokens, append(opts, client.WithHTTPClient(&http.Client{Transport: s.Transport()}))...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// No permit is taken before the token is there: calls that are paced stay so.
func TestTokenComesBeforeTheLimiter(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		start := time.Now()
		next := start
		c := slowly(t, s, client.WithRateLimiter(limiterFunc(func(context.Context) error {
			now := time.Now()
			if next.Before(now) {
				next = now
			}
			wait := next.Sub(now)
			next = next.Add(time.Second / 2) // two a second
			time.Sleep(wait)
			return nil
		})))
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := purge(t, c); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for i, at := range arrivals(s, start) {
			if want := 5*time.Second + time.Duration(i)*time.Second/2; at != want {
				t.Errorf("request %d at %v, want %v", i, at, want)
			}
		}
	})
}

// No attempt starts in a cool-down, however long its token took.
func TestTokenComesBeforeTheCoolDown(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		throttled := purgetest.RateLimited("", 0)
		throttled.Delay = 2 * time.Second
		s.Queue(throttled)
		c := slowly(t, s)
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 6 * time.Second)
				if _, err := purge(t, c); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		got := arrivals(s, start)
		if len(got) != 5 {
			t.Fatalf("requests at %v", got)
		}
		for _, at := range got[1:] { // closed from 7 s, when the 429 came, to 17 s
			if at < 17*time.Second {
				t.Errorf("requests at %v, one of them in the cool-down", got)
			}
		}
	})
}
