package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
	"github.com/deea8dec/hubspot-limits/openapi"
)

const (
	token = "pat-na1-example-token"
	pair  = "-from contacts -to companies "
)

// try runs the program against s and returns its exit status and what it printed.
// With a file, a purge from 0-2 to 0-1 waits until another one is answered.
func try(t *testing.T, s *purgetest.Server, token, stdin, args string) (status int, stdout, stderr string) {
	t.Helper()
	first, answered := make(chan struct{}), sync.Once{}
	inOrder := transport(func(r *http.Request) (*http.Response, error) {
		switch {
		case r.Method != "POST" || !strings.Contains(args, "-f "):
		case strings.Contains(r.URL.Path, "/0-2/0-1/"):
			<-first
		default:
			defer answered.Do(func() { close(first) })
		}
		return s.Transport().RoundTrip(r)
	})
	var out, errs strings.Builder
	p := program{stdin: strings.NewReader(stdin), stdout: &out, stderr: &errs, token: token, transport: inOrder}
	status = p.run(t.Context(), strings.Fields(args))
	return status, out.String(), errs.String()
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// purges counts the requests that were no reads.
func purges(s *purgetest.Server) (n int) {
	for _, r := range s.Requests() {
		if r.Method == "POST" {
			n++
		}
	}
	return n
}

func TestProgram(t *testing.T) {
	limit := client.Limit{From: client.Contacts, To: client.Companies, Type: client.UserDefined(35)}
	const lifted = "1 of 1 limit lifted\n"
	for name, tc := range map[string]struct {
		token, stdin, args string
		answers            []purgetest.Answer // to the purge
		status, purges     int
		stdout, stderr     string
	}{
		"no arguments":     {args: "", status: exitUsage, stderr: "usage: purge"},
		"help":             {args: "-h", token: token, status: exitUsage, stderr: "go run hides the 3. For scripts, install the program:\n  go install github.com/deea8dec/hubspot-limits/examples/purge@latest\n"},
		"no token":         {args: pair + "USER_DEFINED:35", status: exitUsage, stderr: "purge: HUBSPOT_ACCESS_TOKEN is not set"},
		"unknown flag":     {args: "-x", token: token, status: exitUsage, stderr: "purge: flag provided but not defined: -x\n"},
		"late flag":        {args: pair + "USER_DEFINED:35 -n", token: token, status: exitUsage, stderr: "purge: flags go before the association types: -n\n"},
		"bad type":         {args: pair + "USER_DEFINED", token: token, status: exitUsage, stderr: "purge: \"USER_DEFINED\" is not of the form CATEGORY:ID\n"},
		"bad object type":  {args: "-yes -from a/b -to companies USER_DEFINED:35", token: token, status: exitUsage, stderr: `object type "a/b"`},
		"no pair":          {args: "USER_DEFINED:35", token: token, status: exitUsage, stderr: "purge: -from and -to are needed"},
		"no types":         {args: pair, token: token, status: exitUsage, stderr: "purge: no association types"},
		"bad token":        {args: pair + "USER_DEFINED:35", token: "a b", status: exitUsage, stderr: "purge: new client: invalid input: access token"},
		"bad base URL":     {args: "-base-url http://example.com " + pair + "USER_DEFINED:35", token: token, status: exitUsage, stderr: "purge: new client: invalid input: base URL"},
		"confirmed":        {args: pair + "USER_DEFINED:35", token: token, stdin: "y\n", status: exitLifted, purges: 1, stdout: lifted, stderr: "contacts to companies USER_DEFINED:35: at most 1\n"},
		"not confirmed":    {args: pair + "USER_DEFINED:35", token: token, stdin: "\n", status: exitRefused, stderr: "nothing was sent"},
		"nobody to ask":    {args: pair + "USER_DEFINED:35", token: token, status: exitRefused, stderr: "nothing was sent"},
		"yes":              {args: "-yes " + pair + "USER_DEFINED:35", token: token, status: exitLifted, purges: 1, stdout: lifted},
		"scopes":           {args: "-yes " + pair + "USER_DEFINED:35", token: token, answers: []purgetest.Answer{purgetest.MissingScopes("b.c", "a.b")}, status: exitRefused, purges: 1, stdout: "contacts to companies USER_DEFINED:35: failed: 403", stderr: "The token needs one of these scopes: a.b, b.c\n"},
		"unknown":          {args: "-verify=false -yes " + pair + "USER_DEFINED:35", token: token, answers: []purgetest.Answer{{Status: 522, Body: "{}"}}, status: exitUnknown, purges: 1, stdout: "0 of 1 limit lifted, 1 unknown\n", stderr: "Try again in 1m0s.\n"},
		"still processing": {args: "-yes " + pair + "USER_DEFINED:35", token: token, answers: []purgetest.Answer{{Status: 200, Body: `{"status":"PROCESSING","results":[],"startedAt":"2026-11-02T09:30:00Z","completedAt":"2026-11-02T09:30:00Z"}`}}, status: exitUnknown, purges: 1, stdout: "still set when read\n", stderr: "Try again in 1m0s.\n"},
		"demo":             {args: "-demo", status: exitLifted, stdout: "gone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			s := purgetest.InMemory()
			s.SetLimits(token, limit)
			if tc.answers != nil {
				s.QueueFor(token, append([]purgetest.Answer{{}}, tc.answers...)...) // the plan's read goes first
			}
			status, stdout, stderr := try(t, s, tc.token, tc.stdin, tc.args)
			if status != tc.status || !strings.Contains(stdout, tc.stdout) || !strings.Contains(stderr, tc.stderr) {
				t.Errorf("exit %d, stdout %q, stderr %q, want %d, %q, %q", status, stdout, stderr, tc.status, tc.stdout, tc.stderr)
			}
			if strings.Contains(stdout+stderr, token) {
				t.Errorf("the token is printed: %q %q", stdout, stderr)
			}
			if n := purges(s); n != tc.purges {
				t.Errorf("%d purges, want %d", n, tc.purges)
			}
			if gone := len(s.Limits(token)) == 0; gone != (tc.stdout == lifted) {
				t.Errorf("the limit is gone: %t", gone)
			}
		})
	}
}

// An account without a limit to lift is sent nothing.
func TestUnauthorized(t *testing.T) {
	s := purgetest.InMemory()
	status, _, stderr := try(t, s, token, "", "-yes "+pair+"USER_DEFINED:35")
	if status != exitRefused || !strings.HasPrefix(stderr, "purge: nothing was sent: ") || !strings.Contains(stderr, "401 Unauthorized") || purges(s) != 0 {
		t.Errorf("exit %d, %q", status, stderr)
	}
}

// The JSON has one form, for a pair, for -f and for -n, and nothing beside it is on
// standard output.
func TestJSON(t *testing.T) {
	t.Chdir(t.TempDir())
	const set = `{"limit":{"from":"contacts","to":"companies","type":"USER_DEFINED:35"},"state":%q,"max":7,"label":"Billing"}`
	request := atVersion(`{"method":"POST","url":"https://api.hubapi.com/crm/associations/VERSION/definitions/configurations/contacts/companies/batch/purge","body":{"inputs":[{"category":"USER_DEFINED","typeId":35}]}}`)
	const none = `{"limit":{"from":"contacts","to":"companies","type":"USER_DEFINED:36"},"state":"no limit"}`
	form := func(state, requests string) string {
		return "{\"outcomes\":[\n" + strings.Replace(set, "%q", `"`+state+`"`, 1) + ",\n" + none + `],"requests":[` + requests + "]}\n"
	}
	for args, want := range map[string]string{
		"-json -yes " + pair + "USER_DEFINED:35 USER_DEFINED:36": form("purged", ""),
		"-json -n " + pair + "USER_DEFINED:35 USER_DEFINED:36":   form("not attempted", "\n"+request),
		"-json -yes -f -": form("purged", ""),
		"-json -n -f -":   form("not attempted", "\n"+request),
	} {
		s := purgetest.InMemory()
		s.SetSettings(token, client.LimitSetting{Limit: client.Limit{From: "0-1", To: "0-2", Type: client.UserDefined(35)}, Max: 7, Label: "Billing"})
		status, stdout, stderr := try(t, s, token, "contacts,companies,USER_DEFINED,35\ncontacts,companies,USER_DEFINED,36", args)
		if status != exitLifted || stdout != want || !json.Valid([]byte(stdout)) {
			t.Errorf("%s: exit %d, %s\nwant %s\n%s", args, status, stdout, want, stderr)
		}
	}
}

func TestJSONError(t *testing.T) {
	s := purgetest.InMemory()
	s.SetLimits(token)
	s.Reject(client.Limit{From: "0-1", To: "0-2", Type: client.UserDefined(35)})
	_, stdout, stderr := try(t, s, token, "", "-json -yes -plan=false "+pair+"USER_DEFINED:35")
	var object struct {
		Outcomes []struct{ State, Error string }
	}
	err := json.Unmarshal([]byte(stdout), &object)
	if err != nil || len(object.Outcomes) != 1 || object.Outcomes[0].State != "failed" || !strings.Contains(object.Outcomes[0].Error, "400") {
		t.Errorf("%v: %s", err, stdout)
	}
	if !strings.Contains(stderr, "0 of 1 limit lifted, 1 failed\n") {
		t.Errorf("stderr %q", stderr)
	}
}

// What can't be written is an error, for each form of the result.
func TestFailedWrite(t *testing.T) {
	for _, args := range []string{"-yes ", "-json -yes ", "-n ", "-json -n ", "-demo "} {
		s := purgetest.InMemory()
		s.SetLimits(token, client.Limit{From: "0-1", To: "0-2", Type: client.UserDefined(35)})
		var errs strings.Builder
		p := program{stdin: strings.NewReader(""), stdout: full{}, stderr: &errs, token: token, transport: s.Transport()}
		if status := p.run(t.Context(), strings.Fields(args+pair+"USER_DEFINED:35")); status != exitRefused || !strings.HasSuffix(errs.String(), "purge: disk full\n") {
			t.Errorf("%s: exit %d, %q", args, status, errs.String())
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

// atVersion puts the document's API version into a text.
func atVersion(text string) string {
	_, version, _ := strings.Cut(string(openapi.Purge), "\n  version: ")
	version, _, _ = strings.Cut(version, "\n")
	return strings.ReplaceAll(text, "VERSION", version)
}
