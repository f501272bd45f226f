package client_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

func TestOAuthRefuses(t *testing.T) {
	s := standIn(t)
	good := install(s, purgetest.App{})
	for name, change := range map[string]func(a *client.OAuthApp){
		"no client ID": func(a *client.OAuthApp) { a.ClientID = "" },
		"no secret":    func(a *client.OAuthApp) { a.ClientSecret = "" },
		"plain http":   func(a *client.OAuthApp) { a.TokenURL = "http://api.hubapi.com/oauth/2026-03/token" },
		"user info":    func(a *client.OAuthApp) { a.TokenURL = "https://me:pass@api.hubapi.com/token" },
		"query":        func(a *client.OAuthApp) { a.TokenURL = "https://api.hubapi.com/token?x=" + clientSecret },
		"not a URL":    func(a *client.OAuthApp) { a.TokenURL = ":" },
	} {
		app := good
		change(&app)
		tokens := app.TokenSource(&oauth2.Token{RefreshToken: refreshToken}, nil)
		_, newErr := client.New(tokens)
		_, err := tokens.Token()
		if !errors.Is(newErr, client.ErrInvalidInput) || !errors.Is(err, client.ErrInvalidInput) || strings.Contains(err.Error()+newErr.Error(), clientSecret) {
			t.Errorf("%s: New %v, Token %v", name, newErr, err)
		}
	}
	for _, stored := range []*oauth2.Token{nil, {}, {AccessToken: token, Expiry: time.Now()}} {
		if _, err := good.TokenSource(stored, nil).Token(); !errors.Is(err, client.ErrInvalidInput) {
			t.Errorf("without a refresh token: %v", err)
		}
	}
	if n := len(s.TokenRequests()); n != 0 {
		t.Errorf("%d token requests", n)
	}
}

func TestOAuthAppShowsNoSecret(t *testing.T) {
	s := standIn(t)
	app := install(s, purgetest.App{})
	tokens := app.TokenSource(&oauth2.Token{RefreshToken: refreshToken}, nil)
	stored, err := tokens.Token()
	if err != nil {
		t.Fatal(err)
	}
	c := connectApp(t, s, tokens)
	var logs bytes.Buffer
	for _, v := range []any{app, &app, tokens, c, *c} {
		held := struct {
			V    any
			App  client.OAuthApp
			Ptr  *client.OAuthApp
			List []client.OAuthApp
		}{v, app, &app, []client.OAuthApp{app}}
		texts := []string{}
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10.3s", "%t"} {
			texts = append(texts, fmt.Sprintf(format, v), fmt.Sprintf(format, held), fmt.Sprintf(format, &held))
		}
		text, err := json.Marshal(held)
		if err != nil {
			t.Error(err)
		}
		slog.New(slog.NewTextHandler(&logs, nil)).Info("all", "v", v, "held", held)
		slog.New(slog.NewJSONHandler(&logs, nil)).Info("all", "v", v, "held", held)
		for _, text := range append(texts, string(text), logs.String()) {
			for _, secret := range []string{clientSecret, refreshToken, stored.AccessToken} {
				if strings.Contains(text, secret) || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", secret)) {
					t.Errorf("%T shows a secret: %s", v, text)
				}
			}
		}
	}
	if got, want := fmt.Sprintf("%+v", app), "{ClientID:app ClientSecret:[redacted]}"; got != want {
		t.Errorf("printed as %s, want %s", got, want)
	}
}
