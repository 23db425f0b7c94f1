package txmgr

import (
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto/kzg4844"
	"github.com/ethereum/go-ethereum/rlp"
)

// What is on disk, in RLP: canonical, so each value has one encoding.

// intentOnDisk is a record but for its key and its attempts. It is written once.
type intentOnDisk struct {
	Account common.Address
	Nonce   uint64
	To      *common.Address `rlp:"nil"`
	Value   *big.Int
	Data    []byte
	Gas     uint64
	Block   uint64
	Blobs   *blobsOnDisk `rlp:"nil"`
}

type blobsOnDisk struct {
	Version     byte
	Blobs       []kzg4844.Blob
	Commitments []kzg4844.Commitment
	Proofs      []kzg4844.Proof
}

// attemptOnDisk is an attempt. With the intent it is the whole transaction.
type attemptOnDisk struct {
	Tip, Cap, BlobCap *big.Int
	Block             uint64
	Hash              common.Hash
	V, R, S           *big.Int
}

// outcomeKind says how an intent ended.
type outcomeKind byte

const (
	succeeded outcomeKind = iota + 1
	reverted
	displaced
)

// outcome is an intent's end, and all that is kept of it.
type outcome struct {
	Kind    outcomeKind
	Account common.Address
	Nonce   uint64
	Digest  common.Hash
	Hashes  []common.Hash
	// Receipt is JSON, as nodes have it; empty where displaced.
	Receipt []byte
	// RevertData and RevertText are the contract's and the node's answer where
	// reverted.
	RevertData []byte
	RevertText string
	// By and ByBlock are what took the nonce where displaced.
	By      common.Hash
	ByBlock uint64
}

func encodeIntent(rec *record) ([]byte, error) {
	stored := intentOnDisk{
		Account: rec.account, Nonce: rec.nonce, To: rec.To, Value: rec.value(), Data: rec.Data, Gas: rec.gas, Block: rec.block,
	}
	if b := rec.Blobs; b != nil {
		stored.Blobs = &blobsOnDisk{b.Version, b.Blobs, b.Commitments, b.Proofs}
	}
	return rlp.EncodeToBytes(&stored)
}

// decodeIntent returns a record without attempts. Errors wrap [ErrCorrupt].
func decodeIntent(key string, data []byte) (*record, error) {
	var stored intentOnDisk
	if err := rlp.DecodeBytes(data, &stored); err != nil {
		return nil, corrupt(key, err)
	}
	rec := &record{
		Intent:  Intent{Key: key, To: stored.To, Value: stored.Value, Data: stored.Data},
		account: stored.Account, nonce: stored.Nonce, gas: stored.Gas, block: stored.Block,
	}
	if b := stored.Blobs; b != nil {
		if rec.To == nil || len(b.Commitments) != len(b.Blobs) {
			return nil, corrupt(key, fmt.Errorf("%d blobs with %d commitments", len(b.Blobs), len(b.Commitments)))
		}
		rec.Blobs = types.NewBlobTxSidecar(b.Version, b.Blobs, b.Commitments, b.Proofs)
	}
	if stored.Value.BitLen() > 256 {
		return nil, corrupt(key, fmt.Errorf("value of %d bits", stored.Value.BitLen()))
	}
	var err error
	rec.digest, err = rec.Intent.digest()
	return rec, err
}

func encodeAttempts(attempts []attempt) ([]byte, error) {
	stored := make([]attemptOnDisk, len(attempts))
	for i, a := range attempts {
		stored[i] = attemptOnDisk{a.fees.tip, a.fees.cap, a.fees.blobCap, a.block, a.hash, a.v, a.r, a.s}
	}
	return rlp.EncodeToBytes(stored)
}

// decodeAttempts errors wrap [ErrCorrupt].
func decodeAttempts(key string, data []byte) ([]attempt, error) {
	var stored []attemptOnDisk
	if err := rlp.DecodeBytes(data, &stored); err != nil {
		return nil, corrupt(key, err)
	}
	if len(stored) == 0 {
		return nil, corrupt(key, fmt.Errorf("no transaction"))
	}
	attempts := make([]attempt, len(stored))
	for i, a := range stored {
		for _, n := range []*big.Int{a.Tip, a.Cap, a.BlobCap, a.V, a.R, a.S} {
			if n.BitLen() > 256 {
				return nil, corrupt(key, fmt.Errorf("number of %d bits", n.BitLen()))
			}
		}
		attempts[i] = attempt{fees: fees{a.Tip, a.Cap, a.BlobCap}, block: a.Block, hash: a.Hash, v: a.V, r: a.R, s: a.S}
	}
	return attempts, nil
}

func encodeOutcome(o *outcome) ([]byte, error) { return rlp.EncodeToBytes(o) }

// decodeOutcome errors wrap [ErrCorrupt].
func decodeOutcome(key string, data []byte) (*outcome, error) {
	o := new(outcome)
	if err := rlp.DecodeBytes(data, o); err != nil {
		return nil, corrupt(key, err)
	}
	if o.Kind < succeeded || o.Kind > displaced {
		return nil, corrupt(key, fmt.Errorf("outcome of kind %d", o.Kind))
	}
	if _, err := o.receipt(); err != nil {
		return nil, corrupt(key, err)
	}
	return o, nil
}

// receipt returns the receipt; nil where displaced.
func (o *outcome) receipt() (*types.Receipt, error) {
	if len(o.Receipt) == 0 {
		if o.Kind != displaced {
			return nil, fmt.Errorf("no receipt")
		}
		return nil, nil
	}
	receipt := new(types.Receipt)
	if err := json.Unmarshal(o.Receipt, receipt); err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	if receipt.BlockNumber == nil {
		return nil, fmt.Errorf("receipt without a block")
	}
	return receipt, nil
}

func corrupt(key string, err error) error {
	return fmt.Errorf("%w: record of %q: %w", ErrCorrupt, key, err)
}
