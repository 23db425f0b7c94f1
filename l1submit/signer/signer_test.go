package signer

import (
	"errors"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
)

func TestDev(t *testing.T) {
	key := testKey(t, "dev")
	checkSigns(t, NewDev(key), crypto.PubkeyToAddress(key.PublicKey))
}

func TestVerify(t *testing.T) {
	key, other := testKey(t, "one"), testKey(t, "two")
	address := crypto.PubkeyToAddress(key.PublicKey)
	rules := types.LatestSignerForChainID(testChain)
	sign := func(tx *types.Transaction, by string) *types.Transaction {
		k := key
		if by == "other" {
			k = other
		}
		signed, err := types.SignTx(tx, rules, k)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	dearer := types.NewTx(&types.DynamicFeeTx{
		ChainID: testChain, Nonce: 3, To: &common.Address{1}, Gas: 50_000, Value: big.NewInt(7), Data: []byte("data"),
		GasTipCap: big.NewInt(params.GWei), GasFeeCap: big.NewInt(4 * params.GWei),
	})
	legacy := types.NewTx(&types.LegacyTx{Nonce: 3, To: &common.Address{1}, Gas: 50_000, GasPrice: big.NewInt(1)})
	for name, signed := range map[string]*types.Transaction{
		"nothing":       nil,
		"unsigned":      ordinaryTx(),
		"other account": sign(ordinaryTx(), "other"),
		"other fee":     sign(dearer, "key"),
		"other type":    sign(legacy, "key"),
		"blobs":         sign(blobTx(t), "key"),
	} {
		if _, err := Verify(ordinaryTx(), signed, address, testChain); !errors.Is(err, ErrForeignSignature) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := Verify(ordinaryTx(), sign(ordinaryTx(), "key"), address, testChain); err != nil {
		t.Error(err)
	}
	// Blobs that were exchanged are exchanged back: the signature covers their hashes.
	tx := blobTx(t)
	stripped := sign(tx, "key").WithoutBlobTxSidecar()
	signed, err := Verify(tx, stripped, address, testChain)
	if err != nil {
		t.Fatal(err)
	}
	if signed.BlobTxSidecar() == nil {
		t.Error("the blobs are lost")
	}
}
