package exits

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/protocol"
)

// requestTimeout is the longest that a node may take for one answer; logs of
// many blocks take long.
const requestTimeout = 2 * time.Minute

// Target names a rollup on layer 1.
type Target struct {
	Contract common.Address
	// ChainID is that of the chain that the node has to be of; nil is any.
	ChainID *big.Int
	// Deployed is the block from which on events are looked for; nil lets
	// [Session.Events] find it, which needs an archive node.
	Deployed *uint64
}

// Session is a rollup as one layer-1 node shows it. It is not safe for
// concurrent use.
type Session struct {
	client   Client
	chain    *l1submit.Chain
	rollup   *l1submit.Rollup
	deployed bool // whether rollup knows its block of deployment

	id           fr.Element
	times        l1submit.Times
	exitVerifier common.Address
}

// Client is what a [Session] needs of a node.
type Client interface {
	l1submit.Client
	HeaderByHash(ctx context.Context, hash common.Hash) (*types.Header, error)
}

// Dial connects to a node: by the URL of its JSON-RPC (http, https, ws or wss) or
// the path of its IPC socket. Over http, whether anybody is there shows with the
// first question.
func Dial(ctx context.Context, url string) (*ethclient.Client, error) {
	client, err := rpc.DialOptions(ctx, url, rpc.WithHTTPClient(&http.Client{Timeout: requestTimeout}))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNode, err)
	}
	return ethclient.NewClient(client), nil
}

// Open looks whether there is a rollup behind a client, which stays the caller's
// to close. Errors: [ErrNode], [ErrChain], [l1submit.ErrNoDeployment],
// [l1submit.ErrNotRollup].
func Open(ctx context.Context, client Client, target Target) (*Session, error) {
	s := &Session{client: client}
	if err := s.open(ctx, target); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Session) open(ctx context.Context, target Target) (err error) {
	if s.chain, err = l1submit.NewChain(ctx, s.client); err != nil {
		if ctx.Err() != nil {
			return err
		}
		return fmt.Errorf("%w: %w", ErrNode, err)
	}
	if id := s.chain.ChainID(); target.ChainID != nil && id.Cmp(target.ChainID) != 0 {
		return fmt.Errorf("%w: chain %v, want %v", ErrChain, id, target.ChainID)
	}
	code, err := s.client.CodeAt(ctx, target.Contract, nil)
	if err != nil {
		return fmt.Errorf("%w: read the code of %s: %w", ErrNode, target.Contract, err)
	}
	if len(code) == 0 {
		return fmt.Errorf("%s on chain %v: %w", target.Contract, s.chain.ChainID(), l1submit.ErrNoDeployment)
	}
	var deployed uint64
	if target.Deployed != nil {
		deployed, s.deployed = *target.Deployed, true
	}
	s.rollup = l1submit.OpenRollup(s.chain, target.Contract, deployed)
	for _, read := range []func(context.Context) error{s.readID, s.readTimes, s.readExitVerifier} {
		if err := read(ctx); err != nil {
			return asNotRollup(ctx, err)
		}
	}
	return nil
}

func (s *Session) readID(ctx context.Context) (err error) {
	s.id, err = s.rollup.RollupID(ctx)
	return err
}

func (s *Session) readTimes(ctx context.Context) (err error) {
	s.times, err = s.rollup.Times(ctx)
	return err
}

func (s *Session) readExitVerifier(ctx context.Context) (err error) {
	s.exitVerifier, err = s.rollup.ExitVerifier(ctx)
	return err
}

// asNotRollup says of a contract that does not answer as a rollup does that it
// is none. What the node is to blame for stays as it is.
func asNotRollup(ctx context.Context, err error) error {
	var revert *l1submit.RevertError
	var node rpc.Error
	var status rpc.HTTPError
	var network interface{ Timeout() bool } // net.Error, url.Error
	switch {
	case errors.Is(err, l1submit.ErrNotRollup):
		return err
	case errors.As(err, &revert):
		return fmt.Errorf("%w: %v", l1submit.ErrNotRollup, err) // it is no refusal of anything
	case ctx.Err() != nil, errors.As(err, &node), errors.As(err, &status), errors.As(err, &network):
		return err
	default: // its answer cannot be unpacked
		return fmt.Errorf("%w: %w", l1submit.ErrNotRollup, err)
	}
}

// Chain returns the layer-1 chain.
func (s *Session) Chain() *l1submit.Chain { return s.chain }

// Client returns the connection to the node.
func (s *Session) Client() Client { return s.client }

// Contract returns the rollup's address.
func (s *Session) Contract() common.Address { return s.rollup.Address() }

// RollupID returns what distinguishes the rollup from all others.
func (s *Session) RollupID() fr.Element { return s.id }

// Events returns the rollup for reading events: it knows the block of its
// deployment, which is looked for if need be.
func (s *Session) Events(ctx context.Context) (*l1submit.Rollup, error) {
	if s.deployed {
		return s.rollup, nil
	}
	block, err := l1submit.FindDeployment(ctx, s.chain, s.rollup.Address())
	if err != nil {
		return nil, fmt.Errorf("%w: give the block of the deployment, or one before it, with --from-block", err)
	}
	s.rollup, s.deployed = l1submit.OpenRollup(s.chain, s.rollup.Address(), block), true
	return s.rollup, nil
}

// head is the block that a question is asked about.
type head struct {
	number uint64
	hash   common.Hash
	time   uint64
}

func (s *Session) head(ctx context.Context) (head, error) {
	h, err := s.client.HeaderByNumber(ctx, nil)
	if err != nil {
		return head{}, fmt.Errorf("%w: read the latest block: %w", ErrNode, err)
	}
	return head{number: h.Number.Uint64(), hash: h.Hash(), time: h.Time}, nil
}

// due is the time from which on an entry that was queued at another is overdue.
func (s *Session) due(queued uint64) uint64 { return queued + uint64(s.times.Deadline/time.Second) }

// clock is a time of layer 1, as it is printed.
func clock(seconds uint64) time.Time { return time.Unix(int64(seconds), 0).UTC() }

// Transaction is a transaction that layer 1 has executed.
type Transaction struct {
	Hash  common.Hash `json:"hash"`
	Block uint64      `json:"block"`
	Gas   uint64      `json:"gas"`
}

func transaction(r *types.Receipt) Transaction {
	return Transaction{Hash: r.TxHash, Block: r.BlockNumber.Uint64(), Gas: r.GasUsed}
}

// Value is an amount of a token in its smallest unit, wei if it is ether.
type Value struct {
	Token  protocol.Token `json:"token"`
	Amount string         `json:"amount"` // decimal
}
