package exits

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/circuits/exit"
	"github.com/quirezk/quire/internal/interrupt"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/prover"
	"github.com/quirezk/quire/statetree"
	"github.com/quirezk/quire/witness"
)

// Compile compiles the exit circuit for the prover.
func Compile(ctx context.Context) (*prover.Circuit, error) {
	return interrupt.Do(ctx, func() (*prover.Circuit, error) {
		ccs, err := exit.Compile()
		if err != nil {
			return nil, err
		}
		return prover.NewCircuit(prover.Design{Name: exit.Name}, ccs)
	})
}

// Keys loads the exit circuit's keys, and compares them with those that the
// rollup's exit verifier was deployed with: a proof made with others would be
// refused. Errors: [prover.ErrKeysNotFound], [prover.ErrKeysDamaged],
// [ErrForeignKeys].
func (s *Session) Keys(ctx context.Context, store *prover.Store, o prover.Observer) (*prover.Keys, error) {
	circuit, err := Compile(ctx)
	if err != nil {
		return nil, err
	}
	// The small half first: nothing else is read in vain.
	key, err := store.LoadVerifyingKey(ctx, circuit.Design(), circuit.Digest())
	if err != nil {
		return nil, err
	}
	err = l1submit.CheckVerifier(ctx, s.chain, s.exitVerifier, key.Groth16())
	if errors.Is(err, l1submit.ErrNotVerifier) {
		return nil, fmt.Errorf("%w: those in %s are not what the exit verifier of rollup %s was deployed with: "+
			"put the keys that its deployer published there, or name the directory that has them with %s (%w)",
			ErrForeignKeys, store.Dir(circuit.Design(), circuit.Digest()), s.Contract(), prover.StoreEnv, err)
	}
	if err != nil {
		return nil, err
	}
	return store.Load(ctx, circuit.Design(), circuit.Digest(), o)
}

// requireFrozen returns [ErrNotFrozen] while the rollup lives.
func (s *Session) requireFrozen(ctx context.Context) error {
	frozen, err := s.rollup.IsFrozen(ctx)
	if err != nil {
		return err
	}
	if !frozen {
		return ErrNotFrozen
	}
	return nil
}

// RequireFrozen returns [ErrNotFrozen] while the rollup lives: look before the
// state is rebuilt for an escape.
func (s *Session) RequireFrozen(ctx context.Context) error { return s.requireFrozen(ctx) }

// SealEscape takes what proving an escape takes from the rollup's last final
// state: of these accounts, which have to be the owner's, or, where none is
// named, of all of the owner's that hold something and have not escaped.
//
// Errors: [ErrNotFrozen], [ErrNotOwner], [protocol.ErrAccountAbsent],
// [ErrEscaped], [witness.ErrZeroBalance], [ErrNoAccounts], and
// [witness.ErrOtherState] where the snapshot is of another state.
func (s *Session) SealEscape(ctx context.Context, state *statetree.Snapshot, owner common.Address, indices ...protocol.Index) ([]*witness.SealedExit, error) {
	if err := s.requireFrozen(ctx); err != nil {
		return nil, err
	}
	finalized, err := s.rollup.Finalized(ctx)
	if err != nil {
		return nil, err
	}
	if n := state.Version(); n != finalized.Number {
		return nil, fmt.Errorf("%w: it is that of batch %d, the final one is that of batch %d: "+
			"rebuild it once that batch has the confirmations, or with fewer", witness.ErrOtherState, n, finalized.Number)
	}
	chosen := indices
	if len(indices) == 0 {
		if chosen, err = s.escapable(ctx, state, owner); err != nil {
			return nil, err
		}
		if len(chosen) == 0 {
			return nil, fmt.Errorf("%w: %s owns none that holds something and has not escaped", ErrNoAccounts, owner)
		}
	}
	var sealed []*witness.SealedExit
	for _, i := range chosen {
		if _, err := owned(state, i, owner); err != nil {
			return nil, err
		}
		escaped, err := s.rollup.HasEscaped(ctx, i)
		if err != nil {
			return nil, err
		}
		if escaped {
			return nil, fmt.Errorf("account %d: %w", i, ErrEscaped)
		}
		e, err := witness.SealExit(state, s.id, finalized.Commitment, i)
		if err != nil {
			return nil, err
		}
		sealed = append(sealed, e)
	}
	return sealed, nil
}

// escapable returns an owner's accounts that hold something and have not escaped.
func (s *Session) escapable(ctx context.Context, state *statetree.Snapshot, owner common.Address) ([]protocol.Index, error) {
	var indices []protocol.Index
	for account, err := range state.All() {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return nil, fmt.Errorf("look for the accounts of %s: %w", owner, err)
		}
		if common.Address(account.Account.Owner) != owner || account.Account.Balance.IsZero() {
			continue
		}
		escaped, err := s.rollup.HasEscaped(ctx, account.Index)
		if err != nil {
			return nil, err
		}
		if !escaped {
			indices = append(indices, account.Index)
		}
	}
	return indices, nil
}

// Prove makes the proof of an escape from the rollup.
func (s *Session) Prove(ctx context.Context, keys *prover.Keys, sealed *witness.SealedExit, o prover.Observer) (*prover.Proof, error) {
	built, err := witness.BuildExit(sealed, s.exitVerifier)
	if err != nil {
		return nil, err
	}
	published := built.Escape.Bytes()
	return prover.Prove(ctx, keys, prover.Job{
		Assignment: built.Assignment, Published: published[:], Verifier: s.exitVerifier,
	}, o)
}

// Escaped is an account whose balance was credited to its owner.
type Escaped struct {
	Index protocol.Index `json:"index"`
	Owner common.Address `json:"owner"`
	Value
	Transaction Transaction `json:"transaction"`
}

// Escape credits an account's balance to its owner: what [Session.Claim] then
// pays. Anybody may, with anybody's proof. Errors: [ErrNotFrozen], [ErrEscaped],
// [ErrForeignProof], a [*l1submit.RevertError].
func (s *Session) Escape(ctx context.Context, tx l1submit.Transactor, proof *prover.Proof) (*Escaped, error) {
	if err := s.requireFrozen(ctx); err != nil {
		return nil, err
	}
	claim, err := s.checkProof(ctx, proof)
	if err != nil {
		return nil, err
	}
	escaped, err := s.rollup.HasEscaped(ctx, claim.Index)
	if err != nil {
		return nil, err
	}
	if escaped {
		return nil, fmt.Errorf("account %d: %w", claim.Index, ErrEscaped)
	}
	event, receipt, err := s.rollup.Escape(ctx, tx, claim, proof.Statement.D, proof.Calldata())
	if err != nil {
		return nil, err
	}
	return &Escaped{
		Index: event.Index, Owner: common.Address(event.Owner),
		Value: Value{Token: event.Token, Amount: event.Amount.Dec()}, Transaction: transaction(receipt),
	}, nil
}

// checkProof returns what a proof claims, or [ErrForeignProof] with what it is
// that does not fit the rollup. Whether the proof holds the contract says.
func (s *Session) checkProof(ctx context.Context, proof *prover.Proof) (*protocol.Escape, error) {
	claim, err := ProvenEscape(proof)
	if err != nil {
		return nil, err
	}
	if verifier := common.Address(proof.Verifier); verifier != s.exitVerifier {
		return nil, fmt.Errorf("%w: it is for the verifier %s, the exit verifier is %s", ErrForeignProof, verifier, s.exitVerifier)
	}
	finalized, err := s.rollup.Finalized(ctx)
	if err != nil {
		return nil, err
	}
	if claim.Commitment != finalized.Commitment {
		return nil, fmt.Errorf("%w: it is about the state with commitment %s, the final one has %s",
			ErrForeignProof, claim.Commitment.String(), finalized.Commitment.String())
	}
	return claim, nil
}
