package client_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

const complete = `{"status":"COMPLETE","requestedAt":"2026-11-02T09:30:00.120Z","startedAt":"2026-11-02T09:30:00.134Z","completedAt":"2026-11-02T09:30:00.310Z","results":[]`

func at(text string) time.Time {
	tm, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return tm
}

func TestAnswersOfTheDocument(t *testing.T) {
	for name, tc := range map[string]struct {
		answer     purgetest.Answer
		incomplete bool
		check      func(r *client.Result) bool
	}{
		"200":           {purgetest.Answer{Status: 200, Body: complete + "}"}, false, func(r *client.Result) bool { return r.CompletedAt.Equal(at("2026-11-02T09:30:00.310Z")) }},
		"204":           {purgetest.Answer{Status: 204}, false, func(r *client.Result) bool { return r.Status == "" && r.StatusCode == 204 }},
		"unknown field": {purgetest.Answer{Status: 200, Body: complete + `,"new":{"a":[1]}}`}, false, nil},
		"any results":   {purgetest.Answer{Status: 200, Body: strings.Replace(complete, "[]", `["b",1,{"a":2}]`, 1) + "}"}, false, func(r *client.Result) bool { return len(r.Results) == 3 && string(r.Results[2]) == `{"a":2}` }},
		"no errors":     {purgetest.Answer{Status: 200, Body: complete + `,"numErrors":0,"errors":[],"links":{"self":"x"}}`}, false, func(r *client.Result) bool { return r.Links["self"] == "x" }},
		"canceled":      {purgetest.Answer{Status: 200, Body: strings.Replace(complete, "COMPLETE", "CANCELED", 1) + "}"}, true, func(r *client.Result) bool { return r.Status == client.StatusCanceled }},
		"pending":       {purgetest.Answer{Status: 200, Body: strings.Replace(complete, "COMPLETE", "PENDING", 1) + "}"}, true, func(r *client.Result) bool { return r.Status == client.StatusPending }},
		"processing":    {purgetest.Answer{Status: 200, Body: strings.Replace(complete, "COMPLETE", "PROCESSING", 1) + "}"}, true, func(r *client.Result) bool { return r.Status == client.StatusProcessing }},
		"only a number": {purgetest.Answer{Status: 200, Body: complete + `,"numErrors":2}`}, true, func(r *client.Result) bool { return r.NumErrors == 2 }},
		"errors": {purgetest.Answer{Status: 200, Body: complete + `,"errors":[{"status":"error","category":"X","message":"m","context":{"typeId":["35"]},"links":{"doc":"u"},"errors":[{"message":"d","code":"c","in":"i"}],"subCategory":{"b": 1}}]}`}, true, func(r *client.Result) bool {
			return reflect.DeepEqual(r.Failures, []client.Failure{{Status: "error", Category: "X", Message: "m", SubCategory: `{"b":1}`, Context: map[string][]string{"typeId": {"35"}}, Links: map[string]string{"doc": "u"}, Details: []client.ErrorDetail{{Message: "d", Code: "c", In: "i"}}}})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := standIn(t)
			s.Queue(tc.answer)
			checkAnswer(t, s, tc.answer.Status, tc.incomplete, tc.check)
		})
	}
}

// What HubSpot answers, or might, beside its document.
func TestAnswersOffTheDocument(t *testing.T) {
	dated := func(r *client.Result) bool {
		return r.Status == client.StatusComplete && r.StartedAt.Equal(at("2026-11-02T09:30:00.134Z"))
	}
	for name, tc := range map[string]struct {
		status     int
		body       string
		incomplete bool
		check      func(r *client.Result) bool
	}{
		"200 without body":  {200, "", false, nil},
		"white space":       {200, " \r\n\t", false, nil},
		"null":              {200, "null\n", false, nil},
		"202":               {202, complete + "}", false, dated},
		"207 with errors":   {207, complete + `,"numErrors":1}`, true, dated},
		"empty 299":         {299, "", true, nil},
		"empty 201":         {201, " ", true, nil},
		"empty 202":         {202, "null", true, func(r *client.Result) bool { return r.Status == "" }},
		"201":               {201, complete + "}", false, dated},
		"nulls":             {200, `{"status":"COMPLETE","requestedAt":null,"startedAt":null,"completedAt":null,"results":null,"numErrors":null,"errors":null,"links":null}`, false, nil},
		"odd date":          {200, strings.Replace(complete, "2026-11-02T09:30:00.120Z", "2026-11-02T09:30:00+0000", 1) + "}", false, func(r *client.Result) bool { return dated(r) && r.RequestedAt.IsZero() }},
		"epoch":             {200, strings.Replace(complete, `"2026-11-02T09:30:00.120Z"`, "1793957400120", 1) + "}", false, dated},
		"date an object":    {200, strings.Replace(complete, `"2026-11-02T09:30:00.120Z"`, `{"":{}}`, 1) + "}", false, dated},
		"empty date":        {200, strings.Replace(complete, "2026-11-02T09:30:00.120Z", "", 1) + "}", false, dated},
		"odd link":          {200, complete + `,"links":{"a":"b","c":{}}}`, false, func(r *client.Result) bool { return dated(r) && r.Links["a"] == "b" }},
		"results no array":  {200, strings.Replace(complete, "[]", `{"a":1}`, 1) + "}", false, func(r *client.Result) bool { return dated(r) && string(r.Results[0]) == `{"a":1}` }},
		"empty object":      {200, "{}", true, nil},
		"status unknown":    {200, strings.Replace(complete, "COMPLETE", "PAUSED", 1) + "}", true, func(r *client.Result) bool { return r.Status == "PAUSED" && !r.StartedAt.IsZero() }},
		"status null":       {200, strings.Replace(complete, `"COMPLETE"`, "null", 1) + "}", true, func(r *client.Result) bool { return r.Status == "" && !r.StartedAt.IsZero() }},
		"status a number":   {200, strings.Replace(complete, `"COMPLETE"`, "1", 1) + "}", true, func(r *client.Result) bool { return r.Status == "" && !r.StartedAt.IsZero() }},
		"number a string":   {200, complete + `,"numErrors":"0"}`, true, dated},
		"number too large":  {200, complete + `,"numErrors":4294967296}`, true, dated},
		"errors a string":   {200, complete + `,"errors":"boom"}`, true, func(r *client.Result) bool { return dated(r) && len(r.Failures) == 1 }},
		"errors of strings": {200, complete + `,"errors":["boom",null]}`, true, func(r *client.Result) bool { return dated(r) && len(r.Failures) == 2 }},
		"one odd error": {200, complete + `,"errors":[{"message":5,"category":"C","links":[],"errors":{"message":"d"}},{"message":"second"}]}`, true, func(r *client.Result) bool {
			return r.Failures[0].Category == "C" && r.Failures[0].Details[0].Message == "d" && r.Failures[1].Message == "second"
		}},
		"status in error 400": {200, complete + `,"errors":[{"status":400,"message":"m"}]}`, true, func(r *client.Result) bool { return r.Failures[0].Message == "m" && r.Failures[0].Status == "" }},
	} {
		t.Run(name, func(t *testing.T) {
			s := standIn(t)
			s.Queue(purgetest.OffDocument(purgetest.Answer{Status: tc.status, Body: tc.body}))
			checkAnswer(t, s, tc.status, tc.incomplete, tc.check)
		})
	}
}

func checkAnswer(t *testing.T, s *purgetest.Server, status int, incomplete bool, check func(r *client.Result) bool) {
	t.Helper()
	result, err := purge(t, connect(t, s, once))
	if result == nil {
		t.Fatalf("no result: %v", err)
	}
	if result.StatusCode != status || result.CorrelationID == "" {
		t.Errorf("result %+v", result)
	}
	partial := new(client.IncompleteError)
	if errors.As(err, &partial) != incomplete || (err != nil) != incomplete || errors.Is(err, client.ErrOutcomeUnknown) {
		t.Errorf("error %v, want an IncompleteError: %t", err, incomplete)
	}
	if incomplete && partial.Result != result {
		t.Error("the error holds another Result")
	}
	if check != nil && !check(result) {
		t.Errorf("result %+v", result)
	}
	if n := len(s.Requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestUnreadableAnswers(t *testing.T) {
	for name, answer := range map[string]purgetest.Answer{
		"text":          {Status: 200, Body: "OK"},
		"HTML":          {Status: 200, Body: "<html></html>"},
		"array":         {Status: 200, Body: "[" + complete + "}]"},
		"string":        {Status: 200, Body: `"COMPLETE"`},
		"number":        {Status: 200, Body: "0"},
		"two objects":   {Status: 200, Body: complete + "}{}"},
		"trailing text": {Status: 200, Body: complete + "} ok"},
		"half":          {Status: 200, Body: complete},
		"cut off":       {Status: 200, Body: complete + "}", Fault: purgetest.FaultCutBody},
		"too deep":      {Status: 200, Body: `{"a":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + "}"},
		"over 8 MiB":    {Status: 200, Body: complete + `,"x":"` + strings.Repeat("x", 8<<20) + `"}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := standIn(t)
			s.Queue(purgetest.OffDocument(answer))
			result, err := purge(t, connect(t, s, once))
			if result != nil || !errors.Is(err, client.ErrOutcomeUnknown) {
				t.Errorf("Purge = %v, %v, want ErrOutcomeUnknown", result, err)
			}
			if n := len(s.Requests()); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// The example of HubSpot's reference page, in an answer as the page prints it.
func TestReferencePageExample(t *testing.T) {
	s := standIn(t)
	s.Queue(purgetest.Answer{Status: 200, Body: `{
  "completedAt": "2023-11-07T05:31:56Z", "results": ["<unknown>"], "startedAt": "2023-11-07T05:31:56Z", "status": "CANCELED",
  "errors": [{
    "category": "<string>", "context": {},
    "errors": [{"message": "<string>", "code": "<string>", "context": "{missingScopes=[scope1, scope2]}", "in": "<string>", "subCategory": "<string>"}],
    "links": {}, "message": "<string>", "status": "<string>", "id": "<string>", "subCategory": {}
  }],
  "links": {}, "numErrors": 123, "requestedAt": "2023-11-07T05:31:56Z"}`})
	result, err := purge(t, connect(t, s, once))
	if incomplete := new(client.IncompleteError); !errors.As(err, &incomplete) {
		t.Fatalf("error %v", err)
	}
	day := at("2023-11-07T05:31:56Z")
	want := &client.Result{
		StatusCode: 200, Status: client.StatusCanceled, RequestedAt: day, StartedAt: day, CompletedAt: day,
		Results: []json.RawMessage{json.RawMessage(`"<unknown>"`)}, NumErrors: 123, Links: map[string]string{},
		CorrelationID: result.CorrelationID, Attempts: 1,
		Failures: []client.Failure{{
			ID: "<string>", Status: "<string>", Category: "<string>", Message: "<string>", Context: map[string][]string{}, Links: map[string]string{},
			Details: []client.ErrorDetail{{
				Message: "<string>", Code: "<string>", In: "<string>", SubCategory: "<string>",
				Context: map[string][]string{"": {"{missingScopes=[scope1, scope2]}"}},
			}},
		}},
	}
	if !reflect.DeepEqual(result, want) {
		t.Errorf("result\n%+v, want\n%+v", result, want)
	}
}
