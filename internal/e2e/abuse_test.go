package e2e

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/internal/testtoken"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
)

// solved builds a batch on the operator's state, asks the circuit's solver about
// it, and commits it without a proof, which a solution is as good as.
func (o *operator) solved(b *protocol.Batch) *made {
	o.w.Helper()
	m := &made{Batch: b, built: must(o.build(b))(o.w)}
	if err := solve(must(m.built.Witness())(o.w)); err != nil {
		o.w.Fatalf("batch %d cannot be proven: %v\n%+v", b.Number, err, b)
	}
	m.commit = l1submit.Commit{Circuit: 0, Digest: m.built.Statement.D, Data: m.built.Published.Bytes()}
	w := o.w
	w.ok(o.show(m, o.tip))
	event, _, err := w.rollup.CommitBatch(w.Context(), w.people[theOperator], &m.commit, o.record)
	w.ok(err)
	o.follow(m, event, true)
	return m
}

// point is a point of the curve, perhaps outside of the prime-order subgroup.
type point = twistededwards.PointAffine

func keyOf(p point) protocol.PublicKey { return protocol.PublicKey{X: p.X, Y: p.Y} }

// anyPoint returns the first point, by y, of the curve that a condition holds for.
func anyPoint(holds func(point) bool) point {
	for y := byte(2); ; y++ {
		p, err := protocol.DecompressPoint([protocol.PointSize]byte{y})
		if a := (point{X: p.X, Y: p.Y}); err == nil && holds(a) {
			return a
		}
	}
}

// timesOrder returns ℓ·p, which is a torsion point, by doubling and adding: the
// library's multiplication is for the subgroup.
func timesOrder(p point) point {
	curve := twistededwards.GetEdwardsCurve()
	sum := point{}
	sum.Y.SetOne() // the neutral element
	for i := curve.Order.BitLen() - 1; i >= 0; i-- {
		sum.Add(&sum, &sum)
		if curve.Order.Bit(i) == 1 {
			sum.Add(&sum, &p)
		}
	}
	return sum
}

// torsion returns the eight points of low order.
func torsion(t testing.TB) []point {
	t.Helper()
	generator := timesOrder(anyPoint(func(p point) bool {
		q := timesOrder(p)
		q.Add(&q, &q)
		q.Add(&q, &q) // 4ℓ·p
		return !q.X.IsZero() || !q.Y.IsOne()
	}))
	points := []point{generator}
	for len(points) < 8 {
		var next point
		next.Add(&points[len(points)-1], &generator)
		points = append(points, next)
	}
	if last := points[7]; !last.X.IsZero() || !last.Y.IsOne() {
		t.Fatal("these are not the eight points of low order")
	}
	return points
}

// mixedKey returns a key outside of the subgroup that is not of low order: nobody
// can sign for it in the ordinary way, and the contract takes it.
func mixedKey(t testing.TB, n int) protocol.PublicKey {
	t.Helper()
	p, low := twistededwards.GetEdwardsCurve().Base, torsion(t)
	var sum point
	sum.Add(&p, &low[n%7])
	return keyOf(sum)
}

// TestBadDeposits has the contract refuse every deposit that no batch could take.
func TestBadDeposits(t *testing.T) {
	w := newWorld(t, embedded(t))
	ctx, sender := t.Context(), w.people[mallory]
	good := w.people[mallory].key.Public()
	x, y := good.X.BigInt(new(big.Int)), good.Y.BigInt(new(big.Int))
	r, all := fr.Modulus(), new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))
	one, owner := big.NewInt(1), w.people[mallory].Address()
	plus := func(a, b *big.Int) *big.Int { return new(big.Int).Add(a, b) }
	before := w.lanes().Queue(protocol.LaneDeposits).Head()
	// send deposits with all that the contract is called with, and the ether for it.
	send := func(x, y *big.Int, owner common.Address, token uint32, amount, value *big.Int) error {
		t.Helper()
		to := w.rollup.Address()
		return only(sender.Send(ctx, l1submit.Call{To: &to, Value: value, Data: bindings.NewRollup().PackDeposit(x, y, owner, token, amount)}))
	}
	pay := plus(queueFee, one)

	for _, key := range [][2]*big.Int{{plus(x, r), y}, {x, plus(y, r)}, {r, one}, {new(big.Int), plus(r, one)}, {all, all}} {
		refused[bindings.RollupKeyNotCanonical](w, send(key[0], key[1], owner, 0, one, pay))
	}
	for _, key := range [][2]*big.Int{{new(big.Int), new(big.Int)}, {one, one}, {y, x}, {x, plus(y, one)}, {plus(x, one), y}} {
		refused[bindings.RollupKeyNotOnCurve](w, send(key[0], key[1], owner, 0, one, pay))
	}
	for _, p := range torsion(t) {
		if !protocol.OnCurve(keyOf(p)) || !protocol.LowOrder(keyOf(p)) {
			t.Fatalf("(%s, %s) is not of low order", p.X.String(), p.Y.String())
		}
		refused[bindings.RollupKeyOfLowOrder](w, send(p.X.BigInt(new(big.Int)), p.Y.BigInt(new(big.Int)), owner, 0, one, pay))
	}
	refused[bindings.RollupOwnerZero](w, send(x, y, common.Address{}, 0, one, pay))
	refused[bindings.RollupAmountInvalid](w, send(x, y, owner, 0, new(big.Int), pay))
	for _, amount := range []*big.Int{new(big.Int).Lsh(one, 128), all} {
		refused[bindings.RollupAmountInvalid](w, send(x, y, owner, 0, amount, pay))
		refused[bindings.RollupAmountInvalid](w, send(x, y, owner, uint32(coin), amount, pay))
	}
	refused[bindings.RollupAmountInvalid](w, send(x, y, owner, uint32(coin), new(big.Int), pay))
	refused[bindings.RollupTokenUnknown](w, send(x, y, owner, 2, one, pay))
	refused[bindings.RollupTokenUnknown](w, send(x, y, owner, 1<<32-1, one, pay))
	refused[bindings.RollupPaymentTooSmall](w, send(x, y, owner, 0, one, queueFee))
	refused[l1submit.TokenError](w, send(x, y, owner, uint32(coin), one, pay)) // mallory has none
	refused[bindings.RollupIndexReserved](w, done(w.rollup.RequestExit(ctx, sender, 0)))

	w.ok(only(w.rollup.SetTokenCap(ctx, w.people[theGovernor], ether, one)))
	refused[bindings.RollupTokenCapExceeded](w, send(x, y, owner, 0, one, pay)) // with its fee it is 1 too much

	if count, head := w.lanes().Queue(protocol.LaneDeposits).Count(), w.lanes().Queue(protocol.LaneDeposits).Head(); count != 0 || head != before {
		t.Errorf("%d deposits are queued", count)
	}
}

// hostile is a source of layer-1 operations that are meant to do harm.
type hostile struct {
	w   *world
	rng *rand.Rand
}

// index draws an account: one there is, its neighbour, or one at the edges.
func (h hostile) index() protocol.Index {
	edges := []protocol.Index{1, 2, 1<<30 - 1, 1 << 30, 1<<31 + 5, 1<<32 - 2, 1<<32 - 1}
	switch n := protocol.Index(len(h.w.operator.accounts())); h.rng.IntN(3) {
	case 0:
		return edges[h.rng.IntN(len(edges))]
	case 1:
		return n + 1 // what the next deposit opens, perhaps in the same batch
	default:
		return 1 + protocol.Index(h.rng.Uint64N(uint64(n)+1))
	}
}

// owner draws an owner: people, who can force exits, and addresses that are no
// people's.
func (h hostile) owner() protocol.Owner {
	switch h.rng.IntN(6) {
	case 0:
		return protocol.Owner{19: 1} // a precompile
	case 1:
		return protocol.Owner(common.MaxAddress)
	case 2:
		return protocol.Owner(h.w.rollup.Address())
	default:
		return h.w.people[alice+h.rng.IntN(mallory-alice+1)].owner()
	}
}

// key draws a key: people's, ones outside of the subgroup, and base points.
func (h hostile) key() protocol.PublicKey {
	switch h.rng.IntN(4) {
	case 0:
		return mixedKey(h.w, h.rng.IntN(7))
	case 1:
		return keyOf(twistededwards.GetEdwardsCurve().Base)
	default:
		return h.w.people[alice+h.rng.IntN(2)].key.Public()
	}
}

// queue queues one operation, as somebody.
func (h hostile) queue() {
	w := h.w
	w.Helper()
	ctx := w.Context()
	switch h.rng.IntN(2) {
	case 0:
		d := protocol.Deposit{Key: h.key(), Owner: h.owner(), Token: protocol.Token(h.rng.IntN(2)), Amount: *uint256.NewInt(1)}
		if h.rng.IntN(3) == 0 {
			d.Amount.SetUint64(1 + h.rng.Uint64N(1000))
		}
		w.ok(done(w.rollup.Deposit(ctx, w.people[thePorter], &d)))
	default:
		sender := w.people[alice+h.rng.IntN(mallory-alice+1)]
		i := h.index()
		position, ok, err := w.rollup.ExitRequest(ctx, i, sender.Address())
		w.ok(err)
		if ok && position >= w.finalized().ExitsEnd { // it waits already
			refused[bindings.RollupExitAlreadyRequested](w, done(w.rollup.RequestExit(ctx, sender, i)))
			return
		}
		w.ok(done(w.rollup.RequestExit(ctx, sender, i)))
	}
}

// TestHostileQueue queues what is meant to make a batch that cannot be proven.
// Whatever the contract takes, a batch can.
func TestHostileQueue(t *testing.T) {
	w := newWorld(t, embedded(t))
	o := w.operator
	h := hostile{w, rand.New(rand.NewPCG(1, 2))}
	// Every kind once: two accounts that differ in the token alone, in the owner
	// alone, in the key alone; the widest owner and index.
	key, alices := w.people[alice].key.Public(), w.people[alice].owner()
	for _, d := range []protocol.Deposit{
		{Key: key, Owner: alices, Token: ether}, {Key: key, Owner: alices, Token: coin},
		{Key: key, Owner: protocol.Owner(common.MaxAddress), Token: ether}, {Key: key, Owner: protocol.Owner{19: 1}, Token: ether},
		{Key: mixedKey(t, 0), Owner: alices, Token: ether}, {Key: mixedKey(t, 6), Owner: protocol.Owner(common.MaxAddress), Token: coin},
		{Key: key, Owner: alices, Token: ether}, // again
	} {
		d.Amount.SetUint64(1)
		w.ok(done(w.rollup.Deposit(t.Context(), w.people[thePorter], &d)))
	}
	for _, i := range []protocol.Index{1, 2, 3, 7, 1<<32 - 1} {
		w.request(alice, i)
		w.request(mallory, i)
	}
	for range hostileOperations {
		h.queue()
	}
	var deposited, left, batches int
	for lanes := w.lanes(); o.tip.DepositsEnd < lanes.Queue(protocol.LaneDeposits).Count() || o.tip.ExitsEnd < lanes.Queue(protocol.LaneExits).Count(); batches++ {
		b := o.begin()
		if batches%2 == 0 { // something of the operator's own beside it
			o.open(b, carol, protocol.Token(2+batches), protocol.Token(3+batches))
		}
		o.take(b)
		m := o.solved(b)
		for _, d := range m.Deposits {
			deposited += int(d.Amount.Uint64())
		}
		for _, e := range m.built.Exits {
			left += int(e.Amount.Uint64())
		}
		if n := len(b.Deposits) + len(b.ForcedExits); n == 0 {
			t.Fatal("a batch took nothing")
		}
	}
	// What came in is there or has left.
	var inside int
	for _, a := range o.accounts() {
		inside += int(a.Balance.Uint64())
	}
	if deposited != inside+left || left == 0 {
		t.Errorf("%d came in, %d left, %d is there", deposited, left, inside)
	}
	lanes := w.lanes()
	t.Logf("%d batches of %d deposits and %d forced exits", batches, len(lanes.Deposits), len(lanes.Requests))
}

// TestLargestDeposits brings in as much of a token as layer 1 takes of any, all of
// it to one account, and has it leave by force.
func TestLargestDeposits(t *testing.T) {
	w := newWorld(t, embedded(t))
	ctx, o, porter := t.Context(), w.operator, w.people[thePorter]
	most := new(uint256.Int).Lsh(uint256.NewInt(1), 127)
	most.SubUint64(most, 1)
	receipt, err := porter.Send(ctx, l1submit.Call{Data: must(testtoken.Code(porter.Address(), new(big.Int).Lsh(most.ToBig(), 1)))(t)})
	w.ok(err)
	token := l1submit.OpenERC20(w.chain, receipt.ContractAddress)
	number, _, err := w.rollup.RegisterToken(ctx, w.people[theGovernor], receipt.ContractAddress, most.ToBig())
	w.ok(err)
	w.ok(only(token.Approve(ctx, porter, w.rollup.Address(), new(big.Int).Lsh(most.ToBig(), 1))))

	deposit := protocol.Deposit{Key: w.people[alice].key.Public(), Owner: w.people[alice].owner(), Token: number}
	for _, amount := range []uint64{0, 1} { // all but one, and one
		deposit.Amount.SetUint64(amount)
		if amount == 0 {
			deposit.Amount.SubUint64(most, 1)
		}
		w.ok(done(w.rollup.Deposit(ctx, porter, &deposit)))
	}
	refused[bindings.RollupTokenCapExceeded](w, done(w.rollup.Deposit(ctx, porter, &deposit)))
	b := o.begin()
	o.take(b)
	o.solved(b)
	if balance := o.balanceOf(alice, number); balance != most.Dec() {
		t.Fatalf("alice has %s, want %s", balance, most.Dec())
	}
	w.request(alice, o.indexOf(alice, number))
	b = o.begin()
	o.take(b)
	if exits := o.solved(b).built.Exits; len(exits) != 1 || exits[0].Amount != *most {
		t.Errorf("exits %+v", exits)
	}
}

// TestFlood fills the lane of forced exits, and has a user wait behind it.
func TestFlood(t *testing.T) {
	w := newWorld(t, embedded(t))
	ctx, o := t.Context(), w.operator
	w.deposit(alice, alice, ether, thousandths(1_000))
	b := o.begin()
	o.take(b)
	o.open(b, theOperator, ether)
	o.solved(b)

	// The fee doubles with every 64 that wait.
	cost := new(big.Int)
	for i := range floodEntries {
		want := new(big.Int).Lsh(queueFee, uint(i/64))
		fee := must(w.rollup.QueueFee(ctx, protocol.LaneExits))(t)
		if fee.Cmp(want) != 0 {
			t.Fatalf("with %d waiting the fee is %v, want %v", i, fee, want)
		}
		if i > 0 && i%64 == 0 { // the fee from before is too little
			call := must(w.rollup.RequestExitCall(protocol.Index(i+1), new(big.Int).Rsh(fee, 1)))(t)
			refused[bindings.RollupPaymentTooSmall](w, only(w.people[mallory].Send(ctx, call)))
		}
		w.request(mallory, protocol.Index(i+1))
		cost.Add(cost, fee)
	}
	alices := o.indexOf(alice, ether)
	mine := w.request(alice, alices)

	// Every batch is full of them, and has room for transfers besides.
	batches := 0
	for o.tip.ExitsEnd <= mine.Position {
		b := o.begin()
		o.take(b)
		if batches < 4 {
			o.transfer(b, alice, theOperator, ether, thousandths(1), protocol.Amount{})
		}
		m := o.solved(b)
		batches++
		if done := o.tip.ExitsEnd > mine.Position; done != (len(m.built.Exits) == 1) {
			t.Fatalf("batch %d has exits %+v", b.Number, m.built.Exits)
		}
	}
	if want := (int(mine.Position) + shape.LayerOne) / shape.LayerOne; batches != want {
		t.Errorf("%d batches, want %d", batches, want)
	}
	if balance := o.balanceOf(alice, ether); balance != "0" {
		t.Errorf("alice still has %s", balance)
	}
	t.Logf("%d forced exits cost %v base fees and delay the next one by %d batches of %d", floodEntries, new(big.Int).Quo(cost, queueFee), batches-1, shape.LayerOne)
}

// TestCommitIsNotHeldUp has mallory queue a deposit in front of every commit, which
// makes the commit's lane proof void: not for longer than up to the next
// checkpoint of the lane.
func TestCommitIsNotHeldUp(t *testing.T) {
	w := newWorld(t, embedded(t))
	o := w.operator
	w.deposit(alice, alice, ether, thousandths(1))
	b := o.begin()
	o.take(b)
	m := &made{Batch: b, built: must(o.build(b))(t)}
	m.commit = l1submit.Commit{Circuit: 0, Digest: m.built.Statement.D, Data: m.built.Published.Bytes()}
	key := w.people[mallory].key.Public()
	for attempt := 1; ; attempt++ {
		w.ok(o.show(m, o.tip)) // the batch stays as it is
		fee := must(w.rollup.QueueFee(t.Context(), protocol.LaneDeposits))(t)
		hold := must(w.rollup.DepositCall(&protocol.Deposit{Key: key, Owner: w.people[mallory].owner(), Amount: *uint256.NewInt(1)}, fee))(t)
		commit := must(w.rollup.CommitBatchCall(&m.commit, nil))(t)
		errs := w.inOneBlock([]*person{w.people[mallory], w.people[theOperator]}, []l1submit.Call{hold, commit})
		w.ok(errs[0])
		if errs[1] == nil {
			if attempt != protocol.LaneStride {
				t.Errorf("the commit got through at attempt %d, want %d", attempt, protocol.LaneStride)
			}
			return
		}
		refused[bindings.RollupLaneMismatch](w, errs[1])
		if attempt > protocol.LaneStride {
			t.Fatalf("after %d attempts nothing is committed", attempt)
		}
	}
}

// TestLayerOneAlwaysFits: whatever accounts the layer-1 operations name, a batch
// that is full of them stays within the circuit's tree.
func TestLayerOneAlwaysFits(t *testing.T) {
	for _, s := range circuits.Shapes() {
		nodes, width := 0, 1
		for range protocol.TreeDepth { // no level has more nodes than paths go through it
			nodes += min(width, s.LayerOne)
			width *= protocol.TreeArity
		}
		if err := s.Fits(protocol.Counts{LayerOne: s.LayerOne, Exits: s.LayerOne, Accounts: s.LayerOne, Nodes: nodes}); err != nil {
			t.Errorf("shape %s: %d layer-1 operations with %d nodes: %v", s.Name, s.LayerOne, nodes, err)
		}
		// And it can be so: accounts that share no more of their paths than they must.
		budget := protocol.NewBudget(s)
		hash := crypto.Keccak256Hash([]byte(s.Name))
		for i := range s.LayerOne {
			hash = crypto.Keccak256Hash(hash[:])
			if err := budget.AddForcedExit(&protocol.ForcedExit{Index: protocol.Index(uint256.NewInt(0).SetBytes(hash[:4]).Uint64() | 1)}, true); err != nil {
				t.Errorf("shape %s: forced exit %d: %v", s.Name, i, err)
			}
		}
	}
}
