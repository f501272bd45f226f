// Command purge lifts association limits in a HubSpot account.
//
//	purge -from contacts -to companies USER_DEFINED:35 HUBSPOT_DEFINED:279
//	purge -f limits.csv
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
	file, rest              string
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

func (p *program) runPurge(ctx context.Context) int {
	limits, err := p.limits()
	var c *client.Client
	if err == nil {
		c, err = p.connect()
	}
	if err != nil {
		p.complain(err)
		return exitUsage
	}
	fmt.Fprint(p.stderr, inWords(limits))
	if !p.dryRun && !p.confirmed() {
		p.complain(errors.New("not confirmed, nothing was sent (-yes skips the question)"))
		return exitRefused
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt) // not before the question: reading an answer heeds no context
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program
	if p.file != "" {
		return p.runBulk(ctx, c, limits)
	}
	result, err := c.Purge(ctx, client.ObjectType(p.from), client.ObjectType(p.to), p.types...)
	if errors.Is(err, errDryRun) {
		return exitLifted
	}
	return p.report(result, err)
}

// limits are what is to be lifted, checked.
func (p *program) limits() ([]client.Limit, error) {
	if p.file != "" {
		return p.load()
	}
	var limits []client.Limit
	for _, t := range p.types {
		limits = append(limits, client.Limit{From: client.ObjectType(p.from), To: client.ObjectType(p.to), Type: t})
	}
	return limits, nil
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

func inWords(limits []client.Limit) string {
	var b strings.Builder
	b.WriteString("To be lifted are these limits on associations, in this direction only:\n")
	for i, l := range limits {
		if i == 20 {
			fmt.Fprintf(&b, "  and %d more\n", len(limits)-i)
			break
		}
		fmt.Fprintf(&b, "  from %s to %s, %s\n", l.From, l.To, l.Type)
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
