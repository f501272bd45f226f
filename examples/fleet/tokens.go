package main

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"time"

	"golang.org/x/oauth2"
)

// Invalidate is called by the Client when HubSpot has refused an access token.
func (r *run) Invalidate(accessToken string) { r.invalid.Store(accessToken) }

func (r *run) usable(token *oauth2.Token) bool {
	return token != nil && token.AccessToken != r.invalid.Load() && time.Until(token.Expiry) > time.Minute
}

// Token returns the account's access token, and refreshes it if it must. The tokens are
// kept in the account's row, so that is rare. A Client asks for one token at a time.
func (r *run) Token() (*oauth2.Token, error) {
	if r.usable(r.token) {
		return r.token, nil
	}
	if err := r.Wait(r.saving); err != nil {
		return nil, err
	}
	// The row is marked before HubSpot is asked. A mark that stays says that a new refresh
	// token may be lost. It is also the lock while HubSpot is asked, so that no transaction
	// has to stay open. since is the mark of an earlier refresh that was not saved, or 0.
	token := new(oauth2.Token)
	var expires, since int64
	err := r.write(func(u *unit) {
		u.row([]any{&token.RefreshToken, &token.AccessToken, &expires, &since},
			`SELECT refresh_token, access_token, expires, refreshing_since FROM fleet_accounts WHERE id = $1`, r.account)
		token.Expiry = time.UnixMilli(expires)
		if !r.usable(token) {
			u.row([]any{new(string)}, `UPDATE fleet_accounts SET refreshing_since = CASE refreshing_since WHEN 0 THEN $2 ELSE refreshing_since END,
				refreshing_until = $3 WHERE id = $1 AND refreshing_until < $2 RETURNING id`, r.account, now(), now()+r.rescueAfter.Milliseconds())
		}
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = errors.New("another worker has the account")
	}
	if err == nil && !r.usable(token) {
		token, err = r.refresh(token.RefreshToken, since)
	}
	r.token = token
	return token, err
}

// refresh asks HubSpot for a new token and saves it. The mark returns to since if no
// new token can have been lost.
func (r *run) refresh(refreshToken string, since int64) (*oauth2.Token, error) {
	ctx, cancel := context.WithDeadline(r.ending, r.started.Add(r.rescueAfter/3)) // ends waits, not a request under way
	defer cancel()
	app, watch := r.app, new(answerWatch)
	app.HTTPClient = &http.Client{Transport: watch, Timeout: min(30*time.Second, r.rescueAfter/6)}
	token, err := app.Refresh(ctx, refreshToken)
	if err != nil {
		return nil, errors.Join(err, r.persist(r.saving, func(u *unit) {
			u.exec(`UPDATE fleet_accounts SET refreshing_since = CASE WHEN $3 THEN refreshing_since ELSE $2 END, refreshing_until = 0
				WHERE id = $1`, r.account, since, watch.missing)
		}))
	}
	// This may be the only copy of the refresh token, so it is saved however long that
	// takes. If the row no longer has what was sent, this one is saved, or a newer one.
	return token, r.persist(context.WithoutCancel(ctx), func(u *unit) {
		u.exec(`UPDATE fleet_accounts SET refresh_token = $3, access_token = $4, expires = $5, refreshing_since = 0, refreshing_until = 0
			WHERE id = $1 AND refresh_token = $2`, r.account, refreshToken, token.RefreshToken, token.AccessToken, token.Expiry.UnixMilli())
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
