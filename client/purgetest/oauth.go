package purgetest

import (
	"slices"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
)

// tokenPath is where HubSpot refreshes tokens. The operation's document does not
// describe it, so nothing there is checked against a document.
const tokenPath = "/oauth/2026-03/token" //nolint:gosec // an address, no credential

// An App is an OAuth app that accounts of a Server can install.
type App struct {
	ClientID, ClientSecret string
	// Lifetime is how long an access token lives: 30 minutes, as HubSpot documents,
	// when it is 0. Below 0 answers don't say, and tokens live those 30 minutes.
	Lifetime time.Duration
	// Rotate replaces the refresh token at every refresh: the old one is void.
	Rotate bool
}

// grant is what one account gave an app.
type grant struct {
	account string // the refresh token of the installation
	app     App
}

// oauth is what the token endpoint knows.
type oauth struct {
	installs map[string]bool   // the names of accounts, which are no access tokens
	grants   map[string]grant  // by the refresh tokens that are good
	issued   map[string]issued // by access token
	counter  int
	queue    []Answer
	requests []Request
}

type issued struct {
	account string
	until   time.Time
}

// Install makes an account that has installed app, with these limits set. Its
// first refresh token is also the name of the account for Limits, whatever access
// tokens it gets.
func (s *Server) Install(app App, refreshToken string, limits ...client.Limit) {
	s.SetLimits(refreshToken, limits...)
	st := s.lock()
	defer st.mu.Unlock()
	st.oauth.installs[refreshToken] = true
	st.oauth.grants[refreshToken] = grant{refreshToken, app}
}

// Revoke uninstalls every app from the account that Install made: its refresh
// tokens are refused with 400 invalid_grant, its access tokens with 401.
func (s *Server) Revoke(account string) {
	st := s.lock()
	defer st.mu.Unlock()
	for token, g := range st.oauth.grants {
		if g.account == account {
			delete(st.oauth.grants, token)
		}
	}
	for token, i := range st.oauth.issued {
		if i.account == account {
			delete(st.oauth.issued, token)
		}
	}
}

// TokenURL is the token endpoint, for client.OAuthApp; through Transport any host
// will do.
func (s *Server) TokenURL() string { return s.URL + tokenPath }

// QueueTokens adds answers for the next token requests. Apply makes the refresh
// take effect, a rotation too, although its answer is another.
func (s *Server) QueueTokens(answers ...Answer) {
	st := s.lock()
	defer st.mu.Unlock()
	st.oauth.queue = append(st.oauth.queue, answers...)
}

// TokenRequests returns the token requests that came in, without a Body: it would
// hold credentials.
func (s *Server) TokenRequests() []Request {
	st := s.lock()
	defer st.mu.Unlock()
	return slices.Clone(st.oauth.requests)
}

// account returns the account that an access token is for now: its own name, where
// it was not issued here.
func (o *oauth) account(token string) string {
	if i := o.issued[token]; time.Now().Before(i.until) {
		return i.account
	}
	if o.installs[token] {
		return ""
	}
	return token
}
