package mempool

import (
	"container/heap"
	"iter"
	"slices"
)

// key is what an order sorts by, first word first.
type key [3]uint64

// order finds the item with the least key. It is a heap that learns late what
// has changed: an item whose key changes is added again, one that leaves stays,
// and first skips what is not true any more. That keeps additions and removals
// away from the memory of all other items.
type order[T any] struct {
	slots []slot[T]
	// key returns an item's key as it is now, false once the item has left.
	// Two items that are there have different keys.
	key   func(*T) (key, bool)
	count func() int          // how many items are there
	items func() iter.Seq[*T] // those
}

type slot[T any] struct {
	key  key
	item *T
}

// add adds an item, or one whose key has changed.
func (o *order[T]) add(item *T) {
	if len(o.slots) >= 2*max(o.count(), minSlots) {
		o.rebuild()
	}
	k, _ := o.key(item)
	heap.Push(o, slot[T]{k, item})
}

// minSlots is from how many items on an order is rebuilt when half of it is not
// true any more.
const minSlots = 16

// rebuild drops what is not true any more.
func (o *order[T]) rebuild() {
	o.slots = slices.Delete(o.slots, 0, len(o.slots))
	for item := range o.items() {
		if k, ok := o.key(item); ok {
			o.slots = append(o.slots, slot[T]{k, item})
		}
	}
	heap.Init(o)
}

// first returns the first item, nil if there is none.
func (o *order[T]) first() *T {
	for len(o.slots) > 0 {
		s := o.slots[0]
		if k, ok := o.key(s.item); ok && k == s.key {
			return s.item
		}
		heap.Pop(o)
	}
	return nil
}

// Len implements heap.Interface.
func (o *order[T]) Len() int { return len(o.slots) }

// Less implements heap.Interface.
func (o *order[T]) Less(i, j int) bool {
	a, b := &o.slots[i].key, &o.slots[j].key
	for i := range a {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return false
}

// Swap implements heap.Interface.
func (o *order[T]) Swap(i, j int) { o.slots[i], o.slots[j] = o.slots[j], o.slots[i] }

// Push implements heap.Interface.
func (o *order[T]) Push(x any) { o.slots = append(o.slots, x.(slot[T])) }

// Pop implements heap.Interface.
func (o *order[T]) Pop() any {
	last := len(o.slots) - 1
	s := o.slots[last]
	o.slots[last] = slot[T]{}
	o.slots = o.slots[:last]
	return s
}
