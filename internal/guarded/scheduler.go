package guarded

import (
	"sync"

	"github.com/cockroachdb/pebble/v2"
)

// scheduler has pebble merge tables one merge at a time, as it does by itself, and
// not at all once the breaker has tripped: what cannot be read it would try to merge
// again at once, and for ever.
type scheduler struct {
	breaker *breaker
	db      pebble.DBForCompaction

	mu       sync.Mutex
	changed  *sync.Cond // of granting
	running  int        // merges; guarded by mu
	granting int        // calls of the database that are under way; guarded by mu
	ended    bool       // guarded by mu
}

var (
	_ pebble.CompactionScheduler   = (*scheduler)(nil)
	_ pebble.CompactionGrantHandle = (*scheduler)(nil)
)

func newScheduler(b *breaker) *scheduler {
	s := &scheduler{breaker: b}
	s.changed = sync.NewCond(&s.mu)
	return s
}

// Register implements [pebble.CompactionScheduler].
func (s *scheduler) Register(_ int, db pebble.DBForCompaction) { s.db = db }

// Unregister implements [pebble.CompactionScheduler].
func (s *scheduler) Unregister() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	for s.granting > 0 {
		s.changed.Wait()
	}
}

// free says whether a merge may begin, with mu held.
func (s *scheduler) free() bool { return !s.ended && s.running < 1 && s.breaker.err() == nil }

// TrySchedule implements [pebble.CompactionScheduler].
func (s *scheduler) TrySchedule() (bool, pebble.CompactionGrantHandle) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.free() {
		return false, nil
	}
	s.running++
	return true, s
}

// UpdateGetAllowedWithoutPermission implements [pebble.CompactionScheduler]. What
// is allowed does not change.
func (s *scheduler) UpdateGetAllowedWithoutPermission() {}

// Started implements [pebble.CompactionGrantHandle].
func (s *scheduler) Started() {}

// MeasureCPU implements [pebble.CompactionGrantHandle].
func (s *scheduler) MeasureCPU(pebble.CompactionGoroutineKind) {}

// CumulativeStats implements [pebble.CompactionGrantHandle].
func (s *scheduler) CumulativeStats(pebble.CompactionGrantHandleStats) {}

// Done implements [pebble.CompactionGrantHandle]. It lets the merge begin that
// waited for this one's end.
func (s *scheduler) Done() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
	if !s.free() {
		return
	}
	s.granting++
	s.mu.Unlock()
	waiting, _ := s.db.GetWaitingCompaction()
	accepted := waiting && s.db.Schedule(s)
	s.mu.Lock()
	if accepted {
		s.running++
	}
	s.granting--
	s.changed.Broadcast()
}
