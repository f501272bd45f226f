package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// run that has lifted limits and refreshed a token saves both afterwards.
func TestDatabaseAway(t *testing.T) {
	away := func(t *testing.T, w *world, leave func() (back func())) {
		limits := someLimits(4)
		accounts := w.install(3, limits)
		for range accounts {
			w.hubspot.QueueTokens(purgetest.Answer{Delay: time.Second})
		}
		w.enqueue(accounts, limits)
		end := w.goWork()
		w.until("the token requests", func() bool { return len(w.hubspot.TokenRequests()) == 3 })
		back := leave()
		time.Sleep(10 * time.Second)
		back()
		w.until("the end", func() bool { return w.overview()["accounts done"] == 3 })
		if err := end(); err != nil {
			t.Error(err)
		}
		w.want("map[accounts done:3 limits purged:12]")
		if n := value[int](w, `SELECT count(*) FROM fleet_accounts WHERE refreshing_since > 0`); n > 0 {
			t.Errorf("%d refreshes were not saved", n)
		}
	}
	t.Run("SQLite", func(t *testing.T) {
		w := newWorld(t, "")
		away(t, w, func() func() {
			tx, err := w.open().BeginTx(context.Background(), nil)
			if err != nil {
				t.Fatal(err)
			}
			return func() { tx.Rollback() }
		})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		p := newPostgres(t)
		if p.data == "" {
			t.Skip("FLEET_POSTGRES is not the test's to stop")
		}
		away(t, newWorld(t, p.database(t)), func() func() {
			p.stop(t)
			return func() { p.start(t) }
		})
	})
}

// while the second one is under way: it changes no limit and does not complete the job.
func TestTwoWorkersOnOneJob(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		limits := someLimits(1)
		accounts := w.install(1, limits)
		w.hubspot.QueueFor(firstToken(accounts[0]), // the first run is refused, late
			purgetest.Answer{Delay: time.Second, Status: 403, Body: `{"status":"error","message":"no","correlationId":"0"}`},
			purgetest.Answer{Delay: 3 * time.Second}) // the second run reads what is set
		w.enqueue(accounts, limits)
		endFirst := w.goWork("-rescue-after", "30s")
		w.until("the first request", func() bool { return len(w.hubspot.Requests()) == 1 })
		w.exec(`UPDATE river_job SET state = 'available'`) // as a rescue does, but too early
		endSecond := w.goWork("-rescue-after", "30s")
		w.until("the second request", func() bool { return len(w.hubspot.Requests()) == 2 })
		w.until("the end of the first run", func() bool { return value[string](w, `SELECT state FROM river_job`) == "scheduled" })
		w.want("map[accounts running:1 limits unknown:1]")
		w.until("the end", func() bool { return w.overview()["accounts done"] == 1 })
		if err := errors.Join(endFirst(), endSecond()); err != nil {
			t.Error(err)
		}
		w.want("map[accounts done:1 limits purged:1]")
		if n, run := len(w.hubspot.TokenRequests()), value[int](w, `SELECT run FROM fleet_accounts`); n != 1 || run != 2 {
			t.Errorf("%d token requests, %d runs, want 1 and 2", n, run)
		}
	})
}

// A limit without a verdict is read. What is gone is purged, and not sent again.
func TestUnknownIsRead(t *testing.T) {
	w := newWorld(t, "")
	limits := someLimits(1)
	accounts := w.install(1, limits)
	w.enqueue(accounts, limits)
	w.exec(`UPDATE fleet_limits SET state = 'sent'`) // by a run that was killed
	w.hubspot.SetLimits(firstToken(accounts[0]))
	w.work()
	w.want("map[accounts done:1 limits purged:1]")
	if r := w.hubspot.Requests(); len(r) != 1 || r[0].Method != "GET" {
		t.Errorf("requests are %v", r)
	}
}

// A limit that never gets a verdict is sent five times, and stays unknown.
func TestStaysUnknown(t *testing.T) {
	w := newWorld(t, "")
	limits := someLimits(1)
	accounts := w.install(1, limits)
	w.enqueue(accounts, limits)
	w.exec(`UPDATE fleet_limits SET state = 'unknown', unanswered = $1`, tries-1)
	w.hubspot.QueueFor(firstToken(accounts[0]), purgetest.Answer{}, // the read
		purgetest.OffDocument(purgetest.Answer{Status: 522, Body: "<h1>Connection timed out</h1>"}))
	w.work()
	w.want("map[accounts done:1 limits unknown:1]")
	methods := ""
	for _, r := range w.hubspot.Requests() {
		methods += r.Method + " "
	}
	if methods != "GET POST GET " {
		t.Errorf("requests are %s", methods)
	}
}

// A limit that a dead run may have lifted, and that can't be read, is not called failed
// when HubSpot rejects it now.
func TestUnreadStaysUnknown(t *testing.T) {
	w := newWorld(t, "")
	limits := someLimits(1)
	accounts := w.install(1, limits)
	w.enqueue(accounts, limits)
	w.exec(`UPDATE fleet_limits SET state = 'sent'`) // by a run that was killed
	for range 2 * tries {
		w.hubspot.QueueFor(firstToken(accounts[0]), purgetest.Answer{Status: 403, Body: `{"status":"error","message":"no","correlationId":"0"}`})
	}
	w.work()
	w.want("map[accounts done:1 limits unknown:1]")
}
