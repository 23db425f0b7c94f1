package prover

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quirezk/quire/protocol"
)

// TestManifestShapes: the written form of both kinds of circuits, as it is in key
// directories that exist.
func TestManifestShapes(t *testing.T) {
	const batch = `
  "shape": {
    "name": "small",
    "openings": 4,
    "layerOne": 4,
    "feeAccounts": 2,
    "exits": 8,
    "transfers": 16,
    "accounts": 16,
    "nodes": 96
  },
`
	const plain = `
  "shape": {
    "name": "exit"
  },
`
	for want, design := range map[string]Design{
		batch: BatchDesign(protocol.Shape{Name: "small", Openings: 4, LayerOne: 4, FeeAccounts: 2, Exits: 8, Transfers: 16, Accounts: 16, Nodes: 96}),
		plain: {Name: "exit"},
	} {
		c, err := NewCircuit(design, compileToy(t, 10))
		if err != nil {
			t.Fatal(err)
		}
		m := newManifest(c, KindDevelopment)
		m.Files.Circuit = ManifestEntry{Name: CircuitFile, Size: 1, SHA256: c.Digest()}
		m.Files.ProvingKey = ManifestEntry{Name: ProvingKeyFile, Size: 1}
		m.Files.VerifyingKey = ManifestEntry{Name: VerifyingKeyFile, Size: 1}
		encoded, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(encoded), want) {
			t.Errorf("%s: want%s in the manifest, got\n%s", design.Name, want, encoded)
		}
		decoded, err := DecodeManifest(encoded)
		if err != nil {
			t.Fatal(err)
		}
		if decoded.Shape.design() != design {
			t.Errorf("read back as %+v, want %+v", decoded.Shape.design(), design)
		}
		for _, change := range []struct{ name, from, to string }{
			{"a capacity missing", "\"layerOne\": 4,\n", ""},
			{"capacities of nothing", `"name": "exit"`,
				`"name": "exit", "openings": 0, "layerOne": 0, "feeAccounts": 0, "exits": 0, "transfers": 0, "accounts": 0, "nodes": 0`},
			{"one capacity", `"name": "exit"`, `"name": "exit", "nodes": 5`},
			{"capacities as a member", `"name": "exit"`, `"name": "exit", "capacities": null`},
		} {
			changed := strings.Replace(string(encoded), change.from, change.to, 1)
			if changed == string(encoded) {
				continue // for the other design
			}
			if _, err := DecodeManifest([]byte(changed)); err == nil {
				t.Errorf("%s: %s: accepted", design.Name, change.name)
			}
		}
	}
}

// TestDesignsAreToldApart: keys of one name with capacities are not those of the
// name without, and the other way round.
func TestDesignsAreToldApart(t *testing.T) {
	store, c, _ := installed(t)
	without := Design{Name: toyDesign.Name}
	if _, err := store.Load(bg, without, c.Digest(), nil); !errors.Is(err, ErrKeysForeign) {
		t.Errorf("without capacities: %v", err)
	}
	c, err := NewCircuit(without, compileToy(t, 10))
	if err != nil {
		t.Fatal(err)
	}
	store = NewStore(t.TempDir())
	made, err := store.Setup(bg, c, SetupOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if made.Circuit().Design() != without || made.VerifyingKey().Design() != without {
		t.Errorf("made for %+v and %+v", made.Circuit().Design(), made.VerifyingKey().Design())
	}
	if _, err := os.Stat(filepath.Join(store.Dir(without, c.Digest()), ManifestFile)); err != nil {
		t.Error(err)
	}
	loaded, err := store.Load(bg, without, c.Digest(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if loaded.Circuit().Design() != without || loaded.VerifyingKey().Design() != without {
		t.Errorf("loaded for %+v and %+v", loaded.Circuit().Design(), loaded.VerifyingKey().Design())
	}
	if _, err := store.Load(bg, toyDesign, c.Digest(), nil); !errors.Is(err, ErrKeysForeign) {
		t.Errorf("with capacities: %v", err)
	}
	if _, err := Prove(bg, loaded, Job{Assignment: toyAssignment(3)}, nil); err != nil {
		t.Error(err)
	}
}
