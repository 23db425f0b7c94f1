// Package explorer is the page that a node serves about itself: batches,
// transfers, accounts and their proofs, the queue, live.
//
// The page is plain HTML, CSS and JavaScript, embedded in the program. It is
// not built from anything, and loads nothing from elsewhere. What it shows it asks
// the node's JSON-RPC for, at the very address that it came from: a POST there is
// a call, an upgrade to a WebSocket opens a connection for subscriptions, and only
// a GET or HEAD is for [Handler]. Views are fragments of the address (#/batch/7),
// so the server knows nothing of them.
//
// The node's answers are material to show, never markup. The page makes elements
// one by one and inserts text as text; its content security policy forbids inline
// scripts and styles, other origins, and by Trusted Types the parsing of any HTML
// at all.
package explorer
