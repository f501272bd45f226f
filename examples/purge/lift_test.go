package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// rest is the rest file with these limits, or "" for none.
func rest(limits ...client.Limit) string {
	if len(limits) == 0 {
		return ""
	}
	text := strings.Join(columns, ",") + "\n"
	for _, l := range limits {
		text += strings.Join(row(l), ",") + "\n"
	}
	return text
}

// restIs compares the rest file.
func restIs(t *testing.T, want ...client.Limit) bool {
	t.Helper()
	text, err := os.ReadFile("remaining.csv")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text) == rest(want...)
}

func TestFile(t *testing.T) {
	lost := purgetest.Answer{Status: 522, Body: "{}"}
	lifted := purgetest.Answer{Status: 522, Body: "{}", Apply: true}
	own := purgetest.Answer{} // first to the two reads of the plan
	for name, tc := range map[string]struct {
		args    string
		answers []purgetest.Answer
		reject  []client.Limit
		status  int
		stdout  string
		rest    []client.Limit
	}{
		"all":           {"", nil, nil, exitLifted, "3 of 3 limits lifted\n", nil},
		"one bad":       {"", nil, inFile[1:2], exitRefused, "3 limits lifted, 1 failed\n", inFile[1:2]},
		"unknown":       {"-verify=false ", []purgetest.Answer{own, own, lost, lifted}, nil, exitUnknown, "0 of 3 limits lifted, 3 unknown\n", inFile},
		"verified":      {"", []purgetest.Answer{own, own, lifted, lost}, nil, exitUnknown, "2 of 3 limits lifted, 1 unknown\n", inFile[2:]},
		"all verified":  {"", []purgetest.Answer{own, own, lifted, lifted}, nil, exitLifted, "3 of 3 limits lifted\n", nil},
		"not verified":  {"", []purgetest.Answer{own, own, own, lifted, purgetest.MissingScopes("a")}, nil, exitUnknown, "2 of 3 limits lifted, 1 unknown\n", inFile[2:]},
		"one pair":      {"", []purgetest.Answer{own, own, purgetest.MissingScopes("a")}, nil, exitRefused, "0-1 to 0-2 HUBSPOT_DEFINED:279 and 1 more: failed: 403", inFile[:2]},
		"daily limit":   {"", []purgetest.Answer{own, own, purgetest.RateLimited("DAILY", 0), purgetest.RateLimited("DAILY", 0)}, nil, exitRefused, "HUBSPOT_DEFINED:279 and 2 more: not attempted: the run stopped: 429", inFile},
		"without plan":  {"-plan=false ", nil, nil, exitLifted, "3 of 3 limits lifted\n", nil},
		"rest unwanted": {"-rest= ", nil, inFile[1:2], exitRefused, "3 limits lifted, 1 failed\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			s := purgetest.InMemory()
			s.SetLimits(token, inFile...)
			s.Reject(tc.reject...)
			s.QueueFor(token, tc.answers...)
			status, stdout, stderr := try(t, s, token, file, "-yes -backup= "+tc.args+"-f -")
			if status != tc.status || !strings.Contains(stdout, tc.stdout) || strings.Contains(stderr, "\r") {
				t.Errorf("exit %d, stdout %q, stderr %q", status, stdout, stderr)
			}
			if !restIs(t, tc.rest...) || len(list(t)) > 1 {
				t.Errorf("rest %q, files %q", read(t, "remaining.csv"), list(t))
			}
			if (len(tc.rest) > 0) != strings.Contains(stderr, "What remains is in remaining.csv.\n") {
				t.Errorf("stderr %q", stderr)
			}
		})
	}
}

// The rest file has all limits before the first purge is sent, and what remains
// before the first byte of the result is written.
func TestRestComesFirst(t *testing.T) {
	t.Chdir(t.TempDir())
	s := purgetest.InMemory()
	s.SetLimits(token, inFile...)
	s.Reject(inFile[1])
	var mu sync.Mutex // two workers send
	seen := 0
	check := func(want ...client.Limit) {
		if seen++; !restIs(t, want...) {
			t.Errorf("the rest is %q", read(t, "remaining.csv"))
		}
	}
	var errs strings.Builder
	p := program{stdin: strings.NewReader(file), stderr: &errs, token: token}
	p.stdout = writer(func(b []byte) (int, error) { check(inFile[1]); return len(b), nil })
	p.transport = transport(func(r *http.Request) (*http.Response, error) {
		mu.Lock()
		if r.Method == "POST" && seen == 0 {
			check(inFile...)
		}
		mu.Unlock()
		return s.Transport().RoundTrip(r)
	})
	if status := p.run(t.Context(), strings.Fields("-yes -f -")); status != exitRefused || seen != 2 {
		t.Errorf("exit %d, %d looks, %s", status, seen, errs.String())
	}
}

// A place that can't be written is found before anything is sent.
func TestRestPlace(t *testing.T) {
	t.Chdir(t.TempDir())
	s := purgetest.InMemory()
	s.SetLimits(token, inFile...)
	status, _, stderr := try(t, s, token, file, "-yes -f - -rest nowhere/rest.csv")
	if status != exitUsage || purges(s) != 0 || !strings.Contains(stderr, "purge: nothing was sent: ") || strings.Contains(stderr, "Go on?") {
		t.Errorf("exit %d, %q", status, stderr)
	}
}

// A file that is there is replaced after a question, or with -yes.
func TestRestOfEarlierRun(t *testing.T) {
	for name, tc := range map[string]struct {
		args, stdin  string
		set, rejects []client.Limit
		status       int
		want         string
	}{
		"asked":      {"-f in.csv", "y\n", inFile, inFile[:1], exitRefused, rest(inFile[0])},
		"denied":     {"-f in.csv", "n\n", inFile, nil, exitRefused, "earlier"},
		"yes":        {"-yes -f in.csv", "", inFile, inFile[:1], exitRefused, rest(inFile[0])},
		"success":    {"-yes -f in.csv", "", inFile, nil, exitLifted, ""},
		"no limits":  {"-f in.csv", "y\n", nil, nil, exitLifted, ""},
		"not denied": {"-f in.csv", "", nil, nil, exitRefused, "earlier"},
		"dry run":    {"-n -f in.csv", "", inFile, nil, exitLifted, "earlier"},
		"a pair":     {"-yes -from 0-2 -to 0-1 USER_DEFINED:36", "", inFile, inFile[2:], exitRefused, "earlier"},
	} {
		t.Chdir(t.TempDir())
		s := purgetest.InMemory()
		s.SetLimits(token, tc.set...)
		s.Reject(tc.rejects...)
		write(t, "in.csv", file)
		write(t, "remaining.csv", "earlier")
		status, _, stderr := try(t, s, token, tc.stdin, tc.args)
		got, err := os.ReadFile("remaining.csv")
		if status != tc.status || string(got) != tc.want || (err == nil) != (tc.want != "") {
			t.Errorf("%s: exit %d, rest %q, %q", name, status, got, stderr)
		}
		if asks := strings.Contains(stderr, "remaining.csv exists and will be replaced"); asks != (name != "dry run" && name != "a pair") {
			t.Errorf("%s: %q", name, stderr)
		}
	}
}

// -f and -rest may name one file, by a link too. It keeps its mode.
func TestRestInPlace(t *testing.T) {
	t.Chdir(t.TempDir())
	s := purgetest.InMemory()
	s.SetLimits(token, inFile...)
	s.Reject(inFile[1])
	write(t, "todo.csv", file)
	if err := os.Symlink("todo.csv", "link.csv"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second run has what the first one left
		status, stdout, stderr := try(t, s, token, "", "-yes -backup= -f todo.csv -rest link.csv")
		if status != exitRefused || read(t, "todo.csv") != rest(inFile[1]) {
			t.Errorf("exit %d, %q, %q, rest %q", status, stdout, stderr, read(t, "todo.csv"))
		}
	}
	info, err := os.Lstat("link.csv")
	if err != nil || info.Mode()&os.ModeSymlink == 0 || !slices.Equal(list(t), []string{"link.csv", "todo.csv"}) {
		t.Errorf("%v, %v, files %q", info.Mode(), err, list(t))
	}
	if info, err := os.Stat("todo.csv"); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// If the rest can't be written in the end, the file still has all limits.
func TestRestFails(t *testing.T) {
	t.Chdir(t.TempDir())
	s := purgetest.InMemory()
	s.SetLimits(token, inFile...)
	dir := "kept"
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	p := program{stdin: strings.NewReader(file), stdout: &out, stderr: &errs, token: token}
	p.transport = transport(func(r *http.Request) (*http.Response, error) {
		if r.Method == "POST" {
			_ = os.Rename(dir, "moved") // now there is no such directory
		}
		return s.Transport().RoundTrip(r)
	})
	s.Reject(inFile[0])
	status := p.run(t.Context(), strings.Fields("-yes -f - -rest kept/rest.csv"))
	if status != exitRefused || read(t, "moved/rest.csv") != rest(inFile...) || !strings.Contains(errs.String(), "purge: kept/rest.csv still has all limits that were sent: ") || !strings.Contains(out.String(), "1 failed") {
		t.Errorf("exit %d, %q, %q", status, errs.String(), read(t, "moved/rest.csv"))
	}
}

// A context that ends leaves the rest.
func TestInterrupt(t *testing.T) {
	t.Chdir(t.TempDir())
	s := purgetest.InMemory()
	s.SetLimits(token, inFile...)
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	var out, errs strings.Builder
	p := program{stdin: strings.NewReader(file), stdout: &out, stderr: &errs, token: token, transport: s.Transport()}
	status := p.run(ctx, strings.Fields("-yes -plan=false -f -"))
	if status != exitRefused || !strings.Contains(out.String(), "3 not attempted") || len(s.Requests()) != 0 || !restIs(t, inFile...) {
		t.Errorf("exit %d: %s %s", status, out.String(), errs.String())
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }
