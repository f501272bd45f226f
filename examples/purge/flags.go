package main

import (
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/deea8dec/hubspot-limits/client"
)

func (p *program) parse(args []string) error {
	flags := flag.NewFlagSet("purge", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&p.demo, "demo", false, "purge a stand-in server instead of HubSpot, and show what happens")
	flags.StringVar(&p.from, "from", "", "the object `type` the association starts at, such as contacts or 0-1")
	flags.StringVar(&p.to, "to", "", "the object `type` it leads to, such as companies or 0-2")
	flags.StringVar(&p.file, "f", "", "a CSV `file` of limits, with the columns from,to,category,typeId; - is standard input")
	flags.StringVar(&p.rest, "rest", "remaining.csv", "the `file` for what remains of -f, to be given to -f again")
	flags.BoolVar(&p.yes, "yes", false, "don't ask before lifting")
	flags.BoolVar(&p.dryRun, "n", false, "print the request instead of sending it")
	flags.BoolVar(&p.json, "json", false, "print the result as JSON")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) || err == nil && !p.demo && p.token == "" {
		p.usage(flags)
		return flag.ErrHelp
	}
	if err != nil || p.demo {
		return err
	}
	if p.file != "" {
		return p.checkFile(flags)
	}
	for _, text := range flags.Args() {
		var t client.AssociationType
		if err := t.UnmarshalText([]byte(text)); err != nil {
			return err
		}
		p.types = append(p.types, t)
	}
	switch {
	case p.from == "" || p.to == "":
		return errors.New("-from and -to are needed")
	case len(p.types) == 0:
		return errors.New("no association types, such as USER_DEFINED:35, are given")
	}
	return nil
}

func (p *program) checkFile(flags *flag.FlagSet) error {
	switch {
	case p.from != "" || p.to != "" || flags.NArg() > 0:
		return errors.New("-f names all limits: no -from, -to or types beside it")
	case p.file == "-" && !p.yes && !p.dryRun:
		return errors.New("-f - needs -yes: standard input can't answer a question as well")
	}
	return nil
}

func (p *program) usage(flags *flag.FlagSet) {
	fmt.Fprintf(p.stderr, `usage: purge -from type -to type [-yes] [-n] [-json] CATEGORY:ID ...
       purge -f limits.csv [-rest file] [-yes] [-n] [-json]
       purge -demo

Lifts the limits on how many records may be associated, from one object type to
another, by the given association types. Needs a token in %s.

`, tokenVariable)
	flags.SetOutput(p.stderr)
	flags.PrintDefaults()
}
