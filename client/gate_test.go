package client_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// What a Client has learned decides how many of the calls that come at once may start
// at once.
func TestGate(t *testing.T) {
	const s1 = time.Second
	type reply struct {
		after  time.Duration
		status int // 0: no connection
		header string
		body   string
	}
	type step struct {
		at      time.Duration
		calls   int
		start   int     // how many requests start, since the step before
		replies []reply // to these calls; the last one is for all others
	}
	ok, limited := []reply{{0, 204, "", ""}}, []reply{{0, 429, "", ""}}
	header := func(limit string) string {
		return "X-Hubspot-Ratelimit-Interval-Milliseconds: 10000; X-Hubspot-Ratelimit-Max: " + limit
	}
	window := func(limit string) []reply { return []reply{{0, 204, header(limit), ""}} }
	for name, steps := range map[string][]step{
		"a guess":                 {{0, 30, 30, ok}, {0, 1, 1, limited}, {11 * s1, 40, 30, ok}, {21 * s1, 0, 10, ok}},
		"a guess is forgotten":    {{0, 30, 30, ok}, {0, 1, 1, limited}, {90 * s1, 40, 30, ok}, {150 * s1, 1, 11, ok}, {150 * s1, 60, 60, ok}},
		"a guess rises":           {{0, 30, 30, ok}, {0, 6, 6, []reply{{s1, 429, "", ""}, {2 * s1, 204, "", ""}}}, {15 * s1, 40, 35, ok}},
		"a guess falls":           {{0, 30, 30, ok}, {0, 1, 1, limited}, {11 * s1, 25, 25, ok}, {11 * s1, 1, 1, limited}, {22 * s1, 40, 25, ok}},
		"no guess below 20":       {{0, 19, 19, ok}, {0, 1, 1, limited}, {11 * s1, 40, 40, ok}},
		"no guess above 1,000":    {{0, 1500, 1500, ok}, {0, 1, 1, limited}, {11 * s1, 1200, 1000, ok}},
		"a second":                {{0, 25, 25, ok}, {5 * s1, 20, 20, ok}, {5 * s1, 1, 1, []reply{{0, 429, "", `{"policyName":"SECONDLY"}`}}}, {7 * s1, 45, 20, ok}, {8 * s1, 0, 20, ok}},
		"headers replace a guess": {{0, 30, 30, ok}, {0, 1, 1, limited}, {20 * s1, 1, 1, window("5")}, {150 * s1, 1, 1, ok}, {150 * s1, 20, 4, ok}},
		"a shorter 429 follows":   {{0, 2, 2, []reply{{s1, 429, "Retry-After: 20", ""}, {2 * s1, 429, "Retry-After: 1", ""}}}, {10 * s1, 1, 0, ok}, {21 * s1, 0, 1, ok}},
		"a longer 429 follows":    {{0, 2, 2, []reply{{s1, 429, "Retry-After: 1", ""}, {2 * s1, 429, "Retry-After: 20", ""}}}, {10 * s1, 1, 0, ok}, {22 * s1, 0, 1, ok}},
		"a million, all used":     {{0, 1, 1, window("1000000; X-Hubspot-Ratelimit-Remaining: 0")}, {s1, 1, 0, ok}},
		"more than a million":     {{0, 1, 1, window("1000001; X-Hubspot-Ratelimit-Remaining: 0")}, {s1, 1, 1, ok}},
		"headers that lower max":  {{0, 12, 12, []reply{{s1, 204, header("5"), ""}, {2 * s1, 204, "", ""}, window("20")[0]}}, {15 * s1, 20, 5, ok}},
		"a slow answer, a second": {{0, 25, 25, ok}, {5 * s1, 20, 20, ok}, {5 * s1, 2, 2, []reply{{s1 / 10, 429, "", `{"policyName":"SECONDLY"}`}, {s1, 204, "", ""}}}, {8 * s1, 60, 20, ok}},
		"a slow answer, a guess":  {{5 * s1, 30, 30, ok}, {9 * s1, 2, 2, []reply{{s1, 429, "", ""}, {12 * s1, 204, "", ""}}}, {22 * s1, 60, 29, ok}},
		"a slow answer, others":   {{0, 60, 60, []reply{{30 * s1, 204, header("100; X-Hubspot-Ratelimit-Remaining: 40"), ""}, {0, 204, "", ""}}}, {31 * s1, 100, 40, ok}},
		"a 429 without headers":   {{0, 20, 20, window("100")}, {s1, 1, 1, []reply{{0, 429, "Retry-After: 1", ""}}}, {3 * s1, 100, 80, ok}},
		"an old guess, slow":      {{0, 30, 30, ok}, {0, 1, 1, limited}, {150 * s1, 40, 40, []reply{{time.Minute, 204, "", ""}}}},
		"a guess, slow":           {{0, 30, 30, ok}, {0, 1, 1, limited}, {11 * s1, 40, 30, []reply{{time.Minute, 204, "", ""}}}},
		"a request that hangs":    {{0, 8, 8, window("10")}, {s1, 2, 1, []reply{{time.Minute, 204, "", ""}}}, {11 * s1, 0, 1, ok}},
		"a place by the clock":    {{0, 4, 4, window("7")}, {s1, 2, 2, []reply{{time.Minute, 204, "", ""}}}, {9550 * time.Millisecond, 1, 0, ok}, {10 * s1, 0, 1, ok}},
		"remaining beyond max":    {{0, 4, 4, []reply{{s1, 204, header("1; X-Hubspot-Ratelimit-Remaining: 9223372036854775807"), ""}}}, {12 * s1, 2, 1, ok}},
		"no connection, no place": {{0, 1, 1, window("2")}, {s1, 3, 3, []reply{{}}}, {s1, 2, 1, ok}},
	} {
		bubble(t, name, func(t *testing.T, _ *purgetest.Server) {
			var mu sync.Mutex
			var replies []reply
			started := 0
			c := connectTo(t, roundTrip(func(*http.Request) (*http.Response, error) {
				mu.Lock()
				r := replies[0]
				if len(replies) > 1 {
					replies = replies[1:]
				}
				started++
				mu.Unlock()
				time.Sleep(r.after)
				if r.status == 0 {
					return nil, &net.OpError{Op: "dial", Err: net.UnknownNetworkError("none")}
				}
				resp := &http.Response{StatusCode: r.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(r.body))}
				for line := range strings.SplitSeq(r.header, "; ") {
					name, value, _ := strings.Cut(line, ": ")
					resp.Header[name] = []string{value}
				}
				return resp, nil
			}), client.WithRetry(1, 30*time.Second))
			start := time.Now()
			for i, step := range steps {
				time.Sleep(time.Until(start.Add(step.at)))
				mu.Lock()
				replies = step.replies
				mu.Unlock()
				for range step.calls {
					go func() { _, _ = purge(t, c) }()
				}
				synctest.Wait()
				mu.Lock()
				if started != step.start {
					t.Errorf("step %d: %d requests started, want %d", i, started, step.start)
				}
				started = 0
				mu.Unlock()
			}
			time.Sleep(10 * time.Minute) // for those that wait
		})
	}
}

// A call that comes as a place becomes free does not overtake one that waits for it.
func TestNoCallOvertakes(t *testing.T) {
	bubble(t, "", func(t *testing.T, s *purgetest.Server) {
		s.SetWindow(1, 10*time.Second)
		c := connect(t, s)
		for i := range 20 {
			go func() {
				time.Sleep([]time.Duration{0, time.Second, 10 * time.Second}[min(i, 2)])
				_, _ = c.Purge(t.Context(), "0-1", "0-2", client.UserDefined(int32(i+1)))
			}()
		}
		time.Sleep(10 * time.Minute)
		if r := s.Requests(); len(r) != 20 || r[1].Types[0].TypeID != 2 {
			t.Errorf("%d requests, the second %v", len(r), r[1].Types)
		}
	})
}
