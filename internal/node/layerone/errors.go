package layerone

import "errors"

// What a caller may have to react to. All of it is wrapped with the addresses and
// figures concerned.
var (
	// ErrDeployment: the contract is not one that this node can run. The message
	// has every fault that was found.
	ErrDeployment = errors.New("this node cannot run the rollup")
	// ErrDevelopmentKeys: whoever made the rollup's keys can forge proofs, and the
	// chain is not one where nothing is at stake.
	ErrDevelopmentKeys = errors.New("development keys: whoever made them can forge proofs")
	// ErrChain: the layer-1 node is of another chain than was asked for.
	ErrChain = errors.New("the layer-1 node is of another chain")

	// ErrSettled: layer 1 has the batch already. Its events will say so.
	ErrSettled = errors.New("layer 1 has this batch already")
	// ErrPredecessor: the batch before this one is neither on layer 1 nor on its
	// way there, so this one would be refused.
	ErrPredecessor = errors.New("the batch before is not on its way to layer 1")
	// ErrLanes: a batch takes other entries than those that stand in the queue now.
	// Layer 1 was reorganized, and what the feed delivers next tells what becomes
	// of the batch.
	ErrLanes = errors.New("the batch's entries do not stand in layer 1's queue")
)
