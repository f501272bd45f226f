package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/gen"
)

// version is the release of this library, as the User-Agent names it.
const version = "0.2.0"

// A Client lifts association limits in the one account that its tokens belong to.
// New makes one. The zero Client answers every call with an error. A Client is safe
// for concurrent use and holds nothing that needs closing. Its fields show no
// credential, however it is printed.
type Client struct {
	api       *gen.Client
	sender    *sender
	batchSize int
}

// An Option sets up the Client that New makes. If two set the same thing, the
// last one counts; otherwise their order does not matter. A nil Option is ignored.
type Option func(*config)

type config struct {
	baseURL    string
	httpClient *http.Client
	product    string
	batchSize  int
	retry      retryPolicy
	limiter    RateLimiter
	logger     *slog.Logger
}

var defaultRetry = retryPolicy{maxAttempts: 4, maxWait: 30 * time.Second}

// attemptTimeout is above the 100 s after which HubSpot's edge gives up and answers
// 524: so that answer ends a slow attempt, and not we.
const attemptTimeout = 120 * time.Second

// sharedTransport serves every Client without WithHTTPClient. http.DefaultTransport
// keeps two idle connections for a host, too few for concurrent calls over HTTP/1.1,
// and does not notice a dead HTTP/2 connection.
var sharedTransport = &http.Transport{
	Proxy:               http.ProxyFromEnvironment,
	DialContext:         (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
	ForceAttemptHTTP2:   true,
	HTTP2:               &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second},
	MaxIdleConnsPerHost: 32,
	IdleConnTimeout:     90 * time.Second,
	TLSHandshakeTimeout: 10 * time.Second,
}

// New returns a Client that authenticates with tokens: StaticToken, an OAuthApp's
// source, or any other oauth2.TokenSource. It asks the source anew for every
// attempt. New itself sends nothing and reads no environment; the default transport
// uses the proxy variables of net/http.
//
// If HubSpot answers a token with a 401, and the source has a method
// Invalidate(accessToken string), the Client calls it with that token, asks the source
// again and makes one more attempt. The method must not block. Wrappers such as
// oauth2.ReuseTokenSource hide it.
//
// It refuses, with an error that matches ErrInvalidInput, a nil token source, a
// static token that is empty or can't be sent, and options out of bounds.
func New(tokens oauth2.TokenSource, opts ...Option) (*Client, error) {
	cfg := config{
		baseURL:    "https://api.hubapi.com",
		httpClient: &http.Client{Transport: sharedTransport},
		batchSize:  100,
		retry:      defaultRetry,
	}
	for _, opt := range opts {
		if opt != nil {
			opt(&cfg)
		}
	}
	src, err := newSource(tokens)
	if err = cmp.Or(err, cfg.check()); err != nil {
		return nil, fmt.Errorf("new client: %w: %w", ErrInvalidInput, err)
	}
	hc := *cfg.httpClient
	attempts := &attempter{
		tokens:    src,
		gate:      newGate(cfg.limiter, cfg.retry.maxWait),
		log:       cfg.logger,
		userAgent: []string{strings.TrimSpace(cfg.product + " hubspot-limits/" + version)},
		timeout:   cmp.Or(max(hc.Timeout, 0), attemptTimeout),
	}
	hc.Transport, hc.Timeout = answers{hc.Transport}, 0
	return &Client{
		api:       &gen.Client{Server: strings.TrimSuffix(cfg.baseURL, "/") + "/", Client: &hc},
		sender:    &sender{try: attempts.try, invalidate: src.invalidate, retry: cfg.retry, log: logger{cfg.logger}},
		batchSize: cfg.batchSize,
	}, nil
}

// WithBaseURL sends the requests below u instead of https://api.hubapi.com, the
// only address that HubSpot documents. u must be absolute and https, or http to a
// loopback host, without user info, query and fragment. A path is kept.
func WithBaseURL(u string) Option {
	return func(cfg *config) { cfg.baseURL = u }
}

// WithHTTPClient sends the requests with a copy of hc. Its Timeout bounds each
// attempt; 0 means 120 s. HubSpot's edge itself answers 524 after 100 s. Redirects are not
// followed, so CheckRedirect is not asked. By default all Clients share one
// transport. It keeps up to 32 idle connections for a host, and drops an HTTP/2
// connection that does not answer a ping within half a minute.
func WithHTTPClient(hc *http.Client) Option {
	return func(cfg *config) { cfg.httpClient = hc }
}

// WithUserAgent puts product, such as "acme-sync/1.4", in front of this library's
// name in the User-Agent. By default, and for "", that name stands alone.
func WithUserAgent(product string) Option {
	return func(cfg *config) { cfg.product = product }
}

// WithBatchSize sets the most association types that one request may carry, at
// least 1. The default is 100. HubSpot documents no bound for this operation; 100 is
// the smallest one that it documents for similar operations.
func WithBatchSize(n int) Option {
	return func(cfg *config) { cfg.batchSize = n }
}

// WithRetry sets the most attempts of a call, at least 1, and the longest single
// wait between two of them. The default is 4 and 30 s. If an answer asks for a
// longer wait, the call returns at once. The function RetryAfter has the wait. A
// backoff is cut to maxWait: with 0 a 5xx is sent again at once, and a 429 that asks
// for a wait is not sent again. Waits for a place in HubSpot's window are not bounded
// by maxWait.
func WithRetry(maxAttempts int, maxWait time.Duration) Option {
	return func(cfg *config) { cfg.retry = retryPolicy{maxAttempts, maxWait} }
}

// A RateLimiter paces requests: *rate.Limiter of golang.org/x/time/rate is one.
// Wait returns when a request may be sent, or with an error if none may be sent. It
// must return when ctx ends. A Client calls it for one request at a time, in the
// order in which its calls arrived.
type RateLimiter interface {
	Wait(ctx context.Context) error
}

// WithRateLimiter asks l before every attempt, retries included. By default, and for
// nil, there is none. An error of l ends the call. If the context has a deadline, that
// error matches context.DeadlineExceeded too: x/time's limiter has only a text for it.
func WithRateLimiter(l RateLimiter) Option {
	return func(cfg *config) {
		if v := reflect.ValueOf(l); (v.Kind() == reflect.Pointer || v.Kind() == reflect.Func) && v.IsNil() {
			l = nil
		}
		cfg.limiter = l
	}
}

// WithLogger logs every attempt at debug ("purge attempt") and every retry at info
// ("purge retry"), with the attributes attempt, wait, from, to, inputs, status,
// correlation_id, policy and error, those that are known. A read is "read attempt" and
// "read retry", a refresh of an OAuthApp's token "token attempt" and "token retry". By
// default, and for nil, nothing is logged. No token is ever logged.
func WithLogger(l *slog.Logger) Option {
	return func(cfg *config) { cfg.logger = l }
}

// check refuses what is out of bounds.
func (cfg *config) check() error {
	switch {
	case cfg.httpClient == nil:
		return errors.New("nil http.Client")
	case strings.ContainsFunc(cfg.product, func(r rune) bool { return r < ' ' || r > '~' }):
		return errors.New("User-Agent has characters other than printable ASCII")
	case cfg.batchSize < 1:
		return errors.New("batch size below 1")
	case cfg.retry.maxAttempts < 1:
		return errors.New("attempts below 1")
	case cfg.retry.maxWait < 0:
		return errors.New("negative wait")
	}
	return checkURL("base URL", cfg.baseURL)
}

// checkURL refuses an address that credentials must not be sent to. Its errors
// don't quote the address, which may hold a password or a key.
func checkURL(name, s string) error {
	u, err := url.Parse(s)
	loopback := err == nil && (strings.EqualFold(u.Hostname(), "localhost") || net.ParseIP(u.Hostname()).IsLoopback())
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return errors.New(name + " is not an absolute URL")
	case u.User != nil:
		return errors.New(name + " has user info")
	case strings.ContainsAny(s, "?#"):
		return errors.New(name + " has a query or a fragment")
	case u.Scheme == "https", u.Scheme == "http" && loopback:
		return nil
	}
	return errors.New(name + " is neither https nor http to a loopback host")
}

// usable refuses a Client or a context that would panic.
func (c *Client) usable(ctx context.Context) error {
	if c == nil || c.api == nil {
		return fmt.Errorf("%w: the Client was not made by New", ErrInvalidInput)
	}
	if ctx == nil {
		return fmt.Errorf("%w: nil context", ErrInvalidInput)
	}
	return nil
}

// answers is a transport that hands every answer to the caller as it is: without a
// Location, http.Client follows no redirect, and no token or body goes elsewhere.
type answers struct{ next http.RoundTripper }

func (a answers) RoundTrip(req *http.Request) (*http.Response, error) {
	next := a.next
	if next == nil {
		next = http.DefaultTransport
	}
	resp, err := next.RoundTrip(req)
	if resp == nil || err != nil {
		return nil, err
	}
	if resp.StatusCode/100 == 3 {
		resp.Header = resp.Header.Clone() // the original may be shared
		resp.Header.Del("Location")
	}
	return resp, err
}
