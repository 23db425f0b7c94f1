package cli

import (
	"bytes"
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

// checkOutput says early, before long work, that an output file cannot be made.
func checkOutput(flag, path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return usageError(fmt.Errorf("--%s: %s is a directory, want a file", flag, path))
	}
	dir := filepath.Dir(path)
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usageError(fmt.Errorf("--%s: the directory %s does not exist", flag, dir))
	case err != nil:
		return usageError(fmt.Errorf("--%s: %w", flag, err))
	case !info.IsDir():
		return usageError(fmt.Errorf("--%s: %s is not a directory", flag, dir))
	}
	return nil
}

// writeBytes writes a whole file or none.
func writeBytes(path string, data []byte) error {
	return files.Save(path, func(w io.Writer, data []byte) error {
		_, err := io.Copy(w, bytes.NewReader(data))
		return err
	}, data)
}
