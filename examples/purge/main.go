// Command purge lifts association limits in a HubSpot account.
//
//	purge -from contacts -to companies USER_DEFINED:35 HUBSPOT_DEFINED:279
//	purge -demo
//
// The token of a service key or a private app is read from HUBSPOT_ACCESS_TOKEN.
// The exit status is 0 if all limits were lifted, 1 if something was refused, 2
// for wrong usage, and 3 if it is unknown whether something was lifted.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"strings"

	"github.com/deea8dec/hubspot-limits/client"
)

// The exit statuses.
const (
	exitLifted = iota
	exitRefused
	exitUsage
	exitUnknown
)

const tokenVariable = "HUBSPOT_ACCESS_TOKEN" //nolint:gosec // the name of a variable, no credential

func main() {
	p := program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, token: os.Getenv(tokenVariable)}
	os.Exit(p.run(context.Background(), os.Args[1:]))
}

// program is what main runs, with all that a test replaces.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	token          string
	transport      http.RoundTripper // nil: the library's own

	demo, yes, dryRun, json bool
	from, to                string
	types                   []client.AssociationType
}

func (p *program) run(ctx context.Context, args []string) int {
	if err := p.parse(args); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			p.complain(err)
		}
		return exitUsage
	}
	if p.demo {
		if err := p.runDemo(ctx); err != nil {
			p.complain(err)
			return exitRefused
		}
		return exitLifted
	}
	return p.runPurge(ctx)
}

func (p *program) parse(args []string) error {
	flags := flag.NewFlagSet("purge", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&p.demo, "demo", false, "purge a stand-in server instead of HubSpot, and show what happens")
	flags.StringVar(&p.from, "from", "", "the object `type` the association starts at, such as contacts or 0-1")
	flags.StringVar(&p.to, "to", "", "the object `type` it leads to, such as companies or 0-2")
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

func (p *program) usage(flags *flag.FlagSet) {
	fmt.Fprintf(p.stderr, `usage: purge -from type -to type [-yes] [-n] [-json] CATEGORY:ID ...
       purge -demo

Lifts the limits on how many records may be associated, from one object type to
another, by the given association types. Needs a token in %s.

`, tokenVariable)
	flags.SetOutput(p.stderr)
	flags.PrintDefaults()
}

func (p *program) runPurge(ctx context.Context) int {
	c, err := p.connect()
	if err != nil {
		p.complain(err)
		return exitUsage
	}
	fmt.Fprint(p.stderr, p.inWords())
	if !p.dryRun && !p.confirmed() {
		p.complain(errors.New("not confirmed, nothing was sent (-yes skips the question)"))
		return exitRefused
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt) // not before the question: reading an answer heeds no context
	defer stop()
	result, err := c.Purge(ctx, client.ObjectType(p.from), client.ObjectType(p.to), p.types...)
	if errors.Is(err, errDryRun) {
		return exitLifted
	}
	return p.report(result, err)
}

func (p *program) connect() (*client.Client, error) {
	opts := []client.Option{client.WithUserAgent("purge-example"), client.WithLogger(slog.New(slog.NewTextHandler(p.stderr, nil)))}
	switch {
	case p.dryRun:
		opts = append(opts, client.WithHTTPClient(&http.Client{Transport: printer{p.stdout}}), client.WithRetry(1, 0))
	case p.transport != nil:
		opts = append(opts, client.WithHTTPClient(&http.Client{Transport: p.transport}))
	}
	return client.New(client.StaticToken(p.token), opts...)
}

func (p *program) inWords() string {
	var b strings.Builder
	fmt.Fprintf(&b, "To be lifted are the limits on associations from %s to %s, not those back, of\n", p.from, p.to)
	for _, t := range p.types {
		fmt.Fprintf(&b, "  %s\n", t)
	}
	b.WriteString("Records, associations and labels stay.\n")
	return b.String()
}

func (p *program) confirmed() bool {
	if p.yes {
		return true
	}
	fmt.Fprint(p.stderr, "Lift them? [y/N] ")
	answer, _ := bufio.NewReader(p.stdin).ReadString('\n')
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

func (p *program) complain(err error) { fmt.Fprintf(p.stderr, "purge: %v\n", err) }
