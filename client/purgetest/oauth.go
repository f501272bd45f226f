package purgetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
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
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	s.state.oauth.installs[refreshToken] = true
	s.state.oauth.grants[refreshToken] = grant{refreshToken, app}
}

// Revoke uninstalls every app from the account that Install made: its refresh
// tokens are refused with 400 invalid_grant, its access tokens with 401.
func (s *Server) Revoke(account string) {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	for token, g := range s.state.oauth.grants {
		if g.account == account {
			delete(s.state.oauth.grants, token)
		}
	}
	for token, i := range s.state.oauth.issued {
		if i.account == account {
			delete(s.state.oauth.issued, token)
		}
	}
}

// TokenURL is the token endpoint, for client.OAuthApp; through Transport any host
// will do.
func (s *Server) TokenURL() string { return s.URL + tokenPath }

// QueueTokens adds answers for the next token requests. Apply makes the refresh
// take effect, a rotation too, although its answer is another.
func (s *Server) QueueTokens(answers ...Answer) {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	s.state.oauth.queue = append(s.state.oauth.queue, answers...)
}

// TokenRequests returns the token requests that came in, without a Body: it would
// hold credentials.
func (s *Server) TokenRequests() []Request {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	return slices.Clone(s.state.oauth.requests)
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

// refresh answers a token request.
func (st *state) refresh(req *http.Request, body []byte) reply {
	st.mu.Lock()
	defer st.mu.Unlock()
	r, _ := newRequest(req, nil)
	st.oauth.requests = append(st.oauth.requests, r)
	st.oauth.counter++

	var a Answer
	if len(st.oauth.queue) > 0 {
		a, st.oauth.queue = st.oauth.queue[0], st.oauth.queue[1:]
	}
	answer := reply{status: a.Status, header: http.Header{}, body: []byte(a.Body)}
	if own := a.Status == 0 && (a.Fault == FaultNone || a.Fault == FaultCutBody); own || a.Apply {
		made := st.oauth.issue(req, body)
		if own {
			answer = made
		}
	}
	answer.delay, answer.fault = a.Delay, a.Fault
	answer.addHeader(a.Header)
	answer.complete(correlationID(st.oauth.counter))
	return answer
}

func (o *oauth) issue(req *http.Request, body []byte) reply {
	form, err := url.ParseQuery(string(body))
	if err != nil || req.Method != http.MethodPost || form.Get("grant_type") != "refresh_token" {
		return refusal("unsupported_grant_type", "BAD_GRANT_TYPE", "missing or unknown grant type")
	}
	g, ok := o.grants[form.Get("refresh_token")]
	if !ok {
		return refusal("invalid_grant", "BAD_REFRESH_TOKEN", "missing or invalid refresh token")
	}
	if form.Get("client_id") != g.app.ClientID || form.Get("client_secret") != g.app.ClientSecret {
		return refusal("invalid_client", "BAD_CLIENT_SECRET", "missing or invalid client secret")
	}
	token := map[string]any{
		"access_token":  fmt.Sprintf("access-%d-of-%s", o.counter, g.account),
		"refresh_token": form.Get("refresh_token"),
		"token_type":    "bearer",
		"hub_id":        1,
		"user_id":       1,
		"scopes":        []string{"oauth"},
	}
	if g.app.Rotate {
		delete(o.grants, form.Get("refresh_token"))
		token["refresh_token"] = fmt.Sprintf("%s-rotated-%d", g.account, o.counter)
		o.grants[token["refresh_token"].(string)] = g //nolint:forcetypeassert // set above
	}
	lifetime := g.app.Lifetime
	if lifetime <= 0 {
		lifetime = 30 * time.Minute
	}
	if g.app.Lifetime >= 0 {
		token["expires_in"] = int(lifetime / time.Second)
	}
	o.issued[token["access_token"].(string)] = issued{g.account, time.Now().Add(lifetime)} //nolint:forcetypeassert // set above
	text, _ := json.Marshal(token)                                                         //nolint:errchkjson // of texts and numbers
	return reply{status: http.StatusOK, header: http.Header{}, body: text}
}

// refusal is in OAuth's form, with HubSpot's additions.
func refusal(code, status, message string) reply {
	text, _ := json.Marshal(map[string]string{ //nolint:errchkjson // of texts
		"error": code, "error_description": message, "status": status, "message": message,
	})
	return reply{status: http.StatusBadRequest, header: http.Header{}, body: text}
}
