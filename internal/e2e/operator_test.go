package e2e

import (
	"context"
	"errors"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/prover"
	"github.com/quirezk/quire/statetree"
	"github.com/quirezk/quire/witness"
)

// operator makes batches of what layer 1 and users have for it. Its state is that
// of its newest batch, proven or not.
type operator struct {
	w    *world
	tree *statetree.Tree
	// tip is where the newest batch ended.
	tip l1submit.Finalized
	// record is the newest batch's, while that is pending; else nil.
	record *l1submit.Record
}

// made is a batch that the operator made and proved.
type made struct {
	*protocol.Batch
	built  *witness.Built
	commit l1submit.Commit
	proof  []byte // as layer 1 takes it
	record l1submit.Record
}

// proven is what proves the batch once it is committed.
func (m *made) proven() l1submit.Proven {
	return l1submit.Proven{Record: m.record, Statement: m.built.Statement, Exits: m.built.Exits, Proof: m.proof}
}

func newOperator(w *world) *operator {
	o := &operator{w: w, tree: statetree.OpenMemory(), tip: w.finalized()}
	w.Cleanup(func() { w.ok(o.tree.Close()) })
	return o
}

// restart forgets what the operator has in mind, and takes the final state from
// layer 1.
func (o *operator) restart() {
	o.w.Helper()
	o.w.ok(o.tree.Close())
	o.tree, o.tip, o.record = o.w.copyTree(o.w.rebuild()), o.w.finalized(), nil
}

// accounts returns the state's accounts by index.
func (o *operator) accounts() map[protocol.Index]protocol.Account {
	o.w.Helper()
	snapshot := must(o.tree.Snapshot())(o.w)
	defer func() { o.w.ok(snapshot.Close()) }()
	accounts := make(map[protocol.Index]protocol.Account)
	for u, err := range snapshot.All() {
		o.w.ok(err)
		accounts[u.Index] = u.Account
	}
	return accounts
}

// indexOf returns the account with a person's key and ownership in a token.
func (o *operator) indexOf(who int, token protocol.Token) protocol.Index {
	o.w.Helper()
	p := o.w.people[who]
	for i, a := range o.accounts() {
		if a.Key == p.key.Public() && a.Owner == p.owner() && a.Token == token {
			return i
		}
	}
	o.w.Fatalf("%s has no account of token %d", p.name, token)
	return 0
}

// begin returns the next batch, with nothing in it.
func (o *operator) begin() *protocol.Batch {
	return &protocol.Batch{RollupID: o.w.id, Number: o.tip.Number + 1}
}

// open adds openings of a person's accounts, one in each token, to a batch.
func (o *operator) open(b *protocol.Batch, who int, tokens ...protocol.Token) {
	o.w.Helper()
	p, next := o.w.people[who], o.free(b)
	for i, token := range tokens {
		b.Openings = append(b.Openings, protocol.Opening{Index: next + protocol.Index(i), Key: p.key.Public(), Owner: p.owner(), Token: token})
	}
}

// free returns the first index that neither the state nor a batch has used, all
// higher ones being free too.
func (o *operator) free(b *protocol.Batch) protocol.Index {
	next := protocol.Index(1)
	for i := range o.accounts() {
		next = max(next, i+1)
	}
	for _, op := range b.Openings {
		next = max(next, op.Index+1)
	}
	for _, d := range b.Deposits {
		next = max(next, d.Index+1)
	}
	return next
}

// take adds what waits in the lanes to a batch, deposits first, as much as fits.
func (o *operator) take(b *protocol.Batch) {
	o.w.Helper()
	o.takeOf(b, o.w.lanes())
}

// takeOf is take for lanes that were read before.
func (o *operator) takeOf(b *protocol.Batch, lanes *l1submit.Lanes) {
	o.w.Helper()
	room := shape.LayerOne - len(b.Deposits) - len(b.ForcedExits)
	for _, d := range lanes.Deposits[o.tip.DepositsEnd:] {
		if room == 0 {
			return
		}
		o.credit(b, d.Deposit)
		room--
	}
	for _, r := range lanes.Requests[o.tip.ExitsEnd:] {
		if room == 0 {
			return
		}
		b.ForcedExits = append(b.ForcedExits, r.Request)
		room--
	}
}

// credit adds a deposit to a batch: to the account that it names by key, owner and
// token, or a new one.
func (o *operator) credit(b *protocol.Batch, d protocol.Deposit) {
	o.w.Helper()
	credited := protocol.CreditedDeposit{Deposit: d, Index: o.free(b), Opened: true}
	for i, a := range o.accounts() {
		if a.Key == d.Key && a.Owner == d.Owner && a.Token == d.Token {
			credited.Index, credited.Opened = i, false
		}
	}
	for _, op := range b.Openings {
		if op.Key == d.Key && op.Owner == d.Owner && op.Token == d.Token {
			credited.Index, credited.Opened = op.Index, false
		}
	}
	for _, other := range b.Deposits {
		if other.Key == d.Key && other.Owner == d.Owner && other.Token == d.Token {
			credited.Index, credited.Opened = other.Index, false
		}
	}
	b.Deposits = append(b.Deposits, credited)
}

// transfer adds a person's signed transfer to a batch; to no one (-1) it is a
// withdrawal. The operator's own account collects the fee.
func (o *operator) transfer(b *protocol.Batch, from, to int, token protocol.Token, amount, fee protocol.Amount) {
	o.w.Helper()
	p, index := o.w.people[from], o.indexOf(from, token)
	nonce := o.accounts()[index].Nonce
	for _, t := range b.Transfers {
		if t.From == index {
			nonce++
		}
	}
	t := protocol.Transfer{From: index, Amount: amount, Fee: fee, Nonce: nonce, ValidUntil: b.Number}
	if to >= 0 {
		t.To = o.indexOf(to, token)
	}
	b.Transfers = append(b.Transfers, must(p.key.SignTransfer(o.w.id, t))(o.w))
	for _, f := range b.FeeAccounts {
		if f.Token == token {
			return
		}
	}
	if !fee.IsZero() { // tests pay ether's first: the entries are in order
		b.FeeAccounts = append(b.FeeAccounts, protocol.FeeAccount{Token: token, Index: o.indexOf(theOperator, token)})
	}
}

// build seals a batch on the operator's state.
func (o *operator) build(b *protocol.Batch) (*witness.Built, error) {
	snapshot, err := o.tree.Snapshot()
	if err != nil {
		return nil, err
	}
	sealed, err := witness.Seal(witness.FromSnapshot(snapshot), shape, b)
	if err := errors.Join(err, snapshot.Close()); err != nil {
		return nil, err
	}
	return witness.Build(sealed, o.w.verifier)
}

// prove seals and proves a batch that follows the operator's state.
func (o *operator) prove(b *protocol.Batch) *made {
	o.w.Helper()
	m := &made{Batch: b, built: must(o.build(b))(o.w)}
	published := m.built.Published.Bytes()
	proof := must(prover.Prove(o.w.Context(), must(batchKeys())(o.w), prover.Job{
		Assignment: m.built.Assignment, Published: published, Verifier: o.w.verifier,
	}, nil))(o.w)
	m.proof = proof.Calldata()
	m.commit = l1submit.Commit{Circuit: 0, Digest: m.built.Statement.D, Data: published}
	return m
}

// show makes the batch's lane proofs, for a batch that begins at a tip.
func (o *operator) show(m *made, tip l1submit.Finalized) (err error) {
	o.w.Helper()
	m.commit.Deposits, m.commit.Exits, err = o.w.lanes().Prove(m.built.Published, tip.DepositsEnd, tip.ExitsEnd)
	return err
}

// follow takes a batch that layer 1 took over into the operator's state.
func (o *operator) follow(m *made, event *l1submit.BatchCommitted, pending bool) {
	o.w.Helper()
	root := must(o.tree.Apply(context.Background(), m.Number, m.built.Updates(), nil))(o.w)
	if root != m.built.NewRoot || event.Record.Commitment != m.built.Published.New || event.Number != m.Number {
		o.w.Fatalf("batch %d: root %s, built for %s; event %+v", m.Number, root.String(), m.built.NewRoot.String(), event)
	}
	m.record = event.Record
	o.tip = l1submit.Finalized{
		Number: m.Number, Commitment: event.Record.Commitment, DepositsEnd: event.Record.DepositsEnd, ExitsEnd: event.Record.ExitsEnd,
	}
	o.record = nil
	if pending {
		o.record = &m.record
	}
}

// settle commits and proves a batch at once.
func (o *operator) settle(b *protocol.Batch) *made {
	o.w.Helper()
	m := o.prove(b)
	o.w.ok(o.show(m, o.tip))
	event, _, err := o.w.rollup.CommitAndProveBatch(o.w.Context(), o.w.people[theOperator], &m.commit, m.proof)
	o.w.ok(err)
	o.w.book.processed(o.tip, event.Record.DepositsEnd, event.Record.ExitsEnd)
	o.follow(m, event, false)
	if f := o.w.finalized(); f != o.tip {
		o.w.Fatalf("the final state is %+v, want %+v", f, o.tip)
	}
	o.conserved()
	return m
}

// commit commits a batch and leaves it to be proven.
func (o *operator) commit(b *protocol.Batch) *made {
	o.w.Helper()
	m := o.prove(b)
	o.w.ok(o.show(m, o.tip))
	event, _, err := o.w.rollup.CommitBatch(o.w.Context(), o.w.people[theOperator], &m.commit, o.record)
	o.w.ok(err)
	o.follow(m, event, true)
	return m
}

// vanish is the operator's end: its keys and its state are gone.
func (o *operator) vanish() {
	o.w.Helper()
	p := o.w.people[theOperator]
	p.hand.key, p.key = nil, nil
	o.w.ok(o.tree.Close())
	o.w.operator = nil
}
