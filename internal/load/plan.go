package load

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"golang.org/x/sync/errgroup"

	"github.com/quirezk/quire/protocol"
)

// maxAmount is the most that a step's transfer pays, in the token's smallest unit:
// a run is about how many transfers there are.
const maxAmount = 1000

// step is what one wallet does at one time.
type step struct {
	at     time.Duration // after the beginning; 0 without a rate
	kind   *kind
	from   int // wallets
	to     int
	amount uint64
}

// draw draws a run's steps: a function of seed and numbers alone.
func draw(o *Options, r *rules) []step {
	rng := rand.New(rand.NewPCG(o.Seed, 0x10ad))
	wallet := func() int { return rng.IntN(o.Wallets) }
	if o.Zipf != 0 {
		zipf := rand.NewZipf(rng, o.Zipf, 1, uint64(o.Wallets-1))
		wallet = func() int { return int(zipf.Uint64()) }
	}
	var invalid []*kind
	for _, k := range refusals {
		if k.possible == nil || k.possible(r) {
			invalid = append(invalid, k)
		}
	}
	steps := make([]step, o.Steps)
	var at time.Duration
	for i := range steps {
		s := step{at: at, kind: transfers, from: wallet(), to: wallet(), amount: 1 + rng.Uint64N(maxAmount)}
		if s.to == s.from {
			s.to = (s.to + 1) % o.Wallets
		}
		which := invalid[rng.IntN(len(invalid))]
		share := rng.Float64()
		for _, c := range []struct {
			share float64
			kind  *kind
		}{{o.Invalid, which}, {o.Gaps, gaps}, {o.Resends, resends}, {o.Withdrawals, withdrawals}} {
			if share < c.share {
				s.kind = c.kind
				break
			}
			share -= c.share
		}
		steps[i] = s
		if o.Rate > 0 { // as independent callers come
			at += time.Duration(rng.ExpFloat64() / o.Rate * float64(time.Second))
		}
	}
	return steps
}

// wallet is an account that the run pays from and to.
type wallet struct {
	key     *protocol.PrivateKey
	index   protocol.Index
	nonce   uint64
	balance protocol.Amount

	scripts [][]item // one for each of its steps, in their order
}

// keyOf is the key of a wallet of a seed.
func keyOf(seed uint64, number int) *protocol.PrivateKey {
	b := append([]byte("quire/load"), make([]byte, 16)...)
	binary.BigEndian.PutUint64(b[len(b)-16:], seed)
	binary.BigEndian.PutUint64(b[len(b)-8:], uint64(number))
	return protocol.NewPrivateKey(sha256.Sum256(b))
}

// needs is what each wallet has to have for its steps.
func needs(steps []step, wallets int, fee protocol.Amount) []protocol.Amount {
	total := make([]protocol.Amount, wallets)
	for i := range steps {
		s := &steps[i]
		for range s.kind.executes {
			total[s.from].AddUint64(&total[s.from], s.amount)
			total[s.from].Add(&total[s.from], &fee)
		}
	}
	return total
}

// write signs the steps, on all processors.
func write(rollup fr.Element, steps []step, wallets []*wallet, r *rules) error {
	byWallet := make([][]*step, len(wallets))
	for i := range steps {
		s := &steps[i]
		byWallet[s.from] = append(byWallet[s.from], s)
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for n, w := range wallets {
		g.Go(func() (err error) {
			w.scripts = make([][]item, 0, len(byWallet[n]))
			nonce := w.nonce
			signWith := func(key *protocol.PrivateKey) func(protocol.Transfer) protocol.SignedTransfer {
				return func(t protocol.Transfer) protocol.SignedTransfer {
					signed, failed := key.SignTransfer(rollup, t)
					if failed != nil {
						err = fmt.Errorf("sign for wallet %d: %w", n, failed)
					}
					return signed
				}
			}
			for _, s := range byWallet[n] {
				text := script{
					rules: r, kind: s.kind, from: w.index, to: wallets[s.to].index, amount: s.amount, nonce: nonce,
					sign: signWith(w.key), forge: signWith(wallets[s.to].key),
					rollup: rollup,
				}
				s.kind.write(&text)
				w.scripts = append(w.scripts, text.items)
				nonce += uint64(s.kind.executes)
			}
			return err
		})
	}
	return g.Wait()
}

// above is the least amount that can be published and is not below x.
func above(x protocol.Amount) protocol.Amount {
	_, up := protocol.NearestAmounts(&x)
	return up
}
