package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
)

var errDryRun = errors.New("dry run")

// printer is a transport that prints requests and never dials.
type printer struct{ w io.Writer }

func (p printer) RoundTrip(req *http.Request) (*http.Response, error) {
	shown := req.Clone(req.Context())
	shown.Header.Set("Authorization", "Bearer [redacted]")
	text, err := httputil.DumpRequest(shown, true)
	if err != nil {
		return nil, err
	}
	if _, err := p.w.Write(append(text, '\n')); err != nil {
		return nil, err
	}
	return nil, errDryRun
}
