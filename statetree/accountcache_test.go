package statetree

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/quirezk/quire/protocol"
)

// A cache never has anything but what was put last under an index, always has the
// accounts that were put or found last, and no more than it may.
func TestAccountCache(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 12).Draw(t, "size")
		c := NewAccountCache(size)
		last := make(map[protocol.Index]protocol.Account)
		var used []protocol.Index // the last ones, each once
		use := func(i protocol.Index) {
			for n := range used {
				if used[n] == i {
					used = append(used[:n], used[n+1:]...)
					break
				}
			}
			used = append(used, i)
		}
		for nonce := range rapid.IntRange(1, 200).Draw(t, "steps") {
			i := protocol.Index(rapid.IntRange(1, 24).Draw(t, "index"))
			if rapid.Bool().Draw(t, "put") {
				last[i] = protocol.Account{Nonce: uint64(nonce)}
				c.Put(i, last[i])
				use(i)
			} else if a, ok := c.Get(i); ok {
				if a != last[i] {
					t.Fatalf("account %d has nonce %d, last put was %d", i, a.Nonce, last[i].Nonce)
				}
				use(i)
			}
			for _, i := range used[max(0, len(used)-size/2):] {
				_, young := c.young[i]
				if _, old := c.old[i]; !young && !old {
					t.Fatalf("account %d is forgotten, it is among the last %d of %v", i, size/2, used)
				}
			}
			if n := len(c.young) + len(c.old); n > max(size, 2) {
				t.Fatalf("%d entries, at most %d", n, size)
			}
		}
	})
}
