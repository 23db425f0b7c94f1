// Package aggregator is a rollup's operator as a machine: it takes signed
// transfers on, executes them, makes batches of them, and sees each batch through
// to its finality on layer 1.
//
//	transfers ─► Service.Send ─► signatures, in parallel
//	                                 │
//	                                 ▼                        layer 1 ─► Deliver, Rollback
//	             Engine.Submit: executed on the pending state,        │
//	             or kept until its turn ◄─────────────────────────────┘
//	                                 │ one synced commit of the ledger for many
//	                                 ▼
//	             outcome; a receipt may be given
//
//	open ─► closed ─► sealed ─► witnessed ─► proven ─► submitted ─► finalized
//
// An [Engine] is deterministic: it has no goroutines and no clock, and its ledger
// (package ledger) is all that it remembers. A [Service] runs one. What a batch
// needs next is a [Job], which may be done twice, or be interrupted anywhere.
//
// The package knows neither provers nor layer 1: it names what it needs of them
// ([Prover], [Settler], [Step]), and whoever assembles a node hands it in. What a
// valid operation is and does it leaves to package protocol.
//
// # Promises
//
//   - An outcome is returned when it is durable. What was executed is executed
//     again after a crash, in the same place of the same batch.
//   - Transfers are executed in the order in which they come. Batches take them in
//     that order.
//   - A batch's operations of layer 1 are fixed before its first transfer; those
//     that come later wait for the next, which is not put off beyond
//     Config.QueueDelay.
//   - Everything has a bound: what waits ([mempool.Pool]), batches without a proof
//     (Config.MaxBacklog) and those that are not final (Config.MaxUnsettled), requests
//     for accounts (Config.MaxOpenings). Beyond it the answer is an error that says
//     when to try again. Memory holds of a batch that is proven no more than its
//     record, and which accounts it touches.
//   - Whatever contradicts itself halts the engine ([ErrHalted]): nothing is built
//     upon it.
//
// docs/aggregator.md has the argument for each.
package aggregator
