//go:build soak

package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// The size of the kill test.
const (
	killAccounts = 200
	killLimits   = 20
	killSignals  = 20 // of each kind
)

// TestKillSQLite has one process at a time.
func TestKillSQLite(t *testing.T) { killTest(t, "SQLite", "", 1) }

// TestKillPostgreSQL has three, as on three machines.
func TestKillPostgreSQL(t *testing.T) { killTest(t, "PostgreSQL", newPostgres(t).database(t), 3) }

// A killing is a world with worker processes that come and go.
type killing struct {
	*world
	accounts, uninstalled []string
	workers               []*exec.Cmd
	logs                  []string // their files
	each                  string   // how many accounts a worker has at once
	random                *rand.Rand
}

// killTest ends workers by SIGTERM, then by SIGKILL, lets the rest be worked through,
// and compares what the database says with what the stand-in has.
func killTest(t *testing.T, engine, db string, processes int) {
	began, seed := time.Now(), uint64(time.Now().UnixNano())
	k := &killing{world: newWorld(t, db), each: fmt.Sprint(6 / processes), random: rand.New(rand.NewPCG(seed, 0))}
	k.setUp(processes)
	limits := someLimits(killLimits)
	// A few accounts for each signal: there is work for the last one too, on a slow
	// machine as well.
	accounts := slices.Collect(slices.Chunk(k.accounts, killAccounts/(2*killSignals)))

	k.enqueue(nil, limits) // makes the tables
	k.start(processes)
	for _, some := range accounts[:killSignals] {
		k.enqueue(some, limits)
		k.end(syscall.SIGTERM)
	}
	k.stopAll()
	k.checkSoft()
	soft := time.Since(began)

	k.start(processes)
	for _, some := range accounts[killSignals:] {
		k.enqueue(some, limits)
		k.end(syscall.SIGKILL)
	}
	hard := time.Since(began) - soft
	k.until("the kill test to settle", func() bool {
		o := k.overview()
		return o["accounts waiting"]+o["accounts running"] == 0
	})
	k.stopAll()

	lost := k.checkTokens()
	fmt.Printf("kill test: %s, %d processes, %d accounts × %d limits, %d SIGTERM, %d SIGKILL, seed %d, %.0f+%.0f+%.0f s: %s; %d jobs rescued; %d tokens lost, as status says; 0 purged that are still set\n",
		engine, processes, killAccounts, killLimits, killSignals, killSignals, seed, soft.Seconds(), hard.Seconds(), (time.Since(began) - soft - hard).Seconds(), k.checkLimits(), k.rescued(), lost)
}

func (k *killing) setUp(processes int) {
	k.app.Lifetime = 62 * time.Second // it is refreshed after two
	k.accounts = k.install(killAccounts, someLimits(killLimits))
	for _, i := range []int{20, 90, 160} {
		k.uninstalled = append(k.uninstalled, k.accounts[i])
		k.hubspot.Revoke(firstToken(k.accounts[i]))
	}
	for _, account := range k.accounts {
		for range 3 {
			a := purgetest.Answer{Delay: time.Duration(processes*(100+k.random.IntN(200))) * time.Millisecond}
			switch k.random.IntN(12) {
			case 0:
				a.Fault = purgetest.FaultReset
			case 1:
				a.Fault, a.Apply = purgetest.FaultHangUp, true
			case 2:
				a.Fault, a.Apply = purgetest.FaultCutBody, true
			case 3:
				a = purgetest.OffDocument(purgetest.Answer{Status: 502, Body: "<h1>Bad gateway</h1>", Apply: true})
			}
			k.hubspot.QueueFor(firstToken(account), a)
		}
	}
	for range 3 * killAccounts {
		k.hubspot.QueueTokens(purgetest.Answer{Delay: time.Duration(k.random.IntN(100)) * time.Millisecond})
	}
}

// start starts workers as processes, and waits until they run.
func (k *killing) start(n int) {
	for range n {
		log, err := os.Create(filepath.Join(k.dir, fmt.Sprintf("log-%d", len(k.logs))))
		if err != nil {
			k.t.Fatal(err)
		}
		defer log.Close()
		k.logs = append(k.logs, log.Name())
		cmd := exec.Command(os.Args[0], k.workArgs("-accounts", k.each, "-rescue-after", "12s")...)
		cmd.Env = append(os.Environ(), "FLEET_TEST_PROGRAM=1")
		cmd.Stdout, cmd.Stderr = log, log
		if err := cmd.Start(); err != nil {
			k.t.Fatal(err)
		}
		k.workers = append(k.workers, cmd)
		k.t.Cleanup(func() { cmd.Process.Kill() }) // it may have ended
		k.until("a worker to start", func() bool { return strings.Contains(k.read(log.Name()), "client started") })
	}
}

func (k *killing) read(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		k.t.Fatal(err)
	}
	return string(text)
}

// end sends a signal to a worker while limits are being sent, and starts another one.
func (k *killing) end(s syscall.Signal) {
	k.until("limits that are being sent", func() bool {
		return value[int](k.world, `SELECT count(*) FROM fleet_limits JOIN fleet_accounts ON account = id WHERE fleet_limits.state = 'sent' AND run_since > $1`, now()-1000) > 0
	})
	time.Sleep(time.Duration(k.random.IntN(800)) * time.Millisecond)
	k.stop(k.random.IntN(len(k.workers)), s)
	k.start(1)
}

func (k *killing) stop(i int, s syscall.Signal) {
	cmd := k.workers[i]
	k.workers = slices.Delete(k.workers, i, i+1)
	if err := cmd.Process.Signal(s); err != nil {
		k.t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil && s == syscall.SIGTERM {
		k.t.Errorf("after SIGTERM: %v", err)
	}
}

func (k *killing) stopAll() {
	for len(k.workers) > 0 {
		k.stop(0, syscall.SIGTERM)
	}
}
