package aggregator

import (
	"context"
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// ErrNoGenesis: the ledger begins with a state that was rebuilt from layer 1, so
// its history cannot be played from the start. Compare its state with one that
// quire reconstruct makes.
var ErrNoGenesis = errors.New("the ledger's history does not begin with the rollup's")

// AuditOptions say what an [Audit] does. The zero value does everything.
type AuditOptions struct {
	// SkipSignatures leaves the transfers' signatures unchecked, which is most of
	// the work.
	SkipSignatures bool
	// Shapes are those that batches may have been made for: what they publish is
	// hashed by them.
	Shapes []protocol.Shape
	// Batch is called with every batch that was found to be right; may be nil. An
	// error ends the audit.
	Batch func(r *ledger.Batch) error
}

// Audit plays a ledger's whole history once more, from the rollup's beginning, on a
// state of its own, and says what is not as the ledger has it: a signature, an
// operation that is not possible, an exit, a root, a commitment, the bytes that are
// published, an account of the state tree. It takes nothing from the ledger but
// operations, and believes none of the states and roots in it. Run
// [ledger.Ledger.Check] before: this takes for granted that records can be read.
//
// It takes memory for the whole state, and ends with the first batch that is
// wrong, since nothing that follows could be right. Nobody may commit to the ledger
// meanwhile.
func Audit(ctx context.Context, led *ledger.Ledger, opts AuditOptions) ([]ledger.Fault, error) {
	id, found, err := led.Identity()
	if err != nil || !found {
		return nil, err
	}
	if id.Base != 0 {
		return nil, fmt.Errorf("%w: it begins after batch %d", ErrNoGenesis, id.Base)
	}
	head, err := led.Head()
	if err != nil {
		return nil, err
	}
	a := &audit{led: led, id: id, opts: opts, state: protocol.NewMemoryState(), tree: statetree.OpenMemory()}
	defer a.tree.Close()
	a.root = a.tree.Root()
	for number := uint32(1); number <= head.Batch; number++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r, found, err := led.Batch(number)
		if err != nil {
			return nil, err
		}
		if !found {
			if number == head.Batch { // the open batch, empty
				break
			}
			return []ledger.Fault{{Record: fmt.Sprintf("batch %d", number), Problem: "it is missing"}}, nil
		}
		problem, err := a.batch(ctx, &r)
		if err != nil {
			return nil, err
		}
		if problem != "" {
			return []ledger.Fault{{Record: fmt.Sprintf("batch %d", number), Problem: problem}}, nil
		}
		if opts.Batch != nil {
			if err := opts.Batch(&r); err != nil {
				return nil, err
			}
		}
		if r.Stage >= ledger.StageSealed {
			a.sealed = number
			if number == led.Tree().Version() {
				faults, err := a.compare(ctx)
				if err != nil || len(faults) > 0 {
					return faults, err
				}
			}
		}
	}
	if version := led.Tree().Version(); version != a.sealed && version != a.sealed+1 {
		return []ledger.Fault{{Record: "state tree", Problem: fmt.Sprintf("it is that of batch %d, the last sealed one is %d", version, a.sealed)}}, nil
	}
	return nil, nil
}

// audit is a history that is played once more.
type audit struct {
	led    *ledger.Ledger
	id     ledger.Identity
	opts   AuditOptions
	state  *protocol.MemoryState
	tree   *statetree.Tree
	root   fr.Element // of the state
	sealed uint32
}

// batch plays a batch, and says what is wrong with it.
func (a *audit) batch(ctx context.Context, r *ledger.Batch) (problem string, err error) {
	b := &protocol.Batch{
		RollupID: a.id.RollupID, Number: r.Number, Openings: r.Openings, Deposits: r.Deposits,
		ForcedExits: r.ForcedExits, FeeAccounts: r.FeeAccounts,
	}
	for t, err := range a.led.Transfers(r.FirstSeq, r.FirstSeq+uint64(r.Transfers)) {
		if err != nil {
			return "", err
		}
		b.Transfers = append(b.Transfers, t.Signed)
	}
	if len(b.Transfers) != int(r.Transfers) {
		return fmt.Sprintf("it has %d transfers, of which %d are there", r.Transfers, len(b.Transfers)), nil
	}
	after := protocol.NewOverlay(a.state)
	exits, err := a.apply(after, b)
	if err != nil {
		var why protocol.Rejection
		if errors.As(err, &why) {
			return err.Error(), nil
		}
		return "", err
	}
	if len(exits) != int(r.Exits) {
		return fmt.Sprintf("it pays %d exits, not %d", len(exits), r.Exits), nil
	}
	var updates []statetree.Update
	for i, account := range after.Changes() {
		updates = append(updates, statetree.Update{Index: i, Account: account})
	}
	before := a.root
	if a.root, err = a.tree.Apply(ctx, r.Number, updates, nil); err != nil {
		return "", err
	}
	if err := after.Flush(); err != nil {
		return "", err
	}
	if r.Stage >= ledger.StageSealed && a.root != r.Root {
		return fmt.Sprintf("it makes a state with root %s, not %s", a.root.String(), r.Root.String()), nil
	}
	if r.Stage < ledger.StageWitnessed {
		return "", nil
	}
	return a.published(r, b, before, exits)
}

// apply applies a batch, with or without a look at its signatures.
func (a *audit) apply(after *protocol.Overlay, b *protocol.Batch) ([]protocol.Exit, error) {
	if a.opts.SkipSignatures {
		return protocol.Apply(after, b)
	}
	return protocol.AuthorizeAndApply(after, b)
}

// published compares what a batch publishes, and what its proof is to show, with
// what follows from its operations.
func (a *audit) published(r *ledger.Batch, b *protocol.Batch, before fr.Element, exits []protocol.Exit) (problem string, err error) {
	old := protocol.Commitment(before, a.id.RollupID, r.Number-1)
	next := protocol.Commitment(a.root, a.id.RollupID, r.Number)
	if r.Old != old || r.New != next {
		return fmt.Sprintf("it leads from commitment %s to %s, not from %s to %s", old.String(), next.String(), r.Old.String(), r.New.String()), nil
	}
	p, err := protocol.NewPublished(b, old, next, exits)
	if err != nil {
		return err.Error(), nil
	}
	stored, found, err := a.led.Published(r.Number)
	if err != nil {
		return "", err
	}
	if !found || string(stored) != string(p.Bytes()) {
		return "what it publishes is not what follows from its operations", nil
	}
	for _, shape := range a.opts.Shapes {
		if shape.Name != r.Shape {
			continue
		}
		digest, err := p.Digest(shape)
		if err != nil {
			return err.Error(), nil
		}
		if digest != r.Statement.D {
			return fmt.Sprintf("its data has digest %s, not %s", digest.String(), r.Statement.D.String()), nil
		}
	}
	return "", nil
}

// compare compares the ledger's state tree with the state so far, account by
// account.
func (a *audit) compare(ctx context.Context) ([]ledger.Fault, error) {
	snapshot, err := a.led.Tree().Snapshot()
	if err != nil {
		return nil, err
	}
	defer snapshot.Close()
	if root := snapshot.Root(); root != a.root {
		return []ledger.Fault{{Record: "state tree", Problem: fmt.Sprintf("it has root %s, the history makes %s", root.String(), a.root.String())}}, nil
	}
	// The roots are equal, so the accounts are, if the tree is whole.
	err = snapshot.Check(ctx)
	if errors.Is(err, statetree.ErrCorrupt) {
		return []ledger.Fault{{Record: "state tree", Problem: err.Error()}}, nil
	}
	return nil, err
}
