package purgetest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

func TestQueue(t *testing.T) {
	eachWay(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
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

// Each account has its own queue, which comes before the common one.
func TestQueueFor(t *testing.T) {
	eachWay(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
		s.SetLimits("other", label)
		s.Install(purgetest.App{Rotate: true}, "refresh", label)
		access := refresh(t, s, hc, "refresh")
		s.Queue(purgetest.Answer{Status: 501}, purgetest.Answer{Status: 502})
		s.QueueFor(token, purgetest.Answer{Status: 401}, purgetest.Answer{Status: 403, Apply: true})
		s.QueueFor("refresh", purgetest.Answer{Status: 404})
		s.QueueFor("unknown", purgetest.Answer{Status: 409, Apply: true})
		s.QueueFor(token, purgetest.Answer{Status: 405})
		for i, want := range []struct {
			token  string
			status int
		}{
			{"other", 501}, {token, 401}, {access, 404}, {token, 403}, {"unknown", 409}, {token, 405}, {token, 502},
			{token, 200}, {access, 200}, {"other", 200}, {"unknown", 401},
		} {
			resp, _, err := post(t, s, hc, "Bearer "+want.token, "", inputs(label.Type))
			if err != nil || resp.StatusCode != want.status {
				t.Errorf("answer %d: %v %v, want %d", i, resp, err, want.status)
			}
		}
		if got := s.Limits(token); !slices.Equal(got, []client.Limit{own, back}) {
			t.Errorf("limits left %v", got)
		}
		if got := s.Violations(); len(got) > 0 {
			t.Errorf("violations %v", got)
		}
	})
}

// An expired token still says whose request it is, and changes nothing.
func TestQueueForAnExpiredToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := purgetest.InMemory()
		hc := &http.Client{Transport: s.Transport()}
		s.Install(purgetest.App{}, "refresh", label)
		expired := refresh(t, s, hc, "refresh")
		time.Sleep(time.Hour)
		revoked := refresh(t, s, hc, "refresh")
		s.Revoke("refresh")
		s.QueueFor("refresh", purgetest.Answer{Status: 502, Apply: true}, purgetest.Answer{Status: 503, Apply: true})
		for i, access := range []string{expired, revoked, expired, revoked} {
			resp, _, err := post(t, s, hc, "Bearer "+access, "", inputs(label.Type))
			if want := []int{502, 503, 401, 401}[i]; err != nil || resp.StatusCode != want {
				t.Errorf("answer %d: %v %v, want %d", i, resp, err, want)
			}
		}
		if len(s.Limits("refresh")) != 1 || len(s.RequestsOf("refresh")) != 4 {
			t.Error(s.Limits("refresh"), s.RequestsOf("refresh"))
		}
	})
}

// Names without values take headers away, even those that net/http adds.
func TestQueueRemovesHeaders(t *testing.T) {
	eachWay(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
		s.SetWindow(10, time.Minute)
		s.Queue(purgetest.Answer{Header: http.Header{"date": nil, "X-HubSpot-Correlation-ID": {}, "X-HubSpot-RateLimit-Max": nil, "X-HubSpot-RateLimit-Remaining": {"7"}}})
		resp, _, err := post(t, s, hc, bearer, "", inputs(label.Type))
		if err != nil || resp.StatusCode != 200 {
			t.Fatal(resp, err)
		}
		for name, want := range map[string]string{
			"Date": "", "X-HubSpot-Correlation-Id": "", "X-HubSpot-RateLimit-Max": "",
			"X-HubSpot-RateLimit-Remaining": "7", "X-HubSpot-RateLimit-Interval-Milliseconds": "60000", "Content-Type": "application/json;charset=utf-8",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s %q, want %q", name, got, want)
			}
		}
	})
}
