package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"

	"github.com/deea8dec/hubspot-limits/client"
)

// objectType is what the client would not refuse.
var objectType = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

var columns = []string{"from", "to", "category", "typeId"}

// readLimits reads rows of columns; a first row that names them is passed over. It
// returns every row that is not usable, by its line.
func readLimits(r io.Reader) (limits []client.Limit, bad []error) {
	rows := csv.NewReader(r)
	rows.FieldsPerRecord = -1
	rows.TrimLeadingSpace = true
	for first := true; ; first = false {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return limits, bad
		}
		if err != nil { // it says the line
			return limits, append(bad, err)
		}
		line, _ := rows.FieldPos(0)
		limit, err := parseLimit(row)
		switch {
		case first && slices.Equal(row, columns):
		case err != nil:
			bad = append(bad, fmt.Errorf("line %d: %w", line, err))
		default:
			limits = append(limits, limit)
		}
	}
}

func parseLimit(row []string) (client.Limit, error) {
	if len(row) != len(columns) {
		return client.Limit{}, fmt.Errorf("%d columns, want %q", len(row), columns)
	}
	limit := client.Limit{From: client.ObjectType(row[0]), To: client.ObjectType(row[1])}
	for _, name := range row[:2] {
		if !objectType.MatchString(name) {
			return limit, fmt.Errorf("object type %q", name)
		}
	}
	return limit, limit.Type.UnmarshalText([]byte(row[2] + ":" + row[3]))
}

func writeLimits(name string, limits []client.Limit) (err error) {
	f, err := os.Create(name) //nolint:gosec // the user named it
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	rows := csv.NewWriter(f)
	all := [][]string{columns}
	for _, l := range limits {
		all = append(all, []string{string(l.From), string(l.To), string(l.Type.Category), strconv.Itoa(int(l.Type.TypeID))})
	}
	return rows.WriteAll(all)
}

// load reads the file of limits, "-" for standard input.
func (p *program) load() ([]client.Limit, error) {
	in := p.stdin
	if p.file != "-" {
		f, err := os.Open(p.file)
		if err != nil {
			return nil, err
		}
		defer f.Close() //nolint:errcheck // it was only read
		in = f
	}
	limits, bad := readLimits(in)
	if len(bad) == 0 && len(limits) == 0 {
		bad = append(bad, errors.New("no limits in "+p.file))
	}
	return limits, errors.Join(bad...)
}

// runBulk purges the limits of a file, and writes what remains to another.
func (p *program) runBulk(ctx context.Context, c *client.Client, limits []client.Limit) int {
	opts := &client.BulkOptions{Progress: p.progress(len(limits))}
	if p.dryRun {
		opts = &client.BulkOptions{Concurrency: 1}
	}
	report, err := c.PurgeLimits(ctx, limits, opts)
	if p.dryRun {
		return exitLifted
	}
	if p.json {
		text, _ := json.MarshalIndent(report, "", "  ") //nolint:errchkjson // texts and numbers
		fmt.Fprintf(p.stdout, "%s\n", text)
	} else {
		p.list(report)
	}
	if rest := report.Remaining(); len(rest) > 0 {
		p.complain(err)
		if err := writeLimits(p.rest, rest); err != nil {
			p.complain(err)
		} else {
			fmt.Fprintf(p.stderr, "What remains is in %s.\n", p.rest)
		}
	}
	switch {
	case report.Count(client.StateUnknown) > 0:
		return exitUnknown
	case err != nil:
		return exitRefused
	}
	return exitLifted
}

func (p *program) list(report *client.Report) {
	for _, o := range report.Outcomes {
		if o.Err != nil {
			fmt.Fprintf(p.stdout, "%s: %s: %v\n", o.Limit, o.State, o.Err)
		}
	}
	fmt.Fprintln(p.stdout, report)
}

// progress keeps a line up to date where somebody looks at it.
func (p *program) progress(n int) func(client.Outcome) {
	f, ok := p.stderr.(*os.File)
	if !ok {
		return nil
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	settled := 0
	return func(client.Outcome) {
		settled++
		fmt.Fprintf(p.stderr, "\r%d of %d", settled, n)
		if settled == n {
			fmt.Fprintln(p.stderr)
		}
	}
}
