package main

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"
)

// tokens are the tokens of the run's account. They are kept in its row, so refreshes
// are rare. A Client asks for one token at a time.
type tokens struct {
	*run
	token   *oauth2.Token
	invalid atomic.Value // an access token that HubSpot no longer accepts
}

// Invalidate is called by the Client when HubSpot has refused an access token.
func (t *tokens) Invalidate(accessToken string) { t.invalid.Store(accessToken) }

func (t *tokens) usable(token *oauth2.Token) bool {
	return token != nil && token.AccessToken != t.invalid.Load() && time.Until(token.Expiry) > time.Minute
}

// Token returns the account's access token, and refreshes it if it must.
func (t *tokens) Token() (*oauth2.Token, error) {
	if t.usable(t.token) {
		return t.token, nil
	}
	if err := t.Wait(t.saving); err != nil {
		return nil, err
	}
	token, since, err := t.claim()
	if err == nil && !t.usable(token) {
		token, err = t.refresh(token.RefreshToken, since)
	}
	t.token = token
	return token, err
}

// claim locks the account's row and reads its tokens. If they are not usable, it marks
// the row before HubSpot is asked. A mark that stays says that a new refresh token may
// be lost. It is also the lock while HubSpot is asked, so that no transaction has to
// stay open. since is the mark of an earlier refresh that was not saved, or 0.
func (t *tokens) claim() (token *oauth2.Token, since int64, err error) {
	token = new(oauth2.Token)
	err = t.write(func(u *unit) {
		var expires int64
		u.row([]any{&token.RefreshToken, &token.AccessToken, &expires, &since},
			`SELECT refresh_token, access_token, expires, refreshing_since FROM fleet_accounts WHERE id = $1`, t.account)
		token.Expiry = time.UnixMilli(expires)
		if !t.usable(token) {
			u.row([]any{new(string)}, `UPDATE fleet_accounts SET refreshing_since = CASE refreshing_since WHEN 0 THEN $2 ELSE refreshing_since END,
				refreshing_until = $3 WHERE id = $1 AND refreshing_until < $2 RETURNING id`, t.account, now(), now()+t.rescueAfter.Milliseconds())
		}
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = errors.New("another worker has the account")
	}
	return token, since, err
}

// refresh asks HubSpot for a new token and saves it. The mark returns to since if no
// new token can have been lost.
func (t *tokens) refresh(refreshToken string, since int64) (*oauth2.Token, error) {
	ctx, cancel := context.WithDeadline(t.ending, t.started.Add(t.rescueAfter/3)) // ends waits, not a request under way
	defer cancel()
	app, watch := t.app, new(answerWatch)
	app.HTTPClient = &http.Client{Transport: watch, Timeout: min(30*time.Second, t.rescueAfter/6)}
	token, err := app.Refresh(ctx, refreshToken)
	if err != nil {
		return nil, errors.Join(err, t.persist(t.saving, func(u *unit) {
			u.exec(`UPDATE fleet_accounts SET refreshing_since = CASE WHEN $3 THEN refreshing_since ELSE $2 END, refreshing_until = 0
				WHERE id = $1`, t.account, since, watch.missing)
		}))
	}
	// This may be the only copy of the refresh token, so it is saved however long that
	// takes. If the row no longer has what was sent, this one is saved, or a newer one.
	return token, t.persist(context.WithoutCancel(ctx), func(u *unit) {
		u.exec(`UPDATE fleet_accounts SET refresh_token = $3, access_token = $4, expires = $5, refreshing_since = 0, refreshing_until = 0
			WHERE id = $1 AND refresh_token = $2`, t.account, refreshToken, token.RefreshToken, token.AccessToken, token.Expiry.UnixMilli())
	})
}

// An answerWatch sees token requests. missing is set if one of them may have made a
// token that did not arrive.
type answerWatch struct{ missing bool }

func (w *answerWatch) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	w.missing = w.missing || err != nil || resp.StatusCode/100 != 4
	return resp, err
}
