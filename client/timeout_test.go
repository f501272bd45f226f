package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// A hung attempt is cut by the http.Client's own timeout, and tried again; whose
// time it was is the context's to say.
func TestHungAttempt(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		s.Queue(purgetest.Answer{Delay: time.Hour}, purgetest.Answer{Delay: 99 * time.Second})
		hc := &http.Client{Transport: s.Transport(), Timeout: 100 * time.Second}
		result, err := purge(t, connect(t, s, client.WithHTTPClient(hc)))
		if err != nil || result.Attempts != 2 {
			t.Errorf("Purge = %+v, %v", result, err)
		}
		checkWaits(t, s, []span{{101 * time.Second, 102 * time.Second}})
	})
	bubble(t, "the worst case", func(t *testing.T, s *purgetest.Server) {
		s.Queue(slices.Repeat([]purgetest.Answer{{Delay: time.Hour, Status: 204}}, 9)...)
		start := time.Now()
		hc := &http.Client{Transport: s.Transport(), Timeout: 120 * time.Second}
		_, err := purge(t, connect(t, s, client.WithHTTPClient(hc)))
		if took := time.Since(start); !errors.Is(err, client.ErrOutcomeUnknown) || took > 570*time.Second || len(s.Requests()) != 4 {
			t.Errorf("%v after %v and %d requests", err, took, len(s.Requests()))
		}
	})
}

// An http.Client without a timeout does not hang for ever: each attempt ends after
// 120 s, also when it is the body that does not end.
func TestAttemptWithoutTimeout(t *testing.T) {
	bubble(t, "no answer", func(t *testing.T, s *purgetest.Server) {
		s.Queue(purgetest.Answer{Delay: time.Hour}, purgetest.Answer{Delay: 119 * time.Second})
		result, err := purge(t, connect(t, s))
		if err != nil || result.Attempts != 2 {
			t.Errorf("Purge = %+v, %v", result, err)
		}
		checkWaits(t, s, []span{{121 * time.Second, 122 * time.Second}})
	})
	bubble(t, "no end of the body", func(t *testing.T, _ *purgetest.Server) {
		start := time.Now()
		_, err := purge(t, connectTo(t, roundTrip(func(req *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: endless{req.Context()}}, nil
		})))
		if took := time.Since(start); !errors.Is(err, client.ErrOutcomeUnknown) || took != 120*time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
	bubble(t, "negative", func(t *testing.T, s *purgetest.Server) {
		s.Queue(purgetest.Answer{Delay: time.Hour})
		hc := &http.Client{Transport: s.Transport(), Timeout: -1}
		if result, err := purge(t, connect(t, s, client.WithHTTPClient(hc))); err != nil || result.Attempts != 2 {
			t.Errorf("Purge = %+v, %v", result, err)
		}
	})
}

// endless is a body that sends nothing until its request ends.
type endless struct{ ctx context.Context }

func (b endless) Read([]byte) (int, error) {
	<-b.ctx.Done()
	return 0, context.Cause(b.ctx)
}

func (b endless) Close() error { return nil }

// A call whose context has ended is not retried, and does not say that it would be.
func TestEndedCallIsNotRetried(t *testing.T) {
	for name, deadline := range map[string]bool{"canceled": false, "deadline": true} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			s.Queue(purgetest.Answer{Delay: time.Hour})
			var log bytes.Buffer
			c := connect(t, s, client.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
			ctx, cancel := context.WithCancel(t.Context())
			if deadline {
				ctx, cancel = context.WithTimeout(t.Context(), time.Second)
			}
			defer cancel()
			time.AfterFunc(time.Second, cancel)
			_, err := c.Purge(ctx, client.Contacts, client.Companies, label)
			if text := fmt.Sprint(err); strings.Contains(text, "retry") || strings.Contains(text, ", after") || log.Len() != 0 {
				t.Errorf("error %q, log %s", text, log.String())
			}
		})
	}
}

// A body that the end of the context cuts off is the context's matter: no later call
// is promised.
func TestContextEndsInABody(t *testing.T) {
	bubble(t, "", func(t *testing.T, _ *purgetest.Server) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		c := connectTo(t, roundTrip(func(req *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: endless{req.Context()}}, nil
		}))
		_, err := c.Purge(ctx, client.Contacts, client.Companies, label)
		if _, later := client.RetryAfter(err); later || !errors.Is(err, context.Canceled) || !errors.Is(err, client.ErrOutcomeUnknown) {
			t.Errorf("error %v, later: %t", err, later)
		}
	})
}

// No call outlasts its context, and none waits for what will come too late.
func TestRetryAndContext(t *testing.T) {
	for name, tc := range map[string]struct {
		answers  []purgetest.Answer
		deadline time.Duration
		cancel   time.Duration
		took     time.Duration
		requests int
		matches  []error
		not      []error
	}{
		"wait fits not":            {[]purgetest.Answer{purgetest.RateLimited("", 0)}, 9 * time.Second, 0, 0, 1, []error{client.ErrRateLimited}, []error{context.DeadlineExceeded, client.ErrOutcomeUnknown}},
		"wait ends as late":        {[]purgetest.Answer{purgetest.RateLimited("", 0)}, 10 * time.Second, 0, 0, 1, []error{client.ErrRateLimited}, []error{context.DeadlineExceeded, client.ErrOutcomeUnknown}},
		"wait fits":                {[]purgetest.Answer{purgetest.RateLimited("", 0)}, 11 * time.Second, 0, 10 * time.Second, 2, nil, nil},
		"canceled in a wait":       {[]purgetest.Answer{purgetest.RateLimited("", 0)}, 0, 3 * time.Second, 3 * time.Second, 1, []error{client.ErrRateLimited, context.Canceled}, []error{client.ErrOutcomeUnknown}},
		"canceled in a backoff":    {[]purgetest.Answer{status(500)}, 0, 500 * time.Millisecond, 500 * time.Millisecond, 1, []error{client.ErrOutcomeUnknown, context.Canceled}, nil},
		"deadline in an attempt":   {[]purgetest.Answer{{Delay: time.Minute}}, 5 * time.Second, 0, 5 * time.Second, 1, []error{client.ErrOutcomeUnknown, context.DeadlineExceeded}, nil},
		"canceled in an attempt":   {[]purgetest.Answer{{Delay: time.Minute}}, 0, 5 * time.Second, 5 * time.Second, 1, []error{client.ErrOutcomeUnknown, context.Canceled}, nil},
		"canceled in the next one": {[]purgetest.Answer{purgetest.RateLimited("SECONDLY", 0), {Delay: time.Minute}}, 0, 5 * time.Second, 5 * time.Second, 2, []error{client.ErrOutcomeUnknown, context.Canceled}, nil},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			ctx, cancel := context.WithCancelCause(t.Context())
			if tc.deadline > 0 {
				var stop context.CancelFunc
				ctx, stop = context.WithTimeout(ctx, tc.deadline)
				defer stop()
			}
			if tc.cancel > 0 {
				time.AfterFunc(tc.cancel, func() { cancel(errors.New("shutting down")) })
			}
			defer cancel(nil)
			s.Queue(tc.answers...)
			start := time.Now()
			_, err := connect(t, s).Purge(ctx, client.Contacts, client.Companies, label)
			if took := time.Since(start); took != tc.took || len(s.Requests()) != tc.requests {
				t.Errorf("%v and %d requests, want %v and %d", took, len(s.Requests()), tc.took, tc.requests)
			}
			if (err == nil) != (tc.matches == nil) {
				t.Errorf("error %v", err)
			}
			for _, want := range tc.matches {
				if !errors.Is(err, want) {
					t.Errorf("%v does not match %v", err, want)
				}
			}
			for _, unwanted := range tc.not {
				if errors.Is(err, unwanted) {
					t.Errorf("%v matches %v", err, unwanted)
				}
			}
		})
	}
}
