package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// flags are what the command line says.
type flags struct {
	demo, yes, dryRun, json   bool
	plan, verify, anyCategory bool
	from, to                  string
	file, rest, backup        string
	baseURL                   string
	types                     []string
}

func (p *flags) define(set *flag.FlagSet) {
	set.BoolVar(&p.demo, "demo", false, "purge a stand-in server instead of HubSpot, and show what happens")
	set.StringVar(&p.from, "from", "", "the object `type` the association starts at, such as contacts or 0-1")
	set.StringVar(&p.to, "to", "", "the object `type` it leads to, such as companies or 0-2")
	set.StringVar(&p.file, "f", "", "a CSV `file` of limits, with the columns from,to,category,typeId; - is standard input")
	set.StringVar(&p.rest, "rest", "", "write the limits that were not lifted to this `file`, for -f; with -f it is remaining.csv unless named")
	set.StringVar(&p.backup, "backup", "", "write the limits and their numbers to this new `file` before lifting them; with -f it is backup-DATE-TIME.csv unless named")
	set.BoolVar(&p.plan, "plan", true, "read what is set first, and lift only that")
	set.BoolVar(&p.verify, "verify", true, "read again if it is unknown whether a limit was lifted")
	set.BoolVar(&p.anyCategory, "any-category", false, "send categories other than "+categories)
	set.StringVar(&p.baseURL, "base-url", "", "send to this `URL`, of a proxy or a stand-in, instead of HubSpot's")
	set.BoolVar(&p.yes, "yes", false, "don't ask before lifting")
	set.BoolVar(&p.dryRun, "n", false, "print the plan and the requests, and lift nothing; without a token, the requests alone")
	set.BoolVar(&p.json, "json", false, "print the result as JSON")
}

// parse reads the command line and checks all that needs no file.
func (p *program) parse(args []string, token bool) error {
	set := flag.NewFlagSet("purge", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	p.define(set)
	err := set.Parse(args)
	if errors.Is(err, flag.ErrHelp) || len(args) == 0 {
		p.usage(set)
		return flag.ErrHelp
	}
	if err != nil || p.demo {
		return err
	}
	p.types = set.Args()
	if p.file != "" {
		p.defaults(set)
	}
	late := slices.IndexFunc(p.types, func(s string) bool { return strings.HasPrefix(s, "-") })
	switch {
	case late >= 0:
		return fmt.Errorf("flags go before the association types: %s", p.types[late])
	case p.file != "" && (p.from != "" || p.to != "" || len(p.types) > 0):
		return errors.New("-f names all limits: no -from, -to or types beside it")
	case p.file == "-" && !p.yes && !p.dryRun:
		return errors.New("-f - needs -yes: standard input can't answer a question as well")
	case p.file == "" && (p.from == "" || p.to == ""):
		return errors.New("-from and -to are needed, or -f")
	case p.file == "" && len(p.types) == 0:
		return errors.New("no association types, such as USER_DEFINED:35, are given")
	case p.backup != "" && (same(p.backup, p.rest) || same(p.backup, p.file)):
		return errors.New("-backup needs a file of its own")
	case !token && !p.dryRun:
		return fmt.Errorf("%s is not set: put the token of a service key or a private app there", tokenVariable)
	}
	return nil
}

// defaults are the files of -f, unless they are named. -n writes none.
func (p *flags) defaults(set *flag.FlagSet) {
	named := map[string]bool{}
	set.Visit(func(f *flag.Flag) { named[f.Name] = true })
	if !named["rest"] {
		p.rest = "remaining.csv"
	}
	if !named["backup"] && !p.dryRun {
		p.backup = time.Now().Format("backup-20060102-150405.csv")
	}
}

func same(a, b string) bool { return filepath.Clean(a) == filepath.Clean(b) }

func (p *program) usage(set *flag.FlagSet) {
	fmt.Fprintf(p.stderr, `usage: purge -from type -to type [flags] CATEGORY:ID ...
       purge -f limits.csv [flags]
       purge -demo

Lifts the limits on how many records may be associated, from one object type to
another, by the given association types. Records, associations and labels stay.
The token is read from %s.

The exit status is
  0  if all limits are lifted (or had no limit)
  1  if something was refused, or could not be written
  2  for wrong usage; nothing was sent
  3  if it is unknown whether something was lifted
go run hides the 3. For scripts, install the program:
  go install github.com/deea8dec/hubspot-limits/examples/purge@latest

`, tokenVariable)
	set.SetOutput(p.stderr)
	set.PrintDefaults()
}
