package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

var settings = []client.LimitSetting{
	{Limit: inFile[1], Max: 7, Label: "Billing, \"first\""},
	{Limit: inFile[2], Max: 250},
}

// The plan says what is set, and what is not. What is not is not sent.
func TestPlan(t *testing.T) {
	t.Chdir(t.TempDir())
	s := purgetest.InMemory()
	s.SetSettings(token, settings...)
	write(t, "limits.csv", file)
	status, stdout, stderr := try(t, s, token, "y\n", "-f limits.csv -backup numbers.csv")
	const want = `The numbers are in numbers.csv.
To be lifted, in this direction only:
  0-1 to 0-2 USER_DEFINED:35: at most 7, "Billing, \"first\""
  0-2 to 0-1 USER_DEFINED:36: at most 250
These have no limit and are not sent:
  0-1 to 0-2 HUBSPOT_DEFINED:279
2 limits to lift, 1 given without a limit. Records, associations and labels stay.
Go on? [y/N] `
	if status != exitLifted || stderr != want || stdout != "2 of 2 limits lifted, 1 had no limit\n" {
		t.Errorf("exit %d, %q, %s\nwant %s", status, stdout, stderr, want)
	}
	const numbers = `from,to,category,typeId,max,label
0-1,0-2,USER_DEFINED,35,7,"Billing, ""first"""
0-2,0-1,USER_DEFINED,36,250,
`
	if got := read(t, "numbers.csv"); got != numbers {
		t.Errorf("backup %q, want %q", got, numbers)
	}
	for _, r := range s.Requests() {
		if slices.Contains(r.Types, inFile[0].Type) {
			t.Errorf("%v is sent", inFile[0])
		}
	}
}

func TestNothingSet(t *testing.T) {
	t.Chdir(t.TempDir())
	s := purgetest.InMemory()
	s.SetSettings(token)
	write(t, "limits.csv", file)
	status, stdout, stderr := try(t, s, token, "", "-f limits.csv") // and asks nothing
	if status != exitLifted || stdout != "Nothing to lift, 3 had no limit\n" || purges(s) != 0 || strings.Contains(stderr, "?") {
		t.Errorf("exit %d, %q, %q", status, stdout, stderr)
	}
	if files := list(t); !slices.Equal(files, []string{"limits.csv"}) {
		t.Errorf("files %q", files)
	}
}

// The numbers are kept by default for a file, in a new file for each run. A file that
// is there is never overwritten.
func TestBackup(t *testing.T) {
	for args, want := range map[string]int{
		"-yes -f limits.csv": 1, "-yes -backup= -f limits.csv": 0, "-n -f limits.csv": 0, "-n -backup b.csv -f limits.csv": 1,
		"-yes " + pair + "USER_DEFINED:35": 0, "-yes -backup b.csv " + pair + "USER_DEFINED:35": 1, "-yes -plan=false -f limits.csv": 0,
	} {
		t.Chdir(t.TempDir())
		s := purgetest.InMemory()
		s.SetSettings(token, settings...)
		write(t, "limits.csv", file)
		status, _, stderr := try(t, s, token, "", args)
		if made := len(list(t)) - 1; status != exitLifted || made != want {
			t.Errorf("%s: exit %d, files %q, %q", args, status, list(t), stderr)
		}
	}
	write(t, "old.csv", "numbers")
	s := purgetest.InMemory()
	s.SetSettings(token, settings...)
	status, _, stderr := try(t, s, token, file, "-yes -f - -backup old.csv")
	if status != exitUsage || purges(s) != 0 || read(t, "old.csv") != "numbers" || !strings.HasPrefix(stderr, "purge: nothing was sent: ") {
		t.Errorf("exit %d, %q", status, stderr)
	}
}

// -n shows all of the plan and the requests, and changes nothing.
func TestDryRun(t *testing.T) {
	t.Chdir(t.TempDir())
	s := purgetest.InMemory()
	requests := atVersion(`
POST https://api.hubapi.com/crm/associations/VERSION/definitions/configurations/0-1/0-2/batch/purge
{"inputs":[{"category":"USER_DEFINED","typeId":35}]}

POST https://api.hubapi.com/crm/associations/VERSION/definitions/configurations/0-2/0-1/batch/purge
{"inputs":[{"category":"USER_DEFINED","typeId":36}]}
`)
	s.SetSettings(token, settings...)
	status, stdout, stderr := try(t, s, token, file, "-n -f -")
	if status != exitLifted || !strings.HasSuffix(stdout, "labels stay.\n"+requests) || !strings.Contains(stdout, "at most 250\n") || stderr != "" {
		t.Errorf("exit %d, %q, %q", status, stdout, stderr)
	}
	only := strings.ReplaceAll(file, "0-1,0-2,HUBSPOT_DEFINED,279\n", "")
	status, stdout, stderr = try(t, s, "", only, "-n -f -")
	if status != exitLifted || stdout != requests || stderr != "HUBSPOT_ACCESS_TOKEN is not set: no plan, only the requests.\n" {
		t.Errorf("without a token: exit %d, %q, %q", status, stdout, stderr)
	}
	if n := purges(s); n != 0 || len(list(t)) != 0 {
		t.Errorf("%d purges, files %q", n, list(t))
	}
}

// A pair that the token may not read is lifted without its numbers. Any other trouble
// with reading ends the run before it lifts anything.
func TestUnreadable(t *testing.T) {
	for name, tc := range map[string]struct {
		answer         purgetest.Answer
		status, purges int
		stderr         string
	}{
		"scopes":  {purgetest.MissingScopes("a.b"), exitLifted, 2, "Can't read the limits from 0-1 to 0-2, going on without: read association limits: 403"},
		"unknown": {purgetest.Answer{Status: 400, Body: `{"message":"Unable to infer object type from: 0-1"}`}, exitLifted, 2, "going on without"},
		"daily":   {purgetest.RateLimited("DAILY", 0), exitRefused, 0, "purge: nothing was sent: read association limits: 429"},
		"522":     {purgetest.Answer{Status: 522, Body: "{}"}, exitRefused, 0, "(-plan=false goes on without reading)\n"},
	} {
		t.Chdir(t.TempDir())
		s := purgetest.InMemory()
		s.SetSettings(token, settings...)
		s.QueueFor(token, tc.answer)
		status, _, stderr := try(t, s, token, file, "-yes -f - -backup b.csv")
		if status != tc.status || purges(s) != tc.purges || !strings.Contains(stderr, tc.stderr) {
			t.Errorf("%s: exit %d, %d purges, %q", name, status, purges(s), stderr)
		}
		if tc.status == exitLifted && read(t, "b.csv") != "from,to,category,typeId,max,label\n0-2,0-1,USER_DEFINED,36,250,\n" {
			t.Errorf("%s: backup %q", name, read(t, "b.csv"))
		}
	}
}

// A long plan is cut on the way to the question.
func TestLongPlan(t *testing.T) {
	p := plan{}
	for i := range 45 {
		p.lift = append(p.lift, client.Limit{From: "0-1", To: "0-2", Type: client.UserDefined(int32(i + 1))})
	}
	var b strings.Builder
	p.show(&b, 20)
	if text := b.String(); strings.Count(text, "\n") != 23 || !strings.Contains(text, "  and 25 more\n45 limits to lift. ") {
		t.Errorf("plan %s", text)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		return fmt.Sprint(err)
	}
	return string(text)
}

// list returns the files of the current directory.
func list(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*")
	if err != nil {
		t.Fatal(err)
	}
	return files
}
