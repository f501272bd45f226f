package client_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

const partialAnswer = `{"status":"COMPLETE","results":[],"startedAt":"2026-11-02T09:30:00Z","completedAt":"2026-11-02T09:30:00Z"`

// What each answer makes of a pair of three limits and of another pair, which comes
// after it.
func TestOutcomes(t *testing.T) {
	body := func(s string) purgetest.Answer { return purgetest.Answer{Status: 200, Body: partialAnswer + s + "}"} }
	invalid := purgetest.Answer{Status: 400, Body: `{"category":"VALIDATION_ERROR"}`}
	named := `{"status":"error","category":"C","message":"m","links":{},"errors":[],"context":{"category":["USER_DEFINED"],"typeId":["2"]}}`
	unnamed := strings.Replace(named, `"typeId":["2"]`, `"typeId":["9"]`, 1)
	reset := purgetest.Answer{Fault: purgetest.FaultReset, Apply: true}
	ok := purgetest.Answer{}
	counted, unreadable := body(`,"numErrors":1`), purgetest.OffDocument(body(`,"numErrors":"2"`))
	for name, tc := range map[string]struct {
		answers  []purgetest.Answer
		states   string // of the pair's three, and of the other pair's one
		requests int
	}{
		"forbidden":                         {[]purgetest.Answer{status(403)}, "fffp", 2},
		"unknown object type":               {[]purgetest.Answer{status(400)}, "fffp", 2},
		"not found":                         {[]purgetest.Answer{status(404)}, "fffp", 2},
		"locked to the end":                 {slices.Repeat([]purgetest.Answer{status(423)}, 4), "fffp", 5},
		"throttled to the end":              {slices.Repeat([]purgetest.Answer{purgetest.RateLimited("SECONDLY", 0)}, 4), "fffp", 5},
		"unauthorized":                      {[]purgetest.Answer{status(401)}, "nnnn", 1},
		"daily":                             {[]purgetest.Answer{purgetest.RateLimited("DAILY", 0)}, "nnnn", 1},
		"429 too long":                      {[]purgetest.Answer{purgetest.RateLimited("", time.Minute)}, "nnnn", 1},
		"477 too long":                      {[]purgetest.Answer{status(477, "Retry-After", "3600")}, "nnnn", 1},
		"477 without wait":                  {[]purgetest.Answer{status(477)}, "nnnn", 1},
		"5xx to the end":                    {slices.Repeat([]purgetest.Answer{status(502)}, 4), "uuup", 5},
		"522":                               {[]purgetest.Answer{status(522)}, "uuup", 2},
		"unreadable":                        {[]purgetest.Answer{purgetest.OffDocument(purgetest.Answer{Status: 200, Body: "OK"})}, "uuup", 2},
		"reset, done":                       {[]purgetest.Answer{reset, ok}, "pppp", 3},
		"reset, forbidden":                  {[]purgetest.Answer{reset, status(403)}, "uuup", 3},
		"reset, unauthorized":               {[]purgetest.Answer{reset, status(401)}, "uuun", 2},
		"reset, invalid, done":              {[]purgetest.Answer{reset, invalid, ok, ok, ok, ok}, "pppp", 6},
		"reset, invalid, one bad":           {[]purgetest.Answer{reset, invalid, ok, invalid, ok}, "uppp", 5},
		"invalid, one bad":                  {[]purgetest.Answer{invalid, ok, invalid, ok}, "fppp", 4},
		"invalid, unauthorized":             {[]purgetest.Answer{invalid, status(401)}, "nnnn", 2},
		"invalid, forbidden":                {[]purgetest.Answer{invalid, ok, status(403)}, "fffp", 3},
		"pending":                           {[]purgetest.Answer{{Status: 200, Body: strings.Replace(partialAnswer, "COMPLETE", "PENDING", 1) + "}"}}, "uuup", 2},
		"canceled":                          {[]purgetest.Answer{{Status: 200, Body: strings.Replace(partialAnswer, "COMPLETE", "CANCELED", 1) + "}"}}, "uuup", 2},
		"empty object":                      {[]purgetest.Answer{purgetest.OffDocument(purgetest.Answer{Status: 200, Body: "{}"})}, "uuup", 2},
		"number not readable":               {[]purgetest.Answer{unreadable, ok, ok, ok, ok}, "pppp", 5},
		"number not readable of one":        {[]purgetest.Answer{unreadable, ok, unreadable, ok}, "uppp", 4},
		"number not readable, one bad":      {[]purgetest.Answer{unreadable, ok, invalid, ok}, "fppp", 4},
		"number of one only":                {[]purgetest.Answer{counted, ok, counted, ok}, "uppp", 4},
		"error without content":             {[]purgetest.Answer{counted, ok, purgetest.OffDocument(body(`,"errors":["boom"]`)), ok}, "uppp", 4},
		"named":                             {[]purgetest.Answer{body(`,"numErrors":1,"errors":[` + named + `]`), ok, ok, ok, ok}, "pppp", 5},
		"not named, done":                   {[]purgetest.Answer{counted, ok, ok, ok, ok}, "pppp", 5},
		"not named, one bad":                {[]purgetest.Answer{body(`,"errors":[` + unnamed + `]`), ok, invalid, ok}, "fppp", 4},
		"not named, forbidden":              {[]purgetest.Answer{counted, ok, status(403)}, "uuup", 3},
		"not named, unauthorized":           {[]purgetest.Answer{body(`,"numErrors":1`), status(401)}, "uuun", 2},
		"not named, then one with an error": {[]purgetest.Answer{counted, ok, ok, body(`,"errors":[` + unnamed + `]`), ok}, "pfpp", 5},
		"canceled with errors":              {[]purgetest.Answer{{Status: 200, Body: strings.Replace(partialAnswer, "COMPLETE", "CANCELED", 1) + `,"errors":[` + named + `]}`}}, "uuup", 2},
		"processing with errors":            {[]purgetest.Answer{{Status: 200, Body: strings.Replace(partialAnswer, "COMPLETE", "PROCESSING", 1) + `,"errors":[` + named + `]}`}}, "uuup", 2},
		"hang-up, hang-up, then done":       {[]purgetest.Answer{reset, reset, ok}, "pppp", 4},
		"not named, reset, then one bad":    {[]purgetest.Answer{counted, ok, reset, invalid, ok}, "uppp", 5},
		"not named, pending in one half":    {[]purgetest.Answer{counted, ok, {Status: 200, Body: strings.Replace(partialAnswer, "COMPLETE", "PENDING", 1) + "}"}, ok}, "uppp", 4},
		"throttled, then done":              {[]purgetest.Answer{purgetest.RateLimited("", 0), ok}, "pppp", 3},
		"locked, then stopped by another":   {[]purgetest.Answer{status(423), status(401)}, "nnnn", 2},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			s.Queue(tc.answers...)
			given := append(limits("0-1", "0-2", 3), limits("0-2", "0-1", 1)...)
			s.SetLimits(token, given...)
			report, err := connect(t, s).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 1})
			if states := checkReport(t, given, report, err); states != tc.states || len(s.Requests()) != tc.requests {
				t.Errorf("%s after %d requests, want %s after %d: %v", states, len(s.Requests()), tc.states, tc.requests, err)
			}
		})
	}
}

// A pair that is refused as such costs one request, however many its batches.
func TestRefusedPairCostsOneRequest(t *testing.T) {
	s := standIn(t)
	s.Queue(status(403))
	given := limits("0-1", "0-2", 1000)
	report, err := connect(t, s).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 8})
	if states := checkReport(t, given, report, err); strings.Trim(states, "f") != "" || len(s.Requests()) != 1 || !errors.Is(err, client.ErrForbidden) {
		t.Errorf("%v after %d requests: %v", report, len(s.Requests()), err)
	}
	var many interface{ Unwrap() []error }
	if !errors.As(err, &many) || len(many.Unwrap()) != 1 {
		t.Errorf("%v does not unwrap to one cause", err)
	}
}
