package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/pprof"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// What readiness asks for.
const (
	// syncedWithin is how long ago the node may have last taken in what was final,
	// besides some pauses between two looks.
	syncedWithin = 30 * time.Second
	// leastFree is how much space the data's disk must have, in bytes.
	leastFree = 256 << 20
	// probeEvery is how often the disk is tried.
	probeEvery = 10 * time.Second
)

// disk tells whether a directory's disk can be written to.
type disk struct {
	dir string

	mu    sync.Mutex // guards all below; held while the disk is tried
	tried time.Time
	free  uint64
	err   error
}

// look returns the free space in bytes, and what is wrong, if something is. Both may
// be some seconds old.
func (d *disk) look() (uint64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if time.Since(d.tried) > probeEvery {
		d.free, d.err = probe(d.dir)
		d.tried = time.Now()
	}
	return d.free, d.err
}

func probe(dir string) (uint64, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return 0, fmt.Errorf("the data's disk: %w", err)
	}
	free := stat.Bavail * uint64(stat.Bsize)
	if free < leastFree {
		return free, fmt.Errorf("the data's disk has %d MiB left, which is below %d MiB", free>>20, leastFree>>20)
	}
	path := filepath.Join(dir, probeFile)
	err := os.WriteFile(path, []byte("written to see whether the disk can be\n"), 0o600)
	if err := errors.Join(err, os.Remove(path)); err != nil {
		return free, fmt.Errorf("the data's disk cannot be written to: %w", err)
	}
	return free, nil
}

// Ready returns nil if the node does all that it should: it has not halted, is caught
// up with layer 1, is still the operator, and can write to its disk. Otherwise it says
// all that is wrong. A node that is paused is ready: it does as it was told, and
// answers all that it is asked; whoever takes it from a load balancer for that takes
// its answers away too.
func (n *Node) Ready() error {
	var faults []error
	s := n.engine.Summary()
	switch {
	case s.Halted != nil:
		faults = append(faults, fmt.Errorf("the node has halted: %w", s.Halted))
	case s.Head.Frozen:
		faults = append(faults, errors.New("layer 1 has frozen the rollup"))
	}
	feed := n.feed.Status()
	limit := syncedWithin + 5*n.cfg.Layer1.Interval
	switch age := n.opts.now().Sub(feed.Synced); {
	case feed.Synced.IsZero():
		faults = append(faults, errors.New("not caught up with layer 1 yet"))
	case age > limit:
		faults = append(faults, fmt.Errorf("layer 1 was last caught up with %v ago", age.Round(time.Second)))
	}
	if feed.OperatorChanged && feed.Operator != n.operator {
		faults = append(faults, fmt.Errorf("layer 1 has another operator, %s", feed.Operator))
	}
	if _, err := n.disk.look(); err != nil {
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// opsHandler serves metrics and health.
func (n *Node) opsHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", n.metrics.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, nil) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { answer(w, n.Ready()) })
	return mux
}

// answer says that all is well, or what is not.
func answer(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	body := map[string]string{"status": "ok"}
	if err != nil {
		body = map[string]string{"status": "not ready", "reason": err.Error()}
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(body) // whoever asked may be gone
}

// pprofHandler serves profiles.
func pprofHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}
