// Package l1submit is the client of the layer-1 contracts: it deploys them,
// queues deposits, submits batches with their proofs, and pays exits out.
//
// A [Chain] is a node that transactions are sent to and waited for on; a
// [DevChain] is one in this process, under the rules of a named fork, for tests
// and demonstrations. A [Rollup] is one deployment of the contract. What layer 1
// refuses comes back as a [*RevertError] whose Reason is the contract's own error.
//
// The contracts' code is embedded (artifacts, bindings): neither a Solidity
// compiler nor any file is needed at run time. contracts/build.sh makes both;
// docs/contracts.md describes them. The package knows nothing of provers: a
// proof is bytes, as gnark's Proof.MarshalSolidity gives them.
package l1submit
