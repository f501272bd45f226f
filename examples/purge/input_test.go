package main

import (
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

var inFile = []client.Limit{ // as they are sorted
	{From: "0-1", To: "0-2", Type: client.HubSpotDefined(279)},
	{From: "0-1", To: "0-2", Type: client.UserDefined(35)},
	{From: "0-2", To: "0-1", Type: client.UserDefined(36)},
}

func TestInput(t *testing.T) {
	rows := strings.TrimPrefix(file, "from,to,category,typeId\n")
	for name, text := range map[string]string{
		"as documented":      file,
		"without a header":   rows,
		"byte order mark":    "\uFEFF" + file,
		"mark and no header": "\uFEFF" + rows,
		"CRLF":               strings.ReplaceAll(file, "\n", "\r\n"),
		"semicolons":         strings.ReplaceAll(file, ",", ";"),
		"all of Excel":       "\uFEFF" + strings.ReplaceAll(strings.ReplaceAll(file, ",", ";"), "\n", "\r\n") + ";;;\r\n",
		"letter case":        "FROM,To,CATEGORY,typeid\n" + rows,
		"twice":              file + rows,
		"other columns":      "max,typeId,from,category,to\n5,35,0-1,USER_DEFINED,0-2\n,279,0-1,HUBSPOT_DEFINED,0-2\n1,36,0-2,USER_DEFINED,0-1",
		"quotes":             `"from","to","category","typeId"` + "\n" + strings.ReplaceAll(rows, "0-1,", `"0-1",`),
	} {
		p := program{stdin: strings.NewReader(text), flags: flags{file: "-"}}
		if limits, err := p.limits(); err != nil || !slices.Equal(limits, inFile) {
			t.Errorf("%s: %v, %v", name, limits, err)
		}
	}
}

// Every bad row is named before anything is sent.
func TestBadRows(t *testing.T) {
	s := purgetest.InMemory()
	s.SetLimits(token, inFile...)
	const header = "from;to;category;typeId\n"
	none := "is none of HUBSPOT_DEFINED, INTEGRATOR_DEFINED and USER_DEFINED (-any-category sends it)"
	for text, want := range map[string][]string{ // a part of each line
		"0-1,0-2,USER_DEFINED,35\n\n0-1,0-2,USER_DEFINED\n0-1,a/b,USER_DEFINED,1\n0-1,0-2,USER_DEFINED,x\n": {
			"line 3: want the columns from,to,category,typeId", `line 4: invalid input: object type "a/b"`, `line 5: invalid input: association type "USER_DEFINED:x"`},
		"0-1,0-2,user_defined,1\n0-1,0-2,,1\n":     {`line 1: category "user_defined" ` + none, `line 2: category "" ` + none},
		"0-1,0-2,USER_DEFINED,0\n":                 {`line 1: invalid input: association type "USER_DEFINED:0" has a typeId below 1`},
		"0-1,0-2,USER_DEFINED,1,5\n":               {"line 1: want the columns from,to,category,typeId"},
		"from,to,category\n0-1,0-2,USER_DEFINED\n": {"line 2: want the columns from,to,category,typeId"},
		"0-1,0-2,USER_\"DEFINED,1\n":               {"parse error on line 1, column 14"},
		header + strings.Repeat("x\n", 12):         append(slices.Repeat([]string{"want the columns"}, 10), "and 2 more bad rows"),
		header + strings.Repeat("x\n", 10):         slices.Repeat([]string{"want the columns"}, 10),
		header:                                     {"the file has no limits"},
		"":                                         {"the file has no limits"},
	} {
		status, _, stderr := try(t, s, token, text, "-yes -f -")
		lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
		if status != exitUsage || !strings.HasPrefix(stderr, "purge: ") || !slices.EqualFunc(lines, want, strings.Contains) {
			t.Errorf("%q: exit %d, %q, want %q", text, status, stderr, want)
		}
	}
	if n := len(s.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestBadFlags(t *testing.T) {
	t.Chdir(t.TempDir())
	s := purgetest.InMemory()
	for args, want := range map[string]string{
		"-yes -f /does/not/exist":               "purge: open /does/not/exist: no such file or directory\n",
		"-f -":                                  "purge: -f - needs -yes: standard input can't answer a question as well\n",
		"-yes -f - -from 0-1":                   "purge: -f names all limits: no -from, -to or types beside it\n",
		"-yes -f - USER_DEFINED:35":             "purge: -f names all limits: no -from, -to or types beside it\n",
		"-yes -f a.csv -backup ./a.csv":         "purge: -backup needs a file of its own\n",
		"-yes -f - -backup b.csv -rest ./b.csv": "purge: -backup needs a file of its own\n",
		"-yes -rest . -f -":                     "purge: -rest . is no regular file\n",
	} {
		if status, _, stderr := try(t, s, token, file, args); status != exitUsage || stderr != want {
			t.Errorf("%s: exit %d, %q, want %q", args, status, stderr, want)
		}
	}
	if n := len(s.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// Another category is sent with -any-category alone.
func TestAnyCategory(t *testing.T) {
	for args, want := range map[string]int{"": exitUsage, "-any-category ": exitLifted} {
		s := purgetest.InMemory()
		s.SetLimits(token, client.Limit{From: "0-1", To: "0-2", Type: client.AssociationType{Category: "WORK", TypeID: 3}})
		status, _, stderr := try(t, s, token, "", "-yes "+args+pair+"WORK:3")
		if status != want || (len(s.Limits(token)) == 0) != (want == exitLifted) {
			t.Errorf("%q: exit %d, %q", args, status, stderr)
		}
	}
}
