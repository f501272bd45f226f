package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"golang.org/x/oauth2"
)

// StaticToken is the token of a service key or a private app. It does not expire.
// White space at both ends, which files and secret managers leave, is removed. New
// refuses a token that is empty or has anything but visible ASCII inside.
func StaticToken(token string) oauth2.TokenSource {
	t := &oauth2.Token{AccessToken: strings.TrimSpace(token)}
	return staticToken{func() *oauth2.Token { return t }}
}

// staticToken keeps its token behind a func: fmt and encoding/json print an address
// or nothing, wherever the value is held.
type staticToken struct{ get func() *oauth2.Token }

func (s staticToken) Token() (*oauth2.Token, error) {
	t := *s.get()
	return &t, nil
}

// A source is an oauth2.TokenSource whose callers leave when their context ends.
type source interface {
	token(context.Context, *slog.Logger) (*oauth2.Token, error)
	// invalidate drops a token that HubSpot refused. It reports whether the source may
	// have another one.
	invalidate(accessToken string) bool
	// check refuses what can never bring a token.
	check() error
}

func (s staticToken) invalidate(string) bool { return false }
func (s staticToken) check() error           { return checkToken(s.get()) }

//nolint:unparam // other sources fail
func (s staticToken) token(context.Context, *slog.Logger) (*oauth2.Token, error) { return s.get(), nil }

// A foreignSource asks a source that does not look at a context.
type foreignSource struct {
	shared
	tokens oauth2.TokenSource
}

func (s *foreignSource) token(ctx context.Context, _ *slog.Logger) (*oauth2.Token, error) {
	return s.wait(ctx, func(context.Context) (*oauth2.Token, error) { return s.tokens.Token() })
}

func (s *foreignSource) check() error { return nil }

func (s *foreignSource) invalidate(accessToken string) bool {
	i, ok := s.tokens.(interface{ Invalidate(accessToken string) })
	if ok {
		i.Invalidate(accessToken)
	}
	return ok
}

// newSource checks tokens and makes a source of them.
func newSource(tokens oauth2.TokenSource) (source, error) {
	if tokens == nil {
		return nil, errors.New("no token source")
	}
	if s, own := tokens.(source); own {
		return s, s.check()
	}
	return &foreignSource{tokens: tokens}, nil
}

// checkToken refuses what can't stand in a header, without quoting it.
func checkToken(t *oauth2.Token) error {
	switch {
	case t == nil || t.AccessToken == "":
		return errors.New("empty access token")
	case strings.ContainsFunc(t.AccessToken, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("access token has characters other than visible ASCII")
	}
	return nil
}

// shared lets any number of concurrent callers wait for one fetch of a token. A
// caller that leaves does not end it for the others. When all have left, its context
// ends.
type shared struct {
	mu      sync.Mutex
	current *fetching // nil while nobody waits
}

type fetching struct {
	ctx     context.Context // ends when all callers have left
	abandon context.CancelFunc
	callers int
	done    chan struct{} // closed when what follows is set
	token   *oauth2.Token
	err     error
}

// wait joins the fetch under way, or starts one.
func (s *shared) wait(ctx context.Context, fetch func(context.Context) (*oauth2.Token, error)) (*oauth2.Token, error) {
	s.mu.Lock()
	f := s.current
	if f == nil {
		f = &fetching{done: make(chan struct{}), err: errors.New("it ended its goroutine")}
		f.ctx, f.abandon = context.WithCancel(context.Background())
		s.current = f
		go s.run(f, fetch)
	}
	f.callers++
	s.mu.Unlock()
	select {
	case <-f.done:
		if f.err != nil && f.ctx.Err() != nil { // all others had left before this caller came
			return s.wait(ctx, fetch)
		}
		return f.token, f.err
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		if f.callers--; f.callers == 0 {
			f.abandon()
		}
		return nil, ended(ctx)
	}
}

// run makes a fetch end in any case, also if it panics or ends its goroutine.
func (s *shared) run(f *fetching, fetch func(context.Context) (*oauth2.Token, error)) {
	defer func() {
		if p := recover(); p != nil {
			f.err = fmt.Errorf("panic: %s", oneLine(fmt.Sprint(p)))
		}
		s.mu.Lock()
		s.current = nil
		s.mu.Unlock()
		close(f.done)
	}()
	f.token, f.err = fetch(f.ctx)
}
