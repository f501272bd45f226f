package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// bubble runs f with virtual time. Signals have to be set up outside.
func bubble(t *testing.T, f func(*testing.T)) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	defer signal.Stop(c)
	synctest.Test(t, f)
}

// A wait is a line that says how long, and why.
func TestWait(t *testing.T) {
	t.Chdir(t.TempDir())
	bubble(t, func(t *testing.T) {
		s := purgetest.InMemory()
		s.SetLimits(token, inFile[0])
		s.QueueFor(token, purgetest.Answer{}, purgetest.RateLimited("TEN_SECONDLY_ROLLING", 0))
		status, stdout, stderr := try(t, s, token, "", "-yes "+pair+"HUBSPOT_DEFINED:279")
		if status != exitLifted || !strings.Contains(stderr, "\nWaiting 10s before the next attempt from contacts to companies: 429 Too Many Requests") || strings.Contains(stderr, "\r") {
			t.Errorf("exit %d, %q, %q", status, stdout, stderr)
		}
	})
}

// On a terminal there is progress before the first answer, in reading and in lifting.
// It leaves with the result.
func TestProgress(t *testing.T) {
	t.Chdir(t.TempDir())
	bubble(t, func(t *testing.T) {
		s := purgetest.InMemory()
		var rows strings.Builder
		var limits []client.Limit
		for i := range int32(400) {
			l := client.Limit{From: "0-1", To: "0-2", Type: client.UserDefined(i + 1)}
			rows.WriteString(strings.Join(row(l), ",") + "\n")
			limits = append(limits, l)
		}
		s.SetLimits(token, limits...)
		var errs shared
		atFirst := map[string]string{}
		p := program{stdin: strings.NewReader(rows.String()), stdout: &strings.Builder{}, stderr: &errs, token: token, terminal: true}
		p.transport = transport(func(r *http.Request) (*http.Response, error) {
			if _, known := atFirst[r.Method]; !known {
				atFirst[r.Method] = errs.String()
			}
			time.Sleep(4 * time.Second)
			return s.Transport().RoundTrip(r)
		})
		status := p.run(t.Context(), strings.Fields("-yes -f - -backup="))
		if status != exitLifted || !strings.HasSuffix(atFirst["GET"], "\r0 of 1 pairs read") || !strings.HasSuffix(atFirst["POST"], "\r0 of 400 done") {
			t.Errorf("exit %d, at the first requests %q", status, atFirst)
		}
		text := errs.String()
		if want := "\r100 of 400 done, 20.0/s, 15s left"; !strings.Contains(text, want) || !strings.HasSuffix(text, " \r") {
			t.Errorf("progress %q, want %q", text, want)
		}
	})
}

// shared is a text that several goroutines write and read.
type shared struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *shared) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// A line does not mix with the line of progress.
func TestLineOverProgress(t *testing.T) {
	var b strings.Builder
	d := &display{w: &b, terminal: true}
	stop := d.progress("done", 3)
	d.line("waiting")
	stop()
	d.line("end")
	if want := "\r0 of 3 done\r           \rwaiting\n\r0 of 3 done\r           \rend\n"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
	slog.New(waits{d}).Warn("something else")
	if !strings.HasSuffix(b.String(), "end\nsomething else\n") {
		t.Errorf("%q", b.String())
	}
}

// -base-url reaches a stand-in over loopback.
func TestBaseURL(t *testing.T) {
	s := purgetest.NewServer()
	defer s.Close()
	s.SetLimits(token, inFile[0])
	var out, errs strings.Builder
	p := program{stdin: strings.NewReader(""), stdout: &out, stderr: &errs, token: token}
	status := p.run(t.Context(), strings.Fields("-yes -base-url "+s.URL+" "+pair+"HUBSPOT_DEFINED:279"))
	if status != exitLifted || len(s.Limits(token)) != 0 || len(s.Violations()) != 0 {
		t.Errorf("exit %d, %s %s %v", status, out.String(), errs.String(), fmt.Sprint(s.Violations()))
	}
}
