package main

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/riverqueue/river"
	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
)

// columns are where from_type, to_type and assoc_type of a row go.
func columns(l *client.Limit) []any { return []any{&l.From, &l.To, scanType{&l.Type}} }

type scanType struct{ *client.AssociationType }

// Scan makes it an sql.Scanner.
func (t scanType) Scan(value any) error { return t.UnmarshalText(fmt.Append(nil, value)) }

// key holds the arguments that name a row of fleet_limits.
func key(account string, l client.Limit) []any {
	return []any{account, string(l.From), string(l.To), l.Type.String()}
}

// begin numbers the run. What is still marked as sent belongs to a run that did not end.
// It returns all limits whose outcome is unknown. The error is sql.ErrNoRows if the
// account is refused.
func (r *run) begin() (unknown []client.Limit, err error) {
	err = r.persist(r.saving, r.log, func(u *unit) {
		u.row([]any{&r.number}, `UPDATE fleet_accounts SET run = run + 1, run_since = $2, state = 'running'
			WHERE id = $1 AND state <> 'refused' RETURNING run`, r.account, now())
		unknown = list(u, columns, `UPDATE fleet_limits SET state = 'unknown', unanswered = unanswered + CASE state WHEN 'sent' THEN 1 ELSE 0 END
			WHERE account = $1 AND state IN ('sent', 'unknown') RETURNING from_type, to_type, assoc_type`, r.account)
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
			AND (state = 'waiting' OR state = 'unknown' AND unanswered < $2) RETURNING from_type, to_type, assoc_type`, r.account, tries)
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
		u.exec(`UPDATE fleet_limits SET state = $5, unanswered = unanswered + CASE $5 WHEN 'unknown' THEN 1 ELSE 0 END, error = $6
			WHERE account = $1 AND from_type = $2 AND to_type = $3 AND assoc_type = $4 AND state IN ('sent', 'unknown')`,
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
