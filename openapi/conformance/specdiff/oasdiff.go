package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const oasdiff = "github.com/oasdiff/oasdiff@v1.36.0"

// differences returns what oasdiff finds in theirs against ours, "" for nothing:
// its changelog, which is in sentences, and its diff, which is complete.
func differences(ours, theirs document, ignored []string) (string, error) {
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
	changelog, err := run(dir, "changelog", "ours.json", "hubspots.json", "--format", "singleline")
	return sentences(changelog) + diff, err
}

// sentences drops the first line of a changelog. It counts errors and warnings in
// a sense of its own, and may count none of either where the documents differ.
func sentences(changelog string) string {
	_, rest, _ := strings.Cut(changelog, "\n")
	if rest = strings.TrimSpace(rest); rest == "" {
		return ""
	}
	return rest + "\n\n"
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
