package purgetest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// The token endpoint refuses what it does not know, and keeps no credential.
func TestTokenEndpoint(t *testing.T) {
	eachWay(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
		s.Install(purgetest.App{ClientID: "app", ClientSecret: "secret", Rotate: true}, "refresh", label)
		ask := func(grant, id, secret, refresh string) (answer map[string]any, status int) {
			t.Helper()
			resp, err := hc.PostForm(s.TokenURL(), url.Values{"grant_type": {grant}, "client_id": {id}, "client_secret": {secret}, "refresh_token": {refresh}})
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
				t.Fatal(err)
			}
			return answer, resp.StatusCode
		}
		for _, tc := range []struct{ grant, id, secret, refresh, code string }{
			{"password", "app", "secret", "refresh", "unsupported_grant_type"},
			{"refresh_token", "app", "wrong", "refresh", "invalid_client"},
			{"refresh_token", "app", "secret", "wrong", "invalid_grant"},
		} {
			if answer, status := ask(tc.grant, tc.id, tc.secret, tc.refresh); status != 400 || answer["error"] != tc.code {
				t.Errorf("%+v: %d %v", tc, status, answer)
			}
		}
		if resp, _, _ := post(t, s, hc, "Bearer refresh", "", inputs(label.Type)); resp.StatusCode != 401 {
			t.Error("a refresh token is taken for an access token")
		}
		first, _ := ask("refresh_token", "app", "secret", "refresh")
		if _, status := ask("refresh_token", "app", "secret", "refresh"); status != 400 {
			t.Error("a refresh token that was rotated is still good")
		}
		second, status := ask("refresh_token", "app", "secret", fmt.Sprint(first["refresh_token"]))
		if status != 200 || second["expires_in"] != 1800. {
			t.Errorf("%d %v", status, second)
		}
		if resp, _, _ := post(t, s, hc, fmt.Sprint("Bearer ", second["access_token"]), "", inputs(label.Type)); resp.StatusCode != 200 || len(s.Limits("refresh")) != 0 {
			t.Errorf("%d, limits left %v", resp.StatusCode, s.Limits("refresh"))
		}
		s.Install(purgetest.App{}, "another")
		s.Install(purgetest.App{}, "refresh")
		other, _ := ask("refresh_token", "", "", "another")
		again, _ := ask("refresh_token", "", "", "refresh")
		if ids := fmt.Sprint(first["hub_id"], second["hub_id"], other["hub_id"], again["hub_id"]); ids != "1 1 2 1" {
			t.Errorf("hub_ids %s", ids)
		}
		s.Revoke("refresh")
		if resp, _, _ := post(t, s, hc, fmt.Sprint("Bearer ", second["access_token"]), "", inputs(label.Type)); resp.StatusCode != 401 {
			t.Error("an access token outlives its revocation")
		}
		for _, r := range s.TokenRequests() {
			if r.Body != nil || len(s.TokenRequests()) != 8 {
				t.Errorf("%d token requests, %+v", len(s.TokenRequests()), r)
			}
		}
	})
}
