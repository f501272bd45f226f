package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// limits makes n limits of a pair, with the type IDs from 1 on.
func limits(from, to client.ObjectType, n int) []client.Limit {
	var made []client.Limit
	for i := range n {
		made = append(made, client.Limit{From: from, To: to, Type: client.UserDefined(int32(i + 1))})
	}
	return made
}

// custom is the i-th of as many object types as a test needs.
func custom(i int) client.ObjectType { return client.ObjectType(fmt.Sprintf("2-%d", i+1)) }

// checkReport checks what holds for every report, and returns its states in short:
// p, f, u, n.
func checkReport(t *testing.T, given []client.Limit, report *client.Report, err error) string {
	t.Helper()
	if report == nil || len(report.Outcomes) != len(given) {
		t.Fatalf("report %v of %d limits", report, len(given))
	}
	var states strings.Builder
	purged := 0
	for i, o := range report.Outcomes {
		if o.Limit != given[i] {
			t.Errorf("outcome %d is of %v, want %v", i, o.Limit, given[i])
		}
		if (o.Err == nil) != (o.State == client.StatePurged) || errors.Is(o.Err, client.ErrOutcomeUnknown) != (o.State == client.StateUnknown) {
			t.Errorf("%v: %v with error %v", o.Limit, o.State, o.Err)
		}
		if o.State == client.StatePurged {
			purged++
		}
		states.WriteString(o.State.String()[:1])
	}
	if (err == nil) != (purged == len(given)) {
		t.Errorf("error %v, though %d of %d are purged", err, purged, len(given))
	}
	if err != nil && (!strings.Contains(err.Error(), report.String()) || strings.Contains(err.Error(), "\n")) {
		t.Errorf("error %q, want one line with %q", err, report)
	}
	return states.String()
}

func TestPurgeLimits(t *testing.T) {
	a, b, c := limits("0-1", "0-2", 250), limits("0-2", "0-1", 3), limits("p_vendor", "0-1", 1)
	given := slices.Concat(a, b[:1], a[:5], c, b, b)
	s := standIn(t, slices.Concat(a, b, c)...)
	var told []client.Outcome
	report, err := connect(t, s).PurgeLimits(t.Context(), given, &client.BulkOptions{Progress: func(o client.Outcome) { told = append(told, o) }})
	if states := checkReport(t, given, report, err); states != strings.Repeat("p", len(given)) {
		t.Errorf("states %s: %v", states, err)
	}
	if len(s.Limits(token)) != 0 || len(s.Requests()) != 5 { // 100, 100 and 50; 3; 1
		t.Errorf("%d requests left %v", len(s.Requests()), s.Limits(token))
	}
	if len(told) != len(given) {
		t.Errorf("progress was told %d times of %d", len(told), len(given))
	}
	if report.Remaining() != nil || report.Count(client.StatePurged) != len(given) {
		t.Errorf("report %v, remaining %v", report, report.Remaining())
	}
	report, err = connect(t, s).PurgeLimits(t.Context(), nil, nil)
	checkReport(t, nil, report, err)
}

func TestPurgeLimitsRefusesBeforeSending(t *testing.T) {
	s := standIn(t)
	given := limits("0-1", "0-2", 2)
	for name, call := range map[string]func() (*client.Report, error){
		"nil context": func() (*client.Report, error) { return connect(t, s).PurgeLimits(nil, given, nil) }, //nolint:staticcheck // on purpose
		"zero Client": func() (*client.Report, error) { return new(client.Client).PurgeLimits(t.Context(), given, nil) },
		"nil Client":  func() (*client.Report, error) { return (*client.Client)(nil).PurgeLimits(t.Context(), given, nil) },
		"concurrency": func() (*client.Report, error) {
			return connect(t, s).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: -1})
		},
	} {
		report, err := call()
		if states := checkReport(t, given, report, err); states != "nn" || !errors.Is(err, client.ErrInvalidInput) {
			t.Errorf("%s: %s, %v", name, states, err)
		}
	}
	// What Purge would refuse fails, the others go on.
	given = append(given, client.Limit{From: "a/b", To: "0-1", Type: label}, client.Limit{From: "0-1", To: "0-2"}, client.Limit{}, given[0])
	report, err := connect(t, s).PurgeLimits(t.Context(), given, nil)
	if states := checkReport(t, given, report, err); states != "ppfffp" || !errors.Is(err, client.ErrInvalidInput) || len(s.Requests()) != 1 {
		t.Errorf("%s after %d requests: %v", states, len(s.Requests()), err)
	}
}

// k bad inputs in a batch of n cost at most 2k·(1+log2(n/k)) further requests.
func TestIsolation(t *testing.T) {
	for _, form := range []purgetest.Rejection{purgetest.RejectBatch, purgetest.RejectPartially} {
		for _, n := range []int{1, 2, 3, 5, 8, 13, 50, 64, 99, 100} {
			for _, k := range []int{1, 2, 3, 7, n} {
				if k > n {
					continue
				}
				for _, apart := range []bool{false, true} {
					s := standIn(t)
					s.SetRejection(form)
					given := limits("0-1", "0-2", n)
					s.SetLimits(token, given...)
					var bad []client.Limit
					for i := range k {
						at := i
						if apart {
							at = i * n / k
						}
						bad = append(bad, given[at])
					}
					s.Reject(bad...)
					report, err := connect(t, s, once).PurgeLimits(t.Context(), given, nil)
					checkReport(t, given, report, err)
					most := int(2 * float64(k) * (1 + math.Log2(float64(n)/float64(k))))
					if n == 1 {
						most = 0
					}
					if further := len(s.Requests()) - 1; further > most {
						t.Errorf("form %d: %d of %d, apart %t: %d further requests, want at most %d", form, k, n, apart, further, most)
					}
					if !slices.Equal(report.Remaining(), bad) || report.Count(client.StateFailed) != k || !slices.Equal(s.Limits(token), bad) {
						t.Errorf("form %d: remaining %v, want %v; %v", form, report.Remaining(), bad, report)
					}
				}
			}
		}
	}
}

const partialAnswer = `{"status":"COMPLETE","results":[],"startedAt":"2026-11-02T09:30:00Z","completedAt":"2026-11-02T09:30:00Z"`

// What each answer makes of a pair of three limits and of another pair, which comes
// after it.
func TestVerdicts(t *testing.T) {
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

// What stops the run lets finish what is under way.
func TestStopLetsFinish(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		var given []client.Limit
		for i := range 20 {
			given = append(given, limits(custom(i), "0-1", 1)...)
		}
		s.SetLimits(token, given...)
		s.Queue(
			purgetest.Answer{Delay: 10 * time.Second},                     // under way when the run stops, purges
			purgetest.Answer{Status: 423, Body: "{}", Delay: time.Second}, // waits when it stops
			purgetest.Answer{Status: 401, Body: "{}", Delay: 2 * time.Second},
			purgetest.Answer{Status: 403, Body: "{}", Delay: 5 * time.Second},
			purgetest.Answer{Status: 502, Body: "{}", Delay: 6 * time.Second},
		)
		start := time.Now()
		report, err := connect(t, s).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 5})
		counts := fmt.Sprint(report)
		if checkReport(t, given, report, err); counts != "20 limits: 1 purged, 1 failed, 1 unknown, 17 not attempted" || time.Since(start) != 10*time.Second || len(s.Requests()) != 5 {
			t.Errorf("%s after %v and %d requests: %v", counts, time.Since(start), len(s.Requests()), err)
		}
		if !errors.Is(err, client.ErrUnauthorized) || errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
	bubble(t, "context", func(t *testing.T, s *purgetest.Server) {
		s.Queue(slices.Repeat([]purgetest.Answer{{Delay: time.Minute}}, 4)...)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		given := limits("0-1", "0-2", 1)
		for i := range 9 {
			given = append(given, limits(custom(i), "0-1", 1)...)
		}
		start := time.Now()
		report, err := connect(t, s).PurgeLimits(ctx, given, nil)
		if checkReport(t, given, report, err); report.String() != "10 limits: 0 purged, 4 unknown, 6 not attempted" || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		report, err = connect(t, s).PurgeLimits(ctx, given, nil)
		if checkReport(t, given, report, err); report.Count(client.StateNotAttempted) != 10 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with an ended context: %v", err)
		}
	})
	bubble(t, "token source", func(t *testing.T, s *purgetest.Server) {
		var asked atomic.Int32
		sealed := errors.New("vault sealed")
		c, err := client.New(tokenFunc(func() (*oauth2.Token, error) {
			if asked.Add(1) > 2 {
				return nil, sealed
			}
			return &oauth2.Token{AccessToken: token}, nil
		}), client.WithHTTPClient(&http.Client{Transport: s.Transport()}))
		if err != nil {
			t.Fatal(err)
		}
		var given []client.Limit
		for i := range 9 {
			given = append(given, limits(custom(i), "0-1", 1)...)
		}
		report, err := c.PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 1})
		if states := checkReport(t, given, report, err); states != "ppnnnnnnn" || !errors.Is(err, sealed) {
			t.Errorf("%s: %v", states, err)
		}
	})
	bubble(t, "no answer at all", func(t *testing.T, _ *purgetest.Server) {
		down := errors.New("refused")
		c := connectTo(t, dialFails{down})
		given := append(limits("0-1", "0-2", 2), limits("0-2", "0-1", 1)...)
		report, err := c.PurgeLimits(t.Context(), given, nil)
		if states := checkReport(t, given, report, err); states != "nnn" || !errors.Is(err, down) {
			t.Errorf("%s: %v", states, err)
		}
	})
}

// wide is a window that holds nobody back.
var wide = http.Header{"X-Hubspot-Ratelimit-Max": {"10000"}, "X-Hubspot-Ratelimit-Interval-Milliseconds": {"10000"}}

// The optimum in virtual time: 50 rounds of 8, and one window more for one 429.
func TestPurgeLimitsTime(t *testing.T) {
	for name, tc := range map[string]struct {
		pairs, perPair int
		throttle       bool
		least, most    time.Duration
	}{
		"400 pairs":               {400, 1, false, 2500 * time.Millisecond, 2500 * time.Millisecond},
		"400 pairs and a 429":     {400, 1, true, 12500 * time.Millisecond, 12550 * time.Millisecond},
		"one pair of 801 batches": {1, 80_100, false, 5050 * time.Millisecond, 5050 * time.Millisecond},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			var given []client.Limit
			for i := range tc.pairs {
				given = append(given, limits(custom(i), "0-1", tc.perPair)...)
			}
			var sent atomic.Int32
			c := connectTo(t, roundTrip(func(_ *http.Request) (*http.Response, error) {
				time.Sleep(50 * time.Millisecond)
				if sent.Add(1) == 100 && tc.throttle {
					return &http.Response{StatusCode: http.StatusTooManyRequests, Header: wide, Body: http.NoBody}, nil
				}
				return &http.Response{StatusCode: http.StatusNoContent, Header: wide, Body: http.NoBody}, nil
			}))
			start := time.Now()
			report, err := c.PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 8})
			checkReport(t, given, report, err)
			if took := time.Since(start); took < tc.least || took > tc.most {
				t.Errorf("took %v, want %v to %v", took, tc.least, tc.most)
			}
			_ = s
		})
	}
}

// Beside the report itself a run allocates little, however long the list.
func TestPurgeLimitsMemory(t *testing.T) {
	if raced {
		return
	}
	const n = 100_000
	given := limits("0-1", "0-2", n)
	c := connectTo(t, done)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	report, err := c.PurgeLimits(t.Context(), given, nil)
	runtime.ReadMemStats(&after)
	checkReport(t, given, report, err)
	held := uint64(n * unsafe.Sizeof(client.Outcome{}))
	if each := (after.TotalAlloc - before.TotalAlloc - held) / n; each > 250 {
		t.Errorf("%d bytes a limit", each)
	}
}

func TestConcurrencyIsBounded(t *testing.T) {
	for given, want := range map[int]int32{0: 4, 1: 1, 3: 3} {
		synctest.Test(t, func(t *testing.T) {
			var now, most atomic.Int32
			c := connectTo(t, roundTrip(func(*http.Request) (*http.Response, error) {
				n := now.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				time.Sleep(time.Second)
				now.Add(-1)
				return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody}, nil
			}))
			if _, err := c.PurgeLimits(t.Context(), limits("0-1", "0-2", 2000), &client.BulkOptions{Concurrency: given}); err != nil {
				t.Error(err)
			}
			if most.Load() != want {
				t.Errorf("concurrency %d: %d requests at once, want %d", given, most.Load(), want)
			}
		})
	}
}

func TestReport(t *testing.T) {
	l := limits("0-1", "0-2", 4)
	report := &client.Report{Outcomes: []client.Outcome{
		{Limit: l[0], State: client.StatePurged},
		{Limit: l[1], State: client.StateFailed, Err: &client.Error{StatusCode: 403, Message: "no"}},
		{Limit: l[2], State: client.StateUnknown, Err: client.ErrOutcomeUnknown},
		{Limit: l[3], Err: context.Canceled},
		{Limit: l[1], State: client.StateFailed, Err: &client.Error{StatusCode: 403, Message: "no"}},
	}}
	if got, want := report.String(), "5 limits: 1 purged, 2 failed, 1 unknown, 1 not attempted"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
	if got := report.Remaining(); !slices.Equal(got, l[1:]) {
		t.Errorf("Remaining() = %v", got)
	}
	text, err := json.Marshal(report)
	if want := `{"outcomes":[` +
		`{"limit":{"from":"0-1","to":"0-2","type":"USER_DEFINED:1"},"state":"purged"},` +
		`{"limit":{"from":"0-1","to":"0-2","type":"USER_DEFINED:2"},"state":"failed","error":"403 Forbidden: no"},` +
		`{"limit":{"from":"0-1","to":"0-2","type":"USER_DEFINED:3"},"state":"unknown","error":"outcome unknown"},` +
		`{"limit":{"from":"0-1","to":"0-2","type":"USER_DEFINED:4"},"state":"not attempted","error":"context canceled"},` +
		`{"limit":{"from":"0-1","to":"0-2","type":"USER_DEFINED:2"},"state":"failed","error":"403 Forbidden: no"}]}`; err != nil || string(text) != want {
		t.Errorf("JSON %s, %v\nwant %s", text, err, want)
	}
	if got := new(client.Report).String() + " " + client.State(9).String() + " " + client.State(-1).String(); got != "0 limits: 0 purged State(9) State(-1)" {
		t.Errorf("zero: %q", got)
	}
	s := standIn(t)
	s.Queue(status(403))
	_, err = connect(t, s).PurgeLimits(t.Context(), l, nil)
	if want := "purge association limits: 4 limits: 0 purged, 4 failed: 403 Forbidden: m (correlation ID 00000000-0000-4000-8000-000000000001)"; fmt.Sprint(err) != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

// A wait that does not fit stops the run, with attempts left or not.
func TestLongWaitStopsWithoutRetries(t *testing.T) {
	for name, tc := range map[string]struct {
		answer purgetest.Answer
		states string
	}{
		"429, an hour":  {purgetest.RateLimited("", time.Hour), "nn"},
		"429, a second": {purgetest.RateLimited("SECONDLY", 0), "fp"}, // fits, but no attempt is left
		"429, daily":    {purgetest.RateLimited("DAILY", 0), "nn"},
		"477":           {status(477), "nn"},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			s.Queue(tc.answer)
			given := append(limits("0-1", "0-2", 1), limits("0-2", "0-1", 1)...)
			report, err := connect(t, s, client.WithRetry(1, 30*time.Second)).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 1})
			if states := checkReport(t, given, report, err); states != tc.states {
				t.Errorf("%s, want %s: %v", states, tc.states, err)
			}
		})
	}
}
