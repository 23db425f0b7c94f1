package node

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/aggregator"
	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/client"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/aggregator/receipt"
	"github.com/quirezk/quire/internal/node/config"
	"github.com/quirezk/quire/internal/node/internal/standin"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/devnet"
	"github.com/quirezk/quire/l1submit/reconstruct"
	"github.com/quirezk/quire/l1submit/signer"
	"github.com/quirezk/quire/l1submit/txmgr"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/protocol/files"
)

// TestMain is the node that TestKilled kills, where the environment says so.
func TestMain(m *testing.M) {
	if content := os.Getenv(victimEnv); content != "" {
		if err := beVictim(content); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

const victimEnv = "QUIRE_TEST_VICTIM"

// victim is what a process needs to be a node of the world.
type victim struct {
	URL, Data string
	Contract  common.Address
}

// beVictim runs a node until it is killed. It prints where it can be asked.
func beVictim(content string) error {
	var v victim
	if err := json.Unmarshal([]byte(content), &v); err != nil {
		return err
	}
	prover, err := standin.Fixed()
	if err != nil {
		return err
	}
	operator, err := devnet.Key(0)
	if err != nil {
		return err
	}
	cfg := worldConfig(v.URL, v.Data, v.Contract)
	cfg.Ops, cfg.Debug, cfg.Admin = config.Listen{}, config.Listen{}, config.Listen{}
	n, err := Start(context.Background(), cfg, worldOptions(prover, signer.NewDev(operator), receipt.NewKey(operator)))
	if err != nil {
		return err
	}
	fmt.Println("http://" + n.RPCAddress())
	<-n.Done()
	return n.Err()
}

// killing is a node in a process of its own that is killed again and again, with
// users who never give up.
type killing struct {
	*world
	rng     *rand.Rand
	env     string
	process *exec.Cmd
	client  *client.Client

	rollup   *l1submit.Rollup
	id       fr.Element
	users    []*protocol.PrivateKey
	accounts []protocol.Index
	nonces   []uint64
	receipts map[ledger.TransferID]wire.Receipt
	kills    int
}

// up starts the process, if it does not run.
func (k *killing) up() {
	k.Helper()
	for k.process == nil {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), victimEnv+"="+k.env)
		var complaints bytes.Buffer
		cmd.Stderr = &complaints
		out, err := cmd.StdoutPipe()
		k.ok(err)
		k.ok(cmd.Start())
		k.process = cmd
		if k.rng.IntN(8) == 0 { // while it starts
			time.Sleep(time.Duration(k.rng.IntN(400)) * time.Millisecond)
			k.kill()
			continue
		}
		url, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			k.Fatalf("the node does not start: %v\n%s", cmd.Wait(), complaints.String())
		}
		k.client = must(client.Dial(k.Context(), strings.TrimSpace(url)))(k)
		k.Cleanup(k.client.Close)
	}
}

// kill ends the process as it is.
func (k *killing) kill() {
	k.Helper()
	k.ok(k.process.Process.Kill())
	_ = k.process.Wait() // it was killed
	k.process, k.client = nil, nil
	k.kills++
}

// traffic sends transfers until it is stopped, each until it has a receipt. What it
// cannot reach it tries again: nothing is sent under another nonce before.
func (k *killing) traffic(ctx context.Context, c *client.Client) {
	for ctx.Err() == nil {
		i := k.rng.IntN(len(k.users))
		t := protocol.Transfer{
			From: k.accounts[i], To: k.accounts[(i+1)%len(k.users)], Amount: *uint256.NewInt(uint64(1 + k.rng.IntN(50))), Fee: *uint256.NewInt(2),
			Nonce: k.nonces[i], ValidUntil: 1 << 30,
		}
		if k.rng.IntN(10) == 0 {
			t.To = 0
		}
		signed, err := k.users[i].SignTransfer(k.id, t)
		k.ok(err)
		for ctx.Err() == nil {
			result, err := c.SendTransfer(ctx, &signed)
			if errors.Is(err, wire.ErrBusy) {
				continue
			}
			var refused *wire.Error
			if errors.As(err, &refused) && !errors.Is(err, wire.ErrNonceTooLow) {
				return // such as a balance that has run out
			}
			if err != nil {
				return // the connection, most likely: it may have been executed, and its nonce be used
			}
			if result.Receipt != nil {
				k.receipts[ledger.TransferID(result.ID)] = *result.Receipt
			}
			break
		}
		k.nonces[i]++
	}
}

var killTimes = flag.Int("kills", defaultKills, "how often TestKilled kills the node")

// TestKilled kills a node with SIGKILL, at random times, while users send transfers
// and deposits come in: while it starts, writes, seals, proves, and talks to layer
// 1. In the end every receipt is honoured, each batch was sent to layer 1 once, the
// ledger is without fault, its history played once more gives its state, and so do
// layer 1's data alone.
func TestKilled(t *testing.T) {
	w := newWorld(t)
	env := must(json.Marshal(victim{URL: w.l1.URL(), Data: w.data, Contract: w.rollup.Address()}))(t)
	k := &killing{
		world: w, rng: rand.New(rand.NewPCG(1, 2)), env: string(env), rollup: w.rollup,
		id: must(w.rollup.RollupID(t.Context()))(t), receipts: make(map[ledger.TransferID]wire.Receipt),
	}
	t.Cleanup(func() {
		if k.process != nil {
			k.kill()
		}
	})
	k.openUsers(4)
	for k.kills < *killTimes {
		// While nobody settles: it would make lane proofs void, and a second attempt
		// necessary.
		if k.rng.IntN(4) == 0 && !k.settling() {
			k.depositOf(k.rng.IntN(len(k.users)))
		}
		k.up()
		k.syncNonces()
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(20+k.rng.IntN(1200))*time.Millisecond)
		done := make(chan struct{})
		go func() { defer close(done); k.traffic(ctx, k.client) }()
		<-ctx.Done() // the moment is the machine's: whatever it hits is to be survived
		k.kill()
		cancel()
		<-done
	}
	k.settleDown()
	t.Logf("%d kills, %d receipts", k.kills, len(k.receipts))
	k.check()
}

// openUsers deposits for users, and waits for their accounts.
func (k *killing) openUsers(n int) {
	k.Helper()
	for i := range n {
		k.users = append(k.users, protocol.NewPrivateKey([protocol.SeedSize]byte{byte(i + 1), 5}))
		k.depositOf(i)
	}
	k.up()
	for i := range k.users {
		var index protocol.Index
		k.until("a user's account", func() bool {
			if k.client == nil {
				k.up()
			}
			for a, err := range k.client.Accounts(k.Context(), k.owner()) {
				if err == nil && a.Key == wire.NewKey(k.users[i].Public()) {
					index = a.Index
				}
			}
			return index != 0
		})
		k.accounts, k.nonces = append(k.accounts, index), append(k.nonces, 0)
	}
}

func (k *killing) depositOf(user int) {
	k.Helper()
	_, _, err := k.rollup.Deposit(k.Context(), k.sender(1), &protocol.Deposit{
		Key: k.users[user].Public(), Owner: k.owner(), Amount: *uint256.NewInt(5000),
	})
	k.ok(err)
}

// settling says whether the killed node has left a transaction behind that is in no
// block yet: it may not have been sent, or may still be on its way through layer 1's
// pool. A deposit that overtook it would make its lane proof void, and a second
// attempt right.
func (k *killing) settling() bool {
	k.Helper()
	operator := k.l1.Accounts()[0]
	m := must(txmgr.Open(k.Context(), txmgr.Config{
		Dir: TransactionsDir(k.data), Chain: k.l1.Client(), Signer: signer.NewDev(operator.Key), Logger: quiet,
	}))(k)
	recorded := m.Status()
	k.ok(m.Close())
	next := must(k.l1.Client().NonceAt(k.Context(), operator.Address, nil))(k)
	return slices.ContainsFunc(recorded, func(s txmgr.Status) bool { return s.Nonce >= next })
}

// syncNonces asks the node for the accounts' nonces: of a transfer that was not
// answered nobody knows.
func (k *killing) syncNonces() {
	k.Helper()
	for i, index := range k.accounts {
		account := must(k.client.Account(k.Context(), index))(k)
		k.nonces[i] = account.NextNonce
	}
}

// settleDown lets the node bring everything to layer 1.
func (k *killing) settleDown() {
	k.Helper()
	k.up()
	k.until("the last batch", func() bool {
		s := must(k.client.SyncStatus(k.Context()))(k)
		open := must(k.client.Batch(k.Context(), s.Batch))(k)
		q := must(k.client.Queue(k.Context()))(k)
		return s.Waiting == 0 && s.Finalized == s.Batch-1 && open.Transfers == 0 && open.Openings+open.Deposits+open.ForcedExits == 0 &&
			q.DepositCount+q.OpeningCount == 0 && s.Layer1Block == must(k.l1.Client().BlockNumber(k.Context()))(k)
	})
}

// check compares what was promised, the ledger and layer 1.
func (k *killing) check() {
	k.Helper()
	domain := receipt.NewDomain(1337, k.rollup.Address())
	for id, r := range k.receipts {
		k.ok(receipt.Verify(domain, receipt.Receipt{Transfer: id, Sequence: r.Seq, Batch: r.Batch, Time: r.Time}, receipt.Signature(r.Signature), k.l1.Accounts()[0].Address))
		known := must(k.client.Transfer(k.Context(), wire.Hash(id)))(k)
		if known.Status != wire.StatusFinalized || known.Seq != r.Seq || known.Batch != r.Batch {
			k.Errorf("transfer %x: %+v, its receipt says %+v", id, known, r)
		}
	}
	k.kill() // once more, so that it leaves the ledger
	led := must(ledger.Open(LedgerDir(k.data), ledger.Options{Logger: quiet}))(k)
	defer led.Close()
	faults := must(led.Check(k.Context(), nil))(k)
	faults = append(faults, must(aggregator.Audit(k.Context(), led, aggregator.AuditOptions{Shapes: []protocol.Shape{shape}}))(k)...)
	if len(faults) > 0 {
		k.Errorf("faults: %v", faults)
	}

	// Layer 1: one transaction for each batch, and the same state from its data.
	final := must(k.rollup.Finalized(k.Context()))(k)
	operator := k.l1.Accounts()[0].Address
	sender := types.LatestSignerForChainID(big.NewInt(1337))
	head := must(k.l1.Client().BlockNumber(k.Context()))(k)
	sent := 0
	for i := k.rollup.Deployed() + 1; i <= head; i++ {
		block := must(k.l1.Client().BlockByNumber(k.Context(), new(big.Int).SetUint64(i)))(k)
		for _, tx := range block.Transactions() {
			if must(types.Sender(sender, tx))(k) == operator {
				sent++
			}
		}
	}
	if sent != int(final.Number) {
		k.Errorf("%d batches, %d transactions", final.Number, sent)
	}
	// What the contract holds is what accounts have, and what can be claimed: by
	// users, by the operator, who earned the queue's fees, and by nobody, who gets what
	// a full queue costs above them.
	sum := new(big.Int)
	snapshot := must(led.Tree().Snapshot())(k)
	for u, err := range snapshot.All() {
		k.ok(err)
		sum.Add(sum, u.Account.Balance.ToBig())
	}
	k.ok(snapshot.Close())
	for _, owner := range []common.Address{common.Address(k.owner()), operator, {}} {
		sum.Add(sum, must(k.rollup.Claimable(k.Context(), 0, owner))(k))
	}
	if held := must(k.rollup.Token(k.Context(), 0))(k).Locked; held.Cmp(sum) != 0 {
		k.Errorf("the contract holds %v, which should be %v", held, sum)
	}
	state := must(reconstruct.Open(k.TempDir(), reconstruct.Options{Logger: quiet}))(k)
	defer state.Close()
	k.ok(state.Sync(k.Context(), k.l1.Client(), reconstruct.Config{
		Contract: k.rollup.Address(), Start: k.rollup.Deployed(), ChainID: big.NewInt(1337), CheckEvery: 1, Logger: quiet,
	}))
	rebuilt, _ := state.Head()
	if rebuilt.Root != led.Tree().Root() || rebuilt.Number != led.Tree().Version() {
		k.Errorf("layer 1's data make batch %d with root %s, the node is at %d with %s",
			rebuilt.Number, files.FormatElement(rebuilt.Root), led.Tree().Version(), files.FormatElement(led.Tree().Root()))
	}
}
