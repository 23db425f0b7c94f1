package exit_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/consensys/gnark/frontend"

	"github.com/quirezk/quire/circuits/exit"
	"github.com/quirezk/quire/circuits/internal/malice"
)

// TestOneCommitment: the verifier contract and the multiset argument want one.
func TestOneCommitment(t *testing.T) {
	if n := system(t).Commitments(); n != 1 {
		t.Errorf("%d commitments", n)
	}
}

// TestWiresOfSumsAreCommitted: a wire of a sum that were not committed could be
// chosen with the challenge known. The public inputs are in no sum.
func TestWiresOfSumsAreCommitted(t *testing.T) {
	sys := system(t)
	late := sys.Late()
	for _, wire := range late.Uncommitted {
		t.Errorf("wire %d meets the challenge and is not committed", wire)
	}
	// All that is committed is in a sum, but for the mask that hides it.
	if committed := len(sys.Committed()); late.Wires != committed-1 {
		t.Errorf("%d wires meet the challenge, %d are committed: the test does not see the sums", late.Wires, committed)
	}
	for wire := 1; wire <= 3; wire++ {
		if sys.Committed()[wire] {
			t.Errorf("public input %d is committed, though no sum has it", wire)
		}
	}
}

// TestEveryWireIsConstrained: no input and no hint's output stands outside of
// all constraints.
func TestEveryWireIsConstrained(t *testing.T) {
	if unread := system(t).Unread(); len(unread) != 0 {
		t.Errorf("wires %v are in no constraint", unread)
	}
}

// TestMutatedHints sets every hint output of an honest run to other values, one
// at a time: some constraint must notice each.
func TestMutatedHints(t *testing.T) {
	honest, err := honestRun()
	if err != nil {
		t.Fatal(err)
	}
	result, err := honest.MutateEach(malice.Sweep{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d outputs, %d mutations", result.Outputs, result.Mutations)
	if result.Outputs < 100 {
		t.Errorf("%d hint outputs: the test does not see the limbs", result.Outputs)
	}
	for _, u := range result.Unnoticed {
		t.Error(u)
	}
}

// TestMutatedInputs sets every input of an honest run to other values, one at a
// time; hints answer the changed values. The public ones are among them: a proof
// holds for one statement.
func TestMutatedInputs(t *testing.T) {
	c := newProver(example(), alice).prove()
	inputs := 0
	variable := reflect.TypeFor[frontend.Variable]()
	var walk func(name string, v reflect.Value)
	walk = func(name string, v reflect.Value) {
		switch {
		case v.Type() == variable:
			inputs++
			at := v.Addr().Interface().(*frontend.Variable)
			honest := *at
			for _, value := range []frontend.Variable{add(honest, 1), sub(0, honest), 0, sub(0, 1), add(honest, pow2(128)), part(honest, 1)} {
				if el(value) == el(honest) {
					continue
				}
				*at = value
				if solve(t, c).Satisfied() {
					t.Errorf("%s = %v instead of %v: no constraint notices", name, el(value), el(honest))
				}
			}
			*at = honest
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				walk(v.Type().Field(i).Name, v.Field(i))
			}
		case v.Kind() == reflect.Array:
			for i := range v.Len() {
				walk(fmt.Sprintf("%s[%d]", name, i), v.Index(i))
			}
		default:
			t.Fatalf("%s: an input of another kind", name)
		}
	}
	walk("", reflect.ValueOf(c).Elem())
	if want := system(t).Inputs(); inputs != want {
		t.Errorf("%d inputs tried, the circuit has %d", inputs, want)
	}
}

// TestFreeQuotients: no quotient of an honest run is free.
func TestFreeQuotients(t *testing.T) {
	honest, err := honestRun()
	if err != nil {
		t.Fatal(err)
	}
	if len(honest.Free) != 0 {
		t.Errorf("free wires: %v", honest.Free)
	}
}

// TestHeldLimbs: the widths hold when the limbs, too, are the prover's choice.
// Each part of the leaf is moved by a multiple of its bound with the honest
// limbs kept.
func TestHeldLimbs(t *testing.T) {
	honest, err := honestRun()
	if err != nil {
		t.Fatal(err)
	}
	for name, bits := range map[string]int{"Owner": 160, "Token": 32, "Nonce": 40, "Balance": 128} {
		p := newProver(example(), alice)
		p.climb = true
		p.account = func(c *exit.Circuit) {
			at := reflect.ValueOf(c).Elem().FieldByName(name).Addr().Interface().(*frontend.Variable)
			*at = add(*at, pow2(bits))
		}
		report, err := honest.Attack(malice.Assignment(p.prove()), malice.HoldHints())
		if err != nil {
			t.Fatal(err)
		}
		if report.Satisfied() {
			t.Errorf("%s + 2^%d with the limbs of the value is accepted", name, bits)
		}
	}
}
