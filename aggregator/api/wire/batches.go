package wire

import (
	"encoding/json"

	"github.com/quirezk/quire/protocol"
)

// BatchTimes are when a batch came to its stages, in Unix milliseconds.
type BatchTimes struct {
	Opened    uint64 `json:"opened,omitempty" doc:"when it began to take transfers"`
	Closed    uint64 `json:"closed,omitempty" doc:"when it took no more"`
	Sealed    uint64 `json:"sealed,omitempty" doc:"when it was in the state tree"`
	Witnessed uint64 `json:"witnessed,omitempty" doc:"when its public data was made"`
	Proven    uint64 `json:"proven,omitempty" doc:"when it had a proof"`
	Submitted uint64 `json:"submitted,omitempty" doc:"when it was handed over for layer 1"`
	Finalized uint64 `json:"finalized,omitempty" doc:"when the node saw it final on layer 1"`
}

// BatchSummary is a batch without its operations.
type BatchSummary struct {
	Number      uint32       `json:"number" doc:"of the batch, and of the state that it makes"`
	Stage       Stage        `json:"stage" doc:"how far it has come"`
	Circuit     *int         `json:"circuit,omitempty" doc:"the contract's index of the circuit that proves it; once it is closed"`
	Shape       string       `json:"shape,omitempty" doc:"name of the circuit's shape; once it is closed"`
	Times       BatchTimes   `json:"times" doc:"when it came to its stages"`
	Openings    int          `json:"openings" doc:"how many accounts it opens on request"`
	Deposits    int          `json:"deposits" doc:"how many deposits it credits"`
	ForcedExits int          `json:"forcedExits" doc:"how many forced exits it takes"`
	Transfers   uint32       `json:"transfers" doc:"how many transfers stand in it"`
	Exits       uint32       `json:"exits" doc:"how many payments to layer 1 it makes"`
	FirstSeq    uint64       `json:"firstSeq" doc:"sequence number of its first transfer"`
	Root        *Element     `json:"root,omitempty" doc:"of the state tree after it; once it is sealed"`
	Commitment  *Element     `json:"commitment,omitempty" doc:"what layer 1 stores for the state after it; once it is witnessed"`
	Published   uint32       `json:"published,omitempty" doc:"how many bytes it publishes on layer 1; once it is witnessed"`
	Attempt     uint32       `json:"attempt,omitempty" doc:"how many times it was handed over for layer 1"`
	Problem     string       `json:"problem,omitempty" doc:"what the last attempt came to, if it failed"`
	Layer1      *Layer1Place `json:"layer1,omitempty" doc:"where layer 1 accepted it"`
}

// Batch is a batch with its operations but the transfers, for which see
// [TransferQuery].
type Batch struct {
	BatchSummary
	OldCommitment *Element          `json:"oldCommitment,omitempty" doc:"what layer 1 stores for the state before it; once it is witnessed"`
	Statement     *Statement        `json:"statement,omitempty" doc:"what its proof shows; once it is witnessed"`
	FeeAccounts   []FeeAccount      `json:"feeAccounts" doc:"who collects its fees, by increasing token"`
	Opened        []OpenedAccount   `json:"opened" doc:"the accounts that it opens on request, in their order"`
	Credited      []CreditedDeposit `json:"credited" doc:"the deposits that it credits, in their order"`
	Forced        []ForcedExit      `json:"forced" doc:"the forced exits that it takes, in their order"`
}

// Statement is the public inputs of a proof.
type Statement struct {
	D Element `json:"d" doc:"digest of the published data"`
	Z Element `json:"z" doc:"the challenge that the contract recomputes"`
	Y Element `json:"y" doc:"the published data's value at the challenge"`
}

// FeeAccount is who collects the fees of a token.
type FeeAccount struct {
	Token protocol.Token `json:"token" doc:"the token of the fees"`
	Index protocol.Index `json:"index" doc:"the account that they go to"`
}

// OpenedAccount is an account that a batch opens.
type OpenedAccount struct {
	Index protocol.Index `json:"index" doc:"the account's name"`
	Key   Key            `json:"key" doc:"public key that signs its transfers"`
	Owner Address        `json:"owner" doc:"its owner on layer 1"`
	Token protocol.Token `json:"token" doc:"the token that it holds"`
}

// CreditedDeposit is a deposit with the account that a batch credits.
type CreditedDeposit struct {
	Index  protocol.Index `json:"index" doc:"the account that is credited"`
	Opened bool           `json:"opened" doc:"whether the deposit opens the account"`
	Key    Key            `json:"key" doc:"key of the account, as the deposit names it"`
	Owner  Address        `json:"owner" doc:"owner of the account, as the deposit names it"`
	Token  protocol.Token `json:"token" doc:"the token that was deposited"`
	Amount Amount         `json:"amount" doc:"how much"`
}

// ForcedExit is a request from layer 1 to move an account's whole balance out.
type ForcedExit struct {
	Index  protocol.Index `json:"index" doc:"the account"`
	Sender Address        `json:"sender" doc:"who asked; nothing leaves unless it is the account's owner"`
}

// BatchQuery asks for batches, the newest first.
type BatchQuery struct {
	Before uint32 `json:"before,omitempty" doc:"return batches of lower number; 0 or left out for the newest"`
	Limit  int    `json:"limit,omitempty" doc:"return at most so many; 0 or left out for the server's default"`
}

// BatchPage is a part of the list of batches, the newest first.
type BatchPage struct {
	Batches []BatchSummary `json:"batches" doc:"the newest first"`
	Next    uint32         `json:"next,omitempty" doc:"pass it as before to get older ones; left out at the end"`
}

// BatchProof is the proof of a batch, as quire prove writes it and quire verify
// reads it.
type BatchProof struct {
	Batch uint32          `json:"batch" doc:"number of the batch"`
	Proof json.RawMessage `json:"proof" doc:"the proof file: write it to a file and check it with quire verify"`
}
