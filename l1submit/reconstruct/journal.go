package reconstruct

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/watch"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/protocol/files"
)

// Identity is which rollup a state is of.
type Identity struct {
	ChainID  *big.Int
	Contract common.Address
	RollupID fr.Element
}

func (i *Identity) equal(other *Identity) bool {
	return i.ChainID.Cmp(other.ChainID) == 0 && i.Contract == other.Contract && i.RollupID == other.RollupID
}

// String names contract, chain, and the beginning of the rollup's ID.
func (i *Identity) String() string {
	return fmt.Sprintf("%v on chain %v (rollup %.10s…)", i.Contract, i.ChainID, files.FormatElement(i.RollupID))
}

// journal is the file beside the tree that lets reading go on where it stood: the
// history up to about the last batch that the tree has. It holds nothing that is
// not on layer 1, and nothing that the tree does not have is believed because it
// is in it: without the file, or with an old one, only time is lost.
type journal struct {
	identity Identity
	start    uint64        // the block from which on events were read
	checked  watch.BlockID // the last block after which the contract confirmed everything
	history  *history
}

// journalFormat changes with what is in the file, which includes the fields of
// the events in package l1submit.
const journalFormat = "quire/reconstruct/1"

type journalJSON struct {
	Format    string
	Identity  Identity
	Start     uint64
	Checked   watch.BlockID
	Cursor    watch.BlockID
	Finalized l1submit.Finalized
	Frozen    bool
	Deposits  laneJSON[*l1submit.Deposited]
	Exits     laneJSON[*l1submit.ExitRequested]
	Refunded  []uint64
	Pending   []*l1submit.BatchCommitted
	Ready     []*finalBatch
}

type laneJSON[E queued] struct {
	First   uint64      // place of the first entry
	Hash    common.Hash // of the lane up to there
	Entries []E
}

func (l *lane[E]) encode() laneJSON[E] {
	hash, err := l.queue.Hash(l.queue.First())
	if err != nil {
		panic(fmt.Sprintf("reconstruct: %v", err)) // a queue knows where it begins
	}
	return laneJSON[E]{First: l.queue.First(), Hash: hash, Entries: l.entries}
}

func (l laneJSON[E]) decode() (lane[E], error) {
	queue, err := protocol.NewQueue(l.First, l.Hash)
	if err != nil {
		return lane[E]{}, err
	}
	out := lane[E]{queue: *queue}
	var null E
	for _, e := range l.Entries {
		if any(e) == any(null) {
			return out, errors.New("an entry is null")
		}
		if err := out.append(e); err != nil {
			return out, err
		}
	}
	return out, nil
}

// bytes encodes the journal: a line with the SHA-256 hash of what follows, then
// JSON.
func (j *journal) bytes() ([]byte, error) {
	h := j.history
	text, err := json.Marshal(&journalJSON{ // a pointer: field elements encode themselves only where they are addressable
		Format: journalFormat, Identity: j.identity, Start: j.start, Checked: j.checked,
		Cursor: h.cursor, Finalized: h.finalized, Frozen: h.frozen,
		Deposits: h.deposits.encode(), Exits: h.exits.encode(), Refunded: h.refunded, Pending: h.pending, Ready: h.ready,
	})
	if err != nil {
		return nil, fmt.Errorf("encode journal: %w", err)
	}
	return append([]byte(digestLine(text)), text...), nil
}

func digestLine(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]) + "\n"
}

// parseJournal is the inverse of bytes. Its errors wrap ErrDamaged.
func parseJournal(b []byte) (*journal, error) {
	line := len(digestLine(nil))
	if len(b) < line || string(b[:line]) != digestLine(b[line:]) {
		return nil, fmt.Errorf("%w: the journal does not have its hash", ErrDamaged)
	}
	d := json.NewDecoder(bytes.NewReader(b[line:]))
	d.DisallowUnknownFields()
	var in journalJSON
	if err := d.Decode(&in); err != nil {
		return nil, fmt.Errorf("%w: journal: %w", ErrDamaged, err)
	}
	j, err := in.journal()
	if err != nil {
		return nil, fmt.Errorf("%w: journal: %w", ErrDamaged, err)
	}
	return j, nil
}

func (in *journalJSON) journal() (*journal, error) {
	if in.Format != journalFormat {
		return nil, fmt.Errorf("format %q, not %q", in.Format, journalFormat)
	}
	if in.Identity.ChainID == nil {
		return nil, errors.New("it says of no chain")
	}
	h := &history{
		cursor: in.Cursor, finalized: in.Finalized, frozen: in.Frozen,
		refunded: in.Refunded, pending: in.Pending, ready: in.Ready,
	}
	var err error
	if h.deposits, err = in.Deposits.decode(); err != nil {
		return nil, err
	}
	if h.exits, err = in.Exits.decode(); err != nil {
		return nil, err
	}
	// Ready batches end with the final one, pending ones follow it.
	next := h.finalized.Number - uint32(len(h.ready)) + 1
	for _, r := range h.ready {
		if r == nil || r.BatchCommitted == nil || r.Number != next {
			return nil, fmt.Errorf("batch %d is not where it should be", next)
		}
		next++
	}
	for _, p := range h.pending {
		if p == nil || p.Number != next {
			return nil, fmt.Errorf("batch %d is not where it should be", next)
		}
		next++
	}
	return &journal{identity: in.Identity, start: in.Start, checked: in.Checked, history: h}, nil
}

// loadJournal reads a journal's file; nil if there is none.
func loadJournal(path string) (*journal, error) {
	j, err := files.Load(path, func(r io.Reader) (*journal, error) {
		b, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		return parseJournal(b)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return j, err
}

// save replaces the journal's file.
func saveJournal(path string, encoded []byte) error {
	err := files.Save(path, func(w io.Writer, b []byte) error {
		_, err := w.Write(b)
		return err
	}, encoded)
	if err != nil {
		return fmt.Errorf("save journal: %w", err)
	}
	return nil
}
