package wallet

import (
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/math"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/quirezk/quire/protocol/files"
)

// Rollup says which rollup a signature is for. Take chain and contract from
// somewhere that you trust: they decide where a signature is good.
type Rollup struct {
	ChainID  uint64
	Contract common.Address
	// BlockHash is the hash of the block before the one that the contract was
	// deployed in. It may be the operator's word: with chain and contract given, a
	// wrong one makes an ID that no other rollup of theirs can have.
	BlockHash common.Hash
}

// ID is the rollup's ID as its contract computes it:
// keccak256(abi.encode(chainID, contract, blockHash)) mod r.
func (r Rollup) ID() fr.Element {
	chain := math.U256Bytes(new(big.Int).SetUint64(r.ChainID))
	contract := common.BytesToHash(r.Contract[:])
	var id fr.Element
	id.SetBytes(crypto.Keccak256(chain, contract[:], r.BlockHash[:]))
	return id
}

// String names the rollup for a person.
func (r Rollup) String() string {
	return fmt.Sprintf("%s on chain %d", r.Contract, r.ChainID)
}

// CheckID compares the ID with the one that an operator or a contract states.
// The error is [ErrRollup]; sign nothing with either ID then.
func (r Rollup) CheckID(stated fr.Element) error {
	if id := r.ID(); id != stated {
		return fmt.Errorf("%w: %s has the ID %s with block hash %s, but is said to have %s: "+
			"what is signed for the one is not for the other",
			ErrRollup, r, files.FormatElement(id), r.BlockHash, files.FormatElement(stated))
	}
	return nil
}
