package main

import (
	"context"
	"fmt"
	"iter"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/deea8dec/hubspot-limits/client"
)

// lift sends the purges, and says what became of them. The rest file has all limits
// before the first request, and what remains before anything is printed.
func (p *program) lift(ctx context.Context, c *client.Client, plan *plan) int {
	if err := p.writeRest(slices.Values(plan.lift)); err != nil {
		p.complain(fmt.Errorf("nothing was sent: %w", err))
		return exitUsage
	}
	ctx, stop := untilSignal(ctx, func(cause error) { p.display.line("Stopping: %v", cause) })
	defer stop()
	report, err := new(client.Report), error(nil)
	if len(plan.lift) > 0 {
		report, err = p.send(ctx, c, plan.lift)
	}
	status := exitStatus(report)
	restErr := p.writeRest(remaining(report))
	if restErr != nil {
		restErr = fmt.Errorf("%s still has all limits that were sent: %w", p.rest, restErr)
		status = max(status, exitRefused)
	}
	stop() // all is kept: now a signal may end the program
	p.print(plan, report)
	if restErr != nil {
		p.complain(restErr)
	} else if p.rest != "" && report.Count(client.StatePurged) < len(report.Outcomes) {
		p.display.line("What remains is in %s.", p.rest)
	}
	if wait, ok := client.RetryAfter(err); ok && len(report.Retryable()) > 0 {
		p.display.line("Try again in %v.", wait)
	}
	return status
}

// send sends the purges, and reads what stayed unknown.
func (p *program) send(ctx context.Context, c *client.Client, limits []client.Limit) (*client.Report, error) {
	done := p.display.progress("done", len(limits))
	report, err := c.PurgeLimits(ctx, limits, &client.BulkOptions{Progress: func(client.Outcome) { p.display.step() }})
	done()
	if n := report.Count(client.StateUnknown); n > 0 && p.verify && ctx.Err() == nil {
		p.display.line("The outcome of %s is unknown. Reading what is set.", limitsOf(n))
		if err := c.Verify(ctx, report); err != nil {
			p.complain(err)
		}
	}
	return report, err
}

// untilSignal ends a context at Ctrl-C, SIGTERM or SIGHUP, unless the program was
// started with the signal ignored, as nohup does. A second Ctrl-C ends the program.
func untilSignal(ctx context.Context, stopping func(cause error)) (context.Context, func()) {
	heeded := func(signals ...os.Signal) []os.Signal { return slices.DeleteFunc(signals, signal.Ignored) }
	stopOthers := func() {}
	if others := heeded(syscall.SIGTERM, syscall.SIGHUP); len(others) > 0 {
		ctx, stopOthers = signal.NotifyContext(ctx, others...)
	}
	stopInterrupt := func() {}
	if interrupt := heeded(os.Interrupt); len(interrupt) > 0 {
		ctx, stopInterrupt = signal.NotifyContext(ctx, interrupt...)
	}
	forget := context.AfterFunc(ctx, func() {
		stopInterrupt()
		stopping(context.Cause(ctx))
	})
	return ctx, func() {
		forget()
		stopInterrupt()
		stopOthers()
	}
}

// remaining are the limits that are not purged.
func remaining(report *client.Report) iter.Seq[client.Limit] {
	return func(yield func(client.Limit) bool) {
		for _, o := range report.Outcomes {
			if o.State != client.StatePurged && !yield(o.Limit) {
				return
			}
		}
	}
}

func exitStatus(report *client.Report) int {
	switch {
	case report.Count(client.StateUnknown) > 0:
		return exitUnknown
	case report.Count(client.StatePurged) < len(report.Outcomes):
		return exitRefused
	}
	return exitLifted
}
