package watch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/bits"

	"github.com/quirezk/quire/protocol/files"
)

// Cursor is how far delivery has come. The zero value is the beginning.
type Cursor struct {
	// Block is the last block whose events were delivered; they are delivered up
	// to and with it.
	Block BlockID `json:"block"`
	// Trail is blocks before it, newest first: the last trailDense without gaps if
	// they were read one by one, then fewer and fewer, and the one before the
	// first that was read. It is what a deep reorganization is measured with.
	Trail []BlockID `json:"trail"`
}

// trailDense is the number of blocks down to which the trail leaves nothing out:
// deeper than any reorganization that one would want to roll back exactly.
const trailDense = 128

// next returns the cursor after a further block. The receiver is not changed.
func (c Cursor) next(id BlockID) Cursor {
	if c.Block == (BlockID{}) {
		return Cursor{Block: id}
	}
	// Of the older blocks two are kept for each power of two of their age: the
	// oldest, and the newest to take its place once it is too old.
	trail := append([]BlockID{c.Block}, c.Trail...)
	bucket := func(i int) int { return bits.Len64((id.Number - trail[i].Number - 1) / trailDense) }
	kept := trail[:0]
	for i := range trail {
		inner := i > 0 && i < len(trail)-1
		if b := bucket(i); b == 0 || !inner || bucket(i-1) != b || bucket(i+1) != b {
			kept = append(kept, trail[i])
		}
	}
	return Cursor{Block: id, Trail: kept}
}

// cursorFormat names the encoding of a cursor; it changes when that does.
const cursorFormat = "quire/cursor/1"

type cursorJSON struct {
	Format string `json:"format"`
	Cursor
}

// Bytes encodes the cursor, for a store: as a line of JSON.
func (c Cursor) Bytes() []byte {
	if c.Trail == nil {
		c.Trail = []BlockID{}
	}
	b, err := json.Marshal(cursorJSON{cursorFormat, c})
	if err != nil {
		panic(fmt.Sprintf("watch: encode cursor: %v", err)) // its types cannot fail
	}
	return append(b, '\n')
}

// ErrCursor says that bytes are not a cursor. Watching can begin anew.
var ErrCursor = errors.New("not a cursor of this version")

// ParseCursor is the inverse of [Cursor.Bytes]: it accepts only what that
// returns. Its errors wrap [ErrCursor].
func ParseCursor(b []byte) (Cursor, error) {
	var parsed cursorJSON
	if err := json.Unmarshal(b, &parsed); err != nil {
		return Cursor{}, fmt.Errorf("%w: %w", ErrCursor, err)
	}
	if parsed.Format != cursorFormat {
		return Cursor{}, fmt.Errorf("%w: format %q, not %q", ErrCursor, parsed.Format, cursorFormat)
	}
	c := parsed.Cursor
	above := c.Block
	for _, t := range c.Trail {
		if t.Number >= above.Number {
			return Cursor{}, fmt.Errorf("%w: block %v of the trail comes before block %v", ErrCursor, t, above)
		}
		above = t
	}
	if !bytes.Equal(c.Bytes(), b) {
		return Cursor{}, fmt.Errorf("%w: not in the form that is written", ErrCursor)
	}
	if len(c.Trail) == 0 {
		c.Trail = nil
	}
	return c, nil
}

// File keeps a cursor in a file of its own, which is replaced as a whole.
type File struct{ path string }

// NewFile returns the store in the file at a path; it need not exist yet.
func NewFile(path string) *File { return &File{path} }

// Load implements [Store].
func (f *File) Load(context.Context) (Cursor, error) {
	c, err := files.Load(f.path, func(r io.Reader) (Cursor, error) {
		b, err := io.ReadAll(r)
		if err != nil {
			return Cursor{}, err
		}
		return ParseCursor(b)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return Cursor{}, nil
	}
	return c, err
}

// Save implements [Store].
func (f *File) Save(_ context.Context, c Cursor) error {
	return files.Save(f.path, func(w io.Writer, c Cursor) error {
		_, err := w.Write(c.Bytes())
		return err
	}, c)
}
