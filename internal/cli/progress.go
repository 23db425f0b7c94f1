package cli

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/quirezk/quire/l1submit/reconstruct"
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
	return a.display.observe
}

// say tells a person at a terminal what happens next.
func (a *app) say(what string) {
	if a.terminal() {
		fmt.Fprintln(a.stderr, "· "+what)
	}
}

// display is one line of a terminal: a bar where a stage says how far it is, a
// spinner elsewhere, and a line with the time taken once the stage is over.
type display struct {
	out io.Writer

	mu   sync.Mutex
	bar  *progressbar.ProgressBar // of the stage under way, or nil; guarded by mu
	what string                   // that the bar of a reconstruction shows; guarded by mu
}

func (d *display) observe(e prover.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e.End {
		d.clear()
		fmt.Fprintf(d.out, "  %-7s %8.2f s\n", e.Stage, e.Elapsed.Seconds())
		return
	}
	if d.bar == nil {
		total := e.Total
		if total == 0 {
			total = -1 // no measure: a spinner
		}
		d.bar = newBar(d.out, total, string(e.Stage), total > 0)
	}
	if e.Total > 0 {
		_ = d.bar.Set64(e.Done) // cosmetic: the terminal may be gone
	} else {
		_ = d.bar.Add(0)
	}
}

// rebuilding shows how far a reconstruction is: by blocks until all events are
// read, by batches from then on.
func (d *display) rebuilding(p reconstruct.Progress) {
	what, done, total := "read blocks", int64(p.Block-p.Start), int64(p.Target-p.Start)
	if p.Block >= p.Target {
		what, done, total = "replay batches", int64(p.Applied), int64(p.Final)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if total <= 0 {
		return
	}
	if d.what != what || d.bar == nil {
		d.clear()
		d.what, d.bar = what, newBar(d.out, total, what, false)
	}
	d.bar.ChangeMax64(total)
	_ = d.bar.Set64(done) // cosmetic: the terminal may be gone
}

// close takes down what a stage that failed has left on the line, so that an
// error message begins on a line of its own.
func (d *display) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clear()
}

// clear ends the bar. Finish, and not Clear, is what stops the goroutine that
// turns a spinner.
func (d *display) clear() { // under mu
	if d.bar != nil {
		_ = d.bar.Finish() // cosmetic
		d.bar = nil
	}
}

func newBar(w io.Writer, total int64, what string, bytes bool) *progressbar.ProgressBar {
	return progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription("  "+what),
		progressbar.OptionShowBytes(bytes),
		progressbar.OptionSetWidth(30),
		progressbar.OptionSpinnerType(14),
		progressbar.OptionSetRenderBlankState(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
}
