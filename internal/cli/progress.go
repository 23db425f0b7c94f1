package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/quirezk/quire/prover"
)

// terminal says whether progress is to be shown: on a terminal only.
func (a *app) terminal() bool {
	f, ok := a.stderr.(*os.File)
	return ok && !a.quiet && term.IsTerminal(int(f.Fd()))
}

// observer shows the prover's stages on a terminal, and nothing off it.
func (a *app) observer() prover.Observer {
	if !a.terminal() {
		return nil
	}
	var bar *progressbar.ProgressBar
	return func(e prover.Event) {
		if bar == nil {
			total := e.Total
			if total == 0 {
				total = -1 // no measure: a spinner
			}
			bar = newBar(a.stderr, total, string(e.Stage))
		}
		switch {
		case e.End:
			_ = bar.Clear() // cosmetic: the terminal may be gone
			fmt.Fprintf(a.stderr, "  %-7s %8.2f s\n", e.Stage, e.Elapsed.Seconds())
			bar = nil
		case e.Total > 0:
			_ = bar.Set64(e.Done) // cosmetic
		}
	}
}

func newBar(w io.Writer, total int64, what string) *progressbar.ProgressBar {
	return progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription("  "+what),
		progressbar.OptionShowBytes(total > 0),
		progressbar.OptionSetWidth(30),
		progressbar.OptionSpinnerType(14),
		progressbar.OptionClearOnFinish(),
	)
}

// say tells a person at a terminal what happens next.
func (a *app) say(what string) {
	if a.terminal() {
		fmt.Fprintln(a.stderr, "· "+what)
	}
}
