package client

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/oauth2"
)

// A source is an oauth2.TokenSource whose callers may leave when their context ends.
type source interface {
	tokenFor(ctx context.Context) (*oauth2.Token, error)
}

// errAbandoned is the error of a fetch that all its callers left: one who joined
// after that starts another.
var errAbandoned = errors.New("nobody waits")

// A flight is one fetch of a token that any number of callers wait for together.
// It outlives a caller that leaves; once all have left, its own context ends.
type flight struct {
	fetch func(ctx context.Context) (*oauth2.Token, error)

	mu  sync.Mutex
	now *fetching // nil while nobody waits
}

type fetching struct {
	abandon context.CancelFunc // ends the fetch's own context
	waiting int
	done    chan struct{} // closed when the next two are set
	token   *oauth2.Token
	err     error
}

func (f *flight) tokenFor(ctx context.Context) (*oauth2.Token, error) {
	for {
		now := f.join()
		select {
		case <-now.done:
			if !errors.Is(now.err, errAbandoned) || ctx.Err() != nil {
				return now.token, now.err
			}
		case <-ctx.Done():
			f.leave(now)
			return nil, ended(ctx)
		}
	}
}

func (f *flight) join() *fetching {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now == nil {
		ctx, abandon := context.WithCancel(context.Background())
		now := &fetching{abandon: abandon, done: make(chan struct{})}
		f.now = now
		go func() {
			defer abandon()
			token, err := f.fetch(ctx)
			f.mu.Lock()
			now.token, now.err, f.now = token, err, nil
			f.mu.Unlock()
			close(now.done)
		}()
	}
	f.now.waiting++
	return f.now
}

func (f *flight) leave(now *fetching) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now.waiting--; now.waiting == 0 {
		now.abandon()
	}
}

// sourceOf makes a source of any oauth2.TokenSource. A foreign one knows no
// context, so it is asked by a flight, which can be left.
func sourceOf(tokens oauth2.TokenSource) source {
	if s, ok := tokens.(source); ok {
		return s
	}
	return &flight{fetch: func(context.Context) (*oauth2.Token, error) { return tokens.Token() }}
}
