package client_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
)

func TestNewRefuses(t *testing.T) {
	const secret = "s3cr3t"
	good := client.StaticToken(token)
	base := func(u string) []client.Option { return []client.Option{client.WithBaseURL(u)} }
	for name, tc := range map[string]struct {
		tokens oauth2.TokenSource
		opts   []client.Option
	}{
		"no token source":    {nil, nil},
		"empty token":        {client.StaticToken(""), nil},
		"white token":        {client.StaticToken(" \n"), nil},
		"token with newline": {client.StaticToken(secret + "\nX-Other: 1"), nil},
		"token with space":   {client.StaticToken(secret + " " + secret), nil},
		"token beyond ASCII": {client.StaticToken(secret + "é"), nil},
		"token with control": {client.StaticToken(secret + "\x7f"), nil},
		"empty URL":          {good, base("")},
		"relative URL":       {good, base("/crm")},
		"no scheme":          {good, base("api.hubapi.com")},
		"no host":            {good, base("https://")},
		"only a port":        {good, base("https://:443")},
		"opaque":             {good, base("https:api.hubapi.com")},
		"plain http":         {good, base("http://api.hubapi.com")},
		"like loopback":      {good, base("http://127.0.0.1.example.com")},
		"like localhost":     {good, base("http://localhost.example.com")},
		"other scheme":       {good, base("ftp://localhost")},
		"user info":          {good, base("https://me:" + secret + "@api.hubapi.com")},
		"user info, broken":  {good, base("https://me:" + secret + "@api.hubapi.com:port")},
		"query":              {good, base("https://api.hubapi.com?hapikey=" + secret)},
		"empty query":        {good, base("https://api.hubapi.com?")},
		"fragment":           {good, base("https://api.hubapi.com#" + secret)},
		"empty fragment":     {good, base("https://api.hubapi.com#")},
		"nil http.Client":    {good, []client.Option{client.WithHTTPClient(nil)}},
		"batch size 0":       {good, []client.Option{client.WithBatchSize(0)}},
		"batch size -1":      {good, []client.Option{client.WithBatchSize(-1)}},
		"no attempts":        {good, []client.Option{client.WithRetry(0, 0)}},
		"negative wait":      {good, []client.Option{client.WithRetry(1, -1)}},
		"product with CRLF":  {good, []client.Option{client.WithUserAgent("a\r\nb")}},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := client.New(tc.tokens, tc.opts...)
			if c != nil || !errors.Is(err, client.ErrInvalidInput) {
				t.Fatalf("New = %v, %v, want ErrInvalidInput", c, err)
			}
			if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "\n") {
				t.Errorf("the error quotes a secret or is not one line: %q", err)
			}
		})
	}
}

func TestNewAccepts(t *testing.T) {
	for _, u := range []string{
		"https://api.hubapi.com", "https://api.hubapi.com/", "HTTPS://proxy.example.com:8443/hubspot",
		"http://localhost:8080", "http://LOCALHOST", "http://127.0.0.1", "http://127.9.9.9:1/x/", "http://[::1]:80",
	} {
		if _, err := client.New(client.StaticToken(token), nil, client.WithBaseURL(u), nil); err != nil {
			t.Errorf("base URL %q: %v", u, err)
		}
	}
	// Long tokens are normal, and so is the white space that files leave.
	if _, err := client.New(client.StaticToken("\t " + strings.Repeat("x", 4096) + "\r\n")); err != nil {
		t.Error(err)
	}
	// Options record: the last of two holds, wrong or right.
	if _, err := client.New(client.StaticToken(token), client.WithBatchSize(0), client.WithBatchSize(1)); err != nil {
		t.Errorf("the last option does not hold: %v", err)
	}
}

func TestNewSendsNothingAndBorrows(t *testing.T) {
	hc := &http.Client{
		Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			t.Error("New sent a request")
			return nil, errors.New("no")
		}),
	}
	tokens := tokenFunc(func() (*oauth2.Token, error) {
		t.Error("New asked for a token")
		return nil, errors.New("no")
	})
	if _, err := client.New(tokens, client.WithHTTPClient(hc)); err != nil {
		t.Fatal(err)
	}
	if _, ours := hc.Transport.(roundTrip); !ours || hc.CheckRedirect != nil || hc.Timeout != 0 {
		t.Errorf("New changed the caller's http.Client: %+v", hc)
	}
}

type tokenFunc func() (*oauth2.Token, error)

func (f tokenFunc) Token() (*oauth2.Token, error) { return f() }
