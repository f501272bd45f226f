package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

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
