// Package layerone connects the aggregator with layer 1.
//
// [Open] looks whether a rollup is the one that a node is configured for, before
// anything starts. [Feed] follows its events and hands them to the aggregator, in
// steps that are final; [Settler] brings proven batches to it, through a
// transaction manager. Both share [Lanes], the queue as the newest block leaves it,
// which the proofs that a batch shows are made from. [Rebuild] makes the state of a
// rollup that has a history already, from layer-1 data alone.
//
// The package decides nothing about batches: that is the aggregator's.
package layerone
