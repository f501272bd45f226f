// Command purge lifts association limits in a HubSpot account.
//
//	purge -from contacts -to companies USER_DEFINED:35 HUBSPOT_DEFINED:279
//	purge -f limits.csv
//	purge -demo
//
// It reads the token of a service key or a private app from HUBSPOT_ACCESS_TOKEN.
// Before it lifts anything, it shows which limits are set, and asks. purge -h lists
// the flags and the exit statuses.
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
	"runtime/debug"
	"strings"
	"syscall"

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
	debug.SetMemoryLimit(120 << 20) // a million limits fit; without it the heap may double
	signal.Ignore(syscall.SIGPIPE)  // then a write to a closed pipe is an error, not the end
	info, err := os.Stderr.Stat()
	p := program{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		terminal: err == nil && info.Mode()&os.ModeCharDevice != 0,
		token:    strings.TrimSpace(os.Getenv(tokenVariable)),
	}
	os.Exit(p.run(context.Background(), os.Args[1:]))
}

// program is what main runs, with all that a test replaces.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	terminal       bool // stderr is one
	token          string
	transport      http.RoundTripper // nil: the library's own

	flags
	out     *bufio.Writer // to stdout; Flush returns its first error
	display *display      // on stderr
}

func (p *program) run(ctx context.Context, args []string) int {
	p.out = bufio.NewWriter(p.stdout)
	p.display = &display{w: p.stderr, terminal: p.terminal}
	if err := p.parse(args, p.token != ""); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			p.complain(err)
		}
		return exitUsage
	}
	status := exitLifted
	if !p.demo {
		status = p.purge(ctx)
	} else if err := p.runDemo(ctx); err != nil {
		p.complain(err)
		status = exitRefused
	}
	if err := p.out.Flush(); err != nil {
		p.complain(err)
		status = max(status, exitRefused)
	}
	return status
}

// purge reads, shows the plan, asks, and lifts.
func (p *program) purge(ctx context.Context) int {
	limits, err := p.limits()
	if err != nil {
		p.complain(err)
		return exitUsage
	}
	c, err := p.connect(p.transport)
	if err == nil {
		err = p.checkRest()
	}
	if err != nil {
		p.complain(err)
		return exitUsage
	}
	plan, err := p.readPlan(ctx, c, limits)
	if err != nil {
		p.complain(fmt.Errorf("nothing was sent: %w (-plan=false goes on without reading)", err))
		return exitRefused
	}
	if err := p.keepNumbers(plan); err != nil {
		p.complain(fmt.Errorf("nothing was sent: %w", err))
		return exitUsage
	}
	if p.dryRun {
		return p.printRequests(ctx, plan)
	}
	plan.show(p.stderr, 20)
	if !p.confirmed(len(plan.lift)) {
		p.complain(errors.New("not confirmed, nothing was sent (-yes skips the question)"))
		return exitRefused
	}
	return p.lift(ctx, c, plan)
}

// connect makes a Client. A nil transport is the library's own.
func (p *program) connect(transport http.RoundTripper, opts ...client.Option) (*client.Client, error) {
	opts = append(opts, client.WithUserAgent("hubspot-limits-purge"), client.WithLogger(slog.New(waits{p.display})))
	if p.baseURL != "" {
		opts = append(opts, client.WithBaseURL(p.baseURL))
	}
	if transport != nil {
		opts = append(opts, client.WithHTTPClient(&http.Client{Transport: transport}))
	}
	token := p.token
	if p.dryRun && token == "" {
		token = "none" // New wants one; it is not sent
	}
	return client.New(client.StaticToken(token), opts...)
}

// confirmed asks, if there is something to do and -yes is not given.
func (p *program) confirmed(n int) bool {
	exists := p.restExists()
	if exists {
		p.display.line("%s exists and will be replaced, or removed if nothing remains.", p.rest)
	}
	if p.yes || n == 0 && !exists {
		return true
	}
	fmt.Fprint(p.stderr, "Go on? [y/N] ")
	answer, _ := bufio.NewReader(p.stdin).ReadString('\n')
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

func (p *program) complain(err error) { p.display.line("purge: %v", err) }
