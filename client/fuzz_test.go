package client_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/deea8dec/hubspot-limits/client"
)

// one is a transport that gives one answer of any kind.
func one(status int, header http.Header, body []byte) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader(body)), Request: req}, nil
	})
}

// Whatever is answered: no panic, the status survives, and a readable 2xx is
// taken as what it is.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		"", "null", " \n", "{}", complete + "}", complete + `,"numErrors":1}`, complete + `,"numErrors":"1"}`, complete + `,"numErrors":3000000000}`, oddDate + `,"NumErrors":1,"Errors":[{}]}`, complete, "[]", `"x"`, "{}{}", "<html>",
		complete + `,"errors":[` + benchError + `]}`, complete + `,"errors":{"context":"{a=[b, c], d=e}","subCategory":{}}}`,
		`{"status":null,"requestedAt":"","results":{},"links":[],"errors":[null,1,{"errors":"x"}]}`,
		`{"category":"C","message":"m","context":{"a":["b"]},"errors":[{"message":"d","context":"{missingScopes=[x]}"}]}`,
	} {
		for _, status := range []int{200, 204, 302, 400, 429, 502} {
			f.Add(status, "application/json", []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, status int, contentType string, body []byte) {
		c := connectTo(t, one(status, http.Header{"Content-Type": {contentType}}, body), once)
		result, err := purge(t, c)
		answer, incomplete := new(client.Error), new(client.IncompleteError)
		switch {
		case err != nil && strings.ContainsAny(err.Error(), "\n\r\x1b"):
			t.Errorf("not one line: %q", err)
		case status/100 != 2:
			if !errors.As(err, &answer) || answer.StatusCode != status || result != nil {
				t.Errorf("status %d: %v, %v", status, result, err)
			}
			_ = answer.MissingScopes()
		case readable(body):
			if result == nil || result.StatusCode != status || err != nil && !errors.As(err, &incomplete) {
				t.Errorf("a readable 2xx was refused: %v", err)
			}
		case result != nil || !errors.Is(err, client.ErrOutcomeUnknown):
			t.Errorf("an unreadable 2xx was taken: %+v, %v", result, err)
		}
	})
}

// readable is what the documentation says of a 2xx body, without the white space
// around it: none, null, or one object.
func readable(body []byte) bool {
	body = bytes.TrimSpace(body)
	return len(body) == 0 || string(body) == "null" || json.Valid(body) && body[0] == '{'
}

// A context is an object of string arrays, or stands as one text under "". Reading
// it costs a bounded number of bytes for each of its own.
func FuzzContext(f *testing.F) {
	for _, parts := range [][3]string{
		{`{"a":["`, "b", `"]}`}, {`{"a":[`, `"b",`, `null]}`}, {`{`, `"a":["b"],`, `"c":[]}`}, {`"{a=[`, "b, ", `c]}"`}, {`"{a=`, ", ", `}"`},
		{`[`, "0,", "0]"}, {"", "5", ""}, {`{"a":`, "[", "]}"}, {`{"null":[`, `"null",`, `"\u006eull"]}`}, {"{}", " ", ""}, {`"`, `\"`, `"`},
	} {
		f.Add(parts[0], parts[1], parts[2], uint16(1))
		f.Add(parts[0], parts[1], parts[2], uint16(3000))
	}
	f.Fuzz(func(t *testing.T, start, part, end string, times uint16) {
		raw := start + strings.Repeat(part, min(int(times), (60<<10)/max(len(part), 1))) + end
		body := []byte(`{"context":` + raw + `,"errors":[{"context":` + raw + `}]}`)
		c := connectTo(t, one(http.StatusConflict, nil, body), once)
		var err error
		if cost := allocated(func() { _, err = purge(t, c) }); cost > uint64(4000*len(body)+64<<10) {
			t.Errorf("%d bytes allocated for %d", cost, len(body))
		}
		answer := refusal(err)
		if answer == nil || !json.Valid(body) || len(body) > 64<<10 || strings.Contains(raw, "context") {
			return
		}
		if want := contextOf([]byte(raw)); !reflect.DeepEqual(answer.Context, want) {
			t.Errorf("context %s: %q, want %q", raw, answer.Context, want)
		}
	})
}

// contextOf is what the documentation says of a context.
func contextOf(raw []byte) map[string][]string {
	var members map[string]json.RawMessage
	var text string
	var compact bytes.Buffer
	switch {
	case string(bytes.TrimSpace(raw)) == "null":
		return nil
	case json.Unmarshal(raw, &text) == nil:
		return map[string][]string{"": {text}}
	}
	_ = json.Compact(&compact, raw)
	whole := map[string][]string{"": {compact.String()}}
	if json.Unmarshal(raw, &members) != nil {
		return whole
	}
	lists := map[string][]string{}
	for name, member := range members {
		var list []*string
		if json.Unmarshal(member, &list) != nil || list == nil {
			return whole
		}
		lists[name] = []string{}
		for _, item := range list {
			if item == nil {
				return whole
			}
			lists[name] = append(lists[name], *item)
		}
	}
	return lists
}

func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{"", "0", "1", "-1", "1.5", "1e10", "1e30", "1e999", "NaN", "Inf", "0x1p4", "soon", "Mon, 02 Nov 2026 09:30:03 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		f.Add(value, "Mon, 02 Nov 2026 09:30:00 GMT")
		f.Add(value, "")
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		header := http.Header{"Retry-After": {value}, "Date": {date}}
		_, err := purge(t, connectTo(t, one(http.StatusServiceUnavailable, header, nil), once))
		if answer := new(client.Error); !errors.As(err, &answer) || answer.RetryAfter < 0 {
			t.Errorf("Retry-After %q at %q: %+v", value, date, err)
		}
	})
}

// A base URL is refused, or the request goes below it, by https or to loopback.
func FuzzBaseURL(f *testing.F) {
	for _, u := range []string{"https://api.hubapi.com", "https://h/p/", "http://localhost:1", "http://[::1]", "https://u:p@h", "https://h?q", "https://h#f", "http://h", "https:h", "//h", "https://h/%2e%2e/", "https://h/../x"} {
		f.Add(u)
	}
	f.Fuzz(func(t *testing.T, u string) {
		var sent *url.URL
		c, err := client.New(client.StaticToken(token), once, client.WithBaseURL(u), client.WithHTTPClient(&http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			sent = req.URL
			return nil, errors.New("no")
		})}))
		if err != nil {
			return
		}
		_, _ = purge(t, c)
		if sent == nil {
			return // net/http refuses some of what a URL may hold
		}
		base, err := url.Parse(u)
		if err != nil || sent.Hostname() != base.Hostname() || sent.Port() != base.Port() || sent.User != nil || sent.RawQuery != "" || sent.Fragment != "" || !strings.HasSuffix(sent.Path, purgePath("0-1", "0-2")) {
			t.Errorf("base URL %q: sent to %q", u, sent)
		}
		host := sent.Hostname()
		if sent.Scheme != "https" && !strings.EqualFold(host, "localhost") && !strings.HasPrefix(host, "127.") && !strings.Contains(host, "::") && !strings.Contains(host, ":") {
			t.Errorf("base URL %q: sent in the clear to %q", u, sent)
		}
	})
}

// An object type is refused, or stands in the path as it is.
func FuzzObjectType(f *testing.F) {
	for _, name := range []string{"", ".", "..", "a/b", "a%2fb", "0-1", "p_vendor", "a?b", "a#b", "é", "a\x00", " "} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		sent := ""
		c := connectTo(t, roundTrip(func(req *http.Request) (*http.Response, error) {
			sent = req.URL.String()
			return nil, errors.New("no")
		}), once)
		_, err := c.Purge(t.Context(), client.ObjectType(name), "0-2", label)
		want := "https://api.hubapi.com" + purgePath(name, "0-2")
		if errors.Is(err, client.ErrInvalidInput) == (sent != "") || sent != "" && sent != want {
			t.Errorf("object type %q: sent %q, %v", name, sent, err)
		}
	})
}

func FuzzAssociationType(f *testing.F) {
	for _, text := range []string{"USER_DEFINED:35", ":", "A:0", "A:+1", "A:2147483648", "a:b:1", "\xff:1", "A:01"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var read, again client.AssociationType
		if read.UnmarshalText([]byte(text)) != nil {
			return
		}
		if err := again.UnmarshalText([]byte(read.String())); err != nil || again != read {
			t.Errorf("%q reads as %+v, its text as %+v, %v", text, read, again, err)
		}
		if _, err := connectTo(t, one(http.StatusNoContent, nil, nil)).Purge(t.Context(), "0-1", "0-2", read); err != nil {
			t.Errorf("%q is read, and refused: %v", text, err)
		}
	})
}

// Whatever the token endpoint answers: no panic, no secret, one line; and a token
// is saved before it is used.
func FuzzTokenAnswer(f *testing.F) {
	for _, body := range []string{
		"", "{}", "null", "[]", "OK", `{"access_token":"a","expires_in":1800}`, `{"access_token":"a","refresh_token":"b","expires_in":"x"}`, `{"access_token":"a","expires_in":-1e9}`,
		`{"error":"invalid_grant","error_description":"x` + clientSecret + refreshToken + `"}`, `{"access_token":"a\nb"}`, "access_token=a&expires_in=5",
	} {
		for _, status := range []int{200, 201, 307, 400, 401, 522} {
			f.Add(status, "application/json", []byte(body))
			f.Add(status, "text/plain", []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, status int, contentType string, body []byte) {
		if status == http.StatusLocked || status == http.StatusTooManyRequests || status >= 500 && status != 522 {
			return // retried, after a wait in real time
		}
		saved := ""
		app := client.OAuthApp{ClientID: "app", ClientSecret: clientSecret, HTTPClient: &http.Client{Transport: one(status, http.Header{"Content-Type": {contentType}}, body)}}
		got, err := app.TokenSource(&oauth2.Token{RefreshToken: refreshToken}, func(t *oauth2.Token) error {
			saved = t.AccessToken
			return nil
		}).Token()
		switch {
		case err != nil:
			if text := err.Error(); strings.ContainsAny(text, "\n\r\x1b") || strings.Contains(text, clientSecret) || strings.Contains(text, refreshToken) {
				t.Errorf("error %q", text)
			}
		case status/100 != 2 || got.AccessToken == "" || got.AccessToken != saved || got.RefreshToken == "" || got.Expiry.IsZero():
			t.Errorf("status %d: token %+v, saved %q", status, got, saved)
		}
	})
}
