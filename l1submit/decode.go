package l1submit

import (
	"fmt"
	"math"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
)

// decoder makes an event of a log whose first topic is the event's.
type decoder func(*bindings.Rollup, *types.Log, Place) (Event, error)

// decoded joins what a binding unpacks with what the package makes of it.
func decoded[B any](unpack func(*bindings.Rollup, *types.Log) (*B, error), convert func(*B, Place) (Event, error)) decoder {
	return func(contract *bindings.Rollup, l *types.Log, at Place) (Event, error) {
		event, err := unpack(contract, l)
		if err != nil {
			return nil, err
		}
		return convert(event, at)
	}
}

var decoders = map[EventKind]decoder{
	KindDeposited: decoded((*bindings.Rollup).UnpackDepositedEvent, decodeDeposited),
	KindExitRequested: decoded((*bindings.Rollup).UnpackExitRequestedEvent, func(e *bindings.RollupExitRequested, at Place) (Event, error) {
		request := protocol.ForcedExit{Index: protocol.Index(e.Index), Sender: protocol.Owner(e.Sender)}
		return &ExitRequested{Place: at, Position: e.Position, Request: request, Time: e.Time}, nil
	}),
	KindBatchCommitted: decoded((*bindings.Rollup).UnpackBatchCommittedEvent, decodeBatchCommitted),
	KindBatchFinalized: decoded((*bindings.Rollup).UnpackBatchFinalizedEvent, func(e *bindings.RollupBatchFinalized, at Place) (Event, error) {
		commitment, err := toElement(e.Commitment)
		return &BatchFinalized{Place: at, Finalized: Finalized{
			Number: e.Number, Commitment: commitment, DepositsEnd: e.DepositsEnd, ExitsEnd: e.ExitsEnd,
		}}, err
	}),
	KindBatchesReverted: decoded((*bindings.Rollup).UnpackBatchesRevertedEvent, func(e *bindings.RollupBatchesReverted, at Place) (Event, error) {
		return &BatchesReverted{Place: at, Number: e.Number}, nil
	}),
	KindExitCredited: decoded((*bindings.Rollup).UnpackExitCreditedEvent, func(e *bindings.RollupExitCredited, at Place) (Event, error) {
		exit, err := decodeExit(e.Owner, e.Token, e.Amount)
		return &ExitCredited{Place: at, Exit: exit}, err
	}),
	KindClaimed: decoded((*bindings.Rollup).UnpackClaimedEvent, func(e *bindings.RollupClaimed, at Place) (Event, error) {
		return &Claimed{Place: at, Owner: e.Owner, Token: protocol.Token(e.Token), Amount: e.Amount}, nil
	}),
	KindFrozen: decoded((*bindings.Rollup).UnpackFrozenEvent, func(e *bindings.RollupFrozen, at Place) (Event, error) {
		commitment, err := toElement(e.Commitment)
		return &Frozen{Place: at, Number: e.Number, Commitment: commitment, By: e.By}, err
	}),
	KindEscaped: decoded((*bindings.Rollup).UnpackEscapedEvent, func(e *bindings.RollupEscaped, at Place) (Event, error) {
		exit, err := decodeExit(e.Owner, e.Token, e.Amount)
		return &Escaped{Place: at, Index: protocol.Index(e.Index), Exit: exit}, err
	}),
	KindDepositRefunded: decoded((*bindings.Rollup).UnpackDepositRefundedEvent, func(e *bindings.RollupDepositRefunded, at Place) (Event, error) {
		amount, err := toAmount(e.Amount)
		return &DepositRefunded{Place: at, Position: e.Position, Payer: e.Payer, Token: protocol.Token(e.Token), Amount: amount}, err
	}),
	KindTokenRegistered: decoded((*bindings.Rollup).UnpackTokenRegisteredEvent, func(e *bindings.RollupTokenRegistered, at Place) (Event, error) {
		return &TokenRegistered{Place: at, Token: protocol.Token(e.Token), Contract: e.ContractAddress, Cap: e.Cap}, nil
	}),
	KindTokenCapChanged: decoded((*bindings.Rollup).UnpackTokenCapChangedEvent, func(e *bindings.RollupTokenCapChanged, at Place) (Event, error) {
		return &TokenCapChanged{Place: at, Token: protocol.Token(e.Token), Cap: e.Cap}, nil
	}),
	KindOperatorChanged: decoded((*bindings.Rollup).UnpackOperatorChangedEvent, func(e *bindings.RollupOperatorChanged, at Place) (Event, error) {
		return &OperatorChanged{Place: at, Operator: e.Operator}, nil
	}),
	KindGovernorOffered: decoded((*bindings.Rollup).UnpackGovernorOfferedEvent, func(e *bindings.RollupGovernorOffered, at Place) (Event, error) {
		return &GovernorOffered{Place: at, To: e.To}, nil
	}),
	KindGovernorChanged: decoded((*bindings.Rollup).UnpackGovernorChangedEvent, func(e *bindings.RollupGovernorChanged, at Place) (Event, error) {
		return &GovernorChanged{Place: at, Governor: e.Governor}, nil
	}),
	KindChangeAnnounced: decoded((*bindings.Rollup).UnpackChangeAnnouncedEvent, func(e *bindings.RollupChangeAnnounced, at Place) (Event, error) {
		return &ChangeAnnounced{Place: at, ID: e.Id, Change: e.Change, ExecutableFrom: e.ExecutableFrom}, nil
	}),
	KindChangeCancelled: decoded((*bindings.Rollup).UnpackChangeCancelledEvent, func(e *bindings.RollupChangeCancelled, at Place) (Event, error) {
		return &ChangeCancelled{Place: at, ID: e.Id}, nil
	}),
	KindChangeExecuted: decoded((*bindings.Rollup).UnpackChangeExecutedEvent, func(e *bindings.RollupChangeExecuted, at Place) (Event, error) {
		return &ChangeExecuted{Place: at, ID: e.Id}, nil
	}),
	KindCircuitAdded: decoded((*bindings.Rollup).UnpackCircuitAddedEvent, decodeCircuitAdded),
	KindCircuitRetired: decoded((*bindings.Rollup).UnpackCircuitRetiredEvent, func(e *bindings.RollupCircuitRetired, at Place) (Event, error) {
		circuit, err := toIndex(e.Circuit)
		return &CircuitRetired{Place: at, Circuit: circuit}, err
	}),
}

func decodeDeposited(e *bindings.RollupDeposited, at Place) (Event, error) {
	d := protocol.Deposit{Owner: protocol.Owner(e.Owner), Token: protocol.Token(e.Token)}
	var err error
	if d.Key.X, err = toElement(e.KeyX); err != nil {
		return nil, err
	}
	if d.Key.Y, err = toElement(e.KeyY); err != nil {
		return nil, err
	}
	if d.Amount, err = toAmount(e.Amount); err != nil {
		return nil, err
	}
	return &Deposited{Place: at, Position: e.Position, Payer: e.Payer, Deposit: d, Time: e.Time}, nil
}

func decodeBatchCommitted(e *bindings.RollupBatchCommitted, at Place) (Event, error) {
	out := &BatchCommitted{Place: at, Number: e.Number, DataHash: e.DataHash}
	var err error
	if out.Circuit, err = toIndex(e.Circuit); err != nil {
		return nil, err
	}
	var words []byte
	for i, n := range e.Inputs {
		out.Inputs[i] = common.BigToHash(n)
		words = append(words, out.Inputs[i][:]...)
	}
	if out.Record, err = decodeRecord(&e.Record); err != nil {
		return nil, err
	}
	if out.Record.Number != out.Number || out.Record.Inputs != crypto.Keccak256Hash(words) {
		return nil, fmt.Errorf("record of batch %d is not that of the event", out.Record.Number)
	}
	return out, nil
}

func decodeCircuitAdded(e *bindings.RollupCircuitAdded, at Place) (Event, error) {
	circuit, err := toIndex(e.Circuit)
	if err != nil {
		return nil, err
	}
	id, err := toElement(e.ShapeID)
	return &CircuitAdded{Place: at, Circuit: circuit, Verifier: e.Verifier, ShapeID: id}, err
}

func decodeExit(owner common.Address, token uint32, amount *big.Int) (protocol.Exit, error) {
	x, err := toAmount(amount)
	return protocol.Exit{Owner: protocol.Owner(owner), Token: protocol.Token(token), Amount: x}, err
}

// toIndex refuses what is not a circuit's index by its size.
func toIndex(n *big.Int) (int, error) {
	if !n.IsInt64() || n.Int64() < 0 || n.Int64() > math.MaxInt32 {
		return 0, fmt.Errorf("circuit %v is out of range", n)
	}
	return int(n.Int64()), nil
}
