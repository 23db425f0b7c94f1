package hash_test

import (
	"math/rand/v2"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/test"

	"github.com/quirezk/quire/circuits/gadget/hash"
	"github.com/quirezk/quire/protocol"
)

// chainLengths are those that matter: none, less than one call, exactly one,
// one more, several.
var chainLengths = [...]int{0, 1, 6, 7, 8, 20}

// circuit computes every hash of the package from the same words.
type circuit struct {
	In     [21]frontend.Variable
	Words  [4]frontend.Variable // of the first four
	H4, H8 frontend.Variable
	Chains [len(chainLengths)]frontend.Variable // from In[20]

	constants map[int]fr.Element // words that are constants of the circuit
}

func (c *circuit) Define(api frontend.API) error {
	h, err := hash.New(api)
	if err != nil {
		return err
	}
	in := c.In
	for i, v := range c.constants {
		api.AssertIsEqual(in[i], v)
		in[i] = v
	}
	for i, w := range h.Words4([4]frontend.Variable(in[:4])) {
		api.AssertIsEqual(w, c.Words[i])
	}
	api.AssertIsEqual(h.H4(in[0], in[1], in[2], in[3]), c.H4)
	api.AssertIsEqual(h.H8([8]frontend.Variable(in[:8])), c.H8)
	for i, n := range chainLengths {
		api.AssertIsEqual(h.Chain(in[20], in[:n]), c.Chains[i])
	}
	return nil
}

// native is the assignment that protocol computes.
func native(in [21]fr.Element) *circuit {
	c := new(circuit)
	for i := range in {
		c.In[i] = in[i]
	}
	words := [4]fr.Element(in[:4])
	protocol.Permute4(&words)
	for i := range words {
		words[i].Add(&words[i], &in[i])
		c.Words[i] = words[i]
	}
	c.H4 = protocol.H4(in[0], in[1], in[2], in[3])
	c.H8 = protocol.H8([8]fr.Element(in[:8]))
	for i, n := range chainLengths {
		c.Chains[i] = protocol.Chain(in[20], in[:n])
	}
	return c
}

// vectors are 0, 1 and r − 1 in all places and mixed, then random words.
func vectors(n int) [][21]fr.Element {
	var minusOne fr.Element
	minusOne.SetOne()
	minusOne.Neg(&minusOne)
	corners := []fr.Element{{}, fr.One(), minusOne}
	rng := rand.New(rand.NewPCG(1, 1))
	out := make([][21]fr.Element, n)
	for i := range out {
		for j := range out[i] {
			switch {
			case i < len(corners):
				out[i][j] = corners[i]
			case i < 20:
				out[i][j] = corners[rng.IntN(len(corners))]
			default:
				var b [48]byte
				for k := range b {
					b[k] = byte(rng.Uint32())
				}
				out[i][j].SetBytes(b[:])
			}
		}
	}
	return out
}

// TestGadgetIsNative runs gnark's test engine, which has variables where the
// compiler may have constants, on a thousand vectors.
func TestGadgetIsNative(t *testing.T) {
	for i, v := range vectors(1000) {
		if err := test.IsSolved(new(circuit), native(v), ecc.BN254.ScalarField()); err != nil {
			t.Fatalf("vector %d: %v", i, err)
		}
	}
}

// TestCompiledIsNative runs the compiled circuit, with variables and with
// constants in some places and in all.
func TestCompiledIsNative(t *testing.T) {
	all := vectors(30)
	places := map[string][]int{"variables": nil, "a tag": {2, 7}, "padding": {4, 5, 6, 7, 20}, "all constant": make([]int, 21)}
	for i := range places["all constant"] {
		places["all constant"][i] = i
	}
	for name, constant := range places {
		t.Run(name, func(t *testing.T) {
			compiled := &circuit{constants: make(map[int]fr.Element)}
			first := all[len(all)-1]
			for _, i := range constant {
				compiled.constants[i] = first[i]
			}
			ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, compiled)
			if err != nil {
				t.Fatal(err)
			}
			for n, v := range all {
				for _, i := range constant {
					v[i] = first[i]
				}
				assignment := native(v)
				if err := solved(ccs, assignment); err != nil {
					t.Fatalf("vector %d: %v", n, err)
				}
				// The output and no other.
				wrong := *assignment
				h4 := protocol.H4(v[0], v[1], v[2], v[3])
				one := fr.One()
				wrong.H4 = *h4.Add(&h4, &one)
				if solved(ccs, &wrong) == nil {
					t.Fatalf("vector %d: another H4 is accepted", n)
				}
			}
		})
	}
}

func solved(ccs constraint.ConstraintSystem, c *circuit) error {
	w, err := frontend.NewWitness(c, ecc.BN254.ScalarField())
	if err != nil {
		return err
	}
	return ccs.IsSolved(w)
}

// TestCost pins what the comments say.
func TestCost(t *testing.T) {
	for name, tc := range map[string]struct {
		define func(*hash.Hasher, []frontend.Variable) frontend.Variable
		want   int
	}{
		"H4": {func(h *hash.Hasher, in []frontend.Variable) frontend.Variable {
			return h.H4(in[0], in[1], in[2], in[3])
		}, 264},
		"H8": {func(h *hash.Hasher, in []frontend.Variable) frontend.Variable { return h.H8([8]frontend.Variable(in)) }, 363},
	} {
		ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, &cost{define: tc.define})
		if err != nil {
			t.Fatal(err)
		}
		if n := ccs.GetNbConstraints() - 1; n != tc.want {
			t.Errorf("%s takes %d constraints, its comment says %d", name, n, tc.want)
		}
	}
}

type cost struct {
	In  [8]frontend.Variable
	Out frontend.Variable

	define func(*hash.Hasher, []frontend.Variable) frontend.Variable
}

func (c *cost) Define(api frontend.API) error {
	h, err := hash.New(api)
	if err != nil {
		return err
	}
	api.AssertIsEqual(c.define(h, c.In[:]), c.Out)
	return nil
}
