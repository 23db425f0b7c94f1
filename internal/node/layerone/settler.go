package layerone

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/txmgr"
	"github.com/quirezk/quire/protocol"
)

// SettlerConfig says how a [Settler] works.
type SettlerConfig struct {
	Rollup *l1submit.Rollup
	// Manager sends the transactions. It has to have [l1submit.DecodeRevert].
	Manager *txmgr.Manager
	// Operator is the manager's account for ordinary transactions: the rollup's
	// operator.
	Operator common.Address
	Lanes    *Lanes
	// Commitment returns the commitment that the ledger's batch of a number ends at.
	// After a deep reorganization there can be another batch with the same number
	// and attempt: their transactions must not be taken for each other.
	Commitment func(number uint32) (fr.Element, error)
	// Logger is told what happens. nil means [slog.Default].
	Logger *slog.Logger
}

// Settler brings proven batches to layer 1: each attempt of each in one
// transaction, which commits the batch and proves it. It implements
// [aggregator.Settler], and several batches can be on their way.
//
// A batch whose predecessor is on layer 1 is tried by the node first, so that one
// that would be refused costs nothing. One whose predecessor is still on its way
// cannot be tried: it is sent with a bound on its gas. It can be refused then, if
// its predecessor is, or if its lane proofs are void by the time it is included;
// the next attempt makes them anew.
type Settler struct {
	cfg    SettlerConfig
	prefix string // of the idempotency keys
}

var _ aggregator.Settler = (*Settler)(nil)

// NewSettler returns a settler. The manager stays the caller's to run and close.
func NewSettler(cfg SettlerConfig) *Settler {
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	return &Settler{cfg: cfg, prefix: "settle/" + strings.ToLower(cfg.Rollup.Address().Hex()) + "/"}
}

// key names an attempt to the transaction manager, by number, attempt and the
// beginning of the commitment that the batch ends at.
func (s *Settler) key(number, attempt uint32, commitment fr.Element) string {
	return fmt.Sprintf("%s%d/%d%s", s.prefix, number, attempt, mark(commitment))
}

// mark is how a key ends.
func mark(commitment fr.Element) string {
	c := commitment.Bytes()
	return "/" + hex.EncodeToString(c[:8])
}

// Submit implements [aggregator.Settler]. Errors wrap [ErrSettled],
// [ErrPredecessor], [ErrLanes], [aggregator.ErrForeignBatch],
// [*l1submit.RevertError] for a batch that layer 1 would refuse now, and those of
// [txmgr.Manager.Submit].
func (s *Settler) Submit(ctx context.Context, st *aggregator.Settlement) error {
	if err := s.submit(ctx, st); err != nil {
		return fmt.Errorf("settle batch %d, attempt %d: %w", st.Number, st.Attempt, err)
	}
	return nil
}

func (s *Settler) submit(ctx context.Context, st *aggregator.Settlement) error {
	key := s.key(st.Number, st.Attempt, st.New)
	if known, err := s.known(key); known || err != nil {
		return err
	}
	follows, err := s.follows(ctx, st)
	if err != nil {
		return err
	}
	published, err := protocol.ParsePublished(st.Published)
	if err != nil {
		return fmt.Errorf("published data: %w", err)
	}
	wanted := claims(published, st.DepositsFrom, st.ExitsFrom)
	if wanted[protocol.LaneDeposits].to != st.DepositsEnd || wanted[protocol.LaneExits].to != st.ExitsEnd {
		return fmt.Errorf("the batch takes deposits up to %d and forced exits up to %d, its published data up to %d and %d",
			st.DepositsEnd, st.ExitsEnd, wanted[protocol.LaneDeposits].to, wanted[protocol.LaneExits].to)
	}
	proofs, err := s.cfg.Lanes.prove(ctx, wanted)
	if err != nil {
		return err
	}
	call, err := s.cfg.Rollup.CommitAndProveBatchCall(&l1submit.Commit{
		Circuit: st.Circuit, Digest: st.Statement.D, Data: st.Published,
		Deposits: proofs[protocol.LaneDeposits], Exits: proofs[protocol.LaneExits],
	}, st.Proof)
	if err != nil {
		return err
	}
	intent := txmgr.Intent{Key: key, To: call.To, Value: call.Value, Data: call.Data}
	if follows {
		intent.Gas, err = s.estimate(ctx, call)
	} else {
		intent.Gas, err = boundGas(call, published, proofs)
	}
	if err != nil {
		return err
	}
	if err := s.cfg.Manager.Submit(ctx, intent); err != nil && !errors.Is(err, txmgr.ErrKeyReused) {
		return err
	}
	s.cfg.Logger.Info("batch handed over for layer 1", "batch", st.Number, "attempt", st.Attempt, "bytes", len(st.Published), "gas", intent.Gas, "estimated", follows)
	return nil
}

// known tells whether something was submitted under a key.
func (s *Settler) known(key string) (bool, error) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // to ask, not to wait
	_, err := s.cfg.Manager.Wait(ctx, key)
	switch {
	case errors.Is(err, txmgr.ErrUnknownKey):
		return false, nil
	case errors.Is(err, txmgr.ErrClosed), errors.Is(err, txmgr.ErrStoreFailed), errors.Is(err, txmgr.ErrCorrupt):
		return false, err
	}
	return true, nil // it waits, or has come to something
}

// follows tells whether a batch is the next one of layer 1's newest block. If it is
// not, those between have to be on their way.
func (s *Settler) follows(ctx context.Context, st *aggregator.Settlement) (bool, error) {
	final, err := s.cfg.Rollup.Finalized(ctx)
	switch {
	case err != nil:
		return false, err
	case final.Number >= st.Number:
		return false, fmt.Errorf("%w: batch %d is its last", ErrSettled, final.Number)
	case final.Number == st.Number-1 && final.Commitment != st.Old:
		return false, fmt.Errorf("%w: its batch %d has the commitment %s", aggregator.ErrForeignBatch, final.Number, final.Commitment.String())
	case final.Number == st.Number-1:
		return true, nil
	}
	before := fmt.Sprintf("%s%d/", s.prefix, st.Number-1)
	for _, status := range s.cfg.Manager.Status() {
		// One that is in a block although the batch is not layer 1's was refused.
		if strings.HasPrefix(status.Key, before) && strings.HasSuffix(status.Key, mark(st.Old)) && status.Mined == (common.Hash{}) {
			return false, nil
		}
	}
	return false, fmt.Errorf("%w: batch %d; layer 1 is at %d", ErrPredecessor, st.Number-1, final.Number)
}

// estimate has the node try a call, and returns its limit.
func (s *Settler) estimate(ctx context.Context, call l1submit.Call) (uint64, error) {
	gas, err := s.cfg.Rollup.Chain().Client().EstimateGas(ctx, ethereum.CallMsg{From: s.cfg.Operator, To: call.To, Value: call.Value, Data: call.Data})
	if err != nil {
		return 0, fmt.Errorf("layer 1 would not take it now, nothing was sent: %w", l1submit.RevertOf(err))
	}
	if gas > params.MaxTxGas {
		return 0, fmt.Errorf("it needs %d gas, layer 1 allows %d for a transaction (EIP-7825): use a smaller shape", gas, params.MaxTxGas)
	}
	return min(gas+max(call.Slack, gas/5), params.MaxTxGas), nil
}

// Await implements [aggregator.Settler]. Its errors are the context's, and those of
// a manager that was closed or has failed.
func (s *Settler) Await(ctx context.Context, number, attempt uint32) (*aggregator.Settled, error) {
	commitment, err := s.cfg.Commitment(number)
	if err != nil {
		return nil, fmt.Errorf("wait for batch %d, attempt %d: %w", number, attempt, err)
	}
	result, err := s.cfg.Manager.Wait(ctx, s.key(number, attempt, commitment))
	var revert *txmgr.RevertError
	var displaced *txmgr.DisplacedError
	settled := new(aggregator.Settled)
	switch {
	case err == nil:
		settled.Accepted = true
	case errors.As(err, &displaced):
		settled.Reason, settled.Block = displaced.Error(), displaced.Block
	case errors.As(err, &revert):
		settled.Reason = revert.Error()
	case errors.Is(err, txmgr.ErrUnknownKey):
		// Its records were lost. If the transaction lands all the same, the feed says
		// so; if a second one does too, layer 1 refuses that.
		settled.Reason = "the transaction manager knows nothing of it: its directory is not the one that it was sent from"
	default:
		return nil, fmt.Errorf("wait for batch %d, attempt %d: %w", number, attempt, err)
	}
	if result != nil && result.Receipt != nil {
		settled.Tx, settled.Block = result.Receipt.TxHash, result.Receipt.BlockNumber.Uint64()
		settled.GasUsed = result.Receipt.GasUsed
	}
	return settled, nil
}

// InFlight returns how the batches on their way are doing, by nonce.
func (s *Settler) InFlight() []txmgr.Status {
	var mine []txmgr.Status
	for _, status := range s.cfg.Manager.Status() {
		if strings.HasPrefix(status.Key, s.prefix) {
			mine = append(mine, status)
		}
	}
	return mine
}
