package wire

import (
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

// Key is the public key of an account: a point by its coordinates.
type Key struct {
	X Element `json:"x" doc:"the point's first coordinate"`
	Y Element `json:"y" doc:"the point's second coordinate"`
}

// NewKey returns the JSON form of a key.
func NewKey(k protocol.PublicKey) Key { return Key{X: Element(k.X), Y: Element(k.Y)} }

// Public returns the key.
func (k Key) Public() protocol.PublicKey {
	return protocol.PublicKey{X: fr.Element(k.X), Y: fr.Element(k.Y)}
}

// SignedTransfer is a transfer with its sender's signature.
type SignedTransfer struct {
	From       protocol.Index `json:"from" doc:"index of the account that pays"`
	To         protocol.Index `json:"to" doc:"index of the account that is paid; 0 for a withdrawal to the sender's owner on layer 1"`
	Amount     Amount         `json:"amount" doc:"what is paid; unless it is a withdrawal, it has at most 27 bits of mantissa and a decimal exponent up to 31"`
	Fee        Amount         `json:"fee" doc:"what the sender pays on top to the node; it has 3 bits of mantissa and a decimal exponent up to 31"`
	Nonce      uint64         `json:"nonce" bits:"40" doc:"how many transfers the account made before this one"`
	ValidUntil uint32         `json:"validUntil" doc:"number of the last batch that may carry the transfer"`
	Signature  Signature      `json:"signature" doc:"by the account's key, over the transfer and the rollup's ID: R compressed, then S"`
}

// NewSignedTransfer returns the JSON form of a transfer. Its signature's R must be
// on the curve.
func NewSignedTransfer(t *protocol.SignedTransfer) SignedTransfer {
	return SignedTransfer{
		From: t.From, To: t.To, Amount: Amount(t.Amount), Fee: Amount(t.Fee),
		Nonce: t.Nonce, ValidUntil: t.ValidUntil, Signature: t.Signature.Bytes(),
	}
}

// Signed returns the transfer. The error is an [ErrBadSignature] where the
// signature is not one's canonical encoding.
func (t *SignedTransfer) Signed() (protocol.SignedTransfer, error) {
	sig, err := protocol.ParseSignature(t.Signature)
	if err != nil {
		return protocol.SignedTransfer{}, ErrBadSignature.With("%v", err)
	}
	return protocol.SignedTransfer{
		Transfer: protocol.Transfer{
			From: t.From, To: t.To, Amount: protocol.Amount(t.Amount), Fee: protocol.Amount(t.Fee),
			Nonce: t.Nonce, ValidUntil: t.ValidUntil,
		},
		Signature: sig,
	}, nil
}

// Receipt is the operator's word that a transfer was executed: it can be shown to
// others.
type Receipt struct {
	ID        Hash                 `json:"id" doc:"of the transfer"`
	Seq       uint64               `json:"seq" doc:"the transfer's place in the order of execution"`
	Batch     uint32               `json:"batch" doc:"number of the batch that the transfer stands in"`
	Time      uint64               `json:"time" doc:"when it was executed, in Unix milliseconds"`
	Signature RecoverableSignature `json:"signature" doc:"the operator's EIP-712 signature over the other fields: r, s, v"`
}

// SendResult is what became of a transfer that was sent. Sending it again gives
// the same.
type SendResult struct {
	ID       Hash     `json:"id" doc:"the transfer's ID"`
	Status   Status   `json:"status" doc:"how far it has come: queued or executed, or further if it was sent before"`
	Received uint64   `json:"received" doc:"when the node took it on, or executed it, in Unix milliseconds"`
	Seq      uint64   `json:"seq,omitempty" doc:"its place in the order of execution, from 1; not of one that is queued"`
	Batch    uint32   `json:"batch,omitempty" doc:"number of the batch that it stands in; not of one that is queued"`
	Receipt  *Receipt `json:"receipt,omitempty" doc:"the operator's word for it; not of one that is queued"`
}

// SendOutcome is what became of one of several transfers: a result or an error.
type SendOutcome struct {
	Result *SendResult `json:"result,omitempty" doc:"what became of the transfer, if it was taken on"`
	Error  *Error      `json:"error,omitempty" doc:"why it was not taken on, if it was not"`
}

// OpenRequest asks for an account.
type OpenRequest struct {
	Key   Key            `json:"key" doc:"public key that is to sign the account's transfers"`
	Owner Address        `json:"owner" doc:"layer-1 address that withdrawals go to and that can force the account out"`
	Token protocol.Token `json:"token" doc:"the token that the account is to hold"`
}

// Opening is an account that was asked for and no batch has opened yet. It gets
// its index with the batch: quire_getAccounts then has it.
type Opening struct {
	Number uint64         `json:"number" doc:"of the request, from 1, in their order"`
	Key    Key            `json:"key" doc:"the account's public key"`
	Owner  Address        `json:"owner" doc:"the account's owner on layer 1"`
	Token  protocol.Token `json:"token" doc:"the token that the account is to hold"`
}

// AccountState is what changes of an account, in one state of the rollup.
type AccountState struct {
	Batch   uint32 `json:"batch" doc:"number of the batch that made the state; of the open batch for the pending state"`
	Nonce   uint64 `json:"nonce" doc:"how many transfers the account has made"`
	Balance Amount `json:"balance" doc:"what it holds"`
}

// Account is an account in several states. A state that was not asked for, or in
// which the account does not exist, is left out.
type Account struct {
	Index     protocol.Index `json:"index" doc:"the account's name"`
	Key       Key            `json:"key" doc:"public key that signs its transfers"`
	Owner     Address        `json:"owner" doc:"layer-1 address that withdrawals go to"`
	Token     protocol.Token `json:"token" doc:"the token that it holds"`
	NextNonce uint64         `json:"nextNonce" doc:"the nonce to sign the next transfer with: the first that neither an executed nor a waiting transfer has"`
	Waiting   int            `json:"waiting" doc:"how many of its transfers are queued"`
	Pending   *AccountState  `json:"pending,omitempty" doc:"after everything that was executed"`
	Sealed    *AccountState  `json:"sealed,omitempty" doc:"after the newest sealed batch"`
	Committed *AccountState  `json:"committed,omitempty" doc:"after the newest batch that layer 1 accepted"`
	Finalized *AccountState  `json:"finalized,omitempty" doc:"after the newest batch that is final on layer 1"`
}

// OwnedAccount is an account in a list, in the pending state.
type OwnedAccount struct {
	Index   protocol.Index `json:"index" doc:"the account's name"`
	Key     Key            `json:"key" doc:"public key that signs its transfers"`
	Owner   Address        `json:"owner" doc:"layer-1 address that withdrawals go to"`
	Token   protocol.Token `json:"token" doc:"the token that it holds"`
	Nonce   uint64         `json:"nonce" doc:"how many transfers it has made"`
	Balance Amount         `json:"balance" doc:"what it holds"`
}

// AccountPage is a part of a list of accounts, by increasing index.
type AccountPage struct {
	Accounts []OwnedAccount `json:"accounts" doc:"by increasing index"`
	Next     protocol.Index `json:"next,omitempty" doc:"pass it as after to get those that follow; left out at the end"`
}

// AccountQuery asks for an owner's accounts.
type AccountQuery struct {
	Owner Address        `json:"owner" doc:"layer-1 address of the owner"`
	After protocol.Index `json:"after,omitempty" doc:"return accounts of higher index; 0 or left out for the first"`
	Limit int            `json:"limit,omitempty" doc:"return at most so many; 0 or left out for the server's default"`
}

// AccountProof shows an account, or that there is none, under a commitment of
// layer 1: commitment = H4(root, rollupID, batch, TagState), and root is what the
// leaf and its siblings hash to.
type AccountProof struct {
	State      State          `json:"state" doc:"which state it is about"`
	Batch      uint32         `json:"batch" doc:"number of the batch that made the state"`
	Commitment Element        `json:"commitment" doc:"what layer 1 stores for the state, if it is final"`
	Root       Element        `json:"root" doc:"of the state tree"`
	Index      protocol.Index `json:"index" doc:"the account's name"`
	Exists     bool           `json:"exists" doc:"false if the proof is that there is no such account"`
	Account    *OwnedAccount  `json:"account,omitempty" doc:"the account in this state, if it exists"`
	Leaf       Element        `json:"leaf" doc:"H4(key.x, key.y, owner*2^72 + token*2^40 + nonce, balance); 0 if there is no account"`
	Siblings   [16][3]Element `json:"siblings" doc:"per level, from the root down, the three children beside the path, in their order"`
}

// TransferInfo is a transfer and how far it has come.
type TransferInfo struct {
	ID       Hash            `json:"id" doc:"the transfer's ID"`
	Status   Status          `json:"status" doc:"how far it has come"`
	Transfer *SignedTransfer `json:"transfer,omitempty" doc:"the transfer as it was sent; not always kept of one that was dropped"`
	Time     uint64          `json:"time" doc:"when it was executed, or came to be queued or dropped, in Unix milliseconds"`
	Seq      uint64          `json:"seq,omitempty" doc:"its place in the order of execution, from 1"`
	Batch    uint32          `json:"batch,omitempty" doc:"number of the batch that it stands in"`
	Receipt  *Receipt        `json:"receipt,omitempty" doc:"the operator's word that it was executed; only in the answer of quire_getTransfer"`
	Reason   string          `json:"reason,omitempty" doc:"why it was dropped"`
	Layer1   *Layer1Place    `json:"layer1,omitempty" doc:"where layer 1 accepted its batch"`
}

// Layer1Place is where layer 1 accepted a batch.
type Layer1Place struct {
	Block   uint64 `json:"block" doc:"number of the block"`
	Tx      Hash   `json:"tx" doc:"hash of the transaction"`
	GasUsed uint64 `json:"gasUsed,omitempty" doc:"what the transaction took, once it is final"`
}

// TransferQuery asks for executed transfers, the newest first: all, those of an
// account, or those of a batch.
type TransferQuery struct {
	Account *protocol.Index `json:"account,omitempty" doc:"only transfers from or to this account"`
	Batch   *uint32         `json:"batch,omitempty" doc:"only transfers in the batch of this number; not together with account"`
	Before  uint64          `json:"before,omitempty" doc:"return transfers with lower sequence numbers; 0 or left out for the newest"`
	Limit   int             `json:"limit,omitempty" doc:"return at most so many; 0 or left out for the server's default"`
}

// TransferPage is a part of a history, the newest first.
type TransferPage struct {
	Transfers []TransferInfo `json:"transfers" doc:"the newest first"`
	Next      uint64         `json:"next,omitempty" doc:"pass it as before to get older ones; left out at the end"`
}

// Ended is the last notification of a subscription that the server has ended.
type Ended struct {
	Error *Error `json:"error" doc:"why it has ended"`
}
