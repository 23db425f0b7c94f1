package ledger

import (
	"errors"

	"github.com/quirezk/quire/internal/guarded"
)

// What a caller may have to react to. Every error of this package that has one
// of these causes wraps it. The first six are those of the database below, and
// of the state tree in it.
var (
	// ErrCorrupt: the ledger holds something that this package cannot have
	// written, or lacks what it must hold. Nothing was served from it. Restore a
	// copy, or rebuild the state from layer 1; it does not get better by retrying.
	ErrCorrupt = guarded.ErrCorrupt

	// ErrFormatVersion: the ledger was written by another version of this
	// package. Use the release that wrote it.
	ErrFormatVersion = guarded.ErrFormatVersion

	// ErrLocked: another process, or another ledger of this one, has the directory
	// open. Stop it first.
	ErrLocked = guarded.ErrLocked

	// ErrFailed: a commit did not succeed and may or may not be on disk. Nothing
	// is read or written from then on. Remove the cause (a full disk, mostly),
	// restart the process and look at the head that the ledger then has.
	ErrFailed = guarded.ErrFailed

	// ErrClosed: the ledger was closed.
	ErrClosed = guarded.ErrClosed

	// ErrInUse: the ledger cannot be closed before its readers, and the snapshots of
	// its tree, are.
	ErrInUse = guarded.ErrInUse

	// ErrExists: the ledger is a rollup's already. Use another directory for
	// another rollup.
	ErrExists = errors.New("ledger has been created already")

	// ErrNotCreated: nobody has said yet which rollup the ledger is of.
	ErrNotCreated = errors.New("ledger has not been created")

	// ErrRecord: changes hold a value that no rollup can have, or are in an order
	// that is not allowed. It is the caller's mistake.
	ErrRecord = errors.New("not a record that a ledger can hold")
)
