package txmgr

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// seedIntents are short: a blob alone is longer than what the fuzzer likes.
func seedIntents(tb testing.TB) [][]byte {
	tb.Helper()
	creation := ordinaryIntent(2)
	creation.To, creation.Value = nil, nil
	blobs := ordinaryIntent(3)
	blobs.Blobs = types.NewBlobTxSidecar(types.BlobSidecarVersion1, nil, nil, nil)
	var seeds [][]byte
	for _, in := range []Intent{ordinaryIntent(1), creation, blobs} {
		data, err := encodeIntent(&record{Intent: in, account: ordinary, nonce: 1 << 63, gas: 21_000, block: 9})
		if err != nil {
			tb.Fatal(err)
		}
		seeds = append(seeds, data)
	}
	return seeds
}

func FuzzDecodeIntent(f *testing.F) {
	for _, seed := range seedIntents(f) {
		f.Add(seed)
	}
	f.Add([]byte{0xc0})
	f.Fuzz(func(t *testing.T, data []byte) {
		rec, err := decodeIntent("key", data)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		again, err := encodeIntent(rec)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again, data) {
			t.Errorf("two encodings of one intent: %x and %x", data, again)
		}
		rec.build(fakeChainID, attempt{fees: fees{new(big.Int), new(big.Int), new(big.Int)}})
	})
}

func FuzzDecodeAttempts(f *testing.F) {
	seed, err := encodeAttempts([]attempt{{
		fees: fees{big.NewInt(1), big.NewInt(1 << 40), new(big.Int)}, block: 5, hash: common.Hash{1},
		v: common.Big1, r: big.NewInt(77), s: big.NewInt(88),
	}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte{0xc0})
	f.Fuzz(func(t *testing.T, data []byte) {
		attempts, err := decodeAttempts("key", data)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		again, err := encodeAttempts(attempts)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again, data) {
			t.Errorf("two encodings of the same attempts: %x and %x", data, again)
		}
		in := ordinaryIntent(1)
		rec := &record{Intent: in, attempts: attempts}
		rec.build(fakeChainID, rec.last()).Hash()
	})
}

func FuzzDecodeOutcome(f *testing.F) {
	receipt, err := json.Marshal(&types.Receipt{Logs: []*types.Log{}, BlockNumber: common.Big1, Bloom: types.Bloom{1}})
	if err != nil {
		f.Fatal(err)
	}
	for _, o := range []*outcome{
		{Kind: succeeded, Account: ordinary, Nonce: 7, Digest: common.Hash{1}, Hashes: []common.Hash{{2}}, Receipt: receipt},
		{Kind: reverted, Receipt: receipt, RevertData: []byte{1}, RevertText: "no"},
		{Kind: displaced, By: common.Hash{3}, ByBlock: 9},
		{Kind: displaced + 1},
		{Kind: succeeded},
	} {
		seed, err := encodeOutcome(o)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	m := &Manager{}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := decodeOutcome("key", data)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		again, err := encodeOutcome(o)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again, data) {
			t.Errorf("two encodings of one outcome: %x and %x", data, again)
		}
		if r, err := m.result("key", o); r == nil {
			t.Error(err)
		}
	})
}
