package main

import (
	"context"
	"strings"
	"testing"
)

// onBoth runs a test on both engines.
func onBoth(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("SQLite", func(t *testing.T) { test(t, newWorld(t, "")) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, newWorld(t, newPostgres(t).database(t))) })
}

// goWork starts a worker. The function that it returns ends it as SIGTERM does.
func (w *world) goWork(flags ...string) (end func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	var log strings.Builder
	go func() { done <- fleet(ctx, w.workArgs(flags...), &log) }()
	w.t.Cleanup(cancel)
	return func() error {
		cancel()
		err := <-done
		if w.t.Failed() {
			w.t.Log(log.String())
		}
		return err
	}
}

func (w *world) hasState(want string) func() bool {
	return func() bool { return value[int](w, `SELECT count(*) FROM fleet_limits WHERE state = $1`, want) > 0 }
}
