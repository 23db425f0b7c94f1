package wallet

import (
	"crypto/ecdsa"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum/crypto"
)

// maxKeyFile bounds what is read where a key file should be, in bytes.
const maxKeyFile = 1 << 20

// Files are their owner's alone.
const (
	dirMode  = 0o700
	fileMode = 0o600
)

// How long a writer waits for another one, who needs milliseconds.
const (
	lockPatience = 10 * time.Second
	lockPause    = 10 * time.Millisecond
)

// checkPrivate says whether nobody but the owner can read or change something.
func checkPrivate(path string, info os.FileInfo) error {
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		want := fileMode
		if info.IsDir() {
			want = dirMode
		}
		return fmt.Errorf("%w: %s has mode %#o: run chmod %o on it, and think about who may have read it", ErrPermissions, path, mode, want)
	}
	return nil
}

// readPrivate reads a file that nobody but its owner can read or write. The open
// file is asked, not the path: it cannot be exchanged in between.
func readPrivate(path string, limit int64) (_ []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err // names the path
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	if err := checkPrivate(path, info); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%w: %s has more than %d bytes", ErrCorrupt, path, limit)
	}
	return data, nil
}

// writePrivate writes a file whole or not at all, for its owner alone. When it
// returns, the file is on the disk.
func writePrivate(path string, data []byte) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*") // with fileMode
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncPath(dir)
}

// syncPath brings a file, or a directory's entries, to the disk.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// lock keeps other writers out of a directory until the returned closer is closed.
func lock(dir string) (io.Closer, error) {
	path := filepath.Join(dir, lockFile)
	for start := time.Now(); ; time.Sleep(lockPause) {
		closer, err := vfs.Default.Lock(path)
		if err == nil {
			return closer, nil
		}
		var fault *os.PathError
		if errors.As(err, &fault) { // it cannot be opened, by nobody
			return nil, err
		}
		if time.Since(start) > lockPatience {
			return nil, fmt.Errorf("%w: %s: %w", ErrBusy, path, err)
		}
	}
}

// parseRawKey reads a bare key. Its errors do not quote it.
func parseRawKey(content []byte) (*ecdsa.PrivateKey, error) {
	text := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	data, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
	if err != nil || len(data) != 32 {
		return nil, fmt.Errorf("%w: want 64 hexadecimal digits and nothing else", ErrCorrupt)
	}
	key, err := crypto.ToECDSA(data)
	if err != nil {
		return nil, fmt.Errorf("%w: the number is not a key: it is 0, or not below the group's order", ErrCorrupt)
	}
	return key, nil
}
