package batch_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/consensys/gnark/frontend"

	"github.com/quirezk/quire/circuits/batch"
	"github.com/quirezk/quire/circuits/gadget/nodes"
)

// input is a private input of an assignment.
type input struct {
	name string
	at   pointer
}

// privateInputs lists the inputs of an assignment that must not be the prover's
// to choose: all private ones but those of rows that are not in use, and of
// accesses that do not take place.
func privateInputs(c *batch.Circuit) []input {
	inputs := []input{
		{"OldRoot", &c.OldRoot}, {"NewRoot", &c.NewRoot}, {"RollupID", &c.RollupID}, {"Number", &c.Number}, {"S", &c.S},
	}
	variable := reflect.TypeFor[frontend.Variable]()
	var walk func(name string, v reflect.Value)
	walk = func(name string, v reflect.Value) {
		switch {
		case v.Type() == variable:
			inputs = append(inputs, input{name, v.Addr().Interface().(pointer)})
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				walk(name+"."+v.Type().Field(i).Name, v.Field(i))
			}
		case v.Kind() == reflect.Array:
			for i := range v.Len() {
				walk(fmt.Sprintf("%s[%d]", name, i), v.Index(i))
			}
		default:
			panic("an input of another kind: " + name)
		}
	}
	row := func(section string, i int, used bool, row any, unused ...any) {
		if !used {
			return
		}
		from := len(inputs)
		walk(fmt.Sprintf("%s[%d]", section, i), reflect.ValueOf(row).Elem())
		free := make(map[pointer]bool)
		for _, u := range unused {
			before := len(inputs)
			walk("", reflect.ValueOf(u).Elem())
			for _, in := range inputs[before:] {
				free[in.at] = true
			}
			inputs = inputs[:before]
		}
		kept := inputs[:from]
		for _, in := range inputs[from:] {
			if !free[in.at] {
				kept = append(kept, in)
			}
		}
		inputs = kept
	}
	for i := range c.Openings {
		row("Openings", i, !isZero(c.Openings[i].Active), &c.Openings[i])
	}
	for i := range c.LayerOne {
		row("LayerOne", i, !isZero(c.LayerOne[i].Active), &c.LayerOne[i])
	}
	for i := range c.Fees {
		row("Fees", i, !isZero(c.Fees[i].Active), &c.Fees[i])
	}
	for i := range c.Exits {
		row("Exits", i, !isZero(c.Exits[i].Active), &c.Exits[i])
	}
	for i := range c.Transfers {
		t := &c.Transfers[i]
		var unused []any
		if isZero(t.To) {
			unused = append(unused, &t.Credit)
		}
		if !hasFee(t) {
			unused = append(unused, &t.FeeIndex, &t.FeeCredit)
		}
		row("Transfers", i, !isZero(t.Active), t, unused...)
	}
	for i := range c.Accounts {
		row("Accounts", i, active(&c.Accounts[i]), &c.Accounts[i])
	}
	for i := range c.Nodes {
		row("Nodes", i, !isZero(c.Nodes[i].Active), &c.Nodes[i], unflagged(&c.Nodes[i])...)
	}
	return inputs
}

// unflagged are the changes of children that do not change.
func unflagged(row *nodes.Row) (unused []any) {
	for j := range row.Flags {
		if isZero(row.Flags[j]) {
			unused = append(unused, &row.Change[j])
		}
	}
	return unused
}

// TestMutatedInputs changes each private input of the example batch, one at a
// time: some constraint must notice each. The honest prover is kept out of it:
// the hints answer the changed values.
func TestMutatedInputs(t *testing.T) {
	t.Parallel()
	w, b := example()
	c := newProver(t, w).prove(b)
	inputs := privateInputs(c)
	if len(inputs) < 400 {
		t.Errorf("%d inputs: the test does not see the rows", len(inputs))
	}
	mutations := 0
	for _, in := range inputs {
		honest := *in.at
		for _, v := range []frontend.Variable{add(honest, 1), 0, sub(0, 1)} {
			if same(v, honest) {
				continue
			}
			*in.at = v
			mutations++
			if report := solve(t, c); report.Satisfied() {
				t.Errorf("%s = %v instead of %v: no constraint notices", in.name, el(v), el(honest))
			}
		}
		*in.at = honest
	}
	t.Logf("%d inputs, %d mutations", len(inputs), mutations)
}
