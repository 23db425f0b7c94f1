package guarded

import "errors"

// What a caller may have to react to. Every error of this package that has one
// of these causes wraps it.
var (
	// ErrCorrupt: the files are not as they were written, or some are gone.
	// Nothing was served from what is damaged, and it does not get better by
	// retrying.
	ErrCorrupt = errors.New("store is corrupt: restore a copy, or rebuild the state from layer 1")

	// ErrFormatVersion: the files were written by another version of the
	// software.
	ErrFormatVersion = errors.New("store has another format version: use the release that wrote it, or rebuild the state in a new directory")

	// ErrLocked: another process, or another DB of this one, has the directory
	// open.
	ErrLocked = errors.New("store is in use: stop the process that has it open")

	// ErrFailed: a commit did not succeed and may or may not be on disk. There
	// are no more of them until the directory is opened by a new process; remove
	// the cause (a full disk, mostly) first.
	ErrFailed = errors.New("store failed to commit: restart the process once the cause is removed")

	// ErrInUse: the database cannot be closed before its snapshots are.
	ErrInUse = errors.New("store has open snapshots")

	// ErrClosed: the database or the snapshot was closed.
	ErrClosed = errors.New("store is closed")
)
