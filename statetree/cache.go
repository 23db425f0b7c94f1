package statetree

import (
	"math/bits"
	"sync"
	"unsafe"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/protocol"
)

const (
	cacheWays    = 4
	cacheStripes = 64
)

// nodeCache holds nodes that were read or written lately, in a fixed amount of
// memory without pointers. An entry is found only under the hash that the
// reader expects, so one cache serves snapshots of all versions. A nil cache
// holds nothing.
type nodeCache struct {
	locks [cacheStripes]sync.Mutex // stripe i guards the sets ≡ i modulo cacheStripes
	sets  []cacheSet
}

type cacheSet struct {
	ways [cacheWays]cacheEntry
	next uint8 // the way to replace next
}

type cacheEntry struct {
	used     bool
	level    uint8
	position uint32
	hash     fr.Element
	children [protocol.TreeArity]fr.Element
}

// newNodeCache returns a cache of at most size bytes, nil if that is not enough
// for one set.
func newNodeCache(size int) *nodeCache {
	n := size / int(unsafe.Sizeof(cacheSet{}))
	if n <= 0 {
		return nil
	}
	return &nodeCache{sets: make([]cacheSet, n)}
}

// set locks and returns the set of a node.
func (c *nodeCache) set(level int, position uint32) (*cacheSet, *sync.Mutex) {
	// Fibonacci hashing; the high bits are the good ones, and so decide the set.
	h := (uint64(level)<<32 | uint64(position)) * 0x9e3779b97f4a7c15
	at, _ := bits.Mul64(h, uint64(len(c.sets)))
	lock := &c.locks[at%cacheStripes]
	lock.Lock()
	return &c.sets[at], lock
}

// get copies a node's children out and returns whether they were there.
func (c *nodeCache) get(level int, position uint32, hash *fr.Element, children *[protocol.TreeArity]fr.Element) bool {
	if c == nil {
		return false
	}
	set, lock := c.set(level, position)
	defer lock.Unlock()
	for i := range set.ways {
		e := &set.ways[i]
		if e.used && e.position == position && int(e.level) == level && e.hash == *hash {
			*children = e.children
			return true
		}
	}
	return false
}

// put remembers a node, in the place of its own former version if that is there.
func (c *nodeCache) put(level int, position uint32, hash *fr.Element, children *[protocol.TreeArity]fr.Element) {
	if c == nil {
		return
	}
	set, lock := c.set(level, position)
	defer lock.Unlock()
	way := -1
	for i := range set.ways {
		if e := &set.ways[i]; !e.used || e.position == position && int(e.level) == level {
			way = i
			break
		}
	}
	if way < 0 {
		way = int(set.next)
		set.next = (set.next + 1) % cacheWays
	}
	set.ways[way] = cacheEntry{used: true, level: uint8(level), position: position, hash: *hash, children: *children}
}
