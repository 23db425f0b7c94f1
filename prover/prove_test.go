package prover

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	groth16bn254 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/google/go-cmp/cmp"
)

func toyProof(tb testing.TB, seed uint64) *Proof {
	tb.Helper()
	p, err := Prove(bg, toyKeys(tb), Job{Assignment: toyAssignment(seed), Published: []byte{1, 2, 3}, Verifier: [20]byte{9}}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestProveReportsItsStages(t *testing.T) {
	keys := toyKeys(t)
	var begun, ended []Stage
	var last Event
	p, err := Prove(bg, keys, Job{Assignment: toyAssignment(5), Published: []byte("data"), Verifier: [20]byte{7}}, func(e Event) {
		if e.Stage != last.Stage {
			begun = append(begun, e.Stage)
		}
		if e.End {
			ended = append(ended, e.Stage)
		}
		if e.Elapsed < 0 || e.Elapsed > time.Hour {
			t.Errorf("%s: elapsed %s", e.Stage, e.Elapsed)
		}
		last = e
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []Stage{StageSolve, StageProve, StageVerify}
	if diff := cmp.Diff(want, begun); diff != "" {
		t.Fatalf("stages begun (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, ended); diff != "" {
		t.Fatalf("stages ended (-want +got):\n%s", diff)
	}
	if p.Shape != "toy" || p.Circuit != keys.circuit.digest || string(p.Published) != "data" || p.Verifier != [20]byte{7} {
		t.Fatalf("the proof is about something else: %+v", p)
	}
	if err := keys.verify.Verify(p); err != nil {
		t.Fatal(err)
	}
}

func TestProveRefusesWrongAssignments(t *testing.T) {
	keys := toyKeys(t)
	wrongStatement := toyAssignment(5)
	wrongStatement.D = 1
	outOfTable := toyAssignment(5)
	outOfTable.Index[0] = 4
	outOfRange := toyAssignment(1 << 16)
	var stages []Stage
	observe := func(e Event) {
		if e.End {
			stages = append(stages, e.Stage)
		}
	}
	for name, a := range map[string]*toy{"wrong statement": wrongStatement, "out of range": outOfRange} {
		if _, err := Prove(bg, keys, Job{Assignment: a}, observe); !errors.Is(err, ErrUnsatisfied) {
			t.Errorf("%s: got %v, want ErrUnsatisfied", name, err)
		}
	}
	if _, err := Prove(bg, keys, Job{Assignment: outOfTable}, nil); err == nil {
		t.Error("a look-up outside its table was proven")
	}
	if _, err := Prove(bg, keys, Job{Assignment: &toy{}}, nil); err == nil {
		t.Error("an assignment with nothing in it was proven")
	}
	if _, err := Prove(bg, keys, Job{Assignment: &uncommitted{D: 1, Z: 1, Y: 1}}, nil); err == nil {
		t.Error("an assignment of another circuit was proven")
	}
	for _, s := range stages {
		if s == StageVerify {
			t.Error("a proof that failed reported its verification as done")
		}
	}
}

// TestSharedKeysSolveApart makes proofs of different tables from one Keys at
// once. gnark caches table entries inside the constraint system, so without a
// copy for each proof they would read one another's.
func TestSharedKeysSolveApart(t *testing.T) {
	keys := toyKeys(t)
	pool := NewPool(4 * keys.ProofBytes())
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			p, err := pool.Prove(bg, keys, Job{Assignment: toyAssignment(uint64(1000 * i))}, nil)
			if err != nil {
				t.Errorf("proof %d: %v", i, err)
				return
			}
			var want fr.Element
			want.SetUint64(uint64(8000*i + 28))
			if p.Statement.D != want {
				t.Errorf("proof %d is about %s, want %s", i, p.Statement.D.String(), want.String())
			}
		}()
	}
	wg.Wait()
}

func TestPoolRefusesWhatCanNeverFit(t *testing.T) {
	keys := toyKeys(t)
	_, err := NewPool(keys.ProofBytes()-1).Prove(bg, keys, Job{Assignment: toyAssignment(1)}, nil)
	if !errors.Is(err, ErrOverBudget) {
		t.Fatalf("got %v", err)
	}
}

// TestCancelledProofHoldsItsMemory cancels a proof that is being made: the call
// returns while the computation goes on, and its memory must not be given to
// another proof until it has ended.
func TestCancelledProofHoldsItsMemory(t *testing.T) {
	keys := toyKeys(t)
	pool := NewPool(keys.ProofBytes())
	ctx, cancel := context.WithCancel(bg)
	inside, release := make(chan struct{}), make(chan struct{})
	returned := make(chan error, 1)
	go func() {
		_, err := pool.Prove(ctx, keys, Job{Assignment: toyAssignment(1)}, func(e Event) {
			if e.Stage == StageSolve && !e.End {
				close(inside)
				<-release // the computation stands still here
			}
		})
		returned <- err
	}()
	<-inside
	cancel()
	if pool.memory.TryAcquire(1) {
		t.Fatal("a running proof holds no memory")
	}
	close(release)
	if err := <-returned; !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	// Everything comes back in the end.
	if _, err := pool.Prove(bg, keys, Job{Assignment: toyAssignment(2)}, nil); err != nil {
		t.Fatal(err)
	}
}

func TestNoEventAfterReturn(t *testing.T) {
	keys := toyKeys(t)
	ctx, cancel := context.WithCancel(bg)
	var mu sync.Mutex
	over := false
	_, err := Prove(ctx, keys, Job{Assignment: toyAssignment(1)}, func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		if over {
			t.Error("event after the call had returned")
		}
		cancel()
	})
	mu.Lock()
	over = true
	mu.Unlock()
	if !errors.Is(err, context.Canceled) && err != nil {
		t.Fatal(err)
	}
	if _, err := Prove(ctx, keys, Job{Assignment: toyAssignment(1)}, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("a proof was begun under a cancelled context: %v", err)
	}
}

func TestVerifyRefusesAlteredProofs(t *testing.T) {
	vk := toyKeys(t).verify
	good := toyProof(t, 5)
	other := toyProof(t, 6)
	alter := func(change func(*Proof)) *Proof {
		p := *good
		change(&p)
		return &p
	}
	cases := map[string]*Proof{
		"other digest":     alter(func(p *Proof) { p.Circuit[0] ^= 1 }),
		"other shape":      alter(func(p *Proof) { p.Shape = "other" }),
		"other D":          alter(func(p *Proof) { p.Statement.D = other.Statement.D }),
		"Z plus one":       alter(func(p *Proof) { p.Statement.Z.SetOne() }),
		"Y plus one":       alter(func(p *Proof) { p.Statement.Y.SetOne() }),
		"other proof":      alter(func(p *Proof) { p.Words = other.Words }),
		"other commitment": alter(func(p *Proof) { p.Words[8], p.Words[9] = other.Words[8], other.Words[9] }),
		"all zero":         alter(func(p *Proof) { p.Words = [ProofWords][32]byte{} }),
	}
	for i := range ProofWords {
		// The flags of gnark's point encodings: infinity and the two signs of a
		// compressed point. Its reader would take a word for a whole point, and a
		// later word for the number of commitments.
		for _, flag := range []byte{0x40, 0x80, 0xc0} {
			cases[fmt.Sprintf("flag %x in word %d", flag, i)] = alter(func(p *Proof) { p.Words[i][0] |= flag })
		}
		cases["bit in word "+string(rune('a'+i))] = alter(func(p *Proof) { p.Words[i][31] ^= 1 })
		cases["zero word "+string(rune('a'+i))] = alter(func(p *Proof) { p.Words[i] = [32]byte{} })
		cases["word + p "+string(rune('a'+i))] = alter(func(p *Proof) {
			v := new(big.Int).SetBytes(p.Words[i][:])
			v.Add(v, fp.Modulus()).FillBytes(p.Words[i][:])
		})
	}
	// Infinity as gnark flags it, in each point.
	for _, first := range []int{0, 2, 6, 8, 10} {
		cases["infinity at word "+string(rune('a'+first))] = alter(func(p *Proof) {
			end := first + 2
			if first == 2 {
				end = 6
			}
			for i := first; i < end; i++ {
				p.Words[i] = [32]byte{}
			}
			p.Words[first][0] = 0x40
		})
	}
	for name, p := range cases {
		if err := vk.Verify(p); !errors.Is(err, ErrInvalidProof) {
			t.Errorf("%s: got %v, want ErrInvalidProof", name, err)
		}
	}
	if err := vk.Verify(good); err != nil {
		t.Fatalf("the unaltered proof: %v", err)
	}
}

// TestProofIsForLayerOne: under gnark's default hash-to-field the proof must not
// verify, or it was not made for the Solidity verifier.
func TestProofIsForLayerOne(t *testing.T) {
	p := toyProof(t, 5)
	points, err := p.points()
	if err != nil {
		t.Fatal(err)
	}
	public := fr.Vector{p.Statement.D, p.Statement.Z, p.Statement.Y}
	if err := groth16bn254.Verify(points, toyKeys(t).verify.key, public); err == nil {
		t.Fatal("the proof verifies with gnark's default hash-to-field")
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	keys := toyKeys(t)
	_, err := NewPool(1).Prove(bg, keys, Job{Assignment: toyAssignment(1)}, nil)
	if err == nil || !strings.Contains(err.Error(), "MiB") || !strings.Contains(err.Error(), `"toy"`) {
		t.Fatalf("got %v", err)
	}
}
