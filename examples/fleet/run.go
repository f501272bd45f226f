package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
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
	errUnread = errors.New("not read yet")
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
		report.Outcomes = append(report.Outcomes, client.Outcome{Limit: l, State: client.StateUnknown, Err: errUnread})
	}
	err = c.Verify(ctx, report)
	unread := map[client.Limit]bool{}
	for _, o := range report.Outcomes {
		unread[o.Limit] = o.Err == errUnread //nolint:errorlint // Verify wraps it in what it found
	}
	report.Outcomes = slices.DeleteFunc(report.Outcomes, func(o client.Outcome) bool { return o.State != client.StatePurged })
	if _, passes := client.RetryAfter(err); err != nil && (passes || !errors.As(err, new(*client.Error)) || errors.Is(err, client.ErrUnauthorized)) {
		return report, err
	} // else they can't be read, but may be purged
	limits, err := r.take(report)
	if err != nil {
		return report, err
	}
	sent, err := c.PurgeLimits(ctx, limits, nil)
	for i, o := range sent.Outcomes { // the run before may have lifted what could not be read
		if unread[o.Limit] && o.State != client.StatePurged {
			sent.Outcomes[i].State = client.StateUnknown
		}
	}
	return sent, err
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

// key holds the values that name a row of fleet_limits, columns where they are read to.
func key(account string, l client.Limit) []any {
	return []any{account, string(l.From), string(l.To), string(l.Type.Category), l.Type.TypeID}
}

func columns(l *client.Limit) []any {
	return []any{&l.From, &l.To, &l.Type.Category, &l.Type.TypeID}
}

// begin numbers the run. What is still marked as sent belongs to a run that did not end.
// It returns all limits whose outcome is unknown. The error is sql.ErrNoRows if the
// account is refused.
func (r *run) begin() (unknown []client.Limit, err error) {
	err = r.persist(r.saving, r.log, func(u *unit) {
		u.row([]any{&r.number}, `UPDATE fleet_accounts SET run = run + 1, run_since = $2, state = 'running'
			WHERE id = $1 AND state <> 'refused' RETURNING run`, r.account, now())
		unknown = list(u, columns, `UPDATE fleet_limits SET state = 'unknown', unanswered = unanswered + CASE state WHEN 'sent' THEN 1 ELSE 0 END
			WHERE account = $1 AND state IN ('sent', 'unknown') RETURNING from_type, to_type, category, type_id`, r.account)
	})
	return unknown, err
}

// write runs do in a transaction that has locked the account's row. It returns errLate
// if the run is not the latest.
func (r *run) write(do func(*unit)) error {
	return r.persist(r.saving, r.log, func(u *unit) {
		if !u.exec(`UPDATE fleet_accounts SET run = run WHERE id = $1 AND run = $2`, r.account, r.number) {
			u.err = cmp.Or(u.err, errLate)
		}
		do(u)
	})
}

// take saves what is known, and marks the other limits as sent. It returns those.
func (r *run) take(known *client.Report) (limits []client.Limit, err error) {
	err = r.write(func(u *unit) {
		r.save(u, known)
		// What has been sent too often, and is still set, stays as it is.
		u.exec(`UPDATE fleet_limits SET unanswered = unanswered + 1 WHERE account = $1 AND state = 'unknown' AND unanswered = $2`, r.account, tries)
		limits = list(u, columns, `UPDATE fleet_limits SET state = 'sent' WHERE account = $1
			AND (state = 'waiting' OR state = 'unknown' AND unanswered < $2) RETURNING from_type, to_type, category, type_id`, r.account, tries)
	})
	return limits, err
}

// save stores outcomes.
func (r *run) save(u *unit, report *client.Report) {
	for _, o := range report.Outcomes {
		state, text := o.State.String(), ""
		if o.Err != nil {
			text = o.Err.Error()
		}
		if _, passes := client.RetryAfter(o.Err); o.State == client.StateNotAttempted || o.State == client.StateFailed && passes {
			state = "waiting"
		}
		u.exec(`UPDATE fleet_limits SET state = $6, unanswered = unanswered + CASE $6 WHEN 'unknown' THEN 1 ELSE 0 END, error = $7
			WHERE account = $1 AND from_type = $2 AND to_type = $3 AND category = $4 AND type_id = $5 AND state IN ('sent', 'unknown')`,
			append(key(r.account, o.Limit), state, text)...)
	}
}

// finish saves what became of the limits, and ends the job or lets it wait, in one
// transaction. cause is the error of the run.
func (r *run) finish(report *client.Report, cause error) (result error) {
	var state, reason string
	pause := r.pause(cause)
	unauthorized := errors.Is(cause, client.ErrUnauthorized)
	refusal, ok := errors.AsType[*oauth2.RetrieveError](cause)
	wrongApp := unauthorized && ok && refusal.ErrorCode != "invalid_grant"
	err := r.write(func(u *unit) {
		state, reason, result = "done", "", nil
		r.save(u, report)
		var open int
		u.row([]any{&open}, `SELECT count(*) FROM fleet_limits WHERE account = $1
			AND (state IN ('waiting', 'sent') OR state = 'unknown' AND unanswered <= $2)`, r.account, tries)
		switch {
		case unauthorized && !wrongApp:
			state, result = "refused", river.JobCancel(cause)
		case open > 0:
			state, result = "waiting", river.JobSnooze(pause)
		default:
			if u.err == nil {
				_, u.err = river.JobCompleteTx[driver](u.ctx, u.Tx, r.job)
			}
		}
		if cause != nil && state != "done" {
			reason = cause.Error()
		}
		u.exec(`UPDATE fleet_accounts SET state = $2, reason = $3, next_run = $4 WHERE id = $1`, r.account, state, reason, now()+pause.Milliseconds())
	})
	if err != nil {
		return err
	}
	if wrongApp { // which says nothing about the account
		r.end(cause)
	}
	r.log.Info("run", "number", r.number, "account_is", state, "result", report.String(), "error", cause)
	return result
}
