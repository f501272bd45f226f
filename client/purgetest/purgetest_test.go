package purgetest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

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

// doors runs f through each door of a Server of its own.
func doors(t *testing.T, f func(t *testing.T, s *purgetest.Server, hc *http.Client)) {
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

// configurations is the path of a purge as far as all have the same.
var configurations = regexp.MustCompile(`(?m)^  (/.*){fromObjectType}`).FindStringSubmatch(string(openapi.Purge))[1]

// post sends one purge by hand, from "contacts" to "companies" unless path says else.
func post(t *testing.T, s *purgetest.Server, hc *http.Client, auth, path, body string) (*http.Response, string, error) {
	t.Helper()
	if path == "" {
		path = "contacts/companies/batch/purge"
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+configurations+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
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

func TestOwnAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		auth, path, body string
		setup            func(s *purgetest.Server)
		status           int
		contains         string
		left             []client.Limit
		violations       bool
	}{
		"purge":              {bearer, "", inputs(label.Type), nil, 200, `"status":"COMPLETE"`, []client.Limit{own, back}, false},
		"by ID":              {bearer, "0-1/0-2/batch/purge", inputs(label.Type, own.Type), nil, 200, `"results":[]`, []client.Limit{back}, false},
		"any case":           {bearer, "Contact/COMPANY/batch/purge", inputs(label.Type), nil, 200, "", []client.Limit{own, back}, false},
		"not set":            {bearer, "deals/line_items/batch/purge", inputs(label.Type), nil, 200, "", []client.Limit{label, own, back}, false},
		"no content":         {bearer, "", inputs(label.Type), func(s *purgetest.Server) { s.AnswerNoContent(true) }, 204, "", []client.Limit{own, back}, false},
		"no token":           {"", "", inputs(label.Type), nil, 401, "INVALID_AUTHENTICATION", []client.Limit{label, own, back}, false},
		"unknown token":      {"Bearer other", "", inputs(label.Type), nil, 401, "INVALID_AUTHENTICATION", []client.Limit{label, own, back}, false},
		"not bearer":         {"Basic " + token, "", inputs(label.Type), nil, 401, "INVALID_AUTHENTICATION", []client.Limit{label, own, back}, false},
		"bare custom name":   {bearer, "vendor/contacts/batch/purge", inputs(label.Type), nil, 400, "Unable to infer object type from: vendor", []client.Limit{label, own, back}, false},
		"custom names":       {bearer, "p_vendor/p345_other/batch/purge", inputs(label.Type), nil, 200, "", []client.Limit{label, own, back}, false},
		"rejected, as batch": {bearer, "", inputs(label.Type, own.Type), func(s *purgetest.Server) { s.Reject(label) }, 400, "VALIDATION_ERROR", []client.Limit{label, own, back}, false},
		"rejected, partly": {bearer, "", inputs(label.Type, own.Type), func(s *purgetest.Server) { s.Reject(label); s.SetRejection(purgetest.RejectPartially) },
			200, `"numErrors":1,"errors":[{"status":"error","category":"VALIDATION_ERROR","message":"An association type was not accepted.","context":{},`, []client.Limit{label, back}, false},
		"rejected, by name": {bearer, "", inputs(label.Type, own.Type), func(s *purgetest.Server) { s.Reject(label); s.SetRejection(purgetest.RejectByName) },
			200, `"context":{"category":["USER_DEFINED"],"typeId":["35"]}`, []client.Limit{label, back}, false},
		"rejected, elsewhere": {bearer, "", inputs(label.Type), func(s *purgetest.Server) { s.Reject(back) }, 200, "", []client.Limit{own, back}, false},
		"no JSON":             {bearer, "", "inputs", nil, 400, "VALIDATION_ERROR", []client.Limit{label, own, back}, true},
		"other path":          {bearer, "contacts/companies/batch/archive", inputs(label.Type), nil, 404, "", []client.Limit{label, own, back}, true},
	} {
		t.Run(name, func(t *testing.T) {
			doors(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
				if tc.setup != nil {
					tc.setup(s)
				}
				resp, text, err := post(t, s, hc, tc.auth, tc.path, tc.body)
				if err != nil || resp.StatusCode != tc.status || !strings.Contains(text, tc.contains) {
					t.Fatalf("%v %q, %v, want %d with %q", resp, text, err, tc.status, tc.contains)
				}
				if text != "" && !json.Valid([]byte(text)) || resp.Header.Get("X-HubSpot-Correlation-Id") == "" {
					t.Errorf("answer %q, header %v", text, resp.Header)
				}
				if got := s.Limits(token); !slices.Equal(got, tc.left) {
					t.Errorf("limits left %v, want %v", got, tc.left)
				}
				if got := s.Violations(); len(got) > 0 != tc.violations {
					t.Errorf("violations %v", got)
				}
			})
		})
	}
}

func TestQueue(t *testing.T) {
	doors(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
		s.Queue(
			purgetest.RateLimited("TEN_SECONDLY_ROLLING", 1500*time.Millisecond), purgetest.RateLimited("SECONDLY", 0), purgetest.RateLimited("DAILY", 0), purgetest.RateLimited("", 0),
			purgetest.MissingScopes("a", "b"),
			purgetest.Answer{Header: http.Header{"x-extra": {"1"}}},
			purgetest.OffDocument(purgetest.Answer{Status: 502, Body: "<html>", Apply: true}),
		)
		for i, want := range []struct {
			status        int
			header, value string
			contains      string
		}{
			{429, "Retry-After", "2", `"policyName":"TEN_SECONDLY_ROLLING"`}, {429, "Retry-After", "", "SECONDLY"}, {429, "", "", "DAILY"}, {429, "", "", `"errorType":"RATE_LIMIT"`},
			{403, "", "", `"requiredGranularScopes":["a","b"]`},
			{200, "X-Extra", "1", "COMPLETE"},
			{502, "Content-Type", "text/html;charset=utf-8", "<html>"},
			{200, "Content-Type", "application/json;charset=utf-8", "COMPLETE"},
		} {
			types := []client.AssociationType{back.Type} // lifts nothing before the 502 does
			if want.status == 502 {
				types = []client.AssociationType{own.Type}
			}
			resp, text, err := post(t, s, hc, bearer, "", inputs(types...))
			if err != nil || resp.StatusCode != want.status || !strings.Contains(text, want.contains) || want.header != "" && resp.Header.Get(want.header) != want.value {
				t.Errorf("answer %d: %v %q, %v", i, resp, text, err)
			}
		}
		if got, want := s.Limits(token), []client.Limit{back}; !slices.Equal(got, want) {
			t.Errorf("limits left %v, want %v", got, want)
		}
		if got := s.Violations(); len(got) > 0 {
			t.Errorf("violations %v", got)
		}
	})
}

func TestViolations(t *testing.T) {
	doors(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
		for i, answer := range []purgetest.Answer{
			{Status: 502, Body: "<html>"}, {Status: 200}, {Status: 200, Body: "{}"}, {Status: 207, Body: "{}"},
			{Status: 204, Body: "x"}, {Status: 400, Body: `{"correlationId":"no UUID"}`},
		} {
			s.Queue(answer)
			_, _, _ = post(t, s, hc, bearer, "", inputs(label.Type))
			if n := len(s.Violations()); n != i+1 {
				t.Errorf("%d violations after answer %d", n, i)
			}
		}
		if strings.Contains(errors.Join(s.Violations()...).Error(), token) {
			t.Error("a violation shows the token")
		}
	})
}

func TestFaults(t *testing.T) {
	for name, tc := range map[string]struct {
		fault  purgetest.Fault
		is     error
		status int
	}{
		"hang-up": {purgetest.FaultHangUp, io.EOF, 0}, "reset": {purgetest.FaultReset, syscall.ECONNRESET, 0}, "cut": {purgetest.FaultCutBody, io.ErrUnexpectedEOF, 200},
	} {
		for _, apply := range []bool{false, true} {
			t.Run(fmt.Sprint(name, apply), func(t *testing.T) {
				doors(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
					s.Queue(purgetest.Answer{Fault: tc.fault, Status: tc.status, Body: strings.Repeat("x", tc.status), Apply: apply})
					resp, text, err := post(t, s, hc, bearer, "", inputs(label.Type))
					if !errors.Is(err, tc.is) || tc.status > 0 && (resp == nil || resp.StatusCode != tc.status || len(text) != tc.status/2) {
						t.Errorf("%v %q, %v, want %v", resp, text, err, tc.is)
					}
					if gone := !slices.Contains(s.Limits(token), label); gone != apply {
						t.Errorf("the limit is gone: %t", gone)
					}
					if len(s.Violations()) > 0 {
						t.Error(s.Violations())
					}
				})
			})
		}
	}
	doors(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
		s.Queue(purgetest.Answer{Fault: purgetest.FaultCutBody}) // its own answer, cut
		if resp, _, err := post(t, s, hc, bearer, "", inputs(label.Type)); resp == nil || !errors.Is(err, io.ErrUnexpectedEOF) || slices.Contains(s.Limits(token), label) {
			t.Errorf("%v, %v", resp, err)
		}
	})
}

func TestDelayInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := purgetest.NewServer() // does not listen here
		defer s.Close()
		s.SetLimits(token, label)
		s.Queue(purgetest.Answer{Delay: time.Hour}, purgetest.Answer{Delay: time.Hour}, purgetest.Answer{Delay: time.Hour, Fault: purgetest.FaultHangUp})
		hc := &http.Client{Transport: s.Transport()}
		start := time.Now()
		if resp, _, err := post(t, s, hc, bearer, "", inputs(label.Type)); err != nil || resp.StatusCode != 200 || time.Since(start) != time.Hour {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		hc.Timeout = time.Minute
		for range 2 {
			start = time.Now()
			if _, _, err := post(t, s, hc, bearer, "", inputs(label.Type)); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
				t.Errorf("%v after %v", err, time.Since(start))
			}
		}
	})
}

// Close ends what is delayed.
func TestCloseEndsDelays(t *testing.T) {
	s := purgetest.NewServer()
	s.Queue(purgetest.Answer{Delay: time.Hour})
	done := make(chan error)
	go func() {
		_, _, err := post(t, s, http.DefaultClient, bearer, "", inputs(label.Type))
		done <- err
	}()
	for len(s.Requests()) == 0 {
		select {
		case err := <-done:
			t.Fatal(err)
		default:
		}
	}
	s.Close()
	s.Close()
	if err := <-done; err == nil {
		t.Error("a delayed request was answered")
	}
}

func TestRequestsAreRedacted(t *testing.T) {
	doors(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
		body := inputs(label.Type, own.Type)
		for _, auth := range []string{bearer, "bearer " + token, "Basic " + token, token, ""} {
			_, _, _ = post(t, s, hc, auth, "", body)
		}
		want := []string{"Bearer [redacted]", "Bearer [redacted]", "[redacted]", "[redacted]", ""}
		requests := s.Requests()
		for i, r := range requests {
			if r.Header.Get("Authorization") != want[i] || r.Method != http.MethodPost || !strings.HasSuffix(r.Path, "/batch/purge") || string(r.Body) != body || r.Time.IsZero() ||
				r.From != "contacts" || r.To != "companies" || !slices.Equal(r.Types, []client.AssociationType{label.Type, own.Type}) {
				t.Errorf("request %+v", r)
			}
		}
		requests[0].Header.Set("X", "1")
		requests[0].Types[0] = client.AssociationType{}
		if again := s.Requests()[0]; again.Header.Get("X") != "" || again.Types[0] != label.Type {
			t.Error("Requests hands out its own")
		}
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%t"} {
			if text := fmt.Sprintf(format, s) + fmt.Sprintf(format, *s) + fmt.Sprintf(format, requests) + fmt.Sprintf(format, s.Transport()); strings.Contains(text, token) {
				t.Errorf("%s shows the token: %s", format, text)
			}
		}
	})
}

// A header may be set past its canonical form.
func TestRawHeaderIsRedacted(t *testing.T) {
	s := purgetest.NewServer()
	defer s.Close()
	req := httptest.NewRequest(http.MethodPost, s.URL, http.NoBody)
	req.Header["authorization"] = []string{bearer}
	resp, err := s.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got := fmt.Sprint(s.Requests()); strings.Contains(got, token) {
		t.Error(got)
	}
}

// The token endpoint refuses what it does not know, and keeps no credential.
func TestTokenEndpoint(t *testing.T) {
	doors(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
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
		s.Revoke("refresh")
		if resp, _, _ := post(t, s, hc, fmt.Sprint("Bearer ", second["access_token"]), "", inputs(label.Type)); resp.StatusCode != 401 {
			t.Error("an access token outlives its revocation")
		}
		for _, r := range s.TokenRequests() {
			if r.Body != nil || len(s.TokenRequests()) != 6 {
				t.Errorf("%d token requests, %+v", len(s.TokenRequests()), r)
			}
		}
	})
}
