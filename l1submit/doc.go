// Package l1submit is the client of the layer-1 contracts: it deploys them,
// queues deposits and forced exits, commits and proves batches, pays out what
// has left, and gets everybody out when the operator is gone.
//
// A [Chain] is a node; a [DevChain] is one in this process, under the rules of a
// named fork, for tests and demonstrations. A [Rollup] is one deployment of the
// contract. It packs calls, reads views and events, and finds the published data
// of batches in the transactions that committed them. [Lanes] are the queue,
// rebuilt from events and compared with the contract's hashes; they make the
// proofs that batches, a freeze and refunds have to show.
//
// Whoever sends transactions is a [Transactor]: [Sender] for a person or a test,
// package txmgr for a service ([Managed]). What layer 1 refuses comes back as a
// [*RevertError] whose Reason is the contract's own error, with an explanation.
//
// The contracts' code is embedded (artifacts, bindings): neither a Solidity
// compiler nor any file is needed at run time. contracts/build.sh makes both;
// docs/contracts.md describes them. The package knows nothing of provers: a
// proof is bytes, as gnark's Proof.MarshalSolidity gives them.
package l1submit
