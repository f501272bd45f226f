package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/deea8dec/hubspot-limits/gen"
)

// An outcome is what one attempt came to: a result, an error, or both.
type outcome struct {
	result   *Result
	answer   *Error // what err is, if it is an answer
	err      error
	tried    bool // the request was handed to the transport
	answered bool // it was answered 2xx
	doubt    bool // it may have taken effect, and nothing says whether it did
}

// count notes the number of attempts where a caller looks for it.
func (o outcome) count(n int) {
	if o.answer != nil {
		o.answer.Attempts = n
	}
	if o.result != nil {
		o.result.Attempts = n
	}
}

// attempt sends one request and reads its answer. The token it waits for only as
// long as wait lasts.
func (c *Client) attempt(ctx, wait context.Context, from, to ObjectType, body gen.BatchInput) outcome {
	var token string
	var o outcome
	prepare := func(_ context.Context, req *http.Request) (err error) {
		if token, err = c.accessToken(wait); err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Accept", "application/json")
		req.Header.Set("User-Agent", c.userAgent)
		if wait.Err() != nil {
			return ended(wait)
		}
		o.tried = true // as far as anybody can prove: it is the transport's from here
		return nil
	}
	var proof dialTrace
	resp, err := c.api.Purge(proof.watch(ctx), string(from), string(to), body, prepare)
	if err != nil {
		o.err = contextual(ctx, err)
		o.doubt = o.tried && !proof.unsent(err)
		return o
	}
	return readAnswer(ctx, resp, token)
}

func (c *Client) accessToken(ctx context.Context) (string, error) {
	token, err := c.token(ctx)
	if err == nil && token == nil {
		err = errors.New("no token")
	}
	if err == nil {
		err = checkToken(token.AccessToken)
	}
	if err != nil {
		return "", fmt.Errorf("token source: %w", err)
	}
	return token.AccessToken, nil
}
