// Package watch follows a contract's events on layer 1, and is not fooled by
// reorganizations.
//
// A [Watcher] delivers the events of every block that has enough other blocks
// on top of it, in the chain's order, each once, to a [Sink], which keeps a
// [Cursor] so that a restart goes on where delivery stood. What is delivered
// stays: a reorganization not deeper than the confirmations asked for is never
// noticed by the sink. A deeper one ends delivery with a [*ReorgError], which
// says how far the owner has to roll back. On request a [Preview] is also told of
// the blocks that are not confirmed yet, and of those that were taken back.
//
// How it reads: near the head the watcher walks from the newest block down by
// parent hashes, and asks for the logs of a block by the block's hash. A node
// either answers about exactly that block or says that it does not know it, so
// neither a reorganization between two requests nor a node that lags behind can
// hide an event. Only blocks that are far from the head are read in ranges by
// number, by a [Scanner].
//
// Errors of the node are tried again as [Retry] says. The package believes the
// node: who needs no trust runs one of their own.
package watch
