package api

import (
	"context"
	"log/slog"

	"github.com/quirezk/quire/aggregator/api/wire"
)

// LogLevel is what a log looks at to know what to write: a *slog.LevelVar.
type LogLevel interface {
	Level() slog.Level
	Set(slog.Level)
}

// adminMethods are the operator's methods: what each is for stands in
// [documentation], by its name.
type adminMethods struct {
	server  *Server
	backend AdminBackend
	level   LogLevel
}

// Seal closes the open batch.
func (m *adminMethods) Seal(ctx context.Context) (uint32, error) {
	return call(ctx, m.server, costCall, m.backend.Seal)
}

// Pause has the node take nothing on.
func (m *adminMethods) Pause(ctx context.Context) error { return m.pause(ctx, true) }

// Resume has it take things on again.
func (m *adminMethods) Resume(ctx context.Context) error { return m.pause(ctx, false) }

func (m *adminMethods) pause(ctx context.Context, paused bool) error {
	_, err := call(ctx, m.server, costCall, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, m.backend.Pause(ctx, paused)
	})
	return err
}

// Status returns where everything stands.
func (m *adminMethods) Status(ctx context.Context) (*wire.Pipeline, error) {
	return call(ctx, m.server, costCall, func(ctx context.Context) (*wire.Pipeline, error) {
		p, err := m.backend.Pipeline(ctx, m.server.opts.Page)
		if err != nil {
			return nil, err
		}
		return &wire.Pipeline{
			Sync: *newSync(&p.Sync), Batches: each(p.Batches, newBatchSummary),
			Openings: p.Openings, LogLevel: m.level.Level().String(),
		}, nil
	})
}

// LogLevel sets from which level the node logs, and returns the one before.
func (m *adminMethods) LogLevel(ctx context.Context, level string) (string, error) {
	return call(ctx, m.server, costCall, func(context.Context) (string, error) {
		var l slog.Level
		if err := l.UnmarshalText([]byte(level)); err != nil {
			return "", wire.ErrInvalidParams.With("level: expected debug, info, warn or error, found %.40q", level)
		}
		before := m.level.Level()
		m.level.Set(l)
		return before.String(), nil
	})
}
