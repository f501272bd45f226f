package client_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// At every point at which the process may die, the saver holds a token that is
// good, or none was used: a save comes before any use.
func TestOAuthSavesBeforeUse(t *testing.T) {
	bubble(t, "order", func(t *testing.T, s *purgetest.Server) {
		app := install(s, purgetest.App{Rotate: true})
		var used, saved []string
		rt := s.Transport()
		hc := &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			used = append(used, strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer "))
			if len(saved) == 0 || saved[len(saved)-1] != used[len(used)-1] {
				t.Errorf("used %q, saved %q", used, saved)
			}
			return rt.RoundTrip(req)
		})}
		c, err := client.New(app.TokenSource(&oauth2.Token{RefreshToken: refreshToken}, func(token *oauth2.Token) error {
			saved = append(saved, token.AccessToken)
			if len(used) != len(saved)-1 {
				t.Errorf("saved %q, used %q", saved, used)
			}
			token.AccessToken = "changed by the saver"
			return nil
		}), client.WithHTTPClient(hc))
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := purge(t, c); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour)
		}
	})
	bubble(t, "the saver fails", func(t *testing.T, s *purgetest.Server) {
		v := &vault{err: errors.New("disk full")}
		offered := map[string]int{}
		c := connectApp(t, s, install(s, purgetest.App{Rotate: true}).TokenSource(&oauth2.Token{RefreshToken: refreshToken}, func(token *oauth2.Token) error {
			offered[token.RefreshToken]++
			return v.save(token)
		}))
		for range 3 {
			if _, err := purge(t, c); !errors.Is(err, v.err) || errors.Is(err, client.ErrOutcomeUnknown) || errors.Is(err, client.ErrUnauthorized) {
				t.Errorf("error %v", err)
			}
			time.Sleep(time.Hour) // the access token is over, the refresh token is not
		}
		if len(s.Requests()) != 0 || len(s.TokenRequests()) != 1 || len(offered) != 1 {
			t.Errorf("%d requests, %d token requests, offered %v", len(s.Requests()), len(s.TokenRequests()), offered)
		}
		v.err = nil
		if _, err := purge(t, c); err != nil {
			t.Error(err)
		}
		if len(v.saved) != 2 || len(s.TokenRequests()) != 2 || v.saved[0].RefreshToken == v.saved[1].RefreshToken {
			t.Errorf("saved %d after %d token requests, want the kept one first", len(v.saved), len(s.TokenRequests()))
		}
	})
	// Whoever starts again from what the saver holds goes on.
	for point := range 3 {
		bubble(t, fmt.Sprint("restart ", point), func(t *testing.T, s *purgetest.Server) {
			app, v := install(s, purgetest.App{Rotate: true}), new(vault)
			c := connectApp(t, s, app.TokenSource(&oauth2.Token{RefreshToken: refreshToken}, v.save))
			for range point {
				_, _ = purge(t, c)
				time.Sleep(time.Hour)
			}
			last := &oauth2.Token{RefreshToken: refreshToken}
			if len(v.saved) > 0 {
				last = &v.saved[len(v.saved)-1]
			}
			if _, err := purge(t, connectApp(t, s, app.TokenSource(last, v.save))); err != nil {
				t.Error(err)
			}
		})
	}
}
