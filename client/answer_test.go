package client_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"
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

func TestContextMaps(t *testing.T) {
	for context, want := range map[string]map[string][]string{
		`null`:                               nil,
		`{}`:                                 {},
		`{"a":["b","c"]}`:                    {"a": {"b", "c"}},
		`{"a":[]}`:                           {"a": {}},
		`{"a":["null","\u006eull"]}`:         {"a": {"null", "null"}},
		`{"null":["b"]}`:                     {"null": {"b"}},
		`""`:                                 {"": {""}},
		`"scope1, scope2"`:                   {"": {"scope1, scope2"}},
		`"{}"`:                               {"": {"{}"}},
		`"{missingScopes=[scope1, scope2]}"`: {"": {"{missingScopes=[scope1, scope2]}"}},
		`"{\"a\":[\"b\"]}"`:                  {"": {`{"a":["b"]}`}},
		`{"a":"b","c":5,"d":{"e":[1, 2]}}`:   {"": {`{"a":"b","c":5,"d":{"e":[1,2]}}`}},
		`{"a":["b",null]}`:                   {"": {`{"a":["b",null]}`}},
		`{"a":[null]}`:                       {"": {`{"a":[null]}`}},
		`{"a":null}`:                         {"": {`{"a":null}`}},
		`{"a":["b"],"c":["x",1]}`:            {"": {`{"a":["b"],"c":["x",1]}`}},
		`["a", "b"]`:                         {"": {`["a","b"]`}},
		`5`:                                  {"": {"5"}},
	} {
		t.Run(context, func(t *testing.T) {
			s := standIn(t)
			s.Queue(purgetest.OffDocument(purgetest.Answer{Status: 400, Body: `{"message":"m","context":` + context + `,"errors":[{"context":` + context + `}]}`}))
			_, err := purge(t, connect(t, s, once))
			refusal := new(client.Error)
			if !errors.As(err, &refusal) || len(refusal.Details) != 1 {
				t.Fatalf("error %v", err)
			}
			if !reflect.DeepEqual(refusal.Context, want) || !reflect.DeepEqual(refusal.Details[0].Context, want) {
				t.Errorf("context %q and %q, want %q", refusal.Context, refusal.Details[0].Context, want)
			}
		})
	}
}

func TestSubCategories(t *testing.T) {
	for raw, want := range map[string]string{
		`"NAME"`: "NAME", `""`: "", `null`: "", `{}`: "", `{ }`: "", `{"a": [1, 2]}`: `{"a":[1,2]}`, `5`: "5",
	} {
		s := standIn(t)
		s.Queue(purgetest.OffDocument(purgetest.Answer{Status: 400, Body: `{"message":"m","subCategory":` + raw + `,"errors":[{"subCategory":` + raw + `}]}`}))
		_, err := purge(t, connect(t, s, once))
		refusal := new(client.Error)
		if !errors.As(err, &refusal) || refusal.SubCategory != want || refusal.Details[0].SubCategory != want {
			t.Errorf("subCategory %s: %+v, want %q", raw, refusal, want)
		}
	}
}

func TestErrorAnswers(t *testing.T) {
	sentinels := []error{client.ErrInvalidInput, client.ErrUnauthorized, client.ErrForbidden, client.ErrRateLimited, client.ErrDailyLimit, client.ErrOutcomeUnknown}
	for name, tc := range map[string]struct {
		answer  purgetest.Answer
		matches []error
		text    string
	}{
		"400":              {purgetest.Answer{Status: 400, Body: `{"status":"error","message":"Invalid\ninput","correlationId":"c-1","category":"VALIDATION_ERROR"}`}, nil, "400 Bad Request: Invalid input (VALIDATION_ERROR, correlation ID c-1)"},
		"400, no category": {purgetest.Answer{Status: 400, Body: `{"status":"error","message":"Unable to infer object type from: vendor"}`}, nil, "400 Bad Request: Unable to infer object type from: vendor (correlation ID HEADER)"},
		"401":              {purgetest.Answer{Status: 401, Body: `{"category":"EXPIRED_AUTHENTICATION"}`}, []error{client.ErrUnauthorized}, "401 Unauthorized (EXPIRED_AUTHENTICATION, correlation ID HEADER)"},
		"403":              {purgetest.Answer{Status: 403, Body: `{}`}, []error{client.ErrForbidden}, "403 Forbidden (correlation ID HEADER)"},
		"429":              {purgetest.RateLimited("TEN_SECONDLY_ROLLING", 0), []error{client.ErrRateLimited}, ""},
		"429, daily":       {purgetest.RateLimited("DAILY", 0), []error{client.ErrRateLimited, client.ErrDailyLimit}, ""},
		"437":              {purgetest.Answer{Status: 437, Body: `{"message":"cap"}`}, nil, "437: cap (correlation ID HEADER)"},
		"502":              {purgetest.Answer{Status: 502, Body: `{"message":"m"}`}, []error{client.ErrOutcomeUnknown}, "502 Bad Gateway: m (correlation ID HEADER)"},
		"302":              {purgetest.Answer{Status: 302, Body: `{}`}, nil, "302 Found (correlation ID HEADER)"},
	} {
		t.Run(name, func(t *testing.T) {
			s := standIn(t)
			s.Queue(purgetest.OffDocument(tc.answer))
			result, err := purge(t, connect(t, s, once))
			refusal := new(client.Error)
			if result != nil || !errors.As(err, &refusal) || refusal.StatusCode != tc.answer.Status || string(refusal.Body) != tc.answer.Body || refusal.CorrelationID == "" {
				t.Fatalf("Purge = %v, %+v", result, err)
			}
			for _, sentinel := range sentinels {
				if want := slices.Contains(tc.matches, sentinel); errors.Is(err, sentinel) != want {
					t.Errorf("errors.Is(%v, %v) = %t", err, sentinel, !want)
				}
			}
			if want := strings.Replace(tc.text, "HEADER", refusal.CorrelationID, 1); tc.text != "" && refusal.Error() != want {
				t.Errorf("Error() = %q, want %q", refusal.Error(), want)
			}
			if !strings.HasPrefix(err.Error(), "purge association limits: ") || !strings.HasSuffix(err.Error(), refusal.Error()) {
				t.Errorf("error %q", err)
			}
		})
	}
}

// An error decoder can't fail: what can be read of a body is kept.
func TestErrorBodies(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want client.Error
	}{
		"none":         {"", client.Error{}},
		"HTML":         {"<html>Bad gateway</html>", client.Error{}},
		"array":        {`["a"]`, client.Error{}},
		"null":         {"null", client.Error{}},
		"half":         {`{"category":"C","message":"m","errors":[{"message":`, client.Error{Category: "C", Message: "m"}},
		"odd types":    {`{"category":"C","message":5,"correlationId":7,"errors":{"message":"d"},"links":{"a":"b","c":5}}`, client.Error{Category: "C", Details: []client.ErrorDetail{{Message: "d"}}, Links: map[string]string{"a": "b", "c": ""}}},
		"not a UUID":   {`{"correlationId":"odd"}`, client.Error{CorrelationID: "odd"}},
		"policy":       {`{"policyName":"SECONDLY","errorType":"RATE_LIMIT"}`, client.Error{Policy: "SECONDLY"}},
		"trailing":     {`{"category":"C"} and more`, client.Error{Category: "C"}},
		"over 64 KiB":  {`{"category":"C","errors":[],"message":"` + strings.Repeat("m", 64<<10) + `"}`, client.Error{Category: "C", Details: nil}},
		"wrong at all": {`{"category":{},"message":[],"errors":"e","context":5}`, client.Error{Details: []client.ErrorDetail{{}}, Context: map[string][]string{"": {"5"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := standIn(t)
			s.Queue(purgetest.OffDocument(purgetest.Answer{Status: 409, Body: tc.body}))
			_, err := purge(t, connect(t, s, once))
			got := new(client.Error)
			if !errors.As(err, &got) || got.StatusCode != http.StatusConflict {
				t.Fatalf("error %v", err)
			}
			if want := tc.body[:min(len(tc.body), 64<<10)]; string(got.Body) != want {
				t.Errorf("%d bytes of body, want %d", len(got.Body), len(want))
			}
			if got.CorrelationID == "" {
				t.Error("no correlation ID")
			}
			want := tc.want
			want.StatusCode, want.Attempts, got.Body = got.StatusCode, 1, nil
			if want.CorrelationID == "" {
				want.CorrelationID = got.CorrelationID // the header's
			}
			same := client.Error{ // the exported fields
				StatusCode: got.StatusCode, Category: got.Category, SubCategory: got.SubCategory, Message: got.Message,
				CorrelationID: got.CorrelationID, Policy: got.Policy, RetryAfter: got.RetryAfter,
				Context: got.Context, Links: got.Links, Details: got.Details, Attempts: got.Attempts,
			}
			if !reflect.DeepEqual(same, want) {
				t.Errorf("got  %+v\nwant %+v", same, want)
			}
		})
	}
}

func TestMissingScopes(t *testing.T) {
	s := standIn(t)
	s.Queue(
		purgetest.MissingScopes("crm.objects.contacts.write", "crm.objects.companies.write"),
		purgetest.Answer{Status: 403, Body: `{"category":"MISSING_SCOPES","context":{"missingScopes":["a"]},"errors":[{"message":"m","context":{"requiredScopes":["b","a"],"other":["c"]}},{"message":"m","context":"{requiredGranularScopes=[d]}"}]}`},
		purgetest.Answer{Status: 403, Body: `{}`},
	)
	c := connect(t, s, once)
	for _, want := range [][]string{{"crm.objects.contacts.write", "crm.objects.companies.write"}, {"a", "b"}, nil} {
		_, err := purge(t, c)
		refusal := new(client.Error)
		if !errors.As(err, &refusal) || !errors.Is(err, client.ErrForbidden) || !slices.Equal(refusal.MissingScopes(), want) {
			t.Errorf("MissingScopes() = %q of %v, want %q", refusal.MissingScopes(), err, want)
		}
	}
}

func TestIncompleteErrorText(t *testing.T) {
	for want, e := range map[string]*client.IncompleteError{
		"incomplete": {},
		`incomplete: status "PENDING" (correlation ID c)`: {Result: &client.Result{Status: client.StatusPending, CorrelationID: "c"}},
		`incomplete: status "COMPLETE", errors: 3`:        {Result: &client.Result{Status: client.StatusComplete, NumErrors: 3}},
		`incomplete: status "", errors: 1, first: a b`:    {Result: &client.Result{Failures: []client.Failure{{Message: "a\x1b\nb"}}}},
	} {
		if e.Error() != want {
			t.Errorf("Error() = %q, want %q", e.Error(), want)
		}
	}
}
