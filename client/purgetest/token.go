package purgetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

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
		"hub_id":        o.installs[g.account],
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
