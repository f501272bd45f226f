package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client/purgetest"
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

// A run that is under way when more limits are queued goes on with those.
func TestEnqueueDuringARun(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		limits := someLimits(6)
		accounts := w.install(1, limits)
		w.hubspot.QueueFor(firstToken(accounts[0]), purgetest.Answer{Delay: 500 * time.Millisecond})
		w.enqueue(accounts, limits[:3])
		end := w.goWork()
		w.until("a request", w.hasState("sent"))
		if out := w.enqueue(accounts, limits); !strings.Contains(out, "1 accounts queued") {
			t.Error(out)
		}
		w.until("the end", func() bool { return w.overview()["limits purged"] == 6 })
		if err := end(); err != nil {
			t.Error(err)
		}
		w.want("map[accounts done:1 limits purged:6]")
		if left := w.hubspot.Limits(firstToken(accounts[0])); len(left) > 0 {
			t.Errorf("still set are %v", left)
		}
		if jobs := value[int](w, `SELECT count(*) FROM river_job`); jobs != 1 {
			t.Errorf("%d jobs, want 1", jobs)
		}
	})
}

// The same files again change nothing. What is set to waiting is lifted again.
func TestSameFilesTwice(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		limits := someLimits(3)
		accounts := w.install(2, limits)
		w.enqueue(accounts, limits)
		w.enqueue(accounts, limits)
		w.work()
		w.want("map[accounts done:2 limits purged:6]")
		if out := w.enqueue(accounts, limits); !strings.Contains(out, "0 accounts queued") {
			t.Error(out)
		}
		w.hubspot.SetLimits(firstToken(accounts[0]), limits...) // an admin has set them again
		w.exec(`UPDATE fleet_limits SET state = 'waiting'`)
		w.enqueue(accounts, limits)
		w.work()
		w.want("map[accounts done:2 limits purged:6]")
		if left := w.hubspot.Limits(firstToken(accounts[0])); len(left) > 0 {
			t.Errorf("still set are %v", left)
		}
	})
}

// A file with the first refresh token does not overwrite the one that HubSpot has
// replaced it by. A new one lets a refused account go on.
func TestOldAndNewRefreshToken(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.app.Lifetime = time.Second
		limits := someLimits(4)
		accounts := w.install(1, limits)
		w.enqueue(accounts, limits[:2])
		w.work()
		w.enqueue(accounts, limits[2:])
		w.work()
		w.want("map[accounts done:1 limits purged:4]")
		if n := len(w.hubspot.TokenRequests()); n < 2 {
			t.Errorf("%d token requests: the test shows nothing", n)
		}

		w.hubspot.Revoke(firstToken(accounts[0]))
		w.exec(`UPDATE fleet_limits SET state = 'waiting'`)
		w.enqueue(accounts, limits)
		w.work()
		w.want("map[accounts refused:1 limits waiting:4]")
		if out := w.enqueue(accounts, limits); !strings.Contains(out, "0 accounts queued") {
			t.Error(out)
		}
		w.hubspot.Install(w.app, "installed-again", limits...)
		a, l := w.file("new.csv", accounts[0]+",installed-again\n"), w.dir+"/limits.csv"
		if out := w.fleet("enqueue", "-db", w.db, a, l); !strings.Contains(out, "1 accounts queued") {
			t.Error(out)
		}
		w.work()
		w.want("map[accounts done:1 limits purged:4]")
	})
}

// SQLite is away while another process holds its lock, PostgreSQL while it is down. The
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

// Two workers on one account's job: the second run takes over. The first one ends late,
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

// An access token that HubSpot no longer accepts is refreshed, once.
func TestAccessTokenRefused(t *testing.T) {
	w := newWorld(t, "")
	limits := someLimits(4)
	accounts := w.install(1, limits)
	w.hubspot.QueueFor(firstToken(accounts[0]), purgetest.Answer{Status: 401,
		Body: `{"status":"error","message":"expired","correlationId":"0","category":"EXPIRED_AUTHENTICATION"}`})
	w.enqueue(accounts, limits)
	w.work()
	w.want("map[accounts done:1 limits purged:4]")
	if n := len(w.hubspot.TokenRequests()); n != 2 {
		t.Errorf("%d token requests, want 2", n)
	}
}

// A second worker asks HubSpot for no token while the first one does.
func TestOneRefreshAtATime(t *testing.T) {
	w := newWorld(t, "")
	accounts := w.install(1, nil)
	w.enqueue(accounts, someLimits(1))
	w.exec(`UPDATE fleet_accounts SET refreshing_since = $1, refreshing_until = $2`, now()-1000, now()+1500)
	w.work()
	w.want("map[accounts done:1 limits purged:1]")
	if r := w.hubspot.TokenRequests(); len(r) != 1 {
		t.Errorf("%d token requests, want 1", len(r))
	}
}

// A wrong secret says nothing about the accounts: the worker ends.
func TestWrongApp(t *testing.T) {
	w := newWorld(t, "")
	limits := someLimits(2)
	w.enqueue(w.install(2, limits), limits)
	t.Setenv("FLEET_CLIENT_SECRET", "wrong")
	err := fleet(context.Background(), w.workArgs("-wait"), new(strings.Builder))
	if err == nil || !strings.Contains(err.Error(), "invalid_client") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("error is %v", err)
	}
	w.want("map[accounts waiting:2 limits waiting:4]")
	t.Setenv("FLEET_CLIENT_SECRET", appSecret)
	w.work()
	w.want("map[accounts done:2 limits purged:4]")
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

// status -json is for programs.
func TestStatusJSON(t *testing.T) {
	w := newWorld(t, "")
	limits := someLimits(2)
	accounts := w.install(2, limits)
	w.hubspot.Revoke(firstToken(accounts[1]))
	w.enqueue(accounts, limits)
	w.work()
	var o overview
	if err := json.Unmarshal([]byte(w.fleet("status", "-db", w.db, "-json")), &o); err != nil {
		t.Fatal(err)
	}
	if len(o.Counts) != 4 || len(o.Notes) != 1 || o.Notes[0].Account != accounts[1] || o.Notes[0].RefreshingSince != 0 {
		t.Errorf("overview is %+v", o)
	}
}

// A token that may have been lost is marked. One that was refused is not.
func TestLostTokenIsMarked(t *testing.T) {
	w := newWorld(t, "")
	limits := someLimits(1)
	accounts := w.install(1, limits)
	w.hubspot.QueueTokens(purgetest.Answer{Apply: true, Fault: purgetest.FaultReset})
	w.enqueue(accounts, limits)
	w.work()
	w.want("map[accounts refused:1 limits waiting:1]")
	if out := w.fleet("status", "-db", w.db); !strings.Contains(out, "refresh token may be lost") {
		t.Error(out)
	}
}

// What was imported wrongly is refused before anything is stored.
func TestBadFiles(t *testing.T) {
	w := newWorld(t, "")
	good := w.file("good.csv", "a,token\n")
	for name, text := range map[string]string{
		"type":   "0-1,0-2,USER_DEFINED,0\n",
		"object": "contacts/,0-2,USER_DEFINED,1\n",
		"column": "0-1,0-2,USER_DEFINED\n",
	} {
		err := fleet(context.Background(), []string{"enqueue", "-db", w.db, good, w.file(name, text)}, new(strings.Builder))
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := fleet(context.Background(), []string{"enqueue", "-db", w.db, w.file("bad.csv", "a,\n"), w.file("limits.csv", "0-1,0-2,USER_DEFINED,1\n")}, new(strings.Builder)); err == nil {
		t.Error("no error for an empty refresh token")
	}
	w.db += "-without-tables"
	if err := fleet(context.Background(), w.workArgs("-wait"), new(strings.Builder)); err == nil || !strings.Contains(err.Error(), "enqueue") {
		t.Errorf("without tables: %v", err)
	}
}
