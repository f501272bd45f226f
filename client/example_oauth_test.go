package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// A tokenFile keeps the tokens of one account.
type tokenFile string

func (f tokenFile) load() (*oauth2.Token, error) {
	text, err := os.ReadFile(string(f))
	if err != nil {
		return nil, err
	}
	t := new(oauth2.Token)
	return t, json.Unmarshal(text, t)
}

// save replaces the file in one step: a crash leaves the old token or the new one.
func (f tokenFile) save(t *oauth2.Token) error {
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(string(f)), "token-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // in vain once it was renamed
	if _, err := temp.Write(text); err != nil {
		_ = temp.Close()
		return err
	}
	if err := errors.Join(temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), string(f))
}

// A program that keeps its tokens in a file.
func ExampleOAuthApp_TokenSource() {
	s := purgetest.NewServer() // stands in for HubSpot
	defer s.Close()
	s.Install(purgetest.App{ClientID: "app", ClientSecret: "app-secret", Rotate: true}, "refresh-token")
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	file := tokenFile(filepath.Join(dir, "token.json"))
	stored, err := file.load()
	if errors.Is(err, fs.ErrNotExist) {
		stored, err = &oauth2.Token{RefreshToken: "refresh-token"}, nil // from the installation
	}
	if err != nil {
		log.Fatal(err)
	}
	app := client.OAuthApp{ClientID: "app", ClientSecret: "app-secret", TokenURL: s.TokenURL()}
	c, err := client.New(app.TokenSource(stored, file.save), client.WithBaseURL(s.URL))
	if err != nil {
		log.Fatal(err)
	}
	_, err = c.Purge(context.Background(), client.Contacts, client.Companies, client.UserDefined(35))
	if errors.Is(err, client.ErrUnauthorized) {
		log.Fatal("the app has to be installed again: ", err)
	}
	if err != nil {
		log.Fatal(err)
	}
	stored, err = file.load()
	if err != nil {
		log.Fatal(err)
	}
	info, err := os.Stat(string(file))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Mode(), stored.RefreshToken != "refresh-token")
	// Output: -rw------- true
}

// A vendor's app in many accounts: a Client for each, one http.Client for all.
func ExampleOAuthApp_manyAccounts() {
	s := purgetest.NewServer() // stands in for HubSpot
	defer s.Close()
	accounts := []string{"refresh-of-acme", "refresh-of-globex", "refresh-of-initech"}
	for _, refreshToken := range accounts {
		s.Install(purgetest.App{ClientID: "app", ClientSecret: "app-secret"}, refreshToken)
	}
	s.Revoke("refresh-of-globex")

	hc := &http.Client{Timeout: 2 * time.Minute}
	app := client.OAuthApp{ClientID: "app", ClientSecret: "app-secret", TokenURL: s.TokenURL(), HTTPClient: hc}
	for _, refreshToken := range accounts {
		tokens := app.TokenSource(&oauth2.Token{RefreshToken: refreshToken}, func(*oauth2.Token) error {
			return nil // store it with the account
		})
		c, err := client.New(tokens, client.WithBaseURL(s.URL), client.WithHTTPClient(hc))
		if err != nil {
			log.Fatal(err)
		}
		_, err = c.Purge(context.Background(), client.Contacts, client.Companies, client.UserDefined(35))
		fmt.Println(refreshToken, errors.Is(err, client.ErrUnauthorized))
	}
	// Output:
	// refresh-of-acme false
	// refresh-of-globex true
	// refresh-of-initech false
}
