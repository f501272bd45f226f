package main

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"golang.org/x/oauth2"

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
	unfinished := []rivertype.JobState{"available", "pending", "retryable", "running", "scheduled"}
	return river.InsertOpts{MaxAttempts: 1000, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
}

// NextRetry is for a job that failed or was rescued. It is short enough for River to
// make the job available at once.
func (w *worker) NextRetry(*river.Job[purgeArgs]) time.Time { return time.Now().Add(4 * time.Second) }

// A run is one attempt to settle the limits of an account. The runs of an account are
// numbered, and one that is not the latest changes no limit. To the Client it is the
// rate limiter and the source of tokens.
type run struct {
	*worker
	job     *river.Job[purgeArgs]
	log     *slog.Logger
	account string
	number  int64
	started time.Time
	saving  context.Context       // for the database, also when the job has been cut
	unread  map[client.Limit]bool // these may have been lifted by an earlier run
	token   *oauth2.Token
	invalid atomic.Value // an access token that HubSpot no longer accepts
}

// Work is one run.
func (w *worker) Work(ctx context.Context, job *river.Job[purgeArgs]) error {
	r := &run{worker: w, job: job, account: job.Args.Account, log: w.log.With("account", job.Args.Account), started: time.Now(), unread: map[client.Limit]bool{}}
	saving, cancel := context.WithDeadline(context.WithoutCancel(ctx), r.started.Add(w.rescueAfter*5/6)) // before the job is rescued
	defer cancel()
	r.saving = saving
	var unknown []client.Limit
	err := r.persist(r.saving, func(u *unit) {
		u.row([]any{&r.number}, `UPDATE fleet_accounts SET run = run + 1, run_since = $2, state = 'running'
			WHERE id = $1 AND state <> 'refused' RETURNING run`, r.account, now())
		// What is still marked as sent belongs to a run that did not end.
		unknown = list(u, columns, `UPDATE fleet_limits SET state = 'unknown', unanswered = unanswered + CASE state WHEN 'sent' THEN 1 ELSE 0 END
			WHERE account = $1 AND state IN ('sent', 'unknown') RETURNING from_type, to_type, category, type_id`, r.account)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return river.JobCancel(errors.New("the account is refused"))
	}
	if err != nil {
		return err
	}
	err = r.finish(r.settle(ctx, unknown))
	if errors.Is(err, sql.ErrNoRows) { // the job belongs to a newer run, so it may not be completed
		r.log.Warn("late run", "number", r.number)
		return river.JobSnooze(w.rescueAfter)
	}
	return err
}

// settle finds out what became of the unknown limits, and lifts the others.
func (r *run) settle(ctx context.Context, unknown []client.Limit) (*client.Report, error) {
	report := new(client.Report)
	for _, l := range unknown {
		report.Outcomes = append(report.Outcomes, client.Outcome{Limit: l, State: client.StateUnknown})
	}
	c, err := client.New(r, client.WithBaseURL(r.baseURL), client.WithLogger(r.log),
		client.WithRateLimiter(r), client.WithRetry(4, 5*time.Second)) // the queue has longer waits
	if err != nil {
		return report, err
	}
	err = c.Verify(ctx, report)
	for _, o := range report.Outcomes {
		r.unread[o.Limit] = o.State == client.StateUnknown && o.Err == nil
	}
	if _, passes := client.RetryAfter(err); err != nil && (passes || !errors.As(err, new(*client.Error)) || errors.Is(err, client.ErrUnauthorized)) {
		return report, err
	} // else they can't be read, but may be purged
	var limits []client.Limit
	err = r.write(func(u *unit) {
		r.save(u, report)
		// What has been sent too often, and is still set, stays as it is.
		u.exec(`UPDATE fleet_limits SET unanswered = unanswered + 1 WHERE account = $1 AND state = 'unknown' AND unanswered = $2`, r.account, tries)
		limits = list(u, columns, `UPDATE fleet_limits SET state = 'sent' WHERE account = $1
			AND (state = 'waiting' OR state = 'unknown' AND unanswered < $2) RETURNING from_type, to_type, category, type_id`, r.account, tries)
	})
	if err != nil {
		return report, err
	}
	return c.PurgeLimits(ctx, limits, nil)
}

// Wait makes a run a client.RateLimiter. When the run is to end it refuses: requests
// under way finish, and nothing new is sent.
func (r *run) Wait(context.Context) error {
	if r.ending.Err() != nil || time.Since(r.started) > r.rescueAfter/3 {
		return errors.New("the run is to end")
	}
	return nil
}

// key holds the values that name a row of fleet_limits, columns where they are read to.
func key(account string, l client.Limit) []any {
	return []any{account, string(l.From), string(l.To), string(l.Type.Category), l.Type.TypeID}
}

func columns(l *client.Limit) []any {
	return []any{&l.From, &l.To, &l.Type.Category, &l.Type.TypeID}
}

// persist runs do in a transaction, and again while the database is away. A commit may
// have worked although its answer was lost, so do has to bear a repetition. An error
// that is sql.ErrNoRows is an answer.
func (r *run) persist(ctx context.Context, do func(*unit)) error {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		err := r.tx(ctx, do)
		if err == nil || errors.Is(err, sql.ErrNoRows) || ctx.Err() != nil {
			return err
		}
		r.log.Warn("database", "error", err)
		time.Sleep(wait)
	}
}

// write runs do in a transaction that has locked the account's row. The error is
// sql.ErrNoRows if the run is not the latest.
func (r *run) write(do func(*unit)) error {
	return r.persist(r.saving, func(u *unit) {
		u.row([]any{&r.number}, `UPDATE fleet_accounts SET run = run WHERE id = $1 AND run = $2 RETURNING run`, r.account, r.number)
		do(u)
	})
}

// save stores outcomes. Only a limit that was sent counts as unanswered.
func (r *run) save(u *unit, report *client.Report) {
	for _, o := range report.Outcomes {
		state, text := o.State.String(), ""
		if o.Err != nil {
			text = o.Err.Error()
		}
		_, passes := client.RetryAfter(o.Err)
		switch {
		case r.unread[o.Limit] && o.State != client.StatePurged:
			state = "unknown"
		case o.State == client.StateNotAttempted, o.State == client.StateFailed && passes:
			state = "waiting"
		}
		u.exec(`UPDATE fleet_limits SET state = $6, unanswered = unanswered + CASE WHEN state = 'sent' AND $6 = 'unknown' THEN 1 ELSE 0 END,
			error = CASE WHEN $6 = 'unknown' AND $7 = '' THEN error ELSE $7 END
			WHERE account = $1 AND from_type = $2 AND to_type = $3 AND category = $4 AND type_id = $5 AND state IN ('sent', 'unknown')`,
			append(key(r.account, o.Limit), state, text)...)
	}
}

// finish saves what became of the limits, and completes the job or lets it wait, in one
// transaction. cause is the error of the run.
func (r *run) finish(report *client.Report, cause error) error {
	pause, ok := client.RetryAfter(cause)
	if !ok && cause != nil && r.Wait(r.saving) == nil { // the database, or a context that ended
		pause = 10 * time.Second
	}
	pause = min(pause, r.maxWait) // 0 if there is more to do, or another worker goes on
	refusal, ok := errors.AsType[*oauth2.RetrieveError](cause)
	unauthorized := errors.Is(cause, client.ErrUnauthorized)
	wrongApp := unauthorized && ok && refusal.ErrorCode != "invalid_grant"
	state, reason := "", ""
	if cause != nil {
		reason = cause.Error()
	}
	err := r.write(func(u *unit) {
		r.save(u, report)
		u.row([]any{&state}, `UPDATE fleet_accounts SET reason = $2, next_run = $3, state = CASE WHEN $4 THEN 'refused'
			WHEN EXISTS (SELECT 1 FROM fleet_limits l WHERE account = id AND (l.state IN ('waiting', 'sent') OR l.state = 'unknown' AND unanswered <= $5))
			THEN 'waiting' ELSE 'done' END WHERE id = $1 RETURNING state`, r.account, reason, now()+pause.Milliseconds(), unauthorized && !wrongApp, tries)
		if u.err == nil && state == "done" {
			_, u.err = river.JobCompleteTx[driver](u.ctx, u.Tx, r.job)
		}
	})
	if err != nil {
		return err
	}
	if wrongApp { // which says nothing about the account
		r.end(cause)
	}
	r.log.Info("run", "number", r.number, "account_is", state, "result", report.String(), "error", cause)
	switch state {
	case "refused":
		return river.JobCancel(cause)
	case "waiting":
		return river.JobSnooze(pause)
	}
	return nil
}
