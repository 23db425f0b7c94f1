// Package guarded is a pebble database that notices when commits are lost, and
// that stops where pebble would end the process or go on.
//
// Pebble takes a log, or a manifest, that stops making sense for one that a crash
// cut short, and goes on with what came before: after a flipped byte the state of
// some commits ago would be served as the last. So each commit of a [DB] carries
// its number, and an anchor, a small file beside the database, is written after
// the commit that it counts. A database behind its anchor has lost commits, and
// does not open.
//
// In a directory there are
//
//	db/        pebble's
//	commits    the anchor
//
// and in the database, beside the callers' records, one under the key fd00000000
// with the number of commits (8 bytes, big-endian) and the first 8 bytes of
// SHA-256(key ‖ number). Nothing else is written that callers have not asked for.
//
// Commits are synced, one at a time, and all or nothing. Readers see a commit
// once it is durable and not before, so that nothing is ever answered that a
// crash could take back. After a commit that fails there are no more of them
// ([ErrFailed]); what was read before can still be read.
package guarded
