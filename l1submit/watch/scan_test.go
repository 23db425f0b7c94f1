package watch

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/google/go-cmp/cmp"

	"github.com/quirezk/quire/l1submit/internal/fakel1"
)

// scanAll reads blocks 1 to last and returns the ranges that were read.
func scanAll(t *testing.T, s *Scanner, last uint64) (logs []types.Log, ends []uint64) {
	t.Helper()
	for first := uint64(1); first <= last; {
		more, end, err := s.Next(context.Background(), first, last)
		if err != nil {
			t.Fatal(err)
		}
		logs = append(logs, more...)
		ends = append(ends, end.Number)
		first = end.Number + 1
	}
	return logs, ends
}

// TestScannerHalves reads blocks of which some are crowded.
func TestScannerHalves(t *testing.T) {
	chain := fakel1.New(1)
	var want []types.Log
	for i := range uint64(1000) {
		events := uint64(1)
		if i >= 500 && i < 520 {
			events = 50
		}
		var txs []fakel1.Tx
		for range events {
			txs = append(txs, event(rollup, "deposit", i))
		}
		want = append(want, chain.Seal(txs...).Logs...)
	}
	requests := 0
	chain.MaxLogs = 60
	chain.Before = func(method string) error {
		if method == "FilterLogs" {
			requests++
		}
		return nil
	}
	got, ends := scanAll(t, NewScanner(chain, rollup, nil, 400), 1000)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("logs differ: %s", diff)
	}
	if requests > 120 {
		t.Errorf("%d requests for %d ranges", requests, len(ends))
	}
	t.Logf("%d requests, %d of them refused", requests, requests-len(ends))

	chain.MaxLogs = 0
	if _, ends := scanAll(t, NewScanner(chain, rollup, nil, 400), 1000); !slices.Equal(ends, []uint64{400, 800, 1000}) {
		t.Errorf("ranges end at %v", ends)
	}
	s := NewScanner(chain, rollup, nil, 0)
	if _, ends := scanAll(t, s, 1000); !slices.Equal(ends, []uint64{1000}) {
		t.Errorf("ranges end at %v", ends)
	}
	if _, _, err := s.Next(context.Background(), 8, 7); err == nil {
		t.Error("read blocks 8 to 7")
	}
}

// TestScannerRefused meets a block that the node does not want to tell about, and
// a broken connection, which is not asked again at once.
func TestScannerRefused(t *testing.T) {
	chain := fakel1.New(1)
	chain.Seal(event(rollup, "deposit", 1), event(rollup, "deposit", 2))
	chain.MaxLogs = 1
	s := NewScanner(chain, rollup, nil, 100)
	var refusal *fakel1.Refusal
	if _, _, err := s.Next(context.Background(), 1, 1); !errors.As(err, &refusal) {
		t.Errorf("error %v", err)
	}
	broken := errors.New("connection reset")
	requests := 0
	chain.Before = func(string) error { requests++; return broken }
	if _, _, err := s.Next(context.Background(), 1, 1); !errors.Is(err, broken) || requests != 1 {
		t.Errorf("%d requests, error %v", requests, err)
	}
}

// liar answers for a node, with the logs changed.
type liar struct {
	*fakel1.Chain
	change func(logs []types.Log) []types.Log
}

func (l liar) FilterLogs(ctx context.Context, q ethereum.FilterQuery) ([]types.Log, error) {
	logs, err := l.Chain.FilterLogs(ctx, q)
	return l.change(slices.Clone(logs)), err
}

// TestImpossibleLogs refuses answers that no node should give, in ranges and in
// single blocks.
func TestImpossibleLogs(t *testing.T) {
	chain := fakel1.New(1)
	for i := range uint64(10) {
		chain.Seal(event(rollup, "deposit", i), event(rollup, "commit", i))
	}
	for name, c := range map[string]struct {
		change func(logs []types.Log) []types.Log
		want   string
	}{
		"another contract": {func(l []types.Log) []types.Log { l[0].Address = other; return l }, "asked for logs of"},
		"removed":          {func(l []types.Log) []types.Log { l[1].Removed = true; return l }, "marked as removed"},
		"below the range":  {func(l []types.Log) []types.Log { l[0].BlockNumber--; return l }, "got one of block"},
		"above the range":  {func(l []types.Log) []types.Log { l[len(l)-1].BlockNumber++; return l }, "got one of block"},
		"another block":    {func(l []types.Log) []types.Log { l[len(l)-1].BlockHash = common.Hash{1}; return l }, "got one of block"},
		"out of order":     {func(l []types.Log) []types.Log { l[0], l[1] = l[1], l[0]; return l }, "not in order"},
		"twice":            {func(l []types.Log) []types.Log { return append([]types.Log{l[0]}, l...) }, "not in order"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, last := range []uint64{1, 10} {
				_, _, err := NewScanner(liar{chain, c.change}, rollup, nil, 0).Next(context.Background(), 1, last)
				if !errors.Is(err, ErrNodeInconsistent) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("range up to %d: error %v", last, err)
				}
			}
			o := &owner{t: t, chain: chain}
			w := New(liar{chain, c.change}, Config{Contract: rollup, Retry: Retry{Attempts: 1, Logger: quiet}, Logger: quiet}, o)
			if err := w.Sync(context.Background()); !errors.Is(err, ErrNodeInconsistent) {
				t.Errorf("watcher: error %v", err)
			}
			if len(o.logs) > 0 {
				t.Error("something was delivered")
			}
		})
	}
	two := func(l []types.Log) []types.Log { l[1].BlockHash = common.Hash{1}; return l }
	if _, _, err := NewScanner(liar{chain, two}, rollup, nil, 0).Next(context.Background(), 1, 5); !errors.Is(err, ErrNodeInconsistent) {
		t.Errorf("two blocks of one number: error %v", err)
	}
}
