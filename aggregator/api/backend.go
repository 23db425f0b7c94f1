package api

import (
	"context"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// Backend is the node as the interface sees it. Its methods are called
// concurrently, end when the context does, and keep none of their arguments.
//
// Errors are the protocol's rejections, [wire.Error]s, or others that
// [Options.Errors] translates; one with a method RetryAfter() time.Duration tells
// how long to wait. Any other error is logged, and answered as an internal error
// without its text.
type Backend interface {
	// SendTransfers takes transfers on, in their order, whose signatures nobody has
	// checked yet. It returns one result per transfer, once all that is said in
	// them is durable. A transfer that was taken on before has the result of that
	// time, and no error.
	SendTransfers(ctx context.Context, transfers []protocol.SignedTransfer) []SendResult
	// OpenAccount takes on a request for an account. One that waits already for
	// the same key, owner and token is returned again.
	OpenAccount(ctx context.Context, key protocol.PublicKey, owner protocol.Owner, token protocol.Token) (ledger.Opening, error)

	// Account returns an account in each of the states asked for, in their order
	// and all at one moment. One that exists in none of all states is
	// [wire.ErrUnknownAccount].
	Account(ctx context.Context, index protocol.Index, states []wire.State) (*Account, error)
	// Accounts returns the accounts of an owner above an index, as they are in the
	// pending state: at most limit, by increasing index.
	Accounts(ctx context.Context, owner protocol.Owner, after protocol.Index, limit int) ([]IndexedAccount, error)
	// AccountProof proves an account, or its absence, in a state that has a root:
	// not the pending one. [wire.ErrNotKept] says that it cannot be told any more.
	AccountProof(ctx context.Context, index protocol.Index, state wire.State) (*AccountProof, error)

	// Transfer returns a transfer with its receipt, or [wire.ErrUnknownTransfer].
	Transfer(ctx context.Context, id ledger.TransferID) (*Transfer, error)
	// Transfers returns executed transfers with sequence numbers below before (0:
	// no bound): at most limit, by decreasing sequence number. Receipts may be
	// left out. An account or batch that does not exist has none.
	Transfers(ctx context.Context, filter Filter, before uint64, limit int) ([]Transfer, error)

	// Batch returns a batch, the open one included, or [wire.ErrUnknownBatch].
	Batch(ctx context.Context, number uint32) (*Batch, error)
	// Batches returns batches of numbers below before (0: no bound): at most limit,
	// by decreasing number.
	Batches(ctx context.Context, before uint32, limit int) ([]Batch, error)
	// BatchProof returns the proof file of a batch, which is a JSON object,
	// [wire.ErrNotProven] or [wire.ErrUnknownBatch].
	BatchProof(ctx context.Context, number uint32) ([]byte, error)

	// Queue returns what no batch has taken yet: at most limit entries of each
	// kind, the oldest first.
	Queue(ctx context.Context, limit int) (*Queue, error)
	// Fee returns what a transfer of a token has to pay, or
	// [wire.ErrUnknownToken].
	Fee(ctx context.Context, token protocol.Token) (*Fee, error)
	// Tokens returns the tokens that the rollup knows, by increasing number.
	Tokens(ctx context.Context) ([]Token, error)
	// Config returns what a client has to know of rollup and node.
	Config(ctx context.Context) (*Config, error)
	// Sync returns how far the node has come. It is cheap.
	Sync(ctx context.Context) (*Sync, error)
}

// AdminBackend is the node as its operator's interface sees it.
type AdminBackend interface {
	// Seal closes the open batch now, so that it gets proven, and returns its
	// number. A batch with nothing in it stays open, and the number is 0.
	Seal(ctx context.Context) (uint32, error)
	// Pause has the node refuse transfers and requests for accounts with
	// [wire.ErrPaused], or take them again. What is under way goes on. It does not
	// outlast the process.
	Pause(ctx context.Context, paused bool) error
	// Pipeline returns where everything stands, with at most limit batches that
	// are not final, the newest first.
	Pipeline(ctx context.Context, limit int) (*Pipeline, error)
}

// Receipt is the operator's word that a transfer was executed.
type Receipt struct {
	ID        ledger.TransferID
	Seq       uint64
	Batch     uint32
	Time      uint64 // Unix milliseconds
	Signature [65]byte
}

// SendResult is what became of a transfer that was sent: its status or an error.
type SendResult struct {
	ID       ledger.TransferID
	Status   wire.Status
	Received uint64 // when it was executed or queued, in Unix milliseconds
	// Of one that was executed.
	Seq     uint64
	Batch   uint32
	Receipt *Receipt

	Err error // why it was not taken on; the rest is then empty
}

// Account is an account in the states that were asked for.
type Account struct {
	States []AccountAt
	// NextNonce is the first nonce, from the pending one on, that no waiting
	// transfer has.
	NextNonce uint64
	Waiting   int // queued transfers
}

// AccountAt is an account in one state.
type AccountAt struct {
	Batch   uint32 // that made the state; the open one for the pending state
	Exists  bool
	Account protocol.Account // if it exists
}

// IndexedAccount is an account with its index.
type IndexedAccount struct {
	Index   protocol.Index
	Account protocol.Account
}

// AccountProof is a proof of an account with what it takes to believe it.
type AccountProof struct {
	Batch      uint32 // that made the state
	Commitment fr.Element
	Root       fr.Element
	Exists     bool
	Account    protocol.Account // if it exists
	Proof      statetree.Proof
}

// Transfer is a transfer and how far it has come.
type Transfer struct {
	ID     ledger.TransferID
	Status wire.Status
	Signed *protocol.SignedTransfer // nil if it was dropped and is not kept
	Time   uint64                   // when it was executed, queued or dropped, in Unix milliseconds
	// From executed on.
	Seq     uint64
	Batch   uint32
	Receipt *Receipt
	// From committed on: where layer 1 accepted its batch.
	Layer1 *Layer1Place

	Reason string // why it was dropped
}

// Layer1Place is where layer 1 accepted a batch.
type Layer1Place struct {
	Block   uint64
	Tx      [32]byte
	GasUsed uint64 // 0 unless it is known
}

// Filter chooses transfers: those from or to an account, those in a batch, or all
// if both are nil. Not both are set.
type Filter struct {
	Account *protocol.Index
	Batch   *uint32
}

// Batch is a batch, and where layer 1 has it in a block that is not final yet, nil
// if it does not.
type Batch struct {
	ledger.Batch
	Committed *Layer1Place
}

// Queue is what is not settled: operations of layer 1 in no final batch, and
// accounts that no batch opens yet. The counts are of all, the lists may be cut.
type Queue struct {
	Deposits                           []ledger.UnsettledDeposit
	ForcedExits                        []ledger.UnsettledExit
	Openings                           []ledger.Opening
	DepositCount, ExitCount, OpenCount uint64
	// Deadline is how long after it was queued an entry of layer 1 must be in a
	// batch that layer 1 accepted.
	Deadline time.Duration
}

// Fee is what a transfer of a token has to pay. Account is the one that it goes
// to, nil if transfers of the token must pay nothing.
type Fee struct {
	Minimum protocol.Amount
	Account *protocol.Index
}

// Token is a token that the rollup knows.
type Token struct {
	Token    protocol.Token
	Address  [20]byte // on layer 1; zero for ether
	Symbol   string
	Decimals uint8
}

// Config is what a client has to know of rollup and node.
type Config struct {
	Identity      ledger.Identity
	Operator      [20]byte // whose signature receipts bear
	Confirmations uint64
	FeeAccounts   []protocol.FeeAccount
	Circuits      []Circuit
	Pool          wire.PoolRules
	Version       string
}

// Circuit is a circuit that batches are proven with.
type Circuit struct {
	Index    int // the contract's
	Shape    protocol.Shape
	Verifier [20]byte
}

// Sync is how far the node has come.
type Sync struct {
	Head                      ledger.Head
	Sealed, Proven, Committed uint32 // newest batches that are at least so far
	Waiting                   int    // queued transfers
	Layer1Head                uint64 // newest block of layer 1 that the node knows of
	Paused                    bool
	Halted                    string // why the node has stopped working, if it has
}

// Pipeline is where everything stands.
type Pipeline struct {
	Sync     Sync
	Batches  []Batch // not final, the newest first
	Openings uint64  // requests for accounts that wait
}
