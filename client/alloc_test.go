package client_test

import (
	"net/http"
	"testing"
)

// What Purge allocates does not grow with its inputs, and stays near that of the plain
// generated client.
func TestPurgeAllocations(t *testing.T) {
	if raced {
		return
	}
	allocs := map[string]map[int]float64{"floor": {}, "plain": {}, "Purge": {}}
	for _, n := range []int{1, 100, 1000} {
		for _, w := range ways(t, "https://api.hubapi.com", &http.Client{Transport: answering(benchAnswer(0))}, n) {
			allocs[w.name][n] = testing.AllocsPerRun(100, func() {
				if err := w.call(t.Context()); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
	for n, ours := range allocs["Purge"] {
		if plain := allocs["plain"][n]; ours > 60 || ours > plain+12 {
			t.Errorf("%v allocations for %d inputs, the plain generated client %v", ours, n, plain)
		}
	}
}
