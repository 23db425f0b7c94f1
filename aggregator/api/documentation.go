package api

import "github.com/quirezk/quire/aggregator/api/wire"

// methodDoc says what a method is for. A test holds the table to the methods.
type methodDoc struct {
	summary string
	params  []paramDoc
	result  string
	errors  []*wire.Error // those that are the method's own
}

type paramDoc struct{ name, doc string }

// Errors of everything that sends a transfer.
var sendErrors = []*wire.Error{
	wire.ErrNonceTooLow, wire.ErrBalanceTooLow, wire.ErrNonceTooFar, wire.ErrBadSignature, wire.ErrExpired,
	wire.ErrAccountAbsent, wire.ErrTokenMismatch, wire.ErrAmountFormat, wire.ErrFeeFormat, wire.ErrFeeTooLow,
	wire.ErrUnderpriced, wire.ErrNoFeeAccount, wire.ErrZeroWithdrawal, wire.ErrReservedIndex, wire.ErrWidth,
	wire.ErrNonceExhausted, wire.ErrBalanceOverflow, wire.ErrBusy, wire.ErrPoolFull, wire.ErrPaused, wire.ErrFrozen, wire.ErrHalted,
}

// documentation describes the public methods and subscriptions, by the name
// without the namespace; a subscription's is in front of a "*".
var documentation = map[string]methodDoc{
	"sendTransfer": {
		summary: "Takes on a transfer or withdrawal, and answers once it is durable. Sending the same again gives the same answer.",
		params:  []paramDoc{{"transfer", "the signed transfer"}},
		result:  "what became of it",
		errors:  sendErrors,
	},
	"sendTransfers": {
		summary: "Takes on several transfers, in their order. Each succeeds or fails by itself.",
		params:  []paramDoc{{"transfers", "the signed transfers"}},
		result:  "a result or an error for each transfer, in their order",
		errors:  sendErrors,
	},
	"openAccount": {
		summary: "Asks for an account. A batch opens it soon, and gives it its index: see quire_getAccounts.",
		params:  []paramDoc{{"request", "key, owner and token of the account"}},
		result:  "the request; the one that waits already if it was made before",
		errors:  []*wire.Error{wire.ErrOpeningsFull, wire.ErrBusy, wire.ErrPaused, wire.ErrFrozen, wire.ErrHalted},
	},
	"getAccount": {
		summary: "Returns an account in the states of the rollup.",
		params: []paramDoc{
			{"index", "the account"},
			{"state", "return this state alone, which is cheaper; left out for all"},
		},
		result: "the account",
		errors: []*wire.Error{wire.ErrUnknownAccount, wire.ErrNotKept},
	},
	"getAccounts": {
		summary: "Returns the accounts of an owner, as they are in the pending state.",
		params:  []paramDoc{{"query", "which accounts"}},
		result:  "a page of accounts",
	},
	"getAccountProof": {
		summary: "Proves an account, or that there is none, against the commitment that layer 1 stores.",
		params: []paramDoc{
			{"index", "the account"},
			{"state", "sealed, committed or finalized; left out for finalized"},
		},
		result: "the proof",
		errors: []*wire.Error{wire.ErrNotKept},
	},
	"getTransfer": {
		summary: "Returns a transfer, how far it has come, and the receipt if it was executed.",
		params:  []paramDoc{{"id", "the transfer's ID: keccak256 of \"quire/transfer-id\", the rollup's ID and the transfer without its signature"}},
		result:  "the transfer",
		errors:  []*wire.Error{wire.ErrUnknownTransfer},
	},
	"getTransfers": {
		summary: "Returns executed transfers, the newest first: all, those of an account, or those of a batch.",
		params:  []paramDoc{{"query", "which transfers; left out for the newest of all"}},
		result:  "a page of transfers",
	},
	"getBatch": {
		summary: "Returns a batch with its operations but the transfers.",
		params:  []paramDoc{{"number", "the batch"}},
		result:  "the batch",
		errors:  []*wire.Error{wire.ErrUnknownBatch},
	},
	"getBatches": {
		summary: "Returns batches, the newest first.",
		params:  []paramDoc{{"query", "which batches; left out for the newest"}},
		result:  "a page of batches",
	},
	"getBatchProof": {
		summary: "Returns the proof of a batch, as quire verify reads it.",
		params:  []paramDoc{{"number", "the batch"}},
		result:  "the proof",
		errors:  []*wire.Error{wire.ErrUnknownBatch, wire.ErrNotProven, wire.ErrNotKept},
	},
	"queue": {
		summary: "Returns what is not settled: deposits and forced exits that are in no final batch, and accounts to be opened.",
		result:  "the queue",
	},
	"getFee": {
		summary: "Returns the least fee of a transfer of a token.",
		params:  []paramDoc{{"token", "the token"}},
		result:  "the fee",
		errors:  []*wire.Error{wire.ErrUnknownToken},
	},
	"tokens":       {summary: "Returns the tokens that the rollup knows.", result: "the tokens, by increasing number"},
	"rollupConfig": {summary: "Returns what a client has to know of the rollup and of the node.", result: "the configuration"},
	"syncStatus":   {summary: "Returns how far the node has come.", result: "the status"},
	"openrpc":      {summary: "Returns this document. rpc_discover returns it as well.", result: "the OpenRPC document"},
	"transfers*": {
		summary: "Notifies when a transfer is queued, executed or dropped. How far it comes from then on, its batch tells.",
		params:  []paramDoc{{"account", "only transfers from or to this account; left out for all"}},
		result:  "the transfer",
		errors:  []*wire.Error{wire.ErrSubscriptionLimit},
	},
	"batches*": {
		summary: "Notifies when a batch comes to a stage.",
		result:  "the batch without its operations",
		errors:  []*wire.Error{wire.ErrSubscriptionLimit},
	},
}

// adminDocumentation describes the operator's methods in the same way.
var adminDocumentation = map[string]methodDoc{
	"seal":   {summary: "Closes the open batch now, so that it gets proven.", result: "number of the batch; 0 if there is nothing in it, and it stays open"},
	"pause":  {summary: "Has the node refuse transfers and requests for accounts. What is under way goes on. A restart ends it.", result: "nothing"},
	"resume": {summary: "Has the node take transfers and requests for accounts on again.", result: "nothing"},
	"status": {summary: "Returns where everything stands.", result: "the status"},
	"logLevel": {
		summary: "Sets from which level the node logs. A restart ends it.",
		params:  []paramDoc{{"level", "debug, info, warn or error"}},
		result:  "the level before",
	},
}
