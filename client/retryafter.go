package client

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// retryAfter reads the wait that an answer asks for, in seconds or as a date,
// which counts from the answer's own Date: the two clocks may differ. A date that
// has passed is 0, too large a number the largest Duration. Anything else, a
// negative number included, is not given.
func retryAfter(h http.Header) (wait time.Duration, given bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(value, 64); err == nil || math.IsInf(seconds, 1) {
		switch {
		case !(seconds >= 0): // NaN too
			return 0, false
		case seconds >= float64(math.MaxInt64/time.Second):
			return math.MaxInt64, true
		}
		return time.Duration(seconds * float64(time.Second)), true
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return max(date.Sub(now), 0), true
}
