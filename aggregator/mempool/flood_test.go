package mempool

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/quirezk/quire/protocol"
)

const floodTotal = 2000

// flooded returns a pool that attackers have filled with transfers of at least
// this distance, and a step that has them go on: any nonce, any fee.
func flooded(t testing.TB, attackers int, distance uint64) (*Pool, func() []Removed) {
	t.Helper()
	p := New(Limits{MaxTotal: floodTotal})
	rng := rand.New(rand.NewPCG(1, distance))
	count := uint64(0)
	step := func() []Removed {
		count++
		from := protocol.Index(1 + rng.IntN(attackers))
		nonce := distance + rng.Uint64N(DefaultNonceWindow-distance+1)
		added, _ := p.Add(wait(from, nonce, rng.Uint64()).received(count), 0)
		return added.Removed
	}
	for p.Len() < floodTotal {
		step()
	}
	return p, step
}

// Transfers with gaps before them, from any number of accounts and with any fee,
// neither keep an account's next transfer out nor push it out.
func TestGapFloodDoesNotTouchNextTransfers(t *testing.T) {
	for _, attackers := range []int{40, 500, 20 * floodTotal} {
		t.Run(fmt.Sprint(attackers), func(t *testing.T) {
			p, step := flooded(t, attackers, 1)
			const honest = 1_000_000 // the first of their indices
			for i := range floodTotal {
				e := wait(protocol.Index(honest+i), 7, 0).received(uint64(i))
				added, err := p.Add(e, 7)
				if err != nil {
					t.Fatalf("honest transfer %d: %v", i, err)
				}
				removed := added.Removed
				for range 5 {
					removed = append(removed, step()...)
				}
				for _, r := range removed {
					if r.Entry.Signed.From >= honest {
						t.Fatalf("pushed out: account %d (%v)", r.Entry.Signed.From, r.Reason)
					}
				}
			}
			for i := range floodTotal {
				if _, ok := p.Next(protocol.Index(honest+i), 7); !ok {
					t.Fatalf("honest transfer %d does not wait", i)
				}
			}
		})
	}
}

// k accounts keep a transfer of distance d out only if k·(d+1) is the whole pool;
// then they do, whatever the transfer pays.
func TestPlacesNeedAccounts(t *testing.T) {
	for _, d := range []uint64{0, 1, 4, 9} {
		attackers := floodTotal / int(d+1)
		p := New(Limits{MaxTotal: floodTotal})
		add := func(from protocol.Index) error {
			for nonce := range d + 1 {
				if _, err := p.Add(wait(from, nonce, 0), 0); err != nil {
					return err
				}
			}
			return nil
		}
		for i := range attackers - 1 {
			if err := add(protocol.Index(1 + i)); err != nil {
				t.Fatal(err)
			}
		}
		honest := protocol.Index(1_000_000)
		if _, err := p.Add(wait(honest, d, 0), 0); err != nil {
			t.Errorf("distance %d, one account short of a full pool: %v", d, err)
		}
		if _, ok := p.Remove(honest, d); !ok {
			t.Fatal("not there")
		}
		if err := add(protocol.Index(attackers)); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Add(wait(honest, d, 1_000_000), 0); !errors.Is(err, ErrFull) {
			t.Errorf("distance %d, the whole pool within it: %v", d, err)
		}
		// Whoever is nearer still gets in.
		if d > 0 {
			if added, err := p.Add(wait(honest, d-1, 0), 0); err != nil || len(added.Removed) != 1 {
				t.Errorf("distance %d: %+v, %v", d-1, added, err)
			}
		}
	}
}

// One account never has more than its share, nor pushes out what is as near.
func TestOneAccountFlood(t *testing.T) {
	p, step := flooded(t, 40, 0)
	for i := range protocol.Index(100) {
		if _, err := p.Add(wait(1000+i, 0, 0), 0); err != nil {
			t.Fatal(err)
		}
	}
	for range 20_000 {
		for _, r := range step() {
			if r.Entry.Signed.From >= 1000 {
				t.Fatalf("account %d was pushed out", r.Entry.Signed.From)
			}
		}
	}
	for i := range protocol.Index(41) {
		if n := len(p.Of(i)); n > DefaultMaxPerAccount {
			t.Errorf("account %d has %d", i, n)
		}
	}
}

// benchmarkPool is full but for one place.
func benchmarkPool(b *testing.B) (*Pool, []Entry) {
	b.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	p := New(Limits{})
	for p.Len() < DefaultMaxTotal-1 {
		from, nonce := protocol.Index(1+rng.IntN(20_000)), rng.Uint64N(DefaultNonceWindow)
		_, _ = p.Add(wait(from, nonce, 1).received(uint64(p.Len())), 0)
	}
	var entries []Entry
	for len(entries) < 10_000 {
		e := wait(protocol.Index(1+rng.IntN(20_000)), rng.Uint64N(DefaultNonceWindow), 1).received(DefaultMaxTotal)
		if p.lookUp(e.Signed.From, e.Signed.Nonce) == nil && len(p.Of(e.Signed.From)) < DefaultMaxPerAccount {
			entries = append(entries, e)
		}
	}
	return p, entries
}

// processorTime is what the process has used so far. Other work on the machine
// stretches it less than it does the clock's.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// report adds microseconds of processor time for each step.
func report(b *testing.B, start time.Duration) {
	b.ReportMetric(float64((processorTime(b)-start).Nanoseconds())/1e3/float64(b.N), "cpu-µs/op")
}

// BenchmarkAddRemove is one of each, in a pool that is all but full.
func BenchmarkAddRemove(b *testing.B) {
	p, entries := benchmarkPool(b)
	b.ReportAllocs()
	i := 0
	start := processorTime(b)
	for b.Loop() {
		e := &entries[i%len(entries)]
		i++
		if _, err := p.Add(*e, 0); err != nil {
			b.Fatal(err)
		}
		if _, ok := p.Remove(e.Signed.From, e.Signed.Nonce); !ok {
			b.Fatal("not there")
		}
	}
	report(b, start)
}

// BenchmarkFlood adds to a full pool that has to make room or refuse.
func BenchmarkFlood(b *testing.B) {
	_, step := flooded(b, 20*floodTotal, 0)
	b.ReportAllocs()
	start := processorTime(b)
	for b.Loop() {
		step()
	}
	report(b, start)
}
