package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/deea8dec/hubspot-limits/client"
)

const (
	categories = "HUBSPOT_DEFINED, INTEGRATOR_DEFINED and USER_DEFINED"
	mostBad    = 10 // rows that are listed
)

var columns = []string{"from", "to", "category", "typeId"}

// limits are what is to be lifted: checked, sorted by pair, and each once.
func (p *program) limits() ([]client.Limit, error) {
	limits, err := p.given()
	slices.SortFunc(limits, func(a, b client.Limit) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To),
			cmp.Compare(a.Type.Category, b.Type.Category), cmp.Compare(a.Type.TypeID, b.Type.TypeID))
	})
	return slices.Compact(limits), err
}

func (p *program) given() ([]client.Limit, error) {
	switch p.file {
	case "":
		return p.arguments()
	case "-":
		return p.readLimits(p.stdin)
	}
	f, err := os.Open(p.file)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	return p.readLimits(f)
}

func (p *program) arguments() (limits []client.Limit, err error) {
	for _, text := range p.types {
		i := strings.LastIndexByte(text, ':')
		if i < 0 {
			err = errors.Join(err, fmt.Errorf("%q is not of the form CATEGORY:ID", text))
			continue
		}
		limit, bad := p.limit(p.from, p.to, text[:i], text[i+1:])
		limits, err = append(limits, limit), errors.Join(err, bad)
	}
	return limits, err
}

// limit checks one limit.
func (p *program) limit(from, to, category, typeID string) (client.Limit, error) {
	l := client.Limit{From: client.ObjectType(from), To: client.ObjectType(to)}
	if !p.anyCategory && !slices.Contains([]client.Category{
		client.CategoryHubSpotDefined, client.CategoryIntegratorDefined, client.CategoryUserDefined}, client.Category(category)) {
		return l, fmt.Errorf("category %q is none of %s (-any-category sends it)", category, categories)
	}
	if err := l.Type.UnmarshalText([]byte(category + ":" + typeID)); err != nil {
		return l, err
	}
	l.Type.Category = client.Category(category) // the caller's string, which many limits share
	return l, l.Validate()
}

// readLimits reads rows of columns, separated by commas or semicolons. A first row
// that names the columns may have them in any order, and others beside them. The
// error lists the rows that can't be used.
func (p *program) readLimits(r io.Reader) ([]client.Limit, error) {
	text := bufio.NewReader(r)
	t := table{place: []int{0, 1, 2, 3}, texts: map[string]string{}}
	rows := csv.NewReader(text)
	rows.Comma = separator(text)
	rows.FieldsPerRecord = -1
	rows.TrimLeadingSpace = true
	rows.ReuseRecord = true
	var limits []client.Limit
	var bad []error
	for first, count := true, 0; ; first = false {
		row, err := rows.Read()
		malformed := new(csv.ParseError)
		switch {
		case errors.Is(err, io.EOF):
			return limits, badRows(bad, count, len(limits))
		case err != nil && !errors.As(err, &malformed):
			return nil, err
		case err == nil && (first && t.header(row) || strings.Join(row, "") == ""):
			continue
		}
		var limit client.Limit
		if err == nil {
			limit, err = t.limit(p, row)
		}
		if err == nil {
			limits = append(limits, limit)
			continue
		}
		if count++; count <= mostBad {
			if malformed.Line == 0 { // else the error says it
				line, _ := rows.FieldPos(0)
				err = fmt.Errorf("line %d: %w", line, err)
			}
			bad = append(bad, err)
		}
	}
}

func badRows(bad []error, count, good int) error {
	switch {
	case count > mostBad:
		bad = append(bad, fmt.Errorf("and %d more bad rows", count-mostBad))
	case count == 0 && good == 0:
		return errors.New("the file has no limits")
	}
	return errors.Join(bad...)
}

// separator skips a byte order mark and looks at the first line.
func separator(text *bufio.Reader) rune {
	bom := []byte("\uFEFF")
	if start, _ := text.Peek(len(bom)); bytes.Equal(start, bom) {
		_, _ = text.Discard(len(bom))
	}
	start, _ := text.Peek(text.Size())
	line, _, _ := bytes.Cut(start, []byte("\n"))
	if bytes.Count(line, []byte(";")) > bytes.Count(line, []byte(",")) {
		return ';'
	}
	return ','
}

// A table is where the columns are.
type table struct {
	place []int
	named bool
	texts map[string]string // each text once: a million rows share a few
}

// header reports whether a row names columns, and notes their places.
func (t *table) header(row []string) bool {
	var place []int
	for _, name := range columns {
		place = append(place, slices.IndexFunc(row, func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), name) }))
	}
	if slices.Max(place) < 0 {
		return false
	}
	t.place, t.named = place, true
	return true
}

func (t *table) limit(p *program, row []string) (client.Limit, error) {
	var fields [4]string
	for i, at := range t.place {
		if at < 0 || at >= len(row) || !t.named && len(row) != len(columns) {
			return client.Limit{}, fmt.Errorf("want the columns %s", strings.Join(columns, ","))
		}
		fields[i] = strings.TrimSpace(row[at])
	}
	for i, s := range fields[:3] {
		if _, ok := t.texts[s]; !ok {
			s = strings.Clone(s) // not the whole row
			t.texts[s] = s
		}
		fields[i] = t.texts[s]
	}
	return p.limit(fields[0], fields[1], fields[2], fields[3])
}
