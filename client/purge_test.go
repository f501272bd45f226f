package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/client/purgetest"
)

func TestPurgeLifts(t *testing.T) {
	there := client.Limit{From: client.Contacts, To: client.Companies, Type: label}
	back := client.Limit{From: client.Companies, To: client.Contacts, Type: label}
	other := client.Limit{From: client.Contacts, To: client.Companies, Type: client.HubSpotDefined(35)}
	s := standIn(t, there, back, other)

	result, err := purge(t, connect(t, s))
	if err != nil {
		t.Fatal(err)
	}
	if result.StatusCode != 200 || result.Status != client.StatusComplete || result.CompletedAt.IsZero() || result.CorrelationID == "" {
		t.Errorf("result = %+v", result)
	}
	if got, want := s.Limits(token), []client.Limit{back, other}; !slices.Equal(got, want) {
		t.Errorf("limits left: %v, want %v", got, want)
	}
}

func TestPurgeRequest(t *testing.T) {
	for _, base := range []string{"https://proxy.example.com/hub%2Fspot/v1", "https://proxy.example.com/hub%2Fspot/v1/"} {
		var req *http.Request
		var body map[string][]map[string]any
		c := connectTo(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			req = r
			if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
				t.Error(err)
			}
			return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody}, nil
		}), client.WithBaseURL(base), client.WithUserAgent("acme-sync/1.4"))
		_, err := c.Purge(t.Context(), "contacts", "p345_vendor", label, client.HubSpotDefined(35), label, client.AssociationType{Category: "WORK", TypeID: 1})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := req.Method+" "+req.URL.String(), "POST https://proxy.example.com/hub%2Fspot/v1"+purgePath("contacts", "p345_vendor"); got != want {
			t.Errorf("request %s, want %s", got, want)
		}
		for name, want := range map[string]string{
			"Authorization": "Bearer " + token,
			"Accept":        "application/json",
			"Content-Type":  "application/json",
		} {
			if got := req.Header.Values(name); !slices.Equal(got, []string{want}) {
				t.Errorf("%s: %q, want %q once", name, got, want)
			}
		}
		if ua := req.UserAgent(); !strings.HasPrefix(ua, "acme-sync/1.4 hubspot-limits/") {
			t.Errorf("User-Agent: %q", ua)
		}
		if got, want := len(body["inputs"]), 3; got != want { // the duplicate is sent once
			t.Errorf("%d inputs, want %d: %v", got, want, body)
		}
		if first := body["inputs"][0]; first["category"] != "USER_DEFINED" || first["typeId"] != 35. {
			t.Errorf("first input: %v", first)
		}
	}
}

func TestPurgeRefusesBeforeSending(t *testing.T) {
	s := standIn(t)
	asked := 0
	c, err := client.New(tokenFunc(func() (*oauth2.Token, error) {
		asked++
		return &oauth2.Token{AccessToken: token}, nil
	}), client.WithHTTPClient(&http.Client{Transport: s.Transport()}), client.WithBatchSize(2))
	if err != nil {
		t.Fatal(err)
	}
	types := []client.AssociationType{label}
	for name, call := range map[string]struct {
		c        *client.Client
		ctx      context.Context
		from, to client.ObjectType
		types    []client.AssociationType
	}{
		"nil Client":          {nil, t.Context(), "0-1", "0-2", types},
		"zero Client":         {new(client.Client), t.Context(), "0-1", "0-2", types},
		"nil context":         {c, nil, "0-1", "0-2", types},
		"no types":            {c, t.Context(), "0-1", "0-2", nil},
		"empty from":          {c, t.Context(), "", "0-2", types},
		"empty to":            {c, t.Context(), "0-1", "", types},
		"dot":                 {c, t.Context(), ".", "0-2", types},
		"dot dot":             {c, t.Context(), "0-1", "..", types},
		"slash":               {c, t.Context(), "a/b", "0-2", types},
		"escaped slash":       {c, t.Context(), "a%2fb", "0-2", types},
		"query":               {c, t.Context(), "0-1", "a?b", types},
		"space":               {c, t.Context(), "0-1", "line items", types},
		"beyond ASCII":        {c, t.Context(), "kontakté", "0-2", types},
		"invalid UTF-8":       {c, t.Context(), "a\xff", "0-2", types},
		"empty category":      {c, t.Context(), "0-1", "0-2", []client.AssociationType{{TypeID: 1}}},
		"category not UTF-8":  {c, t.Context(), "0-1", "0-2", []client.AssociationType{{Category: "\xff", TypeID: 1}}},
		"typeId 0":            {c, t.Context(), "0-1", "0-2", []client.AssociationType{client.UserDefined(0)}},
		"typeId below 0":      {c, t.Context(), "0-1", "0-2", []client.AssociationType{label, client.UserDefined(-5)}},
		"over the batch size": {c, t.Context(), "0-1", "0-2", []client.AssociationType{label, client.UserDefined(1), client.UserDefined(2)}},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := call.c.Purge(call.ctx, call.from, call.to, call.types...)
			if result != nil || !errors.Is(err, client.ErrInvalidInput) || errors.Is(err, client.ErrOutcomeUnknown) {
				t.Errorf("Purge = %v, %v, want ErrInvalidInput", result, err)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "purge association limits: invalid input: ") {
				t.Errorf("error %q", err)
			}
		})
	}
	if n := len(s.Requests()); n != 0 || asked != 0 {
		t.Errorf("%d requests and %d tokens for calls that were refused", n, asked)
	}
	// A duplicate does not count.
	s.SetLimits(token)
	if _, err := c.Purge(t.Context(), "0-1", "0-2", label, client.UserDefined(1), label); err != nil {
		t.Error(err)
	}
}

func TestPurgeEndsBeforeSending(t *testing.T) {
	s := standIn(t)
	sourceFails := errors.New("vault sealed")
	ended, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("shutting down"))
	for name, tc := range map[string]struct {
		ctx   context.Context
		token *oauth2.Token
		err   error
		want  error
	}{
		"source fails":     {t.Context(), nil, sourceFails, sourceFails},
		"source is empty":  {t.Context(), nil, nil, nil},
		"empty token":      {t.Context(), &oauth2.Token{}, nil, nil},
		"unsendable token": {t.Context(), &oauth2.Token{AccessToken: token + "\n"}, nil, nil},
		"context is over":  {ended, &oauth2.Token{AccessToken: token}, nil, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := client.New(tokenFunc(func() (*oauth2.Token, error) { return tc.token, tc.err }),
				client.WithHTTPClient(&http.Client{Transport: s.Transport()}))
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Purge(tc.ctx, client.Contacts, client.Companies, label)
			if err == nil || errors.Is(err, client.ErrOutcomeUnknown) || tc.want != nil && !errors.Is(err, tc.want) {
				t.Errorf("error %v, want %v", err, tc.want)
			}
			if strings.Contains(err.Error(), token) {
				t.Errorf("the error quotes the token: %v", err)
			}
		})
	}
	if n := len(s.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// A token source is not asked for a call that is over.
func TestEndedCallAsksForNoToken(t *testing.T) {
	bubble(t, "", func(t *testing.T, _ *purgetest.Server) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		asked := false
		c, err := client.New(tokenFunc(func() (*oauth2.Token, error) {
			asked = true
			return nil, errors.New("no")
		}))
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Purge(ctx, client.Contacts, client.Companies, label)
		synctest.Wait()
		if !errors.Is(err, context.Canceled) || asked {
			t.Errorf("error %v, asked for a token: %t", err, asked)
		}
	})
}

// A context that ends while the token is fetched ends the call before the transport
// sees it.
func TestPurgeEndsWhileTheTokenIsFetched(t *testing.T) {
	for range 20 { // the token and the end come together, in either order
		ctx, cancel := context.WithCancel(t.Context())
		sent := false
		c, err := client.New(tokenFunc(func() (*oauth2.Token, error) {
			cancel()
			return &oauth2.Token{AccessToken: token}, nil
		}), client.WithHTTPClient(&http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			sent = true
			return nil, errors.New("no")
		})}))
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Purge(ctx, client.Contacts, client.Companies, label)
		if !errors.Is(err, context.Canceled) || errors.Is(err, client.ErrOutcomeUnknown) || sent {
			t.Errorf("sent %t: %v", sent, err)
		}
	}
}
