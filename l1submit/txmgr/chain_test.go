package txmgr

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

// A transaction that nobody includes is replaced at its nonce, by as much as
// go-ethereum's pool asks, once for every BumpBlocks.
func TestBump(t *testing.T) {
	for name, test := range map[string]struct {
		in      Intent
		account common.Address
		percent int64
	}{
		"ordinary": {ordinaryIntent(1), ordinary, 110},
		"blob":     {blobIntent(1), blobAccount, 200},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.submit(test.in)
			w.chain.minTip = big.NewInt(10 * params.GWei)
			for attempt := 2; attempt <= 4; attempt++ {
				old := w.chain.pending(test.account, 0)
				w.mine(int(w.cfg.BumpBlocks) - 1)
				if n := len(w.status(test.in.Key).Hashes); n != attempt-1 {
					t.Fatalf("%d transactions before the time", n)
				}
				w.mine(1)
				s := w.status(test.in.Key)
				if len(s.Hashes) != attempt || s.Nonce != 0 || s.Problem != nil {
					t.Fatalf("%+v", s)
				}
				tx := w.chain.pending(test.account, 0)
				if tx.Hash() != s.Hashes[attempt-1] {
					t.Fatal("the pool has another transaction")
				}
				if least := percentOf(old.GasFeeCap(), test.percent); tx.GasFeeCap().Cmp(least) < 0 {
					t.Errorf("fee %v after %v", tx.GasFeeCap(), old.GasFeeCap())
				}
			}
			w.chain.minTip = big.NewInt(1)
			w.mine(3)
			r := w.success(test.in.Key)
			if len(r.Hashes) != 4 || r.Receipt.TxHash != r.Hashes[3] {
				t.Errorf("%+v", r)
			}
			if n := w.chain.times(test.in.Data); n != 1 {
				t.Errorf("landed %d times", n)
			}
		})
	}
}

func percentOf(n *big.Int, percent int64) *big.Int {
	p := new(big.Int).Mul(n, big.NewInt(percent))
	return p.Div(p, big.NewInt(100))
}

// Miners may have any of the attempts.
func TestAnyAttemptMayLand(t *testing.T) {
	for landing := range 3 {
		w := newWorld(t)
		w.submit(ordinaryIntent(1))
		attempts := []*types.Transaction{w.chain.pending(ordinary, 0)}
		w.chain.minTip = big.NewInt(10 * params.GWei)
		for range 2 {
			w.mine(int(w.cfg.BumpBlocks))
			attempts = append(attempts, w.chain.pending(ordinary, 0))
		}
		w.restart() // they are all remembered
		w.chain.set(func() {
			w.chain.minTip = big.NewInt(1)
			w.chain.pool[ordinary][0] = attempts[landing]
		})
		w.chain.mine(1)
		w.poll()
		w.mine(2)
		if r := w.success("key/1"); r.Receipt.TxHash != attempts[landing].Hash() || len(r.Hashes) != 3 {
			t.Errorf("attempt %d landed: %+v", landing, r)
		}
	}
}

func TestFeeCapReached(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.MaxFee = big.NewInt(5 * params.GWei / 2) })
	w.submit(ordinaryIntent(1))
	w.chain.base = big.NewInt(3 * params.GWei)
	w.mine(20)
	s := w.status("key/1")
	if !errors.Is(s.Problem, ErrFeeCap) || !strings.Contains(s.Problem.Error(), "2500000000") {
		t.Errorf("%+v", s)
	}
	for _, hash := range s.Hashes {
		tx, _, err := w.chain.TransactionByHash(t.Context(), hash)
		if err == nil && tx.GasFeeCap().Cmp(w.cfg.MaxFee) > 0 {
			t.Errorf("%v wei offered", tx.GasFeeCap())
		}
	}
	if _, err := w.Wait(canceled(t), "key/1"); !errors.Is(err, ErrFeeCap) {
		t.Errorf("error %v", err)
	}
	// It lands by itself when layer 1 is cheap again.
	w.chain.base = big.NewInt(params.GWei)
	w.mine(3)
	w.success("key/1")
}

// Only what is next can be helped by a higher fee.
func TestBumpFirstOnly(t *testing.T) {
	w := newWorld(t)
	w.submit(ordinaryIntent(0), ordinaryIntent(1))
	w.chain.minTip = big.NewInt(10 * params.GWei)
	w.mine(8)
	if a, b := w.status("key/0"), w.status("key/1"); len(a.Hashes) != 3 || len(b.Hashes) != 1 {
		t.Errorf("%d and %d attempts", len(a.Hashes), len(b.Hashes))
	}
	// The second gets its own time when its turn comes.
	first := w.chain.pending(ordinary, 0)
	w.chain.set(func() {
		b := w.chain
		b.minTip = big.NewInt(1)
		b.pool[ordinary] = map[uint64]*types.Transaction{0: first}
	})
	w.chain.mine(1)
	w.chain.set(func() { w.chain.minTip = big.NewInt(10 * params.GWei) })
	w.poll()
	w.mine(3)
	if s := w.status("key/1"); len(s.Hashes) != 1 {
		t.Errorf("bumped before its time: %+v", s)
	}
	w.mine(1)
	if s := w.status("key/1"); len(s.Hashes) != 2 {
		t.Errorf("not bumped: %+v", s)
	}
}

// What a node may answer, and that the transaction lands all the same.
func TestNodesMoods(t *testing.T) {
	for name, test := range map[string]struct {
		answer  error
		problem error
		quiet   bool // it is no problem
	}{
		"already known":             {nodeError{text: "already known"}, nil, true},
		"already imported":          {nodeError{text: "transaction already imported"}, nil, true},
		"nonce too low":             {nodeError{text: "nonce too low: next nonce 4, tx nonce 3"}, nil, true},
		"replacement underpriced":   {nodeError{text: "replacement transaction underpriced"}, ErrRefused, false},
		"underpriced":               {nodeError{text: "transaction underpriced"}, ErrRefused, false},
		"insufficient funds":        {nodeError{text: "insufficient funds for gas * price + value: address 0x0"}, ErrInsufficientFunds, false},
		"intrinsic gas":             {nodeError{text: "intrinsic gas too low: gas 1, minimum needed 2"}, ErrIntrinsicGas, false},
		"floor":                     {nodeError{text: "insufficient gas for floor data gas cost: gas 1, minimum needed 2"}, ErrIntrinsicGas, false},
		"oversized":                 {nodeError{text: "oversized data: transaction size 200000, limit 131072"}, ErrOversized, false},
		"node's own cap":            {nodeError{text: "tx fee (1.50 ether) exceeds the configured cap (1.00 ether)"}, ErrFeeCap, false},
		"other kind in its pool":    {nodeError{text: "address already reserved"}, ErrRefused, false},
		"node gone":                 {errors.New("connection refused"), nil, false},
		"node slow":                 {context.DeadlineExceeded, nil, false},
		"does not know the kind":    {nodeError{text: "unknown transaction type"}, ErrRefused, false},
		"says funds, has an accent": {nodeError{text: "Insufficient Funds"}, ErrInsufficientFunds, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.chain.refuse = test.answer
			w.submit(ordinaryIntent(1))
			problem := w.status("key/1").Problem
			if (problem == nil) != test.quiet || test.problem != nil && !errors.Is(problem, test.problem) {
				t.Errorf("problem %v, want %v", problem, test.problem)
			}
			w.mine(1)
			w.chain.set(func() { w.chain.refuse = nil })
			w.poll() // it is sent again, as it was
			if s := w.status("key/1"); s.Problem != nil || len(s.Hashes) != 1 {
				t.Errorf("%+v", s)
			}
			w.mine(3)
			w.success("key/1")
		})
	}
}

func TestNodeForgets(t *testing.T) {
	w := newWorld(t)
	w.submit(ordinaryIntent(0), ordinaryIntent(1), blobIntent(2))
	for range 3 {
		w.chain.forget()
		w.poll()
		for _, s := range w.Status() {
			if tx := w.chain.pending(s.Account, s.Nonce); tx == nil || tx.Hash() != s.Hashes[0] {
				t.Fatalf("%q was not sent again", s.Key)
			}
		}
	}
	w.mine(3)
	for n := range 3 {
		w.success(fmt.Sprintf("key/%d", n))
	}
}

func TestNodeDown(t *testing.T) {
	w := newWorld(t)
	w.submit(ordinaryIntent(1))
	down := errors.New("connection refused")
	w.chain.down = down
	if err := w.Submit(t.Context(), ordinaryIntent(2)); !errors.Is(err, down) {
		t.Errorf("Submit: error %v", err)
	}
	w.submit(ordinaryIntent(1)) // known: needs no node
	if err := w.Poll(t.Context()); !errors.Is(err, down) {
		t.Errorf("Poll: error %v", err)
	}
	if _, err := Open(t.Context(), testConfig(w.chain, nil)); !errors.Is(err, down) {
		t.Errorf("Open: error %v", err)
	}
	w.chain.down = nil
	w.mine(3)
	w.success("key/1")
}

// Reorgs drop what was mined, at every depth up to one less than final.
func TestReorg(t *testing.T) {
	const confirmations = 65
	for _, reinject := range []bool{false, true} {
		for depth := 1; depth < confirmations; depth++ {
			w := newWorld(t, func(c *Config) { c.Confirmations = confirmations })
			w.submit(ordinaryIntent(0), ordinaryIntent(1))
			w.mine(depth)
			if s := w.status("key/1"); s.Confirmations != uint64(depth) {
				t.Fatalf("depth %d: %+v", depth, s)
			}
			w.chain.reorg(depth, reinject)
			if len(w.chain.landed(ordinary)) != 0 {
				t.Fatal("the reorg dropped nothing")
			}
			if (w.chain.pending(ordinary, 0) != nil) != reinject {
				t.Fatal("the pool is not as it should be")
			}
			w.poll()
			for n := range 2 {
				s := w.status(fmt.Sprintf("key/%d", n))
				if s.Mined != (common.Hash{}) || s.Confirmations != 0 || s.Problem != nil {
					t.Fatalf("depth %d: %+v", depth, s)
				}
				if tx := w.chain.pending(ordinary, s.Nonce); tx == nil || tx.Hash() != s.Hashes[0] {
					t.Fatalf("depth %d: it was not sent again", depth)
				}
			}
			w.mine(confirmations - 1)
			w.unsettled("key/0")
			w.mine(1)
			for n := range 2 {
				r := w.success(fmt.Sprintf("key/%d", n))
				if r.Nonce != uint64(n) || r.Receipt.BlockNumber.Uint64() != uint64(depth)+2 {
					t.Errorf("depth %d: %+v", depth, r)
				}
			}
			if len(w.chain.landed(ordinary)) != 2 {
				t.Errorf("depth %d: %d landed", depth, len(w.chain.landed(ordinary)))
			}
		}
	}
}

// A reorg between a receipt and the head that its confirmations are counted from.
func TestReorgBetweenCalls(t *testing.T) {
	chain := newFakeChain(ordinary, blobAccount)
	between := &betweenChain{fakeChain: chain}
	w := newWorld(t, func(c *Config) { c.Chain = between })
	w.chain = chain
	w.submit(ordinaryIntent(1))
	w.chain.mine(3)
	between.afterReceipt = func() { chain.reorg(3, false) }
	w.poll()
	w.unsettled("key/1")
	w.poll()
	w.mine(2)
	between.afterReceipt = func() { chain.reorg(2, true) }
	w.poll()
	w.unsettled("key/1")
	w.mine(2)
	between.afterReceipt = func() { // the chain is shorter now than the receipt's block was high
		chain.set(func() { chain.blocks = chain.blocks[:len(chain.blocks)-2] })
	}
	w.poll()
	w.unsettled("key/1")
	w.poll()
	w.mine(2)
	between.afterReceipt = func() { // and is long again before its block is looked up
		chain.set(func() {
			all := chain.blocks
			chain.blocks = all[:len(all)-3]
			between.afterHead = func() { chain.set(func() { chain.blocks = all }) }
		})
	}
	w.poll()
	if s := w.status("key/1"); s.Confirmations != 2 {
		t.Errorf("%+v", s)
	}
	w.mine(1)
	w.success("key/1")
}

// betweenChain runs something once, after a receipt or the newest block was read.
type betweenChain struct {
	*fakeChain
	afterReceipt, afterHead func()
}

func (c *betweenChain) HeaderByNumber(ctx context.Context, number *big.Int) (*types.Header, error) {
	h, err := c.fakeChain.HeaderByNumber(ctx, number)
	if run := c.afterHead; run != nil && number == nil {
		c.afterHead = nil
		run()
	}
	return h, err
}

func (c *betweenChain) TransactionReceipt(ctx context.Context, hash common.Hash) (*types.Receipt, error) {
	r, err := c.fakeChain.TransactionReceipt(ctx, hash)
	if run := c.afterReceipt; run != nil && err == nil {
		c.afterReceipt = nil
		run()
	}
	return r, err
}

// A receipt that is of no block, or of another transaction, settles nothing.
func TestImpossibleReceipts(t *testing.T) {
	chain := newFakeChain(ordinary, blobAccount)
	liar := &lyingChain{fakeChain: chain}
	w := newWorld(t, func(c *Config) { c.Chain = liar })
	w.chain = chain
	w.submit(ordinaryIntent(1))
	chain.mine(3)
	for name, lie := range map[string]func(*types.Receipt){
		"no block":    func(r *types.Receipt) { r.BlockNumber = nil },
		"another one": func(r *types.Receipt) { r.TxHash[0] ^= 1 },
	} {
		liar.lie = lie
		if err := w.Poll(t.Context()); err == nil || !strings.Contains(err.Error(), "gave a receipt for") {
			t.Errorf("%s: error %v", name, err)
		}
		w.unsettled("key/1")
	}
	liar.lie = func(*types.Receipt) {}
	w.poll()
	w.success("key/1")
}

// lyingChain changes receipts.
type lyingChain struct {
	*fakeChain
	lie func(*types.Receipt)
}

func (c *lyingChain) TransactionReceipt(ctx context.Context, hash common.Hash) (*types.Receipt, error) {
	receipt, err := c.fakeChain.TransactionReceipt(ctx, hash)
	if receipt != nil {
		changed := *receipt
		receipt = &changed
		c.lie(receipt)
	}
	return receipt, err
}

// Reorgs of what was final are outside the rule; the account says that it stands
// still, and goes on when the missing nonce is used.
func TestNonceGap(t *testing.T) {
	w := newWorld(t)
	w.submit(ordinaryIntent(0))
	w.mine(3)
	w.success("key/0")
	w.submit(ordinaryIntent(1))
	w.chain.reorg(3, false)
	w.poll()
	if s := w.status("key/1"); !errors.Is(s.Problem, ErrNonceGap) || !strings.Contains(s.Problem.Error(), "the next of "+ordinary.String()+" is 0") {
		t.Errorf("%+v", s)
	}
	w.foreign(ordinarySigner, 0, "fill")
	w.mine(3)
	w.success("key/1")
}

// An account whose intents were lost with its disk makes the same choices again:
// what was sent before and what is sent now cannot both land.
func TestLostDisk(t *testing.T) {
	w := newWorld(t)
	in := ordinaryIntent(1)
	w.submit(in)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.cfg.Dir = "another"
	w.open()
	w.submit(in)
	w.mine(5)
	if n := w.chain.times(in.Data); n != 1 {
		t.Errorf("landed %d times", n)
	}
}

// A revert whose cause cannot be asked for is settled all the same, once the node
// answers.
func TestRevertWithoutCause(t *testing.T) {
	chain := newFakeChain(ordinary, blobAccount)
	mute := &muteChain{fakeChain: chain, err: errors.New("connection refused")}
	w := newWorld(t, func(c *Config) { c.Chain = mute })
	w.chain = chain
	in := ordinaryIntent(1)
	in.To, in.Gas = &reverting, 50_000
	w.submit(in)
	w.chain.mine(3)
	if err := w.Poll(t.Context()); !errors.Is(err, mute.err) {
		t.Errorf("error %v", err)
	}
	w.unsettled(in.Key)
	mute.err = nodeError{text: "missing trie node"}
	w.poll()
	var revert *RevertError
	if _, err := w.result(in.Key); !errors.As(err, &revert) || revert.Reason.Error() != "missing trie node" {
		t.Errorf("error %v", err)
	}
}
