package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/deea8dec/hubspot-limits/client"
)

// tries is how often a limit is sent without a verdict before it stays unknown.
const tries = 5

// purgeArgs are those of a job: an account. Its limits stand in a table.
type purgeArgs struct {
	Account string `json:"account" river:"unique"`
}

// Kind names the job.
func (purgeArgs) Kind() string { return "purge_limits" }

// InsertOpts allow one unfinished job for an account, so that its runs do not meet. A
// killed run costs an attempt, a snooze does not.
func (purgeArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 1000, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
	}}}
}

// NextRetry is for a job that failed or was rescued. It is short enough for River to
// make the job available at once.
func (w *worker) NextRetry(*river.Job[purgeArgs]) time.Time { return time.Now().Add(4 * time.Second) }

// A run is one attempt to settle the limits of an account. The runs of an account are
// numbered, and one that is not the latest changes no limit.
type run struct {
	*worker
	job     *river.Job[purgeArgs]
	log     *slog.Logger
	account string
	number  int64
	started time.Time
	saving  context.Context // for the database, also when the job has been cut
}

var (
	errLate   = fmt.Errorf("a newer run has taken over: %w", sql.ErrNoRows)
	errEnding = errors.New("the run is to end")
)

// Work is one run.
func (w *worker) Work(ctx context.Context, job *river.Job[purgeArgs]) error {
	r := &run{worker: w, job: job, account: job.Args.Account, log: w.log.With("account", job.Args.Account), started: time.Now()}
	saving, cancel := context.WithDeadline(context.WithoutCancel(ctx), r.started.Add(w.rescueAfter*5/6)) // before the job is rescued
	defer cancel()
	r.saving = saving
	unknown, err := r.begin()
	if errors.Is(err, sql.ErrNoRows) {
		return river.JobCancel(errors.New("the account is refused"))
	}
	if err != nil {
		return err
	}
	report, err := r.settle(ctx, unknown)
	if !errors.Is(err, errLate) {
		err = r.finish(report, err)
	}
	if errors.Is(err, errLate) { // the job belongs to the newer run, so it may not be completed
		r.log.Warn("late run", "number", r.number)
		return river.JobSnooze(w.rescueAfter)
	}
	return err
}

// settle finds out what became of the unknown limits, and lifts the others.
func (r *run) settle(ctx context.Context, unknown []client.Limit) (*client.Report, error) {
	report := new(client.Report)
	c, err := client.New(&tokens{run: r}, client.WithBaseURL(r.baseURL), client.WithLogger(r.log),
		client.WithRateLimiter(r), client.WithRetry(4, 5*time.Second)) // the queue has longer waits
	if err != nil {
		return report, err
	}
	for _, l := range unknown {
		report.Outcomes = append(report.Outcomes, client.Outcome{Limit: l, State: client.StateUnknown, Err: client.ErrOutcomeUnknown})
	}
	err = c.Verify(ctx, report)
	report.Outcomes = slices.DeleteFunc(report.Outcomes, func(o client.Outcome) bool { return o.State != client.StatePurged })
	if _, passes := client.RetryAfter(err); err != nil && (passes || !errors.As(err, new(*client.Error)) || errors.Is(err, client.ErrUnauthorized)) {
		return report, err
	} // else they can't be read, but may be purged
	limits, err := r.take(report)
	if err != nil {
		return report, err
	}
	return c.PurgeLimits(ctx, limits, nil)
}

// Wait makes a run a client.RateLimiter. When the run is to end it refuses: requests
// under way finish, and nothing new is sent.
func (r *run) Wait(context.Context) error {
	if r.ending.Err() != nil || time.Since(r.started) > r.rescueAfter/3 {
		return errEnding
	}
	return nil
}

// pause is the time until the account's next run. err is why this one left something.
func (r *run) pause(err error) time.Duration {
	wait, ok := client.RetryAfter(err)
	if !ok && err != nil && r.Wait(r.saving) == nil { // the database, or a context that ended
		wait = 10 * time.Second
	}
	return min(wait, r.maxWait) // 0 if there is more to do, or another worker goes on
}
