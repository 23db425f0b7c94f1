package l1submit

import (
	"bytes"
	"errors"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
)

// What is read back from layer 1 is what was published, whichever way the batch
// was committed.
func TestPublishedData(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	r.deposit(t, testDeposit(1, 100))
	p := r.next()
	p.Deposits = credited(testDeposit(1, 100))
	p.Transfers = transfers(3)
	receipt := r.settle(t, 2, p)
	atOnce := must(eventOf[*BatchCommitted](r.Rollup, receipt))(t)
	later, event := r.commit(t, 1, r.next())
	for _, c := range []struct {
		event *BatchCommitted
		want  []byte
	}{{atOnce, p.Bytes()}, {event, later.Data}} {
		data := must(r.PublishedData(ctx, c.event))(t)
		if !bytes.Equal(data, c.want) {
			t.Errorf("batch %d: %x, want %x", c.event.Number, data, c.want)
		}
		if _, err := protocol.ParsePublished(data); err != nil {
			t.Error(err)
		}
	}

	wrong := *atOnce
	wrong.DataHash[0] ^= 1
	if _, err := r.PublishedData(ctx, &wrong); !errors.Is(err, ErrDataUnavailable) {
		t.Errorf("another hash: got %v, want %v", err, ErrDataUnavailable)
	}
	wrong = *atOnce
	wrong.TxHash[0] ^= 1
	if _, err := r.PublishedData(ctx, &wrong); !errors.Is(err, ErrDataUnavailable) {
		t.Errorf("another transaction: got %v, want %v", err, ErrDataUnavailable)
	}
	wrong = *atOnce
	wrong.TxIndex = 5
	if _, err := r.PublishedData(ctx, &wrong); err == nil {
		t.Error("a transaction that is not there has data")
	}
	other := OpenRollup(r.dev.Chain, common.Address{1}, 0)
	if _, err := other.PublishedData(ctx, atOnce); !errors.Is(err, ErrDataUnavailable) {
		t.Errorf("another rollup: got %v, want %v", err, ErrDataUnavailable)
	}
}

// The ABI lets a call be written in many ways. Either the contract refuses one,
// or the data are found in it: no operator can publish what cannot be read.
func TestPublishedDataOfStrangeCalldata(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	p := r.next()
	p.Transfers = transfers(4)
	b := r.prepare(t, 0, p)
	call := must(r.CommitAndProveBatchCall(&b.Commit, b.proof))(t)
	place := dataPlaces[[4]byte(call.Data)]
	const batchOffset = selectorLength // the first argument
	batchAt := place - 6*wordLength    // its five words and the data's length
	dataOffset := batchAt + 2*wordLength
	word := func(data []byte, at int) *big.Int { return new(big.Int).SetBytes(data[at : at+wordLength]) }
	put := func(data []byte, at int, n *big.Int) { copy(data[at:], common.BigToHash(n).Bytes()) }
	if got := word(call.Data, batchOffset).Int64() + selectorLength; got != int64(batchAt) {
		t.Fatalf("the batch is at %d, not at %d", got, batchAt)
	}
	wrap := new(big.Int).Lsh(big.NewInt(1), 256)

	for _, test := range []struct {
		name     string
		accepted bool
		change   func([]byte) []byte
	}{
		{"trailing bytes", true, func(data []byte) []byte { return append(data, 1, 2, 3) }},
		// go-ethereum's decoder does not understand this one.
		{"the batch's head behind the data, with negative offsets", true, func(data []byte) []byte {
			head := bytes.Clone(data[batchAt : batchAt+5*wordLength])
			end := len(data)
			data = append(data, head...)
			put(data, batchOffset, big.NewInt(int64(end-selectorLength)))
			for i := 2; i < 5; i++ { // offsets count from the head
				moved := big.NewInt(int64(batchAt - end))
				put(data, end+i*wordLength, moved.Add(moved, word(head, i*wordLength)).Mod(moved, wrap))
			}
			return data
		}},
		{"a copy of the data behind", false, func(data []byte) []byte {
			copied := bytes.Clone(data[place-wordLength:])
			put(data, dataOffset, big.NewInt(int64(len(data)-batchAt)))
			return append(data, copied...)
		}},
	} {
		changed := call
		changed.Data = test.change(bytes.Clone(call.Data))
		receipt, err := r.operator.Send(ctx, changed)
		if !test.accepted {
			wantReason[bindings.RollupNotDirect](t, err)
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		event := must(eventOf[*BatchCommitted](r.Rollup, receipt))(t)
		if data, err := r.PublishedData(ctx, event); err != nil || !bytes.Equal(data, b.Data) {
			t.Errorf("%s: %x, %v", test.name, data, err)
		}
		r.advance(&event.Record)
		b = r.prepare(t, 0, r.next())
		call = must(r.CommitAndProveBatchCall(&b.Commit, b.proof))(t)
	}
}

// countingProof returns something of a proof's form.
func countingProof() (proof [proofWords]*big.Int) {
	for i := range proof {
		proof[i] = big.NewInt(int64(i))
	}
	return proof
}

func FuzzPublishedIn(f *testing.F) {
	contract := bindings.NewRollup()
	batch := Commit{Data: new(protocol.Published).Bytes()}
	atOnce := contract.PackCommitAndProveBatch(batch.binding(), countingProof())
	later := contract.PackCommitBatch(batch.binding(), new(Record).binding())
	for _, calldata := range [][]byte{nil, atOnce[:3], atOnce[:4], atOnce, later, contract.PackFrozen(), append(later[:4:4], make([]byte, 1000)...)} {
		f.Add(calldata)
	}
	f.Fuzz(func(t *testing.T, calldata []byte) {
		for _, data := range [][]byte{batch.Data, nil, calldata} {
			got, err := PublishedIn(calldata, crypto.Keccak256Hash(data))
			switch {
			case err == nil && !bytes.Equal(got, data):
				t.Errorf("returned %x for %x", got, data)
			case err != nil && !errors.Is(err, ErrDataUnavailable):
				t.Error(err)
			}
		}
	})
}

func TestPublishedInFindsBothCalls(t *testing.T) {
	contract := bindings.NewRollup()
	for _, n := range []int{0, 1, 31, 32, 33, 5000} {
		batch := Commit{Data: bytes.Repeat([]byte{0xab}, n), Deposits: protocol.LaneProof{Metas: make([][32]byte, 3)}}
		hash := crypto.Keccak256Hash(batch.Data)
		for _, calldata := range [][]byte{
			contract.PackCommitAndProveBatch(batch.binding(), countingProof()), contract.PackCommitBatch(batch.binding(), new(Record).binding()),
		} {
			if data, err := PublishedIn(calldata, hash); err != nil || !bytes.Equal(data, batch.Data) {
				t.Errorf("%d bytes: %x, %v", n, data, err)
			}
		}
	}
}
