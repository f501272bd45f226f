package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/oauth2"
)

// request makes one token request. It heeds no context but ends by its client's
// timeout: an answer that nobody waits for any longer may hold the only refresh
// token that is still good.
func (a *OAuthApp) request(refreshToken string) (*oauth2.Token, outcome) {
	o := outcome{tried: true}
	hc := *a.HTTPClient
	hc.Transport = refusals{hc.Transport, &o}
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, &hc)
	cfg := oauth2.Config{
		ClientID:     a.ClientID,
		ClientSecret: a.ClientSecret,
		Endpoint:     oauth2.Endpoint{TokenURL: a.TokenURL, AuthStyle: oauth2.AuthStyleInParams},
	}
	token, err := cfg.TokenSource(ctx, &oauth2.Token{RefreshToken: refreshToken}).Token()
	if err == nil {
		err = checkToken(token.AccessToken)
	}
	o.err = err
	return token, o
}

// refusals makes an error of every answer outside 2xx, a redirect among them: x/oauth2
// would lose the status of one that it can't read, and the headers of each.
type refusals struct {
	next http.RoundTripper
	o    *outcome
}

func (r refusals) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := answers{r.next}.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 == 2 {
		r.o.answered = true
		return resp, nil
	}
	defer resp.Body.Close() //nolint:errcheck // nothing is left to be done about it
	r.o.answer = readError(resp, "")
	return nil, r.o.answer
}

// A tokenError says in one line why there is no token. It is no *Error, which would
// be taken for an answer about limits.
type tokenError struct {
	text    string
	verdict error // ErrUnauthorized, ErrRateLimited, or nil
}

func (e *tokenError) Error() string { return e.text }
func (e *tokenError) Unwrap() error { return e.verdict }

// tokenError makes one of what a token request came to.
func (a *OAuthApp) tokenError(o outcome, refreshToken string) error {
	e := &tokenError{text: o.err.Error()}
	code := ""
	refusal := new(oauth2.RetrieveError)
	switch answer := o.answer; {
	case answer != nil:
		var body struct {
			Error       string `json:"error"`
			Description string `json:"error_description"`
		}
		_ = json.Unmarshal(bytes.TrimSpace(answer.Body), &body) // what HubSpot said is welcome, not needed
		code = body.Error
		e.text = strings.TrimSuffix(fmt.Sprintf("%s: %s %s", answer, code, body.Description), ":  ")
		switch {
		case answer.StatusCode == http.StatusUnauthorized:
			e.verdict = ErrUnauthorized
		case answer.StatusCode == http.StatusTooManyRequests:
			e.verdict = ErrRateLimited
		case answer.StatusCode != http.StatusBadRequest:
			code = ""
		}
	case errors.As(o.err, &refusal):
		code = refusal.ErrorCode
	}
	if code == "invalid_grant" || code == "invalid_client" {
		e.verdict = ErrUnauthorized
	}
	for _, secret := range []string{a.ClientSecret, refreshToken} {
		e.text = string(blank([]byte(e.text), secret))
	}
	e.text = "refresh: " + oneLine(e.text)
	return e
}
