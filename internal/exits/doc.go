// Package exits gets a user out of a rollup: it is the work behind `quire exit`.
//
// Nothing of it needs the operator, nor anything that only the operator has. A
// [Session] is a rollup as one layer-1 node shows it. While the rollup lives,
// [Session.Request] queues a forced exit and [Session.Claim] takes what is
// credited. Once an operation is overdue, [Session.Freeze] stops the rollup for
// ever; then [Session.SealEscape], [Prove] and [Session.Escape] take an account
// out with a proof made on the user's machine, and [Session.Refund] takes back
// deposits that no proven batch took. [Session.Status] says where a user stands.
//
// Where a user's accounts matter, the state is handed over as a snapshot, which
// package reconstruct makes from layer-1 data. Nothing in it is believed that
// layer 1 does not confirm: an escape is checked against the commitment that the
// contract holds, before any work.
//
// What would be refused is refused before a transaction is sent, with a sentence
// that says what to do; [Refused] tells such errors from failures.
package exits
