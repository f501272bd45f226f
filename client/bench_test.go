package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/deea8dec/hubspot-limits/client"
	"github.com/deea8dec/hubspot-limits/gen"
)

// The benchmarks compare three ways to make the same call: floor, by hand on
// net/http and encoding/json; plain, the generated client as it is; and Purge.

type way struct {
	name string
	call func(context.Context) error
}

// ways makes the three for a number of inputs, each with its inputs ready-made in its
// own type.
func ways(tb testing.TB, base string, hc *http.Client, inputs int) []way {
	tb.Helper()
	api := &gen.ClientWithResponses{ClientInterface: &gen.Client{Server: base + "/", Client: hc, RequestEditors: []gen.RequestEditorFn{func(_ context.Context, req *http.Request) error {
		req.Header.Set("Authorization", "Bearer "+token)
		return nil
	}}}}
	c, err := client.New(client.StaticToken(token), client.WithBaseURL(base), client.WithHTTPClient(hc), client.WithBatchSize(1000))
	if err != nil {
		tb.Fatal(err)
	}
	var types []client.AssociationType
	var specs []gen.AssociationSpec
	var floorInputs []floorInput
	for i := range int32(inputs) {
		types = append(types, client.UserDefined(i+1))
		specs = append(specs, gen.AssociationSpec{Category: "USER_DEFINED", TypeID: i + 1})
		floorInputs = append(floorInputs, floorInput{"USER_DEFINED", i + 1})
	}
	url := base + purgePath("0-1", "0-2")
	return []way{
		{"floor", func(ctx context.Context) error { return floor(ctx, hc, url, floorInputs) }},
		{"plain", func(ctx context.Context) error {
			_, err := api.PurgeWithResponse(ctx, "0-1", "0-2", gen.BatchInput{Inputs: specs})
			return err
		}},
		{"Purge", func(ctx context.Context) error {
			_, err := c.Purge(ctx, client.Contacts, client.Companies, types...)
			if err != nil && errors.As(err, new(*client.IncompleteError)) {
				return nil
			}
			return err
		}},
	}
}

type floorInput struct {
	Category string `json:"category"`
	TypeID   int32  `json:"typeId"`
}

// floor is the least that gives a caller what HubSpot said.
func floor(ctx context.Context, hc *http.Client, url string, inputs []floorInput) error {
	body, err := json.Marshal(struct {
		Inputs []floorInput `json:"inputs"`
	}{inputs})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := hc.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	var result struct {
		Status                              string
		RequestedAt, StartedAt, CompletedAt time.Time
		Results                             []json.RawMessage
		NumErrors                           int32
		Links                               map[string]string
		Errors                              []struct {
			ID, Status, Category, Message string
			SubCategory                   json.RawMessage
			Context                       map[string][]string
			Links                         map[string]string
			Errors                        []struct {
				Message, Code, In string
				SubCategory       json.RawMessage
				Context           map[string][]string
			}
		}
	}
	return json.Unmarshal(text, &result)
}

const benchError = `{"status":"error","category":"VALIDATION_ERROR","message":"No association type USER_DEFINED 999 between contact and company.","context":{"category":["USER_DEFINED"],"typeId":["999"]},"links":{},"errors":[]}`

func benchAnswer(failures int) []byte {
	return fmt.Appendf(nil, `%s,"numErrors":%d,"errors":[%s]}`, complete, failures, strings.TrimSuffix(strings.Repeat(benchError+",", failures), ","))
}

// answering is a transport in memory that always gives the same answer.
func answering(body []byte) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		_, _ = io.Copy(io.Discard, req.Body)
		_ = req.Body.Close()
		return &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
			Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: req,
		}, nil
	})
}

func BenchmarkPurge(b *testing.B) {
	for _, tc := range []struct {
		name             string
		inputs, failures int
	}{{"1", 1, 0}, {"50", 50, 0}, {"100", 100, 0}, {"1000-errors", 1, 1000}} {
		for _, w := range ways(b, "https://api.hubapi.com", &http.Client{Transport: answering(benchAnswer(tc.failures))}, tc.inputs) {
			b.Run("inputs="+tc.name+"/way="+w.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := w.call(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
