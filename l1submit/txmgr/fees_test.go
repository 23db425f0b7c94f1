package txmgr

import (
	"errors"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"
	"pgregory.net/rapid"

	_ "github.com/quirezk/quire/internal/rapidtest" // fixes rapid's seed
)

func drawBig(t *rapid.T, name string, max int64) *big.Int {
	return big.NewInt(rapid.Int64Range(0, max).Draw(t, name))
}

func drawMarket(t *rapid.T, blob bool) market {
	m := market{base: drawBig(t, "base", 1000), tip: drawBig(t, "tip", 1000)}
	if blob {
		m.blobBase = drawBig(t, "blob base", 1000)
	}
	return m
}

// What is offered is within the limits, would be included now, and each raise is
// one that go-ethereum's pool takes.
func TestFees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		blob := rapid.Bool().Draw(t, "blob")
		l := limits{maxFee: drawBig(t, "max fee", 5000), maxBlobFee: big.NewInt(rapid.Int64Range(1, 5000).Draw(t, "max blob fee")), minTip: drawBig(t, "min tip", 50)}
		within := func(f fees) {
			t.Helper()
			if f.cap.Cmp(l.maxFee) > 0 || f.blobCap.Cmp(l.maxBlobFee) > 0 || f.tip.Cmp(f.cap) > 0 || f.tip.Sign() < 0 {
				t.Fatalf("%+v is out of bounds", f)
			}
			if (f.blobCap.Sign() > 0) != blob {
				t.Fatalf("%+v, blobs: %t", f, blob)
			}
		}
		m := drawMarket(t, blob)
		f, err := m.first(l)
		if err != nil {
			if !errors.Is(err, ErrFeeCap) {
				t.Fatal(err)
			}
			return
		}
		within(f)
		if least := new(big.Int).Add(m.base, l.minTip); f.cap.Cmp(least) < 0 {
			t.Fatalf("%v offered, %v asked", f.cap, least)
		}
		if blob && f.blobCap.Cmp(m.blobBase) < 0 {
			t.Fatalf("%v offered for blobs, %v asked", f.blobCap, m.blobBase)
		}
		for range 30 {
			raised, err := drawMarket(t, blob).raise(f, l)
			if err != nil {
				if !errors.Is(err, ErrFeeCap) {
					t.Fatal(err)
				}
				return
			}
			within(raised)
			if !replaces(withFees(f, blob), withFees(raised, blob)) {
				t.Fatalf("%+v does not replace %+v", raised, f)
			}
			f = raised
		}
		if blob {
			t.Fatal("30 doublings within the limits")
		}
	})
}

func withFees(f fees, blob bool) *types.Transaction {
	if !blob {
		return types.NewTx(&types.DynamicFeeTx{GasTipCap: f.tip, GasFeeCap: f.cap})
	}
	return types.NewTx(&types.BlobTx{
		GasTipCap: uint256.MustFromBig(f.tip), GasFeeCap: uint256.MustFromBig(f.cap), BlobFeeCap: uint256.MustFromBig(f.blobCap),
		BlobHashes: []common.Hash{{1}},
	})
}

func TestBumped(t *testing.T) {
	for _, test := range []struct{ fee, percent, want int64 }{
		{0, 10, 1}, {1, 10, 2}, {9, 10, 10}, {10, 10, 11}, {11, 10, 13}, {100, 10, 110}, {101, 10, 112}, {0, 100, 1}, {1, 100, 2}, {7, 100, 14},
	} {
		if got := bumped(big.NewInt(test.fee), test.percent); got.Int64() != test.want {
			t.Errorf("%d and %d%%: %v, want %d", test.fee, test.percent, got, test.want)
		}
	}
}
