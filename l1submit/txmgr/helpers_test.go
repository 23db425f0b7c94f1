package txmgr

import (
	"context"
	"fmt"
	"log/slog"
	"math/big"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/crypto/kzg4844"
	"github.com/ethereum/go-ethereum/params"

	"github.com/quirezk/quire/l1submit/signer"
)

var (
	quiet    = slog.New(slog.DiscardHandler)
	receiver = common.HexToAddress("0xcafe")

	ordinarySigner = devSigner("ordinary")
	blobSigner     = devSigner("blob")
	ordinary       = ordinarySigner.Address()
	blobAccount    = blobSigner.Address()
)

func devSigner(seed string) *signer.Dev {
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte(seed)))
	if err != nil {
		panic(err)
	}
	return signer.NewDev(key)
}

// testConfig is for a chain and a disk in memory, and three confirmations.
func testConfig(chain Chain, fs vfs.FS) Config {
	return Config{
		Dir: "tx", Chain: chain, Signer: ordinarySigner, BlobSigner: blobSigner,
		Confirmations: 3, BumpBlocks: 4,
		MaxFee: big.NewInt(100 * params.GWei), MaxBlobFee: big.NewInt(1000), MinTip: big.NewInt(1),
		Logger: quiet, fs: fs,
	}
}

// world is a manager and what it needs.
type world struct {
	*Manager
	t     *testing.T
	chain *fakeChain
	disk  *vfs.MemFS
	cfg   Config
}

func newWorld(t *testing.T, change ...func(*Config)) *world {
	t.Helper()
	w := &world{t: t, chain: newFakeChain(ordinary, blobAccount), disk: vfs.NewCrashableMem()}
	w.cfg = testConfig(w.chain, w.disk)
	for _, c := range change {
		c(&w.cfg)
	}
	w.open()
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) open() {
	w.t.Helper()
	m, err := Open(w.t.Context(), w.cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Manager = m
}

// restart ends the process in an orderly way and starts it again.
func (w *world) restart() {
	w.t.Helper()
	if err := w.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.open()
}

// submit wants no error.
func (w *world) submit(intents ...Intent) {
	w.t.Helper()
	for _, in := range intents {
		if err := w.Submit(w.t.Context(), in); err != nil {
			w.t.Fatal(err)
		}
	}
}

// poll wants no error.
func (w *world) poll() {
	w.t.Helper()
	if err := w.Poll(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// mine makes blocks, with a look after each.
func (w *world) mine(blocks int) {
	w.t.Helper()
	for range blocks {
		w.chain.mine(1)
		w.poll()
	}
}

// status wants an unsettled intent.
func (w *world) status(key string) Status {
	w.t.Helper()
	for _, s := range w.Status() {
		if s.Key == key {
			return s
		}
	}
	w.t.Fatalf("%q is settled, or was never submitted", key)
	return Status{}
}

// unsettled wants an intent without an outcome.
func (w *world) unsettled(key string) {
	w.t.Helper()
	w.status(key)
}

// result returns an outcome that is there.
func (w *world) result(key string) (*Result, error) {
	w.t.Helper()
	for _, s := range w.Status() {
		if s.Key == key {
			w.t.Fatalf("%q is not settled: %+v", key, s)
		}
	}
	return w.Wait(w.t.Context(), key)
}

// success wants one.
func (w *world) success(key string) *Result {
	w.t.Helper()
	r, err := w.result(key)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// foreign sends a transaction of an account past the manager.
func (w *world) foreign(s *signer.Dev, nonce uint64, data string) common.Hash {
	w.t.Helper()
	tx, err := s.SignTx(w.t.Context(), types.NewTx(&types.DynamicFeeTx{
		ChainID: fakeChainID, Nonce: nonce, To: &receiver, Gas: 50_000, Data: []byte(data),
		GasFeeCap: big.NewInt(50 * params.GWei), GasTipCap: big.NewInt(5 * params.GWei),
	}), fakeChainID)
	if err != nil {
		w.t.Fatal(err)
	}
	w.chain.set(func() {
		if w.chain.pool[s.Address()] == nil {
			w.chain.pool[s.Address()] = make(map[uint64]*types.Transaction)
		}
		w.chain.pool[s.Address()][nonce] = tx
	})
	return tx.Hash()
}

// ordinaryIntent is one whose data tells it from others.
func ordinaryIntent(n int) Intent {
	return Intent{Key: fmt.Sprintf("key/%d", n), To: &receiver, Value: big.NewInt(int64(n)), Data: dataOf(n)}
}

func dataOf(n int) []byte { return fmt.Appendf(nil, "intent %d", n) }

// sidecar is the same for all tests: proofs take long.
var sidecar = sync.OnceValue(func() *types.BlobTxSidecar {
	blob := kzg4844.Blob{1: 2}
	commitment, err := kzg4844.BlobToCommitment(&blob)
	if err != nil {
		panic(err)
	}
	proofs, err := kzg4844.ComputeCellProofs(&blob)
	if err != nil {
		panic(err)
	}
	return types.NewBlobTxSidecar(types.BlobSidecarVersion1, []kzg4844.Blob{blob}, []kzg4844.Commitment{commitment}, proofs)
})

func blobIntent(n int) Intent {
	in := ordinaryIntent(n)
	in.Blobs = sidecar()
	return in
}

func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// slowSigner is a signer that has moods.
type slowSigner struct {
	signer.Signer
	address common.Address // where it says that it signs for another
	err     error
	// asked hears of the first request, which is answered after release.
	asked, release chan struct{}
	once           sync.Once
}

func (s *slowSigner) Address() common.Address {
	if s.address != (common.Address{}) {
		return s.address
	}
	return s.Signer.Address()
}

func (s *slowSigner) SignTx(ctx context.Context, tx *types.Transaction, chainID *big.Int) (*types.Transaction, error) {
	if s.err != nil {
		return nil, s.err
	}
	if s.asked != nil {
		s.once.Do(func() {
			close(s.asked)
			<-s.release
		})
	}
	return s.Signer.SignTx(ctx, tx, chainID)
}

// muteChain does not answer calls of contracts.
type muteChain struct {
	*fakeChain
	err error
}

func (c *muteChain) CallContract(context.Context, ethereum.CallMsg, *big.Int) ([]byte, error) {
	return nil, c.err
}

// muteSigner does not answer.
type muteSigner struct{}

func (muteSigner) Address() common.Address { return ordinary }

func (muteSigner) SignTx(ctx context.Context, _ *types.Transaction, _ *big.Int) (*types.Transaction, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// memJournal keeps records in memory.
type memJournal struct {
	mu       sync.Mutex
	records  map[string]record
	outcomes map[string]*outcome
}

func newMemJournal() *memJournal {
	return &memJournal{records: make(map[string]record), outcomes: make(map[string]*outcome)}
}

func (j *memJournal) unsettled() ([]*record, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var records []*record
	for _, rec := range j.records {
		records = append(records, &rec)
	}
	return records, nil
}

func (j *memJournal) outcome(key string) (*outcome, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.outcomes[key], nil
}

func (j *memJournal) begin(rec *record) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.records[rec.Key] = *rec
	return nil
}

func (j *memJournal) retry(rec *record) error { return j.begin(rec) }

func (j *memJournal) settle(key string, o *outcome) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.records, key)
	j.outcomes[key] = o
	return nil
}

func (j *memJournal) forget(key string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.outcomes, key)
	return nil
}

func (j *memJournal) Close() error { return nil }
