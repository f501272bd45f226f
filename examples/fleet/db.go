package main

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
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
	// A commit may hold the only good refresh token, so SQLite has to wait for the disk.
	settings := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(2000)", "journal_mode(WAL)", "synchronous(FULL)"}}
	engine, source := "sqlite", "file:"+(&url.URL{Path: address}).EscapedPath()+"?"+settings.Encode()
	if strings.HasPrefix(address, "postgres") && strings.Contains(address, "://") {
		engine, source = "pgx", address
	}
	db, err := sql.Open(engine, source)
	if err != nil {
		return nil, err
	}
	if engine == "pgx" {
		db.SetMaxIdleConns(20) // a worker needs one for each account at once
		return &store{db, riverdatabasesql.New(db)}, nil
	}
	db.SetMaxOpenConns(1) // as River's driver asks for
	return &store{db, riversqlite.New(db)}, nil
}

// migrate makes the tables that are missing.
func (s *store) migrate(ctx context.Context) error {
	migrator, err := rivermigrate.New(s.driver, nil)
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

// exec runs a statement.
func (u *unit) exec(statement string, args ...any) {
	if u.err == nil {
		_, u.err = u.ExecContext(u.ctx, statement, args...)
	}
}

// row reads the one row of a query's answer. Without one the error is sql.ErrNoRows.
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

func now() int64 { return time.Now().UnixMilli() }
