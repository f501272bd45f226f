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
	if err := fleet(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(1)
	}
}

// A command does its work on a database. It writes results and logs to out.
type command func(ctx context.Context, s *store, out io.Writer) error

func fleet(ctx context.Context, args []string, out io.Writer) (err error) {
	commands := map[string]func(*flag.FlagSet) command{"enqueue": enqueue, "work": work, "status": status}
	if len(args) == 0 || commands[args[0]] == nil {
		return errors.New("usage: fleet enqueue|work|status [-h]")
	}
	f := flag.NewFlagSet("fleet "+args[0], flag.ContinueOnError)
	db := f.String("db", "fleet.db", "an SQLite `file`, or an address such as postgres://host/name")
	run := commands[args[0]](f)
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	s, err := open(*db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return run(ctx, s, out)
}
