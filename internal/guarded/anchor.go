package guarded

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// anchor is a small file beside the database with the number of commits that
// succeeded.
//
// It is not synced: a write survives the end of the process, and if the machine
// stops an older number is left, which accuses nobody. For the same reason an
// anchor that cannot be read says 0.
type anchor struct{ file vfs.File }

// The file has two slots, used in turn, so that the number before outlives a torn
// write. Each is in a sector of its own: the number in 8 bytes and a checksum.
const (
	anchorName     = "commits"
	anchorSlotSize = 8 + checksumBytes
	anchorSlotGap  = 4096
)

// openAnchor opens or makes the anchor and returns the number in it.
func openAnchor(fs vfs.FS, path string) (*anchor, uint64, error) {
	file, err := fs.OpenReadWrite(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return nil, 0, err
	}
	var commits uint64
	for slot := range int64(2) {
		var b [anchorSlotSize]byte
		if _, err := file.ReadAt(b[:], slot*anchorSlotGap); errors.Is(err, io.EOF) {
			continue
		} else if err != nil {
			return nil, 0, errors.Join(err, file.Close())
		}
		if n := binary.BigEndian.Uint64(b[:]); b == anchorSlot(n) {
			commits = max(commits, n)
		}
	}
	return &anchor{file}, commits, nil
}

func anchorSlot(commits uint64) (b [anchorSlotSize]byte) {
	binary.BigEndian.PutUint64(b[:], commits)
	// The words are from when the state tree alone had an anchor; they are on
	// disks.
	sum := sha256.Sum256(append([]byte("quire/statetree/commits"), b[:8]...))
	copy(b[8:], sum[:])
	return b
}

// set writes the number.
func (a *anchor) set(commits uint64) error {
	b := anchorSlot(commits)
	if _, err := a.file.WriteAt(b[:], int64(commits%2)*anchorSlotGap); err != nil {
		return fmt.Errorf("write the number of commits: %w", err)
	}
	return nil
}

// close makes the number durable and closes the file.
func (a *anchor) close() error {
	return errors.Join(a.file.Sync(), a.file.Close())
}
