package client_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// The steps of a refresh after which a process may die.
const (
	asked    = "before the request"
	replaced = "HubSpot has replaced the token, no answer yet"
	answered = "before save stores it"
	stored   = "save has stored it, and not returned"
	used     = "after the save, before the first use"
	finished = "after the first use"
)

// A mortal is a process that dies after some steps: from then on it sends nothing and
// stores nothing.
type mortal struct {
	s     *purgetest.Server
	steps int // that it has left; below 0 it lives on
	last  string
	row   *oauth2.Token // what its database holds
}

var errDead = errors.New("dead")

// step reports whether the process goes on.
func (m *mortal) step(name string) bool {
	if m.steps == 0 {
		return false
	}
	m.steps--
	m.last = name
	return m.steps != 0
}

func (m *mortal) RoundTrip(req *http.Request) (*http.Response, error) {
	refresh := strings.HasPrefix(req.URL.Path, "/oauth/")
	if before := map[bool]string{true: asked, false: used}[refresh]; !m.step(before) {
		return nil, errDead
	}
	resp, err := m.s.Transport().RoundTrip(req)
	if after := map[bool]string{true: replaced, false: finished}[refresh]; !m.step(after) {
		return nil, errDead
	}
	return resp, err
}

func (m *mortal) save(t *oauth2.Token) error {
	if !m.step(answered) {
		return errDead
	}
	kept := *t
	m.row = &kept
	if !m.step(stored) {
		return errDead
	}
	return nil
}

// A rowSource refreshes by OAuthApp.Refresh and saves by itself.
type rowSource struct {
	app client.OAuthApp
	m   *mortal
}

func (r rowSource) Token() (*oauth2.Token, error) {
	if r.m.row.Valid() {
		return r.m.row, nil
	}
	t, err := r.app.Refresh(context.Background(), r.m.row.RefreshToken)
	if err == nil {
		err = r.m.save(t)
	}
	return t, err
}

// A process that dies at any step of its refreshes loses the account only between
// HubSpot's replacing of the token and the save, and then only if HubSpot refuses the
// old one.
func TestDeathDuringRefresh(t *testing.T) {
	const refreshes = 3
	for _, rotate := range []bool{true, false} {
		for _, own := range []bool{false, true} {
			seen := map[string]int{}
			for steps := 1; steps <= 6*refreshes; steps++ {
				synctest.Test(t, func(t *testing.T) {
					m := &mortal{s: standIn(t), steps: steps, row: &oauth2.Token{RefreshToken: refreshToken}}
					app := install(m.s, purgetest.App{Rotate: rotate})
					app.HTTPClient.Transport = m
					source := func() oauth2.TokenSource {
						if own {
							return rowSource{app, m}
						}
						return app.TokenSource(m.row, m.save)
					}
					c, err := client.New(source(), client.WithHTTPClient(&http.Client{Transport: m}))
					if err != nil {
						t.Fatal(err)
					}
					for range refreshes {
						_, _ = purge(t, c)
						time.Sleep(time.Hour)
					}
					if m.steps != 0 {
						t.Fatalf("it is alive, with %d steps to go", m.steps)
					}
					died := m.last
					seen[died]++
					m.steps = -1 // it starts again
					c, err = client.New(source(), client.WithHTTPClient(&http.Client{Transport: m}))
					if err != nil {
						t.Fatal(err)
					}
					_, err = purge(t, c)
					lost := rotate && (died == replaced || died == answered)
					if errors.Is(err, client.ErrUnauthorized) != lost || err == nil == lost {
						t.Errorf("died %s, rotating %t, own source %t: %v", died, rotate, own, err)
					}
				})
			}
			if len(seen) != 6 || seen[asked] != refreshes {
				t.Errorf("died at %v", seen)
			}
		}
	}
}
