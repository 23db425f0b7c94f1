// Package ledger is the one durable store of a node: the transfers that it has
// executed, those that wait, batches and how far each has come, layer 1's facts,
// and the state tree, all in one database (package guarded).
//
// A [Ledger] has one writer, which puts all that one step does into [Changes] and
// commits them with one sync, and any number of readers. Readers see a commit
// once it is durable, and whole. The state tree ([Ledger.Tree]) commits for
// itself: after a crash it may be a step apart from the batches, which whoever
// opens the ledger sets right.
//
// Every record is a payload and a checksum of 8 bytes, the first of SHA-256(key ‖
// payload). Integers are big-endian, amounts 16 bytes, field elements 32 bytes
// and canonical, points both coordinates. The first byte of a key says what the
// record is, and numbers behind names are bytes; the state tree has first bytes
// below 0x11 and above 0xfc.
//
//	key                              record
//	F                                "quire/ledger", the format version in 4 bytes
//	I                                identity: which rollup, and what the ledger begins with
//	H                                head: where everything stands
//	t  seq 8                         a transfer that was executed
//	i  transfer ID 32                what became of it: executed, queued, dropped
//	h  account 4, seq 8              nothing: the transfer is in the account's history
//	q  account 4, nonce 8            a transfer that waits
//	b  number 4                      a batch
//	s  number 4                      its sealed form
//	u  number 4                      what it publishes
//	p  number 4                      its proof
//	o  number 8                      a request for an account
//	d  position 8                    a deposit in layer 1's queue
//	x  position 8                    a forced exit in layer 1's queue
//	a  key 64, owner 20, token 4, account 4    nothing: directory of accounts
//	w  owner 20, account 4           nothing: the same by owner
//
// What the head or a record's neighbours say must be there and is not, is
// [ErrCorrupt], as is any byte that this package does not write. [Ledger.Check]
// reads everything and says all that is wrong.
package ledger
