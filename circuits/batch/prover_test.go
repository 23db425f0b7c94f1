package batch_test

import (
	"maps"
	"math/big"
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"

	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/circuits/gadget/nodes"
	"github.com/quirezk/quire/circuits/gadget/signature"
	"github.com/quirezk/quire/protocol"
)

// prover makes an assignment of any batch, valid or not: it follows the
// circuit's constraints, not the protocol's rules, so that a batch against a
// rule violates the constraints that hold the rule and no others. It shares no
// code with package witness.
//
// Its hooks run between its stages. What a hook changes, the stages after it
// follow.
type prover struct {
	*world
	shape protocol.Shape
	tree  *tree
	c     *batch.Circuit

	// resign has the prover sign all transfers as the slots have them, with the
	// sender's key: so that the signature is not what fails.
	resign bool

	slots  func(*batch.Circuit) // the operations are filled in
	rows   func(*batch.Circuit) // the account rows are there, with their old values
	memory func(*batch.Circuit) // reads and new values are filled in, exits too
	nodes  func(*batch.Circuit) // and so are the node rows and the roots
	bound  func(*batch.Circuit) // and the statement: nothing follows

	// scalars are the signatures' S by slot, hashes their message hashes.
	scalars [][32]byte
}

func newProver(t testing.TB, w *world) *prover {
	shape, _ := tiny(t)
	return &prover{world: w, shape: shape, tree: newTree(w.state)}
}

// prove runs all stages.
func (p *prover) prove(b *protocol.Batch) *batch.Circuit {
	p.c = batch.New(p.shape)
	p.fill(b)
	p.hook(p.slots)
	p.accounts()
	p.hook(p.rows)
	p.play()
	p.hook(p.memory)
	p.climb()
	p.hook(p.nodes)
	p.aggregate()
	p.bind()
	p.hook(p.bound)
	return p.c
}

func (p *prover) hook(f func(*batch.Circuit)) {
	if f != nil {
		f(p.c)
	}
}

// fill zeroes the assignment and fills in the operations, without what they read.
func (p *prover) fill(b *protocol.Batch) {
	c := p.c
	c.OldRoot, c.RollupID, c.Number = p.tree.Root(), b.RollupID, b.Number
	none := batch.Fixed{Key: signature.Point{X: 0, Y: 0}, Owner: 0}
	read := batch.Read{Age: 0, Nonce: 0, Balance: 0}
	for i := range c.Openings {
		c.Openings[i] = batch.OpeningSlot{Active: 0, Index: 0, Token: 0, Fixed: none, Age: 0}
	}
	for i, o := range b.Openings {
		c.Openings[i] = batch.OpeningSlot{Active: 1, Index: uint32(o.Index), Token: uint32(o.Token),
			Fixed: batch.Fixed{Key: gpoint(o.Key), Owner: ownerNumber(o.Owner)}, Age: 0}
	}
	for i := range c.LayerOne {
		c.LayerOne[i] = batch.LayerOneSlot{Active: 0, Deposit: 0, Index: 0, Sender: 0, Amount: 0, Token: 0, Exists: 0, Fixed: none, Read: read}
	}
	for i, d := range b.Deposits {
		c.LayerOne[i] = batch.LayerOneSlot{Active: 1, Deposit: 1, Index: uint32(d.Index), Sender: ownerNumber(d.Owner),
			Amount: d.Amount.ToBig(), Token: uint32(d.Token), Exists: 1 - bit(d.Opened),
			Fixed: batch.Fixed{Key: gpoint(d.Key), Owner: ownerNumber(d.Owner)}, Read: read}
	}
	for i, f := range b.ForcedExits {
		// What the account holds is filled in when the row is there.
		c.LayerOne[len(b.Deposits)+i] = batch.LayerOneSlot{Active: 1, Deposit: 0, Index: uint32(f.Index), Sender: ownerNumber(f.Sender),
			Amount: 0, Token: 0, Exists: 0, Fixed: none, Read: read}
	}
	for i := range c.Fees {
		c.Fees[i] = batch.FeeRow{Active: 0, Token: 0, Index: 0, Uses: 0}
	}
	for i, f := range b.FeeAccounts {
		c.Fees[i] = batch.FeeRow{Active: 1, Token: uint32(f.Token), Index: uint32(f.Index), Uses: 0}
	}
	for i := range c.Exits {
		c.Exits[i] = batch.ExitRow{Active: 0, Owner: 0, Token: 0, Amount: 0}
	}
	base := gpoint(protocol.BasePoint())
	p.scalars = make([][32]byte, len(c.Transfers))
	for i := range c.Transfers {
		t := &c.Transfers[i]
		*t = batch.TransferSlot{Active: 0, From: 0, To: 0, Mantissa: 0, Exponent: 0, FeeExponent: 0, Withdrawn: 0, ValidFor: 0,
			Token: 0, FeeIndex: 0, R: base, Fixed: batch.Fixed{Key: base, Owner: 0}, Debit: read, Credit: read, FeeCredit: read}
		for j := range t.FeeMantissa {
			t.FeeMantissa[j] = 0
		}
	}
	for i := range b.Transfers {
		p.transfer(b, i)
	}
	for i := range c.Accounts {
		c.Accounts[i] = batch.AccountRow{Existing: 0, New: 0, Absent: 0, Index: 0, Token: 0, Fixed: none,
			OldNonce: 0, OldBalance: 0, NewNonce: 0, NewBalance: 0, Last: 0, Lookups: 0}
	}
}

func (p *prover) transfer(b *protocol.Batch, i int) {
	tr, t := &b.Transfers[i], &p.c.Transfers[i]
	t.Active, t.From, t.To = 1, uint32(tr.From), uint32(tr.To)
	if tr.To == 0 {
		t.Withdrawn = tr.Amount.ToBig()
	} else {
		// An amount without a code is published as the next below it.
		below, _ := protocol.NearestAmounts(&tr.Amount)
		code, _ := protocol.EncodeAmount(&below)
		t.Mantissa, t.Exponent = uint32(code)>>protocol.ExponentBits, uint32(code)&31
	}
	below, _ := protocol.NearestFees(&tr.Fee)
	fee, _ := protocol.EncodeFee(&below)
	setFee(t, int(fee)>>protocol.ExponentBits, int(fee)&31)
	t.ValidFor = big.NewInt(int64(tr.ValidUntil) - int64(b.Number))
	t.R = gpoint(tr.Signature.R)
	p.scalars[i] = tr.Signature.S
}

func setFee(t *batch.TransferSlot, mantissa, exponent int) {
	for j := range t.FeeMantissa {
		t.FeeMantissa[j] = mantissa >> j & 1
	}
	t.FeeExponent = exponent
}

func feeMantissa(t *batch.TransferSlot) fr.Element {
	return add(t.FeeMantissa[0], mul(t.FeeMantissa[1], 2), mul(t.FeeMantissa[2], 4))
}

func hasFee(t *batch.TransferSlot) bool { m := feeMantissa(t); return !m.IsZero() }

// decode is mantissa·10^exponent, and 0 for an exponent beyond the table: what
// the circuit's hint leaves when it fails.
func decode(mantissa, exponent frontend.Variable) fr.Element {
	e := el(exponent)
	if !e.IsUint64() || e.Uint64() > 31 {
		return fr.Element{}
	}
	return mul(mantissa, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(e.Uint64())), nil))
}

// accounts makes a row for every account that a slot names, and fills in what
// slots take from it: the fixed part and the token. Of an account that does not
// exist these are its opening's or deposit's.
func (p *prover) accounts() {
	c := p.c
	type fixed struct {
		batch.Fixed
		token frontend.Variable
		given bool // by the state, an opening or a deposit
	}
	known := make(map[fr.Element]fixed)
	look := func(index frontend.Variable) fixed {
		i := el(index)
		if f, ok := known[i]; ok {
			return f
		}
		f := fixed{batch.Fixed{Key: gpoint(p.key(1)), Owner: 0}, 0, false} // the forger's choice
		if i.IsUint64() && i.Uint64() < 1<<32 {
			if a, ok, _ := p.state.Account(protocol.Index(i.Uint64())); ok {
				f = fixed{batch.Fixed{Key: gpoint(a.Key), Owner: ownerNumber(a.Owner)}, uint32(a.Token), true}
			}
		}
		known[i] = f
		return f
	}
	offer := func(index frontend.Variable, f fixed) {
		i := el(index)
		if !look(index).given {
			known[i] = f
		}
	}
	for i := range c.Openings {
		o := &c.Openings[i]
		if isZero(o.Active) {
			continue
		}
		offer(o.Index, fixed{o.Fixed, o.Token, true})
	}
	for i := range c.LayerOne {
		o := &c.LayerOne[i]
		if isZero(o.Active) || isZero(o.Deposit) {
			continue
		}
		offer(o.Index, fixed{o.Fixed, o.Token, true})
	}
	for i := range c.LayerOne {
		o := &c.LayerOne[i]
		if isZero(o.Active) || !isZero(o.Deposit) {
			continue
		}
		f := look(o.Index)
		o.Fixed, o.Token = f.Fixed, f.token
	}
	for i := range c.Transfers {
		t := &c.Transfers[i]
		if isZero(t.Active) {
			continue
		}
		f := look(t.From)
		t.Fixed, t.Token = f.Fixed, f.token
		if !isZero(t.To) {
			look(t.To)
		}
		if !hasFee(t) {
			continue
		}
		for _, row := range c.Fees {
			if !isZero(row.Active) && same(row.Token, t.Token) {
				t.FeeIndex = row.Index
				break
			}
		}
		look(t.FeeIndex)
	}
	indices := slices.SortedFunc(maps.Keys(known), func(a, b fr.Element) int { return a.Cmp(&b) })
	for i, index := range indices[:min(len(indices), len(c.Accounts))] {
		row := &c.Accounts[i]
		row.Index, row.Fixed, row.Token = index, known[index].Fixed, known[index].token
		row.Absent = 1
		if !index.IsUint64() || index.Uint64() >= 1<<32 {
			continue
		}
		if a, ok, _ := p.state.Account(protocol.Index(index.Uint64())); ok {
			row.Existing, row.Absent = 1, 0
			row.OldNonce, row.OldBalance = a.Nonce, a.Balance.ToBig()
		}
	}
}

// cell is what the memory holds at an index.
type cell struct {
	exists         bool
	nonce, balance fr.Element
	time, lookups  int
}

// play lets every active access read what its index holds, and write what the
// circuit has it write.
func (p *prover) play() {
	c := p.c
	cells := make(map[fr.Element]*cell)
	at := func(index frontend.Variable) *cell {
		i := el(index)
		if cells[i] == nil {
			cells[i] = new(cell)
		}
		return cells[i]
	}
	for i := range c.Accounts {
		if row := &c.Accounts[i]; active(row) {
			*at(row.Index) = cell{exists: !isZero(row.Existing), nonce: el(row.OldNonce), balance: el(row.OldBalance)}
		}
	}
	for i := range c.Openings {
		o := &c.Openings[i]
		if isZero(o.Active) {
			continue
		}
		m, time := at(o.Index), batch.TimeOfOpening(p.shape, i)
		o.Age = time - 1 - m.time
		*m = cell{exists: true, time: time, lookups: m.lookups + 1}
	}
	exits := 0
	pay := func(owner, token, amount frontend.Variable) {
		if exits < len(c.Exits) {
			c.Exits[exits] = batch.ExitRow{Active: 1, Owner: owner, Token: token, Amount: amount}
		}
		exits++
	}
	for i := range c.LayerOne {
		o := &c.LayerOne[i]
		if isZero(o.Active) {
			continue
		}
		m := at(o.Index)
		m.lookups++
		o.Read = m.read(batch.TimeOfLayerOne(p.shape, i))
		if !isZero(o.Deposit) {
			m.exists, m.balance = true, add(o.Balance, o.Amount)
			continue
		}
		o.Exists = bit(m.exists)
		if same(o.Sender, o.Owner) && !m.balance.IsZero() {
			pay(o.Owner, o.Token, m.balance)
			m.balance.SetZero()
		}
	}
	for i := range c.Transfers {
		t := &c.Transfers[i]
		if isZero(t.Active) {
			continue
		}
		time := batch.TimeOfTransfer(p.shape, i)
		amount, fee := decode(t.Mantissa, t.Exponent), decode(feeMantissa(t), t.FeeExponent)
		m := at(t.From)
		m.lookups++
		t.Debit = m.read(time)
		m.exists, m.nonce = true, add(m.nonce, 1)
		m.balance = sub(sub(m.balance, add(amount, t.Withdrawn)), fee)
		if isZero(t.To) {
			pay(t.Owner, t.Token, t.Withdrawn)
		} else {
			m := at(t.To)
			t.Credit = m.read(time + 1)
			m.exists, m.balance = true, add(m.balance, amount)
		}
		if hasFee(t) {
			m := at(t.FeeIndex)
			t.FeeCredit = m.read(time + 2)
			m.exists, m.balance = true, add(m.balance, fee)
			for j := range c.Fees {
				if f := &c.Fees[j]; !isZero(f.Active) && same(f.Token, t.Token) && same(f.Index, t.FeeIndex) {
					f.Uses = add(f.Uses, 1)
					break
				}
			}
		}
	}
	for i := range c.Accounts {
		row := &c.Accounts[i]
		if !active(row) {
			continue
		}
		m := at(row.Index)
		if m.exists && isZero(row.Existing) {
			row.New, row.Absent = 1, 0
		}
		row.NewNonce, row.NewBalance, row.Last, row.Lookups = m.nonce, m.balance, m.time, m.lookups
		m.lookups = 0 // a second row of the index gets none
	}
}

func (m *cell) read(time int) batch.Read {
	r := batch.Read{Age: time - 1 - m.time, Nonce: m.nonce, Balance: m.balance}
	m.time = time
	return r
}

func active(row *batch.AccountRow) bool {
	return !isZero(row.Existing) || !isZero(row.New) || !isZero(row.Absent)
}

// leaf is a row's leaf, by the circuit's packing: widths are not checked.
func leaf(row *batch.AccountRow, nonce, balance frontend.Variable) fr.Element {
	word := add(shl(row.Owner, 72), shl(row.Token, 40), nonce)
	return protocol.H4(el(row.Key.X), el(row.Key.Y), word, el(balance))
}

type change struct{ old, new fr.Element }

// climb fills in the node rows from the leaves of the account rows, and the new
// root. An index beyond the tree hangs from a root row of its own.
func (p *prover) climb() {
	c := p.c
	for i := range c.Nodes {
		row := nodes.Row{Active: 0, Level: 0, Position: 0}
		for j := range row.Old {
			row.Old[j], row.Change[j], row.Flags[j] = 0, 0, 0
		}
		c.Nodes[i] = row
	}
	level := map[uint64]change{}
	for i := range c.Accounts {
		row := &c.Accounts[i]
		index := el(row.Index)
		if !active(row) || !index.IsUint64() {
			continue
		}
		var ch change
		ch.old = mul(row.Existing, leaf(row, row.OldNonce, row.OldBalance))
		ch.new = mul(add(row.Existing, row.New), leaf(row, row.NewNonce, row.NewBalance))
		level[index.Uint64()] = ch
	}
	used := 0
	for l := protocol.TreeDepth - 1; l >= 0; l-- {
		up := map[uint64]change{}
		parents := []uint64{}
		if l == 0 {
			parents = append(parents, 0)
		}
		for position := range level {
			parents = append(parents, position/protocol.TreeArity)
		}
		slices.Sort(parents)
		for _, position := range slices.Compact(parents) {
			olds := p.tree.children(l, position)
			news := olds
			row := nodes.Row{Active: 1, Level: l, Position: position}
			for j := range row.Old {
				row.Change[j], row.Flags[j] = 0, 0
				if ch, ok := level[protocol.TreeArity*position+uint64(j)]; ok {
					olds[j], news[j] = ch.old, ch.new
					row.Flags[j], row.Change[j] = 1, sub(ch.new, ch.old)
				}
				row.Old[j] = olds[j]
			}
			if used < len(c.Nodes) {
				c.Nodes[used] = row
			}
			used++
			up[position] = change{h4(olds), h4(news)}
		}
		level = up
	}
	c.NewRoot = level[0].new
}
