package l1submit

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
)

// ErrDataUnavailable says that the published bytes of a committed batch were not
// in what the node returned. The contract saw them, so layer 1 has them: ask
// another node.
var ErrDataUnavailable = errors.New("the node did not return the batch's published data")

const (
	selectorLength = 4
	wordLength     = 32
)

// dataPlaces says where the published bytes begin in the calldata of the
// functions that commit. The ABI leaves other encodings of the same call, but
// the contract refuses them (NotDirect), so that nobody has to guess: selector,
// offset of the batch, the other argument (a record or a proof), five words of
// the batch, the data's length.
var dataPlaces = func() map[[selectorLength]byte]int {
	places := make(map[[selectorLength]byte]int)
	methods := bindings.NewRollup().GetABI().Methods
	for name, otherWords := range map[string]int{"commitBatch": 8, "commitAndProveBatch": proofWords} {
		places[[selectorLength]byte(methods[name].ID)] = selectorLength + wordLength*(1+otherWords+5+1)
	}
	return places
}()

// PublishedIn returns the published bytes in the calldata of a transaction that
// committed a batch; dataHash, from the batch's event, is their hash. It fails
// with [ErrDataUnavailable] where they are not there. The result shares the
// calldata's memory.
func PublishedIn(calldata []byte, dataHash common.Hash) ([]byte, error) {
	if len(calldata) < selectorLength {
		return nil, fmt.Errorf("%w: calldata of %d bytes", ErrDataUnavailable, len(calldata))
	}
	place, ok := dataPlaces[[selectorLength]byte(calldata)]
	if !ok {
		return nil, fmt.Errorf("%w: the transaction calls the function %x", ErrDataUnavailable, calldata[:selectorLength])
	}
	if len(calldata) < place {
		return nil, fmt.Errorf("%w: calldata of %d bytes", ErrDataUnavailable, len(calldata))
	}
	length := calldata[place-wordLength : place]
	n := binary.BigEndian.Uint64(length[wordLength-8:])
	if !bytes.Equal(length[:wordLength-8], make([]byte, wordLength-8)) || n > uint64(len(calldata)-place) {
		return nil, fmt.Errorf("%w: a length of 0x%x in calldata of %d bytes", ErrDataUnavailable, length, len(calldata))
	}
	data := calldata[place:][:n:n]
	if got := crypto.Keccak256Hash(data); got != dataHash {
		return nil, fmt.Errorf("%w: the transaction's have the hash %s, the event says %s", ErrDataUnavailable, got, dataHash)
	}
	return data, nil
}

// PublishedData reads the published bytes of a committed batch: those that the
// contract computed the challenge over. protocol.ParsePublished makes operations
// of them.
func (r *Rollup) PublishedData(ctx context.Context, batch *BatchCommitted) ([]byte, error) {
	// By its place, not by its hash: nodes forget the places of old transactions
	// sooner than the transactions.
	tx, err := r.chain.client.TransactionInBlock(ctx, batch.BlockHash, batch.TxIndex)
	if err != nil {
		return nil, fmt.Errorf("read published data of batch %d from transaction %s: %w", batch.Number, batch.TxHash, err)
	}
	data, err := r.publishedOf(tx, batch)
	if err != nil {
		return nil, fmt.Errorf("read published data of batch %d from transaction %s: %w", batch.Number, batch.TxHash, err)
	}
	return data, nil
}

func (r *Rollup) publishedOf(tx *types.Transaction, batch *BatchCommitted) ([]byte, error) {
	if tx.Hash() != batch.TxHash || tx.To() == nil || *tx.To() != r.address {
		return nil, fmt.Errorf("%w: in its place stands transaction %s", ErrDataUnavailable, tx.Hash())
	}
	return PublishedIn(tx.Data(), batch.DataHash)
}

// exitCount returns the number of exits that the header of published bytes
// states, at most as many as there is room for.
func exitCount(published []byte) uint64 {
	const place = 2*wordLength + 4*4 // after the commitments and four other numbers
	if len(published) < protocol.HeaderBytes {
		return 0
	}
	return min(uint64(binary.BigEndian.Uint32(published[place:])), uint64(len(published)/protocol.ExitBytes))
}
