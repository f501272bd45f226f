package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"
)

// hubSpotTokenURL belongs to the same API version as the operation. The older
// oauth/v1/token stops on 16 February 2027.
const hubSpotTokenURL = "https://api.hubapi.com/oauth/2026-03/token" //nolint:gosec // an address, no credential

// An OAuthApp is an app that any number of HubSpot accounts have installed. Its
// access tokens live 30 minutes, as HubSpot documents. TokenSource returns a source
// that refreshes them. Printed, or as JSON, an OAuthApp shows no secret.
type OAuthApp struct {
	ClientID, ClientSecret string
	// TokenURL is where tokens are refreshed. It must be https, or http to a loopback host. The
	// default is https://api.hubapi.com/oauth/2026-03/token.
	TokenURL string
	// HTTPClient sends the token requests. It is copied, never changed, and follows no
	// redirect. Its Timeout bounds a request. By default, and for 0, that is 30 s.
	HTTPClient *http.Client
}

// TokenSource returns the tokens of one account. t is the token last saved for it;
// {RefreshToken: …} is enough. An access token is used until shortly before its
// Expiry, or until HubSpot answers it with a 401. One without an Expiry is refreshed
// at once. After a 401 a call refreshes, and makes one more attempt. The token that a
// refresh brings has the account's ID in Extra("hub_id"), a float64.
//
// HubSpot may replace the refresh token at any refresh, and may then refuse the old
// one. So save gets every new token before it is used. While save fails, so do the
// calls, and the same token is offered again before HubSpot is asked for another.
// save may be nil, and is never called twice at once.
//
// A new refresh token is lost if the answer does not arrive, or if the process dies
// after HubSpot has replaced the old one and before save has stored the new one. No
// client can prevent that. If HubSpot then refuses the old one, the account has to
// install the app again. Save the access token and its Expiry too, so that a restart
// needs no refresh.
//
// One refresh serves any number of concurrent callers. It goes on when some of them
// leave because their contexts end. It is tried up to 4 times, by the rules of the
// package documentation. After all callers have left, only the request under way is
// let finish.
//
// If HubSpot refuses to refresh, errors.As finds an *oauth2.RetrieveError. The error
// matches ErrUnauthorized for a 401 and for a 400 with one of two ErrorCodes. With
// invalid_grant the account has uninstalled the app, or the refresh token is an old
// one. With invalid_client the client ID or secret is wrong, and every account fails.
// The error says so if an earlier refresh may have lost the new refresh token.
//
// Any other trouble, such as a 5xx or no answer, matches neither ErrUnauthorized nor
// ErrOutcomeUnknown. RetryAfter has the wait for it.
//
// Use one source for an account, in one process: two would refresh past each other.
// Keep it while the process runs: while save fails, only the source has the new
// token. Several Clients may share it. For several processes see Refresh.
func (a OAuthApp) TokenSource(t *oauth2.Token, save func(*oauth2.Token) error) oauth2.TokenSource {
	if t == nil {
		t = new(oauth2.Token)
	}
	stored := *t // the caller may change t
	s := &appState{app: &a, save: save}
	s.latest.Store(&stored)
	return appTokens{s}
}

// check refuses an app that can't refresh.
func (a *OAuthApp) check() error {
	if a.ClientID == "" || a.ClientSecret == "" {
		return errors.New("empty client ID or secret")
	}
	return checkURL("token URL", a.tokenURL())
}

// shown is what may be printed of an OAuthApp.
func (a OAuthApp) shown() any {
	return struct{ ClientID, ClientSecret string }{a.ClientID, "[redacted]"}
}

// Format keeps the secret out of what package fmt prints, by any verb but %p.
func (a OAuthApp) Format(f fmt.State, verb rune) {
	fmt.Fprintf(f, fmt.FormatString(f, verb), a.shown())
}

// MarshalJSON keeps the secret out of JSON.
func (a OAuthApp) MarshalJSON() ([]byte, error) { return json.Marshal(a.shown()) }

// appTokens are the tokens of one account. They stand behind a pointer, which
// package fmt does not follow.
type appTokens struct{ *appState }

type appState struct {
	shared
	app    *OAuthApp
	latest atomic.Pointer[oauth2.Token] // saved; replaced, never changed
	// These belong to the refresh under way.
	save    func(*oauth2.Token) error
	unsaved *oauth2.Token // new, and not yet saved
	lost    bool          // a new token may have been issued that did not arrive
}

func (s *appState) Token() (*oauth2.Token, error) { return s.token(context.Background(), nil) }

func (s *appState) token(ctx context.Context, log *slog.Logger) (*oauth2.Token, error) {
	if t := s.latest.Load(); fresh(t) {
		return t, nil
	}
	return s.wait(ctx, func(ctx context.Context) (*oauth2.Token, error) { return s.refresh(ctx, log) })
}

func (s *appState) check() error { return s.app.check() }

func (s *appState) invalidate(accessToken string) bool {
	if t := s.latest.Load(); t.AccessToken == accessToken {
		s.latest.CompareAndSwap(t, &oauth2.Token{RefreshToken: t.RefreshToken})
	}
	return s.latest.Load().RefreshToken != ""
}

// fresh reports whether t can be used. One without an Expiry may have ended long
// ago: HubSpot's always end.
func fresh(t *oauth2.Token) bool { return t.Valid() && !t.Expiry.IsZero() }

// refresh gets a new token, saves it, and only then lets it be used. A token that
// could not be saved is offered again before HubSpot is asked for another.
func (s *appState) refresh(ctx context.Context, log *slog.Logger) (*oauth2.Token, error) {
	kept := s.unsaved != nil
	if !kept {
		last := s.latest.Load()
		if fresh(last) { // another caller has just refreshed
			return last, nil
		}
		t, err := s.app.exchange(ctx, log, last.RefreshToken, &s.lost)
		if err != nil {
			return nil, err
		}
		s.unsaved = t
	}
	t := *s.unsaved
	if s.save != nil {
		s.secrets = []string{t.AccessToken, t.RefreshToken}
		offered := t // the saver may change it
		if err := s.save(&offered); err != nil {
			return nil, later(fmt.Errorf("save the new token: %w", redactError(err, s.secrets...)))
		}
	}
	s.latest.Store(&t)
	s.unsaved = nil
	if kept && !fresh(&t) {
		return s.refresh(ctx, log)
	}
	return &t, nil
}

// Refresh exchanges a refresh token once, with the retries of the package
// documentation. It is for token sources of your own, such as one that locks a row
// of a database, so that several processes may share an account. It must not run
// twice at once for one account.
//
// Save the new token, its RefreshToken too, before you use it. If the process dies
// before that, the new refresh token is lost, as with TokenSource. ctx ends the waits
// between attempts, never a request under way: a token that arrives is returned. The
// errors are those of TokenSource.
func (a OAuthApp) Refresh(ctx context.Context, refreshToken string) (*oauth2.Token, error) {
	if ctx == nil {
		return nil, fmt.Errorf("refresh: %w: nil context", ErrInvalidInput)
	}
	return a.exchange(ctx, nil, refreshToken, new(bool))
}

// exchange asks HubSpot for a new token, with retries. lost is set while a new token
// may have been issued that did not arrive.
func (a *OAuthApp) exchange(ctx context.Context, log *slog.Logger, refreshToken string, lost *bool) (token *oauth2.Token, err error) {
	if err = a.check(); err == nil && refreshToken == "" {
		err = errors.New("no refresh token")
	}
	if err != nil {
		return nil, fmt.Errorf("refresh: %w: %w", ErrInvalidInput, err)
	}
	s := sender{retry: defaultRetry, log: logger{log}}
	s.try = func(_, wait context.Context, _ request) (at *attempt) {
		if wait.Err() != nil {
			return &attempt{err: ended(wait)}
		}
		token, at = a.request(refreshToken)
		return at
	}
	c := s.send(ctx, ctx, request{name: "token"})
	*lost = c.err != nil && (*lost || c.unanswered != nil)
	switch {
	case c.err == nil:
		return token, nil
	case *lost && errors.Is(c.err, ErrUnauthorized):
		return nil, fmt.Errorf("refresh: %w; an earlier token request had no answer that could be read, so the new refresh token may have been lost", c.err)
	}
	return nil, fmt.Errorf("refresh: %w", c.err)
}

// request makes one token request. It ends by its own timeout, never by a caller's
// context: an answer that nobody waits for any longer may hold the only refresh
// token that is still good.
func (a *OAuthApp) request(refreshToken string) (*oauth2.Token, *attempt) {
	hc := *cmp.Or(a.HTTPClient, &http.Client{Transport: sharedTransport})
	ctx, cancel := context.WithTimeout(context.Background(), cmp.Or(max(hc.Timeout, 0), 30*time.Second))
	defer cancel()
	hc.Transport, hc.Timeout = answers{hc.Transport}, 0
	form := url.Values{
		"grant_type":    {"refresh_token"},
		"client_id":     {a.ClientID},
		"client_secret": {a.ClientSecret},
		"refresh_token": {refreshToken},
	}
	var proof unsentProof
	// No error: the URL was checked.
	req, _ := http.NewRequestWithContext(proof.watch(ctx), http.MethodPost, a.tokenURL(), strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := hc.Do(req)
	if err != nil {
		cause := redactError(err, a.ClientSecret, refreshToken)
		return nil, &attempt{sent: true, err: later(cause), unknown: !proof.holds(err)}
	}
	return readToken(readResponse(resp), a.ClientSecret, refreshToken)
}

func (a *OAuthApp) tokenURL() string { return cmp.Or(a.TokenURL, hubSpotTokenURL) }
