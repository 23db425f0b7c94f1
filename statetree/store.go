package statetree

import (
	"encoding/binary"
	"fmt"

	"github.com/quirezk/quire/protocol"
)

// Store keeps records under short keys. It is what a Tree needs of a database:
// atomic, durable commits and views that later commits do not change. It has one
// writer; views are read by many goroutines at once.
type Store interface {
	// View returns the records as the last successful Commit left them: what a
	// view shows is durable. The caller closes it.
	View() View
	// Commit puts all records or none, replacing those under the same keys, and
	// returns nil only when they will survive the end of the process and of the
	// machine (as far as the store is one that survives at all). A record without
	// a value removes what is under its key. After an error the store is not
	// written to again. Records must not be retained.
	Commit(records []Record) error
	// Close releases the store. All views are closed before.
	Close() error
}

// View is a store at one moment. It is safe for concurrent use, except Close.
type View interface {
	// Get appends the value under a key to dst. It returns false if there is
	// none, and an error that wraps [ErrCorrupt] if the store knows that the
	// value is damaged.
	Get(dst []byte, key Key) (value []byte, found bool, err error)
	// Close releases the view.
	Close() error
}

// Record is a value under a key. No value (nil) means that there is none.
type Record struct {
	Key   Key
	Value []byte
}

// Key is a level, then a position in big-endian: so that records of one level
// lie together, in the order in which a batch reads them.
type Key [5]byte

// Levels that are no level of the tree, for the two records besides it.
const (
	headLevel   = 0xfe
	formatLevel = 0xff
)

var (
	headKey   = Key{headLevel}
	formatKey = Key{formatLevel}
)

func nodeKey(level int, position uint32) (k Key) {
	k[0] = byte(level)
	binary.BigEndian.PutUint32(k[1:], position)
	return k
}

// accountKey is the key of an account: its leaf's level and position.
func accountKey(i protocol.Index) Key { return nodeKey(protocol.TreeDepth, uint32(i)) }

// String names the record as errors print it.
func (k Key) String() string {
	position := binary.BigEndian.Uint32(k[1:])
	switch level := k[0]; level {
	case headLevel:
		return "head record"
	case formatLevel:
		return "format record"
	case protocol.TreeDepth:
		return fmt.Sprintf("account %d", position)
	default:
		return fmt.Sprintf("node (%d, %d)", level, position)
	}
}
