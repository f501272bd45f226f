package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"
)

// hubSpotTokenURL belongs to the same API version as the operation. The older
// oauth/v1/token stops on 16 February 2027.
const hubSpotTokenURL = "https://api.hubapi.com/oauth/2026-03/token" //nolint:gosec // an address, no credential

const (
	tokenLifetime = 30 * time.Minute // as HubSpot documents, for an answer that gives none
	tokenTimeout  = 30 * time.Second // of a token request
)

// An OAuthApp is an app that any number of HubSpot accounts have installed. HubSpot
// documents that its access tokens live 30 minutes. A source made by TokenSource
// refreshes them. Printed, or as JSON, an OAuthApp shows no secret.
type OAuthApp struct {
	ClientID, ClientSecret string
	// TokenURL is where tokens are refreshed. The rule of WithBaseURL holds for it. The
	// default is https://api.hubapi.com/oauth/2026-03/token.
	TokenURL string
	// HTTPClient sends the token requests. It is copied, never changed, and follows no
	// redirect. Its Timeout bounds a request. By default, and for 0, that is 30 s.
	HTTPClient *http.Client
}

// TokenSource returns the tokens of one account. t is the token last saved for it;
// {RefreshToken: …} is enough. An access token is used until shortly before its
// Expiry. One without an Expiry is refreshed at once.
//
// HubSpot may replace the refresh token at any refresh, and may then refuse the old
// one. So save gets every new token before it is used. While save fails, so do the
// calls, and the same token is offered again before HubSpot is asked for another.
// save may be nil, and is never called twice at once.
//
// One refresh serves any number of concurrent callers. It goes on when some of them
// leave because their contexts end. It is tried up to 4 times, by the rules of the
// package documentation. After all callers have left, only the request under way is
// let finish.
//
// If HubSpot refuses the refresh token or the app (400 invalid_grant or
// invalid_client, or 401), the error matches ErrUnauthorized. A 429 matches
// ErrRateLimited.
//
// Use one source for an account in a program: two would refresh past each other.
// Several Clients may share it.
func (a OAuthApp) TokenSource(t *oauth2.Token, save func(*oauth2.Token) error) oauth2.TokenSource {
	if t == nil {
		t = new(oauth2.Token)
	}
	s := &appState{app: &a, save: save}
	s.fetch = s.renew
	s.latest.Store(clone(t))
	return appTokens{s}
}

// check refuses an app that could not refresh anything.
func (a *OAuthApp) check() error {
	if a.ClientID == "" || a.ClientSecret == "" {
		return errors.New("empty client ID or secret")
	}
	return checkURL("token URL", cmp.Or(a.TokenURL, hubSpotTokenURL))
}

// shown is what may be printed of an OAuthApp.
func (a OAuthApp) shown() any {
	return struct{ ClientID, ClientSecret string }{a.ClientID, "[redacted]"}
}

// Format keeps the secret out of what package fmt prints, by any verb.
func (a OAuthApp) Format(f fmt.State, verb rune) {
	fmt.Fprintf(f, fmt.FormatString(f, verb), a.shown())
}

// MarshalJSON keeps the secret out of JSON.
func (a OAuthApp) MarshalJSON() ([]byte, error) { return json.Marshal(a.shown()) }

// appTokens are the tokens of one account that installed an app. They stand behind
// a pointer, which package fmt does not follow.
type appTokens struct{ *appState }

type appState struct {
	shared
	app    *OAuthApp
	latest atomic.Pointer[oauth2.Token] // saved; replaced, never changed
	// These belong to the fetch.
	save    func(*oauth2.Token) error
	unsaved *oauth2.Token // new, and not yet saved
	lost    bool          // a new token may have been issued that did not arrive
}

// Token is token without an end.
func (s *appState) Token() (*oauth2.Token, error) {
	t, err := s.token(context.Background(), nil)
	if err != nil {
		return nil, err
	}
	return clone(t), nil
}

func (s *appState) token(ctx context.Context, log *slog.Logger) (*oauth2.Token, error) {
	if t := s.latest.Load(); fresh(t) {
		return t, nil
	}
	return s.wait(ctx, log)
}

func (s *appState) invalidate(accessToken string) bool {
	if t := s.latest.Load(); t.AccessToken == accessToken {
		s.latest.CompareAndSwap(t, &oauth2.Token{RefreshToken: t.RefreshToken})
	}
	return true
}

// fresh reports whether t can be used. One without an Expiry may have ended long
// ago: HubSpot's always end.
func fresh(t *oauth2.Token) bool { return t.Valid() && !t.Expiry.IsZero() }

func clone(t *oauth2.Token) *oauth2.Token {
	c := *t
	return &c
}

// renew gets a new token, unless there is a fresh one or one that still has to be
// saved. It saves the token, and only then lets it be used.
func (s *appState) renew(ctx context.Context, log *slog.Logger) (_ *oauth2.Token, err error) {
	t, kept := s.latest.Load(), s.unsaved != nil
	switch {
	case kept:
	case fresh(t):
		return t, nil
	default:
		if s.unsaved, err = s.app.exchange(ctx, log, t.RefreshToken, &s.lost); err != nil {
			return nil, err
		}
	}
	if s.save != nil {
		if err := s.save(clone(s.unsaved)); err != nil {
			return nil, later(fmt.Errorf("save the new token: %w", err), time.Minute)
		}
	}
	t, s.unsaved = s.unsaved, nil
	s.latest.Store(t)
	if kept && !fresh(t) {
		return s.renew(ctx, log)
	}
	return t, nil
}

// Refresh exchanges a refresh token once, with the retries of the package
// documentation. It is for token sources of one's own, such as one that locks a row
// of a database. Save the token that comes back before you use it, its RefreshToken
// too. ctx ends the waits between attempts, never a request under way: a token that
// arrives is returned. The errors are those of a source made by TokenSource. Refresh
// is safe for concurrent use, but must not run twice at once for one account.
func (a OAuthApp) Refresh(ctx context.Context, refreshToken string) (*oauth2.Token, error) {
	if ctx == nil {
		return nil, fmt.Errorf("refresh: %w: nil context", ErrInvalidInput)
	}
	return a.exchange(ctx, nil, refreshToken, new(bool))
}

// exchange asks HubSpot for a new token, with retries. lost is set while a new token
// may have been issued that did not arrive.
func (a *OAuthApp) exchange(ctx context.Context, log *slog.Logger, refreshToken string, lost *bool) (*oauth2.Token, error) {
	err := a.check()
	if err == nil && refreshToken == "" {
		err = errors.New("no refresh token")
	}
	if err != nil {
		return nil, fmt.Errorf("refresh: %w: %w", ErrInvalidInput, err)
	}
	for n := 1; ; n++ {
		token, attempt := a.request(refreshToken)
		wait, again := defaultRetry.next(n, attempt)
		again = again && n < defaultRetry.maxAttempts && defaultRetry.fits(ctx, wait)
		logger{log}.attempt(ctx, request{name: "token"}, n, attempt, wait, again)
		*lost = attempt.err != nil && (*lost || attempt.unknown)
		if attempt.err == nil {
			return token, nil
		}
		err := tokenError(attempt, *lost)
		if !again {
			return nil, err
		}
		if end := sleep(ctx, wait); end != nil {
			return nil, after(end, err)
		}
	}
}

// request makes one token request. It ends by its client's timeout, never by a
// context: an answer that nobody waits for any longer may hold the only refresh
// token that is still good.
func (a *OAuthApp) request(refreshToken string) (*oauth2.Token, *attempt) {
	at := &attempt{sent: true}
	hc := http.Client{Transport: sharedTransport}
	if a.HTTPClient != nil {
		hc = *a.HTTPClient
	}
	hc.Timeout = cmp.Or(hc.Timeout, tokenTimeout)
	hc.Transport = answers{hc.Transport, &at.status}
	ctx := context.WithValue(at.proof.watch(context.Background()), oauth2.HTTPClient, &hc)
	cfg := oauth2.Config{
		ClientID:     a.ClientID,
		ClientSecret: a.ClientSecret,
		Endpoint:     oauth2.Endpoint{TokenURL: cmp.Or(a.TokenURL, hubSpotTokenURL), AuthStyle: oauth2.AuthStyleInParams},
	}
	token, err := cfg.TokenSource(ctx, &oauth2.Token{RefreshToken: refreshToken}).Token()
	if err == nil {
		err = checkToken(token)
	}
	switch refusal := new(oauth2.RetrieveError); {
	case err == nil:
		if !token.Expiry.After(time.Now()) { // not given, or without sense
			token.Expiry = time.Now().Add(tokenLifetime)
		}
		return token, at
	case errors.As(err, &refusal):
		at.answer, at.err = readRefusal(refusal, a.ClientSecret, refreshToken)
	default:
		at.err = redactError(err, a.ClientSecret, refreshToken)
		if at.status > 0 { // its body can't be read
			at.answer = &Error{StatusCode: at.status}
		}
	}
	at.unknown = at.status == 0 && !at.proof.holds(err) || at.status >= 500 || at.answer != nil && at.answer.Body == nil
	return nil, at
}

// readRefusal makes an answer of a refusal, and the refusal anew, both without
// secrets: x/oauth2 keeps the request in it too.
func readRefusal(refusal *oauth2.RetrieveError, secrets ...string) (*Error, *oauth2.RetrieveError) {
	resp := refusal.Response
	resp.Body = io.NopCloser(bytes.NewReader(refusal.Body))
	r := readResponse(resp, secrets...)
	header := r.header.Clone()
	for _, values := range header {
		for i, value := range values {
			values[i] = string(redact([]byte(value), secrets...))
		}
	}
	return newError(r), &oauth2.RetrieveError{
		Response:         &http.Response{StatusCode: r.status, Status: statusText(r.status), Header: header},
		Body:             r.body,
		ErrorCode:        string(redact([]byte(refusal.ErrorCode), secrets...)),
		ErrorDescription: string(redact([]byte(refusal.ErrorDescription), secrets...)),
	}
}

// tokenError says in one line why there is no new token. It matches no *Error, which
// would be taken for an answer about limits.
func tokenError(a *attempt, lost bool) error {
	e := &classedError{text: a.err.Error(), wait: time.Minute}
	if a.answer != nil && a.status/100 != 2 {
		e.wait, _ = a.answer.retryAfter()
	}
	refusal := new(oauth2.RetrieveError)
	if errors.As(a.err, &refusal) {
		code := refusal.ErrorCode
		e.text, e.matches = code+" "+refusal.ErrorDescription, []error{refusal}
		if a.status == http.StatusUnauthorized || a.status <= http.StatusBadRequest && (code == "invalid_grant" || code == "invalid_client") {
			e.matches, e.wait = append(e.matches, ErrUnauthorized), 0
			if lost {
				e.text += ": an earlier token request may have brought a new refresh token that was lost"
			}
		}
	}
	if a.answer != nil {
		e.text = a.answer.Error() + ": " + e.text
		for _, limit := range []error{ErrRateLimited, ErrDailyLimit} {
			if a.answer.Is(limit) {
				e.matches = append(e.matches, limit)
			}
		}
	}
	e.text = "refresh: " + strings.TrimRight(oneLine(e.text), " :")
	return e
}
