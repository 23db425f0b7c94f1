package devnet_test

import (
	"math/big"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/crypto/kzg4844"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/l1submit/devnet"
)

// testContract logs the block's time under topic 0x2a; called with data, it
// reverts with the same.
var testContract = common.FromHex("0x75" + "36600e57425f52602a60205fa1005b365f5f37365ffd" + "5f526016600af3")

var logTopic = common.BigToHash(big.NewInt(0x2a))

// user sends transactions of the first account, whatever becomes of them.
type user struct {
	t     *testing.T
	chain devnet.Backend
	devnet.Account
}

func newUser(t *testing.T, chain devnet.Backend, account int) *user {
	return &user{t, chain, chain.Accounts()[account]}
}

// nonce is the account's next on chain.
func (u *user) nonce() uint64 {
	u.t.Helper()
	nonce, err := u.chain.Client().NonceAt(u.t.Context(), u.Address, nil)
	if err != nil {
		u.t.Fatal(err)
	}
	return nonce
}

func (u *user) send(data types.TxData) *types.Transaction {
	u.t.Helper()
	tx, err := types.SignNewTx(u.Key, types.LatestSignerForChainID(big.NewInt(1337)), data)
	if err != nil {
		u.t.Fatal(err)
	}
	if err := u.chain.Client().SendTransaction(u.t.Context(), tx); err != nil {
		u.t.Fatal(err)
	}
	return tx
}

// call sends a transaction with data, to nil to create a contract.
func (u *user) call(to *common.Address, gas uint64, data []byte) *types.Transaction {
	u.t.Helper()
	return u.send(&types.DynamicFeeTx{
		ChainID: big.NewInt(1337), Nonce: u.nonce(), To: to, Gas: gas, Data: data,
		GasFeeCap: big.NewInt(10 * params.GWei), GasTipCap: big.NewInt(params.GWei),
	})
}

// mined makes a block and returns the transaction's receipt in it.
func (u *user) mined(tx *types.Transaction) *types.Receipt {
	u.t.Helper()
	if err := u.chain.Mine(u.t.Context(), 1); err != nil {
		u.t.Fatal(err)
	}
	return u.receipt(tx)
}

func (u *user) receipt(tx *types.Transaction) *types.Receipt {
	u.t.Helper()
	receipt, err := u.chain.Client().TransactionReceipt(u.t.Context(), tx.Hash())
	if err != nil {
		u.t.Fatalf("receipt of %s: %v", tx.Hash(), err)
	}
	return receipt
}

// deploy creates the test contract.
func (u *user) deploy() common.Address {
	u.t.Helper()
	receipt := u.mined(u.call(nil, 200_000, testContract))
	if receipt.Status != types.ReceiptStatusSuccessful {
		u.t.Fatal("the contract was not created")
	}
	return receipt.ContractAddress
}

// blobTx is a transaction with one blob.
func (u *user) blobTx() *types.BlobTx {
	sidecar := sidecar()
	return &types.BlobTx{
		ChainID: uint256.NewInt(1337), Nonce: u.nonce(), To: common.HexToAddress("0xcafe"), Gas: 21_000,
		GasFeeCap: uint256.NewInt(10 * params.GWei), GasTipCap: uint256.NewInt(params.GWei), BlobFeeCap: uint256.NewInt(params.GWei),
		BlobHashes: sidecar.BlobHashes(), Sidecar: sidecar,
	}
}

// sidecar has one blob. Its proofs take a while to make.
var sidecar = sync.OnceValue(func() *types.BlobTxSidecar {
	var blob kzg4844.Blob
	copy(blob[1:], "a blob's first element has 31 bytes and more")
	blob[32] = 0 // elements are below the order
	commitment, err := kzg4844.BlobToCommitment(&blob)
	if err != nil {
		panic(err)
	}
	proofs, err := kzg4844.ComputeCellProofs(&blob)
	if err != nil {
		panic(err)
	}
	return types.NewBlobTxSidecar(types.BlobSidecarVersion1, []kzg4844.Blob{blob}, []kzg4844.Commitment{commitment}, proofs)
})

func head(t *testing.T, chain devnet.Backend) *types.Header {
	t.Helper()
	header, err := chain.Client().HeaderByNumber(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return header
}

func mine(t *testing.T, chain devnet.Backend, blocks int) {
	t.Helper()
	if err := chain.Mine(t.Context(), blocks); err != nil {
		t.Fatal(err)
	}
}

// logs returns the test contract's logs.
func logs(t *testing.T, chain devnet.Backend, contract common.Address) []types.Log {
	t.Helper()
	found, err := chain.Client().FilterLogs(t.Context(), ethereum.FilterQuery{
		Addresses: []common.Address{contract}, Topics: [][]common.Hash{{logTopic}}, FromBlock: new(big.Int),
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// gone reports that the node knows a transaction no more.
func gone(t *testing.T, chain devnet.Backend, tx *types.Transaction) bool {
	t.Helper()
	_, receiptErr := chain.Client().TransactionReceipt(t.Context(), tx.Hash())
	_, _, err := chain.Client().TransactionByHash(t.Context(), tx.Hash())
	return receiptErr == ethereum.NotFound && err == ethereum.NotFound
}

// The test contract's address where it is the first thing that an account does.
func firstContract(a devnet.Account) common.Address { return crypto.CreateAddress(a.Address, 0) }
