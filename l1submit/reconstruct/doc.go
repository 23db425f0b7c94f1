// Package reconstruct rebuilds a rollup's state from layer-1 data alone: what
// anyone needs who does not trust the operator, or has outlived it.
//
// [State.Sync] reads the contract's events up to a block that is final. For every
// batch that was proven it fetches the transaction that committed it, checks the
// published bytes against their hash in the event, and replays them
// ([protocol.Published.Replay]) on a state tree (package statetree) in a
// directory. It shares no code with an aggregator's database, and asks nobody but
// a layer-1 node.
//
// What is checked: each batch continues its predecessor and has the commitment
// that was proven; its deposits and forced exits are the next ones of the queue;
// its exits are what its operations pay; the state has the commitment that the
// last batch of every group published, before the group is written; and in the end
// state, both lanes of the queue and the freeze are what the contract says of
// itself after the same block. The node is believed in what it says of the
// contract: nothing else would tell a chain from an invention.
//
// A group of batches ([Config.CheckEvery]) is hashed at once, because hashing is
// most of the work and batches share tree nodes. That weakens nothing: the state
// after the last of them has the published commitment only if it is that state.
// If it has not, the first batch that is wrong is found by bisection, and the
// tree stays as it was before the group.
//
// The process may end at any time. The tree has the state after some group,
// whole; a journal beside it says what else of the events still matters, and if it
// is missing, old or damaged, events are read again. docs/reconstruct.md has the
// details and measurements.
//
// Of the result, [State.Snapshot] and [State.Account] give the proofs that an
// escape takes, [State.Export] writes a state file, and [State.Deposits],
// [State.ForcedExits] and [State.Prove] give what waits in the queue and the
// proofs that refunds and a freeze take.
package reconstruct
