package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/quirezk/quire/protocol/files"
)

// load reads an input file; whatever is wrong with it is the input's fault.
func load[T any](flag, path string, read func(io.Reader) (T, error)) (T, error) {
	v, err := files.Load(path, read)
	if err != nil {
		return v, inputError(fmt.Errorf("--%s: %w", flag, err))
	}
	return v, nil
}

// output is a file that a command is to write.
type output struct{ flag, path string }

// checkOutputs says early, before long work, that an output file cannot be
// made, or that it is the same as another or as an input.
func checkOutputs(outputs []output, inputs ...output) error {
	for i, out := range outputs {
		if err := checkOutput(out); err != nil {
			return err
		}
		for _, other := range append(outputs[:i:i], inputs...) {
			if samePath(out.path, other.path) {
				return usageError(fmt.Errorf("--%s and --%s are the same file, %s: name two", other.flag, out.flag, out.path))
			}
		}
	}
	return nil
}

func checkOutput(out output) error {
	switch info, err := os.Stat(out.path); {
	case err == nil && info.IsDir():
		return usageError(fmt.Errorf("--%s: %s is a directory, want a file", out.flag, out.path))
	case err == nil && !info.Mode().IsRegular():
		return usageError(fmt.Errorf("--%s: %s is not a regular file, and would be replaced by one", out.flag, out.path))
	}
	dir := filepath.Dir(out.path)
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usageError(fmt.Errorf("--%s: the directory %s does not exist", out.flag, dir))
	case err != nil:
		return usageError(fmt.Errorf("--%s: %w", out.flag, err))
	case !info.IsDir():
		return usageError(fmt.Errorf("--%s: %s is not a directory", out.flag, dir))
	}
	// Whether a file can be made there shows only by making one.
	trial, err := files.Prepare(out.path, func(io.Writer, any) error { return nil }, nil)
	if err != nil {
		return usageError(fmt.Errorf("--%s: %s cannot be written: %w", out.flag, out.path, err))
	}
	trial.Discard()
	return nil
}

// samePath says whether two paths name one file, whether it exists or not.
func samePath(a, b string) bool {
	x, errA := os.Stat(a)
	y, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(x, y)
	}
	a, errA = filepath.Abs(a)
	b, errB = filepath.Abs(b)
	return errA == nil && errB == nil && a == b
}

// prepared is a file that is written beside its place.
type prepared func() (*files.Pending, error)

func prepare[T any](path string, write func(io.Writer, T) error, v T) prepared {
	return func() (*files.Pending, error) { return files.Prepare(path, write, v) }
}

// saveAll writes files that belong together: none is put in its place before all
// of them are written. The last one is put there last.
func saveAll(outputs ...prepared) error {
	var pending []*files.Pending
	for _, write := range outputs {
		p, err := write()
		if err != nil {
			return err
		}
		defer p.Discard()
		pending = append(pending, p)
	}
	for _, p := range pending {
		if err := p.Commit(); err != nil {
			return err
		}
	}
	return nil
}

// writeBytes writes what it is given.
func writeBytes(w io.Writer, data []byte) error {
	_, err := w.Write(data)
	return err
}
