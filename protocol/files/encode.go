package files

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/quirezk/quire/protocol"
)

// The entries as they are written; the decoders in formats.go read the same
// fields.
type (
	keyJSON struct {
		X string `json:"x"`
		Y string `json:"y"`
	}
	accountJSON struct {
		Index   protocol.Index `json:"index"`
		Key     keyJSON        `json:"key"`
		Owner   string         `json:"owner"`
		Token   protocol.Token `json:"token"`
		Nonce   uint64         `json:"nonce"`
		Balance string         `json:"balance"`
	}
	openingJSON struct {
		Index protocol.Index `json:"index"`
		Key   keyJSON        `json:"key"`
		Owner string         `json:"owner"`
		Token protocol.Token `json:"token"`
	}
	depositJSON struct {
		Index  protocol.Index `json:"index"`
		Opened bool           `json:"opened"`
		Key    keyJSON        `json:"key"`
		Owner  string         `json:"owner"`
		Token  protocol.Token `json:"token"`
		Amount string         `json:"amount"`
	}
	forcedExitJSON struct {
		Index  protocol.Index `json:"index"`
		Sender string         `json:"sender"`
	}
	feeAccountJSON struct {
		Token protocol.Token `json:"token"`
		Index protocol.Index `json:"index"`
	}
	transferJSON struct {
		From       protocol.Index `json:"from"`
		To         protocol.Index `json:"to"`
		Amount     string         `json:"amount"`
		Fee        string         `json:"fee"`
		Nonce      uint64         `json:"nonce"`
		ValidUntil uint32         `json:"validUntil"`
		Signature  string         `json:"signature"`
	}
)

func newKeyJSON(k protocol.PublicKey) keyJSON {
	return keyJSON{X: FormatElement(k.X), Y: FormatElement(k.Y)}
}

// encoder writes one object, a field per line and a list's entry per line. It
// keeps the first error.
type encoder struct {
	w   *bufio.Writer
	err error
}

func newEncoder(w io.Writer, format string) *encoder {
	e := &encoder{w: bufio.NewWriter(w)}
	e.print("{\n  \"format\": ")
	e.value(format)
	return e
}

// print writes text; bufio.Writer keeps the first error for Flush.
func (e *encoder) print(s string) { _, _ = e.w.WriteString(s) }

func (e *encoder) value(v any) {
	b, err := json.Marshal(v)
	if err != nil && e.err == nil {
		e.err = err
	}
	_, _ = e.w.Write(b)
}

func (e *encoder) field(name string, v any) {
	e.name(name)
	e.value(v)
}

func (e *encoder) name(name string) {
	e.print(",\n  ")
	e.value(name)
	e.print(": ")
}

func list[T any](e *encoder, name string, entries iter.Seq[T]) {
	e.name(name)
	separator, end := "[\n    ", "[]"
	for entry := range entries {
		e.print(separator)
		e.value(entry)
		separator, end = ",\n    ", "\n  ]"
	}
	e.print(end)
}

func each[T, J any](entries []T, convert func(*T) J) iter.Seq[J] {
	return func(yield func(J) bool) {
		for i := range entries {
			if !yield(convert(&entries[i])) {
				return
			}
		}
	}
}

func (e *encoder) feeAccounts(fees []protocol.FeeAccount) {
	list(e, "feeAccounts", each(fees, func(f *protocol.FeeAccount) feeAccountJSON {
		return feeAccountJSON{Token: f.Token, Index: f.Index}
	}))
}

func (e *encoder) transfers(transfers []protocol.SignedTransfer) {
	list(e, "transfers", each(transfers, func(t *protocol.SignedTransfer) transferJSON {
		signature := t.Signature.Bytes()
		return transferJSON{
			From: t.From, To: t.To, Amount: t.Amount.Dec(), Fee: t.Fee.Dec(),
			Nonce: t.Nonce, ValidUntil: t.ValidUntil, Signature: formatHex(signature[:]),
		}
	}))
}

func (e *encoder) close() error {
	e.print("\n}\n")
	if err := e.w.Flush(); e.err == nil {
		e.err = err
	}
	return e.err
}

// Load reads a file with one of this package's Read functions. Its errors name
// the file.
func Load[T any](path string, read func(io.Reader) (T, error)) (T, error) {
	var zero T
	f, err := os.Open(path)
	if err != nil {
		return zero, err
	}
	defer f.Close()
	v, err := read(f)
	if err != nil {
		return zero, fmt.Errorf("%s: %w", path, err)
	}
	return v, nil
}

// Save writes a file with one of this package's Write functions. The file is
// there whole or not at all: see [Prepare].
func Save[T any](path string, write func(io.Writer, T) error, v T) error {
	p, err := Prepare(path, write, v)
	if err != nil {
		return err
	}
	return p.Commit()
}

// Pending is a file that is written but not yet in its place, so that several
// files can be put in place once all of them are written.
type Pending struct{ written, path string }

// Prepare writes what is to become the file at path: beside its place, and
// synced. The caller ends with [Pending.Commit] or [Pending.Discard].
func Prepare[T any](path string, write func(io.Writer, T) error, v T) (p *Pending, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if err := write(f, v); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := f.Chmod(0o644); err != nil { // CreateTemp's files are for their owner alone
		return nil, err
	}
	if err := f.Sync(); err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	return &Pending{f.Name(), path}, nil
}

// Commit moves the file to its place, over one that may have been there before.
// If that fails, what was written is removed.
func (p *Pending) Commit() error {
	err := os.Rename(p.written, p.path)
	if err != nil {
		_ = os.Remove(p.written)
	}
	return err
}

// Discard removes what was written, unless it has been committed.
func (p *Pending) Discard() { _ = os.Remove(p.written) }
