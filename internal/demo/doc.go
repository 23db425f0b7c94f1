// Package demo is the rollup's main job from end to end in one process: wallets,
// deposits on an in-process EVM, a batch that credits them, a batch of transfers,
// a proof of each, and a contract that accepts both.
//
// Everything in it is the real thing but for two: the keys come from a
// development setup, and the chain is one that nobody else has.
package demo
