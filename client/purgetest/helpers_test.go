package purgetest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
	"github.com/deea8dec/hubspot-limits/openapi"
)

const token = "pat-na1-stand-in"

var (
	label = client.Limit{From: client.Contacts, To: client.Companies, Type: client.UserDefined(35)}
	own   = client.Limit{From: client.Contacts, To: client.Companies, Type: client.HubSpotDefined(279)}
	back  = client.Limit{From: client.Companies, To: client.Contacts, Type: client.UserDefined(35)}
)

// eachWay runs f with a Server and a client of its URL, and with those of Transport.
func eachWay(t *testing.T, f func(t *testing.T, s *purgetest.Server, hc *http.Client)) {
	t.Helper()
	for name, client := range map[string]func(*purgetest.Server) *http.Client{
		"URL":    func(*purgetest.Server) *http.Client { return &http.Client{Transport: &http.Transport{}} },
		"memory": func(s *purgetest.Server) *http.Client { return &http.Client{Transport: s.Transport()} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Helper()
			s := purgetest.NewServer()
			defer s.Close()
			s.SetLimits(token, label, own, back)
			hc := client(s)
			defer hc.CloseIdleConnections()
			f(t, s, hc)
		})
	}
}

// configurations is what the paths of both operations begin with.
var configurations = regexp.MustCompile(`(?m)^  (/.*){fromObjectType}`).FindStringSubmatch(string(openapi.Purge))[1]

// post sends one purge, from "contacts" to "companies" unless path says else.
func post(t *testing.T, s *purgetest.Server, hc *http.Client, auth, path, body string) (*http.Response, string, error) {
	t.Helper()
	if path == "" {
		path = "contacts/companies/batch/purge"
	}
	return send(t, s, hc, http.MethodPost, auth, path, body)
}

// get sends one read.
func get(t *testing.T, s *purgetest.Server, hc *http.Client, auth, path string) (*http.Response, string, error) {
	t.Helper()
	return send(t, s, hc, http.MethodGet, auth, path, "")
}

func send(t *testing.T, s *purgetest.Server, hc *http.Client, method, auth, path, body string) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+configurations+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if auth != "" {
		req.Header.Set("Authorization", auth)
	}
	resp, err := hc.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp, string(text), err
}

const bearer = "Bearer " + token

func inputs(types ...client.AssociationType) string {
	var specs []string
	for _, t := range types {
		specs = append(specs, fmt.Sprintf(`{"category":%q,"typeId":%d}`, t.Category, t.TypeID))
	}
	return `{"inputs":[` + strings.Join(specs, ",") + "]}"
}

// refresh returns an access token of the account with this refresh token.
func refresh(t *testing.T, s *purgetest.Server, hc *http.Client, refreshToken string) string {
	t.Helper()
	resp, err := hc.PostForm(s.TokenURL(), url.Values{"grant_type": {"refresh_token"}, "client_id": {""}, "client_secret": {""}, "refresh_token": {refreshToken}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode != 200 {
		t.Fatal(resp.Status, err)
	}
	return answer.Token
}
