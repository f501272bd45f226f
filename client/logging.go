package client

import (
	"context"
	"log/slog"
	"time"
)

// logger writes what happens to a call, if the caller asked for it.
type logger struct{ *slog.Logger }

// attempt tells of an attempt's end, at debug.
func (l logger) attempt(ctx context.Context, n int, o outcome, wait time.Duration) {
	l.log(ctx, slog.LevelDebug, "purge attempt", n, o, wait)
}

// retry tells that another attempt follows, at info.
func (l logger) retry(ctx context.Context, n int, o outcome, wait time.Duration) {
	l.log(ctx, slog.LevelInfo, "purge retry", n, o, wait)
}

func (l logger) log(ctx context.Context, level slog.Level, message string, n int, o outcome, wait time.Duration) {
	if l.Logger == nil || !l.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{slog.Int("attempt", n), slog.Duration("wait", wait)}
	switch {
	case o.result != nil:
		attrs = append(attrs, slog.Int("status", o.result.StatusCode), slog.String("correlation_id", o.result.CorrelationID))
	case o.answer != nil:
		attrs = append(attrs, slog.Int("status", o.answer.StatusCode), slog.String("policy", o.answer.Policy),
			slog.String("correlation_id", o.answer.CorrelationID))
	}
	if o.err != nil {
		attrs = append(attrs, slog.String("error", o.err.Error()))
	}
	l.LogAttrs(ctx, level, message, attrs...)
}
