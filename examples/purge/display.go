package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"
)

// A display writes lines, and on a terminal a line of progress below them.
type display struct {
	w        io.Writer
	terminal bool

	mu          sync.Mutex
	what        string // is counted; "" without progress
	done, total int
	start       time.Time
	shown       int // characters of the line of progress
}

// line writes a line.
func (d *display) line(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.replace("")
	fmt.Fprintf(d.w, format+"\n", args...)
	d.draw()
}

// progress shows the progress of total steps, five times a second, until the function
// that it returns is called.
func (d *display) progress(what string, total int) (stop func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.what, d.done, d.total, d.start = what, 0, total, time.Now()
	d.draw()
	end := make(chan struct{})
	if d.terminal {
		go d.redraw(end)
	}
	return func() {
		close(end)
		d.mu.Lock()
		defer d.mu.Unlock()
		d.replace("")
		d.what = ""
	}
}

func (d *display) redraw(end <-chan struct{}) {
	ticker := time.NewTicker(time.Second / 5)
	defer ticker.Stop()
	for {
		select {
		case <-end:
			return
		case <-ticker.C:
			d.mu.Lock()
			d.draw()
			d.mu.Unlock()
		}
	}
}

// step counts one more.
func (d *display) step() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.done++
}

func (d *display) draw() {
	if d.what == "" {
		return
	}
	text := fmt.Sprintf("%d of %d %s", d.done, d.total, d.what)
	if spent := time.Since(d.start); d.done > 0 && spent > 0 {
		left := time.Duration(float64(spent) / float64(d.done) * float64(d.total-d.done))
		text += fmt.Sprintf(", %.1f/s, %v left", float64(d.done)/spent.Seconds(), left.Round(time.Second))
	}
	d.replace(text)
}

// replace writes over the line of progress.
func (d *display) replace(text string) {
	if !d.terminal || text == "" && d.shown == 0 {
		return
	}
	fmt.Fprintf(d.w, "\r%-*s", d.shown, text)
	if text == "" {
		fmt.Fprint(d.w, "\r")
	}
	d.shown = len(text)
}

// waits is a log handler that shows the library's waits before a retry, as lines.
type waits struct{ display *display }

func (w waits) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }
func (w waits) WithAttrs([]slog.Attr) slog.Handler               { return w }
func (w waits) WithGroup(string) slog.Handler                    { return w }

func (w waits) Handle(_ context.Context, r slog.Record) error {
	values := map[string]slog.Value{}
	r.Attrs(func(a slog.Attr) bool {
		values[a.Key] = a.Value
		return true
	})
	wait := values["wait"]
	if wait.Kind() != slog.KindDuration {
		w.display.line("%s", r.Message)
		return nil
	}
	w.display.line("Waiting %v before the next attempt from %v to %v: %v",
		wait.Duration().Round(time.Millisecond), values["from"], values["to"], values["error"])
	return nil
}
