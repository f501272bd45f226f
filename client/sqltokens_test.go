package client_test

import (
	"database/sql"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// Processes that share a table never refresh past each other: at the start, when a
// token has ended, and when HubSpot answers it with a 401.
func TestProcessesShareATable(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		b := newTable("acme", refreshToken)
		app := install(s, purgetest.App{Rotate: true})
		var dbs []*sql.DB
		var clients []*client.Client
		for range 5 {
			dbs = append(dbs, sql.OpenDB(b))
			clients = append(clients, connectApp(t, s, &sqlTokens{db: dbs[len(dbs)-1], app: app, account: "acme"}))
		}
		all := func(refreshes int) {
			t.Helper()
			var wg sync.WaitGroup
			for _, c := range slices.Repeat(clients, 4) {
				wg.Go(func() {
					if _, err := purge(t, c); err != nil {
						t.Error(err)
					}
				})
			}
			if wg.Wait(); len(s.TokenRequests()) != refreshes {
				t.Errorf("%d token requests, want %d", len(s.TokenRequests()), refreshes)
			}
		}
		s.QueueTokens(purgetest.Answer{Delay: 5 * time.Second})
		all(1)
		all(1)
		time.Sleep(time.Hour)
		all(2)
		s.QueueFor(refreshToken, slices.Repeat([]purgetest.Answer{{Status: 401, Body: "{}", Delay: time.Second}}, 20)...)
		all(3)
		// A save that fails keeps the token for the next call.
		time.Sleep(time.Hour)
		b.fails = errors.New("disk full")
		for range 3 {
			if _, err := purge(t, clients[0]); !errors.Is(err, b.fails) {
				t.Error(err)
			}
		}
		b.fails = nil
		if _, err := purge(t, clients[0]); err != nil || len(s.TokenRequests()) != 4 {
			t.Errorf("%v after %d token requests", err, len(s.TokenRequests()))
		}
		all(4)
		for _, db := range dbs {
			db.Close()
		}
	})
}
