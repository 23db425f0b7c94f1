package malice

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/constraint/solver"
	gcs "github.com/consensys/gnark/frontend/cs"
)

// Names under which the outputs of gnark's own unconstrained instructions are listed among
// the hints.
const (
	BatchInverse = "gnark/batch-inverse"
	Lookup       = "gnark/lookup"
)

// randomizeHint draws the mask of a commitment. Its package is internal to gnark, so it is
// known by name only.
const randomizeHint = "github.com/consensys/gnark/internal/hints.Randomize"

// constantWire marks a term without a wire in hint and lookup inputs.
const constantWire = math.MaxUint32

// kind says how an instruction computes its outputs.
type kind uint8

const (
	kindCheck   kind = iota // constraint over known wires
	kindSolve               // constraint that defines one wire
	kindHint                // hint function
	kindMask                // mask of a commitment
	kindCommit              // value of a commitment
	kindInverse             // batch inversion
	kindLookup              // table lookup
)

// side is the linear expression of a constraint in which the wire it defines stands.
type side uint8

const (
	sideL side = iota
	sideR
	sideO
)

// instruction is one decoded instruction. Its operands stay in the system's call data.
type instruction struct {
	data       uint64 // start in the call data
	constraint uint32 // index of the constraint (kindCheck, kindSolve)
	out        uint32 // first output wire
	outs       uint32 // number of output wires
	table      uint32 // index of the lookup table (kindLookup)
	kind       kind
	side       side // kindSolve
}

// isConstraint reports whether the instruction is a constraint.
func (in *instruction) isConstraint() bool { return in.kind == kindCheck || in.kind == kindSolve }

// table is a lookup table: its entries as linear expressions, in call-data form.
type table struct {
	blueprint constraint.BlueprintID
	calldata  []uint32
	entries   []uint32 // start of each entry in calldata
}

// System is a compiled constraint system, decoded for solving it again and again.
// It is read only after New and may be used from several goroutines.
type System struct {
	ccs          *cs.R1CS
	instructions []instruction
	producer     []uint32 // by wire: the instruction that computes it; undefined for inputs
	nInputs      int      // wires [0, nInputs) are the constant one, public and secret inputs
	firstCommit  int      // index of the first commitment's instruction
	tables       []table
	inputs       map[string][]int // wires by gnark's flattened name
	hints        map[solver.HintID]solver.Hint
	names        map[solver.HintID]string
	called       map[string]bool // names of the hints that are called

	graphOnce sync.Once
	graph     graph
}

// Option configures New.
type Option func(*System)

// WithHints makes hint functions known that are not in gnark's registry
// (solver.RegisterHint).
func WithHints(hints ...solver.Hint) Option {
	return func(s *System) {
		for _, h := range hints {
			s.hints[solver.GetHintID(h)] = h
		}
	}
}

// New decodes a constraint system compiled for R1CS over BN254. It fails when the system is
// of another kind, when a hint it calls is not known, and when it holds a kind of
// instruction (such as gnark's GKR) that the package cannot run.
func New(ccs constraint.ConstraintSystem, opts ...Option) (*System, error) {
	r1cs, ok := ccs.(*cs.R1CS)
	if !ok || r1cs.Type != constraint.SystemR1CS {
		return nil, fmt.Errorf("malice: constraint system is %T, want an R1CS over BN254", ccs)
	}
	s := &System{
		ccs:         r1cs,
		nInputs:     len(r1cs.Public) + len(r1cs.Secret),
		firstCommit: math.MaxInt,
		inputs:      make(map[string][]int),
		hints:       make(map[solver.HintID]solver.Hint),
		names:       r1cs.MHintsDependencies,
		called:      make(map[string]bool),
	}
	for _, opt := range opts {
		opt(s)
	}
	if err := s.resolveHints(); err != nil {
		return nil, err
	}
	for i, name := range r1cs.Public[1:] { // wire 0 is the constant one
		s.inputs[name] = append(s.inputs[name], 1+i)
	}
	for i, name := range r1cs.Secret {
		s.inputs[name] = append(s.inputs[name], len(r1cs.Public)+i)
	}
	if err := s.decode(); err != nil {
		return nil, err
	}
	return s, nil
}

// resolveHints finds the function of every hint that the circuit calls.
func (s *System) resolveHints() error {
	var missing []string
	for id, name := range s.names {
		if _, ok := s.hints[id]; ok {
			continue
		}
		if h := solver.GetRegisteredHint(id); h != nil {
			s.hints[id] = h
		} else if name != randomizeHint {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return fmt.Errorf("malice: unknown hints %s: register them or pass WithHints", strings.Join(missing, ", "))
	}
	return nil
}

// decode reads the instructions once and finds the wires that each computes.
func (s *System) decode() error {
	nWires := s.nInputs + s.ccs.NbInternalVariables
	s.instructions = make([]instruction, len(s.ccs.Instructions))
	s.producer = make([]uint32, nWires)
	known := make([]bool, nWires)
	for i := range s.nInputs {
		known[i] = true
	}
	tableOf := make(map[constraint.BlueprintID]uint32)
	for i, packed := range s.ccs.Instructions {
		in := &s.instructions[i]
		in.data = packed.StartCallData
		data := s.ccs.CallData[in.data:]
		switch b := s.ccs.Blueprints[packed.BlueprintID].(type) {
		case *constraint.BlueprintGenericR1C:
			in.constraint = packed.ConstraintOffset
			if err := in.decodeR1C(data, known); err != nil {
				return fmt.Errorf("malice: constraint %d: %w", in.constraint, err)
			}
		case *constraint.BlueprintGenericHint:
			s.decodeHint(in, data)
			if in.kind == kindCommit {
				s.firstCommit = min(s.firstCommit, i)
			}
		case *constraint.BlueprintBatchInverse[constraint.U64]:
			in.kind, in.out, in.outs = kindInverse, packed.WireOffset, data[1]
		case *constraint.BlueprintLookupHint[constraint.U64]:
			in.kind, in.out, in.outs = kindLookup, packed.WireOffset, data[2]
			t, ok := tableOf[packed.BlueprintID]
			if !ok {
				t = uint32(len(s.tables))
				tableOf[packed.BlueprintID] = t
				s.tables = append(s.tables, newTable(packed.BlueprintID, b.EntriesCalldata))
			}
			in.table = t
		default:
			return fmt.Errorf("malice: instruction %d is a %T, which is not supported", i, b)
		}
		if !in.isConstraint() {
			s.called[s.hintName(in)] = true
		}
		for w := in.out; w < in.out+in.outs; w++ {
			known[w] = true
			s.producer[w] = uint32(i)
		}
	}
	for w, ok := range known {
		if !ok {
			return fmt.Errorf("malice: wire %d is computed by no instruction", w)
		}
	}
	return nil
}

// decodeR1C finds the wire that the constraint defines, if any.
func (in *instruction) decodeR1C(data []uint32, known []bool) error {
	in.kind = kindCheck
	at := 4
	for s := sideL; s <= sideO; s++ {
		for range data[1+s] {
			if w := data[at+1]; !known[w] {
				if in.kind == kindSolve {
					return errors.New("more than one unknown wire")
				}
				in.kind, in.side, in.out, in.outs = kindSolve, s, w, 1
			}
			at += 2
		}
	}
	return nil
}

// decodeHint finds the output wires of a hint call and tells a commitment from other hints.
func (s *System) decodeHint(in *instruction, data []uint32) {
	at := 3
	for range data[2] {
		at += 1 + 2*int(data[at])
	}
	in.out, in.outs = data[at], data[at+1]-data[at]
	switch id := solver.HintID(data[1]); {
	case id == solver.GetHintID(gcs.Bsb22CommitmentComputePlaceholder):
		in.kind = kindCommit
	case s.names[id] == randomizeHint:
		in.kind = kindMask
	default:
		in.kind = kindHint
	}
}

func newTable(id constraint.BlueprintID, calldata []uint32) table {
	t := table{blueprint: id, calldata: calldata}
	for at := 0; at < len(calldata); at += 1 + 2*int(calldata[at]) {
		t.entries = append(t.entries, uint32(at))
	}
	return t
}

// Wires returns the number of wires, the constant one included.
func (s *System) Wires() int { return len(s.producer) }

// Inputs returns the number of public and secret inputs. Their wires are 1 to Inputs, the
// public ones first.
func (s *System) Inputs() int { return s.nInputs - 1 }

// InputWire returns the wire of a public or secret input. The name is a path in the circuit
// struct, such as "Transfers[3].Amount"; gnark's flattened form "Transfers_3_Amount" works
// too. A field renamed by its gnark tag goes by the name in the tag.
func (s *System) InputWire(name string) (int, error) {
	flat := strings.NewReplacer("].", "_", "]", "", "[", "_", ".", "_").Replace(name)
	wires, ok := s.inputs[flat]
	if !ok {
		wires, ok = s.inputs[name]
	}
	switch {
	case !ok:
		return 0, fmt.Errorf("malice: no input %q in the circuit", name)
	case len(wires) > 1:
		return 0, fmt.Errorf("malice: input %q is ambiguous: wires %v flatten to one name", name, wires)
	}
	return wires[0], nil
}

// Commitments returns the number of BSB22 commitments. Layer 1 can verify exactly one.
func (s *System) Commitments() int { return len(s.commitments()) }

// Committed returns the set of wires that enter a BSB22 commitment, public wires and earlier
// commitments included.
func (s *System) Committed() map[int]bool {
	set := make(map[int]bool)
	for _, c := range s.commitments() {
		for _, w := range c.PublicAndCommitmentCommitted {
			set[w] = true
		}
		for _, w := range c.PrivateCommitted {
			set[w] = true
		}
	}
	return set
}

// Challenges returns the wires that hold the values of the commitments, in order.
func (s *System) Challenges() []int { return s.commitments().CommitmentIndexes() }

func (s *System) commitments() constraint.Groth16Commitments {
	return s.ccs.CommitmentInfo.(constraint.Groth16Commitments)
}

// HintCall is one call of a hint, or one batch inversion or lookup.
type HintCall struct {
	Hint    string // full name of the function, BatchInverse or Lookup
	N       int    // how many calls of this hint came before
	Outputs []int  // output wires
}

// HintCalls lists the calls of a hint in the order of compilation. The hint is named as in
// HintOutput.
func (s *System) HintCalls(hint string) ([]HintCall, error) {
	instrs, err := s.callsOf(hint)
	if err != nil {
		return nil, err
	}
	calls := make([]HintCall, len(instrs))
	for n, i := range instrs {
		calls[n] = s.call(int(i), n)
	}
	return calls, nil
}

func (s *System) call(i, n int) HintCall {
	in := &s.instructions[i]
	c := HintCall{Hint: s.hintName(in), N: n, Outputs: make([]int, in.outs)}
	for j := range c.Outputs {
		c.Outputs[j] = int(in.out) + j
	}
	return c
}

// hintName names the hint that an instruction calls; it is empty for a constraint.
func (s *System) hintName(in *instruction) string {
	switch in.kind {
	case kindHint, kindMask, kindCommit:
		return s.names[solver.HintID(s.ccs.CallData[in.data+1])]
	case kindInverse:
		return BatchInverse
	case kindLookup:
		return Lookup
	default:
		return ""
	}
}

// fullHintName resolves a short name of a hint: the full name, or the end of it after a
// slash or dot.
func (s *System) fullHintName(hint string) (string, error) {
	if s.called[hint] {
		return hint, nil
	}
	var matches []string
	for name := range s.called {
		if strings.HasSuffix(name, "/"+hint) || strings.HasSuffix(name, "."+hint) {
			matches = append(matches, name)
		}
	}
	switch len(matches) {
	case 0:
		return "", fmt.Errorf("malice: the circuit calls no hint %q", hint)
	case 1:
		return matches[0], nil
	}
	slices.Sort(matches)
	return "", fmt.Errorf("malice: %q is ambiguous among the hints %s", hint, strings.Join(matches, ", "))
}

// callsOf lists the instructions that call a hint.
func (s *System) callsOf(hint string) ([]uint32, error) {
	name, err := s.fullHintName(hint)
	if err != nil {
		return nil, err
	}
	var calls []uint32
	for i := range s.instructions {
		if in := &s.instructions[i]; !in.isConstraint() && s.hintName(in) == name {
			calls = append(calls, uint32(i))
		}
	}
	return calls, nil
}
