package txmgr

import (
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Checked is what [Check] found to be whole.
type Checked struct {
	Unsettled int // transactions that are on their way
	Settled   int // outcomes
}

// Check reads every record of a stopped manager's directory. Of all that is wrong
// the error says everything; it wraps [ErrCorrupt], [ErrLocked],
// [ErrFormatVersion], [ErrOtherChain], or is [os.ErrNotExist] where there is no store.
func Check(dir string, chainID *big.Int, logger *slog.Logger) (*Checked, error) {
	if _, err := os.Stat(filepath.Join(dir, databaseName)); err != nil {
		return nil, fmt.Errorf("check transaction store: %w", err)
	}
	return check(vfs.Default, dir, chainID, logger)
}

func check(fsys vfs.FS, dir string, chainID *big.Int, logger *slog.Logger) (_ *Checked, err error) {
	s, err := openStore(fsys, dir, chainID, logger)
	if err != nil {
		return nil, fmt.Errorf("check transaction store in %s: %w", dir, err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	snapshot := s.db.Snapshot()
	defer snapshot.Close()
	found := new(Checked)
	var faults []error
	for r, err := range snapshot.Ascend(nil, []byte{0x80}) { // the database's own record is above
		if err != nil {
			return nil, storeError(err) // what comes behind it cannot be read
		}
		prefix, key := string(r.Key[:1]), string(r.Key[1:])
		switch prefix {
		case metaKey:
		case intentPrefix:
			var rec *record
			if rec, err = s.record(key, r.Value); err != nil {
				break
			}
			if tx := rec.build(chainID, rec.last()); tx.Hash() != rec.last().hash {
				err = corrupt(key, fmt.Errorf("its transaction is %s, recorded was %s", tx.Hash(), rec.last().hash))
			}
			found.Unsettled++
		case attemptsPrefix:
			var intent []byte
			if intent, err = s.get(intentPrefix + key); err == nil && intent == nil {
				err = corrupt(key, errors.New("attempts without an intent"))
			}
		case outcomePrefix:
			_, err = decodeOutcome(key, r.Value)
			found.Settled++
		default:
			err = fmt.Errorf("%w: a record of an unknown kind: %x", ErrCorrupt, r.Key)
		}
		if err != nil {
			faults = append(faults, err)
		}
	}
	return found, errors.Join(faults...)
}
