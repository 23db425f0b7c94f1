package txmgr

import (
	"context"
	"fmt"
	"math/big"
)

// What nodes ask of a transaction that replaces another, in percent of each of
// its fees.
const (
	bumpPercent     = 10
	blobBumpPercent = 100
)

// fees are offers in wei: tip and cap for a unit of gas, blobCap for a unit of
// blob gas (zero for an ordinary transaction).
type fees struct {
	tip, cap, blobCap *big.Int
}

// market is what layer 1 asks at the moment.
type market struct {
	base, tip *big.Int
	blobBase  *big.Int // nil for an ordinary transaction
}

// limits are the configured bounds.
type limits struct {
	maxFee, maxBlobFee, minTip *big.Int
}

func (c *Config) limits() limits { return limits{c.MaxFee, c.MaxBlobFee, c.MinTip} }

// market asks the node for fees.
func (c *Config) market(ctx context.Context, blob bool) (market, error) {
	head, err := c.Chain.HeaderByNumber(ctx, nil)
	if err != nil {
		return market{}, fmt.Errorf("read layer 1's newest block: %w", err)
	}
	if head.BaseFee == nil {
		return market{}, fmt.Errorf("block %d has no base fee: layer 1 has to be past its London fork", head.Number)
	}
	m := market{base: head.BaseFee}
	if m.tip, err = c.Chain.SuggestGasTipCap(ctx); err != nil {
		return market{}, fmt.Errorf("ask for the usual tip: %w", err)
	}
	if blob {
		if m.blobBase, err = c.Chain.(BlobChain).BlobBaseFee(ctx); err != nil {
			return market{}, fmt.Errorf("ask for the blob base fee: %w", err)
		}
	}
	return m, nil
}

// first returns the fees to begin with: the usual tip, and room for the base fee
// to double, which takes six full blocks. [ErrFeeCap] where layer 1 would not
// include that now.
func (m market) first(l limits) (fees, error) {
	tip := larger(m.tip, l.minTip)
	least := new(big.Int).Add(m.base, l.minTip)
	if least.Cmp(l.maxFee) > 0 {
		return fees{}, fmt.Errorf("%w: base fee and least tip are %v wei, the cap is %v wei", ErrFeeCap, least, l.maxFee)
	}
	f := fees{cap: smaller(m.wanted(tip), l.maxFee), blobCap: new(big.Int)}
	f.tip = smaller(tip, f.cap)
	if m.blobBase != nil {
		if m.blobBase.Cmp(l.maxBlobFee) > 0 {
			return fees{}, fmt.Errorf("%w: the blob base fee is %v wei, the cap is %v wei", ErrFeeCap, m.blobBase, l.maxBlobFee)
		}
		f.blobCap = smaller(larger(double(m.blobBase), big.NewInt(1)), l.maxBlobFee)
	}
	return f, nil
}

// raise returns fees that a node takes in place of old: each higher by at least
// the percentage it asks for, and not below what would be offered now.
// [ErrFeeCap] where the least such raise goes over a cap.
func (m market) raise(old fees, l limits) (fees, error) {
	percent := int64(bumpPercent)
	if m.blobBase != nil {
		percent = blobBumpPercent
	}
	cap := bumped(old.cap, percent)
	if cap.Cmp(l.maxFee) > 0 {
		return fees{}, fmt.Errorf("%w: the fee is %v wei, the next would be %v wei, the cap is %v wei", ErrFeeCap, old.cap, cap, l.maxFee)
	}
	tip := larger(bumped(old.tip, percent), larger(m.tip, l.minTip))
	f := fees{cap: larger(cap, smaller(m.wanted(tip), l.maxFee)), blobCap: new(big.Int)}
	f.tip = smaller(tip, f.cap)
	if m.blobBase != nil {
		blobCap := bumped(old.blobCap, percent)
		if blobCap.Cmp(l.maxBlobFee) > 0 {
			return fees{}, fmt.Errorf("%w: the blob fee is %v wei, the next would be %v wei, the cap is %v wei",
				ErrFeeCap, old.blobCap, blobCap, l.maxBlobFee)
		}
		f.blobCap = larger(blobCap, smaller(double(m.blobBase), l.maxBlobFee))
	}
	return f, nil
}

// wanted is the fee cap that leaves room for the base fee to double.
func (m market) wanted(tip *big.Int) *big.Int {
	wanted := double(m.base)
	return wanted.Add(wanted, tip)
}

// bumped returns fee raised by a percentage, rounded up, and by at least 1.
func bumped(fee *big.Int, percent int64) *big.Int {
	raise := new(big.Int).Mul(fee, big.NewInt(percent))
	raise.Add(raise, big.NewInt(99))
	raise.Div(raise, big.NewInt(100))
	return raise.Add(fee, larger(raise, big.NewInt(1)))
}

func double(a *big.Int) *big.Int { return new(big.Int).Lsh(a, 1) }

func larger(a, b *big.Int) *big.Int {
	if a.Cmp(b) > 0 {
		return a
	}
	return b
}

func smaller(a, b *big.Int) *big.Int {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}
