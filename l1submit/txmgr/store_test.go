package txmgr

import (
	"encoding/binary"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"

	"github.com/quirezk/quire/internal/guarded"
)

func openTestStore(t *testing.T, fs vfs.FS) *store {
	t.Helper()
	s, err := openStore(fs, "tx", fakeChainID, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// testRecord is one with everything in it.
func testRecord(t *testing.T, in Intent) *record {
	t.Helper()
	digest, err := in.digest()
	if err != nil {
		t.Fatal(err)
	}
	return &record{
		Intent: in, account: ordinary, digest: digest, nonce: 7, gas: 50_000, block: 1 << 40,
		attempts: []attempt{
			{fees{big.NewInt(1), big.NewInt(2), big.NewInt(0)}, 3, common.Hash{4}, big.NewInt(0), big.NewInt(5), big.NewInt(6)},
			{fees{big.NewInt(9), big.NewInt(9), big.NewInt(9)}, 9, common.Hash{9}, big.NewInt(1), big.NewInt(9), big.NewInt(9)},
		},
	}
}

var compareRecords = cmp.AllowUnexported(record{}, attempt{}, fees{})

func TestStore(t *testing.T) {
	disk := vfs.NewMem()
	s := openTestStore(t, disk)
	creation := ordinaryIntent(3)
	creation.To, creation.Key = nil, "o\x00\xff" // a key that looks like a prefix
	records := []*record{testRecord(t, ordinaryIntent(1)), testRecord(t, blobIntent(2)), testRecord(t, creation)}
	for _, rec := range records {
		if err := s.begin(rec); err != nil {
			t.Fatal(err)
		}
	}
	records[1].attempts = append(records[1].attempts, records[0].attempts[0])
	if err := s.retry(records[1]); err != nil {
		t.Fatal(err)
	}
	end := &outcome{
		Kind: displaced, Account: ordinary, Nonce: 7, Digest: records[0].digest, Hashes: records[0].hashes(),
		RevertData: []byte{1}, RevertText: "text", By: common.Hash{3}, ByBlock: 4,
	}
	if err := s.settle(records[0].Key, end); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got, err := s.unsettled()
		if err != nil {
			t.Fatal(err)
		}
		want := []*record{records[1], records[2]} // by key
		if diff := cmp.Diff(want, got, compareRecords, cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })); diff != "" {
			t.Error(diff)
		}
		o, err := s.outcome(records[0].Key)
		if err != nil {
			t.Fatal(err)
		}
		if o.Receipt = nil; !cmp.Equal(o, end) {
			t.Error(cmp.Diff(end, o))
		}
		for _, key := range []string{records[1].Key, "unknown", ""} {
			if o, err := s.outcome(key); o != nil || err != nil {
				t.Errorf("outcome of %q: %v, error %v", key, o, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = openTestStore(t, disk)
	}
	if err := s.forget(records[0].Key); err != nil {
		t.Fatal(err)
	}
	if o, err := s.outcome(records[0].Key); o != nil || err != nil {
		t.Errorf("forgotten: %v, error %v", o, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// Check reads what a manager leaves, and finds everything that is not as it was
// written.
func TestCheck(t *testing.T) {
	w := newWorld(t)
	w.submit(ordinaryIntent(0), ordinaryIntent(1))
	w.mine(3)
	w.success("key/0")
	w.success("key/1")
	w.submit(ordinaryIntent(2), blobIntent(3))
	looked := func() (*Checked, error) { return check(w.disk, w.cfg.Dir, fakeChainID, quiet) }
	if _, err := looked(); !errors.Is(err, ErrLocked) {
		t.Errorf("in use: error %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if found, err := looked(); err != nil || *found != (Checked{Unsettled: 2, Settled: 2}) {
		t.Errorf("found %+v, error %v", found, err)
	}
	if _, err := check(w.disk, w.cfg.Dir, big.NewInt(2), quiet); !errors.Is(err, ErrOtherChain) {
		t.Errorf("another chain: error %v", err)
	}
	if _, err := Check(t.TempDir(), fakeChainID, quiet); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no store: error %v", err)
	}

	change := func(key string, do func([]byte) []byte) (undo func()) {
		s := openTestStore(t, w.disk)
		defer s.Close()
		old, err := s.get(key)
		if err != nil {
			t.Fatal(err)
		}
		set := func(s *store, value []byte) {
			if err := s.write(func(b *guarded.Batch) {
				if value == nil {
					b.Delete([]byte(key))
				} else {
					b.Set([]byte(key), value)
				}
			}); err != nil {
				t.Fatal(err)
			}
		}
		set(s, do(append([]byte(nil), old...)))
		return func() {
			s := openTestStore(t, w.disk)
			defer s.Close()
			set(s, old)
		}
	}
	gone := func([]byte) []byte { return nil }
	for name, c := range map[string]struct {
		key  string
		do   func([]byte) []byte
		says string
	}{
		"intent cut":           {intentPrefix + "key/2", func(b []byte) []byte { return b[1:] }, "key/2"},
		"intent gone":          {intentPrefix + "key/3", gone, "attempts without an intent"},
		"attempts gone":        {attemptsPrefix + "key/2", gone, "key/2"},
		"another transaction":  {intentPrefix + "key/2", func(b []byte) []byte { b[len(b)-1] ^= 1; return b }, "key/2"},
		"outcome cut":          {outcomePrefix + "key/0", func(b []byte) []byte { return b[:len(b)-1] }, "key/0"},
		"a record of no kind":  {"x", func([]byte) []byte { return []byte{1} }, "unknown kind"},
		"outcome of no kind":   {outcomePrefix + "key/9", func([]byte) []byte { return []byte{0xc0} }, "key/9"},
		"nothing says what is": {metaKey, gone, "does not say what it is"},
	} {
		undo := change(c.key, c.do)
		if _, err := looked(); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v", name, err)
		}
		if c.key == metaKey { // it cannot be opened to undo that
			db, err := guarded.Open(w.disk.PathJoin(w.cfg.Dir, databaseName), guarded.Options{FS: w.disk, Logger: quiet, Name: "test"})
			if err != nil {
				t.Fatal(err)
			}
			b := db.NewBatch()
			b.Set([]byte(metaKey), append(binary.BigEndian.AppendUint64(nil, formatVersion), fakeChainID.FillBytes(make([]byte, 32))...))
			if err := errors.Join(db.Commit(b), db.Close()); err != nil {
				t.Fatal(err)
			}
			continue
		}
		undo()
	}
	if found, err := looked(); err != nil || *found != (Checked{Unsettled: 2, Settled: 2}) {
		t.Errorf("with everything undone: found %+v, error %v", found, err)
	}
	w.open() // for newWorld's cleanup
}

func TestStoreIsLocked(t *testing.T) {
	dir := t.TempDir()
	s, err := openStore(vfs.Default, dir, fakeChainID, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openStore(vfs.Default, dir, fakeChainID, quiet); !errors.Is(err, ErrLocked) {
		t.Errorf("error %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = openStore(vfs.Default, dir, fakeChainID, quiet); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestStoreOfAnother(t *testing.T) {
	disk := vfs.NewMem()
	if err := openTestStore(t, disk).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := openStore(disk, "tx", big.NewInt(1), quiet); !errors.Is(err, ErrOtherChain) {
		t.Errorf("another chain: error %v", err)
	}
	put := func(key string, value []byte) {
		t.Helper()
		s := openTestStore(t, disk)
		if err := s.write(func(b *guarded.Batch) { b.Set([]byte(key), value) }); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	put("m", binary.BigEndian.AppendUint64(nil, formatVersion+1))
	if _, err := openStore(disk, "tx", fakeChainID, quiet); !errors.Is(err, ErrFormatVersion) {
		t.Errorf("another version: error %v", err)
	}
	if _, err := Open(t.Context(), testConfig(newFakeChain(), disk)); !errors.Is(err, ErrFormatVersion) {
		t.Errorf("Open: error %v", err)
	}

	disk = vfs.NewMem()
	put("m", []byte{1})
	if _, err := openStore(disk, "tx", fakeChainID, quiet); !errors.Is(err, ErrCorrupt) {
		t.Errorf("short: error %v", err)
	}

	// Version 1 had its database where version 2 has a directory for one.
	disk = vfs.NewMem()
	old, err := pebble.Open(disk.PathJoin("tx", databaseName), &pebble.Options{FS: disk})
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := openStore(disk, "tx", fakeChainID, quiet); !errors.Is(err, ErrFormatVersion) {
		t.Errorf("version 1: error %v", err)
	}

	// Somebody else's database.
	disk = vfs.NewMem()
	db, err := guarded.Open(disk.PathJoin("tx", databaseName), guarded.Options{FS: disk, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	batch := db.NewBatch()
	batch.Set([]byte("x"), nil)
	if err := db.Commit(batch); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := openStore(disk, "tx", fakeChainID, quiet); !errors.Is(err, ErrCorrupt) {
		t.Errorf("another's: error %v", err)
	}
}

func TestStoreCorrupt(t *testing.T) {
	for name, damage := range map[string]func(b *guarded.Batch){
		"intent":        func(b *guarded.Batch) { b.Set([]byte("ikey/1"), []byte("?")) },
		"attempts":      func(b *guarded.Batch) { b.Set([]byte("akey/1"), []byte("?")) },
		"no attempts":   func(b *guarded.Batch) { b.Delete([]byte("akey/1")) },
		"none of them":  func(b *guarded.Batch) { b.Set([]byte("akey/1"), []byte{0xc0}) },
		"other attempt": nil,
	} {
		t.Run(name, func(t *testing.T) {
			disk := vfs.NewMem()
			s := openTestStore(t, disk)
			rec := testRecord(t, ordinaryIntent(1))
			if err := s.begin(rec); err != nil {
				t.Fatal(err)
			}
			if damage != nil {
				if err := s.write(damage); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(t.Context(), testConfig(newFakeChain(), disk)); !errors.Is(err, ErrCorrupt) {
				t.Errorf("error %v", err)
			}
		})
	}

	// A file that is not as pebble left it.
	dir := t.TempDir()
	s, err := openStore(vfs.Default, dir, fakeChainID, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	manifests, err := filepath.Glob(filepath.Join(dir, databaseName, "db", "MANIFEST-*"))
	if err != nil || len(manifests) == 0 {
		t.Fatal(manifests, err)
	}
	for _, m := range manifests {
		if err := os.Remove(m); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := openStore(vfs.Default, dir, fakeChainID, quiet); !errors.Is(err, ErrCorrupt) {
		t.Errorf("no manifest: error %v", err)
	}

	// An outcome that nobody wrote.
	w := newWorld(t)
	if err := w.journal.(*store).write(func(b *guarded.Batch) { b.Set([]byte("okey/1"), []byte("?")) }); err != nil {
		t.Fatal(err)
	}
	if err := w.Submit(t.Context(), ordinaryIntent(1)); !errors.Is(err, ErrCorrupt) {
		t.Errorf("Submit: error %v", err)
	}
	if _, err := w.Wait(t.Context(), "key/1"); !errors.Is(err, ErrCorrupt) {
		t.Errorf("Wait: error %v", err)
	}
}

func TestOtherAccount(t *testing.T) {
	w := newWorld(t)
	w.submit(blobIntent(1))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	cfg := w.cfg
	cfg.BlobSigner = nil
	if _, err := Open(t.Context(), cfg); !errors.Is(err, ErrOtherAccount) || !strings.Contains(err.Error(), blobAccount.String()) {
		t.Errorf("no blob account: error %v", err)
	}
	cfg.Signer, cfg.BlobSigner = blobSigner, ordinarySigner
	if _, err := Open(t.Context(), cfg); !errors.Is(err, ErrOtherAccount) {
		t.Errorf("exchanged: error %v", err)
	}
	w.open()
	w.mine(3)
	w.success("key/1")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	// Once all is settled, any account will do.
	m, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

// A disk that fails: nothing is sent that may not be on it, nothing more is done.
func TestDiskFull(t *testing.T) {
	for _, kind := range []errorfs.OpKind{errorfs.OpFileWrite, errorfs.OpFileSyncData} {
		for _, at := range []string{"begin", "retry", "settle"} {
			t.Run(at, func(t *testing.T) {
				var full atomic.Bool
				hooked := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
					if full.Load() && op.Kind == kind {
						return syscall.ENOSPC
					}
					return nil
				}))
				w := newWorld(t, func(c *Config) { c.fs = hooked })
				var err error
				if at == "begin" {
					full.Store(true)
					err = w.Submit(t.Context(), ordinaryIntent(1))
				} else {
					w.submit(ordinaryIntent(1))
					if at == "retry" {
						w.chain.minTip.SetInt64(1 << 40)
					}
					w.chain.mine(4)
					full.Store(true)
					err = w.Poll(t.Context())
				}
				if !errors.Is(err, ErrStoreFailed) || !strings.Contains(err.Error(), syscall.ENOSPC.Error()) {
					t.Fatalf("error %v", err)
				}
				want := 1
				if at == "begin" {
					want = 0
				}
				if n := w.chain.deliveries(); n != want {
					t.Errorf("%d transactions were sent", n)
				}
				full.Store(false)
				if err := w.Submit(t.Context(), ordinaryIntent(2)); !errors.Is(err, ErrStoreFailed) {
					t.Errorf("Submit afterwards: error %v", err)
				}
				if err := w.Run(t.Context()); !errors.Is(err, ErrStoreFailed) {
					t.Errorf("Run afterwards: error %v", err)
				}
				if _, err := w.Wait(t.Context(), "key/1"); !errors.Is(err, ErrStoreFailed) {
					t.Errorf("Wait afterwards: error %v", err)
				}
			})
		}
	}
}
