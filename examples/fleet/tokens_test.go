package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

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
	until := time.Now().Add(1500 * time.Millisecond)
	w.exec(`UPDATE fleet_accounts SET refreshing_since = $1, refreshing_until = $2`, now()-1000, until.UnixMilli())
	w.work()
	w.want("map[accounts done:1 limits purged:1]")
	if r := w.hubspot.TokenRequests(); len(r) != 1 || r[0].Time.Before(until.Truncate(time.Millisecond)) {
		t.Errorf("token requests are %v, want one after %s", r, until)
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
