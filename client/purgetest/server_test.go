package purgetest_test

import (
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// made keeps the compiler from dropping what is measured.
var made *purgetest.Server

// Tests that make one for every run need it to be cheap.
func TestInMemory(t *testing.T) {
	before := runtime.NumGoroutine()
	s := purgetest.InMemory()
	s.SetLimits(token, label)
	c, err := client.New(client.StaticToken(token), client.WithBaseURL(s.URL), client.WithHTTPClient(&http.Client{Transport: s.Transport()}))
	if err != nil {
		t.Fatal(err)
	}
	s.Close() // Transport goes on working
	if _, err := c.Purge(t.Context(), label.From, label.To, label.Type); err != nil || len(s.Limits(token)) != 0 {
		t.Error(err, s.Limits(token))
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines, %d before", after, before)
	}
	if allocs := testing.AllocsPerRun(100, func() { made = purgetest.InMemory() }); allocs > 20 {
		t.Errorf("%v allocations", allocs)
	}
}

// The clock of a bubble, or one that is wrong, makes no difference.
func TestNewServerListensInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := purgetest.NewServer()
		defer s.Close()
		if !strings.HasPrefix(s.URL, "http://127.0.0.1:") {
			t.Error(s.URL)
		}
	})
}

// A Server from outside serves several bubbles, and one from a bubble can be closed
// outside.
func TestServerOutlivesABubble(t *testing.T) {
	s := purgetest.InMemory()
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			made = purgetest.InMemory()
			if resp, _, err := post(t, s, &http.Client{Transport: s.Transport()}, bearer, "", inputs(label.Type)); err != nil || resp.StatusCode != 401 {
				t.Error(resp, err)
			}
		})
	}
	made.Close()
}

func BenchmarkInMemory(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		made = purgetest.InMemory()
	}
}

// A purge takes as long in an account of 20,000 limits as in one of 100.
func BenchmarkPurge(b *testing.B) {
	const size = 100
	types := make([]client.AssociationType, size)
	for i := range types {
		types[i] = client.UserDefined(int32(i + 1))
	}
	for name, limits := range map[string]int{"of 100": size, "of 20000": 20_000} {
		b.Run(name, func(b *testing.B) {
			s := purgetest.InMemory()
			held := make([]client.Limit, limits)
			for i := range held {
				held[i] = client.Limit{From: client.Contacts, To: client.Companies, Type: client.UserDefined(int32(i + 1))}
			}
			s.SetLimits(token, held...)
			body := inputs(types...)
			b.ReportAllocs()
			for b.Loop() {
				req, _ := http.NewRequest(http.MethodPost, s.URL+configurations+"0-1/0-2/batch/purge", strings.NewReader(body))
				req.Header = http.Header{"Authorization": {bearer}, "Content-Type": {"application/json"}}
				if resp, err := s.Transport().RoundTrip(req); err != nil || resp.StatusCode != 200 {
					b.Fatal(resp, err)
				}
			}
		})
	}
}

// Many callers at once get what one after another would get.
func TestConcurrentUse(t *testing.T) {
	const callers, each, window = 8, 50, 100
	s := purgetest.InMemory()
	s.SetLimits(token, label)
	s.SetWindow(window, time.Hour)
	hc := &http.Client{Transport: s.Transport()}
	var wg sync.WaitGroup
	var accepted atomic.Int32
	for range callers {
		wg.Go(func() {
			for range each {
				if resp, _, err := post(t, s, hc, bearer, "", inputs(label.Type)); err == nil && resp.StatusCode == 200 {
					accepted.Add(1)
				}
				s.Limits(token)
				s.SetLimits("other", label)
			}
		})
	}
	wg.Wait()
	requests := s.RequestsOf(token)
	if n := accepted.Load(); n != window || len(requests) != callers*each || len(s.Violations()) > 0 {
		t.Errorf("%d accepted, %d requests, violations %v", n, len(requests), s.Violations())
	}
	if !slices.IsSortedFunc(requests, func(a, b purgetest.Request) int { return a.Time.Compare(b.Time) }) {
		t.Error("the times are not in the order of the requests")
	}
}
