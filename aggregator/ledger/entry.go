package ledger

import (
	"encoding/binary"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/quirezk/quire/protocol"
)

const idTag = "quire/transfer-id"

// IDOf returns the ID of a transfer on a rollup: Keccak-256 of the tag
// "quire/transfer-id", then the rollup's ID (32 bytes), From (4), To (4), Amount
// (16), Fee (16), Nonce (8) and ValidUntil (4), big-endian. It is the ID of the
// message, not of one of its signatures. Amounts must be below 2^128.
func IDOf(rollupID fr.Element, t *protocol.Transfer) TransferID {
	var stack [len(idTag) + fr.Bytes + 4 + 4 + 16 + 16 + 8 + 4]byte
	id := rollupID.Bytes()
	b := append(append(stack[:0], idTag...), id[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(t.From))
	b = binary.BigEndian.AppendUint32(b, uint32(t.To))
	for _, x := range []*protocol.Amount{&t.Amount, &t.Fee} {
		b = binary.BigEndian.AppendUint64(b, x[1])
		b = binary.BigEndian.AppendUint64(b, x[0])
	}
	b = binary.BigEndian.AppendUint64(b, t.Nonce)
	b = binary.BigEndian.AppendUint32(b, t.ValidUntil)
	return TransferID(crypto.Keccak256Hash(b))
}

// Status is what has become of a transfer that was taken on.
type Status uint8

// What can become of a transfer.
const (
	Executed  Status = iota + 1 // it stands in a batch
	Waiting                     // it waits for its turn
	Discarded                   // it will not be executed
)

// Entry is what is known of a transfer ID.
type Entry struct {
	Status Status
	Seq    uint64 // of an executed transfer
	// Where a queued transfer waits.
	From  protocol.Index
	Nonce uint64
	// When, in Unix milliseconds, and why it was dropped.
	Time   uint64
	Reason string
}

// Proof is a batch's proof in its two forms.
type Proof struct {
	Calldata []byte // as layer 1 takes it
	File     []byte // as the prover's file has it
}

// all lists the times in the order in which they come, and are encoded.
func (t *Times) all() [7]*uint64 {
	return [7]*uint64{&t.Opened, &t.Closed, &t.Sealed, &t.Witnessed, &t.Proven, &t.Submitted, &t.Finalized}
}

// elements lists the field elements of a batch in the order in which they are
// encoded.
func (b *Batch) elements() [6]*fr.Element {
	return [6]*fr.Element{&b.Root, &b.Old, &b.New, &b.Statement.D, &b.Statement.Z, &b.Statement.Y}
}
