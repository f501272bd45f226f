// Specdiff compares the operations of this repository's document with those of
// HubSpot's, and fails on any difference that allowed.json does not explain.
//
//	specdiff UPSTREAM
//
// UPSTREAM is HubSpot's document, a file or an address. If specdiff fails, its last
// line says why: "CHANGED" if HubSpot's document is not as expected, "MOVED" if it
// is no longer at its address, "NO ANSWER" if it could not be fetched this time.
// It exits with 1 then, whatever the reason: make would hide another status.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/deea8dec/hubspot-limits/openapi"
)

var (
	errChanged  = errors.New("CHANGED")
	errMoved    = errors.New("MOVED")
	errNoAnswer = errors.New("NO ANSWER")
)

func main() {
	err := errors.New("say what to compare with: make spec-diff UPSTREAM=file-or-URL")
	if len(os.Args) == 2 && os.Args[1] != "" {
		err = compare(os.Stdout, os.Args[1])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "spec-diff:", err)
		os.Exit(1)
	}
}

// compare writes what it found to w. The error is nil if nobody has to decide
// anything.
func compare(w io.Writer, upstream string) error {
	ours, err := load(openapi.Purge)
	if err != nil {
		return err
	}
	data, err := fetch(upstream)
	if err != nil {
		return err
	}
	theirs, err := load(data)
	if err != nil {
		return fmt.Errorf("%w: %s can't be read as OpenAPI: %w", errChanged, upstream, err)
	}
	pairs, missing, err := match(ours, theirs)
	if err != nil {
		return err
	}
	allowed, ignored, err := allow(pairs)
	if err != nil {
		return err
	}
	changes, err := differences(
		ours.reduced(pairs, func(p pair) side { return p.ours }),
		theirs.reduced(pairs, func(p pair) side { return p.theirs }), ignored)
	if err != nil {
		return err
	}
	return report(w, allowed, missing, changes)
}

func report(w io.Writer, allowed []difference, missing []string, changes string) error {
	for _, d := range allowed {
		fmt.Fprintf(w, "allowed: %s: %s\n", d.What, d.Why)
	}
	if len(missing) == 0 && changes == "" {
		fmt.Fprintf(w, "spec-diff: both operations are as HubSpot has them, but for %d differences on purpose\n", len(allowed))
		return nil
	}
	for _, sentence := range missing {
		fmt.Fprintf(w, "\nHubSpot's document %s\n", sentence)
	}
	if changes != "" {
		fmt.Fprintf(w, "\nfrom our document to HubSpot's:\n%s\n\n", strings.TrimSpace(changes))
	}
	return fmt.Errorf("%w: HubSpot's document is not as expected; the lines above say where. Follow it in openapi/purge.yaml, "+
		"or keep the difference and give the reason in openapi/conformance/specdiff/allowed.json", errChanged)
}
