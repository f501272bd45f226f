//go:build soak

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
)

// rescued returns how often a job was taken from a dead worker.
func (k *killing) rescued() (n int) {
	for _, metadata := range k.jobs("metadata") {
		var m struct {
			Count int `json:"river:rescue_count"`
		}
		if err := json.Unmarshal([]byte(metadata), &m); err != nil {
			k.t.Fatal(err)
		}
		n += m.Count
	}
	return n
}

// jobs returns a column of River's jobs.
func (k *killing) jobs(column string) (values []string) {
	k.open().tx(context.Background(), func(u *unit) {
		cast := "CAST(" + column + " AS TEXT)"
		if column == "metadata" && !strings.Contains(k.db, "://") {
			cast = "json(metadata)"
		}
		values = list(u, func(s *string) []any { return []any{s} }, `SELECT `+cast+` FROM river_job`)
	})
	return values
}

// checkSoft holds after SIGTERM: nothing is left behind.
func (k *killing) checkSoft() {
	if n := value[int](k.world, `SELECT count(*) FROM fleet_limits WHERE state = 'sent'`); n > 0 {
		k.t.Errorf("SIGTERM left %d limits that were sent without an outcome", n)
	}
	if n := value[int](k.world, `SELECT count(*) FROM fleet_accounts WHERE refreshing_since > 0`); n > 0 {
		k.t.Errorf("SIGTERM left %d refreshes that were not saved", n)
	}
	if n := value[int](k.world, `SELECT count(*) FROM fleet_accounts WHERE state = 'refused'`); n > len(k.uninstalled) {
		k.t.Errorf("SIGTERM locked %d accounts out", n-len(k.uninstalled))
	}
	if n := k.rescued(); n > 0 || slices.Contains(k.jobs("state"), "running") {
		k.t.Errorf("%d jobs were rescued after SIGTERM, jobs are %v", n, k.jobs("state"))
	}
}

// checkTokens compares the refused accounts with those whose token is really lost.
func (k *killing) checkTokens() int {
	var lost, marked []string
	for _, account := range k.accounts {
		gone := slices.Contains(k.uninstalled, account)
		token := value[string](k.world, `SELECT refresh_token FROM fleet_accounts WHERE id = $1`, account)
		_, err := client.OAuthApp{ClientID: "app", ClientSecret: appSecret, TokenURL: k.hubspot.TokenURL()}.Refresh(context.Background(), token)
		if err != nil && !errors.As(err, new(*oauth2.RetrieveError)) {
			k.t.Fatal(err)
		}
		if err != nil && !gone {
			lost = append(lost, account)
		}
		refused := value[string](k.world, `SELECT state FROM fleet_accounts WHERE id = $1`, account) == "refused"
		if value[int64](k.world, `SELECT refreshing_since FROM fleet_accounts WHERE id = $1`, account) > 0 && !gone {
			marked = append(marked, account)
		}
		if refused != (gone || err != nil) {
			k.t.Errorf("%s: refused is %v, uninstalled %v, its token: %v", account, refused, gone, err)
		}
	}
	if !slices.Equal(lost, marked) {
		k.t.Errorf("lost are the tokens of %v, marked %v", lost, marked)
	}
	for _, log := range k.logs {
		if text := k.read(log); strings.Contains(text, appSecret) || strings.Contains(text, firstToken("")) {
			k.t.Errorf("%s has a credential", log)
		}
	}
	return len(lost)
}

// checkLimits compares the limits with those that are still set.
func (k *killing) checkLimits() string {
	for _, account := range k.accounts {
		still := k.hubspot.Limits(firstToken(account))
		k.open().tx(context.Background(), func(u *unit) {
			for _, l := range list(u, columns, `SELECT from_type, to_type, category, type_id FROM fleet_limits WHERE account = $1 AND state = 'purged'`, account) {
				if slices.Contains(still, l) {
					k.t.Errorf("%s: %s is purged, and still set", account, l)
				}
			}
		})
		if value[string](k.world, `SELECT state FROM fleet_accounts WHERE id = $1`, account) == "done" && (len(still) > 0 || value[int](k.world, `SELECT count(*) FROM fleet_limits WHERE account = $1 AND state <> 'purged'`, account) > 0) {
			k.t.Errorf("%s is done, but not all its limits are purged, or %d are still set", account, len(still))
		}
	}
	for _, state := range k.jobs("state") {
		if state != "completed" && state != "cancelled" {
			k.t.Errorf("a job is %s", state)
		}
	}
	o := k.overview()
	if all := o["limits waiting"] + o["limits purged"] + o["limits unknown"]; all != killAccounts*killLimits {
		k.t.Errorf("%d limits have ended: %v", all, o)
	}
	return strings.TrimSuffix(strings.TrimPrefix(fmt.Sprint(o), "map["), "]")
}
