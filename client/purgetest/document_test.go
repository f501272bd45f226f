package purgetest_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

func TestViolations(t *testing.T) {
	eachWay(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
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

// A refusal needs no body where the document has default for it.
func TestEmptyBodies(t *testing.T) {
	eachWay(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
		for _, tc := range []struct {
			answer     purgetest.Answer
			violations int
		}{
			{purgetest.Answer{Status: 403}, 0}, {purgetest.Answer{Status: 302}, 0}, {purgetest.Answer{Status: 503}, 0}, {purgetest.Answer{Status: 999}, 0},
			{purgetest.Answer{Status: 403, Header: http.Header{"Content-Type": {"text/html"}}}, 0}, {purgetest.Answer{Status: 204}, 0},
			{purgetest.Answer{Status: 403, Body: " "}, 1}, {purgetest.Answer{Status: 403, Body: "<html>"}, 1},
			{purgetest.Answer{Status: 200}, 1}, {purgetest.Answer{Status: 202}, 1}, {purgetest.OffDocument(purgetest.Answer{Status: 202}), 0},
		} {
			before := len(s.Violations())
			s.Queue(tc.answer)
			if resp, _, err := post(t, s, hc, bearer, "", inputs(label.Type)); err != nil || resp.StatusCode != tc.answer.Status {
				t.Errorf("%+v: %v %v", tc.answer, resp, err)
			}
			if got := s.Violations()[before:]; len(got) != tc.violations {
				t.Errorf("%+v: violations %v", tc.answer, got)
			}
		}
	})
}
