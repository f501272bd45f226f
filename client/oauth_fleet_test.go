package client_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// A tenant is one account of a fleet, with its row in a database.
type tenant struct {
	name    string // its first refresh token
	s       *purgetest.Server
	app     client.OAuthApp
	limits  []client.Limit
	bad     []client.Limit
	revoked bool // before the first call
	lost    bool // the answer to its first refresh is lost

	mu       sync.Mutex
	faults   []int           // of its token requests: 0 none, 503, or -1 for no answer
	fails    int             // saves that fail
	current  oauth2.Token    // the last that was offered to save
	row      oauth2.Token    // the last that was saved
	saved    map[string]bool // access tokens
	ended    map[string]bool // access tokens that HubSpot answered with a 401
	renewed  map[string]int  // refreshes after each access token
	problems []string
	last     map[client.Limit]client.Outcome
	err      error
}

func newTenant(s *purgetest.Server, r *rand.Rand, i int) *tenant {
	x := &tenant{name: fmt.Sprintf("refresh-%d-of-the-fleet", i), s: s, ended: map[string]bool{}, renewed: map[string]int{}, last: map[client.Limit]client.Outcome{}}
	for n := range 150 {
		x.limits = append(x.limits, client.Limit{From: custom(n % 3), To: "0-1", Type: client.UserDefined(int32(n + 1))})
	}
	if r.IntN(10) == 0 {
		x.bad = []client.Limit{{From: custom(0), To: "0-1", Type: client.UserDefined(9999)}}
		x.limits = append(x.limits, x.bad...)
	}
	s.Install(purgetest.App{ClientID: "app", ClientSecret: clientSecret, Rotate: true}, x.name, x.limits...)
	x.app = client.OAuthApp{ClientID: "app", ClientSecret: clientSecret, HTTPClient: &http.Client{Transport: x}}
	x.row.RefreshToken = x.name
	switch r.IntN(4) {
	case 0: // has ended
		x.row.AccessToken, x.row.Expiry = "old-"+x.name, time.Now().Add(-time.Hour)
	case 1: // will be answered with a 401
		x.row.AccessToken, x.row.Expiry = "old-"+x.name, time.Now().Add(24*time.Hour)
	}
	x.current, x.saved = x.row, map[string]bool{x.row.AccessToken: true}
	if x.revoked = r.IntN(20) == 0; x.revoked {
		s.Revoke(x.name)
	}
	x.lost = r.IntN(20) == 0
	for range r.IntN(3) {
		x.faults = append(x.faults, []int{0, 503, -1}[r.IntN(3)])
	}
	if r.IntN(5) == 0 {
		x.fails = 1 + r.IntN(8)
	}
	if x.row.AccessToken == "" && r.IntN(4) == 0 {
		s.QueueFor(x.name, status(401)) // at most one: the second would be a refusal
	}
	for range r.IntN(4) {
		s.QueueFor(x.name, []purgetest.Answer{
			status(423), status(477), status(502), status(403), purgetest.RateLimited("DAILY", 0), purgetest.RateLimited("", 0),
			{Fault: purgetest.FaultReset, Apply: r.IntN(2) == 0}, {Fault: purgetest.FaultCutBody}, {Delay: time.Minute},
		}[r.IntN(9)])
	}
	return x
}

func (x *tenant) problem(format string, args ...any) {
	x.problems = append(x.problems, fmt.Sprintf(format, args...))
}

func (x *tenant) save(t *oauth2.Token) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.current = *t
	if x.fails > 0 {
		x.fails--
		return errors.New("database down")
	}
	x.row, x.saved[t.AccessToken] = *t, true
	return nil
}

func (x *tenant) RoundTrip(req *http.Request) (*http.Response, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !strings.HasPrefix(req.URL.Path, "/oauth/") {
		return x.purge(req)
	}
	old := x.current
	if old.Valid() && !old.Expiry.IsZero() && !x.ended[old.AccessToken] {
		x.problem("a refresh, though %+v is good", old)
	}
	if len(x.faults) > 0 {
		fault := x.faults[0]
		x.faults = x.faults[1:]
		if fault == -1 {
			return nil, io.ErrUnexpectedEOF
		}
		if fault > 0 {
			return &http.Response{StatusCode: fault, Header: http.Header{}, Body: http.NoBody}, nil
		}
	}
	resp, err := x.s.Transport().RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	if x.renewed[old.AccessToken]++; x.renewed[old.AccessToken] > 1 {
		x.problem("two refreshes after one token")
	}
	if x.lost && len(x.renewed) == 1 {
		return nil, io.ErrUnexpectedEOF
	}
	return resp, nil
}

func (x *tenant) purge(req *http.Request) (*http.Response, error) {
	accessToken := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer ")
	if !x.saved[accessToken] {
		x.problem("%q is used, and was not saved", accessToken)
	}
	x.mu.Unlock()
	resp, err := x.s.Transport().RoundTrip(req)
	x.mu.Lock()
	if err == nil && resp.StatusCode == http.StatusUnauthorized {
		x.ended[accessToken] = true
	}
	return resp, err
}

// work purges limits as a queue does.
func (x *tenant) work(t *testing.T, c *client.Client, rest []client.Limit) {
	for run := 0; len(rest) > 0; run++ {
		report, err := c.PurgeLimits(t.Context(), rest, nil)
		left := x.s.Limits(x.name)
		wait, ok := client.RetryAfter(err)
		x.mu.Lock()
		for _, o := range report.Outcomes {
			if x.last[o.Limit] = o; o.State == client.StatePurged && slices.Contains(left, o.Limit) || o.State == client.StateFailed && !slices.Contains(left, o.Limit) {
				x.problem("%v is %v, and set: %t", o.Limit, o.State, slices.Contains(left, o.Limit))
			}
		}
		if !errors.Is(x.err, client.ErrUnauthorized) { // else the other half was refused
			x.err = err
		}
		if rest = report.Retryable(); run > 200 {
			x.problem("no end after %v", err)
			rest = nil
		}
		x.mu.Unlock()
		if time.Sleep(wait); !ok {
			time.Sleep(time.Minute) // a queue's own backoff
		}
	}
}

// check holds what became of the account against its own reasons.
func (x *tenant) check(t *testing.T) (refused bool) {
	for _, p := range x.problems {
		t.Errorf("%s: %s", x.name, p)
	}
	refusal := new(oauth2.RetrieveError)
	if x.revoked || x.lost {
		saysLost := strings.Contains(fmt.Sprint(x.err), "may have been lost")
		if !errors.Is(x.err, client.ErrUnauthorized) || !errors.As(x.err, &refusal) || refusal.ErrorCode != "invalid_grant" || x.lost && !x.revoked && !saysLost {
			t.Errorf("%s, revoked %t, lost %t: %v", x.name, x.revoked, x.lost, x.err)
		}
		return true
	}
	if errors.Is(x.err, client.ErrUnauthorized) {
		t.Errorf("%s is refused: %v", x.name, x.err)
	}
	for _, l := range x.limits {
		o := x.last[l]
		if own := slices.Contains(x.bad, l) || errors.Is(o.Err, client.ErrForbidden); o.State != client.StatePurged && (!own || o.State != client.StateFailed) {
			t.Errorf("%s: %v is %v: %v", x.name, l, o.State, o.Err)
		}
	}
	return false
}

// A fleet of accounts whose tokens end, are revoked or lost, whose store and network
// fail: each account is purged or refused for its own reason, with one refresh for
// each token that ended.
func TestFleet(t *testing.T) {
	accounts := 2000
	if raced || testing.Short() {
		accounts = 200
	}
	before := runtime.NumGoroutine()
	synctest.Test(t, func(t *testing.T) {
		s, r := purgetest.InMemory(), rand.New(rand.NewPCG(14, 14))
		s.Reject(client.Limit{From: custom(0), To: "0-1", Type: client.UserDefined(9999)})
		jobs, tenants := make(chan *tenant, accounts), make([]*tenant, accounts)
		for i := range tenants {
			tenants[i] = newTenant(s, r, i)
			jobs <- tenants[i]
		}
		close(jobs)
		var fleet sync.WaitGroup
		for range 50 {
			fleet.Go(func() {
				for x := range jobs {
					var both sync.WaitGroup
					tokens := x.app.TokenSource(&x.row, x.save)
					for half := range slices.Chunk(x.limits, len(x.limits)/2+1) {
						c, err := client.New(tokens, client.WithHTTPClient(&http.Client{Transport: x, Timeout: 30 * time.Second}))
						if err == nil {
							both.Go(func() { x.work(t, c, half) })
						}
					}
					both.Wait()
				}
			})
		}
		fleet.Wait()
		refused := map[bool]int{}
		for _, x := range tenants {
			refused[x.check(t)]++
		}
		t.Logf("%d accounts purged, %d refused, %d requests, %d token requests", refused[false], refused[true], len(s.Requests()), len(s.TokenRequests()))
		if len(refused) != 2 || len(s.Violations()) > 0 {
			t.Error(s.Violations())
		}
	})
	checkGoroutines(t, before)
}
