package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// batchAnswer is a 200 with a status, and with an error for each message.
func batchAnswer(status client.Status, messages ...string) purgetest.Answer {
	var failures []string
	for _, m := range messages {
		failures = append(failures, fmt.Sprintf(`{"status":"error","category":"VALIDATION_ERROR","message":%q,"context":{},"links":{},"errors":[]}`, m))
	}
	return purgetest.Answer{Status: 200, Body: fmt.Sprintf(`{"status":%q,"results":[],"startedAt":"2026-11-24T10:00:00Z","completedAt":"2026-11-24T10:00:00Z","numErrors":%d,"errors":[%s]}`,
		status, len(messages), strings.Join(failures, ","))}
}

// leastWaits are answers to a purge, and what RetryAfter says of each; 0: not ok.
var leastWaits = map[string]struct {
	answer purgetest.Answer
	wait   time.Duration
}{
	"423":                   {status(423), 2 * time.Second},
	"423, shorter":          {status(423, "Retry-After", "1"), 2 * time.Second},
	"423, longer":           {status(423, "Retry-After", "7"), 7 * time.Second},
	"429":                   {purgetest.RateLimited("", 0), 10 * time.Second},
	"429, rolling":          {purgetest.RateLimited("TEN_SECONDLY_ROLLING", 0), 10 * time.Second},
	"429, secondly":         {purgetest.RateLimited("SECONDLY", 0), time.Second},
	"429, given":            {purgetest.RateLimited("", 3*time.Minute), 3 * time.Minute},
	"429, given as 0":       {status(429, "Retry-After", "0"), 10 * time.Second},
	"429, a fraction":       {status(429, "Retry-After", "0.5"), 10 * time.Second},
	"429, daily":            {purgetest.RateLimited("DAILY", 0), time.Hour},
	"477":                   {status(477), time.Hour},
	"477, given":            {status(477, "Retry-After", "300"), 5 * time.Minute},
	"477, given as 0":       {status(477, "Retry-After", "0"), time.Hour},
	"500":                   {status(500), time.Minute},
	"502, HTML":             {purgetest.OffDocument(purgetest.Answer{Status: 502, Body: "<html>"}), time.Minute},
	"503, given":            {status(503, "Retry-After", "120"), 2 * time.Minute},
	"503, given as 0":       {status(503, "Retry-After", "0"), time.Minute},
	"522":                   {status(522), time.Minute},
	"599":                   {status(599), time.Minute},
	"reset":                 {purgetest.Answer{Fault: purgetest.FaultReset}, time.Minute},
	"hung up":               {purgetest.Answer{Fault: purgetest.FaultHangUp}, time.Minute},
	"timeout":               {purgetest.Answer{Delay: time.Hour}, time.Minute},
	"cut off":               {purgetest.Answer{Fault: purgetest.FaultCutBody}, time.Minute},
	"unreadable 200":        {purgetest.OffDocument(purgetest.Answer{Status: 200, Body: "<html>"}), time.Minute},
	"PENDING":               {batchAnswer(client.StatusPending), time.Minute},
	"PROCESSING":            {batchAnswer(client.StatusProcessing), time.Minute},
	"empty 202":             {purgetest.OffDocument(purgetest.Answer{Status: 202}), time.Minute},
	"CANCELED":              {batchAnswer(client.StatusCanceled), 0},
	"COMPLETE, errors":      {batchAnswer(client.StatusComplete, "no"), 0},
	"another status":        {purgetest.OffDocument(batchAnswer("LATER")), 0},
	"302":                   {status(302), 0},
	"400":                   {status(400), 0},
	"401":                   {status(401), 0},
	"403":                   {purgetest.MissingScopes("a"), 0},
	"404":                   {status(404), 0},
	"404, with Retry-After": {status(404, "Retry-After", "5"), 0},
	"409":                   {status(409), 0},
	"414":                   {status(414), 0},
	"437":                   {status(437), 0},
}

// checkWait checks RetryAfter of err bare, wrapped and joined with other errors.
func checkWait(t *testing.T, err error, want time.Duration) {
	t.Helper()
	for form, err := range map[string]error{
		"bare":    err,
		"wrapped": fmt.Errorf("job 7: %w", fmt.Errorf("account 9: %w", err)),
		"joined":  errors.Join(errors.New("another"), err, context.Canceled),
		"both":    fmt.Errorf("job 7: %w and %w", errors.New("another"), errors.Join(err)),
	} {
		if wait, ok := client.RetryAfter(err); wait != want || ok != (want > 0) {
			t.Errorf("%s: %v: RetryAfter %v, %t, want %v", form, err, wait, ok, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for name, tc := range leastWaits {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			hc := client.WithHTTPClient(&http.Client{Transport: s.Transport(), Timeout: time.Minute})
			s.Queue(tc.answer, tc.answer)
			_, err := purge(t, connect(t, s, once, hc))
			checkWait(t, err, tc.wait)
			given := limits("0-1", "0-2", 1)
			report, err := connect(t, s, once, hc).PurgeLimits(t.Context(), given, nil)
			checkReport(t, given, report, err)
			checkWait(t, err, tc.wait)
			checkWait(t, report.Outcomes[0].Err, tc.wait)
		})
	}
	for _, err := range []error{
		nil, errors.New("another"), context.Canceled, context.DeadlineExceeded, client.ErrOutcomeUnknown, client.ErrRateLimited,
		client.ErrDailyLimit, new(client.IncompleteError), &client.IncompleteError{Result: new(client.Result)}, new(client.Error), errors.Join(nil, nil),
	} {
		if wait, ok := client.RetryAfter(err); ok || wait != 0 {
			t.Errorf("%v: RetryAfter %v, %t", err, wait, ok)
		}
	}
	checkWait(t, &client.Error{StatusCode: 503, RetryAfter: time.Second}, time.Second)
	checkWait(t, &client.IncompleteError{Result: &client.Result{StatusCode: 202}}, time.Minute)
	bubble(t, "invalid input", func(t *testing.T, s *purgetest.Server) {
		_, err := connect(t, s).Purge(t.Context(), "", "")
		checkWait(t, err, 0)
	})
	bubble(t, "while another call's 429 holds", func(t *testing.T, s *purgetest.Server) {
		s.Queue(purgetest.RateLimited("", 0))
		c := connect(t, s, client.WithRetry(1, 30*time.Second))
		_, _ = purge(t, c)
		time.Sleep(4 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Purge(ctx, client.Contacts, client.Companies, label)
		checkWait(t, err, 6*time.Second)
	})
	for name, timeout := range map[string]time.Duration{"in a wait": 5 * time.Second, "in a request": 15 * time.Second} {
		bubble(t, "ended "+name, func(t *testing.T, s *purgetest.Server) {
			s.Queue(purgetest.RateLimited("", 0), purgetest.Answer{Delay: time.Minute})
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(timeout, cancel)
			_, err := connect(t, s).Purge(ctx, client.Contacts, client.Companies, label)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			checkWait(t, err, 0)
		})
	}
}

// A run's wait is the longest that one of its causes asks for.
func TestRetryAfterOfARun(t *testing.T) {
	for name, tc := range map[string]struct {
		answers []string // of leastWaits, for one pair each
		wait    time.Duration
		again   int // limits to be purged again
	}{
		"403 and 477 of five minutes":    {[]string{"403", "477, given"}, 5 * time.Minute, 1},
		"477 of five minutes and no 403": {[]string{"477, given", "403"}, 5 * time.Minute, 2},
		"502 and daily":                  {[]string{"502, HTML", "429, daily"}, time.Hour, 2},
		"daily and nothing":              {[]string{"429, daily"}, time.Hour, 1},
		"403 and 404":                    {[]string{"403", "404"}, 0, 0},
		"423, 429 and 503":               {[]string{"423", "429", "503, given"}, 2 * time.Minute, 3},
		"503 and 423":                    {[]string{"503, given", "423"}, 2 * time.Minute, 2},
		"CANCELED and 403":               {[]string{"CANCELED", "403"}, 0, 1},
		"PENDING and 403":                {[]string{"PENDING", "403"}, time.Minute, 1},
		"reset and 401":                  {[]string{"reset", "401"}, time.Minute, 0},
		"bad input and 503":              {[]string{"COMPLETE, errors", "500"}, time.Minute, 1},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			var given []client.Limit
			for i, answer := range tc.answers {
				given = append(given, limits(custom(i), "0-1", 1)...)
				s.Queue(leastWaits[answer].answer)
			}
			report, err := connect(t, s, client.WithRetry(1, 30*time.Second)).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: 1})
			states := checkReport(t, given, report, err)
			checkWait(t, err, tc.wait)
			if n := len(report.Retryable()); n != tc.again {
				t.Errorf("%s: %d limits to be purged again, want %d: %v", states, n, tc.again, err)
			}
		})
	}
}

// Many calls are held by the 429 to another one while that one still returns.
func TestHeldCalls(t *testing.T) {
	for range 20 { // for the race detector
		bubble(t, "", func(t *testing.T, s *purgetest.Server) {
			limited := purgetest.RateLimited("", 0)
			limited.Delay = time.Second
			s.Queue(limited)
			c := connect(t, s, client.WithRetry(1, 30*time.Second))
			var wg sync.WaitGroup
			for i := range 50 {
				wg.Go(func() {
					if i > 0 {
						time.Sleep(time.Second) // until the answer comes
					}
					ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
					defer cancel()
					answer := new(client.Error)
					if _, err := c.Purge(ctx, client.Contacts, client.Companies, label); errors.As(err, &answer) {
						checkWait(t, err, 10*time.Second)
					}
				})
			}
			wg.Wait()
		})
	}
}
