package purgetest

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// A window is HubSpot's limit on the requests of an account within an interval.
type window struct {
	n        int
	interval time.Duration
}

// SetWindow allows each account n requests within any interval. Every answer to an
// account's request then has HubSpot's headers, X-HubSpot-RateLimit-Max, -Remaining
// and -Interval-Milliseconds. When the window is full, the Server's own answer is a
// 429 of policy TEN_SECONDLY_ROLLING without Retry-After. That request does not
// count: HubSpot does not document whether it would. All others count from their
// arrival, those with a queued answer too. A queued answer is given even when the
// window is full. An n or interval of 0 or less ends this; it is so at first.
func (s *Server) SetWindow(n int, interval time.Duration) {
	st := s.lock()
	defer st.mu.Unlock()
	st.window = window{n, interval}
}

func (w window) on() bool { return w.n > 0 && w.interval > 0 }

// full forgets the requests that have left the window and reports whether the
// others fill it.
func (w window) full(a *account, now time.Time) bool {
	if a == nil || !w.on() {
		return false
	}
	gone := func(t time.Time) bool { return now.Sub(t) >= w.interval }
	a.recent = slices.DeleteFunc(a.recent, gone)
	return len(a.recent) >= w.n
}

// count adds a request to the window.
func (w window) count(a *account, now time.Time) {
	if a != nil && w.on() {
		a.recent = append(a.recent, now)
	}
}

// header returns HubSpot's headers, or none where there is no window.
func (w window) header(a *account) http.Header {
	if a == nil || !w.on() {
		return nil
	}
	h := http.Header{}
	h.Set("X-HubSpot-RateLimit-Max", strconv.Itoa(w.n))
	h.Set("X-HubSpot-RateLimit-Remaining", strconv.Itoa(max(w.n-len(a.recent), 0)))
	h.Set("X-HubSpot-RateLimit-Interval-Milliseconds", strconv.FormatInt(w.interval.Milliseconds(), 10))
	return h
}
