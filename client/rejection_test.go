package client_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// A 400 whose category lies beyond what is read of it may be about an input: it is
// split like one that says so.
func TestLongRejectionIsSplit(t *testing.T) {
	long := strings.Repeat("x", 64<<10)
	for name, tc := range map[string]struct {
		status int
		body   string
		states string
	}{
		"category beyond the bound": {400, `{"message":"` + long + `","category":"VALIDATION_ERROR"}`, "ppfp"},
		"category before the bound": {400, `{"category":"VALIDATION_ERROR","message":"` + long + `"}`, "ppfp"},
		"another category":          {400, `{"category":"OTHER","message":"` + long + `"}`, "ffff"},
		"no category":               {400, `{"message":"m"}`, "ffff"},
		"another status":            {404, `{"message":"` + long + `","category":"VALIDATION_ERROR"}`, "ffff"},
		"another status, short":     {403, `{"category":"VALIDATION_ERROR"}`, "ffff"},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			given := limits("0-1", "0-2", 4)
			s.SetLimits(token, given...)
			rejected := purgetest.OffDocument(purgetest.Answer{Status: tc.status, Body: tc.body})
			ok := purgetest.Answer{}
			s.Queue(rejected, ok, rejected, ok) // 4; 1 and 2; 3; 4
			report, err := connect(t, s).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 1})
			if states := checkReport(t, given, report, err); states != tc.states {
				t.Errorf("%s, want %s: %v", states, tc.states, err)
			}
		})
	}
}

// Cut off by the connection, the same answer says as little.
func TestCutRejectionIsSplit(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		given := limits("0-1", "0-2", 2)
		s.SetLimits(token, given...)
		s.Queue(purgetest.OffDocument(purgetest.Answer{Status: 400, Body: `{"message":"m","category":"VALIDATION_ERROR"}`, Fault: purgetest.FaultCutBody}))
		report, err := connect(t, s).PurgeLimits(t.Context(), given, nil)
		if states := checkReport(t, given, report, err); states != "pp" {
			t.Errorf("%s: %v", states, err)
		}
	})
}

// What a 2xx says that is not done is unknown, for a single input too: nothing proves
// that it was not lifted. It is not sent again.
func TestIncompleteInputIsUnknown(t *testing.T) {
	const withError = `,"numErrors":1,"errors":[{"status":"error","category":"VALIDATION_ERROR","message":"bad"}]`
	for name, answer := range map[string]purgetest.Answer{
		"canceled":               {Status: 200, Body: strings.Replace(complete, "COMPLETE", "CANCELED", 1) + "}"},
		"canceled, with error":   {Status: 200, Body: strings.Replace(complete, "COMPLETE", "CANCELED", 1) + withError + "}"},
		"pending":                {Status: 200, Body: strings.Replace(complete, "COMPLETE", "PENDING", 1) + "}"},
		"processing, with error": {Status: 200, Body: strings.Replace(complete, "COMPLETE", "PROCESSING", 1) + withError + "}"},
		"unknown status":         {Status: 200, Body: strings.Replace(complete, "COMPLETE", "PAUSED", 1) + withError + "}"},
		"no status":              {Status: 200, Body: "{}"},
		"complete, lower case":   {Status: 200, Body: strings.Replace(complete, "COMPLETE", "complete", 1) + "}"},
		"empty 202":              {Status: 202},
	} {
		for _, n := range []int{1, 3} {
			bubble(t, name, func(t *testing.T, s *purgetest.Server) {
				given := limits("0-1", "0-2", n)
				s.SetLimits(token, given...)
				s.Queue(purgetest.OffDocument(answer))
				report, err := connect(t, s).PurgeLimits(t.Context(), given, nil)
				states := checkReport(t, given, report, err)
				if states != strings.Repeat("u", n) || !errors.Is(err, client.ErrOutcomeUnknown) || len(s.Requests()) != 1 {
					t.Errorf("%s after %d requests: %v", states, len(s.Requests()), err)
				}
			})
		}
	}
}

// Such an answer to a single limit does not prove that an earlier request left it.
func TestCutRejectionOfOneIsUnknown(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		given := limits("0-1", "0-2", 2)
		s.SetLimits(token, given...)
		cut := purgetest.OffDocument(purgetest.Answer{Status: 400, Body: `{"message":"m","category":"OTHER"}`, Fault: purgetest.FaultCutBody})
		s.Queue(purgetest.Answer{Status: 200, Body: complete + `,"numErrors":1}`, Apply: true}, cut, cut)
		report, err := connect(t, s).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 1})
		if states := checkReport(t, given, report, err); states != "uu" || len(s.Limits(token)) != 0 {
			t.Errorf("%s: %v", states, err)
		}
	})
}

// A batch without an answer says nothing of its pair: the other batches are sent.
func TestOtherBatchesAfterOneWithoutAnswer(t *testing.T) {
	for name, answer := range map[string]purgetest.Answer{
		"522":        status(522),
		"unreadable": purgetest.OffDocument(purgetest.Answer{Status: 200, Body: "OK"}),
		"status 999": purgetest.OffDocument(purgetest.Answer{Status: 999}),
		"PENDING":    {Status: 200, Body: strings.Replace(complete, "COMPLETE", "PENDING", 1) + "}"},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			given := limits("0-1", "0-2", 3)
			s.SetLimits(token, given...)
			s.Queue(answer)
			report, err := connect(t, s, client.WithBatchSize(1)).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 1})
			if states := checkReport(t, given, report, err); states != "upp" {
				t.Errorf("%s: %v", states, err)
			}
		})
	}
}
