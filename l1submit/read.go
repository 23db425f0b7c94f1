package l1submit

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/quirezk/quire/protocol"
)

// read calls a view of the contract on the rollup's block.
func read[T any](ctx context.Context, r *Rollup, what string, call []byte, unpack func([]byte) (T, error)) (T, error) {
	opts := r.block
	opts.Context = ctx
	out, err := bind.Call(r.bound, &opts, call, unpack)
	if err != nil {
		return out, fmt.Errorf("read %s of rollup %s: %w", what, r.address, RevertOf(err))
	}
	return out, nil
}

// readElement is read for a field element.
func readElement(ctx context.Context, r *Rollup, what string, call []byte, unpack func([]byte) (*big.Int, error)) (fr.Element, error) {
	n, err := read(ctx, r, what, call, unpack)
	if err != nil {
		return fr.Element{}, err
	}
	e, err := toElement(n)
	if err != nil {
		return fr.Element{}, fmt.Errorf("read %s of rollup %s: %w", what, r.address, err)
	}
	return e, nil
}

// Finalized is the final state: that of the last proven batch, or genesis.
type Finalized struct {
	Number      uint32
	Commitment  fr.Element
	DepositsEnd uint64 // deposits processed in it
	ExitsEnd    uint64 // forced exits processed in it
}

// End returns how many entries of a lane are processed in the state.
func (f *Finalized) End(lane protocol.Lane) uint64 {
	if lane == protocol.LaneDeposits {
		return f.DepositsEnd
	}
	return f.ExitsEnd
}

// Finalized returns the final state.
func (r *Rollup) Finalized(ctx context.Context) (Finalized, error) {
	out, err := read(ctx, r, "final state", r.contract.PackFinalized(), r.contract.UnpackFinalized)
	if err != nil {
		return Finalized{}, err
	}
	commitment, err := toElement(out.Commitment)
	if err != nil {
		return Finalized{}, fmt.Errorf("read commitment of rollup %s: %w", r.address, err)
	}
	return Finalized{Number: out.Number, Commitment: commitment, DepositsEnd: out.DepositsEnd, ExitsEnd: out.ExitsEnd}, nil
}

// LastCommitted returns the number of the last pending batch, or of the final
// one if none is pending.
func (r *Rollup) LastCommitted(ctx context.Context) (uint32, error) {
	return read(ctx, r, "last committed batch", r.contract.PackLastCommitted(), r.contract.UnpackLastCommitted)
}

// RecordHash returns [Record.Hash] of the pending batch with a number; zero if
// none with it is pending.
func (r *Rollup) RecordHash(ctx context.Context, number uint32) (common.Hash, error) {
	return read(ctx, r, "record", r.contract.PackRecordHash(number), r.contract.UnpackRecordHash)
}

// IsFrozen tells whether the rollup is frozen.
func (r *Rollup) IsFrozen(ctx context.Context) (bool, error) {
	return read(ctx, r, "whether frozen", r.contract.PackFrozen(), r.contract.UnpackFrozen)
}

// LaneState is a lane as the contract has it.
type LaneState struct {
	Count  uint64   // entries that were ever queued
	Head   [32]byte // the rolling hash after the last of them
	Escrow *big.Int // fees of those that wait, in wei
}

// LaneState returns the state of a lane.
func (r *Rollup) LaneState(ctx context.Context, lane protocol.Lane) (LaneState, error) {
	out, err := read(ctx, r, "lane of "+lane.String(), r.contract.PackLane(uint8(lane)), r.contract.UnpackLane)
	if err != nil {
		return LaneState{}, err
	}
	return LaneState{Count: out.Count, Head: out.Head, Escrow: out.Escrow}, nil
}

// LaneCheckpoint returns a lane's rolling hash after n·[protocol.LaneStride]
// entries, as long as the contract has it.
func (r *Rollup) LaneCheckpoint(ctx context.Context, lane protocol.Lane, n uint64) ([32]byte, error) {
	return read(ctx, r, "checkpoint of "+lane.String(), r.contract.PackLaneCheckpoint(uint8(lane), n), r.contract.UnpackLaneCheckpoint)
}

// QueueFee returns the fee in wei for the next entry of a lane.
func (r *Rollup) QueueFee(ctx context.Context, lane protocol.Lane) (*big.Int, error) {
	return read(ctx, r, "fee for "+lane.String(), r.contract.PackQueueFee(uint8(lane)), r.contract.UnpackQueueFee)
}

// ExitRequest returns where a sender's last request of an account's forced exit
// stands in its lane, and whether there ever was one.
func (r *Rollup) ExitRequest(ctx context.Context, index protocol.Index, sender common.Address) (position uint64, ok bool, err error) {
	next, err := read(ctx, r, "exit request", r.contract.PackExitRequest(uint32(index), sender), r.contract.UnpackExitRequest)
	if err != nil || next == 0 {
		return 0, false, err
	}
	return next - 1, true, nil
}

// Claimable returns what [Rollup.Claim] would pay an owner.
func (r *Rollup) Claimable(ctx context.Context, token protocol.Token, owner common.Address) (*big.Int, error) {
	return read(ctx, r, "claimable balance", r.contract.PackClaimable(owner, uint32(token)), r.contract.UnpackClaimable)
}

// HasEscaped tells whether an account has escaped.
func (r *Rollup) HasEscaped(ctx context.Context, index protocol.Index) (bool, error) {
	return read(ctx, r, "whether escaped", r.contract.PackEscaped(uint32(index)), r.contract.UnpackEscaped)
}

// IsRefunded tells whether the deposit at a position was refunded.
func (r *Rollup) IsRefunded(ctx context.Context, position uint64) (bool, error) {
	return read(ctx, r, "whether refunded", r.contract.PackRefunded(position), r.contract.UnpackRefunded)
}

// TokenInfo is a token of the rollup.
type TokenInfo struct {
	Number   protocol.Token
	Contract common.Address // zero for ether
	Cap      *big.Int       // most of it that the rollup takes
	Locked   *big.Int       // what is inside
}

// Token returns the token with a number.
func (r *Rollup) Token(ctx context.Context, token protocol.Token) (TokenInfo, error) {
	out, err := read(ctx, r, fmt.Sprintf("token %d", token), r.contract.PackTokens(uint32(token)), r.contract.UnpackTokens)
	if err != nil {
		return TokenInfo{}, err
	}
	return TokenInfo{Number: token, Contract: out.ContractAddress, Cap: out.Cap, Locked: out.Locked}, nil
}

// Tokens returns all tokens, by number; ether is the first.
func (r *Rollup) Tokens(ctx context.Context) ([]TokenInfo, error) {
	n, err := read(ctx, r, "number of tokens", r.contract.PackTokenCount(), r.contract.UnpackTokenCount)
	if err != nil {
		return nil, err
	}
	var tokens []TokenInfo
	for token := range n {
		info, err := r.Token(ctx, protocol.Token(token))
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, info)
	}
	return tokens, nil
}

// TokenNumber returns the number of an ERC-20 contract, and whether it is
// registered.
func (r *Rollup) TokenNumber(ctx context.Context, contract common.Address) (protocol.Token, bool, error) {
	n, err := read(ctx, r, "token number", r.contract.PackTokenNumber(contract), r.contract.UnpackTokenNumber)
	return protocol.Token(n), n != 0, err
}

// CircuitInfo is a circuit as the contract has it. Names and the capacities that
// layer 1 does not need are not there.
type CircuitInfo struct {
	Verifier common.Address // zero if the circuit is retired
	Openings, LayerOne, FeeAccounts,
	Exits, Transfers int
	ShapeID fr.Element
}

// IsFor tells whether the circuit is that of a shape: capacities and identifier
// are the shape's. The contract takes both from its deployer or governor without
// comparing them.
func (c *CircuitInfo) IsFor(s protocol.Shape) bool {
	return c.Openings == s.Openings && c.LayerOne == s.LayerOne && c.FeeAccounts == s.FeeAccounts &&
		c.Exits == s.Exits && c.Transfers == s.Transfers && c.ShapeID == s.ID()
}

// Circuits returns all circuits, by index, retired ones included.
func (r *Rollup) Circuits(ctx context.Context) ([]CircuitInfo, error) {
	n, err := read(ctx, r, "number of circuits", r.contract.PackCircuitCount(), r.contract.UnpackCircuitCount)
	if err != nil {
		return nil, err
	}
	if !n.IsUint64() {
		return nil, fmt.Errorf("read circuits of rollup %s: %w: it has %v of them", r.address, ErrNotRollup, n)
	}
	var circuits []CircuitInfo
	for i := range n.Uint64() {
		out, err := read(ctx, r, fmt.Sprintf("circuit %d", i), r.contract.PackCircuits(new(big.Int).SetUint64(i)), r.contract.UnpackCircuits)
		if err != nil {
			return nil, err
		}
		id, err := toElement(out.ShapeID)
		if err != nil {
			return nil, fmt.Errorf("read circuit %d of rollup %s: %w", i, r.address, err)
		}
		circuits = append(circuits, CircuitInfo{
			Verifier: out.Verifier, Openings: int(out.Openings), LayerOne: int(out.LayerOne),
			FeeAccounts: int(out.FeeAccounts), Exits: int(out.Exits), Transfers: int(out.Transfers), ShapeID: id,
		})
	}
	return circuits, nil
}

// ErrNoCircuit says that a rollup has no circuit for a shape, or none that is
// not retired. Its operator has to use another shape.
var ErrNoCircuit = errors.New("the rollup has no circuit for this shape")

// FindCircuit returns the index and the verifier of a rollup's circuit for a
// shape, or [ErrNoCircuit]. Compare the verifier with the key: [CheckVerifier].
func (r *Rollup) FindCircuit(ctx context.Context, s protocol.Shape) (int, common.Address, error) {
	circuits, err := r.Circuits(ctx)
	if err != nil {
		return 0, common.Address{}, err
	}
	for i := range circuits {
		if circuits[i].IsFor(s) && circuits[i].Verifier != (common.Address{}) {
			return i, circuits[i].Verifier, nil
		}
	}
	return 0, common.Address{}, fmt.Errorf("%w: %q at %s", ErrNoCircuit, s.Name, r.address)
}

// Announcement is an announced change.
type Announcement struct {
	ExecutableFrom uint64 // time in seconds
	// DepositsEnd and ExitsEnd are how many entries of each lane have to be in
	// proven batches before it is executed.
	DepositsEnd, ExitsEnd uint64
}

// Announcement returns the announced change with this [Change.ID], and whether
// there is one.
func (r *Rollup) Announcement(ctx context.Context, id common.Hash) (Announcement, bool, error) {
	out, err := read(ctx, r, "announcement", r.contract.PackAnnouncement(id), r.contract.UnpackAnnouncement)
	if err != nil {
		return Announcement{}, false, err
	}
	return Announcement{ExecutableFrom: out.ExecutableFrom, DepositsEnd: out.DepositsEnd, ExitsEnd: out.ExitsEnd}, out.ExecutableFrom != 0, nil
}

// RollupID returns what distinguishes this rollup from all others.
func (r *Rollup) RollupID(ctx context.Context) (fr.Element, error) {
	return readElement(ctx, r, "rollupID", r.contract.PackRollupID(), r.contract.UnpackRollupID)
}

// Operator returns who commits batches.
func (r *Rollup) Operator(ctx context.Context) (common.Address, error) {
	return read(ctx, r, "operator", r.contract.PackOperator(), r.contract.UnpackOperator)
}

// Governor returns who registers tokens, names the operator and announces
// circuits.
func (r *Rollup) Governor(ctx context.Context) (common.Address, error) {
	return read(ctx, r, "governor", r.contract.PackGovernor(), r.contract.UnpackGovernor)
}

// ExitVerifier returns the verifier of the exit circuit.
func (r *Rollup) ExitVerifier(ctx context.Context) (common.Address, error) {
	return read(ctx, r, "exit verifier", r.contract.PackExitVerifier(), r.contract.UnpackExitVerifier)
}

// DevelopmentKeys tells whether the rollup was deployed with keys whose secrets
// somebody knows. Refuse to use such a rollup outside a development chain.
func (r *Rollup) DevelopmentKeys(ctx context.Context) (bool, error) {
	return read(ctx, r, "development mark", r.contract.PackDevelopmentKeys(), r.contract.UnpackDevelopmentKeys)
}

// Times returns the rollup's terms.
func (r *Rollup) Times(ctx context.Context) (t Times, err error) {
	c := r.contract
	for _, term := range []struct {
		what   string
		to     *time.Duration
		call   []byte
		unpack func([]byte) (*big.Int, error)
	}{
		{"deadline", &t.Deadline, c.PackDeadline(), c.UnpackDeadline},
		{"proof timeout", &t.ProofTimeout, c.PackProofTimeout(), c.UnpackProofTimeout},
		{"withdrawal time", &t.WithdrawalTime, c.PackWithdrawalTime(), c.UnpackWithdrawalTime},
		{"delay", &t.Delay, c.PackDelay(), c.UnpackDelay},
	} {
		seconds, err := read(ctx, r, term.what, term.call, term.unpack)
		if err != nil {
			return Times{}, err
		}
		if seconds.BitLen() > 32 {
			return Times{}, fmt.Errorf("read %s of rollup %s: %w: it is %v seconds", term.what, r.address, ErrNotRollup, seconds)
		}
		*term.to = time.Duration(seconds.Uint64()) * time.Second
	}
	return t, nil
}

// Binding returns the challenge z and the value y that the contract computes
// for published bytes with digest D: what their proof is checked against.
func (r *Rollup) Binding(ctx context.Context, circuit int, published []byte, digest fr.Element) (z, y fr.Element, err error) {
	call, err := r.contract.TryPackBindingOf(big.NewInt(int64(circuit)), published, elementInt(digest))
	if err != nil {
		return z, y, fmt.Errorf("pack call of bindingOf: %w", err)
	}
	out, err := read(ctx, r, "binding", call, r.contract.UnpackBindingOf)
	if err != nil {
		return z, y, err
	}
	if z, err = toElement(out.Z); err != nil {
		return z, y, fmt.Errorf("read z of rollup %s: %w", r.address, err)
	}
	if y, err = toElement(out.Y); err != nil {
		return z, y, fmt.Errorf("read y of rollup %s: %w", r.address, err)
	}
	return z, y, nil
}
