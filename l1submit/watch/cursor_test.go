package watch

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"

	"github.com/quirezk/quire/l1submit/internal/fakel1"
)

func blockID(n uint64) (id BlockID) {
	id.Number = n
	binary.BigEndian.PutUint64(id.Hash[:], n+1)
	return id
}

// TestTrail stays short over many blocks, keeps the newest without gaps, the
// first for ever, and something at every distance.
func TestTrail(t *testing.T) {
	for _, stride := range []uint64{1, 2, 100} {
		var c Cursor
		for n := uint64(3); n < 20_000*stride; n += stride {
			kept := Cursor{c.Block, slices.Clone(c.Trail)}
			next := c.next(blockID(n))
			if c.Block != kept.Block || !slices.Equal(c.Trail, kept.Trail) {
				t.Fatal("next changed its receiver")
			}
			c = next
			if len(c.Trail) > trailDense+40 {
				t.Fatalf("at %d: %d blocks", n, len(c.Trail))
			}
			if n > 3000*stride && n/stride%97 > 0 { // the rest is looked at now and then
				continue
			}
			above := c.Block
			for i, b := range c.Trail {
				age := n - b.Number
				if b != blockID(b.Number) || b.Number >= above.Number {
					t.Fatalf("at %d: block %v below %v", n, b, above)
				}
				if age <= trailDense && age != uint64(i+1)*stride {
					t.Fatalf("at %d: a gap: block %d, %d back", n, b.Number, i)
				}
				if i > 0 && age > 4*(n-above.Number)+2*stride {
					t.Fatalf("at %d: nothing between %d and %d", n, above.Number, b.Number)
				}
				above = b
			}
			if above.Number != 3 {
				t.Fatalf("at %d: the trail ends at %d", n, above.Number)
			}
		}
	}
}

func sampleCursor() Cursor {
	var c Cursor
	for n := range uint64(5) {
		c = c.next(blockID(100 + n))
	}
	return c
}

func TestCursorBytes(t *testing.T) {
	for _, c := range []Cursor{{}, {Block: blockID(7)}, sampleCursor()} {
		got, err := ParseCursor(c.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, got); diff != "" {
			t.Error(diff)
		}
	}
	good := string(sampleCursor().Bytes())
	for name, c := range map[string]struct{ old, new string }{
		"nothing":        {good, ""},
		"another format": {"quire/cursor/1", "quire/cursor/2"},
		"a field more":   {`"trail"`, `"more":1,"trail"`},
		"a field less":   {`"number":104,`, ``},
		"twice":          {"\n", "\n" + good},
		"spaces":         {`"trail":[`, `"trail": [`},
		"trail too high": {`"number":103`, `"number":104`},
		"short hash":     {"0x0000000000000065", "0x00000000000065"},
		"negative":       {`"number":104`, `"number":-104`},
		"case":           {`"number"`, `"Number"`},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(good, c.old, c.new, 1)
			if changed == good {
				t.Fatal("nothing was changed")
			}
			if got, err := ParseCursor([]byte(changed)); !errors.Is(err, ErrCursor) || got.Block != (BlockID{}) {
				t.Errorf("cursor %v, error %v", got, err)
			}
		})
	}
}

func FuzzParseCursor(f *testing.F) {
	f.Add(Cursor{}.Bytes())
	f.Add(sampleCursor().Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseCursor(b)
		if err != nil {
			if !errors.Is(err, ErrCursor) {
				t.Errorf("error %v", err)
			}
			return
		}
		if string(c.Bytes()) != string(b) {
			t.Errorf("parsed %s, wrote %s", b, c.Bytes())
		}
	})
}

// TestFile watches with a cursor in a file, over several restarts and a failure
// between handling a step and saving the cursor.
func TestFile(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	file := NewFile(filepath.Join(dir, "cursor.json"))
	chain := fakel1.New(1)
	var handled []uint64
	seen := make(map[common.Hash]int) // by block
	sink := Stored(file, func(_ context.Context, step Step) error {
		for n := step.First; n <= step.Cursor.Block.Number; n++ {
			handled = append(handled, n)
		}
		for _, l := range step.Logs {
			seen[l.BlockHash]++
		}
		return nil
	})
	config := Config{Contract: rollup, Confirmations: 1, Retry: patient, Logger: quiet}
	for range 5 {
		branch(chain, 3, 0)
		if err := New(chain, config, sink).Sync(ctx); err != nil {
			t.Fatal(err)
		}
	}
	for i, n := range handled {
		if n != uint64(i+1) {
			t.Fatalf("handled blocks %v", handled)
		}
	}
	if c, err := file.Load(ctx); err != nil || c.Block.Number != 14 {
		t.Errorf("cursor %v, error %v", c, err)
	}

	// What cannot be saved comes again.
	unsaved := Stored(NewFile(filepath.Join(dir, "missing", "cursor.json")), func(context.Context, Step) error { return nil })
	if err := New(chain, config, unsaved).Sync(ctx); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "save cursor") {
		t.Errorf("error %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "cursor.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := New(chain, config, sink).Sync(ctx); !errors.Is(err, ErrCursor) {
		t.Errorf("error %v", err)
	}
}
