package signer

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/crypto/kzg4844"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
)

var testChain = big.NewInt(1337)

func testKey(tb testing.TB, seed string) *ecdsa.PrivateKey {
	tb.Helper()
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte(seed)))
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

// ordinaryTx is a transaction as the transaction manager makes them.
func ordinaryTx() *types.Transaction {
	return types.NewTx(&types.DynamicFeeTx{
		ChainID: testChain, Nonce: 3, To: &common.Address{1}, Gas: 50_000, Value: big.NewInt(7), Data: []byte("data"),
		GasTipCap: big.NewInt(params.GWei), GasFeeCap: big.NewInt(3 * params.GWei),
	})
}

// blobTx is one with a blob.
func blobTx(tb testing.TB) *types.Transaction {
	tb.Helper()
	blob := kzg4844.Blob{1: 2}
	commitment, err := kzg4844.BlobToCommitment(&blob)
	if err != nil {
		tb.Fatal(err)
	}
	proofs, err := kzg4844.ComputeCellProofs(&blob)
	if err != nil {
		tb.Fatal(err)
	}
	return types.NewTx(&types.BlobTx{
		ChainID: uint256.MustFromBig(testChain), To: common.Address{1}, Gas: 50_000,
		GasTipCap: uint256.NewInt(params.GWei), GasFeeCap: uint256.NewInt(3 * params.GWei), BlobFeeCap: uint256.NewInt(1),
		BlobHashes: []common.Hash{kzg4844.CalcBlobHashV1(sha256.New(), &commitment)},
		Sidecar: types.NewBlobTxSidecar(types.BlobSidecarVersion1,
			[]kzg4844.Blob{blob}, []kzg4844.Commitment{commitment}, proofs),
	})
}

// checkSigns wants a signer's signature on both kinds of transaction.
func checkSigns(t *testing.T, s Signer, want common.Address) {
	t.Helper()
	if s.Address() != want {
		t.Fatalf("signer of %s, want %s", s.Address(), want)
	}
	for _, tx := range []*types.Transaction{ordinaryTx(), blobTx(t)} {
		signed, err := s.SignTx(t.Context(), tx, testChain)
		if err != nil {
			t.Fatalf("type %d: %v", tx.Type(), err)
		}
		rules := types.LatestSignerForChainID(testChain)
		from, err := types.Sender(rules, signed)
		if err != nil || from != want {
			t.Errorf("type %d: signed by %s, error %v", tx.Type(), from, err)
		}
		if rules.Hash(signed) != rules.Hash(tx) {
			t.Errorf("type %d: another transaction", tx.Type())
		}
		if (tx.BlobTxSidecar() == nil) != (signed.BlobTxSidecar() == nil) {
			t.Errorf("type %d: blobs lost", tx.Type())
		}
	}
	if _, err := s.SignTx(t.Context(), ordinaryTx(), big.NewInt(1)); err == nil {
		t.Error("a transaction of another chain was signed")
	}
}

// secretFile writes a file with this mode, whatever the umask is.
func secretFile(t *testing.T, content string, mode os.FileMode) Password {
	t.Helper()
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return PasswordFile(path)
}

func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
