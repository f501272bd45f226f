package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// What an attempt proves about its effect, by how it ended. Each fault stands
// alone, before a refusal, before a success, and before an end of the context.
func TestOutcomeUnknown(t *testing.T) {
	fault := func(f purgetest.Fault) purgetest.Answer { return purgetest.Answer{Fault: f, Apply: true} }
	for name, tc := range map[string]struct {
		answer  purgetest.Answer
		unknown bool
		final   bool // no other attempt follows
	}{
		"reset":            {fault(purgetest.FaultReset), true, false},
		"hang-up":          {fault(purgetest.FaultHangUp), true, false},
		"hang":             {purgetest.Answer{Delay: time.Hour}, true, false},
		"500":              {status(500), true, false},
		"502 in HTML":      {purgetest.OffDocument(purgetest.Answer{Status: 502, Body: "<html>", Apply: true}), true, false},
		"cut-off 502":      {purgetest.Answer{Status: 502, Body: "{}", Fault: purgetest.FaultCutBody}, true, false},
		"522":              {status(522), true, true},
		"unreadable 2xx":   {purgetest.OffDocument(purgetest.Answer{Status: 200, Body: "OK"}), true, true},
		"cut-off 2xx":      {fault(purgetest.FaultCutBody), true, true},
		"423":              {status(423), false, false},
		"429":              {purgetest.RateLimited("", 0), false, false},
		"429 DAILY":        {purgetest.RateLimited("DAILY", 0), false, true},
		"cut-off 400":      {purgetest.Answer{Status: 400, Body: "{}", Fault: purgetest.FaultCutBody}, false, true},
		"302":              {status(302), false, true},
		"477 without wait": {status(477), false, true},
	} {
		timeout := func(s *purgetest.Server) client.Option {
			return client.WithHTTPClient(&http.Client{Transport: s.Transport(), Timeout: time.Minute})
		}
		check := func(t *testing.T, s *purgetest.Server, err error, requests int, also ...error) {
			t.Helper()
			if errors.Is(err, client.ErrOutcomeUnknown) != tc.unknown {
				t.Errorf("%v matches ErrOutcomeUnknown: %t", err, !tc.unknown)
			}
			if tc.final {
				requests, also = 1, nil
			}
			for _, want := range also {
				if !errors.Is(err, want) {
					t.Errorf("%v does not match %v", err, want)
				}
			}
			if n := len(s.Requests()); n != requests {
				t.Errorf("%d requests, want %d", n, requests)
			}
		}
		bubble(t, name+"/to the end", func(t *testing.T, s *purgetest.Server) {
			s.Queue(tc.answer, tc.answer, tc.answer, tc.answer, tc.answer)
			_, err := purge(t, connect(t, s, timeout(s)))
			if err == nil {
				t.Fatal("no error")
			}
			check(t, s, err, 4)
		})
		bubble(t, name+"/then refused", func(t *testing.T, s *purgetest.Server) {
			s.Queue(tc.answer, status(403))
			_, err := purge(t, connect(t, s, timeout(s)))
			check(t, s, err, 2, client.ErrForbidden)
		})
		bubble(t, name+"/then canceled", func(t *testing.T, s *purgetest.Server) {
			s.Queue(tc.answer)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			wait := 500 * time.Millisecond // every wait is longer
			if tc.answer.Delay > 0 {
				wait += time.Minute
			}
			time.AfterFunc(wait, cancel)
			_, err := connect(t, s, timeout(s)).Purge(ctx, client.Contacts, client.Companies, label)
			check(t, s, err, 1, context.Canceled)
		})
		bubble(t, name+"/then done", func(t *testing.T, s *purgetest.Server) {
			s.Queue(tc.answer)
			result, err := purge(t, connect(t, s, timeout(s)))
			if tc.final {
				check(t, s, err, 1)
			} else if err != nil || result.Attempts != 2 {
				t.Errorf("Purge = %+v, %v", result, err)
			}
		})
		bubble(t, name+"/then incomplete", func(t *testing.T, s *purgetest.Server) {
			s.SetRejection(purgetest.RejectPartially)
			s.Reject(client.Limit{From: client.Contacts, To: client.Companies, Type: label})
			s.Queue(tc.answer)
			result, err := purge(t, connect(t, s, timeout(s)))
			partial := new(client.IncompleteError)
			if !tc.final && (result == nil || !errors.As(err, &partial) || errors.Is(err, client.ErrOutcomeUnknown) != tc.unknown) {
				t.Errorf("Purge = %+v, %v, want an IncompleteError, unknown: %t", result, err, tc.unknown)
			}
		})
	}
}

// A call that ends for want of a token is unknown only if an attempt before was.
func TestTokenFailsOnRetry(t *testing.T) {
	for name, tc := range map[string]struct {
		answer  purgetest.Answer
		unknown bool
	}{"after 502": {status(502), true}, "after 423": {status(423), false}} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			s.Queue(tc.answer)
			sealed, asked := errors.New("vault sealed"), 0
			c, err := client.New(tokenFunc(func() (*oauth2.Token, error) {
				if asked++; asked > 1 {
					return nil, sealed
				}
				return &oauth2.Token{AccessToken: token}, nil
			}), client.WithHTTPClient(&http.Client{Transport: s.Transport()}))
			if err != nil {
				t.Fatal(err)
			}
			_, err = purge(t, c)
			if !errors.Is(err, sealed) || asked != 2 || errors.Is(err, client.ErrOutcomeUnknown) != tc.unknown {
				t.Errorf("error %v after %d tokens", err, asked)
			}
		})
	}
}

// The same faults over real sockets: a reset and a cut-off body look different
// there than in memory.
func TestFaultsOverLoopback(t *testing.T) {
	for name, fault := range map[string]purgetest.Fault{"reset": purgetest.FaultReset, "hang-up": purgetest.FaultHangUp, "cut body": purgetest.FaultCutBody} {
		t.Run(name, func(t *testing.T) {
			s := standInByURL(t, client.Limit{From: client.Contacts, To: client.Companies, Type: label})
			s.Queue(purgetest.Answer{Fault: fault, Apply: true})
			c, err := client.New(client.StaticToken(token), client.WithBaseURL(s.URL), once)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := purge(t, c); !errors.Is(err, client.ErrOutcomeUnknown) {
				t.Errorf("error %v", err)
			}
			if _, err := purge(t, c); err != nil || len(s.Limits(token)) != 0 {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// The cause of a context may be another call's error, as errgroup makes it: it is
// no answer to the call that it ends.
func TestForeignCause(t *testing.T) {
	foreign := fmt.Errorf("%w: %w", client.ErrOutcomeUnknown, &client.Error{StatusCode: 401, Attempts: 7})
	for name, answers := range map[string][]purgetest.Answer{
		"before": nil, "during": {{Delay: time.Minute}}, "waiting": {status(423)},
	} {
		bubble(t, name, func(t *testing.T, s *purgetest.Server) {
			s.Queue(answers...)
			ctx, cancel := context.WithCancelCause(t.Context())
			if name == "before" {
				cancel(foreign)
			}
			time.AfterFunc(time.Second, func() { cancel(foreign) })
			_, err := connect(t, s).Purge(ctx, client.Contacts, client.Companies, label)
			if !errors.Is(err, context.Canceled) || errors.Is(err, client.ErrUnauthorized) || errors.Is(err, client.ErrOutcomeUnknown) != (name == "during") {
				t.Errorf("error %v", err)
			}
			if answer := new(client.Error); errors.As(err, &answer) && answer.StatusCode != 423 {
				t.Errorf("found another call's answer, %+v", answer)
			}
		})
	}
}
