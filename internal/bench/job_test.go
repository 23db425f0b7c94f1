package bench

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend"
	"github.com/consensys/gnark/backend/groth16"
	groth16bn254 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/backend/solidity"
	gnarkwitness "github.com/consensys/gnark/backend/witness"
	"github.com/consensys/gnark/constraint"
	csbn254 "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/circuits/orient"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/protocol/workload"
	"github.com/quirezk/quire/statetree"
	"github.com/quirezk/quire/witness"
)

// workloads are what the shapes are measured with: what they are tuned to.
var workloads = map[string]workload.Config{
	"small":    {Seed: 1, Transfers: 16, Distribution: workload.Uniform, Accounts: 4, IndexBits: 4},
	"t512":     {Seed: 1, Transfers: 512, Distribution: workload.Uniform, Accounts: 1024, IndexBits: 20},
	"t512-hot": {Seed: 1, Transfers: 512, Distribution: workload.Zipf, Exponent: 1.1, IndexBits: 20},
}

// filled is a full batch of a shape's workload.
type filled struct {
	assignment *batch.Circuit
	transfers  int
	took       time.Duration // to seal and build it
}

func fill(b *testing.B, shape protocol.Shape) filled {
	b.Helper()
	w, err := workload.Generate(workloads[shape.Name])
	if err != nil {
		b.Fatal(err)
	}
	tree := statetree.OpenMemory()
	var updates []statetree.Update
	for i, account := range w.State.All() {
		updates = append(updates, statetree.Update{Index: i, Account: account})
	}
	if _, err := tree.Load(b.Context(), w.BatchNumber, updates, nil); err != nil {
		b.Fatal(err)
	}
	snapshot, err := tree.Snapshot()
	if err != nil {
		b.Fatal(err)
	}
	content := w.Fill(shape)
	start := time.Now()
	sealed, err := witness.Seal(witness.FromSnapshot(snapshot), shape, content)
	if err != nil {
		b.Fatal(err)
	}
	built, err := witness.Build(sealed, [20]byte{})
	if err != nil {
		b.Fatal(err)
	}
	return filled{built.Assignment, len(content.Transfers), time.Since(start)}
}

// job is a compiled circuit with a full witness and a dummy key: proving takes
// the same work as under a real key, and the result is a proof of nothing.
type job struct {
	ccs     constraint.ConstraintSystem
	key     groth16.ProvingKey
	witness gnarkwitness.Witness
}

// compile compiles a circuit as batch.Compile does, but with other options, or
// another circuit.
func compile(b *testing.B, circuit frontend.Circuit, options ...frontend.CompileOption) constraint.ConstraintSystem {
	b.Helper()
	ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, circuit, options...)
	if err != nil {
		b.Fatal(err)
	}
	orient.Factors(ccs.(*csbn254.R1CS))
	return ccs
}

func newJob(b *testing.B, ccs constraint.ConstraintSystem, assignment frontend.Circuit) *job {
	b.Helper()
	full, err := frontend.NewWitness(assignment, ecc.BN254.ScalarField())
	if err != nil {
		b.Fatal(err)
	}
	key := new(groth16bn254.ProvingKey)
	if err := groth16bn254.DummySetup(ccs.(*csbn254.R1CS), key); err != nil {
		b.Fatal(err)
	}
	markInfinity(b, ccs.(*csbn254.R1CS), key)
	return &job{ccs, key, full}
}

// markInfinity has a dummy key leave out the points that a real key leaves out:
// those of wires that stand in no row of A, or of B. The dummy leaves out as
// many, but the first ones, whatever they cost.
func markInfinity(b *testing.B, system *csbn254.R1CS, key *groth16bn254.ProvingKey) {
	b.Helper()
	mark := func(infinite []bool, count uint64, side func(*constraint.R1C) constraint.LinearExpression) {
		for i := range infinite {
			infinite[i] = true
		}
		it := system.GetR1CIterator()
		for r := it.Next(); r != nil; r = it.Next() {
			for _, term := range side(r) {
				infinite[term.WireID()] = false
			}
		}
		marked := uint64(0)
		for _, yes := range infinite {
			if yes {
				marked++
			}
		}
		if marked != count {
			b.Fatalf("%d wires are in no row, the key leaves out %d", marked, count)
		}
	}
	mark(key.InfinityA, key.NbInfinityA, func(r *constraint.R1C) constraint.LinearExpression { return r.L })
	mark(key.InfinityB, key.NbInfinityB, func(r *constraint.R1C) constraint.LinearExpression { return r.R })
}

// cost is what a proof took.
type cost struct {
	elapsed time.Duration
	// processor is the time that the process had, on all processors: other work
	// on the machine stretches it less than it does the clock's.
	processor time.Duration
}

func (c *cost) add(d cost) { c.elapsed, c.processor = c.elapsed+d.elapsed, c.processor+d.processor }

// prove solves and proves once.
func (j *job) prove(b *testing.B) cost {
	b.Helper()
	runtime.GC() // what came before is not this proof's to clear away
	start, used := time.Now(), processorTime(b)
	if _, err := groth16.Prove(j.ccs, j.key, j.witness, solidity.WithProverTargetSolidityVerifier(backend.GROTH16)); err != nil {
		b.Fatal(err)
	}
	return cost{time.Since(start), processorTime(b) - used}
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// density is what proving time depends on besides the number of constraints.
type density struct {
	nonZeros float64 // of A, B and C together, per constraint
	bits     float64 // share of the wires that are 0 or 1
}

func (j *job) density(b *testing.B) density {
	b.Helper()
	system := j.ccs.(*csbn254.R1CS)
	total := 0
	it := system.GetR1CIterator()
	for r := it.Next(); r != nil; r = it.Next() {
		total += len(r.L) + len(r.R) + len(r.O)
	}
	solution, err := j.ccs.Solve(j.witness)
	if err != nil {
		b.Fatal(err)
	}
	bits, one := 0, fr.One()
	wires := solution.(*csbn254.R1CSSolution).W
	for i := range wires {
		if wires[i].IsZero() || wires[i].Equal(&one) {
			bits++
		}
	}
	return density{float64(total) / float64(j.ccs.GetNbConstraints()), float64(bits) / float64(len(wires))}
}

// peakMemory is the process's largest resident set so far, in GiB.
func peakMemory(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0 // not Linux: no figure
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kib / (1 << 20)
		}
	}
	return 0
}
