package aggregator

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/protocol"
)

// simChain is layer 1 in the simulation: a chain of blocks with the rollup's
// contract played in Go, and a pool of transactions. It can be reorganized at any
// depth. Nothing of it is lost when the node crashes.
type simChain struct {
	rng    *rand.Rand
	blocks []*simBlock
	pool   []simTx
	lossy  bool   // reorganizations lose much
	forks  uint64 // tells blocks of the same number apart
}

// simBlock is a block, and the contract after it.
type simBlock struct {
	number, id uint64
	txs        []simTx
	contract   simContract
	// What happened in it.
	deposits []ledger.Deposit
	exits    []ledger.ForcedExit
	final    []FinalBatch
	failed   map[settleKey]string // settlements that were refused
}

// simContract is the contract's state. Its slices only grow, and blocks share
// their beginnings.
type simContract struct {
	deposits   []protocol.Deposit
	exits      []protocol.ForcedExit
	number     uint32
	commitment fr.Element
	// How many entries of each lane are in proven batches.
	depositsEnd, exitsEnd uint64
	published             [][]byte // of each batch, in order
}

type settleKey struct{ number, attempt uint32 }

// simTx is one of a deposit, a request for a forced exit, and a settlement.
type simTx struct {
	deposit *protocol.Deposit
	exit    *protocol.ForcedExit
	settle  *Settlement
	// lanes is how many entries each lane had when the settlement's lane proofs
	// were made; a lane that has grown since has made them void.
	lanes [2]int
}

func newSimChain(rng *rand.Rand, genesis fr.Element) *simChain {
	return &simChain{rng: rng, blocks: []*simBlock{{contract: simContract{commitment: genesis}}}}
}

func (c *simChain) head() *simBlock { return c.blocks[len(c.blocks)-1] }

// mine makes a block of what waits, now and then without some of it.
func (c *simChain) mine() {
	before := c.head()
	c.forks++
	b := &simBlock{number: before.number + 1, id: c.forks, contract: before.contract, failed: make(map[settleKey]string)}
	var left []simTx
	held := false // a settlement that is held up holds up those behind it: they have one account's nonces
	for _, tx := range c.pool {
		if c.rng.IntN(8) == 0 || held && tx.settle != nil {
			left = append(left, tx)
			held = held || tx.settle != nil
			continue
		}
		b.include(tx)
	}
	c.pool = left
	c.blocks = append(c.blocks, b)
}

func (b *simBlock) include(tx simTx) {
	b.txs = append(b.txs, tx)
	k := &b.contract
	switch {
	case tx.deposit != nil:
		b.deposits = append(b.deposits, ledger.Deposit{Position: uint64(len(k.deposits)), Block: b.number, Deposit: *tx.deposit})
		k.deposits = append(slices.Clip(k.deposits), *tx.deposit)
	case tx.exit != nil:
		b.exits = append(b.exits, ledger.ForcedExit{Position: uint64(len(k.exits)), Block: b.number, Request: *tx.exit})
		k.exits = append(slices.Clip(k.exits), *tx.exit)
	default:
		if err := b.settle(tx); err != nil {
			b.failed[settleKey{tx.settle.Number, tx.settle.Attempt}] = err.Error()
		}
	}
}

// settle is the contract's commitAndProveBatch.
func (b *simBlock) settle(tx simTx) error {
	s, k := tx.settle, &b.contract
	p, err := protocol.ParsePublished(s.Published)
	switch {
	case err != nil:
		return err
	case p.Old != k.commitment:
		return errors.New("the commitment is stale")
	case string(s.Proof) != proofOf(s.New):
		return errors.New("the proof does not verify")
	}
	deposits, exits := k.depositsEnd+uint64(len(p.Deposits)), k.exitsEnd+uint64(len(p.ForcedExits))
	if deposits > uint64(len(k.deposits)) || exits > uint64(len(k.exits)) {
		return errors.New("the lanes have no such entries")
	}
	for lane, end := range []uint64{deposits, exits} {
		count := []int{len(k.deposits), len(k.exits)}[lane]
		taken := []int{len(p.Deposits), len(p.ForcedExits)}[lane]
		if taken > 0 && end%protocol.LaneStride != 0 && count != tx.lanes[lane] {
			return errors.New("the lane has grown since its proof was made")
		}
	}
	for i := range p.Deposits {
		if p.Deposits[i].Deposit != k.deposits[k.depositsEnd+uint64(i)] {
			return errors.New("deposits are not the lane's next")
		}
	}
	for i := range p.ForcedExits {
		if p.ForcedExits[i] != k.exits[k.exitsEnd+uint64(i)] {
			return errors.New("forced exits are not the lane's next")
		}
	}
	k.number, k.commitment, k.depositsEnd, k.exitsEnd = k.number+1, p.New, deposits, exits
	k.published = append(slices.Clip(k.published), s.Published)
	b.final = append(b.final, FinalBatch{Number: k.number, Commitment: p.New, Block: b.number, GasUsed: 400_000})
	return nil
}

// reorg takes blocks back and makes others in their place. What users sent in them
// is lost now and then; the operator's transactions are sent again.
func (c *simChain) reorg(depth int) {
	depth = min(depth, len(c.blocks)-1)
	cut := len(c.blocks) - depth
	var again []simTx
	for _, b := range c.blocks[cut:] {
		for _, tx := range b.txs {
			if tx.settle != nil || c.rng.IntN(4) > 0 && (!c.lossy || c.rng.IntN(2) > 0) {
				again = append(again, tx)
			}
		}
	}
	c.blocks = c.blocks[:cut:cut]
	c.pool = append(again, c.pool...)
	for range depth + 1 {
		c.mine()
	}
}

// block returns the block of a number in the chain, nil if there is none.
func (c *simChain) block(number uint64) *simBlock {
	if number >= uint64(len(c.blocks)) {
		return nil
	}
	return c.blocks[number]
}

func (b *simBlock) cursor() []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, b.number), b.id)
}

// find returns the block of a cursor, nil if it is not part of the chain.
func (s *sim) find(cursor []byte) *simBlock {
	for _, b := range s.chain.blocks {
		if string(b.cursor()) == string(cursor) {
			return b
		}
	}
	return nil
}

// fork returns the newest block that was delivered and is still part of the chain.
func (s *sim) fork(cursor []byte) *simBlock {
	number := binary.BigEndian.Uint64(cursor)
	for ; number > 0; number-- {
		if b := s.delivered[number-1]; s.find(b.cursor()) != nil {
			return b
		}
	}
	return s.chain.block(0)
}

// simConfirmations is how many blocks are on top of a final one.
const simConfirmations = 3

// simSettler is the transaction manager: what it was given is on its own disk, and
// survives the node.
type simSettler struct {
	chain *simChain
	known map[settleKey]bool
	// fail has the next call fail.
	fail func() bool
}

var errSim = errors.New("simulated trouble")

// Submit implements [Settler].
func (s *simSettler) submit(settlement *Settlement) error {
	if s.fail() {
		return errSim
	}
	key := settleKey{settlement.Number, settlement.Attempt}
	if s.known[key] {
		return nil
	}
	s.known[key] = true
	k := &s.chain.head().contract
	s.chain.pool = append(s.chain.pool, simTx{settle: settlement, lanes: [2]int{len(k.deposits), len(k.exits)}})
	if s.fail() {
		return errSim // it was taken on all the same, as when the process ends here
	}
	return nil
}

// await says what became of an attempt, with an error if that is not final.
func (s *simSettler) await(number, attempt uint32) (*Settled, error) {
	key := settleKey{number, attempt}
	if !s.known[key] {
		return nil, fmt.Errorf("nothing was submitted as batch %d, attempt %d", number, attempt)
	}
	for _, b := range s.chain.blocks {
		if b.number+simConfirmations > s.chain.head().number {
			break
		}
		if reason, ok := b.failed[key]; ok {
			return &Settled{Reason: reason, Block: b.number}, nil
		}
		for _, tx := range b.txs {
			if tx.settle != nil && (settleKey{tx.settle.Number, tx.settle.Attempt}) == key {
				return &Settled{Accepted: true, Block: b.number, GasUsed: 400_000}, nil
			}
		}
	}
	return nil, errNotYet
}

var errNotYet = errors.New("not final yet")

// proofOf is what stands for a proof of a batch that makes a commitment.
func proofOf(commitment fr.Element) string { return "proof of " + commitment.String() }
