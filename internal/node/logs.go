package node

import (
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"

	"github.com/quirezk/quire/internal/node/config"
)

// NewLogger returns a logger as a configuration has it: as text on a terminal, as
// JSON elsewhere, unless it says which. The level can be changed while it is in use.
func NewLogger(cfg config.Log, w io.Writer) (*slog.Logger, *slog.LevelVar) {
	level := new(slog.LevelVar)
	// The configuration was checked; should the level be none, it stays "info".
	_ = level.UnmarshalText([]byte(cfg.Level))
	options := &slog.HandlerOptions{Level: level}
	file, isFile := w.(*os.File)
	if cfg.Format == "text" || cfg.Format == "auto" && isFile && term.IsTerminal(int(file.Fd())) {
		return slog.New(slog.NewTextHandler(w, options)), level
	}
	return slog.New(slog.NewJSONHandler(w, options)), level
}
