package client_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// A run with an unknown outcome says so in its error, whatever it ended with.
func TestRunErrorMatchesUnknown(t *testing.T) {
	partly := purgetest.Answer{Status: 200, Body: complete + `,"numErrors":1}`}
	for name, answers := range map[string][]purgetest.Answer{
		"number of errors alone":         {partly, partly, partly},
		"canceled":                       {{Status: 200, Body: `{"status":"CANCELED"` + complete[len(`{"status":"COMPLETE"`):] + "}"}},
		"forbidden after errors":         {partly, {}, status(403)},
		"unauthorized after errors":      {partly, {}, status(401)},
		"stopped while it is in a queue": {partly, status(401)},
		"502 and unauthorized":           {status(502), status(401)},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			given := append(limits("0-1", "0-2", 2), limits("0-2", "0-1", 1)...)
			s.SetLimits(token, given...)
			s.Queue(answers...)
			report, err := connect(t, s).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 1})
			checkReport(t, given, report, err)
			if report.Count(client.StateUnknown) == 0 || !errors.Is(err, client.ErrOutcomeUnknown) {
				t.Errorf("%v: %v", report, err)
			}
		})
	}
}

// An error says each thing once, and the attempt without an answer as well as the
// refusal that came after it.
func TestUnknownErrorNamesBoth(t *testing.T) {
	for name, tc := range map[string]struct {
		answers []purgetest.Answer
		says    []string // each once
		not     string
	}{
		"502 alone":       {[]purgetest.Answer{status(502)}, []string{"outcome unknown", "502 Bad Gateway"}, "earlier request"},
		"reset, then 403": {[]purgetest.Answer{{Fault: purgetest.FaultReset}, status(403)}, []string{"outcome unknown", "connection reset", "403 Forbidden"}, ""},
		"canceled alone":  {[]purgetest.Answer{{Status: 200, Body: strings.Replace(complete, "COMPLETE", "CANCELED", 1) + "}"}}, []string{`status "CANCELED"`}, "earlier request"},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			s.Queue(append(tc.answers, tc.answers...)...)
			attempts := client.WithRetry(len(tc.answers), time.Minute)
			_, single := purge(t, connect(t, s, attempts))
			report, _ := connect(t, s, attempts).PurgeLimits(t.Context(), limits("0-1", "0-2", 1), nil)
			for i, err := range []error{single, report.Outcomes[0].Err} {
				text := fmt.Sprint(err)
				for _, part := range tc.says {
					if strings.Count(text, part) != 1 && (part != "outcome unknown" || i > 0) {
						t.Errorf("%q, want %q once", text, part)
					}
				}
				if tc.not != "" && strings.Contains(text, tc.not) {
					t.Errorf("%q", text)
				}
			}
		})
	}
}

// What an attempt without an answer may have lifted is never failed, whatever is
// answered later. What was lifted is the first limit, and the server then says that
// it does not accept it.
func TestUnansweredThenRejectedIsUnknown(t *testing.T) {
	const withError = complete + `,"numErrors":1,"errors":[` + oneError + `]}`
	for name, first := range map[string]purgetest.Answer{
		"reset":       {Fault: purgetest.FaultReset, Apply: true},
		"hang-up":     {Fault: purgetest.FaultHangUp, Apply: true},
		"502":         {Status: 502, Body: "{}", Apply: true},
		"timeout":     {Delay: time.Hour, Status: 204, Apply: true},
		"status 999":  purgetest.OffDocument(purgetest.Answer{Status: 999, Apply: true}),
		"cut off 503": {Status: 503, Body: "{}", Apply: true, Fault: purgetest.FaultCutBody},
	} {
		for form, then := range map[string]purgetest.Answer{
			"400":           {Status: 400, Body: `{"category":"VALIDATION_ERROR","message":"m"}`},
			"2xx":           {Status: 200, Body: withError},
			"403":           {Status: 403, Body: "{}"},
			"404":           {Status: 404, Body: "{}"},
			"401":           {Status: 401, Body: "{}"},
			"daily":         purgetest.RateLimited("DAILY", 0),
			"CANCELED":      {Status: 200, Body: `{"status":"CANCELED"` + complete[len(`{"status":"COMPLETE"`):] + "}"},
			"400, bare":     {Status: 400, Body: "{}"},
			"477, a day":    status(477, "Retry-After", "86400"),
			"522":           {Status: 522, Body: "{}"},
			"422, category": {Status: 422, Body: `{"category":"VALIDATION_ERROR"}`},
		} {
			bubble(t, name+", "+form, func(t *testing.T, s *purgetest.Server) {
				given := limits("0-1", "0-2", 1)
				s.SetLimits(token, given...)
				s.Queue(first, then, then, then, then)
				report, err := connect(t, s).PurgeLimits(t.Context(), given, nil)
				if states := checkReport(t, given, report, err); states != "u" || len(s.Limits(token)) != 0 {
					t.Errorf("%s, though it is gone: %v", states, err)
				}
				if form == "403" && name != "status 999" && !errors.Is(err, client.ErrForbidden) {
					t.Errorf("the refusal is lost: %v", err)
				}
			})
		}
	}
}

// A number of errors that can't be read is not zero: nothing of the batch is purged
// because of its answer, and the rejected limit does not pass as purged.
func TestUnreadableNumberOfErrors(t *testing.T) {
	for _, number := range []string{`"2"`, "2.0", "3000000000", "[2]", `{"n":2}`, "true", "-3000000000"} {
		for _, errs := range []string{"", `,"errors":[` + oneError + `]`} {
			bubble(t, number, func(t *testing.T, s *purgetest.Server) {
				given := limits("0-1", "0-2", 4)
				s.SetLimits(token, given...)
				s.SetRejection(purgetest.RejectPartially)
				s.Reject(given[1], given[2])
				s.Queue(purgetest.OffDocument(purgetest.Answer{Status: 200, Body: complete + errs + `,"numErrors":` + number + "}", Apply: true}))
				report, err := connect(t, s).PurgeLimits(t.Context(), given, nil)
				if states := checkReport(t, given, report, err); states != "pffp" {
					t.Errorf("%s: %v", states, err)
				}
				if len(s.Requests()) < 5 {
					t.Errorf("%d requests: the batch was not split", len(s.Requests()))
				}
			})
		}
	}
}

// All errors that name one input say nothing of the others.
func TestErrorsThatNameOneInput(t *testing.T) {
	s := standIn(t)
	given := limits("0-1", "0-2", 20)
	s.SetLimits(token, given...)
	s.SetRejection(purgetest.RejectPartially)
	s.Reject(given...)
	named := `{"status":"error","category":"VALIDATION_ERROR","message":"bad","context":{"category":["USER_DEFINED"],"typeId":["1"]},"links":{},"errors":[]}`
	s.Queue(purgetest.Answer{Status: 200, Body: complete + `,"numErrors":20,"errors":[` + strings.TrimSuffix(strings.Repeat(named+",", 20), ",") + "]}"})
	report, err := connect(t, s).PurgeLimits(t.Context(), given, nil)
	if states := checkReport(t, given, report, err); states != strings.Repeat("f", 20) {
		t.Errorf("%s: %v", states, err)
	}
}

// Names in another letter case are what encoding/json takes them for, beside one odd
// date too.
func TestLetterCaseOfErrors(t *testing.T) {
	for _, date := range []string{"2026-11-02T09:30:00.120Z", "today"} {
		for name, fields := range map[string]string{
			"Errors": `,"Errors":[` + oneError + `]`, "ERRORS": `,"ERRORS":[` + oneError + `]`,
			"NumErrors": `,"NumErrors":1`, "numerrors": `,"numerrors":1`, "NumErrors, unreadable": `,"NumErrors":"1"`,
		} {
			s := standIn(t)
			s.Queue(purgetest.OffDocument(purgetest.Answer{Status: 200, Body: strings.Replace(complete, "2026-11-02T09:30:00.120Z", date, 1) + fields + "}"}))
			result, err := purge(t, connect(t, s, once))
			if incomplete := new(client.IncompleteError); !errors.As(err, &incomplete) || result.Status != client.StatusComplete {
				t.Errorf("%s beside %q: %+v, %v", name, date, result, err)
			}
		}
	}
	s := standIn(t)
	s.Queue(purgetest.OffDocument(purgetest.Answer{Status: 200, Body: `{"STATUS":"CANCELED","status":"COMPLETE","startedAt":0}`}))
	if _, err := purge(t, connect(t, s, once)); err != nil {
		t.Errorf("the last of two counts: %v", err)
	}
}

// Only a 3xx and a 4xx are refusals.
func TestOddStatusIsUnknown(t *testing.T) {
	for _, code := range []int{-1, 0, 1, 99, 100, 101, 103, 199, 500, 599, 600, 999, 1400} {
		bubble(t, "", func(t *testing.T, _ *purgetest.Server) {
			given := limits("0-1", "0-2", 2)
			report, err := connectTo(t, one(code, nil, nil), once).PurgeLimits(t.Context(), given, nil)
			if states := checkReport(t, given, report, err); states != "uu" {
				t.Errorf("status %d: %s, %v", code, states, err)
			}
		})
	}
}
