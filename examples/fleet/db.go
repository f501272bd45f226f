package main

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

//go:embed schema.sql
var schema string

type driver = riverdriver.Driver[*sql.Tx]

// A store is the database: River's tables and ours. Both engines understand all SQL of
// this program.
type store struct {
	*sql.DB
	driver driver
}

// open opens the database at address.
func open(address string) (*store, error) {
	if strings.HasPrefix(address, "postgres") && strings.Contains(address, "://") {
		db, err := sql.Open("pgx", address)
		if err != nil {
			return nil, err
		}
		db.SetMaxIdleConns(20) // a worker needs one for each account at once
		return &store{db, riverdatabasesql.New(db)}, nil
	}
	// A commit may hold the only good refresh token, so SQLite has to wait for the disk.
	settings := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(2000)", "journal_mode(WAL)", "synchronous(FULL)"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: address}).EscapedPath()+"?"+settings.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // as River's driver asks for
	return &store{db, riversqlite.New(db)}, nil
}

// migrate makes the tables that are missing.
func (s *store) migrate(ctx context.Context) error {
	migrator, err := rivermigrate.New(s.driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err == nil {
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	if err == nil {
		_, err = s.ExecContext(ctx, schema)
	}
	return err
}

// A unit is a transaction. After an error it does nothing more.
type unit struct {
	*sql.Tx
	ctx context.Context
	err error
}

// exec runs a statement and reports whether it changed a row.
func (u *unit) exec(statement string, args ...any) bool {
	var result sql.Result
	var n int64
	if u.err == nil {
		result, u.err = u.ExecContext(u.ctx, statement, args...)
	}
	if u.err == nil {
		n, u.err = result.RowsAffected()
	}
	return n > 0
}

// row reads the one row of a query's answer.
func (u *unit) row(to []any, query string, args ...any) {
	if u.err == nil {
		u.err = u.QueryRowContext(u.ctx, query, args...).Scan(to...)
	}
}

// list returns the rows of a query. to says where the columns of a row go.
func list[T any](u *unit, to func(*T) []any, query string, args ...any) (all []T) {
	if u.err != nil {
		return nil
	}
	var rows *sql.Rows
	if rows, u.err = u.QueryContext(u.ctx, query, args...); u.err != nil {
		return nil
	}
	defer rows.Close() //nolint:errcheck // Err has it
	for u.err == nil && rows.Next() {
		all = append(all, *new(T))
		u.err = rows.Scan(to(&all[len(all)-1])...)
	}
	u.err = errors.Join(u.err, rows.Err())
	return all
}

// tx runs do in a transaction.
func (s *store) tx(ctx context.Context, do func(*unit)) error {
	u := &unit{ctx: ctx}
	if u.Tx, u.err = s.BeginTx(ctx, nil); u.err != nil {
		return u.err
	}
	defer u.Rollback() //nolint:errcheck // does nothing after a commit
	if do(u); u.err == nil {
		u.err = u.Commit()
	}
	return u.err
}

// persist runs do in a transaction, and again while the database is away. A commit may
// have worked although its answer was lost, so do has to bear a repetition. An error
// that is sql.ErrNoRows is an answer.
func (s *store) persist(ctx context.Context, log *slog.Logger, do func(*unit)) error {
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		err := s.tx(ctx, do)
		if err == nil || errors.Is(err, sql.ErrNoRows) || ctx.Err() != nil {
			return err
		}
		log.Warn("database", "error", err)
		time.Sleep(wait)
	}
}

func now() int64 { return time.Now().UnixMilli() }
