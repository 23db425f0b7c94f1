package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/spf13/cobra"

	"github.com/quirezk/quire/aggregator/api/wire"
	"github.com/quirezk/quire/aggregator/ledger"
	"github.com/quirezk/quire/aggregator/receipt"
	wallets "github.com/quirezk/quire/aggregator/wallet"
	"github.com/quirezk/quire/protocol"
)

// sendFlags say what is paid.
type sendFlags struct {
	node *nodeFlags
	cmd  *cobra.Command

	to          string
	amount      amountFlag
	fee, maxFee amountFlag
	token       uint32
	account     uint32
	nonce       uint64
	validFor    uint32
	replace     bool
	trustNode   bool
	wait        string
}

// amountFlag is an amount in a token's smallest unit.
type amountFlag struct {
	amount protocol.Amount
	set    bool
}

// Set implements pflag.Value.
func (f *amountFlag) Set(s string) (err error) {
	f.amount, err = wallets.ParseAmount(s)
	f.set = err == nil
	return err
}

// String implements pflag.Value.
func (f *amountFlag) String() string {
	if !f.set {
		return ""
	}
	return f.amount.Dec()
}

// Type implements pflag.Value.
func (f *amountFlag) Type() string { return "amount" }

// waits are what --wait can say.
var waits = map[string]wire.Status{"": "", "executed": wire.StatusExecuted, "sealed": wire.StatusSealed, "final": wire.StatusFinalized}

func (f *sendFlags) add(cmd *cobra.Command) {
	f.cmd = cmd
	f.node.wallet.addPassword(cmd)
	flags := cmd.Flags()
	flags.Var(&f.amount, "amount", "how much, in the token's smallest unit")
	flags.Uint32Var(&f.token, "token", 0, "number of the token; 0 is ether")
	flags.Uint32Var(&f.account, "account", 0, "index of the account that pays (the wallet's account of the token, if it is not given)")
	flags.Var(&f.fee, "fee", "what to pay the node (the least that it takes, if it is not given)")
	flags.Var(&f.maxFee, "max-fee", "the most to pay the node where --fee is not given (a tenth of the amount, if it is not given either)")
	flags.Uint64Var(&f.nonce, "nonce", 0, "number of the transfer (the next, if it is not given)")
	flags.Uint32Var(&f.validFor, "valid-for", wallets.DefaultValidity, "for how many batches from the open one on the transfer is valid")
	flags.BoolVar(&f.replace, "replace", false, "replace a transfer with the same nonce that waits, for a fee at least a tenth higher: needs --nonce")
	flags.BoolVar(&f.trustNode, "trust-node", false, "believe what the node says of accounts and batches, instead of proofs up to layer 1 (--l1)")
	flags.StringVar(&f.wait, "wait", "", "wait until the transfer is executed, sealed or final")
	if err := cmd.MarkFlagRequired("amount"); err != nil {
		panic(err) // the flag was added above
	}
	cmd.MarkFlagsMutuallyExclusive("trust-node", "l1")
	cmd.MarkFlagsMutuallyExclusive("fee", "max-fee")
}

// check says what is wrong with the flags, before anybody is asked.
func (f *sendFlags) check(withdrawal bool) error {
	if _, ok := waits[f.wait]; !ok {
		return usageError(fmt.Errorf("--wait: %q is none of executed, sealed and final", f.wait))
	}
	if !f.trustNode && f.node.rollup.l1.endpoint == "" {
		return usageError(errors.New("who says that the accounts are what the node says? Give --l1, or --trust-node to do without"))
	}
	if f.replace && !f.cmd.Flags().Changed("nonce") {
		return usageError(errors.New("--replace needs --nonce: which transfer is to be replaced?"))
	}
	if f.amount.amount.IsZero() {
		return usageError(errors.New("--amount: want more than 0"))
	}
	if !withdrawal {
		if _, err := protocol.EncodeAmount(&f.amount.amount); err != nil {
			return usageError(fmt.Errorf("--amount: %w", err))
		}
	}
	if f.fee.set {
		if _, err := protocol.EncodeFee(&f.fee.amount); err != nil {
			return usageError(fmt.Errorf("--fee: %w", err))
		}
	}
	return checkPassword(f.node.wallet.passwordFile)
}

func (a *app) walletSend() *cobra.Command { return a.paying(false) }

func (a *app) walletWithdraw() *cobra.Command { return a.paying(true) }

// paying makes the command that sends, or the one that withdraws.
func (a *app) paying(withdrawal bool) *cobra.Command {
	f := new(sendFlags)
	use, short := "send", "Pay somebody on the rollup"
	long := `Send pays to a payment address (quire wallet address prints one's own) or to the
account of an index. Owner, key and token of the payee's account are checked, and,
with --l1, proven up to layer 1: an operator can open accounts that look like the
payee's and are not. An index alone says nothing of who is paid: use it if you have
it from the payee.

Amounts are whole numbers in the token's smallest unit. A transfer that was signed
and not sent is sent again by the same command, and never paid twice. The node's
receipt is verified against the operator's key, which the wallet keeps.`
	example := "  quire wallet send --node http://127.0.0.1:8645 --l1 http://127.0.0.1:8545 \\\n    --to quire:5290… --amount 25000000000000000 --wait final"
	if withdrawal {
		use, short = "withdraw", "Take out to layer 1 through the operator"
		long = `Withdraw moves an amount to the account's owner on layer 1. Once its batch is
final, quire exit claim pays it out. The amount is exact. An operator that refuses
is answered by quire exit request.`
		example = "  quire wallet withdraw --node http://127.0.0.1:8645 --l1 http://127.0.0.1:8545 --amount 1000000000000000000 --wait final"
	}
	run := func(ctx context.Context, n *nodeRun) error { return n.send(ctx, f, withdrawal) }
	cmd, node := a.nodeCommand(use, short, long, example, run)
	f.node = node
	f.add(cmd)
	if !withdrawal {
		cmd.Flags().StringVar(&f.to, "to", "", "payment address, or index of an account")
		if err := cmd.MarkFlagRequired("to"); err != nil {
			panic(err) // the flag was added one line above
		}
	}
	connected := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.check(withdrawal); err != nil {
			return err
		}
		return connected(cmd, args)
	}
	return cmd
}

// sendReport is what send and withdraw print.
type sendReport struct {
	ID         wire.Hash      `json:"id"`
	Status     wire.Status    `json:"status"`
	From       protocol.Index `json:"from"`
	To         protocol.Index `json:"to"` // 0 for a withdrawal
	Token      protocol.Token `json:"token"`
	Amount     wire.Amount    `json:"amount"`
	Fee        wire.Amount    `json:"fee"`
	Nonce      uint64         `json:"nonce"`
	ValidUntil uint32         `json:"validUntil"`
	Batch      uint32         `json:"batch,omitempty"`
	// Receipt was verified; it is left out while the transfer waits.
	Receipt    *wire.Receipt  `json:"receipt,omitempty"`
	ReceiptKey common.Address `json:"receiptKey"`
}

func (n *nodeRun) send(ctx context.Context, f *sendFlags, withdrawal bool) error {
	from, told, err := n.sender(ctx, f)
	if err != nil {
		return err
	}
	t := protocol.Transfer{From: from.Index, Amount: f.amount.amount}
	if !withdrawal {
		if t.To, err = n.payee(ctx, f); err != nil {
			return err
		}
	}
	sync, err := n.client.SyncStatus(ctx)
	if err != nil {
		return err
	}
	signing := wallets.Signing{Final: sync.Finalized, Replace: f.replace}
	if n.layer1 != nil {
		final, err := n.layer1.final(ctx)
		if err != nil {
			return err
		}
		signing.Final = final.Number
	}
	if before := n.unanswered(f, from, &t); before != nil {
		done, err := n.askFor(ctx, f, before)
		if done || err != nil {
			return err
		}
		if before.ValidUntil > signing.Final {
			n.say("send again what was signed before")
			return n.deliver(ctx, f, from, before, signing)
		}
	}
	if t.Fee, err = n.fee(ctx, f); err != nil {
		return err
	}
	total, overflow := new(uint256.Int).AddOverflow(&t.Amount, &t.Fee)
	balance := protocol.Amount(told.Pending.Balance)
	if overflow || total.Gt(&balance) {
		return refusedError(fmt.Errorf("account %d has %s, and %s and a fee of %s are more", t.From, balance.Dec(), t.Amount.Dec(), t.Fee.Dec()))
	}
	t.Nonce = told.NextNonce
	if f.cmd.Flags().Changed("nonce") {
		t.Nonce = f.nonce
	}
	until := uint64(max(sync.Batch, signing.Final)) + uint64(f.validFor)
	t.ValidUntil = uint32(min(until, 1<<protocol.BatchBits-1))
	return n.deliver(ctx, f, from, &t, signing)
}

// unanswered finds a payment like this one that was signed, and of which nobody
// knows whether the node has it: making another would perhaps pay twice.
func (n *nodeRun) unanswered(f *sendFlags, from *wallets.AccountInfo, t *protocol.Transfer) *protocol.Transfer {
	for i := range from.Signed {
		s := &from.Signed[i]
		another := f.replace || f.fee.set && f.fee.amount != s.Fee || f.cmd.Flags().Changed("nonce") && f.nonce != s.Nonce
		if !s.Answered && !another && s.To == t.To && s.Amount == t.Amount {
			return &s.Transfer
		}
	}
	return nil
}

// askFor asks the node whether it has a transfer, and reports it if it does.
func (n *nodeRun) askFor(ctx context.Context, f *sendFlags, t *protocol.Transfer) (done bool, err error) {
	id := ledger.IDOf(n.id, t)
	info, err := n.client.Transfer(ctx, wire.Hash(id))
	switch {
	case errors.Is(err, wire.ErrUnknownTransfer):
		return false, nil
	case err != nil:
		return false, err
	case info.Status == wire.StatusDropped:
		return false, n.wallet.Answered(n.id, t)
	}
	n.say("the node has what was signed before: it is not paid again")
	return true, n.follow(ctx, f, t, id, &wire.SendResult{ID: info.ID, Status: info.Status, Batch: info.Batch, Receipt: info.Receipt})
}

// deliver signs a transfer and sends it.
func (n *nodeRun) deliver(ctx context.Context, f *sendFlags, from *wallets.AccountInfo, t *protocol.Transfer, signing wallets.Signing) error {
	password := n.password(f.node.wallet.passwordFile, n.wallet.Address().Hex(), false)
	key, err := n.wallet.OpenKey(wallets.KeyID{Rollup: n.id, Number: from.Key}, password)
	if err != nil {
		return err
	}
	signed, err := n.wallet.Sign(key, *t, signing)
	if err != nil {
		return err
	}
	id := ledger.IDOf(n.id, t)
	n.say("send")
	result, err := n.client.SendTransfer(ctx, &signed)
	if err != nil {
		return fmt.Errorf("%w: transfer %s is signed; the same command asks for it, sends it again if need be, and pays once", err, wire.Hash(id))
	}
	return n.follow(ctx, f, t, id, result)
}

// sender finds the account that pays.
func (n *nodeRun) sender(ctx context.Context, f *sendFlags) (*wallets.AccountInfo, *wire.Account, error) {
	if _, _, err := n.discover(ctx); err != nil {
		return nil, nil, err
	}
	var found []*wallets.AccountInfo
	for i := range n.rollup.Accounts {
		a := &n.rollup.Accounts[i]
		if a.Token == protocol.Token(f.token) && (f.account == 0 || a.Index == protocol.Index(f.account)) {
			found = append(found, a)
		}
	}
	switch {
	case len(found) == 0 && f.account != 0:
		return nil, nil, usageError(fmt.Errorf("--account: the wallet has no account %d that holds token %d: quire wallet balance lists them", f.account, f.token))
	case len(found) == 0:
		return nil, nil, usageError(fmt.Errorf("the wallet has no account that holds token %d: quire wallet balance lists them", f.token))
	case len(found) > 1:
		return nil, nil, usageError(fmt.Errorf("the wallet has %d accounts that hold token %d: name one with --account", len(found), f.token))
	}
	account, told, err := n.told(ctx, found[0].Index)
	if err != nil {
		return nil, nil, err
	}
	return found[0], told, n.wallet.AddAccount(n.id, found[0].Index, &account) // it is still ours
}

// payee finds the account that is paid, and checks it.
func (n *nodeRun) payee(ctx context.Context, f *sendFlags) (protocol.Index, error) {
	token := protocol.Token(f.token)
	index, address, err := n.resolvePayee(ctx, f.to, token)
	if err != nil {
		return 0, err
	}
	var account protocol.Account
	if f.trustNode {
		account, _, err = n.told(ctx, index)
	} else {
		account, err = n.prove(ctx, index)
		if errors.Is(err, errNotFinal) {
			err = refusedError(fmt.Errorf("payee: %w, or trust the node (--trust-node)", err))
		}
	}
	if err != nil {
		return 0, err
	}
	if address == nil { // whoever has it is meant
		address = &wallets.Address{Owner: account.Owner, Key: account.Key}
	}
	if err := wallets.CheckPayee(index, &account, *address, token); err != nil {
		return 0, err
	}
	n.say(fmt.Sprintf("pay account %d of %s", index, common.Address(account.Owner)))
	return index, nil
}

// resolvePayee reads what --to says. The address is nil where it is an index.
func (n *nodeRun) resolvePayee(ctx context.Context, to string, token protocol.Token) (protocol.Index, *wallets.Address, error) {
	if strings.Trim(to, "0123456789") == "" {
		index, err := strconv.ParseUint(to, 10, protocol.IndexBits)
		if err != nil || index == 0 {
			return 0, nil, usageError(fmt.Errorf("--to: accounts are numbered from 1 to 2^%d−1", protocol.IndexBits))
		}
		return protocol.Index(index), nil, nil
	}
	address, err := wallets.ParseAddress(n.id, to)
	if err != nil {
		return 0, nil, usageError(fmt.Errorf("--to: %w", err))
	}
	for account, err := range n.client.Accounts(ctx, address.Owner) {
		if err != nil {
			return 0, nil, err
		}
		if account.Key.Public() == address.Key && account.Token == token {
			return account.Index, &address, nil
		}
	}
	return 0, nil, refusedError(fmt.Errorf("the payee has no account that holds token %d yet: they open one (quire wallet open), or get a deposit", token))
}

// fee returns what to pay the node.
func (n *nodeRun) fee(ctx context.Context, f *sendFlags) (protocol.Amount, error) {
	if f.fee.set {
		return f.fee.amount, nil
	}
	asked, err := n.client.Fee(ctx, protocol.Token(f.token))
	if err != nil {
		return protocol.Amount{}, err
	}
	most := f.maxFee.amount
	if !f.maxFee.set {
		most.Div(&f.amount.amount, uint256.NewInt(10))
	}
	minimum := protocol.Amount(asked.Minimum)
	_, fee := protocol.NearestFees(&minimum)
	if fee.Gt(&most) {
		return protocol.Amount{}, refusedError(fmt.Errorf("the node asks for a fee of %s, more than %s: allow it with --max-fee", fee.Dec(), most.Dec()))
	}
	return fee, nil
}

// follow checks what the node answered, waits if that is asked for, and reports.
func (n *nodeRun) follow(ctx context.Context, f *sendFlags, t *protocol.Transfer, id ledger.TransferID, result *wire.SendResult) error {
	report := sendReport{
		ID: wire.Hash(id), Status: result.Status, From: t.From, To: t.To, Token: protocol.Token(f.token),
		Amount: wire.Amount(t.Amount), Fee: wire.Amount(t.Fee), Nonce: t.Nonce, ValidUntil: t.ValidUntil,
		Batch: result.Batch, Receipt: result.Receipt, ReceiptKey: common.Address(n.config.Operator),
	}
	if result.ID != report.ID {
		return refusedError(fmt.Errorf("the node answered for another transfer, %s, instead of %s, which was sent", result.ID, report.ID))
	}
	if err := n.checkReceipt(&report); err != nil {
		return err
	}
	if err := n.wallet.Answered(n.id, t); err != nil {
		return err
	}
	if status := waits[f.wait]; status != "" {
		n.say("wait until the transfer is " + f.wait)
		info, err := n.client.WaitForTransfer(ctx, report.ID, status, pause)
		if err != nil {
			return err
		}
		report.Status, report.Batch = info.Status, info.Batch
		if info.Receipt != nil {
			report.Receipt = info.Receipt
		}
		if err := n.checkReceipt(&report); err != nil {
			return err
		}
	}
	return n.print(report, func(out io.Writer) error { return printSent(out, &report) })
}

// checkReceipt verifies a receipt with the key that the wallet has pinned.
func (n *nodeRun) checkReceipt(r *sendReport) error {
	if r.Receipt == nil {
		if r.Status == wire.StatusQueued {
			return nil
		}
		return refusedError(fmt.Errorf("the node says that transfer %s is %s, and gives no receipt for it: whether it is shows on layer 1", r.ID, r.Status))
	}
	fail := func(err error) error {
		return refusedError(fmt.Errorf("the node's receipt for transfer %s is worth nothing: %w: the transfer was sent, and may be executed; keep the receipt as evidence", r.ID, err))
	}
	if r.Receipt.ID != r.ID {
		return fail(fmt.Errorf("it is for transfer %s", r.Receipt.ID))
	}
	if r.Receipt.Batch > r.ValidUntil {
		return fail(fmt.Errorf("it names batch %d, which cannot carry it", r.Receipt.Batch))
	}
	signature, err := receipt.ParseSignature(r.Receipt.Signature[:])
	if err != nil {
		return fail(err)
	}
	said := receipt.Receipt{Transfer: r.Receipt.ID, Sequence: r.Receipt.Seq, Batch: r.Receipt.Batch, Time: r.Receipt.Time}
	if err := receipt.Verify(receipt.NewDomain(n.rollup.ChainID, n.rollup.Contract), said, signature, r.ReceiptKey); err != nil {
		return fail(err)
	}
	return nil
}

func printSent(out io.Writer, r *sendReport) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	what := fmt.Sprintf("%s of token %d from account %d to account %d", r.Amount, r.Token, r.From, r.To)
	if r.To == 0 {
		what = fmt.Sprintf("%s of token %d from account %d to its owner on layer 1", r.Amount, r.Token, r.From)
	}
	fmt.Fprintf(w, "Paid\t%s, fee %s\n", what, r.Fee)
	fmt.Fprintf(w, "Transfer\t%s\n", r.ID)
	if r.Receipt == nil {
		fmt.Fprintf(w, "Status\t%s: it waits for those before it, until batch %d\n", r.Status, r.ValidUntil)
	} else {
		fmt.Fprintf(w, "Status\t%s, number %d, in batch %d\n", r.Status, r.Receipt.Seq, r.Batch)
		fmt.Fprintf(w, "Receipt\tsigned by %s: verified\n", r.ReceiptKey)
	}
	if r.To == 0 {
		when := "once it is final: "
		if r.Status == wire.StatusFinalized {
			when = ""
		}
		fmt.Fprintf(w, "Next\t%squire exit claim --token %d\n", when, r.Token)
	}
	return w.Flush()
}
