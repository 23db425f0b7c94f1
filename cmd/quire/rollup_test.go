package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/quirezk/quire/internal/rolluptest"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/signer"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/prover"
)

// names of the people of the scripts. The operator is the first.
var names = []string{"operator", "alice", "bob", "mallory"}

// person is somebody with keys on both layers. Nobody's money is behind them.
type person struct {
	l1     *ecdsa.PrivateKey
	l2     *protocol.PrivateKey
	sender *l1submit.Sender
}

func (p *person) address() common.Address { return crypto.PubkeyToAddress(p.l1.PublicKey) }

// rollup is a deployed rollup that a script plays with.
type rollup struct {
	*rolluptest.Rollup
	chain  *devChain
	people map[string]*person
}

// rollupKey is where a script keeps its rollup.
type rollupKey struct{}

func rollupOf(ts *testscript.TestScript) *rollup {
	r, ok := ts.Value(rollupKey{}).(**rollup)
	if !ok || *r == nil {
		ts.Fatalf("there is no rollup yet: see the command rollup")
	}
	return *r
}

// rollupCommand is the command rollup: it starts a layer-1 chain and deploys a
// rollup on it. $L1 is then the node's URL, $CONTRACT the rollup, $VERIFIER its
// exit verifier; $ALICE and so on are people's addresses, keys/ has their key
// files (named after them), and password the password of each.
func rollupCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: rollup")
	}
	ctx := context.Background()
	r := &rollup{people: make(map[string]*person)}
	var addresses []common.Address
	for _, name := range names {
		seed := sha256.Sum256([]byte("quire script " + name))
		key, err := crypto.ToECDSA(seed[:])
		ts.Check(err)
		r.people[name] = &person{l1: key, l2: protocol.NewPrivateKey(seed)}
		addresses = append(addresses, r.people[name].address())
	}
	var err error
	r.chain, err = newDevChain(ctx, addresses...)
	ts.Check(err)
	ts.Defer(func() { ts.Check(r.chain.close()) })
	chain, err := l1submit.NewChain(ctx, r.chain.client)
	ts.Check(err)
	for _, p := range r.people {
		p.sender = chain.Sender(signer.NewDev(p.l1))
	}
	r.Rollup, err = rolluptest.Deploy(ctx, r.people[names[0]].sender, chain, prover.NewStore(ts.Getenv(prover.StoreEnv)), nil)
	ts.Check(err)
	ts.Defer(func() { ts.Check(r.Close()) })
	*ts.Value(rollupKey{}).(**rollup) = r

	verifier, err := r.ExitVerifier(ctx)
	ts.Check(err)
	ts.Setenv("L1", r.chain.server.URL)
	ts.Setenv("CONTRACT", r.Address().Hex())
	ts.Setenv("VERIFIER", verifier.Hex())
	ts.Check(os.MkdirAll(ts.MkAbs("keys"), 0o700))
	for name, p := range r.people {
		ts.Setenv(upper(name), p.address().Hex())
		// With the standard parameters a key takes a second to open.
		encrypted, err := keystore.EncryptKey(&keystore.Key{Address: p.address(), PrivateKey: p.l1}, "secret", 2, 1)
		ts.Check(err)
		ts.Check(os.WriteFile(filepath.Join(ts.MkAbs("keys"), name), encrypted, 0o600))
	}
	ts.Check(os.WriteFile(ts.MkAbs("password"), []byte("secret\n"), 0o600))
}

func upper(name string) string {
	b := []byte(name)
	for i := range b {
		b[i] -= 'a' - 'A'
	}
	return string(b)
}

// number reads a command's argument.
func number(ts *testscript.TestScript, s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 64)
	ts.Check(err)
	return n
}

// depositCommand is deposit WHO WEI: it queues a deposit.
func depositCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: deposit WHO WEI")
	}
	r := rollupOf(ts)
	p := r.people[args[0]]
	_, _, err := r.Deposit(context.Background(), p.sender, &protocol.Deposit{
		Key: p.l2.Public(), Owner: protocol.Owner(p.address()), Amount: *uint256.NewInt(number(ts, args[1])),
	})
	ts.Check(err)
}

// settleCommand is settle [INDEX...]: the operator proves a batch of all that
// waits in the queue; the indices are those of the accounts that deposits open.
func settleCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: settle [INDEX...]")
	}
	r, ctx := rollupOf(ts), context.Background()
	var indices []protocol.Index
	for _, arg := range args {
		indices = append(indices, protocol.Index(number(ts, arg)))
	}
	ts.Check(r.Settle(ctx, func(b *protocol.Batch) error { return r.TakeQueue(ctx, b, indices...) }))
}

// payCommand is pay WHO FROM TO WEI NONCE: the operator proves a batch of one
// transfer, or, where TO is 0, withdrawal.
func payCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 5 {
		ts.Fatalf("usage: pay WHO FROM TO WEI NONCE")
	}
	r := rollupOf(ts)
	ts.Check(r.Settle(context.Background(), func(b *protocol.Batch) error {
		transfer, err := r.people[args[0]].l2.SignTransfer(r.ID, protocol.Transfer{
			From: protocol.Index(number(ts, args[1])), To: protocol.Index(number(ts, args[2])),
			Amount: *uint256.NewInt(number(ts, args[3])), Nonce: number(ts, args[4]), ValidUntil: b.Number,
		})
		b.Transfers = append(b.Transfers, transfer)
		return err
	}))
}

// advanceCommand is advance DURATION: it makes a block so much later.
func advanceCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: advance DURATION")
	}
	by, err := time.ParseDuration(args[0])
	ts.Check(err)
	ts.Check(rollupOf(ts).chain.advance(by))
}

// balanceCommand is balance ADDRESS WEI: it wants an address to have this much.
func balanceCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: balance ADDRESS WEI")
	}
	balance, err := rollupOf(ts).chain.client.BalanceAt(context.Background(), common.HexToAddress(args[0]), nil)
	ts.Check(err)
	if balance.String() != args[1] {
		ts.Check(errors.New(args[0] + " has " + balance.String() + " wei"))
	}
}
