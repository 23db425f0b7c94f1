package ledger

import (
	"encoding/binary"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

// The first byte of a key says what the record is. The state tree has 0 to 16 and
// those from 0xfd on.
const (
	kindFormat     = 'F'
	kindIdentity   = 'I'
	kindHead       = 'H'
	kindTransfer   = 't'
	kindID         = 'i'
	kindHistory    = 'h'
	kindQueued     = 'q'
	kindBatch      = 'b'
	kindSealed     = 's'
	kindPublished  = 'u'
	kindProof      = 'p'
	kindOpening    = 'o'
	kindDeposit    = 'd'
	kindForcedExit = 'x'
	kindAccount    = 'a'
	kindOwned      = 'w'
	kindReserved   = 'r'

	firstKind, lastKind = 'F', 'x'
)

// keyBytes is the length of a key of each kind; others are not keys.
var keyBytes = map[byte]int{
	kindFormat:     1,
	kindIdentity:   1,
	kindHead:       1,
	kindTransfer:   1 + 8,
	kindID:         1 + len(TransferID{}),
	kindHistory:    1 + 4 + 8,
	kindQueued:     1 + 4 + 8,
	kindBatch:      1 + 4,
	kindSealed:     1 + 4,
	kindPublished:  1 + 4,
	kindProof:      1 + 4,
	kindOpening:    1 + 8,
	kindDeposit:    1 + 8,
	kindForcedExit: 1 + 8,
	kindAccount:    1 + 2*fr.Bytes + len(protocol.Owner{}) + 4 + 4,
	kindOwned:      1 + len(protocol.Owner{}) + 4,
	kindReserved:   1 + 4,
}

// The functions below append keys. Integers are big-endian, so that keys are in
// the order of what they number.

func appendKey8(b []byte, kind byte, n uint64) []byte {
	return binary.BigEndian.AppendUint64(append(b, kind), n)
}

func appendKey4(b []byte, kind byte, n uint32) []byte {
	return binary.BigEndian.AppendUint32(append(b, kind), n)
}

func appendIDKey(b []byte, id *TransferID) []byte { return append(append(b, kindID), id[:]...) }

func appendHistoryKey(b []byte, i protocol.Index, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(appendKey4(b, kindHistory, uint32(i)), seq)
}

func appendQueuedKey(b []byte, from protocol.Index, nonce uint64) []byte {
	return binary.BigEndian.AppendUint64(appendKey4(b, kindQueued, uint32(from)), nonce)
}

// appendAccountPrefix appends what the keys of all accounts with this key, owner
// and token begin with.
func appendAccountPrefix(b []byte, key *protocol.PublicKey, owner protocol.Owner, token protocol.Token) []byte {
	x, y := key.X.Bytes(), key.Y.Bytes()
	b = append(append(append(b, kindAccount), x[:]...), y[:]...)
	return binary.BigEndian.AppendUint32(append(b, owner[:]...), uint32(token))
}

func appendAccountKey(b []byte, i protocol.Index, key *protocol.PublicKey, owner protocol.Owner, token protocol.Token) []byte {
	return binary.BigEndian.AppendUint32(appendAccountPrefix(b, key, owner, token), uint32(i))
}

func appendOwnedKey(b []byte, owner protocol.Owner, i protocol.Index) []byte {
	return binary.BigEndian.AppendUint32(append(append(b, kindOwned), owner[:]...), uint32(i))
}

// after returns the first key behind all that begin with prefix, which begins with
// a kind.
func after(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for end[len(end)-1] == 0xff {
		end = end[:len(end)-1]
	}
	end[len(end)-1]++
	return end
}

// The numbers at the end of a key.

func key8(key []byte) uint64 { return binary.BigEndian.Uint64(key[len(key)-8:]) }

func key4(key []byte) uint32 { return binary.BigEndian.Uint32(key[len(key)-4:]) }

// keyIndex is the account in the key of a history entry or a queued transfer.
func keyIndex(key []byte) protocol.Index { return protocol.Index(binary.BigEndian.Uint32(key[1:])) }

// recordName names a record as errors print it.
func recordName(key []byte) string {
	if len(key) == 0 || len(key) != keyBytes[key[0]] {
		return fmt.Sprintf("record with the key %x", key)
	}
	switch key[0] {
	case kindFormat:
		return "format"
	case kindIdentity:
		return "identity"
	case kindHead:
		return "head"
	case kindTransfer:
		return fmt.Sprintf("transfer %d", key8(key))
	case kindID:
		return fmt.Sprintf("transfer ID %x", key[1:])
	case kindHistory:
		return fmt.Sprintf("history of account %d, transfer %d", keyIndex(key), key8(key))
	case kindQueued:
		return fmt.Sprintf("queued transfer of account %d with nonce %d", keyIndex(key), key8(key))
	case kindBatch:
		return fmt.Sprintf("batch %d", key4(key))
	case kindSealed:
		return fmt.Sprintf("sealed batch %d", key4(key))
	case kindPublished:
		return fmt.Sprintf("published data of batch %d", key4(key))
	case kindProof:
		return fmt.Sprintf("proof of batch %d", key4(key))
	case kindOpening:
		return fmt.Sprintf("opening %d", key8(key))
	case kindDeposit:
		return fmt.Sprintf("deposit %d", key8(key))
	case kindForcedExit:
		return fmt.Sprintf("forced exit %d", key8(key))
	case kindAccount:
		return fmt.Sprintf("directory by key, account %d", key4(key))
	case kindReserved:
		return fmt.Sprintf("reserved index %d", key4(key))
	default: // kindOwned
		return fmt.Sprintf("directory by owner, account %d", key4(key))
	}
}
