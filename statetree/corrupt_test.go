package statetree

import (
	"context"
	"errors"
	"maps"
	"math"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/internal/disktest"
	"github.com/quirezk/quire/protocol"
)

// interrogate asks a tree, which may be damaged, for everything: each answer is
// the model's or an error that wraps ErrCorrupt. It returns the number of errors.
func interrogate(t *testing.T, tree *Tree, m model) (errs int) {
	t.Helper()
	bad := func(err error) bool {
		t.Helper()
		if err == nil {
			return false
		}
		if !errors.Is(err, ErrCorrupt) {
			t.Fatalf("error that is not ErrCorrupt: %v", err)
		}
		errs++
		return true
	}
	root := m.root()
	s := mustSnapshot(t, tree)
	defer s.Close()
	if s.Root() != root {
		t.Fatalf("root of version %d is not the model's", s.Version())
	}
	indices := slices.Sorted(maps.Keys(m))
	for _, i := range append([]protocol.Index{0, 2, 77, 1 << 20, math.MaxUint32}, indices...) {
		want, exists := m[i]
		if got, found, err := s.Account(i); !bad(err) && (found != exists || got != want) {
			t.Fatalf("account %d is not the model's", i)
		}
	}
	seen := 0
	for u, err := range s.All() {
		if bad(err) {
			break
		}
		if seen >= len(indices) || u.Index != indices[seen] || u.Account != m[u.Index] {
			t.Fatalf("All: account %d is not the model's", u.Index)
		}
		seen++
	}
	if errs == 0 && seen != len(indices) {
		t.Fatalf("All: %d accounts, want %d", seen, len(indices))
	}
	if all, err := s.Accounts(context.Background(), indices); !bad(err) {
		if len(all) != len(indices) {
			t.Fatalf("Accounts: %d accounts, want %d", len(all), len(indices))
		}
		for _, u := range all {
			if u.Account != m[u.Index] {
				t.Fatalf("Accounts: account %d is not the model's", u.Index)
			}
		}
	}
	if p, err := s.MultiProof(indices); !bad(err) {
		if err := p.Verify(root); err != nil {
			t.Fatal(err)
		}
	}
	checkErr := s.Check(context.Background())
	if bad(checkErr) != (errs > 0) {
		t.Fatalf("Check says %v, others said otherwise", checkErr)
	}
	updates := []Update{{2, randomAccount(newRand(1))}, {indices[0], randomAccount(newRand(2))}}
	if got, err := tree.Apply(context.Background(), tree.Version()+1, updates, nil); !bad(err) {
		after := maps.Clone(m)
		after.apply(updates)
		if got != after.root() {
			t.Fatal("a batch on a damaged tree has a wrong root")
		}
	}
	return errs
}

// intactDisks are disks with one and the same state: in tables after a clean
// end, and in tables and a log after a kill.
func intactDisks(t *testing.T) (disks map[string]*vfs.MemFS, m model) {
	t.Helper()
	disk := vfs.NewCrashableMem()
	disks, m = make(map[string]*vfs.MemFS), model{}
	session := func(batches int, during string) {
		tree, err := OpenPebble("state", PebbleOptions{fs: disk, memTableBytes: 64 << 10})
		if err != nil {
			t.Fatal(err)
		}
		for range batches {
			version := tree.Version() + 1
			mustApply(t, tree, version, killedBatch(version))
			m.apply(killedBatch(version))
		}
		if during != "" {
			disks[during] = disktest.Killed(disk)
		}
		if err := tree.Close(); err != nil {
			t.Fatal(err)
		}
	}
	session(22, "")
	session(3, "killed")
	session(0, "") // opening writes what the log holds to a table
	disks["closed"] = disktest.Copy(t, disk, "state")
	return disks, m
}

// TestFlippedOnDisk flips one bit of one file, anywhere, and then asks for
// everything.
func TestFlippedOnDisk(t *testing.T) {
	disks, m := intactDisks(t)
	r := newRand(9)
	for _, name := range []string{"closed", "killed"} {
		all := disktest.Files(t, disks[name], "state", "state/db")
		noticed := 0
		for range diskFlips {
			disk := disktest.Copy(t, disks[name], "state")
			file := all[r.IntN(len(all))]
			var at int
			disktest.Change(t, disk, file, func(b []byte) []byte {
				at = r.IntN(len(b))
				b[at] ^= 1 << r.IntN(8)
				return b
			})
			tree, err := OpenPebble("state", PebbleOptions{fs: disk, Logger: quiet})
			if err != nil {
				if !errors.Is(err, ErrCorrupt) {
					t.Errorf("%s, byte %d of %s: error on opening that is not ErrCorrupt: %v", name, at, file, err)
				}
				noticed++
				continue
			}
			// What has no effect is as good: old files, padding, filters.
			if interrogate(t, tree, m) > 0 {
				noticed++
			}
			if err := tree.Close(); err != nil {
				t.Errorf("%s, byte %d of %s: close: %v", name, at, file, err)
			}
		}
		if noticed < diskFlips/4 {
			t.Errorf("%s: only %d of the flips were noticed", name, noticed)
		}
	}
}

// anchorName is the anchor's file, which package guarded keeps.
const anchorName = "commits"

// TestFilesGone takes files away whole, which a store must not take for a fresh
// start.
func TestFilesGone(t *testing.T) {
	disks, m := intactDisks(t)
	for _, c := range []struct {
		name  string
		match string
		want  error
	}{
		{"log", "*.log", ErrCorrupt},
		{"tables", "*.sst", ErrCorrupt},
		{"manifest marker", "marker.manifest*", ErrCorrupt},
		{"database", "*", ErrCorrupt},
		{"anchor", anchorName, nil}, // it is made again
	} {
		disk := disktest.Copy(t, disks["killed"], "state")
		for _, file := range disktest.Files(t, disks["killed"], "state", "state/db") {
			if ok, _ := path.Match(c.match, path.Base(file)); ok && (path.Base(file) != anchorName || c.match == anchorName) {
				if err := disk.Remove(file); err != nil {
					t.Fatal(err)
				}
			}
		}
		if c.name == "manifest marker" { // it has no bytes
			names, err := disk.List("state/db")
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				if ok, _ := path.Match(c.match, name); ok {
					if err := disk.Remove(path.Join("state/db", name)); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		tree, err := OpenPebble("state", PebbleOptions{fs: disk, Logger: quiet})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
		if err == nil {
			if n := interrogate(t, tree, m); n > 0 {
				t.Errorf("%s: %d errors", c.name, n)
			}
			if err := tree.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// tamperedStore hands out other values than it was given.
type tamperedStore struct {
	*memStore
	tamper func(k Key, value []byte) []byte // nil for a record that is not there
}

func (s *tamperedStore) View() View { return tamperedView{s.memStore.View(), s} }

type tamperedView struct {
	View
	store *tamperedStore
}

func (v tamperedView) Get(dst []byte, k Key) ([]byte, bool, error) {
	value, found, err := v.View.Get(nil, k)
	if err != nil || !found {
		return dst, found, err
	}
	value = v.store.tamper(k, value)
	return append(dst, value...), value != nil, nil
}

// TestTamperedRecords changes single records, which no database below would
// notice: each of their bytes, their length, their place, their time.
func TestTamperedRecords(t *testing.T) {
	intact := func(_ Key, value []byte) []byte { return value }
	mem := newMemStore()
	store := &tamperedStore{mem, intact}
	r := newRand(10)
	m := model{}
	indices := []protocol.Index{1, 3, 9, 70_000, math.MaxUint32}
	apply := func(version uint32) {
		tree, err := Open(store, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var updates []Update
		for _, i := range indices {
			updates = append(updates, Update{i, randomAccount(r)})
		}
		mustApply(t, tree, version, updates)
		m.apply(updates)
	}
	apply(1)
	old := mem.View()
	apply(2)

	get := func(view View, k Key) []byte {
		t.Helper()
		value, found, err := view.Get(nil, k)
		if err != nil || !found {
			t.Fatalf("%v: %v, %v", k, found, err)
		}
		return value
	}
	ask := func(what string, k Key) {
		t.Helper()
		before := mem.root.Load()
		defer mem.root.Store(before) // interrogate applies a batch
		tree, err := Open(store, Options{CacheBytes: -1})
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Errorf("%v, %s: error on opening that is not ErrCorrupt: %v", k, what, err)
			}
			return
		}
		if interrogate(t, tree, m) == 0 {
			t.Errorf("%v, %s: not noticed", k, what)
		}
	}
	keys := []Key{formatKey, headKey, nodeKey(0, 0), nodeKey(7, 0), nodeKey(15, 0), accountKey(3)}
	for n, victim := range keys {
		value := get(mem.View(), victim)
		as := func(replacement []byte) func(Key, []byte) []byte {
			return func(k Key, value []byte) []byte {
				if k == victim {
					return replacement
				}
				return value
			}
		}
		store.tamper = intact
		for at := range value {
			if len(value) > 80 && at%5 != n%5 { // a byte in five of the long ones
				continue
			}
			flipped := slices.Clone(value)
			flipped[at] ^= 1 << r.IntN(8)
			store.tamper = as(flipped)
			ask("flipped", victim)
		}
		store.tamper = as(value[:len(value)-1])
		ask("cut", victim)
		store.tamper = as(append(slices.Clone(value), 0))
		ask("extended", victim)
		store.tamper = as([]byte{})
		ask("emptied", victim)
		store.tamper = as(nil)
		ask("missing", victim)
		for _, other := range keys {
			if other != victim {
				store.tamper = as(get(mem.View(), other))
				ask("replaced by "+other.String(), victim)
			}
		}
		if victim != formatKey && victim != headKey {
			store.tamper = as(get(old, victim))
			ask("of the version before", victim)
		}
	}
	store.tamper = intact
	if tree, err := Open(store, Options{}); err != nil || interrogate(t, tree, m) > 0 {
		t.Error("the intact store is not")
	}
}

func TestFormatVersion(t *testing.T) {
	mem := newMemStore()
	if err := mem.Commit([]Record{{formatKey, seal(appendFormat(nil, formatVersion+1), formatKey, nil)}}); err != nil {
		t.Fatal(err)
	}
	_, err := Open(mem, Options{})
	if !errors.Is(err, ErrFormatVersion) || errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "format 2") {
		t.Errorf("error %v", err)
	}
}

// TestDatabaseFormat is the same for a database of a later pebble, which names its
// format in the name of a marker file.
func TestDatabaseFormat(t *testing.T) {
	disks, _ := intactDisks(t)
	names, err := disks["closed"].List("state/db")
	if err != nil {
		t.Fatal(err)
	}
	renamed := 0
	for _, name := range names {
		if strings.HasPrefix(name, "marker.format-version.") {
			later := strings.TrimSuffix(name, path.Ext(name)) + ".999"
			if err := disks["closed"].Rename(path.Join("state/db", name), path.Join("state/db", later)); err != nil {
				t.Fatal(err)
			}
			renamed++
		}
	}
	if renamed != 1 {
		t.Fatalf("%d markers in %v", renamed, names)
	}
	if _, err := OpenPebble("state", PebbleOptions{fs: disks["closed"]}); !errors.Is(err, ErrFormatVersion) || errors.Is(err, ErrCorrupt) {
		t.Errorf("error %v", err)
	}
}

// TestCheckRecomputes: a tree whose records all fit but whose hashes are not H4's
// is found by Check alone.
func TestCheckRecomputes(t *testing.T) {
	for _, level := range []int{0, 9, 15, depth} {
		a := randomAccount(newRand(1))
		leaf := a.Leaf()
		if level == depth {
			leaf.SetUint64(1)
		}
		key := accountKey(5)
		records := []Record{
			{formatKey, seal(appendFormat(nil, formatVersion), formatKey, nil)},
			{key, seal(appendAccount(nil, &a), key, &leaf)},
		}
		hash := leaf
		for l := depth - 1; l >= 0; l-- {
			children := [arity]fr.Element{empty[l+1], empty[l+1], empty[l+1], empty[l+1]}
			children[slot(positionAt(5, l+1))] = hash
			hash = hashChildren(&children)
			if l == level {
				hash.SetUint64(1)
			}
			key := nodeKey(l, positionAt(5, l))
			records = append(records, Record{key, seal(appendNode(nil, l, &children), key, &hash)})
		}
		records = append(records, Record{headKey, seal(appendHead(nil, &head{root: hash}), headKey, nil)})
		mem := newMemStore()
		if err := mem.Commit(records); err != nil {
			t.Fatal(err)
		}
		tree, err := Open(mem, Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := mustSnapshot(t, tree)
		if got, found, err := s.Account(5); err != nil || !found || got != a {
			t.Errorf("level %d: the records do not fit: %v, %v", level, found, err)
		}
		if err := s.Check(context.Background()); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "hash") {
			t.Errorf("level %d: error %v", level, err)
		}
	}
}
