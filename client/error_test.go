package client_test

import (
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

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
