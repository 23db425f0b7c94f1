package prover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/consensys/gnark/backend/groth16"
	groth16bn254 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"
)

// StoreEnv names the environment variable that overrides where keys are kept.
const StoreEnv = "QUIRE_KEYS"

// lockRetry is how often a process that waits for another's setup looks again.
const lockRetry = 50 * time.Millisecond

// DefaultStoreDir returns $QUIRE_KEYS, or quire/keys in the user's cache
// directory. Keys are derived data, megabytes to gigabytes, and never belong in
// a repository.
func DefaultStoreDir() (string, error) {
	if dir := os.Getenv(StoreEnv); dir != "" {
		return filepath.Abs(dir)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("prover: no place for keys, set %s to a directory: %w", StoreEnv, err)
	}
	return filepath.Join(cache, "quire", "keys"), nil
}

// Store is a directory of keys: one directory per circuit,
// put in place as a whole by a rename and never changed afterwards. Processes
// may share it; a lock file beside each key directory keeps them apart.
//
// Digests guard against damage and against mixing keys up. Whoever can write to
// the directory can also replace the manifest, so it deserves the same
// protection as the program itself.
type Store struct {
	dir string
}

// NewStore returns the store in dir, which need not exist yet.
func NewStore(dir string) *Store { return &Store{dir: dir} }

// Dir returns the directory of the keys of a circuit.
func (s *Store) Dir(design Design, digest Digest) string {
	return filepath.Join(s.dir, design.Name+"-"+digest.String()[:16])
}

// SetupOptions are the choices of [Store.Setup].
type SetupOptions struct {
	// Force makes new keys even if there are some, whole or damaged. Contracts and
	// proofs made with the old ones do not fit the new ones.
	Force bool
	// Observer is told of the stages setup and store, or load.
	Observer Observer
}

// Setup returns the keys of a circuit, and makes development keys first if the
// store has none. Making them takes a few times as long as a proof. Damaged keys
// are not replaced silently: [ErrKeysDamaged] says so, and Force replaces them.
//
// gnark's setup cannot be interrupted: when ctx is cancelled the call returns at
// once, nothing is written, and the computation runs to its end in the
// background.
func (s *Store) Setup(ctx context.Context, c *Circuit, opts SetupOptions) (*Keys, error) {
	report := newReporter(opts.Observer)
	defer report.close()
	if err := checkName(c.design.Name); err != nil {
		return nil, fmt.Errorf("prover: %w", err)
	}
	dir := s.Dir(c.design, c.digest)
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return nil, fmt.Errorf("prover: make the key store: %w", err)
	}
	lock := newLock(dir)
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		return nil, fmt.Errorf("prover: lock %s: %w", lock.Path(), err)
	}
	defer lock.Close()

	if !opts.Force {
		keys, err := s.load(ctx, c.design, c.digest, report)
		if !errors.Is(err, ErrKeysNotFound) {
			return keys, err
		}
	}
	report.begin(StageSetup, 0)
	keys, err := developmentKeys(ctx, c)
	if err != nil {
		return nil, err
	}
	report.end()
	report.begin(StageStore, 0)
	if err := install(ctx, dir, keys, report); err != nil {
		return nil, fmt.Errorf("prover: store keys: %w", err)
	}
	report.end()
	return keys, nil
}

// Load reads the keys of a circuit whose constraint system has the digest. The
// digest must come from a compiled circuit or a pinned list, not from the store:
// it is what ties the keys to the program.
func (s *Store) Load(ctx context.Context, design Design, digest Digest, o Observer) (*Keys, error) {
	report := newReporter(o)
	defer report.close()
	unlock, err := s.lockForReading(ctx, design, digest)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return s.load(ctx, design, digest, report)
}

// LoadVerifyingKey is [Store.Load] without the constraint system and the proving
// key, which it neither reads nor checks.
func (s *Store) LoadVerifyingKey(ctx context.Context, design Design, digest Digest) (*VerifyingKey, error) {
	unlock, err := s.lockForReading(ctx, design, digest)
	if err != nil {
		return nil, err
	}
	defer unlock()
	dir := s.Dir(design, digest)
	m, err := readManifest(dir, design, digest)
	if err != nil {
		return nil, withRemedy(err, design)
	}
	v, err := readVerifyingKey(ctx, dir, m, design, newReporter(nil))
	return v, withRemedy(err, design)
}

// lockForReading keeps a forced setup from swapping the directory while it is
// read. A store on a read-only medium has nobody to be protected from.
func (s *Store) lockForReading(ctx context.Context, design Design, digest Digest) (unlock func(), err error) {
	if err := checkName(design.Name); err != nil {
		return nil, fmt.Errorf("prover: %w", err)
	}
	dir := s.Dir(design, digest)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, notFound(design, dir)
	}
	lock := newLock(dir)
	_, err = lock.TryRLockContext(ctx, lockRetry)
	switch {
	case errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS):
		return func() {}, nil
	case err != nil:
		return nil, fmt.Errorf("prover: lock %s: %w", lock.Path(), err)
	}
	return func() { lock.Close() }, nil
}

// newLock returns the lock of a key directory. It lies beside the directory, which
// a forced setup replaces.
func newLock(dir string) *flock.Flock {
	return flock.New(dir+".lock", flock.SetPermissions(0o644)) // other users may share the store for reading
}

func (s *Store) load(ctx context.Context, design Design, digest Digest, report *reporter) (*Keys, error) {
	dir := s.Dir(design, digest)
	m, err := readManifest(dir, design, digest)
	if err != nil {
		return nil, withRemedy(err, design)
	}
	// Each byte is counted twice: once hashed, once parsed.
	report.begin(StageLoad, 2*(m.Files.Circuit.Size+m.Files.ProvingKey.Size+m.Files.VerifyingKey.Size))
	keys := &Keys{}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		f, err := openChecked(ctx, dir, m.Files.Circuit, report)
		if err != nil {
			return err
		}
		defer f.Close()
		return readWhole(ctx, f, report, func(r io.Reader) error {
			keys.circuit, err = readCircuit(r, design, digest)
			return err
		})
	})
	g.Go(func() error {
		f, err := openChecked(ctx, dir, m.Files.ProvingKey, report)
		if err != nil {
			return err
		}
		defer f.Close()
		keys.proving = new(groth16bn254.ProvingKey)
		// ReadDump copies points into memory as they lie, without a check that they
		// are on the curve, which makes gigabytes load in seconds. It is safe here
		// and only here: openChecked has just found the bytes to be those that
		// Setup wrote.
		return readWhole(ctx, f, report, keys.proving.ReadDump)
	})
	g.Go(func() (err error) {
		keys.verify, err = readVerifyingKey(ctx, dir, m, design, report)
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, withRemedy(err, design)
	}
	report.end()
	return keys, nil
}

func readManifest(dir string, design Design, digest Digest) (*Manifest, error) {
	path := filepath.Join(dir, ManifestFile)
	data, err := readLimited(path, maxManifestSize)
	if errors.Is(err, fs.ErrNotExist) {
		if _, serr := os.Stat(dir); errors.Is(serr, fs.ErrNotExist) {
			return nil, notFound(design, dir)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeysDamaged, err)
	}
	m, err := DecodeManifest(data)
	switch {
	case errors.Is(err, ErrKeysForeign):
		return nil, fmt.Errorf("%s: %w", path, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %s: %w", ErrKeysDamaged, path, err)
	case m.Circuit.Digest != digest:
		return nil, fmt.Errorf("%w: %s: want constraint system %s, found %s", ErrKeysForeign, path, digest, m.Circuit.Digest)
	case m.Shape.design() != design:
		return nil, fmt.Errorf("%w: %s: want circuit %+v, found %+v", ErrKeysForeign, path, design, m.Shape.design())
	}
	return m, nil
}

func readVerifyingKey(ctx context.Context, dir string, m *Manifest, design Design, report *reporter) (*VerifyingKey, error) {
	f, err := openChecked(ctx, dir, m.Files.VerifyingKey, report)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	v := &VerifyingKey{manifest: *m, design: design, key: new(groth16bn254.VerifyingKey)}
	// It is small, so it is read with every check that gnark has.
	err = readWhole(ctx, f, report, func(r io.Reader) error {
		_, err := v.key.ReadFrom(r)
		return err
	})
	if err != nil {
		return nil, err
	}
	// gnark counts the commitment among the public witness.
	if n := v.key.NbPublicWitness() - Commitments; n != PublicInputs || len(v.key.CommitmentKeys) != Commitments {
		return nil, fmt.Errorf("%w: %s: want %d public inputs and %d commitment, found %d and %d", ErrKeysDamaged,
			f.Name(), PublicInputs, Commitments, n, len(v.key.CommitmentKeys))
	}
	return v, nil
}

// developmentKeys runs gnark's single-party setup. The secret is in this
// process's memory while it runs.
func developmentKeys(ctx context.Context, c *Circuit) (*Keys, error) {
	type result struct {
		keys *Keys
		err  error
	}
	done := make(chan result, 1)
	go func() {
		pk, vk, err := groth16.Setup(c.system)
		if err != nil {
			done <- result{err: fmt.Errorf("prover: setup: %w", err)}
			return
		}
		done <- result{keys: &Keys{
			circuit: c,
			proving: pk.(*groth16bn254.ProvingKey),
			verify: &VerifyingKey{
				manifest: newManifest(c, KindDevelopment),
				design:   c.design,
				key:      vk.(*groth16bn254.VerifyingKey),
			},
		}}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-done:
		return r.keys, r.err
	}
}

// install writes the keys' files beside their final place and renames the whole
// directory there, so that a reader finds all of it or none. The caller holds
// the lock, so what lies there half written belongs to a process that died.
func install(ctx context.Context, dir string, keys *Keys, report *reporter) (err error) {
	parent, base := filepath.Split(dir)
	leftovers, err := filepath.Glob(filepath.Join(parent, "."+base+".*"))
	if err != nil {
		return err
	}
	for _, l := range leftovers {
		if err := os.RemoveAll(l); err != nil {
			return err
		}
	}
	tmp, err := os.MkdirTemp(parent, "."+base+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(tmp) // best effort: the next setup removes it otherwise
		}
	}()
	if err := os.Chmod(tmp, 0o755); err != nil { // MkdirTemp makes it private; keys are not secret
		return err
	}

	m := &keys.verify.manifest
	m.Files.Circuit, err = writeFile(ctx, tmp, CircuitFile, report, func(w io.Writer) error {
		_, err := keys.circuit.WriteTo(w)
		return err
	})
	if err != nil {
		return err
	}
	if m.Files.Circuit.SHA256 != keys.circuit.digest {
		return fmt.Errorf("the constraint system was written as %s, its digest is %s", m.Files.Circuit.SHA256, keys.circuit.digest)
	}
	if m.Files.ProvingKey, err = writeFile(ctx, tmp, ProvingKeyFile, report, keys.proving.WriteDump); err != nil {
		return err
	}
	m.Files.VerifyingKey, err = writeFile(ctx, tmp, VerifyingKeyFile, report, func(w io.Writer) error {
		_, err := keys.verify.key.WriteRawTo(w)
		return err
	})
	if err != nil {
		return err
	}
	encoded, err := m.Encode()
	if err != nil {
		return err
	}
	_, err = writeFile(ctx, tmp, ManifestFile, report, func(w io.Writer) error {
		_, err := w.Write(encoded)
		return err
	})
	if err != nil {
		return err
	}
	if err := syncDir(tmp); err != nil {
		return err
	}
	return replaceDir(tmp, dir)
}

// replaceDir puts tmp in dir's place. A directory cannot be renamed onto one that
// is not empty, so an old one is moved aside first, under a name that the next
// setup would remove.
func replaceDir(tmp, dir string) error {
	old := tmp + ".old"
	if err := os.Rename(dir, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(tmp, dir); err != nil {
		return err
	}
	if err := os.RemoveAll(old); err != nil {
		return err
	}
	return syncDir(filepath.Dir(dir))
}

// withRemedy says what to do about keys that are there and of no use.
func withRemedy(err error, design Design) error {
	if errors.Is(err, ErrKeysDamaged) || errors.Is(err, ErrKeysForeign) {
		return fmt.Errorf("%w (to replace them: `quire setup --shape %s --force`)", err, design.Name)
	}
	return err
}

func notFound(design Design, dir string) error {
	return fmt.Errorf("%w for circuit %q in %s: run `quire setup --shape %s`", ErrKeysNotFound, design.Name, dir, design.Name)
}

// readLimited reads a file that must not be longer than limit bytes.
func readLimited(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s: longer than %d bytes", path, limit)
	}
	return data, nil
}
