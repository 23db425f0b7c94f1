package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
	"github.com/holiman/uint256"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/quirezk/quire/internal/rolluptest"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/devnet"
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
	chain  *devnet.Geth
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

// rollupCommand is the command rollup: it starts a layer-1 chain, if the script has
// none yet, and deploys a rollup on it. $L1 is then the node's URL, $CONTRACT the rollup, $VERIFIER its
// exit verifier; $ALICE and so on are people's addresses, keys/ has their key
// files (named after them), and password the password of each.
func rollupCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: rollup")
	}
	ctx := context.Background()
	r := &rollup{people: make(map[string]*person)}
	slot := ts.Value(rollupKey{}).(**rollup)
	if *slot != nil {
		r.chain = (*slot).chain
	} else {
		r.chain = startChain(ts)
	}
	chain, err := l1submit.NewChain(ctx, r.chain.Client())
	ts.Check(err)
	for i, account := range r.chain.Accounts() {
		r.people[names[i]] = &person{
			l1: account.Key, l2: protocol.NewPrivateKey(sha256.Sum256([]byte(names[i]))),
			sender: chain.Sender(signer.NewDev(account.Key)),
		}
	}
	r.Rollup, err = rolluptest.Deploy(ctx, r.people[names[0]].sender, chain, prover.NewStore(ts.Getenv(prover.StoreEnv)), nil)
	ts.Check(err)
	ts.Defer(func() { ts.Check(r.Close()) })
	*slot = r

	verifier, err := r.ExitVerifier(ctx)
	ts.Check(err)
	ts.Setenv("L1", r.chain.URL())
	ts.Setenv("CONTRACT", r.Address().Hex())
	ts.Setenv("VERIFIER", verifier.Hex())
	ts.Check(os.MkdirAll(ts.MkAbs("keys"), 0o700))
	for name, p := range r.people {
		ts.Setenv(strings.ToUpper(name), p.address().Hex())
		// With the standard parameters a key takes a second to open.
		encrypted, err := keystore.EncryptKey(&keystore.Key{Address: p.address(), PrivateKey: p.l1}, "secret", 2, 1)
		ts.Check(err)
		ts.Check(os.WriteFile(filepath.Join(ts.MkAbs("keys"), name), encrypted, 0o600))
	}
	ts.Check(os.WriteFile(ts.MkAbs("password"), []byte("secret\n"), 0o600))
}

func startChain(ts *testscript.TestScript) *devnet.Geth {
	chain, err := devnet.StartGeth(context.Background(), devnet.Options{Accounts: len(names), AutoMine: true})
	ts.Check(err)
	ts.Defer(func() { ts.Check(chain.Close()) })
	return chain
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
	ts.Check(rollupOf(ts).chain.AdvanceTime(context.Background(), by))
}

// balanceCommand is balance ADDRESS WEI: it wants an address to have this much.
func balanceCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: balance ADDRESS WEI")
	}
	balance, err := rollupOf(ts).chain.Client().BalanceAt(context.Background(), common.HexToAddress(args[0]), nil)
	ts.Check(err)
	if balance.String() != args[1] {
		ts.Check(errors.New(args[0] + " has " + balance.String() + " wei"))
	}
}

// clef is an external signer, as far as the command line asks one.
type clef struct{ key *signer.Dev }

// Version is account_version.
func (c *clef) Version() string { return "6.1.0" }

// List is account_list.
func (c *clef) List() []common.Address { return []common.Address{c.key.Address()} }

// SignTransaction is account_signTransaction.
func (c *clef) SignTransaction(ctx context.Context, args apitypes.SendTxArgs) (map[string]*types.Transaction, error) {
	tx, err := args.ToTransaction()
	if err != nil {
		return nil, err
	}
	tx, err = c.key.SignTx(ctx, tx, (*big.Int)(args.ChainID))
	return map[string]*types.Transaction{"tx": tx}, err
}

// clefCommand is clef WHO: it starts an external signer, which signs whatever it
// is asked to. $SIGNER is then its URL.
func clefCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: clef WHO")
	}
	server := rpc.NewServer()
	ts.Check(server.RegisterName("account", &clef{signer.NewDev(rollupOf(ts).people[args[0]].l1)}))
	web := httptest.NewServer(server)
	ts.Defer(func() {
		web.Close()
		server.Stop()
	})
	ts.Setenv("SIGNER", web.URL)
}

// deafCommand is deaf: $L1 is then the URL of a node that takes transactions and
// never says what became of them.
func deafCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: deaf")
	}
	node, err := url.Parse(rollupOf(ts).chain.URL())
	ts.Check(err)
	proxy := httputil.NewSingleHostReverseProxy(node)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		var call struct {
			ID     json.RawMessage `json:"id"`
			Method string          `json:"method"`
		}
		if json.Unmarshal(body, &call) == nil && call.Method == "eth_getTransactionReceipt" {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,"result":null}`, call.ID)
			return
		}
		r.Body, r.Host = io.NopCloser(bytes.NewReader(body)), node.Host
		proxy.ServeHTTP(w, r)
	}))
	ts.Defer(web.Close)
	ts.Setenv("L1", web.URL)
}

// sentCommand is sent WHO NONCE: it waits until somebody's transaction with this
// nonce is in a block.
func sentCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sent WHO NONCE")
	}
	r, want := rollupOf(ts), number(ts, args[1])
	for {
		nonce, err := r.chain.Client().NonceAt(context.Background(), r.people[args[0]].address(), nil)
		ts.Check(err)
		if nonce > want {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}
