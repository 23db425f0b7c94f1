// Package protocol is the rules of Quire in plain Go: the nouns (accounts,
// operations, batches, shapes), their byte encodings, the hashes and signatures
// over them, and the reference state transition.
//
// It knows nothing of circuits, provers, databases or networks. The sequencer,
// the witness builder and reconstruction all call [Authorize] and [Apply]; the
// circuit and the contract are tested against them. docs/protocol.md is the
// written form of what is here, byte by byte.
package protocol
