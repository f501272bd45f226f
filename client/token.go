package client

import (
	"context"
	"errors"
	"strings"

	"golang.org/x/oauth2"
)

// StaticToken is the token of a service key or a private app: it never expires.
// White space at both ends, which files and secret managers leave, is trimmed.
// New refuses a token that is empty or has anything but visible ASCII inside.
func StaticToken(token string) oauth2.TokenSource {
	token = strings.TrimSpace(token)
	return staticToken{&token}
}

// staticToken keeps its token behind a pointer: fmt and encoding/json print an
// address or nothing, wherever the value is held.
type staticToken struct{ token *string }

func (s staticToken) Token() (*oauth2.Token, error) {
	return &oauth2.Token{AccessToken: *s.token}, nil
}

func (s staticToken) tokenFor(context.Context) (*oauth2.Token, error) { return s.Token() }

func checkTokens(tokens oauth2.TokenSource) error {
	if tokens == nil {
		return errors.New("no token source")
	}
	switch s := tokens.(type) {
	case staticToken:
		return checkToken(*s.token)
	case *appTokens:
		return s.app.check()
	}
	return nil
}

// checkToken refuses what can't stand in a header, without quoting it.
func checkToken(token string) error {
	if token == "" {
		return errors.New("empty access token")
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("access token has characters other than visible ASCII")
	}
	return nil
}
