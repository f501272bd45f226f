package client

import (
	"net"
	"net/http"
	"time"
)

// attemptTimeout is above the 100 s after which HubSpot's edge gives up and
// answers 524: its answer, and not our impatience, ends a slow attempt.
const attemptTimeout = 120 * time.Second

// sharedTransport serves every Client without WithHTTPClient. http.DefaultTransport
// keeps two idle connections per host, too few for concurrent calls over HTTP/1.1.
var sharedTransport = &http.Transport{
	Proxy:                 http.ProxyFromEnvironment,
	DialContext:           (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
	ForceAttemptHTTP2:     true,
	MaxIdleConnsPerHost:   32,
	IdleConnTimeout:       90 * time.Second,
	TLSHandshakeTimeout:   10 * time.Second,
	ExpectContinueTimeout: time.Second,
}
