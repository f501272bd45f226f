package main

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/riverqueue/river"

	"github.com/deea8dec/hubspot-limits/client"
)

// enqueue queues a job for each account of a file that has something to lift.
func enqueue(f *flag.FlagSet) command {
	return func(ctx context.Context, s *store, out io.Writer) error {
		accounts, err := readCSV(f.Arg(0), "account", "refresh token")
		rows, err2 := readCSV(f.Arg(1), "from", "to", "category", "typeId")
		err = errors.Join(err, err2)
		limits := make([]client.Limit, len(rows))
		for i, row := range rows {
			limits[i] = client.Limit{From: client.ObjectType(row[0]), To: client.ObjectType(row[1])}
			err = errors.Join(err, limits[i].Type.UnmarshalText([]byte(row[2]+":"+row[3])), limits[i].Validate())
		}
		if err != nil {
			return err
		}
		queue, err := river.NewClient(s.driver, &river.Config{})
		if err := errors.Join(err, s.migrate(ctx)); err != nil {
			return err
		}
		queued := 0
		for _, row := range accounts {
			if err := s.tx(ctx, func(u *unit) {
				if add(u, row[0], row[1], limits) && u.err == nil {
					queued++
					_, u.err = queue.InsertTx(ctx, u.Tx, purgeArgs{row[0]}, nil)
				}
			}); err != nil {
				return fmt.Errorf("account %q: %w", row[0], err)
			}
		}
		_, err = fmt.Fprintf(out, "%d accounts, %d limits in each: %d accounts queued\n", len(accounts), len(limits), queued)
		return err
	}
}

// readCSV reads rows of these columns. A first row that names them is left out.
func readCSV(name string, columns ...string) ([][]string, error) {
	file, err := os.Open(name) //nolint:gosec // the user named it
	if err != nil {
		return nil, fmt.Errorf("a file with %q: %w", columns, err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	r := csv.NewReader(file)
	r.FieldsPerRecord, r.TrimLeadingSpace = len(columns), true
	rows, err := r.ReadAll()
	if err == nil && len(rows) > 0 && rows[0][0] == columns[0] {
		rows = rows[1:]
	}
	return rows, err
}

// add stores an account's token and limits. It reports whether the account has
// something to lift and is not refused.
func add(u *unit, account, token string, limits []client.Limit) (open bool) {
	// This locks the account's row, as the end of a run does: a run sees the new limits,
	// or its job has ended before the new job is inserted.
	u.exec(`INSERT INTO fleet_accounts (id, state, refresh_token) VALUES ($1, 'done', $2) ON CONFLICT (id) DO UPDATE SET id = excluded.id`, account, token)
	// A token that was imported before is not taken again: it may have been replaced.
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(token)))
	u.exec(`UPDATE fleet_accounts SET refresh_token = $2, access_token = '', expires = 0, refreshing_since = 0, refreshing_until = 0,
		reason = '', state = CASE state WHEN 'refused' THEN 'done' ELSE state END
		WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM fleet_imports WHERE account = id AND sha256 = $3)`, account, token, sum)
	u.exec(`INSERT INTO fleet_imports (account, sha256) VALUES ($1, $2) ON CONFLICT DO NOTHING`, account, sum)
	for _, l := range limits {
		u.exec(`INSERT INTO fleet_limits (account, from_type, to_type, category, type_id) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`, key(account, l)...)
	}
	u.row([]any{&open}, `SELECT state <> 'refused' AND EXISTS (SELECT 1 FROM fleet_limits
		WHERE account = id AND fleet_limits.state IN ('waiting', 'sent', 'unknown')) FROM fleet_accounts WHERE id = $1`, account)
	if open {
		u.exec(`UPDATE fleet_accounts SET state = 'waiting' WHERE id = $1 AND state = 'done'`, account)
	}
	return open
}
