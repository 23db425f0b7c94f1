package statetree

import (
	"errors"

	"github.com/quirezk/quire/internal/guarded"
)

// What a caller may have to react to. Every error of this package that has one
// of these causes wraps it. The first four are those of the database below too.
var (
	// ErrCorrupt: the store holds something that this package cannot have
	// written. Nothing was served from it. Restore a copy of the store, or
	// rebuild the state from layer 1; it does not get better by retrying.
	ErrCorrupt = guarded.ErrCorrupt

	// ErrFormatVersion: the store was written by another version of this
	// package. Use the release that wrote it, or rebuild the state with this one
	// in a new directory.
	ErrFormatVersion = guarded.ErrFormatVersion

	// ErrLocked: another process, or another tree of this process, has the store
	// open. Stop it first.
	ErrLocked = guarded.ErrLocked

	// ErrFailed: a commit did not succeed and may or may not be on disk. The tree
	// refuses to write from then on; snapshots go on serving the state before.
	// Remove the cause (a full disk, mostly), restart the process and look at the
	// version that the store then has.
	ErrFailed = guarded.ErrFailed

	// ErrVersion: the batch does not follow the tree's version, or the version to
	// revert to is not an earlier one. What was applied, or reverted, before a
	// crash and is tried again ends here; compare with [Snapshot.Version].
	ErrVersion = errors.New("batch does not follow the state's version")

	// ErrNotEmpty: [Tree.Load] wants a tree that nothing was applied to.
	ErrNotEmpty = errors.New("state is not empty")

	// ErrDuplicate: one batch updates an account twice. Merge the updates.
	ErrDuplicate = errors.New("account updated twice in one batch")

	// ErrMetaSize: the caller's bytes exceed [MaxMeta].
	ErrMetaSize = errors.New("metadata is too long")

	// ErrReadOnly: a snapshot cannot be written to; put a [protocol.Overlay] on it.
	ErrReadOnly = errors.New("snapshot is read-only")

	// ErrClosed: the tree or the snapshot was closed.
	ErrClosed = errors.New("state tree is closed")

	// ErrInUse: the tree cannot be closed before its snapshots are.
	ErrInUse = errors.New("state tree has open snapshots")

	// ErrProof: a proof does not lead to the root it is verified against, or
	// shows something else than claimed.
	ErrProof = errors.New("proof does not hold")

	// ErrEncoding: bytes or nodes that are not a well-formed multi-proof.
	ErrEncoding = errors.New("not a well-formed multi-proof")

	// ErrNotCovered: a multi-proof says nothing about the account.
	ErrNotCovered = errors.New("account is not covered by the multi-proof")
)
