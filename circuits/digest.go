package circuits

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"
)

// pinned is a shape's entry in digests.json.
type pinned struct {
	// ShapeID is protocol.Shape.ID of the shape that was compiled, in decimal:
	// capacities that change take their digest out of use by themselves.
	ShapeID string `json:"shapeID"`
	// Digest is the SHA-256 of the constraint system, as package prover takes it.
	Digest string `json:"digest"`
}

// digestsFile is a golden file of internal/bench's TestPinnedShapes, which
// compiles every shape and compares: a change of the circuit that leaves the file
// as it was fails there.
//
//go:embed digests.json
var digestsFile []byte

var digests = sync.OnceValue(func() map[string]pinned {
	var entries map[string]pinned
	if err := json.Unmarshal(digestsFile, &entries); err != nil {
		panic(fmt.Sprintf("circuits: digests.json: %v", err)) // it is part of the program
	}
	return entries
})

// Digest returns the digest of the constraint system that a shape compiles to,
// 64 hexadecimal digits, without compiling it: what prover.Circuit.Digest
// returns after half a minute for the largest shapes. ok is false for a shape
// that is unknown or has other capacities than when the digest was taken; then
// only compiling it tells.
//
// It is a name under which to look for keys, and no proof that this program
// would compile the same: who makes keys compiles, and compares.
func Digest(shape string) (digest string, ok bool) {
	s, err := ShapeByName(shape)
	if err != nil {
		return "", false
	}
	entry, ok := digests()[shape]
	id := s.ID()
	if !ok || entry.ShapeID != id.String() {
		return "", false
	}
	return entry.Digest, true
}
