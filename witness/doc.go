// Package witness turns a sealed batch into an assignment of the batch circuit,
// and a sealed exit into one of the exit circuit.
//
// A [Sealed] batch is a value: the operations, the accounts they touch as they
// were before, and the multi-proof of those accounts. It points into no
// database, so it can be sent, stored, and proven anywhere. [Seal] makes one
// from a view of the state; [Build] makes the assignment, the published data
// and the statement from it, and checks on the way that every transfer is
// authorised and that the proof leads to the old root.
//
// [SealedExit], [SealExit] and [BuildExit] are the same for the exit circuit:
// one account of the state that a rollup was frozen in.
package witness
