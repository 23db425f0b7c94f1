package config

import (
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/aggregator/mempool"
	"github.com/quirezk/quire/protocol"
)

// Config is a node's configuration, checked. What each field means, and its
// default, is in the list of keys (fields.go), which is also what
// docs/node.example.toml is made from.
type Config struct {
	Data     string
	Layer1   Layer1
	Operator Operator
	Receipts Receipts
	Prover   Prover
	Batches  Batches
	Fees     Fees
	Pool     mempool.Limits
	RPC      RPC
	Ops      Listen
	Debug    Listen
	Admin    Listen
	Log      Log
}

// Layer1 is the rollup on layer 1, and how it is talked to.
type Layer1 struct {
	URL      string // of the node; empty if URLFile has it
	URLFile  string
	Contract common.Address
	ChainID  uint64
	// FromBlock is the block of the contract's deployment, nil where it is to be
	// found.
	FromBlock         *uint64
	Confirmations     uint64
	Finalized         bool
	Interval          time.Duration
	MaxFee, MinTip    *big.Int // in wei for a unit of gas
	BumpBlocks        uint64
	DevelopmentChains []uint64
}

// Operator is who signs transactions.
type Operator struct {
	Keystore     string
	Address      *common.Address
	PasswordFile string
	PasswordFD   *uint64
	Signer       string
}

// Receipts is who signs receipts.
type Receipts struct {
	KeyFile      string
	PasswordFile string
}

// Prover is how proofs are made.
type Prover struct {
	Shapes []protocol.Shape // the smallest first
	Keys   string
	Memory uint64 // bytes; 0 is what one proof takes
	Proofs int
}

// Batches is when batches are made.
type Batches struct {
	MaxAge, QueueDelay time.Duration
	MaxBacklog         int
	MaxUnsettled       int
	MaxOpenings        int // below 0: no account is opened on request
	Retain             uint64
}

// Fees is who earns fees, and how much a transfer pays at least.
type Fees struct {
	Account  string    // address on layer 2, as a wallet has it; empty: no fees are taken
	Minimums []Minimum // by increasing token
}

// Minimum is the least fee of a transfer of a token.
type Minimum struct {
	Token  protocol.Token
	Amount protocol.Amount
}

// RPC is the public interface.
type RPC struct {
	Listen
	Rate        float64 // below 0: no limit
	Burst       int
	Connections int
	Origins     []string
	Hosts       []string
	TrustProxy  bool
	Explorer    bool
}

// Listen is where a server listens: HOST:PORT, or unix:PATH for a socket. It is
// empty for one that is off.
type Listen struct{ Address string }

// Log is what the log says, and how.
type Log struct {
	Level  string // debug, info, warn or error
	Format string // auto, text or json
}
