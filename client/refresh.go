package client

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// appTokens are the tokens of one account that installed an app. They stand behind
// a pointer, which package fmt does not follow.
type appTokens struct{ *appState }

type appState struct {
	app     *OAuthApp
	save    func(*oauth2.Token) error
	refresh flight

	unsaved *oauth2.Token // only the flight's: new, and not yet taken by save

	mu      sync.Mutex
	current *oauth2.Token
}

// Token is tokenFor without an end.
func (s *appState) Token() (*oauth2.Token, error) { return s.tokenFor(context.Background()) }

func (s *appState) tokenFor(ctx context.Context) (*oauth2.Token, error) {
	token := s.get()
	if !fresh(token) {
		var err error
		if token, err = s.refresh.tokenFor(ctx); err != nil {
			return nil, err
		}
	}
	return clone(token), nil
}

func (s *appState) get() *oauth2.Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}

// fresh reports whether t can be used. One that does not say until when may be long
// over: HubSpot's always end.
func fresh(t *oauth2.Token) bool { return t.Valid() && !t.Expiry.IsZero() }

// renew is what a flight does: a token that still has to be saved comes first.
func (s *appState) renew(ctx context.Context) (*oauth2.Token, error) {
	if s.unsaved != nil {
		if err := s.store(); err != nil {
			return nil, err
		}
	}
	if token := s.get(); fresh(token) { // that one, or another flight's
		return token, nil
	}
	var err error
	if s.unsaved, err = s.exchange(ctx); err != nil {
		return nil, err
	}
	if err := s.store(); err != nil {
		return nil, err
	}
	return s.get(), nil
}

// store hands the new token to save, and only then lets it be used.
func (s *appState) store() error {
	if s.save != nil {
		if err := s.save(clone(s.unsaved)); err != nil {
			return fmt.Errorf("save the new token: %w", err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current, s.unsaved = s.unsaved, nil
	return nil
}

// exchange asks HubSpot for a new token until it answers, or no other attempt may
// follow.
func (s *appState) exchange(ctx context.Context) (*oauth2.Token, error) {
	if err := s.app.check(); err != nil {
		return nil, fmt.Errorf("refresh: %w: %w", ErrInvalidInput, err)
	}
	refreshToken := s.get().RefreshToken
	if refreshToken == "" {
		return nil, fmt.Errorf("refresh: %w: no refresh token", ErrInvalidInput)
	}
	for n := 1; ; n++ {
		token, o := s.app.request(refreshToken)
		if o.err == nil {
			if !token.Expiry.After(time.Now()) { // not given, or not meant
				token.Expiry = time.Now().Add(tokenLifetime)
			}
			return token, nil
		}
		err := s.app.tokenError(o, refreshToken)
		if wait, _, again := defaultPolicy.next(ctx, n, o); again && sleep(ctx, wait) == nil {
			continue
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%w: %w", errAbandoned, err)
		}
		return nil, err
	}
}

func clone(t *oauth2.Token) *oauth2.Token {
	c := *t
	return &c
}
