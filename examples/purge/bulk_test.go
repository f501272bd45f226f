package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

const file = `from,to,category,typeId
0-1,0-2,USER_DEFINED,35
0-1,0-2,HUBSPOT_DEFINED,279
0-2, 0-1, USER_DEFINED, 36
`

var inFile = []client.Limit{
	{From: "0-1", To: "0-2", Type: client.UserDefined(35)},
	{From: "0-1", To: "0-2", Type: client.HubSpotDefined(279)},
	{From: "0-2", To: "0-1", Type: client.UserDefined(36)},
}

func TestFile(t *testing.T) {
	for name, tc := range map[string]struct {
		stdin, args string
		setup       func(s *purgetest.Server)
		status      int
		stdout      string
		rest        []client.Limit
	}{
		"all":     {file, "-yes -f -", nil, exitLifted, "3 limits: 3 purged\n", nil},
		"no head": {strings.TrimPrefix(file, "from,to,category,typeId\n"), "-yes -f -", nil, exitLifted, "3 limits: 3 purged\n", nil},
		"one bad": {file, "-yes -f -", func(s *purgetest.Server) { s.Reject(inFile[1]) }, exitRefused, "3 limits: 2 purged, 1 failed\n", inFile[1:2]},
		"refused": {file, "-yes -f -", func(s *purgetest.Server) { s.SetLimits(token) }, exitLifted, "3 limits: 3 purged\n", nil},
		"unknown": {file, "-yes -f -", func(s *purgetest.Server) {
			s.Queue(purgetest.Answer{Status: 522, Body: "{}"}, purgetest.Answer{Status: 522, Body: "{}"})
		}, exitUnknown, "3 limits: 0 purged, 3 unknown\n", inFile},
		"JSON":    {file, "-json -yes -f -", nil, exitLifted, `"State": "purged"`, nil},
		"dry run": {file, "-n -f -", nil, exitLifted, `{"inputs":[{"category":"USER_DEFINED","typeId":35},{"category":"HUBSPOT_DEFINED","typeId":279}]}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := purgetest.NewServer()
			defer s.Close()
			s.SetLimits(token, inFile...)
			if tc.setup != nil {
				tc.setup(s)
			}
			rest := filepath.Join(t.TempDir(), "rest.csv")
			status, stdout, stderr := try(t, s, token, tc.stdin, tc.args+" -rest "+rest)
			if status != tc.status || !strings.Contains(stdout, tc.stdout) || strings.Contains(stderr, "\r") {
				t.Errorf("exit %d, stdout %q, stderr %q", status, stdout, stderr)
			}
			text, err := os.ReadFile(rest)
			if (err == nil) != (tc.rest != nil) {
				t.Fatalf("the rest: %q, %v", text, err)
			}
			if limits, bad := readLimits(strings.NewReader(string(text))); !slices.Equal(limits, tc.rest) || bad != nil {
				t.Errorf("the rest reads as %v, %v", limits, bad)
			}
		})
	}
}

// Every bad row is named before anything is sent.
func TestBadRows(t *testing.T) {
	s := purgetest.NewServer()
	defer s.Close()
	s.SetLimits(token, inFile...)
	status, _, stderr := try(t, s, token, "0-1,0-2,USER_DEFINED,35\n\n0-1,0-2,USER_DEFINED\n0-1,a/b,USER_DEFINED,1\n0-1,0-2,USER_DEFINED,x\n0-1,0-2,,1\n", "-yes -f -")
	want := `purge: line 3: 3 columns, want ["from" "to" "category" "typeId"]
line 4: object type "a/b"
line 5: invalid input: association type "USER_DEFINED:x"
line 6: invalid input: association type ":1"
`
	if status != exitUsage || stderr != want || len(s.Requests()) != 0 {
		t.Errorf("exit %d, stderr %q, want %q; %d requests", status, stderr, want, len(s.Requests()))
	}
	for args, want := range map[string]string{
		"-yes -f -":                 "purge: no limits in -\n",
		"-yes -f /does/not/exist":   "purge: open /does/not/exist: no such file or directory\n",
		"-f -":                      "purge: -f - needs -yes: standard input can't answer a question as well\n",
		"-yes -f - -from 0-1":       "purge: -f names all limits: no -from, -to or types beside it\n",
		"-yes -f - USER_DEFINED:35": "purge: -f names all limits: no -from, -to or types beside it\n",
	} {
		if status, _, stderr := try(t, s, token, "", args); status != exitUsage || stderr != want {
			t.Errorf("%s: exit %d, %q, want %q", args, status, stderr, want)
		}
	}
}

// An interrupt ends the run: nothing else is sent, and the rest is written.
func TestInterrupt(t *testing.T) {
	s := purgetest.NewServer()
	defer s.Close()
	s.SetLimits(token, inFile...)
	rest := filepath.Join(t.TempDir(), "rest.csv")
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	var out, errs strings.Builder
	p := program{stdin: strings.NewReader(file), stdout: &out, stderr: &errs, token: token, transport: s.Transport()}
	status := p.run(ctx, []string{"-yes", "-f", "-", "-rest", rest})
	if status != exitRefused || !strings.Contains(out.String(), "3 not attempted") || len(s.Requests()) != 0 {
		t.Errorf("exit %d: %s %s", status, out.String(), errs.String())
	}
	if text, err := os.ReadFile(rest); err != nil || strings.Count(string(text), "\n") != 4 {
		t.Errorf("the rest %q, %v", text, err)
	}
}
