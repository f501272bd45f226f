package client

import (
	"context"
	"fmt"
	"net/http"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/gen"
)

// A Client lifts association limits in the one account its tokens belong to.
// New makes one; the zero Client answers every call with an error. A Client is
// safe for concurrent use and holds nothing that needs closing.
//
// Its fields never show a credential, however it is printed: the token source
// stands behind a func.
type Client struct {
	api       *gen.Client
	token     func(context.Context) (*oauth2.Token, error)
	userAgent string
	batchSize int
	policy    policy
	limiter   RateLimiter
	log       logger
	cooling   *cooldown
}

// New returns a Client that authenticates with tokens: StaticToken, or any
// other oauth2.TokenSource. It asks the source anew for every attempt, sends
// nothing itself, and reads no environment of its own; the default transport
// heeds the proxy variables of net/http.
//
// It refuses, with an error that matches ErrInvalidInput, a nil token source, a
// static token that is empty or can't be sent, and options out of bounds.
func New(tokens oauth2.TokenSource, opts ...Option) (*Client, error) {
	cfg := defaults()
	for _, opt := range opts {
		if opt != nil {
			opt(&cfg)
		}
	}
	err := checkTokens(tokens)
	if err == nil {
		err = cfg.check()
	}
	if err != nil {
		return nil, fmt.Errorf("new client: %w: %w", ErrInvalidInput, err)
	}
	hc := *cfg.httpClient
	hc.Transport = answers{hc.Transport}
	return &Client{
		api:       &gen.Client{Server: withSlash(cfg.baseURL), Client: &hc},
		token:     sourceOf(tokens).tokenFor,
		userAgent: cfg.userAgent(),
		batchSize: cfg.batchSize,
		policy:    cfg.policy,
		limiter:   cfg.limiter,
		log:       logger{cfg.logger},
		cooling:   new(cooldown),
	}, nil
}

// answers hands every answer to the caller as it is: without a Location,
// http.Client follows no redirect, and neither token nor body goes elsewhere.
type answers struct{ next http.RoundTripper }

func (a answers) RoundTrip(req *http.Request) (*http.Response, error) {
	next := a.next
	if next == nil {
		next = http.DefaultTransport
	}
	resp, err := next.RoundTrip(req)
	if resp != nil && resp.StatusCode/100 == 3 {
		resp.Header = resp.Header.Clone() // the original may be shared
		resp.Header.Del("Location")
	}
	return resp, err
}
