package guarded

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// quiet is for stores that are meant to be in trouble.
var quiet = slog.New(slog.DiscardHandler)

const dir = "store"

func mustOpen(t *testing.T, disk vfs.FS) *DB {
	t.Helper()
	d, err := Open(dir, Options{FS: disk, MemTableBytes: 64 << 10, Logger: quiet, Name: "test store"})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func mustClose(t *testing.T, d *DB) {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// set commits one record.
func set(t *testing.T, d *DB, key, value string) {
	t.Helper()
	b := d.NewBatch()
	b.Set([]byte(key), []byte(value))
	if err := d.Commit(b); err != nil {
		t.Fatal(err)
	}
}

// want compares what is under a key; "" means nothing.
func want(t *testing.T, get func(dst, key []byte) ([]byte, bool, error), key, value string) {
	t.Helper()
	got, found, err := get([]byte("before "), []byte(key))
	if err != nil || found != (value != "") || string(got) != "before "+value {
		t.Errorf("%s: %q, %v, %v; want %q", key, got, found, err, value)
	}
}

func TestBatch(t *testing.T) {
	disk := vfs.NewMem()
	d := mustOpen(t, disk)
	b := d.NewBatch()
	key, value := []byte("b"), []byte("one")
	b.Set(key, value)
	key[0], value[0] = 'x', 'x' // not the batch's to keep
	b.Set([]byte("a"), []byte("zero"))
	b.Set([]byte("c"), []byte("two"))
	if b.Len() != 3 || b.Size() < 13 {
		t.Errorf("%d changes, %d bytes", b.Len(), b.Size())
	}
	if err := d.Commit(b); err != nil {
		t.Fatal(err)
	}
	s := d.Snapshot()
	b = d.NewBatch()
	b.Set([]byte("a"), []byte("gone"))
	b.DeleteRange([]byte("a"), []byte("c"))
	b.Set([]byte("b"), []byte("again"))
	b.Delete([]byte("c"))
	b.Delete([]byte("never there"))
	if err := d.Commit(b); err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]string{"a": "zero", "b": "one", "c": "two", "x": ""} {
		want(t, s.Get, key, value)
	}
	for range 2 {
		for key, value := range map[string]string{"a": "", "b": "again", "c": "", "x": ""} {
			want(t, d.Get, key, value)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		mustClose(t, d)
		d = mustOpen(t, disk)
	}
	mustClose(t, d)
}

func TestScan(t *testing.T) {
	d := mustOpen(t, vfs.NewMem())
	for i := range 5 {
		set(t, d, fmt.Sprintf("k%d", i), fmt.Sprint(i))
	}
	s := d.Snapshot()
	set(t, d, "k2a", "later")
	for _, c := range []struct {
		lower, upper string
		want         string
	}{
		{"k", "l", "0 1 2 3 4"},
		{"k1", "k3", "1 2"},
		{"k2", "k2", ""},
		{"k3", "k1", ""},
		{"k4", "", "4"},
		{"x", "y", ""},
	} {
		lower, upper := []byte(c.lower), []byte(c.upper)
		if c.upper == "" {
			upper = []byte{0xf0}
		}
		var up, down []string
		for r, err := range s.Ascend(lower, upper) {
			if err != nil {
				t.Fatal(err)
			}
			up = append(up, string(r.Value))
		}
		for r, err := range s.Descend(lower, upper) {
			if err != nil {
				t.Fatal(err)
			}
			if string(r.Key) != "k"+string(r.Value) {
				t.Errorf("%q under %q", r.Value, r.Key)
			}
			down = append(down, string(r.Value))
		}
		if strings.Join(up, " ") != c.want {
			t.Errorf("from %s to %s: %v", c.lower, c.upper, up)
		}
		if slices.Reverse(down); !slices.Equal(up, down) {
			t.Errorf("from %s to %s, downwards: %v", c.lower, c.upper, down)
		}
	}
	// Without bounds there is the number of commits too. Leaving early is no harm.
	n := 0
	for r, err := range s.Ascend(nil, nil) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 3 && string(r.Key) == "k2" {
			break
		}
	}
	for r, err := range s.Descend(nil, nil) {
		if err != nil || string(r.Key) != string(commitsKey) || string(r.Value) != string(commitsRecord(5)) {
			t.Errorf("the last record is %x: %x, %v", r.Key, r.Value, err)
		}
		break
	}
	if n != 3 {
		t.Errorf("%d records", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	mustClose(t, d)
}

func TestClosed(t *testing.T) {
	d := mustOpen(t, vfs.NewMem())
	s, b := d.Snapshot(), d.NewBatch()
	if err := d.Close(); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "test store") {
		t.Errorf("close with a snapshot: %v", err)
	}
	set(t, d, "k", "v") // nothing has changed
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	for range 2 {
		mustClose(t, d)
	}
	after := d.Snapshot()
	for _, get := range []func(dst, key []byte) ([]byte, bool, error){s.Get, after.Get, d.Get} {
		if _, _, err := get(nil, []byte("k")); !errors.Is(err, ErrClosed) {
			t.Errorf("read: %v", err)
		}
	}
	for _, s := range []*Snapshot{s, after} {
		for _, err := range s.Ascend(nil, nil) {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("scan: %v", err)
			}
		}
	}
	if err := d.Commit(b); !errors.Is(err, ErrClosed) {
		t.Errorf("commit: %v", err)
	}
	if err := after.Close(); err != nil {
		t.Error(err)
	}
}
