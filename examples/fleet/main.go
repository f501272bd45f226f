// Command fleet lifts association limits in any number of HubSpot accounts that have
// installed an app. What is to be done stands in a database, so several workers can
// share it, and each of them may be killed at any time.
//
//	fleet enqueue -db fleet.db accounts.csv limits.csv
//	fleet work    -db fleet.db -wait
//	fleet status  -db fleet.db
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := fleet(ctx, os.Args[1:], os.Stdout); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "fleet:", err)
		}
		os.Exit(1)
	}
}

// fleet runs one command. It writes results and logs to out.
func fleet(ctx context.Context, args []string, out io.Writer) error {
	commands := map[string]func(context.Context, []string, io.Writer) error{"enqueue": enqueue, "work": work, "status": status}
	if len(args) == 0 || commands[args[0]] == nil {
		return errors.New("usage: fleet enqueue|work|status [-h]")
	}
	return commands[args[0]](ctx, args[1:], out)
}

// newFlags returns the flags that all commands have.
func newFlags(command string) (*flag.FlagSet, *string) {
	f := flag.NewFlagSet("fleet "+command, flag.ContinueOnError)
	return f, f.String("db", "fleet.db", "an SQLite `file`, or an address such as postgres://host/name")
}
