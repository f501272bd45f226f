package client_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"strings"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

// The faults of dialling need sockets: only they show what net and net/http
// return. One attempt each, on loopback, or none at all.
func TestDialFaults(t *testing.T) {
	refused := httptest.NewServer(nil)
	refused.Close()
	lifts := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	untrusted := httptest.NewUnstartedServer(lifts)
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0) // it would log each failed handshake
	untrusted.StartTLS()
	defer untrusted.Close()
	plain := httptest.NewServer(lifts)
	defer plain.Close()
	mute := listen(t, func(conn net.Conn) { _ = conn.Close() })
	proxy := func(u string) *http.Client {
		parsed, _ := url.Parse(u)
		return &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(parsed)}}
	}
	old := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{MaxVersion: tls.VersionTLS10, MinVersion: tls.VersionTLS10, InsecureSkipVerify: true}}}
	noDNS := &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{Resolver: &net.Resolver{
		PreferGo: true,
		Dial:     func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no network in tests") },
	}}).DialContext}}
	for name, tc := range map[string]struct {
		base    string
		hc      *http.Client
		unknown bool
	}{
		"refused":                {refused.URL, nil, false},
		"no such host":           {"https://hubspot.invalid", noDNS, false},
		"proxy refused":          {"https://hubspot.invalid", proxy(refused.URL), false},
		"certificate":            {untrusted.URL, nil, false},
		"no TLS at all":          {strings.Replace(plain.URL, "http:", "https:", 1), nil, false},
		"no common version":      {untrusted.URL, old, false},
		"closed in handshake":    {"https://" + mute, nil, false},
		"closed without answer":  {"http://" + mute, nil, true},
		"transport says nothing": {"https://hubspot.invalid", &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("no idea") })}, true},
	} {
		t.Run(name, func(t *testing.T) {
			opts := []client.Option{client.WithBaseURL(tc.base), once}
			if tc.hc != nil {
				opts = append(opts, client.WithHTTPClient(tc.hc))
			}
			c, err := client.New(client.StaticToken(token), opts...)
			if err != nil {
				t.Fatal(err)
			}
			_, err = purge(t, c)
			if err == nil || errors.Is(err, client.ErrOutcomeUnknown) != tc.unknown {
				t.Errorf("%v matches ErrOutcomeUnknown: %t", err, !tc.unknown)
			}
		})
	}
}

// A certificate that is not trusted ends the call at once; that a refused dial is
// tried again is shown in virtual time, by errors of the same form.
func TestWhatIsDialledAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		err      error
		requests int
		unknown  bool
	}{
		"dial":        {&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("refused")}, 4, false},
		"DNS":         {&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host"}}, 4, false},
		"proxy":       {&net.OpError{Op: "proxyconnect", Net: "tcp", Err: &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("refused")}}, 4, false},
		"certificate": {&tls.CertificateVerificationError{Err: errors.New("unknown authority")}, 1, true}, // nothing traced
		"read":        {&net.OpError{Op: "read", Net: "tcp", Err: errors.New("reset")}, 4, true},
		"write":       {&net.OpError{Op: "write", Net: "tcp", Err: errors.New("broken pipe")}, 4, true},
	} {
		bubble(t, name, func(t *testing.T, _ *purgetest.Server) {
			requests := 0
			c := connectTo(t, roundTrip(func(*http.Request) (*http.Response, error) {
				requests++
				return nil, tc.err
			}))
			_, err := purge(t, c)
			if !errors.Is(err, tc.err) || errors.Is(err, client.ErrOutcomeUnknown) != tc.unknown || requests != tc.requests {
				t.Errorf("%v after %d requests", err, requests)
			}
		})
	}
}

// A context that ends before there is a connection leaves nothing unknown, wherever
// the search for one stands. end is called there.
func TestContextEndsWhileDialling(t *testing.T) {
	hang := make(chan struct{})
	busy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer busy.Close()
	defer close(hang)
	for name, search := range map[string]func(t *testing.T, end func()) (string, *http.Transport){
		"DNS": func(_ *testing.T, end func()) (string, *http.Transport) {
			return "https://hubspot.invalid", &http.Transport{DialContext: (&net.Dialer{Resolver: &net.Resolver{
				PreferGo: true,
				Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
					end()
					<-ctx.Done()
					return nil, ctx.Err()
				},
			}}).DialContext}
		},
		"dial": func(_ *testing.T, end func()) (string, *http.Transport) {
			return "https://hubspot.invalid", &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				end()
				<-ctx.Done()
				return nil, ctx.Err()
			}}
		},
		"TLS": func(t *testing.T, end func()) (string, *http.Transport) {
			return "https://" + listen(t, func(net.Conn) { end() }), &http.Transport{}
		},
		"HTTP/2": func(t *testing.T, end func()) (string, *http.Transport) {
			return "https://" + listen(t, func(net.Conn) { end() }), &http.Transport{ForceAttemptHTTP2: true}
		},
		"all connections in use": func(t *testing.T, end func()) (string, *http.Transport) {
			rt := &http.Transport{MaxConnsPerHost: 1}
			got := make(chan struct{})
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { close(got) }})
			req, _ := http.NewRequestWithContext(ctx, http.MethodGet, busy.URL, nil)
			go func() {
				if resp, err := rt.RoundTrip(req); err == nil {
					_ = resp.Body.Close()
				}
			}()
			<-got
			go end() // too early does no harm: the search has no end of its own
			return busy.URL, rt
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			searched := make(chan struct{})
			base, rt := search(t, func() {
				<-searched
				cancel()
			})
			defer rt.CloseIdleConnections()
			c, err := client.New(client.StaticToken(token), client.WithBaseURL(base), client.WithHTTPClient(&http.Client{Transport: rt}))
			if err != nil {
				t.Fatal(err)
			}
			traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GetConn: func(string) { close(searched) }})
			_, err = c.Purge(traced, client.Contacts, client.Companies, label)
			if !errors.Is(err, context.Canceled) || errors.Is(err, client.ErrOutcomeUnknown) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// listen hands each connection to a loopback port to f, and returns its address.
func listen(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			f(conn)
		}
	}()
	return l.Addr().String()
}
