package purgetest

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// A reply is what memory and loopback carry out: wait, then answer or break.
type reply struct {
	status int
	header http.Header
	body   []byte
	delay  time.Duration
	fault  Fault
}

// addHeader replaces the headers that extra has.
func (r *reply) addHeader(extra http.Header) {
	for name, values := range extra {
		r.header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
}

// complete adds the headers that every answer has. response adds the length.
func (r *reply) complete(correlationID string) {
	defaults := http.Header{correlationHeader: {correlationID}}
	defaults.Set("Date", time.Now().Add(r.delay).UTC().Format(http.TimeFormat))
	switch body := bytes.TrimSpace(r.body); {
	case len(r.body) == 0:
	case bytes.HasPrefix(body, []byte("{")):
		defaults.Set("Content-Type", "application/json;charset=utf-8")
	default:
		defaults.Set("Content-Type", "text/html;charset=utf-8")
	}
	maps.Copy(defaults, r.header)
	r.header = defaults
	r.header.Del("Content-Length")
	r.header.Del("Transfer-Encoding")
}

// response is the reply as the caller gets it, its body cut by FaultCutBody.
func (r *reply) response(req *http.Request) *http.Response {
	resp := &http.Response{
		Status:     fmt.Sprintf("%03d %s", r.status, http.StatusText(r.status)),
		StatusCode: r.status,
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Header:     r.header,
		Body:       http.NoBody,
		Request:    req,
	}
	switch {
	case req.Method == http.MethodHead || r.status == http.StatusNoContent || r.status == http.StatusNotModified:
		return resp
	case r.fault == FaultCutBody:
		half := bytes.NewReader(r.body[:len(r.body)/2])
		resp.Body = io.NopCloser(io.MultiReader(half, broken{}))
		resp.ContentLength = int64(max(len(r.body), 1))
	default:
		resp.Body = io.NopCloser(bytes.NewReader(r.body))
		resp.ContentLength = int64(len(r.body))
	}
	resp.Header.Set("Content-Length", strconv.FormatInt(resp.ContentLength, 10))
	return resp
}

// broken is the end of a body that is cut.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
