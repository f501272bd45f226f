package client_test

import (
	"math"
	"slices"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// k bad inputs in a batch of n cost at most 2k·(1+log2(n/k)) further requests.
func TestSplitting(t *testing.T) {
	for _, form := range []purgetest.Rejection{purgetest.RejectBatch, purgetest.RejectPartially} {
		for _, n := range []int{1, 2, 3, 5, 8, 13, 50, 64, 99, 100} {
			for _, k := range []int{1, 2, 3, 7, n} {
				if k > n {
					continue
				}
				for _, apart := range []bool{false, true} {
					s := standIn(t)
					s.SetRejection(form)
					given := limits("0-1", "0-2", n)
					s.SetLimits(token, given...)
					var bad []client.Limit
					for i := range k {
						at := i
						if apart {
							at = i * n / k
						}
						bad = append(bad, given[at])
					}
					s.Reject(bad...)
					report, err := connect(t, s, once).PurgeLimits(t.Context(), given, nil)
					checkReport(t, given, report, err)
					most := int(2 * float64(k) * (1 + math.Log2(float64(n)/float64(k))))
					if n == 1 {
						most = 0
					}
					if further := len(s.Requests()) - 1; further > most {
						t.Errorf("form %d: %d of %d, apart %t: %d further requests, want at most %d", form, k, n, apart, further, most)
					}
					if !slices.Equal(report.Remaining(), bad) || report.Count(client.StateFailed) != k || !slices.Equal(s.Limits(token), bad) {
						t.Errorf("form %d: remaining %v, want %v; %v", form, report.Remaining(), bad, report)
					}
				}
			}
		}
	}
}
