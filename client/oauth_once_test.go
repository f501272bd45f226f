package client_test

import (
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
)

// A caller that saw the old token, and comes when another one's refresh has just
// ended, finds the new token and does not refresh again. Who comes when is left to
// the scheduler, so there are many rounds.
func TestLateCallerDoesNotRefreshAgain(t *testing.T) {
	const callers = 4
	for range 3000 {
		var refreshes atomic.Int32
		body := []byte(`{"access_token":"new","refresh_token":"next","expires_in":1800}`)
		app := client.OAuthApp{ClientID: "app", ClientSecret: clientSecret, HTTPClient: &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			refreshes.Add(1)
			return one(http.StatusOK, http.Header{"Content-Type": {"application/json"}}, body).RoundTrip(req)
		})}}
		tokens := app.TokenSource(&oauth2.Token{RefreshToken: refreshToken}, nil)
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() {
				for range i * 3 {
					runtime.Gosched()
				}
				if got, err := tokens.Token(); err != nil || got.AccessToken != "new" {
					t.Errorf("token %v, %v", got, err)
				}
			})
		}
		wg.Wait()
		if n := refreshes.Load(); n != 1 {
			t.Fatalf("%d refreshes for %d callers", n, callers)
		}
	}
}
