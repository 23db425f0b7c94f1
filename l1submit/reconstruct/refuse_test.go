package reconstruct

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/internal/fakel1"
	"github.com/quirezk/quire/l1submit/watch"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/statetree"
)

// settled is a history of batches, one in each block after a block of deposits.
// edit, unless nil, changes what a batch publishes, as no proof would allow.
func settled(seed uint64, batches int, edit func(number uint32, p *protocol.Published)) *layer1 {
	l := newLayer1(1, seed)
	for range batches {
		l.settleNext(edit)
	}
	return l
}

func (l *layer1) settleNext(edit func(number uint32, p *protocol.Published)) {
	r := l.now()
	time := l.Head().Header.Time + 12
	l.sealAs(r, r.deposit(l.randomDeposit(), common.Address{1}, time), r.deposit(l.randomDeposit(), common.Address{2}, time),
		r.request(protocol.ForcedExit{Index: 5, Sender: protocol.Owner{6}}, time))
	r = l.now()
	p := l.randomBatch(r)
	if edit != nil {
		edit(r.tip().Number+1, p)
	}
	l.sealAs(r, r.settle(p))
}

// syncNew rebuilds a state in a new directory.
func syncNew(t *testing.T, c Client, config Config) error {
	t.Helper()
	s := open(t, t.TempDir())
	defer closeState(t, s)
	return s.Sync(context.Background(), c, config)
}

// wantBatch fails the test unless an error is about a batch.
func wantBatch(t *testing.T, l *layer1, err error, number uint32, want error) {
	t.Helper()
	var batch *BatchError
	if !errors.As(err, &batch) || !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
		return
	}
	if batch.Number != number {
		t.Errorf("error %v, want one of batch %d", err, number)
	}
	block := l.Blocks()[1+2*number] // see settled
	if block.Txs[0].Hash() != batch.Tx {
		t.Errorf("transaction %v, batch %d is in %v", batch.Tx, number, block.Txs[0].Hash())
	}
}

// TestFalseBatches meets a chain whose contract took batches that no proof
// allows, at every place in a group, and names the first.
func TestFalseBatches(t *testing.T) {
	const batches = 12
	for _, every := range []int{1, 5, 64} {
		for first := uint32(1); first <= batches; first++ {
			found := uint32(0)
			falsify := func(number uint32, p *protocol.Published) {
				for i, x := range p.Transfers {
					if number >= first && x.From != x.To && x.Amount != 0 {
						p.Transfers[i].Amount = 0
						if found == 0 {
							found = number
						}
						return
					}
				}
			}
			l := settled(3, batches, falsify)
			c := config()
			c.CheckEvery = every
			err := syncNew(t, client{layer1: l}, c)
			if found == 0 { // the last batches may have no transfers
				if err != nil {
					t.Error(err)
				}
				continue
			}
			wantBatch(t, l, err, found, ErrCommitment)
		}
	}
	for name, c := range map[string]struct {
		edit func(p *protocol.Published) bool
		want error
	}{
		"from nobody": {func(p *protocol.Published) bool {
			if len(p.Transfers) == 0 {
				return false
			}
			p.Transfers[0].From = 77777777
			return true
		}, ErrReplay},
		"an exit of a larger amount": {func(p *protocol.Published) bool {
			for i := range p.Exits {
				p.Exits[i].Amount.AddUint64(&p.Exits[i].Amount, 1<<40)
				return true
			}
			return false
		}, ErrReplay},
		"another old commitment": {func(p *protocol.Published) bool { p.Old.SetOne(); return true }, ErrMismatch},
		"another deposit": {func(p *protocol.Published) bool {
			for i := range p.Deposits {
				p.Deposits[i].Amount.SetOne()
				return true
			}
			return false
		}, ErrMismatch},
		"another forced exit": {func(p *protocol.Published) bool {
			for i := range p.ForcedExits {
				p.ForcedExits[i].Index++
				return true
			}
			return false
		}, ErrMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			found := uint32(0)
			l := settled(4, 10, func(number uint32, p *protocol.Published) {
				if found == 0 && number > 2 && c.edit(p) {
					found = number
				}
			})
			if found == 0 {
				t.Fatal("nothing was falsified")
			}
			wantBatch(t, l, syncNew(t, client{layer1: l}, config()), found, c.want)
		})
	}
	// After a group that is false comes one that is worse: the first is named.
	l := settled(3, 12, func(number uint32, p *protocol.Published) {
		if number == 5 {
			for i := range p.Transfers {
				p.Transfers[i].Amount = 0
			}
		}
		if number == 8 && len(p.Transfers) > 0 {
			p.Transfers[0].From = 77777777
		}
	})
	wantBatch(t, l, syncNew(t, client{layer1: l}, config()), 5, ErrCommitment)
}

// liar is a node that does not tell the truth.
type liar struct {
	client
	logs func([]types.Log) []types.Log
	tx   func(*types.Transaction) (*types.Transaction, error)
}

func (l liar) FilterLogs(ctx context.Context, q ethereum.FilterQuery) ([]types.Log, error) {
	logs, err := l.client.FilterLogs(ctx, q)
	if l.logs != nil {
		logs = l.logs(logs)
	}
	return logs, err
}

func (l liar) TransactionInBlock(ctx context.Context, hash common.Hash, index uint) (*types.Transaction, error) {
	tx, err := l.client.TransactionInBlock(ctx, hash, index)
	if err == nil && l.tx != nil {
		return l.tx(tx)
	}
	return tx, err
}

func isEvent(l *types.Log, name string) bool { return l.Topics[0] == contract.GetABI().Events[name].ID }

// without drops the n-th event of a kind, counted from 1, or from the last at −1.
func without(name string, n int) func([]types.Log) []types.Log {
	return func(logs []types.Log) []types.Log {
		var at []int
		for i := range logs {
			if isEvent(&logs[i], name) {
				at = append(at, i)
			}
		}
		if n < 0 {
			n += len(at) + 1
		}
		i := at[n-1]
		return slices.Delete(slices.Clone(logs), i, i+1)
	}
}

// TestFalseNodes asks nodes that leave things out or change them.
func TestFalseNodes(t *testing.T) {
	l := settled(5, 10, nil)
	for range 2 { // what waits at the end
		r := l.now()
		l.sealAs(r, r.deposit(l.randomDeposit(), common.Address{3}, 1), r.request(protocol.ForcedExit{Index: 1}, 1))
	}
	third := l.Blocks()[1+2*3].Txs[0].Hash()
	tamper := func(change func(data []byte)) func(*types.Transaction) (*types.Transaction, error) {
		return func(tx *types.Transaction) (*types.Transaction, error) {
			if tx.Hash() != third {
				return tx, nil
			}
			data := slices.Clone(tx.Data())
			change(data)
			return types.NewTx(&types.LegacyTx{Nonce: tx.Nonce(), To: tx.To(), Data: data}), nil
		}
	}
	for name, c := range map[string]struct {
		node liar
		want error
	}{
		"a byte of the data":   {liar{tx: tamper(func(data []byte) { data[len(data)-40] ^= 1 })}, l1submit.ErrDataUnavailable},
		"a byte of the length": {liar{tx: tamper(func(data []byte) { data[4+32*18+31] ^= 1 })}, l1submit.ErrDataUnavailable},
		"another function":     {liar{tx: tamper(func(data []byte) { data[0] ^= 1 })}, l1submit.ErrDataUnavailable},
		"no transaction": {liar{tx: func(tx *types.Transaction) (*types.Transaction, error) {
			if tx.Hash() == third {
				return nil, ethereum.NotFound
			}
			return tx, nil
		}}, ErrMissing},
	} {
		t.Run(name, func(t *testing.T) {
			c.node.client = client{layer1: l}
			wantBatch(t, l, syncNew(t, c.node, config()), 3, c.want)
		})
	}
	for name, c := range map[string]struct {
		logs func([]types.Log) []types.Log
		want error
	}{
		"without the first deposit":      {without("Deposited", 1), ErrIncomplete},
		"without a deposit":              {without("Deposited", 7), ErrIncomplete},
		"without the last deposit":       {without("Deposited", -1), ErrContract},
		"without a forced exit":          {without("ExitRequested", 3), ErrIncomplete},
		"without the last forced exit":   {without("ExitRequested", -1), ErrContract},
		"without a commit":               {without("BatchCommitted", 4), ErrIncomplete},
		"without the last commit":        {without("BatchCommitted", -1), ErrIncomplete},
		"without a proof":                {without("BatchFinalized", 4), ErrIncomplete},
		"without the last proof":         {without("BatchFinalized", -1), ErrContract},
		"without anything":               {func([]types.Log) []types.Log { return nil }, ErrContract},
		"a commit without data":          {func(l []types.Log) []types.Log { l[3].Data = nil; return l }, l1submit.ErrNotRollup},
		"a deposit of what nobody knows": {func(l []types.Log) []types.Log { l[0].Data[31]++; return l }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			err := syncNew(t, liar{client: client{layer1: l}, logs: func(logs []types.Log) []types.Log {
				for i := range logs {
					logs[i].Data = slices.Clone(logs[i].Data)
				}
				return c.logs(logs)
			}}, config())
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
		})
	}

	// Once the node tells the truth, the same directory comes to the end.
	s := open(t, t.TempDir())
	defer closeState(t, s)
	if err := s.Sync(context.Background(), liar{client: client{layer1: l}, logs: without("Deposited", -1)}, config()); !errors.Is(err, ErrContract) {
		t.Fatalf("error %v", err)
	}
	if err := s.Sync(context.Background(), client{layer1: l}, config()); err != nil {
		t.Fatal(err)
	}
	checkState(t, s, l)
}

// TestForeign gives a directory to other rollups, and looks for rollups where
// there is none.
func TestForeign(t *testing.T) {
	ctx := context.Background()
	l := settled(6, 4, nil)
	dir := t.TempDir()
	s := open(t, dir)
	defer func() { closeState(t, s) }()
	if _, ok := s.Head(); ok {
		t.Error("a new directory has a state")
	}
	if err := s.Export(nil); err == nil {
		t.Error("a new directory was exported")
	}
	if err := s.Sync(ctx, client{layer1: l}, config()); err != nil {
		t.Fatal(err)
	}

	otherChain, otherRollup := newLayer1(2, 6), settled(7, 4, nil)
	otherChain.id = l.id
	for _, keep := range []bool{true, false} { // the journal
		if !keep {
			closeState(t, s)
			if err := os.Remove(filepath.Join(dir, journalName)); err != nil {
				t.Fatal(err)
			}
			s = open(t, dir)
		}
		for _, node := range []*layer1{otherChain, otherRollup} { // one of them shorter than what is known
			if err := s.Sync(ctx, client{layer1: node}, config()); !errors.Is(err, ErrForeign) {
				t.Errorf("another rollup: error %v", err)
			}
		}
		if err := s.Sync(ctx, client{layer1: l}, config()); err != nil {
			t.Errorf("the right one: %v", err)
		}
		checkState(t, s, l)
	}
	c := config()
	c.ChainID = big.NewInt(5)
	if err := s.Sync(ctx, client{layer1: l}, c); !errors.Is(err, ErrForeign) {
		t.Errorf("another chain than wanted: error %v", err)
	}
	c = config()
	c.Contract[0]++
	if err := s.Sync(ctx, client{layer1: l}, c); !errors.Is(err, l1submit.ErrNoDeployment) {
		t.Errorf("no contract: error %v", err)
	}
	before := uint64(0) // the deployment
	c = config()
	c.Block = &before
	if err := syncNew(t, client{layer1: l}, c); !errors.Is(err, l1submit.ErrNoDeployment) {
		t.Errorf("before the deployment: error %v", err)
	}
	c = config()
	c.Start = 5
	if err := syncNew(t, client{layer1: l}, c); !errors.Is(err, ErrIncomplete) {
		t.Errorf("from block 5 on: error %v", err)
	}
	if _, err := Open(dir, Options{Logger: quiet}); !errors.Is(err, statetree.ErrLocked) {
		t.Errorf("opened twice: error %v", err)
	}
	// An older block than the directory has is no reason to go back.
	c = config()
	six := uint64(6)
	c.Block = &six
	if err := s.Sync(ctx, client{layer1: l}, c); err != nil {
		t.Errorf("up to block 6: error %v", err)
	}
	checkState(t, s, l)
}

// again seals blocks with the same transactions as others, and an empty one in
// front, so that they get other numbers.
func (l *layer1) again(blocks []*fakel1.Block) {
	l.sealAs(l.now())
	for _, b := range blocks {
		var txs []fakel1.Tx
		for i, tx := range b.Txs {
			again := fakel1.Tx{To: *tx.To(), Data: tx.Data()}
			for _, log := range b.Logs {
				if log.TxIndex == uint(i) {
					again.Logs = append(again.Logs, log)
				}
			}
			txs = append(txs, again)
		}
		l.sealAs(l.after[b.Hash()], txs...)
	}
}

// TestReorganized takes blocks back that were read as final. As long as the same
// batches are final afterwards, the state is rebuilt on.
func TestReorganized(t *testing.T) {
	ctx := context.Background()
	for _, journal := range []bool{true, false} {
		for name, c := range map[string]struct {
			depth   int
			instead func(l *layer1, lost []*fakel1.Block)
			want    error
		}{
			"without batches":     {2, func(l *layer1, _ []*fakel1.Block) { l.again(nil) }, nil},
			"with the same batch": {5, func(l *layer1, lost []*fakel1.Block) { l.again(lost); l.settleNext(nil) }, nil},
			"with another batch":  {5, func(l *layer1, _ []*fakel1.Block) { l.settleNext(nil); l.settleNext(nil); l.settleNext(nil) }, ErrReorganized},
			"with a batch less":   {5, func(l *layer1, _ []*fakel1.Block) { l.again(nil); l.again(nil) }, ErrReorganized},
		} {
			t.Run(fmt.Sprintf("%s, journal %t", name, journal), func(t *testing.T) {
				l := settled(8, 6, nil)
				for range 3 {
					l.sealAs(l.now())
				}
				dir := t.TempDir()
				s := open(t, dir)
				defer func() { closeState(t, s) }()
				if err := s.Sync(ctx, client{layer1: l}, config()); err != nil {
					t.Fatal(err)
				}
				if !journal {
					closeState(t, s)
					if err := os.Remove(filepath.Join(dir, journalName)); err != nil {
						t.Fatal(err)
					}
					s = open(t, dir)
				}
				blocks := l.Blocks()
				l.Rewind(c.depth)
				c.instead(l, blocks[len(blocks)-c.depth:])
				for l.Head().Number() < uint64(len(blocks)) {
					l.sealAs(l.now())
				}
				for range 2 { // it does not change its mind
					err := s.Sync(ctx, client{layer1: l}, config())
					if !errors.Is(err, c.want) {
						t.Fatalf("error %v, want %v", err, c.want)
					}
				}
				if c.want == nil {
					checkState(t, s, l)
				}
			})
		}
	}
}

// TestShorterChain asks a node that does not have the blocks yet that were read.
func TestShorterChain(t *testing.T) {
	l := settled(8, 6, nil)
	s := open(t, t.TempDir())
	defer closeState(t, s)
	if err := s.Sync(context.Background(), client{layer1: l}, config()); err != nil {
		t.Fatal(err)
	}
	head := l.Head().Hash()
	l.Rewind(3)
	if err := s.Sync(context.Background(), client{layer1: l}, config()); !errors.Is(err, ethereum.NotFound) {
		t.Errorf("error %v", err)
	}
	l.SetHead(head)
	if err := s.Sync(context.Background(), client{layer1: l}, config()); err != nil {
		t.Fatal(err)
	}
	checkState(t, s, l)
}

// TestDamaged damages each file of a directory in turn.
func TestDamaged(t *testing.T) {
	ctx := context.Background()
	l := settled(9, 6, nil)
	dir := t.TempDir()
	s := open(t, dir)
	if err := s.Sync(ctx, client{layer1: l}, config()); err != nil {
		t.Fatal(err)
	}
	closeState(t, s)
	path := filepath.Join(dir, journalName)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"empty": nil, "cut": good[:len(good)/2], "flipped": append(slices.Clone(good[:len(good)-9]), good[len(good)-9]^1),
		"of a later state": ahead(t, good),
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			s := open(t, dir)
			defer closeState(t, s)
			if head, ok := s.Head(); !ok || head.Checked != (watch.BlockID{}) || head.Number != 6 || s.Deposits() != nil {
				t.Errorf("state %+v", head)
			}
			if err := s.Sync(ctx, client{layer1: l}, config()); err != nil {
				t.Fatal(err)
			}
			checkState(t, s, l)
		})
	}
	// A tree that another program wrote.
	foreign := t.TempDir()
	tree, err := statetree.OpenPebble(filepath.Join(foreign, treeName), statetree.PebbleOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for version, meta := range []string{"", `{"Format":"quire/reconstruct-meta/1"}`, `{"Identity":1}`} {
		if _, err := tree.Apply(ctx, uint32(version+1), nil, []byte(meta)); err != nil {
			t.Fatal(err)
		}
		if err := tree.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(foreign, Options{Logger: quiet}); !errors.Is(err, ErrDamaged) {
			t.Errorf("meta %q: error %v", meta, err)
		}
		if tree, err = statetree.OpenPebble(filepath.Join(foreign, treeName), statetree.PebbleOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := tree.Close(); err != nil {
		t.Fatal(err)
	}
}

// ahead is a journal that has nothing ready, but a final batch that the tree
// does not have.
func ahead(t *testing.T, good []byte) []byte {
	t.Helper()
	j, err := parseJournal(good)
	if err != nil {
		t.Fatal(err)
	}
	j.history.finalized.Number += 5
	b, err := j.bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sampleJournal has taken in all events of a chain, and applied some batches.
func sampleJournal(t testing.TB, l *layer1, applied uint32) *journal {
	t.Helper()
	h := newHistory(protocol.GenesisCommitment(l.id), watch.BlockID{})
	node := l1submit.OpenRollup(new(l1submit.Chain), address, 0)
	for _, b := range l.Blocks() {
		for i := range b.Logs {
			e, err := node.DecodeEvent(&b.Logs[i])
			if err != nil {
				t.Fatal(err)
			}
			if err := h.take(e); err != nil {
				t.Fatal(err)
			}
			if f, ok := e.(*l1submit.BatchFinalized); ok && f.Number <= applied {
				h.applied(f.Finalized)
			}
		}
		h.cursor = watch.BlockID{Number: b.Number(), Hash: b.Hash()}
	}
	return &journal{identity: Identity{new(big.Int).SetUint64(3), address, l.id}, start: 1, history: h}
}

// TestJournal writes and reads what a history can have in it.
func TestJournal(t *testing.T) {
	l := newLayer1(3, 12)
	for range 60 {
		l.block()
	}
	l.freezeNow()
	l.block()
	all := sampleJournal(t, l, 0).history.finalized.Number
	if all < 5 {
		t.Fatalf("only %d batches", all)
	}
	for applied := range all + 1 {
		j := sampleJournal(t, l, applied)
		b, err := j.bytes()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseJournal(b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(j, again, cmpopts.EquateEmpty(), cmp.AllowUnexported(journal{}, history{}, lane[*l1submit.Deposited]{},
			lane[*l1submit.ExitRequested]{}, protocol.Queue{}), cmp.Comparer(func(x, y *big.Int) bool { return x.Cmp(y) == 0 })); diff != "" {
			t.Fatal(diff)
		}
		if got := len(again.history.ready); got != int(all-applied) {
			t.Errorf("%d batches are ready of %d with %d applied", got, all, applied)
		}
	}
}

func FuzzParseJournal(f *testing.F) {
	l := newLayer1(3, 12)
	for range 20 {
		l.block()
	}
	j := sampleJournal(f, l, 0)
	b, err := j.bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b[len(digestLine(nil)):])
	f.Add([]byte(`{"Format":"quire/reconstruct/1","Identity":{"ChainID":1}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		j, err := parseJournal(append([]byte(digestLine(text)), text...))
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("error %v", err)
			}
			return
		}
		b, err := j.bytes()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseJournal(b)
		if err != nil {
			t.Fatalf("cannot read back what was written: %v", err)
		}
		if b2, err := again.bytes(); err != nil || string(b2) != string(b) {
			t.Errorf("writing and reading is not stable: %v", err)
		}
	})
}

func FuzzParseMeta(f *testing.F) {
	b, err := metaOf(Identity{big.NewInt(3), address, fr.One()}, &replayed{finalBatch: &finalBatch{BatchCommitted: new(l1submit.BatchCommitted)}}, 5).bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parseMeta(b)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("error %v", err)
			}
			return
		}
		b, err = m.bytes()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseMeta(b); err != nil {
			t.Fatalf("cannot read back what was written: %v", err)
		}
	})
}
