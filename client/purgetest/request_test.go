package purgetest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

func TestRequestsAreRedacted(t *testing.T) {
	eachWay(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
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
	s := purgetest.InMemory()
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

func TestRequestsOf(t *testing.T) {
	eachWay(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
		s.Install(purgetest.App{Rotate: true}, "refresh", label)
		first := refresh(t, s, hc, "refresh")
		second := refresh(t, s, hc, "refresh-rotated-1")
		for i, bearer := range []string{token, first, "unknown", second, token, "refresh"} {
			_, _, _ = post(t, s, hc, "Bearer "+bearer, "", inputs(client.UserDefined(int32(i+1))))
		}
		for name, want := range map[string][]int32{token: {1, 5}, "refresh": {2, 4, 6}, "unknown": {3}, first: nil, "": nil} {
			var got []int32
			for _, r := range s.RequestsOf(name) {
				got = append(got, r.Types[0].TypeID)
				r.Types[0].TypeID = 0
			}
			if !slices.Equal(got, want) {
				t.Errorf("requests of %q: %v, want %v", name, got, want)
			}
		}
		if got := s.RequestsOf(token); len(got) != 2 || got[0].Types[0].TypeID != 1 || len(s.Requests()) != 6 {
			t.Errorf("%+v of %d", got, len(s.Requests()))
		}
	})
}
