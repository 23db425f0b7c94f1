package binding_test

import (
	"math/rand/v2"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"github.com/quirezk/quire/circuits/gadget/binding"
	"github.com/quirezk/quire/circuits/gadget/hash"
	"github.com/quirezk/quire/protocol"
)

type circuit struct {
	D, Z, Y frontend.Variable `gnark:",public"`
	V       []frontend.Variable

	shape fr.Element
	// constant is how many of the first elements are constants, of value 5.
	constant int
}

func (c *circuit) Define(api frontend.API) error {
	h, err := hash.New(api)
	if err != nil {
		return err
	}
	v := append([]frontend.Variable(nil), c.V...)
	for i := range c.constant {
		api.AssertIsEqual(v[i], 5)
		v[i] = 5
	}
	binding.Assert(api, h, c.shape, v, c.D, c.Z, c.Y)
	return nil
}

func solved(t *testing.T, ccs constraint.ConstraintSystem, v []fr.Element, s protocol.Statement) bool {
	t.Helper()
	c := &circuit{D: s.D, Z: s.Z, Y: s.Y}
	for _, x := range v {
		c.V = append(c.V, x)
	}
	w, err := frontend.NewWitness(c, ecc.BN254.ScalarField())
	if err != nil {
		t.Fatal(err)
	}
	return ccs.IsSolved(w) == nil
}

// TestBinding: the vector's own statement, and none beside it.
func TestBinding(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	random := func() (e fr.Element) {
		var b [48]byte
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		e.SetBytes(b[:])
		return e
	}
	shape := protocol.Shape{Openings: 1}.ID()
	one := fr.One()
	for _, n := range []int{1, 6, 7, 8, 25} {
		for _, constant := range []int{0, min(n, 3), n} {
			ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, &circuit{V: make([]frontend.Variable, n), shape: shape, constant: constant})
			if err != nil {
				t.Fatal(err)
			}
			v := make([]fr.Element, n)
			for i := range v {
				v[i] = random()
				if i < constant {
					v[i].SetUint64(5)
				}
			}
			for _, z := range []fr.Element{{}, one, random()} {
				s := protocol.Statement{D: protocol.Chain(shape, v), Z: z, Y: protocol.Evaluate(v, z)}
				if !solved(t, ccs, v, s) {
					t.Errorf("%d elements, z = %s: the statement is refused", n, z.String())
				}
				for name, edit := range map[string]func(*protocol.Statement){
					"another digest":  func(s *protocol.Statement) { s.D.Add(&s.D, &one) },
					"another value":   func(s *protocol.Statement) { s.Y.Add(&s.Y, &one) },
					"another shape":   func(s *protocol.Statement) { s.D = protocol.Chain(one, v) },
					"a longer vector": func(s *protocol.Statement) { s.D = protocol.Chain(shape, append(v[:n:n], make([]fr.Element, 7)...)) },
				} {
					wrong := s
					edit(&wrong)
					if solved(t, ccs, v, wrong) {
						t.Errorf("%d elements, z = %s: %s is accepted", n, z.String(), name)
					}
				}
				if n > constant {
					// Another vector, whose value at z is made to agree: the digest tells.
					other := append([]fr.Element(nil), v...)
					other[n-1].Add(&other[n-1], &one)
					if solved(t, ccs, other, protocol.Statement{D: s.D, Z: z, Y: protocol.Evaluate(other, z)}) {
						t.Errorf("%d elements: another vector has the same digest", n)
					}
				}
			}
		}
	}
}
