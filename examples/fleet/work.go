package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/riverqueue/river"

	"github.com/deea8dec/hubspot-limits/client"
)

// A worker runs jobs.
type worker struct {
	river.WorkerDefaults[purgeArgs]
	*store
	app         client.OAuthApp
	baseURL     string
	rescueAfter time.Duration
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
		queue, err := w.queue(*accounts, *poll)
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

// queue returns what runs the jobs.
func (w *worker) queue(accounts int, poll time.Duration) (*river.Client[*sql.Tx], error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	return river.NewClient(w.driver, &river.Config{
		FetchCooldown:        min(poll, 100*time.Millisecond),
		FetchPollInterval:    poll,
		JobTimeout:           w.rescueAfter * 2 / 3,
		Logger:               w.log,
		PollOnly:             true,
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: accounts}},
		RescueStuckJobsAfter: w.rescueAfter,
		SoftStopTimeout:      2 * time.Minute, // an attempt of the Client may take as long
		Workers:              workers,
	})
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
		open, ended := o.n["accounts waiting"]+o.n["accounts running"], o.n["accounts done"]+o.n["accounts refused"]
		if first < 0 {
			first = ended
		}
		if settled := wait && open == 0; settled || time.Since(shown) > 10*time.Second {
			left := time.Since(began) * time.Duration(open) / time.Duration(max(1, ended-first))
			w.log.Info("progress", "counts", o.n, "left", left.Round(time.Second))
			if shown = time.Now(); settled {
				return
			}
		}
	}
}
