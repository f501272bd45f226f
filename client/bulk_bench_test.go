package client_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/deea8dec/hubspot-limits/client"
)

// done is a transport that only answers 204.
var done = roundTrip(func(req *http.Request) (*http.Response, error) {
	_ = req.Body.Close()
	return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
})

func BenchmarkPurgeLimits(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			given := limits("0-1", "0-2", n)
			c, err := client.New(client.StaticToken(token), client.WithHTTPClient(&http.Client{Transport: done}))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.PurgeLimits(b.Context(), given, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
