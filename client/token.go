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

func (s staticToken) Token() (*oauth2.Token, error) { return clone(s.get()), nil }

// A source is an oauth2.TokenSource whose callers leave when their context ends.
type source interface {
	token(context.Context, *slog.Logger) (*oauth2.Token, error)
	// invalidate drops a token that HubSpot refused. It reports whether the source may
	// have another one.
	invalidate(accessToken string) bool
}

func (s staticToken) token(context.Context, *slog.Logger) (*oauth2.Token, error) { return s.get(), nil }
func (s staticToken) invalidate(string) bool                                     { return false }

// A foreignSource asks a source that does not look at a context.
type foreignSource struct {
	shared
	tokens oauth2.TokenSource
}

func (s *foreignSource) token(ctx context.Context, log *slog.Logger) (*oauth2.Token, error) {
	return s.wait(ctx, log)
}

func (s *foreignSource) invalidate(accessToken string) bool {
	i, ok := s.tokens.(interface{ Invalidate(accessToken string) })
	if ok {
		i.Invalidate(accessToken)
	}
	return ok
}

// newSource checks tokens and makes a source of them.
func newSource(tokens oauth2.TokenSource) (source, error) {
	switch s := tokens.(type) {
	case nil:
		return nil, errors.New("no token source")
	case staticToken:
		return s, checkToken(s.get())
	case appTokens:
		return s, s.app.check()
	}
	s := &foreignSource{tokens: tokens}
	s.fetch = func(context.Context, *slog.Logger) (*oauth2.Token, error) { return tokens.Token() }
	return s, nil
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

// shared lets any number of concurrent callers wait for one fetch. A caller that
// leaves does not end it for the others. When all have left, its context ends.
type shared struct {
	fetch func(context.Context, *slog.Logger) (*oauth2.Token, error)

	mu      sync.Mutex
	current *fetching // nil while nobody waits
}

type fetching struct {
	abandon context.CancelFunc
	callers int
	done    chan struct{} // closed when what follows is set
	result  *oauth2.Token
	err     error
	ended   bool // err came after all callers had left
}

// wait joins the fetch under way, or starts one.
func (s *shared) wait(ctx context.Context, log *slog.Logger) (*oauth2.Token, error) {
	for {
		f := s.join(log)
		select {
		case <-f.done:
			if !f.ended || ctx.Err() != nil {
				return f.result, f.err
			} // one that joined after that starts another fetch
		case <-ctx.Done():
			s.mu.Lock()
			defer s.mu.Unlock()
			if f.callers--; f.callers == 0 {
				f.abandon()
			}
			return nil, ended(ctx)
		}
	}
}

func (s *shared) join(log *slog.Logger) *fetching {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		ctx, abandon := context.WithCancel(context.Background())
		s.current = &fetching{abandon: abandon, done: make(chan struct{}), err: errors.New("it ended its goroutine")}
		go s.run(ctx, log, s.current)
	}
	s.current.callers++
	return s.current
}

// run makes a fetch end in any case, also if it panics or ends its goroutine.
func (s *shared) run(ctx context.Context, log *slog.Logger, f *fetching) {
	defer func() {
		if p := recover(); p != nil {
			f.err = fmt.Errorf("panic: %s", oneLine(fmt.Sprint(p)))
		}
		f.ended = f.err != nil && ctx.Err() != nil
		f.abandon()
		s.mu.Lock()
		s.current = nil
		s.mu.Unlock()
		close(f.done)
	}()
	f.result, f.err = s.fetch(ctx, log)
}
