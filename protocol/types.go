package protocol

import (
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/holiman/uint256"
)

// Widths in bits of the parts of an account, and sizes of the state tree.
const (
	IndexBits   = 32  // account index; index 0 is reserved
	OwnerBits   = 160 // layer-1 address
	TokenBits   = 32
	NonceBits   = 40
	BalanceBits = 128
	BatchBits   = 32 // batch numbers and validUntil

	TreeArity = 4
	TreeDepth = 16 // levels below the root: 4^16 = 2^32 accounts

	// MaxNonce blocks an account: it never wraps.
	MaxNonce = 1<<NonceBits - 1
)

// Index names an account by its place in the state tree. Index 0 is reserved:
// as the destination of a transfer it means a withdrawal, and nothing else may
// name it.
type Index uint32

// Token identifies a token. Token 0 is the layer-1 chain's ether.
type Token uint32

// Owner is the layer-1 address that exits go to and that may force them.
type Owner [20]byte

// Amount is a quantity of a token in its smallest unit. Amounts in the protocol
// are below 2^128; a uint256 carries them so that sums do not wrap unseen.
type Amount = uint256.Int

// Point is an affine point of the twisted Edwards curve over BN254's scalar
// field (gnark-crypto ecc/bn254/twistededwards). It is not necessarily on the
// curve: layer 1 and openings can name any pair of field elements.
type Point struct {
	X, Y fr.Element
}

// PublicKey is the EdDSA public key A of an account.
type PublicKey = Point

// Account is one leaf of the state: one owner, one token, one key.
type Account struct {
	Key     PublicKey
	Owner   Owner
	Token   Token
	Nonce   uint64 // at most MaxNonce
	Balance Amount // below 2^128
}

// Transfer is a layer-2 transfer as its sender signs it. To == 0 makes it a
// withdrawal of the exact Amount to the sender's Owner.
type Transfer struct {
	From, To   Index
	Amount     Amount // below 2^128; must be a float32 amount unless To is 0
	Fee        Amount // must be a float8 amount
	Nonce      uint64 // at most MaxNonce
	ValidUntil uint32 // the last batch number that may carry it
}

// Signature is an EdDSA signature (R, S) over a transfer's message.
type Signature struct {
	R Point
	S [32]byte // big-endian, below the subgroup order
}

// SignedTransfer is a transfer with its signature.
type SignedTransfer struct {
	Transfer
	Signature Signature
}

// Opening makes an absent account one with balance 0 and nonce 0.
type Opening struct {
	Index Index
	Key   PublicKey
	Owner Owner
	Token Token
}

// Deposit is a layer-1 deposit as the queue holds it.
type Deposit struct {
	Key    PublicKey
	Owner  Owner
	Token  Token
	Amount Amount // 0 < Amount < 2^128
}

// CreditedDeposit is a deposit with the account that a batch credits. Opened
// says that the account was absent and the deposit opened it.
type CreditedDeposit struct {
	Deposit
	Index  Index
	Opened bool
}

// ForcedExit asks, from layer 1, for an account's whole balance to leave. It
// does nothing unless the account exists and Sender is its owner.
type ForcedExit struct {
	Index  Index
	Sender Owner
}

// FeeAccount names the account that a batch's fees of one token go to.
type FeeAccount struct {
	Token Token
	Index Index
}

// Exit is a payment that leaves layer 2: a withdrawal or a forced exit.
type Exit struct {
	Owner  Owner
	Token  Token
	Amount Amount // above 0
}

// Batch is what one proof covers, in the order in which it is applied:
// openings, deposits, forced exits, transfers. FeeAccounts has strictly
// increasing tokens.
type Batch struct {
	RollupID    fr.Element
	Number      uint32 // of the state that the batch makes
	Openings    []Opening
	Deposits    []CreditedDeposit
	ForcedExits []ForcedExit
	FeeAccounts []FeeAccount
	Transfers   []SignedTransfer
}

// Commitment is what layer 1 stores for a state:
// H4(treeRoot, rollupID, batchNumber, TagState).
func Commitment(treeRoot, rollupID fr.Element, batchNumber uint32) fr.Element {
	var n fr.Element
	n.SetUint64(uint64(batchNumber))
	return H4(treeRoot, rollupID, n, TagState)
}

// Leaf is the account's leaf in the state tree:
// H4(Ax, Ay, owner·2^72 + token·2^40 + nonce, balance). The account's parts
// must be within their widths, or two accounts could share a leaf.
func (a *Account) Leaf() fr.Element {
	var packed [32]byte
	copy(packed[3:23], a.Owner[:])
	for i := range 4 {
		packed[23+i] = byte(a.Token >> (24 - 8*i))
	}
	for i := range 5 {
		packed[27+i] = byte(a.Nonce >> (32 - 8*i))
	}
	var p, b fr.Element
	p.SetBytes(packed[:])
	balance := a.Balance.Bytes32()
	b.SetBytes(balance[:])
	return H4(a.Key.X, a.Key.Y, p, b)
}
