package witness_test

import (
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/circuits"
	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/witness"
)

// view is a naive state tree: every hash is computed from the accounts.
type view struct{ *protocol.MemoryState }

func (v view) hash(level uint8, position uint32) fr.Element {
	if level == protocol.TreeDepth {
		a, ok, _ := v.Account(protocol.Index(position))
		if !ok {
			return fr.Element{}
		}
		return a.Leaf()
	}
	// An empty subtree has its precomputed hash.
	span := uint64(1) << (2 * (protocol.TreeDepth - level))
	first := uint64(position) * span
	empty := true
	for i := range v.All() {
		if uint64(i) >= first && uint64(i) < first+span {
			empty = false
		}
	}
	if empty {
		return protocol.EmptyHashes()[level]
	}
	c := v.children(level, position)
	return protocol.H4(c[0], c[1], c[2], c[3])
}

func (v view) children(level uint8, position uint32) (c [4]fr.Element) {
	for j := range c {
		c[j] = v.hash(level+1, 4*position+uint32(j))
	}
	return c
}

func (v view) Root() fr.Element { return v.hash(0, 0) }

func (v view) Nodes(indices []protocol.Index) ([]witness.Node, error) {
	nodes := []witness.Node{{Children: v.children(0, 0)}}
	for level := uint8(1); level < protocol.TreeDepth; level++ {
		last := -1
		for _, i := range indices {
			position := uint32(uint64(i) >> (2 * (protocol.TreeDepth - level)))
			if int(position) == last {
				continue
			}
			last = int(position)
			nodes = append(nodes, witness.Node{Level: level, Position: position, Children: v.children(level, position)})
		}
	}
	return nodes, nil
}

func key(b byte) *protocol.PrivateKey { return protocol.NewPrivateKey([32]byte{b}) }

func TestHonestBatchSolves(t *testing.T) {
	shape, err := circuits.ShapeByName("tiny")
	if err != nil {
		t.Fatal(err)
	}
	ccs, err := batch.Compile(shape)
	if err != nil {
		t.Fatal(err)
	}
	var rollupID fr.Element
	rollupID.SetUint64(77)
	st := protocol.NewMemoryState()
	set := func(i protocol.Index, b byte, balance uint64) {
		a := protocol.Account{Key: key(b).Public(), Owner: protocol.Owner{b}, Token: 3, Nonce: 5, Balance: *uint256.NewInt(balance)}
		if err := st.SetAccount(i, a); err != nil {
			t.Fatal(err)
		}
	}
	set(5, 1, 1000)
	set(900000, 2, 50)
	set(7, 3, 0)
	sign := func(b byte, tr protocol.Transfer) protocol.SignedTransfer {
		s, err := key(b).SignTransfer(rollupID, tr)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	b := &protocol.Batch{
		RollupID: rollupID, Number: 9,
		Openings:    []protocol.Opening{{Index: 12, Key: key(4).Public(), Owner: protocol.Owner{4}, Token: 3}},
		Deposits:    []protocol.CreditedDeposit{{Deposit: protocol.Deposit{Key: key(5).Public(), Owner: protocol.Owner{5}, Token: 3, Amount: *uint256.NewInt(300)}, Index: 13, Opened: true}},
		ForcedExits: []protocol.ForcedExit{{Index: 900000, Sender: protocol.Owner{2}}},
		FeeAccounts: []protocol.FeeAccount{{Token: 3, Index: 7}},
		Transfers: []protocol.SignedTransfer{
			sign(1, protocol.Transfer{From: 5, To: 12, Amount: *uint256.NewInt(100), Fee: *uint256.NewInt(2), Nonce: 5, ValidUntil: 9}),
			sign(5, protocol.Transfer{From: 13, To: 0, Amount: *uint256.NewInt(299), Fee: *uint256.NewInt(1), Nonce: 0, ValidUntil: 10}),
			sign(1, protocol.Transfer{From: 5, To: 5, Amount: *uint256.NewInt(7), Nonce: 6, ValidUntil: 1 << 31}),
		},
	}
	for name, b := range map[string]*protocol.Batch{"full": b, "empty": {RollupID: rollupID, Number: 1}} {
		t.Run(name, func(t *testing.T) {
			sealed, err := witness.Seal(view{st}, shape, b)
			if err != nil {
				t.Fatal(err)
			}
			built, err := witness.Build(sealed, [20]byte{1})
			if err != nil {
				t.Fatal(err)
			}
			w, err := built.Witness()
			if err != nil {
				t.Fatal(err)
			}
			if err := ccs.IsSolved(w); err != nil {
				t.Fatal(err)
			}
		})
	}
}
