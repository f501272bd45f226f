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
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/riverqueue/river"

	"github.com/deea8dec/hubspot-limits/client"
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

// A worker runs jobs.
type worker struct {
	river.WorkerDefaults[purgeArgs]
	*store
	app         client.OAuthApp
	baseURL     string
	rescueAfter time.Duration // when a running job is taken from its worker
	maxWait     time.Duration
	log         *slog.Logger
	ending      context.Context // when it ends, nothing new is sent
	end         context.CancelCauseFunc
}

// work runs jobs until ctx ends, or with -wait until all is settled.
func work(f *flag.FlagSet) command {
	w := &worker{app: client.OAuthApp{ClientID: os.Getenv("FLEET_CLIENT_ID"), ClientSecret: os.Getenv("FLEET_CLIENT_SECRET")}}
	var level slog.Level
	accounts := f.Int("accounts", 8, "accounts worked on at once")
	poll := f.Duration("poll", time.Second, "how often to look for jobs")
	wait := f.Bool("wait", false, "end when every account is done or refused")
	f.DurationVar(&w.rescueAfter, "rescue-after", 15*time.Minute, "when the worker of a running job counts as dead; a run sends nothing new after a third of it")
	f.DurationVar(&w.maxWait, "max-wait", time.Hour, "the longest wait between two runs of an account")
	f.TextVar(&level, "log", slog.LevelInfo, "the lowest `level` to log; debug shows each request")
	f.StringVar(&w.baseURL, "base-url", "https://api.hubapi.com", "where requests go")
	f.StringVar(&w.app.TokenURL, "token-url", "", "where tokens are refreshed, if not at HubSpot")
	return func(ctx context.Context, s *store, out io.Writer) error {
		if w.app.ClientID == "" || w.app.ClientSecret == "" || *accounts < 1 || min(*poll, w.rescueAfter, w.maxWait) <= 0 {
			return errors.New("work: set FLEET_CLIENT_ID and FLEET_CLIENT_SECRET, and no number or duration below 1")
		}
		w.store, w.log = s, slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: level}))
		w.ending, w.end = context.WithCancelCause(ctx)
		workers := river.NewWorkers()
		river.AddWorker(workers, w)
		queue, err := river.NewClient(s.driver, &river.Config{
			FetchCooldown:        min(*poll, 100*time.Millisecond),
			FetchPollInterval:    *poll,
			JobTimeout:           w.rescueAfter * 2 / 3,
			Logger:               w.log,
			PollOnly:             true,
			Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: *accounts}},
			RescueStuckJobsAfter: w.rescueAfter,
			SoftStopTimeout:      2 * time.Minute, // an attempt of the Client may take as long
			Workers:              workers,
		})
		if err == nil {
			err = queue.Start(context.WithoutCancel(ctx))
		}
		if err != nil {
			return fmt.Errorf("start (enqueue makes the tables): %w", err)
		}
		w.watch(*poll, *wait)
		w.end(nil) // requests under way finish: to cut them would make their outcome unknown
		if err = context.Cause(w.ending); errors.Is(err, context.Canceled) {
			err = nil
		}
		return errors.Join(err, queue.Stop(context.WithoutCancel(ctx)))
	}
}

// watch logs the progress until the worker is to end, or with wait until all is settled.
func (w *worker) watch(poll time.Duration, wait bool) {
	began, shown, first := time.Now(), time.Now(), -1
	for w.ending.Err() == nil {
		select {
		case <-w.ending.Done():
		case <-time.After(poll):
		}
		o, err := w.overview(w.ending)
		if err != nil {
			continue // River logs it too
		}
		n := map[string]int{}
		for _, c := range o.Counts {
			n[c.What+" "+c.State] = c.N
		}
		open, ended := n["accounts waiting"]+n["accounts running"], n["accounts done"]+n["accounts refused"]
		if first < 0 {
			first = ended
		}
		if settled := wait && open == 0; settled || time.Since(shown) > 10*time.Second {
			left := time.Since(began) * time.Duration(open) / time.Duration(max(1, ended-first))
			w.log.Info("progress", "counts", n, "left", left.Round(time.Second))
			if shown = time.Now(); settled {
				return
			}
		}
	}
}

// An overview is what status shows.
type overview struct {
	Counts []count `json:"counts"`
	Notes  []note  `json:"notes"`
}

// A count is how many accounts or limits are in a state.
type count struct {
	What  string `json:"what"`
	State string `json:"state"`
	N     int    `json:"n"`
	Since int64  `json:"since,omitempty"` // when the first account began to run, or may run again
}

// A note is about an account that somebody should look at.
type note struct {
	Account         string `json:"account"`
	State           string `json:"state"`
	Reason          string `json:"reason"`
	RefreshingSince int64  `json:"refreshing_since,omitempty"` // a refresh that began then was not saved
}

func (s *store) overview(ctx context.Context) (o overview, err error) {
	err = s.tx(ctx, func(u *unit) {
		o.Counts = list(u, func(c *count) []any { return []any{&c.What, &c.State, &c.N, &c.Since} },
			`SELECT what, state, n, since FROM fleet_status ORDER BY what, state`)
		o.Notes = list(u, func(n *note) []any { return []any{&n.Account, &n.State, &n.Reason, &n.RefreshingSince} },
			`SELECT id, state, reason, refreshing_since FROM fleet_notes ORDER BY id`)
	})
	return o, err
}

// status prints the overview.
func status(f *flag.FlagSet) command {
	asJSON := f.Bool("json", false, "print JSON, with times in milliseconds since 1970")
	return func(ctx context.Context, s *store, out io.Writer) error {
		o, err := s.overview(ctx)
		if err != nil {
			return err
		}
		if *asJSON {
			return json.NewEncoder(out).Encode(o)
		}
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		for _, c := range o.Counts {
			since := ""
			if c.Since > 0 {
				since = time.UnixMilli(c.Since).Format(time.RFC3339)
			}
			fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", c.What, c.State, c.N, since)
		}
		for _, n := range o.Notes {
			fmt.Fprintf(table, "\n%s is %s: %s\n", n.Account, n.State, n.Reason)
		}
		return table.Flush()
	}
}
