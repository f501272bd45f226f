package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/oauth2"
)

// hubSpotTokenURL is the endpoint of the same API version as the operation; the
// older oauth/v1/token stops on 16 February 2027.
const hubSpotTokenURL = "https://api.hubapi.com/oauth/2026-03/token" //nolint:gosec // an address, no credential

// tokenLifetime is what HubSpot documents for an access token. It stands in where
// an answer doesn't say how long its token lives.
const tokenLifetime = 30 * time.Minute

// tokenTimeout bounds a token request.
const tokenTimeout = 30 * time.Second

// An OAuthApp is an app that any number of HubSpot accounts have installed. Its
// access tokens live 30 minutes, as HubSpot documents; the sources that
// TokenSource makes, one for each account, refresh them. Printed or as JSON, it
// shows no secret.
type OAuthApp struct {
	ClientID, ClientSecret string
	// TokenURL is where tokens are refreshed, by the rule of WithBaseURL. The default
	// is https://api.hubapi.com/oauth/2026-03/token.
	TokenURL string
	// HTTPClient sends the token requests; it is copied, never changed, and follows
	// no redirect. Its Timeout is what ends a request; where it is 0, and by default,
	// that is 30 s.
	HTTPClient *http.Client
}

// TokenSource returns the tokens of one account, starting from t, the token last
// saved for it; {RefreshToken: …} is enough. An access token is used without a
// refresh until shortly before its Expiry; without an Expiry it is refreshed.
//
// HubSpot may replace the refresh token at any refresh, and the old one may be of
// no use then. So save, which may be nil, gets every new token before it is used.
// While save fails, so do the calls, and the same token is offered to it again,
// before anything else is asked of HubSpot. save is never called twice at once.
//
// One refresh serves any number of concurrent callers, and goes on when some of
// them leave because their contexts end. It is tried up to 4 times, by the rules
// of the package documentation; between two attempts it ends when nobody waits for
// it any longer. The error matches ErrUnauthorized when HubSpot refuses the refresh
// token or the app itself (400 invalid_grant or invalid_client, or 401), and then
// only somebody who installs the app again can help; a 429 matches ErrRateLimited.
//
// Use one source for an account in a program: two would refresh past each other.
// Several Clients may share it.
func (a OAuthApp) TokenSource(t *oauth2.Token, save func(*oauth2.Token) error) oauth2.TokenSource {
	if a.TokenURL == "" {
		a.TokenURL = hubSpotTokenURL
	}
	hc := http.Client{Transport: sharedTransport}
	if a.HTTPClient != nil {
		hc = *a.HTTPClient
	}
	if hc.Timeout == 0 {
		hc.Timeout = tokenTimeout
	}
	a.HTTPClient = &hc
	if t == nil {
		t = new(oauth2.Token)
	}
	current := *t
	s := &appState{app: &a, save: save, current: &current}
	s.refresh.fetch = s.renew
	return &appTokens{s}
}

// check refuses an app that could not refresh anything.
func (a OAuthApp) check() error {
	switch {
	case a.ClientID == "":
		return errors.New("empty client ID")
	case a.ClientSecret == "":
		return errors.New("empty client secret")
	}
	return checkURL("token URL", a.TokenURL)
}

// shownApp is what may be printed of an OAuthApp.
type shownApp struct{ ClientID, ClientSecret string }

func (a OAuthApp) shown() shownApp { return shownApp{a.ClientID, "[redacted]"} }

// Format keeps the secret out of what package fmt prints, by any verb.
func (a OAuthApp) Format(f fmt.State, verb rune) {
	fmt.Fprintf(f, fmt.FormatString(f, verb), a.shown())
}

// MarshalJSON keeps the secret out of JSON.
func (a OAuthApp) MarshalJSON() ([]byte, error) { return json.Marshal(a.shown()) }
