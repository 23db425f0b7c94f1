package prover

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gofrs/flock"
	"github.com/google/go-cmp/cmp"
)

// installed returns a store that holds the shared toy keys.
func installed(tb testing.TB) (*Store, *Circuit, string) {
	tb.Helper()
	keys := toyKeys(tb)
	store := NewStore(tb.TempDir())
	dir := store.Dir(toyDesign, keys.circuit.digest)
	copied := &Keys{circuit: keys.circuit, proving: keys.proving, verify: &VerifyingKey{
		manifest: newManifest(keys.circuit, KindDevelopment), design: toyDesign, key: keys.verify.key,
	}}
	if err := install(bg, dir, copied, newReporter(nil)); err != nil {
		tb.Fatal(err)
	}
	return store, keys.circuit, dir
}

func TestSetupThenLoad(t *testing.T) {
	c := toyCircuit(t)
	store := NewStore(filepath.Join(t.TempDir(), "not", "yet"))
	if _, err := store.Load(bg, toyDesign, c.Digest(), nil); !errors.Is(err, ErrKeysNotFound) || !strings.Contains(err.Error(), "quire setup --shape toy") {
		t.Fatalf("empty store: got %v", err)
	}
	var stages []Stage
	observe := func(e Event) {
		if e.End {
			stages = append(stages, e.Stage)
		}
	}
	made, err := store.Setup(bg, c, SetupOptions{Observer: observe})
	if err != nil {
		t.Fatal(err)
	}
	again, err := store.Setup(bg, c, SetupOptions{Observer: observe})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Stage{StageSetup, StageStore, StageLoad}, stages); diff != "" {
		t.Fatalf("the second setup must load (-want +got):\n%s", diff)
	}
	if made.proving.IsDifferent(again.proving) || made.verify.key.IsDifferent(again.verify.key) {
		t.Fatal("loaded keys differ from the ones made")
	}
	if diff := cmp.Diff(made.verify.Manifest(), again.verify.Manifest()); diff != "" {
		t.Fatalf("manifests differ:\n%s", diff)
	}
	if k := again.VerifyingKey().Kind(); k != KindDevelopment {
		t.Fatalf("kind %q", k)
	}
	loaded, err := store.Load(bg, toyDesign, c.Digest(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Prove(bg, loaded, Job{Assignment: toyAssignment(3)}, nil); err != nil {
		t.Fatalf("loaded keys do not prove: %v", err)
	}
	vk, err := store.LoadVerifyingKey(bg, toyDesign, c.Digest())
	if err != nil {
		t.Fatal(err)
	}
	if vk.key.IsDifferent(made.verify.key) {
		t.Fatal("verifying key read alone differs")
	}
	forced, err := store.Setup(bg, c, SetupOptions{Force: true})
	if err != nil {
		t.Fatal(err)
	}
	if !forced.proving.IsDifferent(made.proving) {
		t.Fatal("a forced setup kept the old keys")
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(store.Dir(toyDesign, c.Digest())), ".*")); len(left) != 0 {
		t.Fatalf("setup left %v behind", left)
	}
}

// TestLoadRefusesEveryDamage cuts, grows, flips and removes each file.
func TestLoadRefusesEveryDamage(t *testing.T) {
	store, c, dir := installed(t)
	if _, err := store.Load(bg, toyDesign, c.Digest(), nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{ManifestFile, CircuitFile, ProvingKeyFile, VerifyingKeyFile} {
		path := filepath.Join(dir, name)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		flipped := func(at int) []byte {
			b := append([]byte(nil), whole...)
			b[at] ^= 0x20
			return b
		}
		damages := map[string][]byte{
			"empty":       {},
			"cut":         whole[:len(whole)-2], // the manifest's last byte is white space
			"half":        whole[:len(whole)/2],
			"grown":       append(append([]byte(nil), whole...), 'x'),
			"first byte":  flipped(0),
			"length byte": flipped(7),
			"middle byte": flipped(len(whole) / 2),
			"last byte":   flipped(len(whole) - 2),
			"missing":     nil,
		}
		for damage, content := range damages {
			t.Run(name+" "+damage, func(t *testing.T) {
				if content == nil {
					err = os.Remove(path)
				} else {
					err = os.WriteFile(path, content, 0o644)
				}
				if err != nil {
					t.Fatal(err)
				}
				defer os.WriteFile(path, whole, 0o644)
				_, err := store.Load(bg, toyDesign, c.Digest(), nil)
				if !errors.Is(err, ErrKeysDamaged) && !errors.Is(err, ErrKeysForeign) {
					t.Fatalf("got %v, want ErrKeysDamaged or ErrKeysForeign", err)
				}
				if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "quire setup --shape toy --force") {
					t.Fatalf("the message names no file or no remedy: %v", err)
				}
				if _, serr := store.Setup(bg, c, SetupOptions{}); !errors.Is(serr, ErrKeysDamaged) && !errors.Is(serr, ErrKeysForeign) {
					t.Fatalf("setup replaced damaged keys without being told to: %v", serr)
				}
			})
		}
	}
	if _, err := store.Load(bg, toyDesign, c.Digest(), nil); err != nil {
		t.Fatalf("after every repair: %v", err)
	}
}

func TestLoadRefusesForeignKeys(t *testing.T) {
	store, c, dir := installed(t)
	t.Run("other capacities", func(t *testing.T) {
		other := toyDesign
		other.Capacities.Nodes++
		if _, err := store.Load(bg, other, c.Digest(), nil); !errors.Is(err, ErrKeysForeign) {
			t.Fatalf("got %v", err)
		}
	})
	t.Run("other digest in the same place", func(t *testing.T) {
		other := c.Digest()
		other[31] ^= 1 // not part of the directory's name
		if _, err := store.Load(bg, toyDesign, other, nil); !errors.Is(err, ErrKeysForeign) {
			t.Fatalf("got %v", err)
		}
	})
	t.Run("other name", func(t *testing.T) {
		other := toyDesign
		other.Name = "other"
		if err := os.Rename(dir, store.Dir(other, c.Digest())); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Load(bg, other, c.Digest(), nil); !errors.Is(err, ErrKeysForeign) {
			t.Fatalf("got %v", err)
		}
	})
	for _, name := range []string{"", ".hidden", "a/b", "..", "a*"} {
		if _, err := store.Load(bg, Design{Name: name}, c.Digest(), nil); err == nil {
			t.Errorf("name %q accepted", name)
		}
	}
}

// TestInstallReplacesLeftovers: a process killed in the middle of a setup leaves
// a hidden directory, never a key directory, and the next setup removes it.
func TestInstallReplacesLeftovers(t *testing.T) {
	c := toyCircuit(t)
	store := NewStore(t.TempDir())
	dir := store.Dir(toyDesign, c.Digest())
	half := filepath.Join(filepath.Dir(dir), "."+filepath.Base(dir)+".1234")
	if err := os.MkdirAll(half, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(half, ProvingKeyFile), []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Load(bg, toyDesign, c.Digest(), nil); !errors.Is(err, ErrKeysNotFound) {
		t.Fatalf("got %v", err)
	}
	if _, err := store.Setup(bg, c, SetupOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(half); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("leftover still there: %v", err)
	}
}

func TestCancelledSetupWritesNothing(t *testing.T) {
	c := toyCircuit(t)
	store := NewStore(t.TempDir())
	for _, at := range []Stage{StageSetup, StageStore} {
		ctx, cancel := context.WithCancel(bg)
		_, err := store.Setup(ctx, c, SetupOptions{Observer: func(e Event) {
			if e.Stage == at {
				cancel()
			}
		}})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("cancelled in %s: got %v", at, err)
		}
		if _, err := os.Stat(store.Dir(toyDesign, c.Digest())); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("cancelled in %s: keys were written: %v", at, err)
		}
	}
}

func TestCancelledLoad(t *testing.T) {
	store, c, _ := installed(t)
	ctx, cancel := context.WithCancel(bg)
	defer cancel()
	_, err := store.Load(ctx, toyDesign, c.Digest(), func(Event) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}

// TestSetupWaitsForAnother holds the lock as another process would.
func TestSetupWaitsForAnother(t *testing.T) {
	c := toyCircuit(t)
	store := NewStore(t.TempDir())
	lock := flock.New(store.Dir(toyDesign, c.Digest()) + ".lock")
	if _, err := lock.TryLock(); err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	ctx, cancel := context.WithCancel(bg)
	cancel()
	if _, err := store.Setup(ctx, c, SetupOptions{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want the wait to be cancelled", err)
	}
}

const setupChild = "QUIRE_TEST_SETUP_IN"

// TestConcurrentProcessesMakeOneKeyPair runs several setups of one circuit at
// once. Were two to make keys, their verifying keys would differ.
func TestConcurrentProcessesMakeOneKeyPair(t *testing.T) {
	c := toyCircuit(t)
	if dir := os.Getenv(setupChild); dir != "" {
		keys, err := NewStore(dir).Setup(bg, c, SetupOptions{})
		if err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("key=" + keys.verify.manifest.Files.VerifyingKey.SHA256.String() + "\n")
		return
	}
	dir := t.TempDir()
	type result struct {
		out []byte
		err error
	}
	results := make(chan result)
	const processes = 4
	for range processes {
		cmd := exec.Command(os.Args[0], "-test.run=^TestConcurrentProcessesMakeOneKeyPair$")
		cmd.Env = append(os.Environ(), setupChild+"="+dir)
		go func() {
			out, err := cmd.Output()
			results <- result{out, err}
		}()
	}
	seen := map[string]bool{}
	for range processes {
		r := <-results
		if r.err != nil {
			t.Fatalf("%v\n%s", r.err, r.out)
		}
		for line := range strings.Lines(string(r.out)) {
			if strings.HasPrefix(line, "key=") {
				seen[line] = true
			}
		}
	}
	if len(seen) != 1 {
		t.Fatalf("%d different key pairs: %v", len(seen), seen)
	}
}

func TestDefaultStoreDir(t *testing.T) {
	t.Setenv(StoreEnv, "/some/where")
	if dir, err := DefaultStoreDir(); err != nil || dir != "/some/where" {
		t.Fatalf("got %q, %v", dir, err)
	}
	t.Setenv(StoreEnv, "")
	t.Setenv("HOME", "/home/someone")
	t.Setenv("XDG_CACHE_HOME", "")
	dir, err := DefaultStoreDir()
	if err != nil || !strings.HasPrefix(dir, "/home/someone/") || !strings.HasSuffix(dir, filepath.Join("quire", "keys")) {
		t.Fatalf("got %q, %v", dir, err)
	}
}

func TestManifestIsStrict(t *testing.T) {
	_, _, dir := installed(t)
	whole, err := os.ReadFile(filepath.Join(dir, ManifestFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, from, to string }{
		{"unknown member", `"kind"`, `"colour": "red", "kind"`},
		{"member in another case", `"kind"`, `"Kind"`},
		{"repeated member", `"kind": "development"`, `"kind": "ceremony", "kind": "development"`},
		{"unknown kind", `"kind": "development"`, `"kind": "trusted"`},
		{"development keys posing as a ceremony's", `"kind": "development"`, `"kind": "ceremony"`},
		{"warning shortened", "Never use them", "Use them"},
		{"path outside", `"circuit.r1cs"`, `"../circuit.r1cs"`},
		{"other version", `"version": 1`, `"version": 2`},
		{"other format", manifestFormat, "something"},
		{"negative size", `"size": `, `"size": -`},
		{"two commitments", `"commitments": 1`, `"commitments": 2`},
		{"other curve", `"bn254"`, `"bls12-381"`},
		{"trailing data", "\n}\n", "\n}\n{}"},
	} {
		changed := strings.Replace(string(whole), tc.from, tc.to, 1)
		if changed == string(whole) {
			t.Errorf("%s: the test changes nothing", tc.name)
		}
		if _, err := DecodeManifest([]byte(changed)); err == nil {
			t.Errorf("%s: accepted", tc.name)
		}
	}
	m, err := DecodeManifest(whole)
	if err != nil {
		t.Fatal(err)
	}
	back, err := m.Encode()
	if err != nil || string(back) != string(whole) {
		t.Fatalf("manifest changes when it is read and written: %v", err)
	}
}

func FuzzDecodeManifest(f *testing.F) {
	m := newManifest(toyCircuit(f), KindDevelopment)
	m.Files.Circuit = ManifestEntry{Name: CircuitFile, Size: 1, SHA256: m.Circuit.Digest}
	m.Files.ProvingKey = ManifestEntry{Name: ProvingKeyFile, Size: 1}
	m.Files.VerifyingKey = ManifestEntry{Name: VerifyingKeyFile, Size: 1}
	seed, err := m.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(`{"format":"quire-keys","version":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := DecodeManifest(data)
		if err != nil {
			return
		}
		encoded, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := DecodeManifest(encoded)
		if err != nil {
			t.Fatalf("a manifest that was accepted is refused when written again: %v", err)
		}
		if diff := cmp.Diff(m, again); diff != "" {
			t.Fatal(diff)
		}
	})
}
