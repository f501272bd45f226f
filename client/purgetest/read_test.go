package purgetest_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// settings are of two pairs, under names and IDs, with and without a label.
var settings = []client.LimitSetting{
	{Limit: client.Limit{From: "contacts", To: "Company", Type: client.UserDefined(35)}, Max: 3, Label: `"Chief" & co`},
	{Limit: client.Limit{From: "0-2", To: "0-1", Type: client.UserDefined(35)}, Max: 9},
	{Limit: client.Limit{From: "0-1", To: "0-2", Type: client.HubSpotDefined(279)}, Max: 2147483647},
	{Limit: client.Limit{From: "0-1", To: "companies", Type: client.AssociationType{Category: "WORK", TypeID: 35}}, Max: 1, Label: "desk"},
}

const listed = `{"results":[` +
	`{"category":"USER_DEFINED","typeId":35,"userEnforcedMaxToObjectIds":3,"label":"\"Chief\" \u0026 co"},` +
	`{"category":"HUBSPOT_DEFINED","typeId":279,"userEnforcedMaxToObjectIds":2147483647,"label":null},` +
	`{"category":"WORK","typeId":35,"userEnforcedMaxToObjectIds":1,"label":"desk"}]}`

func TestRead(t *testing.T) {
	for name, tc := range map[string]struct {
		auth, path string
		status     int
		want       string // the whole body of a 200, part of another
	}{
		"by name":          {bearer, "contacts/companies", 200, listed},
		"by ID":            {bearer, "0-1/0-2", 200, listed},
		"any case":         {bearer, "CONTACT/Companies", 200, listed},
		"other direction":  {bearer, "companies/contacts", 200, `{"results":[{"category":"USER_DEFINED","typeId":35,"userEnforcedMaxToObjectIds":9,"label":null}]}`},
		"nothing set":      {bearer, "deals/p_vendor", 200, `{"results":[]}`},
		"no token":         {"", "0-1/0-2", 401, "INVALID_AUTHENTICATION"},
		"unknown token":    {"Bearer other", "0-1/0-2", 401, "INVALID_AUTHENTICATION"},
		"bare custom name": {bearer, "contacts/vendor", 400, "Unable to infer object type from: vendor"},
		"the purge's path": {bearer, "0-1/0-2/batch/purge", 405, "Method not allowed"},
		"other path":       {bearer, "0-1", 404, "Resource not found"},
	} {
		t.Run(name, func(t *testing.T) {
			eachWay(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
				s.SetSettings(token, settings...)
				s.Reject(settings[0].Limit) // is for purges
				s.AnswerNoContent(true)
				resp, text, err := get(t, s, hc, tc.auth, tc.path)
				if err != nil || resp.StatusCode != tc.status || !strings.Contains(text, tc.want) || tc.status == 200 && text != tc.want {
					t.Errorf("%v %s, %v, want %d %s", resp, text, err, tc.status, tc.want)
				}
				if r := s.Requests()[0]; r.Method != http.MethodGet || r.Types != nil || (r.From == "") != (tc.status >= 404) {
					t.Errorf("request %+v", r)
				}
				if got := s.Violations(); len(got) > 0 != (tc.status >= 404) {
					t.Errorf("violations %v", got)
				}
			})
		})
	}
}

// What a purge removes, under any name, a read no longer lists. SetLimits and
// SetSettings replace each other.
func TestReadAfterChanges(t *testing.T) {
	eachWay(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
		read := func() string {
			t.Helper()
			_, text, err := get(t, s, hc, bearer, "contacts/companies")
			if err != nil {
				t.Error(err)
			}
			return text
		}
		s.SetSettings(token, settings...)
		s.Reject(settings[3].Limit)
		s.SetRejection(purgetest.RejectPartially)
		for range 2 { // the second finds nothing
			if resp, _, err := post(t, s, hc, bearer, "contact/0-2/batch/purge", inputs(settings[0].Limit.Type, settings[2].Limit.Type, settings[3].Limit.Type)); err != nil || resp.StatusCode != 200 {
				t.Fatal(resp, err)
			}
		}
		if got, want := read(), `{"results":[{"category":"WORK","typeId":35,"userEnforcedMaxToObjectIds":1,"label":"desk"}]}`; got != want {
			t.Errorf("after a purge %s, want %s", got, want)
		}
		if got, want := s.Limits(token), []client.Limit{settings[1].Limit, settings[3].Limit}; !slices.Equal(got, want) {
			t.Errorf("limits left %v, want %v", got, want)
		}
		s.SetLimits(token, own)
		if got, want := read(), `{"results":[{"category":"HUBSPOT_DEFINED","typeId":279,"userEnforcedMaxToObjectIds":1,"label":null}]}`; got != want {
			t.Errorf("after SetLimits %s, want %s", got, want)
		}
		again := settings[0]
		again.Limit.From, again.Max = "0-1", 4
		s.SetSettings(token, settings[0], settings[1], again) // the last one counts
		if got, want := read(), `{"results":[{"category":"USER_DEFINED","typeId":35,"userEnforcedMaxToObjectIds":4,"label":"\"Chief\" \u0026 co"}]}`; got != want {
			t.Errorf("after SetSettings %s, want %s", got, want)
		}
		if got, want := s.Limits(token), []client.Limit{settings[1].Limit, again.Limit}; !slices.Equal(got, want) {
			t.Errorf("limits %v, want %v", got, want)
		}
	})
}

// Queued answers, faults and windows apply to a read, which changes nothing.
func TestReadWithQueueAndWindow(t *testing.T) {
	eachWay(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
		s.SetSettings(token, settings...)
		s.SetWindow(5, time.Hour)
		s.Queue(
			purgetest.MissingScopes("a"), purgetest.Answer{Status: 503, Apply: true}, purgetest.Answer{Apply: true},
			purgetest.Answer{Fault: purgetest.FaultCutBody}, purgetest.OffDocument(purgetest.Answer{Status: 502, Body: "<html>"}),
		)
		s.QueueFor(token, purgetest.Answer{Fault: purgetest.FaultHangUp})
		for i, want := range []struct {
			status int
			header string
			err    error
		}{
			{0, "", io.EOF}, {403, "5 3 3600000", nil}, {503, "5 2 3600000", nil}, {200, "5 1 3600000", nil},
			{200, "5 0 3600000", io.ErrUnexpectedEOF}, {502, "5 0 3600000", nil}, {429, "5 0 3600000", nil},
		} {
			// A read has no inputs; a body is ignored.
			resp, _, err := send(t, s, hc, http.MethodGet, bearer, "0-1/0-2", inputs(settings[0].Limit.Type))
			if !errors.Is(err, want.err) || resp != nil && (resp.StatusCode != want.status || headers(resp.Header) != want.header) || resp == nil && want.status > 0 {
				t.Errorf("answer %d: %v %v, want %+v", i, resp, err, want)
			}
		}
		if got := s.Limits(token); len(got) != len(settings) {
			t.Errorf("limits left %v", got)
		}
		if got := s.RequestsOf(token); len(got) != 7 || got[0].Types != nil {
			t.Errorf("%d requests, %+v", len(got), got[0])
		}
		if got := s.Violations(); len(got) > 0 {
			t.Errorf("violations %v", got)
		}
	})
}

// The answers to a read are checked against its part of the document.
func TestReadViolations(t *testing.T) {
	eachWay(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
		for i, answer := range []purgetest.Answer{
			{Status: 204}, {Status: 200}, {Status: 200, Body: "{}"}, {Status: 200, Body: `{"results":null}`},
			{Status: 200, Body: `{"results":[{"typeId":35}]}`}, {Status: 200, Body: `{"results":[{"category":"WORK","typeId":"35"}]}`},
			{Status: 502, Body: "<html>"},
		} {
			s.Queue(answer)
			_, _, _ = get(t, s, hc, bearer, "0-1/0-2")
			if n := len(s.Violations()); n != i+1 {
				t.Fatalf("%d violations after answer %d", n, i)
			}
		}
		s.Queue(purgetest.Answer{Status: 200, Body: `{"results":[{"category":"NEW","typeId":1}]}`}, purgetest.Answer{Status: 403})
		for range 2 {
			_, _, _ = get(t, s, hc, bearer, "0-1/0-2")
		}
		if got := s.Violations(); len(got) != 7 {
			t.Errorf("violations %v", got[7:])
		}
	})
}
