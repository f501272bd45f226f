package purgetest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

func TestFaults(t *testing.T) {
	for name, tc := range map[string]struct {
		fault  purgetest.Fault
		is     error
		status int
	}{
		"hang-up": {purgetest.FaultHangUp, io.EOF, 0}, "reset": {purgetest.FaultReset, syscall.ECONNRESET, 0}, "cut": {purgetest.FaultCutBody, io.ErrUnexpectedEOF, 200},
	} {
		for _, apply := range []bool{false, true} {
			t.Run(fmt.Sprint(name, apply), func(t *testing.T) {
				eachWay(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
					s.Queue(purgetest.Answer{Fault: tc.fault, Status: tc.status, Body: strings.Repeat("x", tc.status), Apply: apply})
					resp, text, err := post(t, s, hc, bearer, "", inputs(label.Type))
					if !errors.Is(err, tc.is) || tc.status > 0 && (resp == nil || resp.StatusCode != tc.status || len(text) != tc.status/2) {
						t.Errorf("%v %q, %v, want %v", resp, text, err, tc.is)
					}
					if gone := !slices.Contains(s.Limits(token), label); gone != apply {
						t.Errorf("the limit is gone: %t", gone)
					}
					if len(s.Violations()) > 0 {
						t.Error(s.Violations())
					}
				})
			})
		}
	}
	eachWay(t, func(t *testing.T, s *purgetest.Server, hc *http.Client) {
		s.Queue(purgetest.Answer{Fault: purgetest.FaultCutBody}) // its own answer, cut
		if resp, _, err := post(t, s, hc, bearer, "", inputs(label.Type)); resp == nil || !errors.Is(err, io.ErrUnexpectedEOF) || slices.Contains(s.Limits(token), label) {
			t.Errorf("%v, %v", resp, err)
		}
	})
}

func TestDelayInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := purgetest.InMemory()
		s.SetLimits(token, label)
		s.Queue(purgetest.Answer{Delay: time.Hour}, purgetest.Answer{Delay: time.Hour}, purgetest.Answer{Delay: time.Hour, Fault: purgetest.FaultHangUp})
		hc := &http.Client{Transport: s.Transport()}
		start := time.Now()
		if resp, _, err := post(t, s, hc, bearer, "", inputs(label.Type)); err != nil || resp.StatusCode != 200 || time.Since(start) != time.Hour {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		hc.Timeout = time.Minute
		for range 2 {
			start = time.Now()
			if _, _, err := post(t, s, hc, bearer, "", inputs(label.Type)); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
				t.Errorf("%v after %v", err, time.Since(start))
			}
		}
	})
}

// Close ends what is delayed.
func TestCloseEndsDelays(t *testing.T) {
	s := purgetest.NewServer()
	s.Queue(purgetest.Answer{Delay: time.Hour})
	done := make(chan error)
	go func() {
		_, _, err := post(t, s, http.DefaultClient, bearer, "", inputs(label.Type))
		done <- err
	}()
	for len(s.Requests()) == 0 {
		select {
		case err := <-done:
			t.Fatal(err)
		default:
		}
	}
	s.Close()
	s.Close()
	if err := <-done; err == nil {
		t.Error("a delayed request was answered")
	}
}
