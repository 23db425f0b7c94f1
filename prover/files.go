package prover

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// bufferSize is large enough that a proving key of gigabytes costs few system
// calls, and small beside it.
const bufferSize = 1 << 20

// writeFile creates dir/name with what write writes, makes it durable and
// returns its entry. It is for a directory that nobody reads yet: the directory
// is put in place as a whole, afterwards.
func writeFile(ctx context.Context, dir, name string, r *reporter, write func(io.Writer) error) (entry ManifestEntry, err error) {
	path := filepath.Join(dir, name)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return entry, err
	}
	defer func() {
		if cerr := f.Close(); err == nil && cerr != nil {
			err = cerr
		}
	}()
	hash := sha256.New()
	counted := &meter{ctx: ctx, report: r, w: io.MultiWriter(f, hash)}
	buffered := bufio.NewWriterSize(counted, bufferSize)
	if err := write(buffered); err != nil {
		return entry, fmt.Errorf("write %s: %w", path, err)
	}
	if err := buffered.Flush(); err != nil {
		return entry, fmt.Errorf("write %s: %w", path, err)
	}
	if err := f.Sync(); err != nil {
		return entry, fmt.Errorf("write %s: %w", path, err)
	}
	entry = ManifestEntry{Name: name, Size: counted.n}
	hash.Sum(entry.SHA256[:0])
	return entry, nil
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}

// openChecked opens a file whose bytes are what the entry says, positioned at
// its start.
//
// The file is read once for its digest and again by whoever parses it. Parsing
// while hashing would save the second pass, but gnark's readers allocate what
// lengths in the file tell them to: a flipped bit would exhaust the memory
// before the digest could be found wrong. The second pass comes from the page
// cache.
func openChecked(ctx context.Context, dir string, entry ManifestEntry, r *reporter) (f *os.File, err error) {
	path := filepath.Join(dir, entry.Name)
	f, err = os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeysDamaged, err)
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeysDamaged, err)
	}
	if !info.Mode().IsRegular() || info.Size() != entry.Size {
		return nil, fmt.Errorf("%w: %s: want a file of %d bytes, found %d", ErrKeysDamaged, path, entry.Size, info.Size())
	}
	hash := sha256.New()
	n, err := io.CopyBuffer(&meter{ctx: ctx, report: r, w: hash}, io.LimitReader(f, entry.Size+1), make([]byte, bufferSize))
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("%w: read %s: %w", ErrKeysDamaged, path, err)
	case n != entry.Size:
		return nil, fmt.Errorf("%w: %s: want %d bytes, read %d", ErrKeysDamaged, path, entry.Size, n)
	}
	if got := Digest(hash.Sum(nil)); got != entry.SHA256 {
		return nil, fmt.Errorf("%w: %s: SHA-256 is %s, the manifest says %s", ErrKeysDamaged, path, got, entry.SHA256)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrKeysDamaged, path, err)
	}
	return f, nil
}

// readWhole parses all of a checked file. What is left unread would be bytes
// that the digest covers and the parser ignores.
func readWhole(ctx context.Context, f *os.File, r *reporter, parse func(io.Reader) error) error {
	buffered := bufio.NewReaderSize(&meter{ctx: ctx, report: r, r: f}, bufferSize)
	if err := parse(buffered); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w: parse %s: %w", ErrKeysDamaged, f.Name(), err)
	}
	if _, err := buffered.ReadByte(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: parse %s: data after its end", ErrKeysDamaged, f.Name())
	}
	return nil
}

// meter passes bytes on, reports them, and stops when the context is done.
type meter struct {
	ctx    context.Context
	report *reporter
	w      io.Writer
	r      io.Reader
	n      int64
}

// step bounds one read or write, so that a proving key that gnark hands over in
// one slice of gigabytes is still reported on and can be cancelled.
const step = 16 << 20

func (m *meter) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		if err := m.ctx.Err(); err != nil {
			return written, err
		}
		n, err := m.w.Write(p[written:min(written+step, len(p))])
		written += n
		m.n += int64(n)
		m.report.advance(int64(n))
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

func (m *meter) Read(p []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := m.r.Read(p[:min(step, len(p))])
	m.n += int64(n)
	m.report.advance(int64(n))
	return n, err
}
