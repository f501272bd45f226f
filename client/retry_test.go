package client_test

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// A span is the bounds of a wait, both within it.
type span struct{ least, most time.Duration }

func exactly(d time.Duration) span { return span{d, d} }

// The first three waits of a backoff, half to all of 2, 4 and 8 s.
var backoffs = []span{{time.Second, 2 * time.Second}, {2 * time.Second, 4 * time.Second}, {4 * time.Second, 8 * time.Second}}

// waits returns the time between the requests that s received.
func waits(s *purgetest.Server) []time.Duration {
	var waits []time.Duration
	requests := s.Requests()
	for i := range requests[:max(len(requests)-1, 0)] {
		waits = append(waits, requests[i+1].Time.Sub(requests[i].Time))
	}
	return waits
}

func checkWaits(t *testing.T, s *purgetest.Server, want []span) {
	t.Helper()
	got := waits(s)
	ok := len(got) == len(want)
	for i := 0; ok && i < len(want); i++ {
		ok = want[i].least <= got[i] && got[i] <= want[i].most
	}
	if !ok {
		t.Errorf("waits %v, want %v", got, want)
	}
}

func status(code int, header ...string) purgetest.Answer {
	a := purgetest.Answer{Status: code, Header: http.Header{}, Body: `{"message":"m"}`}
	for i := 0; i < len(header); i += 2 {
		a.Header.Set(header[i], header[i+1])
	}
	return a
}

// bubble runs f in virtual time, against a stand-in of its own.
func bubble(t *testing.T, name string, f func(t *testing.T, s *purgetest.Server)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) { f(t, standIn(t)) })
	})
}

// Every row of the table: the same answer until the attempts run out.
func TestRetryTable(t *testing.T) {
	thrice := func(s span) []span { return []span{s, s, s} }
	type row struct {
		answer     purgetest.Answer
		waits      []span // none: error at once
		retryAfter time.Duration
		retryable  bool
	}
	rows := map[string]row{
		"423":                         {status(423), thrice(exactly(2 * time.Second)), 0, true},
		"423, 1 s":                    {status(423, "Retry-After", "1"), thrice(exactly(2 * time.Second)), time.Second, true},
		"423, 7 s":                    {status(423, "Retry-After", "7"), thrice(exactly(7 * time.Second)), 7 * time.Second, true},
		"429 TEN_SECONDLY_ROLLING":    {purgetest.RateLimited("TEN_SECONDLY_ROLLING", 0), thrice(exactly(10 * time.Second)), 10 * time.Second, true},
		"429 TEN_SECONDLY_ROLLING, 3": {purgetest.RateLimited("TEN_SECONDLY_ROLLING", 3*time.Second), thrice(exactly(3 * time.Second)), 3 * time.Second, true},
		"429 SECONDLY":                {purgetest.RateLimited("SECONDLY", 0), thrice(exactly(time.Second)), time.Second, true},
		"429 without policy":          {purgetest.RateLimited("", 0), thrice(exactly(10 * time.Second)), 10 * time.Second, true},
		"429 of an unknown policy":    {purgetest.RateLimited("MINUTELY", 0), thrice(exactly(10 * time.Second)), 10 * time.Second, true},
		"429 in HTML":                 {purgetest.OffDocument(purgetest.Answer{Status: 429, Body: "<html>"}), thrice(exactly(10 * time.Second)), 10 * time.Second, true},
		"429, 31 s":                   {purgetest.RateLimited("", 31*time.Second), nil, 31 * time.Second, true},
		"429 DAILY":                   {purgetest.RateLimited("DAILY", 0), nil, 0, true},
		"429 DAILY, 5 s":              {purgetest.RateLimited("DAILY", 5*time.Second), nil, 5 * time.Second, true},
		"477":                         {status(477), nil, 0, true},
		"477, 30 s":                   {status(477, "Retry-After", "30"), thrice(exactly(30 * time.Second)), 30 * time.Second, true},
		"477, a day":                  {status(477, "Retry-After", "86400"), nil, 24 * time.Hour, true},
		"503, 4 s":                    {status(503, "Retry-After", "4"), thrice(exactly(4 * time.Second)), 4 * time.Second, true},
		"502, 31 s":                   {status(502, "Retry-After", "31"), nil, 31 * time.Second, true},
	}
	for _, code := range []int{300, 301, 302, 304, 307, 400, 401, 403, 404, 408, 409, 414, 418, 437, 451, 499} {
		rows[fmt.Sprint(code)] = row{status(code), nil, 0, false}
	}
	for _, code := range []int{500, 501, 502, 503, 504, 520, 521, 523, 524, 530, 599} {
		rows[fmt.Sprint(code)] = row{status(code), backoffs, 0, true}
	}
	for _, code := range []int{522, 525, 526} {
		rows[fmt.Sprint(code)] = row{status(code, "Retry-After", "1"), nil, time.Second, true}
	}
	for name, tc := range rows {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			s.Queue(slices.Repeat([]purgetest.Answer{tc.answer}, 9)...)
			_, err := purge(t, connect(t, s))
			checkWaits(t, s, tc.waits)
			answer := new(client.Error)
			if !errors.As(err, &answer) || answer.StatusCode != tc.answer.Status || answer.Attempts != len(tc.waits)+1 {
				t.Fatalf("error %+v", err)
			}
			if answer.RetryAfter != tc.retryAfter || answer.Retryable() != tc.retryable {
				t.Errorf("RetryAfter %v, Retryable %t, want %v, %t", answer.RetryAfter, answer.Retryable(), tc.retryAfter, tc.retryable)
			}
			if unknown := tc.answer.Status >= 500; errors.Is(err, client.ErrOutcomeUnknown) != unknown {
				t.Errorf("%v matches ErrOutcomeUnknown: %t", err, !unknown)
			}
		})
	}
}

func TestRetryAfterValues(t *testing.T) {
	const date = "Mon, 02 Nov 2026 09:30:00 GMT"
	for value, want := range map[string]struct {
		retryAfter time.Duration
		wait       []span
	}{
		// Seconds.
		"0":                                {0, []span{exactly(0)}},
		"1":                                {time.Second, []span{exactly(time.Second)}},
		" 2 ":                              {2 * time.Second, []span{exactly(2 * time.Second)}},
		"30":                               {30 * time.Second, []span{exactly(30 * time.Second)}},
		"31":                               {31 * time.Second, nil},
		"10000000000000000000000000000000": {math.MaxInt64, nil},
		// Dates count from the answer's own.
		"Mon, 02 Nov 2026 09:30:03 GMT":  {3 * time.Second, []span{exactly(3 * time.Second)}},
		"Monday, 02-Nov-26 09:30:03 GMT": {3 * time.Second, []span{exactly(3 * time.Second)}},
		date:                             {0, []span{exactly(0)}},
		"Mon, 02 Nov 2026 08:30:00 GMT":  {0, []span{exactly(0)}},
		"Tue, 03 Nov 2026 09:30:00 GMT":  {24 * time.Hour, nil},
		"Fri, 31 Dec 9999 23:59:59 GMT":  {math.MaxInt64, nil},
		// What is no wait is not given, and the backoff holds.
		"":       {0, backoffs[:1]},
		"-1":     {0, backoffs[:1]},
		"1.5":    {0, backoffs[:1]},
		"1e10":   {0, backoffs[:1]},
		"+1":     {0, backoffs[:1]},
		"-1e999": {0, backoffs[:1]},
		"NaN":    {0, backoffs[:1]},
		"soon":   {0, backoffs[:1]},
		"1 s":    {0, backoffs[:1]},
	} {
		bubble(t, value, func(t *testing.T, s *purgetest.Server) {
			// The server's clock is decades off the bubble's: only its own Date counts.
			s.Queue(slices.Repeat([]purgetest.Answer{status(503, "Retry-After", value, "Date", date)}, 2)...)
			_, err := purge(t, connect(t, s, client.WithRetry(2, 30*time.Second)))
			checkWaits(t, s, want.wait)
			if answer := new(client.Error); !errors.As(err, &answer) || answer.RetryAfter != want.retryAfter {
				t.Errorf("RetryAfter %v, want %v", answer.RetryAfter, want.retryAfter)
			}
		})
	}
	bubble(t, "date without Date", func(t *testing.T, s *purgetest.Server) {
		at := time.Now().Add(5 * time.Second).UTC().Format(http.TimeFormat)
		s.Queue(status(503, "Retry-After", at, "Date", "today"))
		if _, err := purge(t, connect(t, s)); err != nil {
			t.Error(err)
		}
		checkWaits(t, s, []span{exactly(5 * time.Second)})
	})
}

func TestRetrySucceeds(t *testing.T) {
	bubble(t, "after three", func(t *testing.T, s *purgetest.Server) {
		s.Queue(status(502), status(423), purgetest.Answer{Fault: purgetest.FaultReset, Apply: true})
		result, err := purge(t, connect(t, s))
		if err != nil || result.Attempts != 4 {
			t.Errorf("Purge = %+v, %v", result, err)
		}
		checkWaits(t, s, []span{backoffs[0], exactly(2 * time.Second), backoffs[2]})
	})
	bubble(t, "no waiting", func(t *testing.T, s *purgetest.Server) {
		s.Queue(status(502), status(502), purgetest.RateLimited("SECONDLY", 0))
		_, err := purge(t, connect(t, s, client.WithRetry(9, 0)))
		if !errors.Is(err, client.ErrRateLimited) || !errors.Is(err, client.ErrOutcomeUnknown) {
			t.Errorf("error %v", err)
		}
		checkWaits(t, s, []span{exactly(0), exactly(0)})
	})
	bubble(t, "long backoffs are cut", func(t *testing.T, s *purgetest.Server) {
		s.Queue(slices.Repeat([]purgetest.Answer{status(500)}, 99)...)
		_, _ = purge(t, connect(t, s, client.WithRetry(80, 5*time.Second)))
		rest := span{2500 * time.Millisecond, 5 * time.Second}
		checkWaits(t, s, append(backoffs[:2:2], slices.Repeat([]span{rest}, 77)...))
	})
	bubble(t, "jitter", func(t *testing.T, s *purgetest.Server) {
		s.Queue(slices.Repeat([]purgetest.Answer{status(500)}, 40)...)
		c := connect(t, s, client.WithRetry(40, 2*time.Second))
		_, _ = purge(t, c)
		if got := waits(s); slices.Min(got) == slices.Max(got) {
			t.Errorf("every wait is %v", got[0])
		}
	})
}
