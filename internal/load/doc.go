// Package load drives a node with many wallets at once: the work behind
// `quire load`.
//
// A run follows from its seed: which wallet pays whom how much, in which order and
// when, and which of its transfers nobody may execute. It is drawn, and signed,
// before the first transfer is sent, so that the measurement is of the node.
//
//	accounts are opened ─► funded from one account ─► steps are signed
//	     ─► sent, at a rate or as fast as they are answered
//	     ─► accounts compared with what was sent ─► batches followed to layer 1
//
// A step is a transfer, or a few of one wallet that belong together, each with what
// the node has to answer: executed, with a receipt that is verified; queued; or
// refused with a certain code. Anything else is a failure of the run, and so is an
// account that is not as the answers say.
//
// The keys follow from the seed as well: whoever knows it owns what the wallets
// hold. Their accounts belong to whoever pays for the run, though, who can take
// everything out by forced exits.
package load
