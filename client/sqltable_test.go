package client_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
	"sync"
	"time"
)

// A table stands in for a database: one row of tokens, with a lock.
type table struct {
	lock    chan struct{} // holds the transaction that locked the row
	account string

	mu    sync.Mutex
	row   []driver.Value
	fails error // of a commit
}

func newTable(account, refreshToken string) *table {
	return &table{lock: make(chan struct{}, 1), account: account, row: []driver.Value{"", refreshToken, time.Time{}}}
}

func openTable(account, refreshToken string) *sql.DB {
	return sql.OpenDB(newTable(account, refreshToken))
}

func (b *table) Connect(context.Context) (driver.Conn, error) { return &tableConn{table: b}, nil }
func (b *table) Driver() driver.Driver                        { return nil }

// A tableConn is a connection, its transaction, and the rows of a query.
type tableConn struct {
	table  *table
	locked bool
	update []driver.Value
}

func (c *tableConn) Prepare(string) (driver.Stmt, error) { return nil, errors.ErrUnsupported }
func (c *tableConn) Close() error                        { return nil }
func (c *tableConn) Begin() (driver.Tx, error)           { return c, nil }

func (c *tableConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if strings.HasSuffix(query, "FOR UPDATE") {
		select {
		case c.table.lock <- struct{}{}:
			c.locked = true
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	c.table.mu.Lock()
	defer c.table.mu.Unlock()
	rows := new(tableRows)
	if args[0].Value == c.table.account {
		rows.row = c.table.row
	}
	return rows, nil
}

func (c *tableConn) ExecContext(_ context.Context, _ string, args []driver.NamedValue) (driver.Result, error) {
	if !c.locked || args[3].Value != c.table.account {
		return nil, errors.New("an update without the lock of its row")
	}
	c.update = []driver.Value{args[0].Value, args[1].Value, args[2].Value}
	return driver.RowsAffected(1), nil
}

func (c *tableConn) Commit() error {
	c.table.mu.Lock()
	err := c.table.fails
	if err == nil && c.update != nil {
		c.table.row = c.update
	}
	c.table.mu.Unlock()
	return errors.Join(err, c.Rollback())
}

func (c *tableConn) Rollback() error {
	if c.update = nil; c.locked {
		c.locked = false
		<-c.table.lock
	}
	return nil
}

type tableRows struct{ row []driver.Value }

func (r *tableRows) Columns() []string { return make([]string, 3) }
func (r *tableRows) Close() error      { return nil }

func (r *tableRows) Next(dest []driver.Value) error {
	if r.row == nil {
		return io.EOF
	}
	copy(dest, r.row)
	r.row = nil
	return nil
}
