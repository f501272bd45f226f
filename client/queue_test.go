package client_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// A world is an account with refusals that stay and troubles that end, drawn at
// random, and a queue that purges limits in it.
type world struct {
	r         *rand.Rand
	s         *purgetest.Server
	given     []client.Limit
	bad       []client.Limit     // inputs that are never accepted
	forbidden client.ObjectType  // a type whose pairs are never accepted
	troubles  []trouble          // for all requests of a time
	answers   []purgetest.Answer // for the first requests
	start     time.Time
	sealed    time.Time // until when the token source fails
	reached   int       // requests that got an answer of a trouble
}

type trouble struct {
	from, to time.Duration // since start
	answer   purgetest.Answer
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{r: rand.New(rand.NewPCG(seed, 5)), s: standIn(t), forbidden: "2-99", start: time.Now()}
	w.s.SetRejection(purgetest.Rejection(w.r.IntN(2)))
	w.s.AnswerNoContent(w.r.IntN(2) == 0)
	for range 1 + w.r.IntN(40) {
		from := custom(w.r.IntN(4))
		if w.r.IntN(10) == 0 {
			from = w.forbidden
		}
		l := client.Limit{From: from, To: custom(w.r.IntN(2)), Type: client.UserDefined(int32(w.r.IntN(30)))} // ID 0 is refused by the client
		w.given = append(w.given, l)
		if w.r.IntN(10) == 0 {
			w.bad = append(w.bad, l)
		}
	}
	w.s.SetLimits(token, w.given...)
	w.s.Reject(w.bad...)
	for range w.r.IntN(10) {
		w.answers = append(w.answers, randomAnswer(w.r))
	}
	lasting := []purgetest.Answer{
		purgetest.RateLimited("DAILY", 0), status(477), status(477, "Retry-After", "7200"), status(503), status(522),
		purgetest.RateLimited("", 10*time.Minute), {Fault: purgetest.FaultReset}, {Delay: time.Hour},
		batchAnswer(client.StatusProcessing), purgetest.OffDocument(purgetest.Answer{Status: 202}),
	}
	if w.r.IntN(4) == 0 {
		w.troubles = append(w.troubles, trouble{0, 2 * time.Minute, status(423)}) // not longer: each run waits 2 s
	}
	for range w.r.IntN(4) {
		from := time.Duration(w.r.IntN(7200)) * time.Second
		w.troubles = append(w.troubles, trouble{from, from + time.Duration(w.r.IntN(2*3600))*time.Second, lasting[w.r.IntN(len(lasting))]})
	}
	if w.r.IntN(5) == 0 {
		w.sealed = w.start.Add(time.Duration(w.r.IntN(3600)) * time.Second)
	}
	return w
}

// Token fails while the source is sealed.
func (w *world) Token() (*oauth2.Token, error) {
	if time.Now().Before(w.sealed) {
		return nil, errors.New("vault sealed")
	}
	return &oauth2.Token{AccessToken: token}, nil
}

// RoundTrip answers what the world draws, and else as the stand-in does.
func (w *world) RoundTrip(req *http.Request) (*http.Response, error) {
	now, forbidden := time.Since(w.start), strings.Contains(req.URL.Path, string(w.forbidden))
	i := slices.IndexFunc(w.troubles, func(x trouble) bool { return x.from <= now && now < x.to })
	switch {
	case len(w.answers) > 0 && !forbidden:
		w.s.Queue(w.answers[0])
		w.answers = w.answers[1:]
	case i >= 0 && (!forbidden || w.troubles[i].answer.Status > 0): // one without a status lets the stand-in purge
		w.reached++
		w.s.Queue(w.troubles[i].answer)
	case forbidden:
		w.s.Queue(purgetest.MissingScopes("a"))
	}
	return w.s.Transport().RoundTrip(req)
}

// work is the loop of a queue: purge, wait, and again with what may be purged later.
// It returns the last outcome of each limit, and whether the token was refused.
func (w *world) work(t *testing.T) (last map[client.Limit]client.Outcome, refused bool) {
	last = map[client.Limit]client.Outcome{}
	c, err := client.New(w, client.WithHTTPClient(&http.Client{Transport: w, Timeout: time.Minute}),
		client.WithRetry(1+w.r.IntN(4), time.Duration(w.r.IntN(31))*time.Second), client.WithBatchSize(1+w.r.IntN(12)))
	if err != nil {
		t.Fatal(err)
	}
	rest := w.given
	for run := 1; len(rest) > 0; run++ {
		if run > 1000 || time.Since(w.start) > 24*time.Hour {
			t.Fatalf("%d limits left after %d runs and %v", len(rest), run, time.Since(w.start))
		}
		ctx, cancel := context.WithCancel(t.Context())
		if w.r.IntN(8) == 0 {
			time.AfterFunc(time.Duration(w.r.IntN(20_000))*time.Millisecond, cancel)
		}
		before := w.s.Limits(token)
		report, err := c.PurgeLimits(ctx, rest, &client.BulkOptions{Concurrency: 1})
		checkReport(t, rest, report, err)
		after := w.s.Limits(token)
		for _, o := range report.Outcomes {
			last[o.Limit] = o
			was, is := slices.Contains(before, o.Limit), slices.Contains(after, o.Limit)
			if o.State == client.StatePurged && is || o.State != client.StatePurged && o.State != client.StateUnknown && was && !is {
				t.Errorf("%v is %v, was set: %t, is set: %t", o.Limit, o.State, was, is)
			}
		}
		wait, known := client.RetryAfter(err)
		if rest = report.Retryable(); len(rest) > 0 && known && wait <= 0 || known != (wait > 0) {
			t.Errorf("a wait of %v, %t for %v", wait, known, err)
		}
		if !known { // a queue's own backoff
			wait = time.Minute
		}
		time.Sleep(wait)
		refused = errors.Is(err, client.ErrUnauthorized)
		cancel()
	}
	return last, refused
}

// For every mix, the loop of a queue ends, and each limit has been purged or refused
// for a reason that stays.
func TestQueueEnds(t *testing.T) {
	reached, refusals := 0, 0
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, seed)
			last, refused := w.work(t)
			for _, l := range w.given {
				o := last[l]
				stays := slices.Contains(w.bad, l) || l.From == w.forbidden || l.Validate() != nil
				switch {
				case refused || o.State == client.StatePurged:
				case o.State != client.StateFailed:
					t.Errorf("%v is %v at the end: %v", l, o.State, o.Err)
				case !stays && !errors.As(o.Err, new(*client.Error)):
					t.Errorf("%v failed: %v", l, o.Err)
				}
				if _, passes := client.RetryAfter(o.Err); passes && !refused {
					t.Errorf("%v is given up: %v", l, o.Err)
				}
			}
			reached += w.reached
			if refused {
				refusals++
			}
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if reached == 0 || refusals == 0 {
		t.Errorf("%d requests met a lasting trouble, %d queues a refused token", reached, refusals)
	}
}
