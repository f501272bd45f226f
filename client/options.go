package client

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// version is the release of this library, as the User-Agent names it.
const version = "0.1.0"

// An Option sets up the Client that New makes. The order of options does not
// matter; of two that set the same thing the last one holds. A nil Option is
// ignored.
type Option func(*config)

// config holds what the options record until New checks it.
type config struct {
	baseURL    string
	httpClient *http.Client
	product    string
	batchSize  int

	policy  policy
	limiter RateLimiter
	logger  *slog.Logger
}

func defaults() config {
	return config{
		baseURL:    "https://api.hubapi.com",
		httpClient: &http.Client{Transport: sharedTransport, Timeout: attemptTimeout},
		batchSize:  100,
		policy:     defaultPolicy,
	}
}

// WithBaseURL sends the requests below u instead of https://api.hubapi.com, the
// only address that HubSpot documents. It must be absolute, https (http is taken
// for a loopback host), without user info, query and fragment; a path is kept.
func WithBaseURL(u string) Option {
	return func(cfg *config) { cfg.baseURL = u }
}

// WithHTTPClient sends the requests with a copy of hc, which is never changed;
// its Timeout bounds each attempt, and its CheckRedirect is never asked: a
// redirect is an answer. Without this option all Clients share one transport,
// which keeps up to 32 idle connections per host, and an attempt is given up
// after 120 s, later than the 100 s after which HubSpot's edge itself answers 524.
func WithHTTPClient(hc *http.Client) Option {
	return func(cfg *config) { cfg.httpClient = hc }
}

// WithUserAgent puts product, such as "acme-sync/1.4", in front of this library's
// own name in the User-Agent. By default, or with "", that name stands alone.
func WithUserAgent(product string) Option {
	return func(cfg *config) { cfg.product = product }
}

// WithBatchSize sets the most association types that one request may carry,
// at least 1. The default is 100: HubSpot documents no bound for this operation,
// and 100 is the smallest one it documents for its neighbours.
func WithBatchSize(n int) Option {
	return func(cfg *config) { cfg.batchSize = n }
}

// WithRetry sets the most attempts that a call makes, at least 1, and the longest
// single wait between two of them. The default is 4 and 30 s. A wait that the
// answer or the policy asks for and that is longer ends the call at once; a
// backoff is cut to maxWait. With 0 no wait is made: what can be retried without
// is, at once.
func WithRetry(maxAttempts int, maxWait time.Duration) Option {
	return func(cfg *config) { cfg.policy = policy{maxAttempts, maxWait} }
}

// WithRateLimiter asks l before every attempt, retries included. By default, or
// with nil, nothing is asked: HubSpot's limits differ by plan and are shared with
// whatever else uses the account. An error of l ends the call; where l gives up
// before the context's deadline, the error matches context.DeadlineExceeded too.
func WithRateLimiter(l RateLimiter) Option {
	return func(cfg *config) { cfg.limiter = l }
}

// WithLogger tells l of every attempt ("purge attempt", at debug) and every retry
// ("purge retry", at info), with the attributes attempt, wait, status, policy,
// correlation_id and error, those that are known. By default, or with nil, the
// Client is silent. No token is logged.
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
	case cfg.policy.maxAttempts < 1:
		return errors.New("attempts below 1")
	case cfg.policy.maxWait < 0:
		return errors.New("negative wait")
	}
	return checkURL("base URL", cfg.baseURL)
}

func (cfg *config) userAgent() string {
	return strings.TrimSpace(cfg.product + " hubspot-limits/" + version)
}
