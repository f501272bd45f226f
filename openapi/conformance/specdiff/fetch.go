package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// fetch reads a file, or what an address answers.
func fetch(from string) ([]byte, error) {
	if !strings.Contains(from, "://") {
		return os.ReadFile(from)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: try again later: %w", errNoAnswer, err)
	}
	defer func() { _ = resp.Body.Close() }()
	switch status := resp.StatusCode; {
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		return nil, fmt.Errorf("%w: try again later: %s answers %s", errNoAnswer, from, resp.Status)
	case status != http.StatusOK:
		return nil, fmt.Errorf("%w: %s answers %s. Find the new address of HubSpot's document, "+
			"and write it into .github/workflows/weekly.yml", errMoved, from, resp.Status)
	}
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("%w: try again later: %w", errNoAnswer, err)
	}
	return data, nil
}
