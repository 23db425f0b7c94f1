package protocol

import (
	"encoding/binary"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// Sizes of the exit circuit's vector and of its published bytes
// (docs/protocol.md, "Escape").
const (
	EscapeElements = 3
	EscapeBytes    = 76
)

// TagExit names the exit circuit inside [ExitID].
var TagExit = tag("quire/exit")

// ExitID is for the exit circuit what [Shape.ID] is for a batch circuit:
// H8(TagBind, TagExit, TreeDepth, 0, 0, 0, 0, 0).
func ExitID() fr.Element { return exitID }

var exitID = func() fr.Element {
	in := [8]fr.Element{TagBind, TagExit}
	in[2].SetUint64(TreeDepth)
	return H8(in)
}()

// Escape is what a proof of the exit circuit says: the state with this
// commitment has an account at Index that belongs to Owner and holds Balance of
// Token. After a freeze layer 1 credits the balance to the owner for it.
type Escape struct {
	Commitment fr.Element
	Owner      Owner
	Token      Token
	Index      Index
	Balance    Amount // below 2^128; layer 1 wants it above 0
}

// Vector returns the vector V that circuit and contract agree on: commitment;
// owner·2^64 + token·2^32 + index; balance. It fails with [ErrWidth] where the
// balance is not below 2^128.
func (e *Escape) Vector() ([EscapeElements]fr.Element, error) {
	if err := checkWidth("balance", &e.Balance); err != nil {
		return [EscapeElements]fr.Element{}, err
	}
	return [EscapeElements]fr.Element{
		e.Commitment, packOperation(e.Owner, e.Token, e.Index), amountElement(e.Balance),
	}, nil
}

// Bytes returns the vector's published form: commitment, owner, token, index,
// balance. The contract puts it together itself, from the call's arguments and
// the commitment that it stores. The balance must be below 2^128.
func (e *Escape) Bytes() [EscapeBytes]byte {
	b := appendElement(make([]byte, 0, EscapeBytes), e.Commitment)
	b = append(b, e.Owner[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(e.Token))
	b = binary.BigEndian.AppendUint32(b, uint32(e.Index))
	return [EscapeBytes]byte(appendAmount(b, e.Balance))
}

// Statement returns the public inputs of a proof of the escape for the exit
// verifier at this address. It fails as [Escape.Vector] does.
func (e *Escape) Statement(verifier [20]byte) (Statement, error) {
	v, err := e.Vector()
	if err != nil {
		return Statement{}, err
	}
	d := Chain(exitID, v[:])
	bytes := e.Bytes()
	z := challenge(verifier, exitID, d, bytes[:])
	return Statement{D: d, Z: z, Y: Evaluate(v[:], z)}, nil
}
