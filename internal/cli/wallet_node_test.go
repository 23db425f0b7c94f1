package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/aggregator/api"
	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/client"
	wallets "github.com/quirezk/quire/aggregator/wallet"
	"github.com/quirezk/quire/protocol"
)

// street is a node, and two people with wallets: alice has account 2 with 10^18,
// bob has account 3.
type street struct {
	t          *testing.T
	node       *fakeNode
	alice, bob string // payment addresses
	dir        *wallets.Dir
}

func newStreet(t *testing.T) *street {
	t.Helper()
	s := &street{t: t, node: newFakeNode(t), dir: wallets.NewDir(filepath.Join(t.TempDir(), "wallets"))}
	t.Setenv(walletsEnv, s.dir.Path())
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TEST_PASSWORD", password)
	for index, name := range []string{2: "alice", 3: "bob"} {
		if name == "" {
			continue
		}
		key, err := crypto.ToECDSA(crypto.Keccak256([]byte(name)))
		if err != nil {
			t.Fatal(err)
		}
		public := s.move(wallets.NewKeySigner(key))
		account := protocol.Account{Key: public.Key, Owner: public.Owner}
		if name == "alice" {
			account.Balance = *uint256.NewInt(1e18)
			s.alice = public.Format(s.node.id)
		} else {
			s.bob = public.Format(s.node.id)
		}
		s.node.put(t, protocol.Index(index), account)
	}
	s.node.seal(t)
	return s
}

// move makes a wallet that knows the rollup, and has a key there.
func (s *street) move(signer *wallets.KeySigner) wallets.Address {
	s.t.Helper()
	quick, password := wallets.KDF{N: 2, P: 1}, &walletPassword{secret: "secret"}
	if err := s.dir.Import(signer, password, quick); err != nil {
		s.t.Fatal(err)
	}
	w, err := s.dir.Open(signer.Address())
	if err != nil {
		s.t.Fatal(err)
	}
	if err := w.AddRollup(fakeRollup); err != nil {
		s.t.Fatal(err)
	}
	key, err := w.DeriveKey(s.t.Context(), signer, wallets.KeyID{Rollup: s.node.id}, password, quick)
	if err != nil {
		s.t.Fatal(err)
	}
	return wallets.Address{Owner: protocol.Owner(signer.Address()), Key: key.Public}
}

// owner is the layer-1 address in a payment address.
func owner(address string) string { return "0x" + address[len("quire:"):][:40] }

// run runs quire wallet with a command.
func (s *street) run(args ...string) (code int, out, errs string) {
	s.t.Helper()
	var o, e bytes.Buffer
	code = run(s.t.Context(), append([]string{"wallet"}, args...), &o, &e)
	return code, o.String(), e.String()
}

// json runs a command that has to succeed, and reads what it prints.
func (s *street) json(into any, args ...string) {
	s.t.Helper()
	code, out, errs := s.run(append(args, "--json")...)
	if code != ExitOK || errs != "" {
		s.t.Fatalf("%v: code %d: %s", args, code, errs)
	}
	if err := json.Unmarshal([]byte(out), into); err != nil {
		s.t.Fatalf("%v: %v: %s", args, err, out)
	}
}

// refused runs a command that has to fail, with a code and a message.
func (s *street) refused(code int, says string, args ...string) {
	s.t.Helper()
	got, out, errs := s.run(args...)
	if got != code || out != "" || !regexp.MustCompile("(?s)^quire: .*"+says).MatchString(errs) {
		s.t.Errorf("%v: code %d, %q, %q; want code %d, %q", args, got, out, errs, code, says)
	}
	if strings.Contains(errs, "secret\n") {
		s.t.Errorf("the message tells the password: %q", errs)
	}
}

// as are the flags of somebody who talks to the node.
func (s *street) as(who, command string, args ...string) []string {
	return append([]string{command, "--wallet", owner(who), "--node", s.node.url}, args...)
}

// send are the arguments of a payment of alice's.
func (s *street) send(args ...string) []string {
	return s.as(s.alice, "send", append([]string{"--password-file", os.Getenv("TEST_PASSWORD"), "--trust-node"}, args...)...)
}

func TestWalletLife(t *testing.T) {
	s := newStreet(t)
	var sent sendReport
	s.json(&sent, s.send("--to", s.bob, "--amount", "1000", "--wait", "executed")...)
	if sent.From != 2 || sent.To != 3 || sent.Nonce != 0 || sent.Status != wire.StatusExecuted || sent.Receipt == nil || sent.Fee.String() != "20" {
		t.Errorf("sent %+v", sent)
	}
	if sent.ValidUntil != 2+wallets.DefaultValidity {
		t.Errorf("valid until %d", sent.ValidUntil)
	}
	s.json(&sent, s.send("--to", "3", "--amount", "1000")...) // the same again is another payment
	if sent.Nonce != 1 {
		t.Errorf("nonce %d, want 1", sent.Nonce)
	}
	code, out, errs := s.run(s.as(s.alice, "withdraw", "--password-file", os.Getenv("TEST_PASSWORD"), "--trust-node", "--amount", "123456789123456789", "--max-fee", "30")...)
	if code != ExitOK || !strings.Contains(out, "to its owner on layer 1") || !strings.Contains(out, "verified") || !strings.Contains(out, "quire exit claim --token 0") {
		t.Errorf("withdraw: code %d, %q, %q", code, out, errs)
	}

	var balance balanceReport
	s.json(&balance, s.as(s.alice, "balance")...)
	if len(balance.Accounts) != 1 || balance.Accounts[0].Balance.String() != "876543210876541151" || !balance.Accounts[0].Own || balance.Accounts[0].Nonce != 3 {
		t.Errorf("balance %+v", balance)
	}
	s.json(&balance, s.as(s.bob, "balance")...)
	if len(balance.Accounts) != 1 || balance.Accounts[0].Balance.String() != "2000" || balance.Accounts[0].Symbol != "ETH" {
		t.Errorf("balance %+v", balance)
	}

	var history []historyEntry
	s.json(&history, s.as(s.alice, "history")...)
	if len(history) != 3 || history[0].To != 0 || history[2].To != 3 || history[2].ID != (wire.Hash{}) && history[2].Nonce != 0 {
		t.Errorf("history %+v", history)
	}
	s.json(&history, s.as(s.bob, "history", "--limit", "1")...)
	if len(history) != 1 || history[0].Account != 3 || history[0].Amount.String() != "1000" {
		t.Errorf("history %+v", history)
	}
	if _, out, _ := s.run(s.as(s.bob, "history")...); strings.Count(out, "received 1000 from account 2") != 2 {
		t.Errorf("history: %s", out)
	}

	// An account of another token is opened once.
	var opened openReport
	s.json(&opened, s.as(s.bob, "open", "--token", "7")...)
	if opened.Index != 4 || opened.Request != 1 {
		t.Errorf("opened %+v", opened)
	}
	opened = openReport{}
	s.json(&opened, s.as(s.bob, "open", "--token", "7")...)
	if opened.Index != 4 || opened.Request != 0 {
		t.Errorf("opened again %+v", opened)
	}
	if _, out, _ := s.run("list"); !strings.Contains(out, "account 4, token 7") {
		t.Errorf("list: %s", out)
	}
}

func TestWalletSendRefuses(t *testing.T) {
	s := newStreet(t)
	to := []string{"--to", s.bob}
	pay := func(args ...string) []string { return s.send(append(append([]string{}, to...), args...)...) }
	s.refused(ExitUsage, "nearest below is 134217727, the nearest above 134217730", pay("--amount", "134217729")...)
	s.refused(ExitUsage, "decimal digits", pay("--amount", "1.5")...)
	s.refused(ExitUsage, "more than 0", pay("--amount", "0")...)
	s.refused(ExitUsage, "--fee: fee cannot be published.*nearest below is 10", pay("--amount", "1000", "--fee", "11")...)
	s.refused(ExitUsage, "none of executed, sealed and final", pay("--amount", "1000", "--wait", "soon")...)
	s.refused(ExitUsage, "--replace needs --nonce", pay("--amount", "1000", "--replace")...)
	s.refused(ExitUsage, "trust-node.*l1", pay("--amount", "1000", "--l1", "http://127.0.0.1:1")...)
	s.refused(ExitUsage, "Give --l1, or --trust-node", s.as(s.alice, "send", "--to", s.bob, "--amount", "1")...)
	s.refused(ExitUsage, "not a terminal", s.as(s.alice, "send", "--to", s.bob, "--amount", "1", "--trust-node")...)
	s.refused(ExitUsage, `required flag.*"amount"`, pay()...)
	s.refused(ExitUsage, "numbered from 1", s.send("--to", "0", "--amount", "1000")...)
	s.refused(ExitUsage, "numbered from 1", s.send("--to", "4294967296", "--amount", "1000")...)
	s.refused(ExitUsage, "want quire:", s.send("--to", owner(s.bob), "--amount", "1000")...)
	s.refused(ExitUsage, "mistyped, or one of another rollup", s.send("--to", strings.Replace(s.bob, "1", "2", 1), "--amount", "1000")...)
	s.refused(ExitUsage, "no account that holds token 9", pay("--amount", "1000", "--token", "9")...)
	s.refused(ExitUsage, "no account 3 that holds token 0", pay("--amount", "1000", "--account", "3")...)
	s.refused(ExitRefused, "account 2 has 1000000000000000000, and", pay("--amount", "1000000000000000000")...)
	s.refused(ExitRefused, "fee of 20, more than 10: allow it with --max-fee", pay("--amount", "100")...)
	s.refused(ExitRefused, "valid until batch 5000", pay("--amount", "1000", "--valid-for", "4998")...)
	s.refused(ExitFailure, "there is no such account", s.send("--to", "99", "--amount", "1000")...)
	s.refused(ExitInput, "wrong password", s.as(s.alice, "send", "--to", s.bob, "--amount", "1000", "--trust-node", "--password-file", otherPassword(t))...)
	s.refused(ExitUsage, "--node", s.as(s.alice, "balance", "--node", "localhost:1")...)
	s.refused(ExitUsage, "--limit", s.as(s.alice, "history", "--limit", "0")...)
	s.refused(ExitUsage, "no account 3", s.as(s.alice, "history", "--account", "3")...)
	s.refused(ExitUsage, "derive it.*quire wallet address", s.as(s.alice, "open", "--key", "5")...)
	if len(s.node.done) != 0 {
		t.Errorf("%d transfers were sent", len(s.node.done))
	}
}

func otherPassword(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(path, []byte("other"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestWalletSendsOnce: whatever happens on the way, one payment is made, and another
// is not signed for its nonce.
func TestWalletSendsOnce(t *testing.T) {
	s := newStreet(t)
	same := s.send("--to", s.bob, "--amount", "1000")
	s.node.drop = true // executed, and the answer is lost
	s.refused(ExitFailure, "the node has more to do.*pays once", same...)
	s.node.drop = false
	s.refused(ExitRefused, "another transfer was signed for this nonce", s.send("--to", s.bob, "--amount", "2000", "--nonce", "0")...)
	s.refused(ExitRefused, "has to be 30 or more", s.send("--to", s.bob, "--amount", "2000", "--nonce", "0", "--replace")...)
	s.node.seal(t) // later, with another validUntil to choose
	var sent sendReport
	s.json(&sent, append(same, "--wait", "final")...)
	if sent.Nonce != 0 || sent.ValidUntil != 2+wallets.DefaultValidity || sent.Status != wire.StatusFinalized || sent.Receipt == nil {
		t.Errorf("sent %+v", sent)
	}
	if len(s.node.done) != 1 {
		t.Errorf("%d payments", len(s.node.done))
	}

	// Lost on the way there: the node never had it.
	s.node.lose = true
	s.refused(ExitFailure, "pays once", same...)
	s.node.lose = false
	s.refused(ExitRefused, "another transfer was signed for this nonce", s.send("--to", s.bob, "--amount", "2000")...)
	s.node.seal(t)
	s.json(&sent, same...)
	if sent.Nonce != 1 || sent.ValidUntil != 3+wallets.DefaultValidity || len(s.node.done) != 2 {
		t.Errorf("%d payments, sent %+v", len(s.node.done), sent)
	}
	s.json(&sent, same...) // which was answered: this is another payment
	if sent.Nonce != 2 || len(s.node.done) != 3 {
		t.Errorf("%d payments, sent %+v", len(s.node.done), sent)
	}
	// A replacement is another message; the node has executed the first.
	s.refused(ExitRefused, "nonce", s.send("--to", s.bob, "--amount", "1000", "--nonce", "0", "--replace", "--fee", "30")...)
}

// TestWalletNodeLies: what the node says is compared with what the wallet knows.
func TestWalletNodeLies(t *testing.T) {
	s := newStreet(t)
	pay := s.send("--to", s.bob, "--amount", "1000")
	good := s.node.lies
	reset := func() { s.node.lies = good }

	s.node.config = func(c *api.Config) { c.Identity.RollupID.SetOne() }
	s.refused(ExitRefused, "another rollup.*is said to have", pay...)
	s.node.config = func(c *api.Config) { c.Identity.ChainID = 1 }
	s.refused(ExitRefused, "another rollup.*on chain 1,", pay...)
	s.node.config = func(c *api.Config) { c.Identity.Contract[0]++ }
	s.refused(ExitRefused, "another rollup", pay...)
	s.node.config = func(c *api.Config) { c.Operator = [20]byte{9} }
	s.json(new(balanceReport), s.as(s.bob, "balance")...) // bob has pinned the wrong key now
	reset()
	s.refused(ExitRefused, "receipt key is not the pinned one.*--new-receipt-key", s.as(s.bob, "balance")...)
	s.json(new(balanceReport), s.as(s.bob, "balance", "--new-receipt-key")...)

	// An account at bob's index, or listed as bob's, that is not bob's alone.
	s.node.account = func(i protocol.Index, a *protocol.Account) {
		if i == 3 {
			a.Key = keyOf("operator's")
		}
	}
	s.refused(ExitRefused, "no account that holds token 0 yet", pay...)
	listed := 0
	s.node.account = func(i protocol.Index, a *protocol.Account) {
		if i == 3 {
			if listed++; listed > 2 { // told right in the two lists, wrong after
				a.Owner[0]++
			}
		}
	}
	s.refused(ExitRefused, "account is not the payee's.*could never take out", pay...)
	s.node.account = func(i protocol.Index, a *protocol.Account) {
		if i == 2 {
			a.Key = keyOf("operator's")
		}
	}
	s.refused(ExitRefused, "account is not this wallet's", pay...)
	reset()
	if len(s.node.done) != 0 {
		t.Fatalf("%d transfers were sent", len(s.node.done))
	}

	// Answers after the transfer is sent. Each is for a payment of its own: one that
	// has no answer that counts would be asked for again.
	amount := 1000
	for says, lie := range map[string]func(){
		"the operator did not sign this receipt": func() { s.node.receipt = func(r *api.Receipt) { r.Time++ } },
		"not a well-formed signature":            func() { s.node.receipt = func(r *api.Receipt) { r.Signature[64] = 0 } },
		"it is for transfer 0x":                  func() { s.node.receipt = func(r *api.Receipt) { r.ID[0]++ } },
		"which cannot carry it":                  func() { s.node.receipt = func(r *api.Receipt) { r.Batch = 1 << 20 } },
		"gives no receipt":                       func() { s.node.result = func(r *api.SendResult) { r.Receipt = nil } },
		"answered for another transfer":          func() { s.node.result = func(r *api.SendResult) { r.ID[0]++ } },
	} {
		lie()
		amount++
		s.refused(ExitRefused, says, s.send("--to", s.bob, "--amount", fmt.Sprint(amount))...)
		reset()
	}

	// A history that is made up. Its first entries have receipts that do not hold,
	// which a history does not show.
	s.json(new([]historyEntry), s.as(s.alice, "history")...)
	for says, lie := range map[string]func(*api.Transfer){
		"under another ID":         func(d *api.Transfer) { d.ID[0]++ },
		"is not of account 2":      func(d *api.Transfer) { other := *d.Signed; other.From, other.To = 8, 9; d.Signed = &other },
		"the wallet did not sign":  func(d *api.Transfer) { other := *d.Signed; other.Signature.S[31] ^= 1; d.Signed = &other },
		"shows transfer .* under ": func(d *api.Transfer) { other := *d.Signed; other.Fee = *uint256.NewInt(10); d.Signed = &other },
	} {
		s.node.history = lie
		s.refused(ExitRefused, says, s.as(s.alice, "history")...)
	}
}

// TestWalletForeignKey: an account with the wallet's owner and a key of somebody
// else is shown as such, and not used.
func TestWalletForeignKey(t *testing.T) {
	s := newStreet(t)
	trap := protocol.Account{Key: keyOf("operator's"), Owner: protocol.Owner(common.HexToAddress(owner(s.alice))), Token: 5}
	s.node.put(t, 9, trap)
	var balance balanceReport
	s.json(&balance, s.as(s.alice, "balance")...)
	if len(balance.Accounts) != 2 || balance.Accounts[1].Index != 9 || balance.Accounts[1].Own {
		t.Errorf("balance %+v", balance)
	}
	if _, out, _ := s.run(s.as(s.alice, "balance")...); !strings.Contains(out, "foreign key") {
		t.Errorf("balance: %s", out)
	}
	s.refused(ExitUsage, "no account that holds token 5", s.send("--to", s.bob, "--amount", "1000", "--token", "5")...)
}

// connected is a command under way, with layer 1.
func (s *street) connected(who string) *nodeRun {
	s.t.Helper()
	a := &app{stdout: io.Discard, stderr: io.Discard, quiet: true}
	f := &nodeFlags{node: endpointFlag{s.node.url}}
	if err := f.wallet.wallet.Set(owner(who)); err != nil {
		s.t.Fatal(err)
	}
	_, w, err := f.wallet.open()
	if err != nil {
		s.t.Fatal(err)
	}
	info, err := w.Rollup(s.node.id)
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := client.Dial(s.t.Context(), s.node.url)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(c.Close)
	return &nodeRun{app: a, flags: f, wallet: w, rollup: &info, id: s.node.id, layer1: s.node.layerOne(), client: c}
}

// TestWalletProofs: with layer 1 the node is believed in nothing.
func TestWalletProofs(t *testing.T) {
	s := newStreet(t)
	n := s.connected(s.alice)
	f := &sendFlags{to: s.bob}
	if to, err := n.payee(t.Context(), f); err != nil || to != 3 {
		t.Fatalf("payee %d, error %v", to, err)
	}
	f.to = "3"
	if to, err := n.payee(t.Context(), f); err != nil || to != 3 {
		t.Fatalf("payee %d, error %v", to, err)
	}
	// A list in which bob's account is at the operator's index.
	eve := protocol.Account{Key: keyOf("operator's"), Owner: protocol.Owner{6}}
	s.node.put(t, 7, eve)
	s.node.seal(t)
	address, err := wallets.ParseAddress(s.node.id, s.bob)
	if err != nil {
		t.Fatal(err)
	}
	s.node.account = func(i protocol.Index, a *protocol.Account) {
		switch i {
		case 3:
			*a = eve
		case 7:
			a.Owner, a.Key = address.Owner, address.Key
		}
	}
	f.to = s.bob
	if _, err := n.payee(t.Context(), f); !errors.Is(err, wallets.ErrPayee) {
		t.Errorf("the operator's account for bob's: error %v", err)
	}
	s.node.account = func(protocol.Index, *protocol.Account) {}

	another, err := s.node.AccountProof(t.Context(), 7, wire.Committed)
	if err != nil {
		t.Fatal(err)
	}
	for name, lie := range map[string]func(*api.AccountProof){
		"another owner":   func(p *api.AccountProof) { p.Account.Owner[0]++; p.Proof.Leaf = p.Account.Leaf() },
		"a balance":       func(p *api.AccountProof) { p.Account.Balance.AddUint64(&p.Account.Balance, 1) },
		"absent":          func(p *api.AccountProof) { p.Exists = false; p.Proof.Leaf.SetZero() },
		"another account": func(p *api.AccountProof) { *p = *another },
		"a path":          func(p *api.AccountProof) { p.Proof.Siblings[2][1].SetOne() },
	} {
		s.node.proof = lie
		if _, err := n.prove(t.Context(), 3); !errors.Is(err, wallets.ErrProof) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	s.node.proof = func(*api.AccountProof) {}

	// An account that is not final yet.
	s.node.put(t, 8, protocol.Account{Key: address.Key, Owner: address.Owner})
	f.to = "8"
	if _, err := n.payee(t.Context(), f); !errors.Is(err, errNotFinal) || walletError(err).(*exitError).code != ExitRefused {
		t.Errorf("not final: error %v", err)
	}
	// What layer 1 has, has the wallet forget what is settled.
	if _, _, err := n.discover(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.json(new(sendReport), s.send("--to", s.bob, "--amount", "1000")...)
	s.node.seal(t)
	entry, err := n.proven(t.Context(), 2, true)
	if err != nil || entry.Nonce != 1 {
		t.Fatalf("proven %+v, error %v", entry, err)
	}
	if err := n.reload(); err != nil {
		t.Fatal(err)
	}
	if own, err := n.rollup.Account(2); err != nil || own.Settled != 1 || len(own.Signed) != 0 {
		t.Errorf("%+v, error %v", own, err)
	}
	s.node.put(t, 10, protocol.Account{Key: address.Key, Owner: address.Owner})
	if entry, err := n.proven(t.Context(), 10, false); err != nil || entry != nil {
		t.Errorf("%+v of an account that is not final, error %v", entry, err)
	}
}
