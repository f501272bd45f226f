package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

var settings = []client.LimitSetting{
	{Limit: client.Limit{From: "0-1", To: "0-2", Type: client.UserDefined(35)}, Max: 3, Label: "Billing contact"},
	{Limit: client.Limit{From: "0-1", To: "0-2", Type: client.HubSpotDefined(279)}, Max: 2147483647},
	{Limit: client.Limit{From: "0-1", To: "0-2", Type: client.AssociationType{Category: "WORK", TypeID: 35}}, Max: 1},
}

func TestReadLimits(t *testing.T) {
	s := standIn(t)
	other := client.LimitSetting{Limit: client.Limit{From: "0-2", To: "0-1", Type: client.UserDefined(36)}, Max: 9}
	s.SetSettings(token, append(settings, other)...)
	c := connect(t, s)
	if got, err := c.ReadLimits(t.Context(), "0-1", "0-2"); err != nil || !slices.Equal(got, settings) {
		t.Errorf("ReadLimits = %+v, %v", got, err)
	}
	if got, err := c.ReadLimits(t.Context(), "0-2", "0-1"); err != nil || !slices.Equal(got, []client.LimitSetting{other}) {
		t.Errorf("the other direction: %+v, %v", got, err)
	}
	if got, err := c.ReadLimits(t.Context(), "0-1", "0-3"); err != nil || got == nil || len(got) != 0 {
		t.Errorf("nothing set: %#v, %v", got, err)
	}
	if n := len(s.Limits(token)); n != 4 {
		t.Errorf("%d limits left", n)
	}
}

func TestReadRequest(t *testing.T) {
	var req *http.Request
	c := connectTo(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		req = r
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"results":[]}`))}, nil
	}), client.WithBaseURL("https://proxy.example.com/p"))
	if _, err := c.ReadLimits(t.Context(), "contacts", "p345_vendor"); err != nil {
		t.Fatal(err)
	}
	want := "https://proxy.example.com/p" + strings.TrimSuffix(purgePath("contacts", "p345_vendor"), "/batch/purge")
	if req.Method != http.MethodGet || req.URL.String() != want || req.Body != nil || req.Header.Get("Authorization") != "Bearer "+token || req.Header.Get("Accept") != "application/json" {
		t.Errorf("request %+v", req)
	}
}

// An empty list means that nothing is set: what may hide a limit is an error. Any
// other odd field is lost alone.
func TestReadAnswers(t *testing.T) {
	item := func(fields string) string {
		return `{"results":[{"category":"USER_DEFINED","typeId":35` + fields + `}]}`
	}
	for name, tc := range map[string]struct {
		status int
		body   string
		want   string // limit, number and label, or "none", or "error"
	}{
		"number":                 {200, item(`,"userEnforcedMaxToObjectIds":5,"label":"L"`), "USER_DEFINED:35 5 L"},
		"letter case":            {200, strings.ToUpper(item(`,"userEnforcedMaxToObjectIds":5`)), "USER_DEFINED:35 5 "},
		"no label":               {200, item(`,"userEnforcedMaxToObjectIds":5,"label":null`), "USER_DEFINED:35 5 "},
		"label of another kind":  {200, item(`,"userEnforcedMaxToObjectIds":5,"label":{"en":"L"}`), "USER_DEFINED:35 5 "},
		"unknown fields":         {200, item(`,"userEnforcedMaxToObjectIds":5,"new":[1]`), "USER_DEFINED:35 5 "},
		"unknown category":       {200, `{"results":[{"category":"other","typeId":1,"userEnforcedMaxToObjectIds":1}],"paging":{}}`, "other:1 1 "},
		"number 0":               {200, item(`,"userEnforcedMaxToObjectIds":0`), "USER_DEFINED:35 0 "},
		"number null":            {200, item(`,"userEnforcedMaxToObjectIds":null`), "none"},
		"number absent":          {200, item(``), "none"},
		"number null, odd label": {200, item(`,"userEnforcedMaxToObjectIds":null,"label":5`), "none"},
		"number a string":        {200, item(`,"userEnforcedMaxToObjectIds":"5"`), "error"},
		"number a fraction":      {200, item(`,"userEnforcedMaxToObjectIds":5.5`), "error"},
		"number too large":       {200, item(`,"userEnforcedMaxToObjectIds":2147483648`), "error"},
		"number an object":       {200, item(`,"userEnforcedMaxToObjectIds":{}`), "error"},
		"number false":           {200, item(`,"userEnforcedMaxToObjectIds":false`), "error"},
		"number, letter case":    {200, item(`,"UserEnforcedMaxToObjectIDs":"5"`), "error"},
		"second item odd":        {200, `{"results":[{"category":"A","typeId":1},{"category":"A","typeId":2,"userEnforcedMaxToObjectIds":"5"}]}`, "error"},
		"no category":            {200, `{"results":[{"typeId":35}]}`, "error"},
		"category null":          {200, `{"results":[{"category":null,"typeId":35}]}`, "error"},
		"category a number":      {200, `{"results":[{"category":5,"typeId":35}]}`, "error"},
		"category empty":         {200, `{"results":[{"category":"","typeId":35,"userEnforcedMaxToObjectIds":5}]}`, "error"},
		"no typeId":              {200, `{"results":[{"category":"USER_DEFINED","userEnforcedMaxToObjectIds":5}]}`, "error"},
		"typeId a string":        {200, `{"results":[{"category":"USER_DEFINED","typeId":"35"}]}`, "error"},
		"typeId 0":               {200, `{"results":[{"category":"USER_DEFINED","typeId":0}]}`, "error"},
		"item null":              {200, `{"results":[null]}`, "error"},
		"item a number":          {200, `{"results":[5]}`, "error"},
		"item an array":          {200, `{"results":[[]]}`, "error"},
		"empty list":             {200, `{"results":[]}`, "none"},
		"results null":           {200, `{"results":null}`, "error"},
		"results absent":         {200, `{}`, "error"},
		"results an object":      {200, `{"results":{}}`, "error"},
		"results an item":        {200, `{"results":{"category":"USER_DEFINED","typeId":35}}`, "error"},
		"results a string":       {200, `{"results":"none"}`, "error"},
		"results false":          {200, `{"results":false}`, "error"},
		"an array":               {200, `[]`, "error"},
		"null":                   {200, `null`, "error"},
		"no body":                {200, ``, "error"},
		"HTML":                   {200, `<html>`, "error"},
		"half":                   {200, `{"results":[]`, "error"},
		"two":                    {200, `{"results":[]}{}`, "error"},
		"over 1 MiB":             {200, `{"results":[],"x":"` + strings.Repeat("x", 1<<20) + `"}`, "error"},
		"201":                    {201, `{"results":[]}`, "error"},
		"202":                    {202, `{"results":[]}`, "error"},
		"204":                    {204, ``, "error"},
		"206":                    {206, `{"results":[]}`, "error"},
	} {
		t.Run(name, func(t *testing.T) {
			s := standIn(t)
			s.Queue(purgetest.OffDocument(purgetest.Answer{Status: tc.status, Body: tc.body}))
			got, err := connect(t, s).ReadLimits(t.Context(), "0-1", "0-2")
			text := "error"
			switch {
			case err == nil && len(got) == 0:
				text = "none"
			case err == nil:
				text = strings.TrimPrefix(got[0].Limit.String(), "0-1 to 0-2 ") + " " + strconv.Itoa(int(got[0].Max)) + " " + got[0].Label
			}
			if text != tc.want || len(got) > 1 || err != nil && got != nil {
				t.Errorf("ReadLimits = %+v, %v, want %s", got, err, tc.want)
			}
			if errors.Is(err, client.ErrOutcomeUnknown) || errors.Is(err, client.ErrInvalidInput) || len(s.Requests()) != 1 {
				t.Errorf("error %v after %d requests", err, len(s.Requests()))
			}
			if wait, ok := client.RetryAfter(err); ok != (err != nil) || err != nil && wait != time.Minute {
				t.Errorf("RetryAfter(%v) = %v, %t", err, wait, ok)
			}
		})
	}
}

// A read is retried by the same table, and changes nothing: no error of it matches
// ErrOutcomeUnknown.
func TestReadRetries(t *testing.T) {
	for name, tc := range map[string]struct {
		answer  purgetest.Answer
		waits   []span // before the answer that the stand-in gives itself
		matches error  // none: the call succeeds
	}{
		"423":         {status(423), []span{exactly(2 * time.Second)}, nil},
		"429":         {purgetest.RateLimited("", 0), []span{exactly(10 * time.Second)}, nil},
		"502":         {status(502), backoffs[:1], nil},
		"reset":       {purgetest.Answer{Fault: purgetest.FaultReset}, backoffs[:1], nil},
		"hang":        {purgetest.Answer{Delay: time.Hour}, []span{{121 * time.Second, 122 * time.Second}}, nil},
		"cut body":    {purgetest.Answer{Fault: purgetest.FaultCutBody}, nil, io.ErrUnexpectedEOF},
		"daily":       {purgetest.RateLimited("DAILY", 0), nil, client.ErrDailyLimit},
		"401":         {status(401), nil, client.ErrUnauthorized},
		"403":         {purgetest.MissingScopes("a"), nil, client.ErrForbidden},
		"429, a hour": {purgetest.RateLimited("", time.Hour), nil, client.ErrRateLimited},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			s.SetSettings(token, settings...)
			s.Queue(tc.answer)
			got, err := connect(t, s).ReadLimits(t.Context(), "0-1", "0-2")
			if tc.matches == nil && (err != nil || len(got) != 3) || tc.matches != nil && (got != nil || err == nil) {
				t.Errorf("ReadLimits = %v, %v", got, err)
			}
			// Where a body was cut, the text alone is kept.
			if tc.matches != nil && !errors.Is(err, tc.matches) && !strings.Contains(err.Error(), tc.matches.Error()) || errors.Is(err, client.ErrOutcomeUnknown) {
				t.Errorf("error %v", err)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "read association limits: ") {
				t.Errorf("error %q", err)
			}
			checkWaits(t, s, tc.waits)
		})
	}
	for name, answer := range map[string]purgetest.Answer{"502": status(502), "reset": {Fault: purgetest.FaultReset}, "hang": {Delay: time.Hour}} {
		bubble(t, name+" to the end", func(t *testing.T, s *purgetest.Server) {
			s.Queue(slices.Repeat([]purgetest.Answer{answer}, 4)...)
			_, err := connect(t, s).ReadLimits(t.Context(), "0-1", "0-2")
			if err == nil || errors.Is(err, client.ErrOutcomeUnknown) || len(s.Requests()) != 4 {
				t.Errorf("%v after %d requests", err, len(s.Requests()))
			}
		})
		bubble(t, name+" and canceled", func(t *testing.T, s *purgetest.Server) {
			s.Queue(answer)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
			defer cancel()
			_, err := connect(t, s).ReadLimits(ctx, "0-1", "0-2")
			if err == nil || errors.Is(err, client.ErrOutcomeUnknown) || len(s.Requests()) != 1 {
				t.Errorf("%v after %d requests", err, len(s.Requests()))
			}
		})
	}
}

func TestReadRefusesBeforeSending(t *testing.T) {
	s := standIn(t)
	c := connect(t, s)
	for name, call := range map[string]func() ([]client.LimitSetting, error){
		"nil Client": func() ([]client.LimitSetting, error) {
			return (*client.Client)(nil).ReadLimits(t.Context(), "0-1", "0-2")
		},
		"zero Client": func() ([]client.LimitSetting, error) { return new(client.Client).ReadLimits(t.Context(), "0-1", "0-2") },
		"nil context": func() ([]client.LimitSetting, error) { return c.ReadLimits(nil, "0-1", "0-2") }, //nolint:staticcheck // on purpose
		"empty from":  func() ([]client.LimitSetting, error) { return c.ReadLimits(t.Context(), "", "0-2") },
		"dots":        func() ([]client.LimitSetting, error) { return c.ReadLimits(t.Context(), "0-1", "..") },
		"slash":       func() ([]client.LimitSetting, error) { return c.ReadLimits(t.Context(), "0-1/0-2", "0-1") },
	} {
		if got, err := call(); got != nil || !errors.Is(err, client.ErrInvalidInput) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if n := len(s.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestReadLog(t *testing.T) {
	var log bytes.Buffer
	s := standIn(t)
	c := connect(t, s, client.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	if _, err := c.ReadLimits(t.Context(), "0-1", "0-2"); err != nil {
		t.Error(err)
	}
	if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, `msg="read attempt" attempt=1 wait=0s from=0-1 to=0-2 `) || !strings.Contains(text, " status=200 ") {
		t.Errorf("log %s", text)
	}
}
