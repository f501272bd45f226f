package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/deea8dec/hubspot-limits/client"
)

// checkRest refuses a place for the rest that can't be replaced by a file.
func (p *program) checkRest() error {
	if p.rest == "" || p.dryRun {
		return nil
	}
	if target, err := filepath.EvalSymlinks(p.rest); err == nil {
		p.rest = target // the file is replaced, not the link to it
	}
	info, err := os.Stat(p.rest)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("-rest %s is no regular file", p.rest)
	}
	return err
}

func (p *program) restExists() bool {
	if p.rest == "" {
		return false
	}
	_, err := os.Stat(p.rest)
	return err == nil
}

// writeRest writes a file beside the rest file and renames it, so that the rest file
// is whole at any time. Without limits it removes the file.
func (p *program) writeRest(limits iter.Seq[client.Limit]) (err error) {
	if p.rest == "" {
		return nil
	}
	empty := true
	for range limits {
		empty = false
		break
	}
	if empty {
		if err := os.Remove(p.rest); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(p.rest), filepath.Base(p.rest)+".*")
	if err != nil {
		return err
	}
	if info, err := os.Stat(p.rest); err == nil {
		_ = f.Chmod(info.Mode()) // as it was, if the system allows
	}
	err = writeCSV(f, columns, func(yield func([]string) bool) {
		for l := range limits {
			if !yield(row(l)) {
				return
			}
		}
	})
	if err == nil {
		err = os.Rename(f.Name(), p.rest)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// keepNumbers writes the numbers of what will be lifted to a new file: HubSpot does
// not return them afterwards.
func (p *program) keepNumbers(plan *plan) error {
	if p.backup == "" || !slices.ContainsFunc(plan.settings, func(s *setting) bool { return s != nil }) {
		return nil
	}
	f, err := os.OpenFile(p.backup, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = writeCSV(f, append(columns[:4:4], "max", "label"), func(yield func([]string) bool) {
		for i, s := range plan.settings {
			if s != nil && !yield(append(row(plan.lift[i]), strconv.Itoa(int(s.max)), s.label)) {
				return
			}
		}
	})
	if err != nil {
		_ = os.Remove(p.backup)
		return err
	}
	p.display.line("The numbers are in %s.", p.backup)
	return nil
}

func row(l client.Limit) []string {
	return []string{string(l.From), string(l.To), string(l.Type.Category), strconv.Itoa(int(l.Type.TypeID))}
}

// writeCSV writes to a file, to the disk, and closes it.
func writeCSV(f *os.File, head []string, rows iter.Seq[[]string]) error {
	w := csv.NewWriter(io.Writer(f))
	err := w.Write(head)
	for row := range rows {
		if err == nil {
			err = w.Write(row)
		}
	}
	w.Flush()
	return errors.Join(err, w.Error(), f.Sync(), f.Close())
}
