package client

import (
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// A caller may look at the old token just before a refresh ends, and ask for another
// one just after. No timing of a test makes that happen.
func TestRefreshLooksAgain(t *testing.T) {
	tokens := OAuthApp{}.TokenSource(&oauth2.Token{AccessToken: "new", RefreshToken: "r", Expiry: time.Now().Add(time.Hour)}, nil)
	got, err := tokens.(appTokens).refresh(t.Context(), nil)
	if err != nil || got.AccessToken != "new" {
		t.Errorf("%+v, %v", got, err)
	}
}
