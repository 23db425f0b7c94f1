package memory_test

import (
	"math/rand/v2"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"github.com/quirezk/quire/circuits/gadget/memory"
	"github.com/quirezk/quire/circuits/gadget/multiset"
	"github.com/quirezk/quire/circuits/internal/malice"
)

// Sizes of the test circuit: accesses at times 1 … accesses, on rows indices.
const accesses, rows = 8, 3

// value is exists, nonce, balance, token.
type value [4]frontend.Variable

type access struct {
	Active, Index, Age frontend.Variable
	Read, Write        value
}

type row struct {
	Active, Index, Last frontend.Variable
	First, Final        value
}

// circuit is the memory and nothing else: what accesses write is free.
type circuit struct {
	Public   frontend.Variable `gnark:",public"`
	Accesses [accesses]access
	Rows     [rows]row
}

func (c *circuit) Define(api frontend.API) error {
	arg, err := multiset.New(api)
	if err != nil {
		return err
	}
	api.AssertIsEqual(c.Public, 0)
	columns := func(v value) memory.Value {
		return memory.Value{Exists: arg.Column(v[0]), Nonce: arg.Column(v[1]), Balance: arg.Column(v[2]), Token: arg.Column(v[3])}
	}
	m := memory.New(arg, accesses)
	for i, a := range c.Accesses {
		api.AssertIsBoolean(a.Active)
		m.Access(a.Active, arg.Column(a.Index), i+1, a.Age, columns(a.Read), columns(a.Write))
	}
	for _, r := range c.Rows {
		api.AssertIsBoolean(r.Active)
		m.Init(r.Active, arg.Column(r.Index), columns(r.First))
		m.Final(r.Active, arg.Column(r.Index), r.Last, columns(r.Final))
	}
	return nil
}

func compile(t *testing.T) *malice.System {
	t.Helper()
	ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, new(circuit))
	if err != nil {
		t.Fatal(err)
	}
	sys, err := malice.New(ccs)
	if err != nil {
		t.Fatal(err)
	}
	return sys
}

func run(t *testing.T, sys *malice.System, c *circuit) *malice.Report {
	t.Helper()
	report, err := sys.Run(c)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// program is accesses of the indices, in order (−1: inactive), each of which
// writes a value of its own.
func program(indices [accesses]int) *circuit {
	c := &circuit{Public: 0}
	var now [rows]value
	var last [rows]int
	for i := range rows {
		now[i] = value{i % 2, 10 * i, 100 * i, 3}
		c.Rows[i] = row{Active: 1, Index: 1000 + i, First: now[i]}
	}
	for i, index := range indices {
		if index < 0 {
			c.Accesses[i] = access{Active: 0, Index: 7, Age: 0, Read: value{1, 2, 3, 4}, Write: value{5, 6, 7, 8}} // of no effect
			continue
		}
		write := value{1, 500 + i, 600 + i, 3}
		c.Accesses[i] = access{Active: 1, Index: 1000 + index, Age: i - last[index], Read: now[index], Write: write}
		now[index], last[index] = write, i+1
	}
	for i := range rows {
		c.Rows[i].Last, c.Rows[i].Final = last[i], now[i]
	}
	return c
}

// TestPrograms: random programs run.
func TestPrograms(t *testing.T) {
	sys := compile(t)
	rng := rand.New(rand.NewPCG(5, 5))
	for range 200 {
		var indices [accesses]int
		for i := range indices {
			indices[i] = rng.IntN(rows+1) - 1
		}
		if report := run(t, sys, program(indices)); !report.Satisfied() {
			t.Fatalf("%v: %v", indices, report)
		}
	}
}

// TestForgeries breaks one program, which is
//
//	time   1 2 3 4 5 6 7 8
//	index  0 1 0 – 0 2 1 0
func TestForgeries(t *testing.T) {
	sys := compile(t)
	indices := [accesses]int{0, 1, 0, -1, 0, 2, 1, 0}
	for name, forge := range map[string]func(*circuit){
		"read of a future write": func(c *circuit) {
			// Time 3 reads what time 5 writes, time 5 what time 1 wrote.
			c.Accesses[2].Age, c.Accesses[2].Read = 3-1-5, c.Accesses[4].Write
			c.Accesses[4].Age, c.Accesses[4].Read = 5-1-1, c.Accesses[0].Write
			c.Accesses[7].Age, c.Accesses[7].Read = 8-1-3, c.Accesses[2].Write
		},
		"read of its own write": func(c *circuit) {
			c.Accesses[5].Age, c.Accesses[5].Read = -1, c.Accesses[5].Write
			c.Rows[2].Last, c.Rows[2].Final = 0, c.Rows[2].First
		},
		"double read": func(c *circuit) { c.Accesses[4].Age, c.Accesses[4].Read = 5-1-1, c.Accesses[0].Write },
		"stale read": func(c *circuit) {
			c.Accesses[7].Age, c.Accesses[7].Read = 8-1-3, c.Accesses[2].Write
		},
		"read of the first value again":   func(c *circuit) { c.Accesses[7].Age, c.Accesses[7].Read = 7, c.Rows[0].First },
		"read of another index":           func(c *circuit) { c.Accesses[6].Age, c.Accesses[6].Read = 0, c.Accesses[5].Write },
		"read of an index without row":    func(c *circuit) { c.Accesses[5].Index = 9999 },
		"read of a time without write":    func(c *circuit) { c.Accesses[7].Age = 8 - 1 - 4 },
		"read by an inactive access":      func(c *circuit) { c.Accesses[7].Active = 0 },
		"inactive access that is":         func(c *circuit) { c.Accesses[3].Active = 1 },
		"access that counts twice":        func(c *circuit) { c.Accesses[7].Active = 2 },
		"access that counts minus once":   func(c *circuit) { c.Accesses[7].Active = -1 },
		"final value of an earlier time":  func(c *circuit) { c.Rows[0].Last, c.Rows[0].Final = 5, c.Accesses[4].Write },
		"final value is the first":        func(c *circuit) { c.Rows[0].Last, c.Rows[0].Final = 0, c.Rows[0].First },
		"final values swapped":            func(c *circuit) { c.Rows[0].Final, c.Rows[1].Final = c.Rows[1].Final, c.Rows[0].Final },
		"final values and times swapped":  func(c *circuit) { swap(c, 0, 1) },
		"row without its end":             func(c *circuit) { c.Rows[2].Active = 0 },
		"another first value":             func(c *circuit) { c.Rows[0].First[2] = 1 << 40 },
		"read: another exists":            func(c *circuit) { c.Accesses[4].Read[0] = 0 },
		"read: another nonce":             func(c *circuit) { c.Accesses[4].Read[1] = 0 },
		"read: another balance":           func(c *circuit) { c.Accesses[4].Read[2] = 0 },
		"read: another token":             func(c *circuit) { c.Accesses[4].Read[3] = 4 },
		"final: another exists":           func(c *circuit) { c.Rows[1].Final[0] = 0 },
		"final: another nonce":            func(c *circuit) { c.Rows[1].Final[1] = 0 },
		"final: another balance":          func(c *circuit) { c.Rows[1].Final[2] = 0 },
		"final: another token":            func(c *circuit) { c.Rows[1].Final[3] = 4 },
		"nonce and balance trade a carry": func(c *circuit) { c.Rows[1].Final[1], c.Rows[1].Final[2] = 506-1, 606+1 },
		// Two rows with an end each are for package nodes to rule out.
		"two rows with one end": func(c *circuit) { c.Rows[2] = c.Rows[1] },
	} {
		t.Run(name, func(t *testing.T) {
			c := program(indices)
			if report := run(t, sys, c); !report.Satisfied() {
				t.Fatalf("the honest program: %v", report)
			}
			forge(c)
			if run(t, sys, c).Satisfied() {
				t.Error("accepted")
			}
		})
	}
}

func swap(c *circuit, i, j int) {
	c.Rows[i].Final, c.Rows[j].Final = c.Rows[j].Final, c.Rows[i].Final
	c.Rows[i].Last, c.Rows[j].Last = c.Rows[j].Last, c.Rows[i].Last
}

// TestAgesAreNeeded: the cycle of reads of "read of its own write" balances the
// multiset; only the range of its age speaks against it.
func TestAgesAreNeeded(t *testing.T) {
	sys := compile(t)
	c := program([accesses]int{0, 1, 0, -1, 0, 2, 1, 0})
	c.Accesses[5].Age, c.Accesses[5].Read = -1, c.Accesses[5].Write
	c.Rows[2].Last, c.Rows[2].Final = 0, c.Rows[2].First
	report := run(t, sys, c)
	if n := len(report.Violations); n != 1 && n != 2 {
		t.Errorf("%d constraints fail, want the range check alone: %v", n, report)
	}
	if n := len(run(t, sys, program([accesses]int{})).Violations); n != 0 {
		t.Errorf("%d constraints fail without the cycle", n)
	}
}

// TestHintsArePinned mutates every limb and count.
func TestHintsArePinned(t *testing.T) {
	report := run(t, compile(t), program([accesses]int{0, 1, 0, -1, 0, 2, 1, 0}))
	result, err := report.MutateEach(malice.Sweep{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range result.Unnoticed {
		t.Error(u)
	}
}
