package wire

import "github.com/quirezk/quire/protocol"

// SyncStatus is how far the node has come.
type SyncStatus struct {
	Seq       uint64 `json:"seq" doc:"sequence number of the newest executed transfer; 0 before the first"`
	Waiting   int    `json:"waiting" doc:"how many transfers are queued"`
	Batch     uint32 `json:"batch" doc:"number of the open batch"`
	Sealed    uint32 `json:"sealed" doc:"number of the newest sealed batch"`
	Proven    uint32 `json:"proven" doc:"number of the newest batch that has a proof, and all before it have"`
	Committed uint32 `json:"committed" doc:"number of the newest batch that layer 1 accepted"`
	Finalized uint32 `json:"finalized" doc:"number of the newest batch that is final on layer 1"`
	// Layer 1, as the node sees it.
	Layer1Head  uint64 `json:"layer1Head" doc:"number of the newest block of layer 1 that the node knows of"`
	Layer1Block uint64 `json:"layer1Block" doc:"number of the newest block of layer 1 that is final by the node's rule and taken in"`
	Layer1Time  uint64 `json:"layer1Time" doc:"time of that block, in Unix milliseconds"`
	Frozen      bool   `json:"frozen" doc:"whether layer 1 has frozen the rollup: leave it with quire exit"`
	Paused      bool   `json:"paused" doc:"whether the operator has the node refuse transfers"`
	Halted      string `json:"halted,omitempty" doc:"why the node has stopped working, if it has"`
}

// Fee is what the node asks for a transfer of a token.
type Fee struct {
	Token   protocol.Token  `json:"token" doc:"the token"`
	Minimum Amount          `json:"minimum" doc:"the least fee of a transfer or withdrawal"`
	Account *protocol.Index `json:"account,omitempty" doc:"the account that fees go to; left out if transfers of the token must pay none"`
}

// Token is a token that the rollup knows.
type Token struct {
	Token    protocol.Token `json:"token" doc:"its number on layer 2; 0 is ether"`
	Address  Address        `json:"address" doc:"its contract on layer 1; all zeros for ether"`
	Symbol   string         `json:"symbol" doc:"what its contract calls it; anyone can take any symbol"`
	Decimals uint8          `json:"decimals" doc:"how many digits of an amount stand behind the point"`
}

// RollupConfig is what a client has to know of the rollup and of the node. All of
// it but the rollup itself can change when the node is restarted.
type RollupConfig struct {
	ChainID       uint64       `json:"chainID" doc:"of layer 1"`
	Contract      Address      `json:"contract" doc:"address of the rollup on layer 1"`
	RollupID      Element      `json:"rollupID" doc:"that transfers are signed for"`
	Operator      Address      `json:"operator" doc:"whose signature receipts bear"`
	Confirmations uint64       `json:"confirmations" doc:"how many blocks of layer 1 the node waits before it takes something as final"`
	FeeAccounts   []FeeAccount `json:"feeAccounts" doc:"who collects the fees, by increasing token"`
	Circuits      []Circuit    `json:"circuits" doc:"the circuits that batches are proven with"`
	Pool          PoolRules    `json:"pool" doc:"what may wait to be executed"`
	Limits        Limits       `json:"limits" doc:"what one request may ask for"`
	Version       string       `json:"version" doc:"of the node's software"`
}

// Circuit is a circuit that batches are proven with.
type Circuit struct {
	Index       int     `json:"index" doc:"in the contract's list"`
	Shape       string  `json:"shape" doc:"name of its shape"`
	Verifier    Address `json:"verifier" doc:"address of the contract that has its key"`
	Transfers   int     `json:"transfers" doc:"most transfers of a batch"`
	Openings    int     `json:"openings" doc:"most openings of a batch"`
	LayerOne    int     `json:"layerOne" doc:"most deposits and forced exits of a batch together"`
	FeeAccounts int     `json:"feeAccounts" doc:"most tokens that a batch collects fees in"`
	Exits       int     `json:"exits" doc:"most payments to layer 1 of a batch"`
	Accounts    int     `json:"accounts" doc:"most distinct accounts that a batch touches"`
	Nodes       int     `json:"nodes" doc:"most distinct nodes of the state tree that a batch touches"`
}

// PoolRules are what may wait to be executed.
type PoolRules struct {
	PerAccount         int    `json:"perAccount" doc:"most waiting transfers of one account"`
	NonceGap           uint64 `json:"nonceGap" doc:"how far ahead of the account's nonce a transfer's may be"`
	ReplacementPercent int    `json:"replacementPercent" doc:"by how much more a fee has to be to replace a waiting transfer of the same nonce"`
}

// Limits are what one request may ask for. See docs/rpc.md.
type Limits struct {
	Transfers     int     `json:"transfers" doc:"most transfers of one quire_sendTransfers"`
	Page          int     `json:"page" doc:"most entries of one answer"`
	BatchRequests int     `json:"batchRequests" doc:"most requests of one JSON-RPC batch"`
	BodyBytes     int     `json:"bodyBytes" doc:"most bytes of one request"`
	Rate          float64 `json:"rate" doc:"how much one client may ask for per second, in the units of docs/rpc.md; 0 for no limit"`
	Subscriptions int     `json:"subscriptions" doc:"most subscriptions of one connection"`
}

// Queue is what is not settled: what the deadline of layer 1's queue runs on, and
// accounts that wait to be opened. Lists are cut at the server's limit, the counts
// are not.
type Queue struct {
	Deposits       []QueuedDeposit    `json:"deposits" doc:"deposits that are in no final batch, the oldest first"`
	DepositCount   uint64             `json:"depositCount" doc:"how many there are"`
	ForcedExits    []QueuedForcedExit `json:"forcedExits" doc:"forced exits that are in no final batch, the oldest first"`
	ForcedCount    uint64             `json:"forcedCount" doc:"how many there are"`
	Openings       []Opening          `json:"openings" doc:"accounts that no batch has opened, the oldest first"`
	OpeningCount   uint64             `json:"openingCount" doc:"how many there are"`
	DeadlineMillis uint64             `json:"deadlineMillis" doc:"how long after it was queued on layer 1 an entry must be in a batch that layer 1 accepted; later anyone can freeze the rollup"`
}

// QueuedDeposit is a deposit in layer 1's queue.
type QueuedDeposit struct {
	Position uint64         `json:"position" doc:"in its lane, from 0"`
	Payer    Address        `json:"payer" doc:"who paid it on layer 1"`
	Time     uint64         `json:"time" doc:"of its block, in Unix milliseconds"`
	Block    uint64         `json:"block" doc:"number of its block"`
	Tx       Hash           `json:"tx" doc:"hash of its transaction"`
	Key      Key            `json:"key" doc:"key of the account that it is for"`
	Owner    Address        `json:"owner" doc:"owner of the account that it is for"`
	Token    protocol.Token `json:"token" doc:"the token that was deposited"`
	Amount   Amount         `json:"amount" doc:"how much"`
	Batch    uint32         `json:"batch" doc:"number of the batch that has taken it, which is not final; 0 if none has"`
}

// QueuedForcedExit is a forced exit in layer 1's queue.
type QueuedForcedExit struct {
	Position uint64         `json:"position" doc:"in its lane, from 0"`
	Sender   Address        `json:"sender" doc:"who asked for it"`
	Time     uint64         `json:"time" doc:"of its block, in Unix milliseconds"`
	Block    uint64         `json:"block" doc:"number of its block"`
	Tx       Hash           `json:"tx" doc:"hash of its transaction"`
	Index    protocol.Index `json:"index" doc:"the account"`
	Batch    uint32         `json:"batch" doc:"number of the batch that has taken it, which is not final; 0 if none has"`
}

// Pipeline is what the operator sees of the work: the answer of
// quireadmin_status.
type Pipeline struct {
	Sync     SyncStatus     `json:"sync" doc:"how far the node has come"`
	Batches  []BatchSummary `json:"batches" doc:"those that are not final, the newest first, cut at the server's limit"`
	Openings uint64         `json:"openings" doc:"how many accounts wait to be opened"`
	LogLevel string         `json:"logLevel" doc:"the level from which the node logs"`
}
