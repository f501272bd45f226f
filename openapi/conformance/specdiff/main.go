// Specdiff compares the purge operation of this repository's document with that
// of another, as HubSpot publishes it, and fails on any difference that
// allowed.json does not explain.
//
//	specdiff UPSTREAM
//
// UPSTREAM is a file or an address. It exits with 1 where the documents differ,
// and with 2 where it could not tell.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/deea8dec/hubspot-limits/openapi"
)

const oasdiff = "github.com/oasdiff/oasdiff@v1.36.0"

func main() {
	if len(os.Args) != 2 || os.Args[1] == "" {
		fmt.Fprintln(os.Stderr, "say what to compare with: make spec-diff UPSTREAM=file-or-URL")
		os.Exit(2)
	}
	same, err := compare(os.Stdout, os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "spec-diff:", err)
		os.Exit(2)
	}
	if !same {
		os.Exit(1)
	}
}

// compare says on w what it found, and whether nothing has to be decided.
func compare(w io.Writer, upstream string) (same bool, err error) {
	ours, err := load(openapi.Purge)
	if err != nil {
		return false, err
	}
	path := ours.paths()[0] // a test asserts that there is no other
	ourPurge, err := ours.operation(path)
	if err != nil {
		return false, err
	}
	data, err := fetch(upstream)
	if err != nil {
		return false, err
	}
	theirs, err := load(data)
	if err != nil {
		return false, fmt.Errorf("%s: %w", upstream, err)
	}
	theirPurge, err := theirs.operation(path)
	if missing := (*missingError)(nil); errors.As(err, &missing) {
		fmt.Fprintf(w, "spec-diff: %s has no POST %s; it has %s\n", upstream, path, missing)
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%s: %w", upstream, err)
	}
	allowed, ignored, err := allow(ourPurge, theirPurge)
	if err != nil {
		return false, err
	}
	changes, err := differences(theirs.reduced(path, theirPurge), ours.reduced(path, ourPurge), ignored)
	if err != nil {
		return false, err
	}
	report(w, allowed, changes)
	return changes == "", nil
}

func report(w io.Writer, allowed []difference, changes string) {
	for _, d := range allowed {
		fmt.Fprintf(w, "allowed: %s: %s\n", d.What, d.Why)
	}
	if changes == "" {
		fmt.Fprintf(w, "spec-diff: the purge operation is HubSpot's, but for %d differences on purpose\n", len(allowed))
		return
	}
	fmt.Fprintf(w, "\nfrom our document to HubSpot's:\n%s\nspec-diff: HubSpot's document says something else of the purge operation, see above. "+
		"Follow it in openapi/purge.yaml, or keep the difference and give the reason in openapi/conformance/specdiff/allowed.json\n", changes)
}

// differences returns what oasdiff finds in theirs against ours, "" for nothing:
// its changelog, which is in sentences, and its diff, which is complete.
func differences(theirs, ours document, ignored []string) (string, error) {
	dir, err := os.MkdirTemp("", "specdiff")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	for name, doc := range map[string]document{"ours.json": ours, "hubspots.json": theirs} {
		text, err := json.MarshalIndent(doc, "", "  ")
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o600)
		}
		if err != nil {
			return "", err
		}
	}
	diff, err := run(dir, "diff", "ours.json", "hubspots.json", "--exclude-elements", strings.Join(append(ignored, "endpoints"), ","))
	if err != nil || diff == "" || diff == "{}" {
		return "", err
	}
	sentences, err := run(dir, "changelog", "ours.json", "hubspots.json", "--format", "singleline")
	return sentences + "\n\n" + diff, err
}

func run(dir string, args ...string) (string, error) {
	cmd := exec.Command("go", append([]string{"run", oasdiff}, args...)...) //nolint:noctx // it ends by itself
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("oasdiff: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}
