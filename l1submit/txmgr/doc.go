// Package txmgr sends transactions to layer 1, each at most once in effect, and
// sees them through until they are final.
//
// A caller names what it wants done with an idempotency key ([Intent]). The first
// [Manager.Submit] of a key gives it an account's nonce, signs, writes intent,
// nonce and signature to disk, and only then sends anything. Every later
// transaction for the key, with a higher fee, has the same nonce and is written
// down before it is sent too. Layer 1 includes one transaction for a nonce: so
// one of them lands, or none. A manager that was killed, wherever it was, goes on
// from what is on disk; a caller that was killed submits the same keys again.
//
// # An intent's life
//
//	Submit ─► recorded, sent ─► mined ─► N confirmations ─► outcome (success or revert)
//	             │    ▲           │
//	             │    └─ reorg ───┘
//	             ├─► not included for some blocks: sent again with a higher fee
//	             ├─► the node forgot it: sent again
//	             └─► another transaction of the account took the nonce, and that is
//	                 final: outcome (displaced)
//
// Nothing else ends an intent. One that cannot be paid for, or that costs more
// than the cap, waits; [Manager.Status] and the log say for what. Nothing is
// final before it has the configured number of confirmations; what is final is
// not looked at again.
//
// # Accounts
//
// A manager has an account for ordinary transactions and, optionally, one for
// blob transactions: nodes refuse to hold both kinds of one account. Nobody else
// should send from them. If somebody does, nothing is sent twice, but intents may
// be displaced. One process may have the directory open.
package txmgr
