package txmgr

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/crypto/kzg4844"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/holiman/uint256"
)

const (
	// maxKey bounds an idempotency key, in bytes.
	maxKey = 256
	// maxOrdinarySize is what go-ethereum's pool holds of one transaction, in bytes.
	maxOrdinarySize = 128 << 10
	// gasMargin is added to what a node estimates, in percent: a contract's
	// state may differ when the transaction is included.
	gasMargin = 20
)

// Intent is something to be done on layer 1 by one transaction.
type Intent struct {
	// Key names it. Submitting a key again does nothing, also after a restart;
	// it is for the caller to give the same thing the same key, such as
	// "commit/0x…rollup/17". 1 to 256 bytes.
	Key string
	// To is the receiver; nil creates a contract.
	To *common.Address
	// Value in wei; nil is none.
	Value *big.Int
	Data  []byte
	// Gas is the limit. Zero has the node estimate it, so that what would revert
	// now is refused before it costs anything; give it where the transaction
	// relies on one that is still waiting.
	Gas uint64
	// Blobs make it a blob transaction: sidecar version 1, that is with cell
	// proofs (EIP-7594). nil for an ordinary one.
	Blobs *types.BlobTxSidecar
}

// check reports what is wrong with an intent. A transaction that no node takes
// must not get a nonce: everything behind it would wait for ever.
func (in *Intent) check() error {
	if len(in.Key) == 0 || len(in.Key) > maxKey {
		return fmt.Errorf("idempotency key of %d bytes, want 1 to %d", len(in.Key), maxKey)
	}
	if in.Value != nil && (in.Value.Sign() < 0 || in.Value.BitLen() > 256) {
		return fmt.Errorf("value of %v wei, want 0 to 2^256-1", in.Value)
	}
	if in.Gas > params.MaxTxGas {
		return fmt.Errorf("gas limit %d, layer 1 allows %d for a transaction (EIP-7825)", in.Gas, params.MaxTxGas)
	}
	if in.Gas > 0 {
		if err := in.checkGas(); err != nil {
			return err
		}
	}
	if in.Blobs == nil {
		return nil
	}
	return in.checkBlobs()
}

// checkGas compares a given limit with the least that Osaka asks.
func (in *Intent) checkGas() error {
	rules := params.Rules{IsHomestead: true, IsIstanbul: true, IsShanghai: true, IsPrague: true, IsOsaka: true}
	value, _ := uint256.FromBig(in.value())
	least, err := core.IntrinsicGas(in.Data, nil, nil, common.Address{}, in.To, value, rules)
	if err != nil {
		return fmt.Errorf("intrinsic gas: %w", err)
	}
	floor, err := core.FloorDataGas(rules, common.Address{}, in.To, value, in.Data, nil)
	if err != nil {
		return fmt.Errorf("floor of the data's gas: %w", err)
	}
	if least = max(least, floor); in.Gas < least {
		return fmt.Errorf("%w: the limit is %d, the data costs %d", ErrIntrinsicGas, in.Gas, least)
	}
	return nil
}

func (in *Intent) checkBlobs() error {
	b := in.Blobs
	switch {
	case in.To == nil:
		return fmt.Errorf("%w: a blob transaction cannot create a contract", ErrBlobs)
	case b.Version != types.BlobSidecarVersion1:
		return fmt.Errorf("%w: sidecar version %d, want %d", ErrBlobs, b.Version, types.BlobSidecarVersion1)
	case len(b.Blobs) == 0 || len(b.Blobs) > params.BlobTxMaxBlobs:
		return fmt.Errorf("%w: %d blobs, want 1 to %d in a transaction", ErrBlobs, len(b.Blobs), params.BlobTxMaxBlobs)
	case len(b.Commitments) != len(b.Blobs), len(b.Proofs) != len(b.Blobs)*kzg4844.CellProofsPerBlob:
		return fmt.Errorf("%w: %d commitments and %d proofs for %d blobs", ErrBlobs, len(b.Commitments), len(b.Proofs), len(b.Blobs))
	}
	return nil
}

// checkProofs verifies the blobs' proofs: some 30 ms for each blob.
func (in *Intent) checkProofs() error {
	if in.Blobs == nil {
		return nil
	}
	if err := kzg4844.VerifyCellProofs(in.Blobs.Blobs, in.Blobs.Commitments, in.Blobs.Proofs); err != nil {
		return fmt.Errorf("%w: %w", ErrBlobs, err)
	}
	return nil
}

func (in *Intent) value() *big.Int {
	if in.Value == nil {
		return new(big.Int)
	}
	return in.Value
}

// digest says what an intent wants done: everything but how much gas it may take.
func (in *Intent) digest() (common.Hash, error) {
	var hashes []common.Hash
	if in.Blobs != nil {
		hashes = in.Blobs.BlobHashes()
	}
	content, err := rlp.EncodeToBytes([]any{addressBytes(in.To), in.value(), in.Data, hashes})
	if err != nil {
		return common.Hash{}, fmt.Errorf("encode intent: %w", err)
	}
	return crypto.Keccak256Hash(content), nil
}

func addressBytes(a *common.Address) []byte {
	if a == nil {
		return nil
	}
	return a[:]
}

// call returns the intent as a call from an account.
func (in *Intent) call(from common.Address) ethereum.CallMsg {
	msg := ethereum.CallMsg{From: from, To: in.To, Gas: in.Gas, Value: in.value(), Data: in.Data}
	if in.Blobs != nil {
		msg.BlobHashes = in.Blobs.BlobHashes()
	}
	return msg
}

// record is an intent that was given a nonce. Nothing in it changes but attempts,
// which grows.
type record struct {
	Intent
	account  common.Address
	digest   common.Hash
	nonce    uint64
	gas      uint64
	block    uint64 // layer 1's newest when the nonce was given: it was unused there
	attempts []attempt
}

// attempt is one signed transaction for a record.
type attempt struct {
	fees  fees
	block uint64 // layer 1's newest when it was signed
	hash  common.Hash
	// The signature; v is the parity.
	v, r, s *big.Int
}

// last returns the attempt with the highest fees.
func (rec *record) last() attempt { return rec.attempts[len(rec.attempts)-1] }

// hashes returns the attempts' hashes, in the order of their making.
func (rec *record) hashes() []common.Hash {
	hashes := make([]common.Hash, len(rec.attempts))
	for i, a := range rec.attempts {
		hashes[i] = a.hash
	}
	return hashes
}

// unsigned returns the record's transaction with these fees.
func (rec *record) unsigned(chainID *big.Int, f fees) *types.Transaction {
	return rec.build(chainID, attempt{fees: f})
}

// build returns the transaction of an attempt. It is always the same.
func (rec *record) build(chainID *big.Int, a attempt) *types.Transaction {
	if rec.Blobs == nil {
		return types.NewTx(&types.DynamicFeeTx{
			ChainID: chainID, Nonce: rec.nonce, To: rec.To, Value: rec.value(), Data: rec.Data, Gas: rec.gas,
			GasTipCap: a.fees.tip, GasFeeCap: a.fees.cap, V: a.v, R: a.r, S: a.s,
		})
	}
	return types.NewTx(&types.BlobTx{
		ChainID: word(chainID), Nonce: rec.nonce, To: *rec.To, Value: word(rec.value()), Data: rec.Data, Gas: rec.gas,
		GasTipCap: word(a.fees.tip), GasFeeCap: word(a.fees.cap), BlobFeeCap: word(a.fees.blobCap),
		BlobHashes: rec.Blobs.BlobHashes(), Sidecar: rec.Blobs, V: word(a.v), R: word(a.r), S: word(a.s),
	})
}

// word is what blob transactions have for numbers; nil is zero.
func word(n *big.Int) *uint256.Int {
	if n == nil {
		return new(uint256.Int)
	}
	w, _ := uint256.FromBig(n) // everything here was below 2^256 before
	return w
}

// cost is the most that the last attempt can take from the account, in wei.
func (rec *record) cost() *big.Int { return cost(rec.value(), rec.gas, rec.Blobs, rec.last().fees) }

func cost(value *big.Int, gas uint64, blobs *types.BlobTxSidecar, f fees) *big.Int {
	total := new(big.Int).Mul(new(big.Int).SetUint64(gas), f.cap)
	total.Add(total, value)
	if blobs != nil {
		blobGas := big.NewInt(int64(len(blobs.Blobs)) * params.BlobTxBlobGasPerBlob)
		total.Add(total, blobGas.Mul(blobGas, f.blobCap))
	}
	return total
}

// errBlobAccount is for a manager without one.
var errBlobAccount = fmt.Errorf("%w: %w", ErrBlobs, errors.New("no account for blob transactions was configured"))
