package reconstruct

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/l1submit/internal/fakel1"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

var (
	contract = bindings.NewRollup()
	address  = common.HexToAddress("0x00000000000000000000000000000000000000aa")
	quiet    = slog.New(slog.NewTextHandler(io.Discard, nil))
)

// layer1 is a fake chain with a rollup on it, whose contract and operator are
// played here. What they are after a block is kept with the block, so that they
// go back with it in a reorganization.
type layer1 struct {
	*fakel1.Chain
	id     fr.Element
	after  map[common.Hash]*rollup
	states map[fr.Element]map[protocol.Index]protocol.Account // of layer 2, by commitment
	r      *rand.Rand
}

// rollup is the contract after a block.
type rollup struct {
	lanes     [2]*protocol.Queue
	deposits  []protocol.Deposit
	requests  []protocol.ForcedExit
	payers    []common.Address
	finalized l1submit.Finalized
	pending   []l1submit.Record
	frozen    bool
	refunded  []uint64
}

func newLayer1(chainID, seed uint64) *layer1 {
	l := &layer1{
		Chain: fakel1.New(chainID), after: make(map[common.Hash]*rollup), r: rand.New(rand.NewPCG(seed, 1)),
		states: make(map[fr.Element]map[protocol.Index]protocol.Account),
	}
	l.id.SetUint64(chainID<<32 + seed)
	genesis := protocol.GenesisCommitment(l.id)
	l.states[genesis] = map[protocol.Index]protocol.Account{}
	l.Call = l.call
	l.after[l.Head().Hash()] = nil // not deployed
	l.sealAs(&rollup{lanes: [2]*protocol.Queue{{}, {}}, finalized: l1submit.Finalized{Commitment: genesis}})
	return l
}

// now is the contract after the newest block, to be changed and sealed.
func (l *layer1) now() *rollup {
	r := *l.after[l.Head().Hash()]
	for i, q := range r.lanes {
		lane, err := protocol.NewQueue(0, [32]byte{})
		if err != nil {
			panic(err)
		}
		for n := range q.Count() {
			e, err := q.Entry(n)
			if err != nil {
				panic(err)
			}
			lane.Append(e)
		}
		r.lanes[i] = lane
	}
	r.pending = slices.Clone(r.pending)
	r.deposits, r.requests, r.payers = slices.Clone(r.deposits), slices.Clone(r.requests), slices.Clone(r.payers)
	r.refunded = slices.Clone(r.refunded)
	return &r
}

func (l *layer1) sealAs(r *rollup, txs ...fakel1.Tx) {
	l.after[l.Seal(txs...).Hash()] = r
}

// event packs an event of the contract; indexed arguments come first.
func event(name string, indexed []common.Hash, args ...any) types.Log {
	e := contract.GetABI().Events[name]
	data, err := e.Inputs.NonIndexed().Pack(args...)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", name, err))
	}
	return types.Log{Address: address, Topics: append([]common.Hash{e.ID}, indexed...), Data: data}
}

func word(n uint64) common.Hash { return common.BigToHash(new(big.Int).SetUint64(n)) }

func integer(e fr.Element) *big.Int { return e.BigInt(new(big.Int)) }

// tip is what the next batch continues.
func (r *rollup) tip() l1submit.Finalized {
	if n := len(r.pending); n > 0 {
		last := r.pending[n-1]
		return l1submit.Finalized{Number: last.Number, Commitment: last.Commitment, DepositsEnd: last.DepositsEnd, ExitsEnd: last.ExitsEnd}
	}
	return r.finalized
}

// deposit queues a deposit.
func (r *rollup) deposit(d protocol.Deposit, payer common.Address, time uint64) fakel1.Tx {
	position := r.lanes[protocol.LaneDeposits].Count()
	r.lanes[protocol.LaneDeposits].Append(protocol.NewDepositEntry(&d, protocol.Owner(payer), time))
	r.deposits, r.payers = append(r.deposits, d), append(r.payers, payer)
	return fakel1.Tx{To: address, Logs: []types.Log{event("Deposited",
		[]common.Hash{word(position), common.BytesToHash(payer[:]), common.BytesToHash(d.Owner[:])},
		integer(d.Key.X), integer(d.Key.Y), uint32(d.Token), d.Amount.ToBig(), time)}}
}

// request queues a forced exit.
func (r *rollup) request(f protocol.ForcedExit, time uint64) fakel1.Tx {
	position := r.lanes[protocol.LaneExits].Count()
	r.lanes[protocol.LaneExits].Append(protocol.NewForcedExitEntry(&f, time))
	r.requests = append(r.requests, f)
	return fakel1.Tx{To: address, Logs: []types.Log{event("ExitRequested",
		[]common.Hash{word(position), common.BytesToHash(f.Sender[:]), word(uint64(f.Index))}, time)}}
}

func recordBinding(r l1submit.Record) bindings.IRollupRecord {
	return bindings.IRollupRecord{
		Number: r.Number, DepositsEnd: r.DepositsEnd, ExitsEnd: r.ExitsEnd, Time: r.Time, Verifier: r.Verifier,
		Commitment: integer(r.Commitment), Inputs: r.Inputs, Exits: r.Exits,
	}
}

// record is what the contract makes of published data.
func (r *rollup) record(p *protocol.Published) l1submit.Record {
	tip := r.tip()
	var inputs [3 * 32]byte
	return l1submit.Record{
		Number: tip.Number + 1, Commitment: p.New, Inputs: crypto.Keccak256Hash(inputs[:]), Exits: l1submit.ExitsHash(p.Exits),
		DepositsEnd: tip.DepositsEnd + uint64(len(p.Deposits)), ExitsEnd: tip.ExitsEnd + uint64(len(p.ForcedExits)),
	}
}

// commit commits a batch. What else the transaction shows does not matter.
func (r *rollup) commit(p *protocol.Published) fakel1.Tx {
	record, data := r.record(p), p.Bytes()
	r.pending = append(r.pending, record)
	call := contract.PackCommitBatch(bindings.IRollupCommit{Circuit: new(big.Int), Digest: new(big.Int), Data: data}, bindings.IRollupRecord{Commitment: new(big.Int)})
	return fakel1.Tx{To: address, Data: call, Logs: []types.Log{committed(record, data)}}
}

func committed(record l1submit.Record, data []byte) types.Log {
	return event("BatchCommitted", []common.Hash{word(uint64(record.Number)), {}},
		crypto.Keccak256Hash(data), [3]*big.Int{new(big.Int), new(big.Int), new(big.Int)}, recordBinding(record))
}

func finalized(f l1submit.Finalized) types.Log {
	return event("BatchFinalized", []common.Hash{word(uint64(f.Number))}, integer(f.Commitment), f.DepositsEnd, f.ExitsEnd)
}

// prove proves the oldest pending batches.
func (r *rollup) prove(n int) fakel1.Tx {
	tx := fakel1.Tx{To: address}
	for _, record := range r.pending[:n] {
		r.finalized = l1submit.Finalized{
			Number: record.Number, Commitment: record.Commitment, DepositsEnd: record.DepositsEnd, ExitsEnd: record.ExitsEnd,
		}
		tx.Logs = append(tx.Logs, finalized(r.finalized))
	}
	r.pending = r.pending[n:]
	return tx
}

// settle commits and proves a batch at once.
func (r *rollup) settle(p *protocol.Published) fakel1.Tx {
	tx := r.commit(p)
	var proof [12]*big.Int
	for i := range proof {
		proof[i] = new(big.Int)
	}
	tx.Data = contract.PackCommitAndProveBatch(bindings.IRollupCommit{Circuit: new(big.Int), Digest: new(big.Int), Data: p.Bytes()}, proof)
	tx.Logs = append(tx.Logs, r.prove(1).Logs...)
	return tx
}

func (r *rollup) revert() fakel1.Tx {
	r.pending = nil
	return fakel1.Tx{To: address, Logs: []types.Log{event("BatchesReverted", []common.Hash{word(uint64(r.finalized.Number))})}}
}

func (r *rollup) freeze() fakel1.Tx {
	r.pending, r.frozen = nil, true
	return fakel1.Tx{To: address, Logs: []types.Log{event("Frozen", []common.Hash{word(uint64(r.finalized.Number))},
		integer(r.finalized.Commitment), common.Address{1})}}
}

func (r *rollup) refund(position uint64) fakel1.Tx {
	r.refunded = append(r.refunded, position)
	d := r.deposits[position]
	return fakel1.Tx{To: address, Logs: []types.Log{event("DepositRefunded",
		[]common.Hash{word(position), common.BytesToHash(r.payers[position][:]), word(uint64(d.Token))}, d.Amount.ToBig())}}
}

// call answers the contract's views.
func (l *layer1) call(b *fakel1.Block, msg ethereum.CallMsg) ([]byte, error) {
	r := l.after[b.Hash()]
	if r == nil || *msg.To != address {
		return nil, nil
	}
	definition := contract.GetABI()
	method, err := definition.MethodById(msg.Data)
	if err != nil {
		return nil, err
	}
	switch method.Name {
	case "rollupID":
		return method.Outputs.Pack(integer(l.id))
	case "finalized":
		return method.Outputs.Pack(r.finalized.Number, integer(r.finalized.Commitment), r.finalized.DepositsEnd, r.finalized.ExitsEnd)
	case "frozen":
		return method.Outputs.Pack(r.frozen)
	case "lane":
		q := r.lanes[msg.Data[len(msg.Data)-1]]
		return method.Outputs.Pack(q.Count(), q.Head(), new(big.Int))
	default:
		return nil, fmt.Errorf("nobody should ask for %s", method.Name)
	}
}

// rest is what a client needs besides, and reconstruction does not use: so deep
// that the chain's own methods come first.
type (
	rest   struct{ deeper }
	deeper struct{ l1submit.Client }
)

// client is a node of the chain.
type client struct {
	*layer1
	rest
}

func (c client) CallContractAtHash(ctx context.Context, msg ethereum.CallMsg, hash common.Hash) ([]byte, error) {
	if c.Before != nil {
		if err := c.Before("CallContractAtHash"); err != nil {
			return nil, err
		}
	}
	b := c.Find(hash)
	if b == nil {
		return nil, ethereum.NotFound
	}
	return c.call(b, msg)
}

func (c client) CodeAt(_ context.Context, at common.Address, _ *big.Int) ([]byte, error) {
	return c.CodeAtHash(context.Background(), at, c.Head().Hash())
}

func (c client) CodeAtHash(_ context.Context, at common.Address, hash common.Hash) ([]byte, error) {
	if b := c.Find(hash); b == nil || c.after[hash] == nil || at != address {
		return nil, nil
	}
	return []byte{1}, nil
}

// key is a key of a number; it need not be on the curve.
func key(n uint64) (k protocol.PublicKey) {
	k.X.SetUint64(n)
	k.Y.SetUint64(n + 1)
	return k
}

// randomDeposit is for one of few accounts.
func (l *layer1) randomDeposit() protocol.Deposit {
	n := l.r.Uint64N(12)
	d := protocol.Deposit{Key: key(n), Owner: protocol.Owner{byte(n % 5)}, Token: protocol.Token(n % 2)}
	d.Amount.SetUint64(1 + l.r.Uint64N(1_000_000))
	return d
}

// randomBatch makes the next batch: of some of what waits, and of transfers.
func (l *layer1) randomBatch(r *rollup) *protocol.Published {
	tip := r.tip()
	state := protocol.NewMemoryState()
	for i, a := range l.states[tip.Commitment] {
		if err := state.SetAccount(i, a); err != nil {
			panic(err)
		}
	}
	overlay := protocol.NewOverlay(state)
	b := &protocol.Batch{RollupID: l.id, Number: tip.Number + 1}
	used := map[protocol.Index]bool{}
	byKey := map[protocol.Account]protocol.Index{} // without balance and nonce
	for i, a := range state.All() {
		used[i] = true
		a.Balance.Clear()
		a.Nonce = 0
		byKey[a] = i
	}
	index := func() protocol.Index { // one that is free
		for {
			i := protocol.Index(1 + l.r.Uint64N(200))
			if l.r.IntN(2) == 0 {
				i = protocol.Index(1 + l.r.Uint32N(1<<32-1))
			}
			if !used[i] {
				used[i] = true
				return i
			}
		}
	}
	for range l.r.IntN(3) {
		n := l.r.Uint64N(12)
		a := protocol.Account{Key: key(n), Owner: protocol.Owner{byte(n % 5)}, Token: protocol.Token(n % 2)}
		if _, ok := byKey[a]; !ok {
			o := protocol.Opening{Index: index(), Key: a.Key, Owner: a.Owner, Token: a.Token}
			byKey[a] = o.Index
			b.Openings = append(b.Openings, o)
		}
	}
	waiting := r.deposits[tip.DepositsEnd:]
	for _, d := range waiting[:l.r.IntN(len(waiting)+1)] {
		a := protocol.Account{Key: d.Key, Owner: d.Owner, Token: d.Token}
		i, ok := byKey[a]
		if !ok {
			i = index()
			byKey[a] = i
		}
		b.Deposits = append(b.Deposits, protocol.CreditedDeposit{Deposit: d, Index: i, Opened: !ok})
	}
	requests := r.requests[tip.ExitsEnd:]
	b.ForcedExits = append(b.ForcedExits, requests[:l.r.IntN(len(requests)+1)]...)
	exits, err := protocol.Apply(overlay, b)
	if err != nil {
		panic(err)
	}
	indices := slices.Sorted(maps.Values(byKey))
	for _, i := range indices { // the first account of each token takes its fees
		a, _, _ := overlay.Account(i)
		if !slices.ContainsFunc(b.FeeAccounts, func(f protocol.FeeAccount) bool { return f.Token == a.Token }) {
			b.FeeAccounts = append(b.FeeAccounts, protocol.FeeAccount{Token: a.Token, Index: i})
		}
	}
	slices.SortFunc(b.FeeAccounts, func(x, y protocol.FeeAccount) int { return int(x.Token) - int(y.Token) })
	for range l.r.IntN(20) {
		if len(indices) == 0 {
			break
		}
		t := protocol.Transfer{From: indices[l.r.IntN(len(indices))], To: indices[l.r.IntN(len(indices))]}
		if l.r.IntN(4) == 0 {
			t.To = 0
		}
		t.Amount.SetUint64(l.r.Uint64N(1000))
		t.Fee.SetUint64(l.r.Uint64N(8))
		exit, err := protocol.ApplyTransfer(overlay, b.FeeAccounts, &t)
		if err != nil {
			continue
		}
		if exit != nil {
			exits = append(exits, *exit)
		}
		b.Transfers = append(b.Transfers, protocol.SignedTransfer{Transfer: t})
	}
	after := maps.Clone(l.states[tip.Commitment])
	for i, a := range overlay.Changes() {
		after[i] = a
	}
	commitment := protocol.Commitment(rootOf(after), l.id, b.Number)
	l.states[commitment] = after
	p, err := protocol.NewPublished(b, tip.Commitment, commitment, exits)
	if err != nil {
		panic(err)
	}
	return p
}

// rootOf is the root of the tree with these accounts.
func rootOf(accounts map[protocol.Index]protocol.Account) fr.Element {
	tree := statetree.OpenMemory()
	defer tree.Close()
	var updates []statetree.Update
	for i, a := range accounts {
		updates = append(updates, statetree.Update{Index: i, Account: a})
	}
	root, err := tree.Load(context.Background(), 1, updates, nil)
	if err != nil {
		panic(err)
	}
	return root
}

// block seals a block in which something happens.
func (l *layer1) block() {
	r := l.now()
	time := l.Head().Header.Time + 12
	var txs []fakel1.Tx
	for range l.r.IntN(4) {
		if r.frozen {
			if n := uint64(len(r.deposits)); n > r.finalized.DepositsEnd {
				position := r.finalized.DepositsEnd + l.r.Uint64N(n-r.finalized.DepositsEnd)
				if !slices.Contains(r.refunded, position) {
					txs = append(txs, r.refund(position))
				}
			}
			continue
		}
		switch l.r.IntN(10) {
		case 0, 1, 2:
			for range 1 + l.r.IntN(9) {
				txs = append(txs, r.deposit(l.randomDeposit(), common.Address{byte(l.r.IntN(3))}, time))
			}
		case 3:
			accounts := slices.Sorted(maps.Keys(l.states[r.tip().Commitment]))
			f := protocol.ForcedExit{Index: protocol.Index(1 + l.r.IntN(9)), Sender: protocol.Owner{byte(l.r.IntN(5))}}
			if len(accounts) > 0 && l.r.IntN(3) > 0 {
				f.Index = accounts[l.r.IntN(len(accounts))]
				f.Sender = l.states[r.tip().Commitment][f.Index].Owner
			}
			txs = append(txs, r.request(f, time))
		case 4, 5:
			txs = append(txs, r.commit(l.randomBatch(r)))
		case 6, 7:
			if n := len(r.pending); n > 0 {
				txs = append(txs, r.prove(1+l.r.IntN(n)))
			}
		case 8:
			if len(r.pending) == 0 {
				txs = append(txs, r.settle(l.randomBatch(r)))
			}
		case 9:
			if len(r.pending) > 0 && l.r.IntN(3) == 0 {
				txs = append(txs, r.revert())
			}
		}
	}
	l.sealAs(r, txs...)
}

// freezeNow seals a block that freezes the rollup.
func (l *layer1) freezeNow() {
	r := l.now()
	if !r.frozen {
		l.sealAs(r, r.freeze())
	}
}
