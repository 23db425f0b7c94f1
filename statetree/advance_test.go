package statetree

import (
	"context"
	"errors"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// TestAdvance takes a state over several versions at once, and nowhere if the
// root is not the expected one.
func TestAdvance(t *testing.T) {
	ctx := context.Background()
	r := newRand(11)
	tree := OpenMemory()
	first, second := randomUpdates(r, 50), randomUpdates(r, 80)
	m := model{}
	m.apply(first)
	var asked []fr.Element
	accept := func(root fr.Element) error {
		asked = append(asked, root)
		return nil
	}
	root, err := tree.Advance(ctx, 7, first, []byte("seven"), accept)
	if err != nil {
		t.Fatal(err)
	}
	if len(asked) != 1 || asked[0] != root || root != m.root() {
		t.Errorf("asked about %v, root %v, model %v", asked, root, m.root())
	}

	no := errors.New("not this one")
	if _, err := tree.Advance(ctx, 9, second, []byte("nine"), func(fr.Element) error { return no }); !errors.Is(err, no) {
		t.Errorf("refused root: error %v", err)
	}
	checkSnapshot(t, keptSnapshot{mustSnapshot(t, tree), 7, []byte("seven"), m})

	for _, version := range []uint32{0, 6, 7} {
		if _, err := tree.Advance(ctx, version, nil, nil, accept); !errors.Is(err, ErrVersion) {
			t.Errorf("version %d after 7: error %v", version, err)
		}
	}
	if len(asked) != 1 {
		t.Error("asked about a version that is not admitted")
	}
	// A refusal is not a failed commit: the tree can be written to.
	m.apply(second)
	if root, err = tree.Advance(ctx, 9, second, nil, accept); err != nil || root != m.root() {
		t.Errorf("root %v, error %v, model %v", root, err, m.root())
	}
	mustApply(t, tree, 10, randomUpdates(r, 3))
}
