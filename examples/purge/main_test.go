package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

const token = "pat-na1-example-token"

// try runs the program against s and returns its exit status and what it printed.
func try(t *testing.T, s *purgetest.Server, token, stdin, args string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	p := program{stdin: strings.NewReader(stdin), stdout: &out, stderr: &errs, token: token, transport: s.Transport()}
	status = p.run(t.Context(), strings.Fields(args))
	return status, out.String(), errs.String()
}

func TestProgram(t *testing.T) {
	const pair = "-from contacts -to companies "
	limit := client.Limit{From: client.Contacts, To: client.Companies, Type: client.UserDefined(35)}
	for name, tc := range map[string]struct {
		token, stdin, args string
		answers            []purgetest.Answer
		status, requests   int
		stdout, stderr     string
	}{
		"no token":         {args: pair + "USER_DEFINED:35", status: exitUsage, stderr: "usage: purge"},
		"help":             {args: "-h", token: token, status: exitUsage, stderr: "usage: purge"},
		"unknown flag":     {args: "-x", token: token, status: exitUsage, stderr: "purge: flag provided but not defined: -x\n"},
		"bad type":         {args: pair + "USER_DEFINED", token: token, status: exitUsage, stderr: "purge: invalid input: association type \"USER_DEFINED\" is not of the form CATEGORY:ID\n"},
		"bad object type":  {args: "-yes -from a/b -to companies USER_DEFINED:35", token: token, status: exitUsage, stderr: `object type "a/b"`},
		"no pair":          {args: "USER_DEFINED:35", token: token, status: exitUsage, stderr: "purge: -from and -to are needed\n"},
		"no types":         {args: pair, token: token, status: exitUsage, stderr: "purge: no association types"},
		"bad token":        {args: pair + "USER_DEFINED:35", token: "a b", status: exitUsage, stderr: "purge: new client: invalid input: access token"},
		"confirmed":        {args: pair + "USER_DEFINED:35", token: token, stdin: "y\n", status: exitLifted, requests: 1, stdout: "lifted\n", stderr: "from contacts to companies, USER_DEFINED:35"},
		"not confirmed":    {args: pair + "USER_DEFINED:35", token: token, stdin: "\n", status: exitRefused, stderr: "nothing was sent"},
		"nobody to ask":    {args: pair + "USER_DEFINED:35", token: token, status: exitRefused, stderr: "nothing was sent"},
		"yes":              {args: "-yes " + pair + "USER_DEFINED:35 HUBSPOT_DEFINED:279", token: token, status: exitLifted, requests: 1, stdout: "lifted\n"},
		"dry run":          {args: "-n " + pair + "USER_DEFINED:35", token: token, status: exitLifted, stdout: `{"inputs":[{"category":"USER_DEFINED","typeId":35}]}`},
		"scopes":           {args: "-yes " + pair + "USER_DEFINED:35", token: token, answers: []purgetest.Answer{purgetest.MissingScopes("a.b")}, status: exitRefused, requests: 1, stdout: "refused\n", stderr: `one of the scopes ["a.b"]`},
		"unauthorized":     {args: "-yes " + pair + "USER_DEFINED:35", token: "pat-na1-other", status: exitRefused, requests: 1, stdout: "refused\n", stderr: "401 Unauthorized"},
		"unknown":          {args: "-yes " + pair + "USER_DEFINED:35", token: token, answers: []purgetest.Answer{{Status: 522, Body: "{}"}}, status: exitUnknown, requests: 1, stdout: "unknown\n", stderr: "outcome unknown"},
		"still processing": {args: "-yes " + pair + "USER_DEFINED:35", token: token, answers: []purgetest.Answer{{Status: 200, Body: `{"status":"PROCESSING","results":[],"startedAt":"2026-11-02T09:30:00Z","completedAt":"2026-11-02T09:30:00Z"}`}}, status: exitUnknown, requests: 1, stdout: "unknown\n", stderr: "PROCESSING"},
		"demo":             {args: "-demo", status: exitLifted, stdout: "gone"},
	} {
		t.Run(name, func(t *testing.T) {
			s := purgetest.NewServer()
			defer s.Close()
			s.SetLimits(token, limit)
			s.Queue(tc.answers...)
			status, stdout, stderr := try(t, s, tc.token, tc.stdin, tc.args)
			if status != tc.status || !strings.Contains(stdout, tc.stdout) || !strings.Contains(stderr, tc.stderr) {
				t.Errorf("exit %d, stdout %q, stderr %q, want %d, %q, %q", status, stdout, stderr, tc.status, tc.stdout, tc.stderr)
			}
			if strings.Contains(stdout+stderr, token) {
				t.Errorf("the token is printed: %q %q", stdout, stderr)
			}
			if n := len(s.Requests()); n != tc.requests {
				t.Errorf("%d requests, want %d", n, tc.requests)
			}
			if gone := len(s.Limits(token)) == 0; gone != (tc.stdout == "lifted\n") {
				t.Errorf("the limit is gone: %t", gone)
			}
		})
	}
}

func TestProgramJSON(t *testing.T) {
	s := purgetest.NewServer()
	defer s.Close()
	s.SetLimits(token)
	s.Reject(client.Limit{From: client.Contacts, To: client.Companies, Type: client.UserDefined(35)})
	for _, tc := range []struct{ types, outcome string }{
		{"USER_DEFINED:36", "lifted"}, {"USER_DEFINED:35", "refused"},
	} {
		_, stdout, _ := try(t, s, token, "", "-json -yes -from contacts -to companies "+tc.types)
		var told struct {
			Outcome, Error string
			Result         *client.Result
		}
		if err := json.Unmarshal([]byte(stdout), &told); err != nil {
			t.Fatal(err)
		}
		if lifted := tc.outcome == "lifted"; told.Outcome != tc.outcome || lifted != (told.Error == "") || lifted && told.Result.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", tc.types, stdout)
		}
	}
}
