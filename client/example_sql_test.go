package client_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// A sqlTokens is the token source of one account whose tokens stand in a table, for
// any number of processes:
//
//	CREATE TABLE tokens (
//		account text PRIMARY KEY,
//		access_token text NOT NULL, refresh_token text NOT NULL, expiry timestamptz NOT NULL
//	)
//
// Use one for an account and process. Its queries are those of PostgreSQL.
type sqlTokens struct {
	db      *sql.DB
	app     client.OAuthApp
	account string

	refused atomic.Value // the access token that HubSpot answered with a 401
	mu      sync.Mutex
	unsaved *oauth2.Token // one that a refresh brought, and that is not yet saved
	old     string        // the refresh token that it replaces
}

const selectTokens = "SELECT access_token, refresh_token, expiry FROM tokens WHERE account = $1"

// Token returns the saved token while it is good. Otherwise it locks the row, so that
// one process refreshes and the others wait for what it saves.
func (s *sqlTokens) Token() (*oauth2.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.read(s.db.QueryRow(selectTokens, s.account))
	if err != nil || s.good(t) {
		return t, err
	}
	// A context that ended between the refresh and the commit would lose the new token.
	tx, err := s.db.BeginTx(context.Background(), nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	t, err = s.read(tx.QueryRow(selectTokens+" FOR UPDATE", s.account))
	if err != nil || s.good(t) { // another process has refreshed it
		return t, err
	}
	if s.unsaved == nil || s.old != t.RefreshToken {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if s.unsaved, err = s.app.Refresh(ctx, t.RefreshToken); err != nil {
			return nil, err
		}
		s.old = t.RefreshToken
	}
	_, err = tx.Exec("UPDATE tokens SET access_token = $1, refresh_token = $2, expiry = $3 WHERE account = $4",
		s.unsaved.AccessToken, s.unsaved.RefreshToken, s.unsaved.Expiry, s.account)
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return nil, fmt.Errorf("save the new token: %w", err) // the next call saves it
	}
	t, s.unsaved = s.unsaved, nil
	return t, nil
}

func (s *sqlTokens) read(row *sql.Row) (*oauth2.Token, error) {
	t := new(oauth2.Token)
	return t, row.Scan(&t.AccessToken, &t.RefreshToken, &t.Expiry)
}

func (s *sqlTokens) good(t *oauth2.Token) bool {
	return t.Valid() && t.AccessToken != s.refused.Load()
}

// Invalidate is called for a token that HubSpot answered with a 401. It must not block.
func (s *sqlTokens) Invalidate(accessToken string) { s.refused.Store(accessToken) }

// Tokens in a table, which several processes share.
func ExampleOAuthApp_Refresh() {
	s := purgetest.NewServer() // stands in for HubSpot
	defer s.Close()
	s.Install(purgetest.App{ClientID: "app", ClientSecret: "app-secret", Rotate: true}, "refresh-token")
	db := openTable("acme", "refresh-token") // sql.Open("pgx", …)
	defer db.Close()

	app := client.OAuthApp{ClientID: "app", ClientSecret: "app-secret", TokenURL: s.TokenURL()}
	var processes sync.WaitGroup
	for range 3 { // each a process of its own
		processes.Go(func() {
			c, err := client.New(&sqlTokens{db: db, app: app, account: "acme"}, client.WithBaseURL(s.URL))
			if err != nil {
				log.Fatal(err)
			}
			_, err = c.Purge(context.Background(), client.Contacts, client.Companies, client.UserDefined(35))
			fmt.Println(err)
		})
	}
	processes.Wait()
	fmt.Println("refreshes:", len(s.TokenRequests()))
	// Output:
	// <nil>
	// <nil>
	// <nil>
	// refreshes: 1
}
