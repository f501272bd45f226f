package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// The most that is read of an answer, counted after decompression.
const (
	maxResultBody = 8 << 20
	maxErrorBody  = 64 << 10
)

// readAnswer tells what an answer means: the status first, then the body.
func readAnswer(ctx context.Context, resp *http.Response, token string) outcome {
	o := outcome{tried: true, answered: resp.StatusCode/100 == 2}
	// What is read to its end keeps the connection for the next request; what is
	// over its bound is left, and closes it.
	defer resp.Body.Close() //nolint:errcheck // nothing is left to be done about it
	if !o.answered {
		o.answer = readError(resp, token)
		o.err, o.doubt = o.answer, resp.StatusCode >= 500
		return o
	}
	body, err := readBody(resp.Body, maxResultBody)
	if err == nil {
		var complete bool
		if o.result, complete, err = decodeResult(blank(body, token)); err == nil {
			o.result.StatusCode = resp.StatusCode
			o.result.CorrelationID = correlationID(resp)
			if !complete {
				o.err = &IncompleteError{o.result}
			}
			return o
		}
	}
	o.err, o.doubt = fmt.Errorf("unreadable answer %s: %w", statusText(resp.StatusCode), contextual(ctx, err)), true
	return o
}

// readError can't fail: status and headers survive whatever the body is.
func readError(resp *http.Response, token string) *Error {
	body, _ := readBody(resp.Body, maxErrorBody)
	body = blank(body, token)
	e := decodeError(body)
	e.StatusCode = resp.StatusCode
	e.Body = body
	if e.CorrelationID == "" {
		e.CorrelationID = correlationID(resp)
	}
	if e.RetryAfter, e.waitGiven = retryAfter(resp.Header); !e.waitGiven && errors.Is(e, ErrRateLimited) {
		e.RetryAfter = window(e.Policy)
	}
	return e
}

// readBody returns what it could read, at most limit bytes.
func readBody(r io.Reader, limit int) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if len(body) > limit {
		return body[:limit], errors.New("longer than " + byteCount(limit))
	}
	return body, err
}

func byteCount(n int) string { return fmt.Sprintf("%d KiB", n>>10) }

// blank takes an echoed token out of body. Anything shorter than 8 characters is
// no credential of HubSpot's, and might be a part of the answer's structure.
func blank(body []byte, token string) []byte {
	if len(token) < 8 || !bytes.Contains(body, []byte(token)) {
		return body
	}
	return bytes.ReplaceAll(body, []byte(token), []byte("[redacted]"))
}

func correlationID(resp *http.Response) string { return resp.Header.Get("X-HubSpot-Correlation-Id") }
