package main

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// TestDemo works through 20 accounts that give trouble. make fleet-demo shows it.
func TestDemo(t *testing.T) {
	w := newWorld(t, "")
	limits := someLimits(16)
	rejected, uninstalled := limits[3], "portal-013"
	accounts := w.install(20, limits)
	w.hubspot.Reject(rejected)
	w.hubspot.Revoke(firstToken(uninstalled))
	w.hubspot.SetWindow(5, time.Second)
	w.hubspot.QueueFor(firstToken("portal-003"), purgetest.OffDocument(purgetest.Answer{Status: 502, Body: "<h1>Bad gateway</h1>"}))
	w.hubspot.QueueFor(firstToken("portal-005"), purgetest.Answer{Fault: purgetest.FaultReset, Apply: true})
	w.hubspot.QueueFor(firstToken("portal-008"), purgetest.RateLimited("SECONDLY", 0))

	fmt.Fprint(os.Stdout, w.enqueue(accounts, limits), w.work("-log", "warn"), w.fleet("status", "-db", w.db))

	w.want("map[accounts done:19 accounts refused:1 limits failed:19 limits purged:285 limits waiting:16]")
	for _, account := range accounts {
		still := []client.Limit{rejected}
		if account == uninstalled {
			still = limits
		}
		if got := w.hubspot.Limits(firstToken(account)); !slices.Equal(got, still) {
			t.Errorf("%s: still set are %v, want %v", account, got, still)
		}
	}
	for _, violation := range w.hubspot.Violations() {
		t.Error(violation)
	}
}
