//go:build figures && unix

package client_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// These print the figures that `make bench` is about. They assert nothing.

// cpu is the processor time of this process so far.
func cpu() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// measure returns the medians of each function's processor time over interleaved
// rounds.
func measure(rounds int, functions ...func()) []time.Duration {
	took := make([][]time.Duration, len(functions))
	for range rounds {
		for i, f := range functions {
			runtime.GC()
			start := cpu()
			f()
			took[i] = append(took[i], cpu()-start)
		}
	}
	medians := make([]time.Duration, len(functions))
	for i := range took {
		slices.Sort(took[i])
		medians[i] = took[i][rounds/2]
	}
	return medians
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

func TestFiguresOfOneCall(t *testing.T) {
	for _, tc := range []struct {
		name                    string
		inputs, failures, calls int
	}{{"1 input", 1, 0, 4000}, {"50 inputs", 50, 0, 2000}, {"100 inputs", 100, 0, 1500}, {"1,000 errors", 1, 1000, 10}} {
		hc := &http.Client{Transport: answering(benchAnswer(tc.failures)), Timeout: 2 * time.Minute} // for all three: none may hang
		var functions []func()
		for _, w := range ways(t, "https://api.hubapi.com", hc, tc.inputs) {
			functions = append(functions, func() {
				for range tc.calls {
					if err := w.call(context.Background()); err != nil {
						t.Fatal(err)
					}
				}
			})
		}
		m := measure(21, functions...)
		fmt.Printf("figures: one call, %-12s %8v; to plain %.2f, to the floor %.2f\n", tc.name, m[2]/time.Duration(tc.calls), ratio(m[2], m[1]), ratio(m[2], m[0]))
	}
}

func TestFiguresOfThroughput(t *testing.T) {
	hc := &http.Client{Transport: answering(benchAnswer(0)), Timeout: 2 * time.Minute}
	w := ways(t, "https://api.hubapi.com", hc, 1)
	perSecond := func(call func(context.Context) error) float64 {
		var calls atomic.Int64
		ctx, stop := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				for ctx.Err() == nil {
					_ = call(context.Background())
					calls.Add(1)
				}
			})
		}
		time.Sleep(200 * time.Millisecond)
		stop()
		wg.Wait()
		return float64(calls.Load()) * 5
	}
	var ratios []float64
	for range 11 {
		floor := perSecond(w[0].call)
		ratios = append(ratios, perSecond(w[2].call)/floor)
	}
	slices.Sort(ratios)
	fmt.Printf("figures: 64 goroutines on one Client, throughput to the floor's %.2f\n", ratios[5])
}

func TestFiguresOfAMillionLimits(t *testing.T) {
	const n = 1_000_000
	given := limits("0-1", "0-2", n)
	hc := &http.Client{Transport: answering(benchAnswer(0)), Timeout: 2 * time.Minute}
	c, err := client.New(client.StaticToken(token), client.WithHTTPClient(hc))
	if err != nil {
		t.Fatal(err)
	}
	url := "https://api.hubapi.com" + purgePath("0-1", "0-2")
	m := measure(9, func() { // a loop that keeps an outcome for each limit
		outcomes := make([]client.Outcome, n)
		for batch := range slices.Chunk(outcomes, 100) {
			inputs := make([]floorInput, 0, 100)
			for i := range batch {
				l := given[i]
				inputs = append(inputs, floorInput{string(l.Type.Category), l.Type.TypeID})
				batch[i] = client.Outcome{Limit: l, State: client.StatePurged}
			}
			_ = floor(context.Background(), hc, url, inputs)
		}
		runtime.KeepAlive(outcomes)
	}, func() { _, _ = c.PurgeLimits(context.Background(), given, nil) })
	fmt.Printf("figures: 1,000,000 limits of a pair %v; to a loop by hand %.2f\n", m[1], ratio(m[1], m[0]))
}

// In virtual time, 50 ms a request.
func TestFiguresInVirtualTime(t *testing.T) {
	run := func(n, bad, atOnce, batchSize, window int, header func(http.Header)) (took time.Duration, l *line) {
		synctest.Test(t, func(t *testing.T) {
			s, given := purgetest.InMemory(), limits("0-1", "0-2", n)
			s.SetLimits(token, given...)
			s.SetWindow(window, 10*time.Second)
			for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(n)[:bad] {
				s.Reject(given[i])
			}
			l = &line{next: s.Transport(), header: header}
			start := time.Now()
			_, _ = connectTo(t, l, client.WithBatchSize(batchSize)).PurgeLimits(t.Context(), given, &client.BulkOptions{Concurrency: atOnce})
			took = time.Since(start)
		})
		return took, l
	}
	for _, n := range []int{100, 1000, 10_000} {
		took, l := run(n, n/10, 8, 100, 0, nil)
		fmt.Printf("figures: %d limits, %d bad, 8 at once: %v, %d requests\n", n, n/10, took, l.answered.Load())
	}
	for _, atOnce := range []int{4, 16, 64} {
		took, l := run(1000, 0, atOnce, 1, 100, nil)
		fmt.Printf("figures: 1,000 batches against 100 in 10 s, %d at once: %v, %.1f %% answered 429\n", atOnce, took, 100*l.share())
		took, l = run(1000, 0, atOnce, 1, 100, noWindow)
		fmt.Printf("figures: the same without headers: %v, %.1f %%\n", took, 100*l.share())
	}
}
