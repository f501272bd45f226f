package purgetest

import (
	"cmp"
	"slices"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
)

// tokenPath is where HubSpot refreshes tokens. The document does not describe it, so
// token requests and their answers are not checked.
const tokenPath = "/oauth/2026-03/token" //nolint:gosec // an address, no credential

// An App is an OAuth app that accounts of a Server can install.
type App struct {
	ClientID, ClientSecret string
	// Lifetime is how long an access token is good. 0 means HubSpot's 30 minutes.
	// Below 0 it is 30 minutes too, but answers do not say so.
	Lifetime time.Duration
	// Rotate replaces the refresh token at every refresh. The old one is refused.
	Rotate bool
}

// grant is what one account gave an app.
type grant struct {
	account string // the first refresh token
	app     App
}

// oauth is the state of the token endpoint.
type oauth struct {
	installs map[string]int    // hub_ids by the accounts' names, which are refused as access tokens
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

// Install makes an account that has installed app, with these limits set. For the
// methods that take a token, such as Limits, QueueFor and RequestsOf, refreshToken
// names the account, also after a refresh has replaced it. The hub_ids of its tokens
// are 1 for the account installed first, then 2, and so on.
func (s *Server) Install(app App, refreshToken string, limits ...client.Limit) {
	s.SetLimits(refreshToken, limits...)
	st := s.lock()
	defer st.mu.Unlock()
	st.oauth.installs[refreshToken] = cmp.Or(st.oauth.installs[refreshToken], len(st.oauth.installs)+1)
	st.oauth.grants[refreshToken] = grant{refreshToken, app}
}

// Revoke uninstalls the app from an account that Install made. From then on its
// refresh tokens are refused with 400 invalid_grant and its access tokens with 401.
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
			i.until = time.Time{}
			st.oauth.issued[token] = i
		}
	}
}

// TokenURL is the token endpoint, for client.OAuthApp.
func (s *Server) TokenURL() string { return s.URL + tokenPath }

// QueueTokens adds answers for the next token requests. With Apply the refresh takes
// effect, with Rotate too, and the caller still gets the queued answer.
func (s *Server) QueueTokens(answers ...Answer) {
	st := s.lock()
	defer st.mu.Unlock()
	st.oauth.queue = append(st.oauth.queue, answers...)
}

// TokenRequests returns the token requests that came in, in this order. They have no
// Body, because it holds credentials.
func (s *Server) TokenRequests() []Request {
	st := s.lock()
	defer st.mu.Unlock()
	return slices.Clone(st.oauth.requests)
}

// owner returns the name of the account that an access token belongs to, and
// whether the token is still good. A token that was not issued here names its own.
func (o *oauth) owner(token string) (account string, good bool) {
	if i, ok := o.issued[token]; ok {
		return i.account, time.Now().Before(i.until)
	}
	return token, token != "" && o.installs[token] == 0
}
