package malice

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint/solver"
)

// Domains of the hash that stands for a commitment, and of the mask.
const (
	challengeDomain = "quire/malice/commitment"
	maskDomain      = "quire/malice/mask"
)

// errLookup is the failure of a lookup whose index is outside of its table.
var errLookup = errors.New("index outside of the table")

// scratch holds buffers that are reused from one instruction to the next.
type scratch struct {
	out    []fr.Element
	in     []fr.Element
	ints   []big.Int
	inPtr  []*big.Int
	outPtr []*big.Int
}

// elements returns n zeros, valid until the next call.
func (s *scratch) elements(n int) []fr.Element {
	s.out = slices.Grow(s.out[:0], n)[:n]
	clear(s.out)
	return s.out
}

// integers returns the inputs as integers and as many outputs as asked for, all 0, valid
// until the next call. A hint may replace the pointers among its outputs.
func (s *scratch) integers(inputs []fr.Element, outputs int) (in, out []*big.Int) {
	n := len(inputs) + outputs
	if len(s.ints) < n {
		s.ints = make([]big.Int, n)
	}
	s.inPtr, s.outPtr = s.inPtr[:0], s.outPtr[:0]
	for i := range n {
		if i < len(inputs) {
			s.inPtr = append(s.inPtr, inputs[i].BigInt(&s.ints[i]))
		} else {
			s.outPtr = append(s.outPtr, s.ints[i].SetUint64(0))
		}
	}
	return s.inPtr, s.outPtr
}

// computeHint computes what an honest prover would put into the outputs of a hint, batch
// inversion, lookup or commitment. Failures are noted and leave zeros.
func (p *pass) computeHint(i uint32, in *instruction, out []fr.Element) {
	var err error
	switch in.kind {
	case kindHint:
		err = p.callHint(in, out)
	case kindMask:
		err = hashToField(out, maskDomain, []byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)})
	case kindCommit:
		err = p.challenge(in, out)
	case kindInverse:
		p.inverses(in, out)
	case kindLookup:
		err = p.lookup(in, out)
	}
	if err != nil {
		p.hintErrors = append(p.hintErrors, HintError{Hint: p.sys.hintName(in), Wire: int(in.out), Err: err, instruction: i})
	}
}

// hintInputs evaluates the inputs of a hint, valid until the next call.
func (p *pass) hintInputs(in *instruction) []fr.Element {
	data := p.sys.ccs.CallData[in.data:]
	p.scratch.in = p.scratch.in[:0]
	at := 3
	for range data[2] {
		v, n := p.readExpression(data[at:])
		p.scratch.in = append(p.scratch.in, v)
		at += n
	}
	return p.scratch.in
}

// callHint calls the hint function. It is called on values that no honest prover would give
// it, so a panic counts as a failure.
func (p *pass) callHint(in *instruction, out []fr.Element) (err error) {
	inputs, outputs := p.scratch.integers(p.hintInputs(in), len(out))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
		for j, v := range outputs {
			if v != nil {
				out[j].SetBigInt(v)
			}
		}
	}()
	hint := p.sys.hints[solver.HintID(p.sys.ccs.CallData[in.data+1])]
	return hint(fr.Modulus(), inputs, outputs)
}

// challenge computes the value of a commitment: a hash of its number and of every committed
// wire, so that changing any of them changes it, as in Groth16.
func (p *pass) challenge(in *instruction, out []fr.Element) error {
	h := sha256.New()
	for _, v := range p.hintInputs(in) {
		b := v.Bytes()
		h.Write(b[:])
	}
	return hashToField(out, challengeDomain, h.Sum(nil))
}

func hashToField(out []fr.Element, domain string, msg []byte) error {
	v, err := fr.Hash(msg, []byte(domain), len(out))
	if err != nil {
		return err
	}
	copy(out, v)
	return nil
}

// inverses computes a batch inversion; the inverse of 0 is 0.
func (p *pass) inverses(in *instruction, out []fr.Element) {
	data := p.sys.ccs.CallData[in.data:]
	at := 2
	for j := range out {
		v, n := p.readExpression(data[at:])
		out[j] = v
		at += n
	}
	copy(out, fr.BatchInvert(out))
}

// lookup reads table entries; an index outside of the table gives 0 and an error.
func (p *pass) lookup(in *instruction, out []fr.Element) error {
	data := p.sys.ccs.CallData[in.data:]
	t := &p.sys.tables[in.table]
	size := uint64(data[1])
	var err error
	at := 3
	for j := range out {
		index, n := p.readExpression(data[at:])
		at += n
		if !index.IsUint64() || index.Uint64() >= size {
			err = errLookup
			continue
		}
		out[j], _ = p.readExpression(t.calldata[t.entries[index.Uint64()]:])
	}
	return err
}
