// Package sandbox is a whole rollup to play with on one machine: a layer-1 chain, the
// contracts with development keys, a node, a test token, and wallets that own
// something on both layers. It is what quire devnet starts, and what tests of the
// commands play with.
//
// Nothing in it is secret, and nothing is at stake.
package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/aggregator/receipt"
	wallets "github.com/quirezk/quire/aggregator/wallet"
	"github.com/quirezk/quire/internal/exits"
	"github.com/quirezk/quire/internal/node"
	"github.com/quirezk/quire/internal/node/config"
	"github.com/quirezk/quire/internal/node/layerone"
	"github.com/quirezk/quire/internal/node/proving"
	"github.com/quirezk/quire/internal/testtoken"
	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/l1submit/devnet"
	"github.com/quirezk/quire/l1submit/signer"
	"github.com/quirezk/quire/protocol"
	"github.com/quirezk/quire/prover"
)

// Kinds of layer-1 chains.
const (
	Geth  = "geth"  // in this process
	Anvil = "anvil" // Foundry's, which has to be installed
)

// Options say what is started.
type Options struct {
	// Dir is where everything is kept; a sandbox that is started there again goes
	// on. It has to exist.
	Dir string
	// Kept says that the directory outlasts the process: the chain is then kept in
	// it. [Anvil] cannot be.
	Kept bool
	// L1 is the kind of chain.
	L1 string
	// Shapes are those of the circuits. Those of a directory that is started again
	// have to be the same.
	Shapes []protocol.Shape
	// Store has the keys, or gets them.
	Store *prover.Store
	// Wallets is how many there are.
	Wallets int
	// Where the servers listen: the public interface, and metrics. Empty: on free
	// ports. L1Port is layer 1's; 0 is a free one.
	RPC, Ops string
	L1Port   int
	// MaxAge is how long a batch stays open that has something in it.
	MaxAge time.Duration

	Logger *slog.Logger
	Level  *slog.LevelVar
	// Version is of this software.
	Version string
	// Progress is told in words what happens next; may be nil.
	Progress func(what string)
	// Observer is told of the making of keys; may be nil.
	Observer prover.Observer
}

// Defaults.
const (
	DefaultWallets = 3
	DefaultMaxAge  = 2 * time.Second
	MaxWallets     = 100
)

// Accounts of the chain, by what they are for. The wallets' follow.
const (
	operatorAccount = iota
	firstWallet
)

// What is in the directory.
const (
	stateFile    = "devnet.json"
	passwordFile = "password"
	walletsDir   = "wallets"
	chainDir     = "layer1"
	nodeDir      = "node"
)

// Token is the number of the test token; 0 is ether.
const Token protocol.Token = 1

// What each wallet is given: on layer 1 besides what accounts begin with, and on
// layer 2.
var (
	walletTokens  = new(big.Int).Mul(big.NewInt(1_000_000), big.NewInt(params.Ether))
	depositEther  = new(big.Int).Mul(big.NewInt(100), big.NewInt(params.Ether))
	depositTokens = new(big.Int).Mul(big.NewInt(1_000), big.NewInt(params.Ether))
)

// Info is how to use a sandbox.
type Info struct {
	Directory string           `json:"directory"`
	Layer1    string           `json:"layer1"` // URL
	ChainID   uint64           `json:"chainID"`
	Chain     string           `json:"chain"` // what it is
	Contract  common.Address   `json:"contract"`
	Deployed  uint64           `json:"deployed"` // block
	Operator  common.Address   `json:"operator"`
	Token     common.Address   `json:"token"` // its contract; it has the number 1
	RPC       string           `json:"rpc"`   // URL; the explorer is there as well
	Ops       string           `json:"ops"`
	Admin     string           `json:"admin"`
	Wallets   string           `json:"wallets"` // directory
	Password  string           `json:"passwordFile"`
	Accounts  []common.Address `json:"accounts"` // of the wallets
}

// deployment is what a directory remembers.
type deployment struct {
	Contract common.Address `json:"contract"`
	Block    uint64         `json:"block"`
	Token    common.Address `json:"token"`
	Shapes   []string       `json:"shapes"`
	Funded   int            `json:"funded"` // wallets that were given something
}

// Sandbox is a running one.
type Sandbox struct {
	Info
	opts     Options
	l1       devnet.Backend
	chain    *l1submit.Chain
	rollup   *l1submit.Rollup
	exitKeys *prover.Keys
	prover   *proving.Prover
	node     *node.Node
	saved    deployment
}

// ErrOptions says that a sandbox cannot be started like this.
var ErrOptions = errors.New("the devnet cannot be started like this")

// Validate says what is wrong with the options, before anything is made.
func (o *Options) Validate() error {
	switch {
	case o.Wallets < 0 || o.Wallets > MaxWallets:
		return fmt.Errorf("%w: %d wallets, want 0 to %d", ErrOptions, o.Wallets, MaxWallets)
	case o.L1 != Geth && o.L1 != Anvil:
		return fmt.Errorf("%w: layer 1 can be %s or %s, not %q", ErrOptions, Geth, Anvil, o.L1)
	case o.L1 == Anvil && (o.Kept || o.L1Port != 0):
		return fmt.Errorf("%w: anvil's chain cannot be kept in a directory, nor listen on a port of choice: use %s", ErrOptions, Geth)
	case len(o.Shapes) == 0:
		return fmt.Errorf("%w: no shape", ErrOptions)
	}
	return nil
}

// Start starts a sandbox. What was opened is closed again if it fails. Compiling
// circuits cannot be stopped: when ctx ends, what runs ends with the process.
func Start(ctx context.Context, opts Options) (_ *Sandbox, err error) {
	if opts.Progress == nil {
		opts.Progress = func(string) {}
	}
	if opts.MaxAge == 0 {
		opts.MaxAge = DefaultMaxAge
	}
	if err := opts.Validate(); err != nil {
		return nil, err
	}
	s := &Sandbox{opts: opts}
	s.Directory = opts.Dir
	for _, step := range []func(context.Context) error{s.load, s.makeKeys, s.startLayerOne, s.deploy, s.makeWallets, s.startNode, s.fund} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, s.Stop(context.WithoutCancel(ctx)))
		}
	}
	return s, nil
}

// Done is closed when the node cannot go on; Err says why.
func (s *Sandbox) Done() <-chan struct{} { return s.node.Done() }

// Err returns why the node cannot go on, nil if it can.
func (s *Sandbox) Err() error { return s.node.Err() }

// Stop stops everything. A directory that is kept can be started again.
func (s *Sandbox) Stop(ctx context.Context) error {
	var errs []error
	if s.node != nil {
		errs = append(errs, s.node.Stop(ctx))
	}
	if s.l1 != nil {
		errs = append(errs, s.l1.Close())
	}
	return errors.Join(errs...)
}

// load reads what the directory remembers.
func (s *Sandbox) load(context.Context) error {
	path := filepath.Join(s.opts.Dir, stateFile)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		entries, err := os.ReadDir(s.opts.Dir)
		if err == nil && len(entries) > 0 {
			return fmt.Errorf("%w: %s is neither empty nor a devnet's directory", ErrOptions, s.opts.Dir)
		}
		return err
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, &s.saved); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrOptions, path, err)
	}
	if names := shapeNames(s.opts.Shapes); !slices.Equal(names, s.saved.Shapes) {
		return fmt.Errorf("%w: the devnet in %s has the shapes %v, not %v", ErrOptions, s.opts.Dir, s.saved.Shapes, names)
	}
	return nil
}

func shapeNames(shapes []protocol.Shape) (names []string) {
	for _, shape := range shapes {
		names = append(names, shape.Name)
	}
	return names
}

// save writes what the directory is to remember, as a whole.
func (s *Sandbox) save() error {
	content, err := json.MarshalIndent(s.saved, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(s.opts.Dir, stateFile)
	if err := os.WriteFile(path+".new", append(content, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func (s *Sandbox) makeKeys(ctx context.Context) (err error) {
	s.opts.Progress("compile the circuits, and load their keys or set up development keys (the first time only)")
	s.prover, err = proving.Open(ctx, s.opts.Shapes, proving.Options{Store: s.opts.Store, Setup: true, Progress: s.opts.Observer, Logger: s.opts.Logger})
	if err != nil {
		return err
	}
	if err := s.prover.Load(ctx); err != nil {
		return err
	}
	circuit, err := exits.Compile(ctx)
	if err != nil {
		return err
	}
	s.exitKeys, err = s.opts.Store.Setup(ctx, circuit, prover.SetupOptions{Observer: s.opts.Observer})
	return err
}

func (s *Sandbox) startLayerOne(ctx context.Context) error {
	s.opts.Progress("start layer 1")
	opts := devnet.Options{Accounts: firstWallet + MaxWallets, AutoMine: true, Port: s.opts.L1Port}
	var err error
	if s.opts.L1 == Anvil {
		var anvil *devnet.Anvil
		if anvil, err = devnet.StartAnvil(ctx, opts); err == nil {
			s.l1 = anvil
		}
	} else {
		if s.opts.Kept {
			opts.Dir = filepath.Join(s.opts.Dir, chainDir)
		}
		var geth *devnet.Geth
		if geth, err = devnet.StartGeth(ctx, opts); err == nil {
			s.l1 = geth
		}
	}
	if err != nil {
		return err
	}
	s.chain, err = l1submit.NewChain(ctx, s.l1.Client())
	s.Layer1, s.Chain, s.ChainID = s.l1.URL(), s.l1.Name(), layerone.DevelopmentChainID
	return err
}

func (s *Sandbox) sender(account int) *l1submit.Sender {
	return s.chain.Sender(signer.NewDev(s.l1.Accounts()[account].Key))
}

// deploy deploys contracts and token, unless they are there.
func (s *Sandbox) deploy(ctx context.Context) error {
	if s.saved.Contract == (common.Address{}) {
		if err := s.deployAll(ctx); err != nil {
			return err
		}
	}
	s.rollup = l1submit.OpenRollup(s.chain, s.saved.Contract, s.saved.Block)
	s.Contract, s.Deployed, s.Token = s.saved.Contract, s.saved.Block, s.saved.Token
	s.Operator = s.l1.Accounts()[operatorAccount].Address
	return nil
}

func (s *Sandbox) deployAll(ctx context.Context) error {
	s.opts.Progress("deploy verifiers, rollup and test token")
	operator := s.sender(operatorAccount)
	c := l1submit.DefaultRollupConfig()
	c.Operator, c.Governor, c.DevelopmentKeys = operator.Address(), operator.Address(), true
	var err error
	if c.ExitVerifier, _, err = l1submit.DeployVerifier(ctx, s.chain, operator, s.exitKeys.VerifyingKey().Groth16()); err != nil {
		return err
	}
	for _, shape := range s.opts.Shapes {
		verifier, _, err := l1submit.DeployVerifier(ctx, s.chain, operator, s.prover.VerifyingKey(shape).Groth16())
		if err != nil {
			return err
		}
		c.Circuits = append(c.Circuits, l1submit.Circuit{Verifier: verifier, Shape: shape})
	}
	// Everybody's ether fits in.
	c.EtherCap = new(big.Int).Mul(devnet.Balance(), big.NewInt(firstWallet+MaxWallets))
	rollup, _, err := l1submit.DeployRollup(ctx, s.chain, operator, c)
	if err != nil {
		return err
	}
	supply := new(big.Int).Mul(walletTokens, big.NewInt(firstWallet+MaxWallets))
	code, err := testtoken.Code(operator.Address(), supply)
	if err != nil {
		return err
	}
	receipt, err := operator.Send(ctx, l1submit.Call{Data: code})
	if err != nil {
		return err
	}
	if number, _, err := rollup.RegisterToken(ctx, operator, receipt.ContractAddress, supply); err != nil || number != Token {
		return fmt.Errorf("register the test token: number %d: %w", number, err)
	}
	s.saved = deployment{Contract: rollup.Address(), Block: rollup.Deployed(), Token: receipt.ContractAddress, Shapes: shapeNames(s.opts.Shapes)}
	return s.save()
}

// makeWallets writes the wallets' files, unless they are there. One password opens
// all of them.
func (s *Sandbox) makeWallets(ctx context.Context) error {
	s.Password, s.Wallets = filepath.Join(s.opts.Dir, passwordFile), filepath.Join(s.opts.Dir, walletsDir)
	if _, err := os.Stat(s.Password); errors.Is(err, fs.ErrNotExist) {
		if err := os.WriteFile(s.Password, []byte(rand.Text()+"\n"), 0o600); err != nil {
			return err
		}
	}
	before, err := s.l1.Client().HeaderByNumber(ctx, new(big.Int).SetUint64(s.saved.Block-1))
	if err != nil {
		return err
	}
	rollup := wallets.Rollup{ChainID: s.ChainID, Contract: s.Contract, BlockHash: before.Hash()}
	dir := wallets.NewDir(s.Wallets)
	for i := range s.opts.Wallets {
		account := s.l1.Accounts()[firstWallet+i]
		s.Accounts = append(s.Accounts, account.Address)
		if has, err := dir.HasKey(account.Address); err != nil || has {
			if err != nil {
				return err
			}
			continue
		}
		if i == 0 {
			s.opts.Progress("write the wallets")
		}
		key := wallets.NewKeySigner(account.Key)
		password := signer.PasswordFile(s.Password)
		if err := dir.Import(key, password, wallets.LightKDF); err != nil {
			return err
		}
		w, err := dir.Open(account.Address)
		if err != nil {
			return err
		}
		if err := w.AddRollup(rollup); err != nil {
			return err
		}
		if _, err := w.DeriveKey(ctx, key, wallets.KeyID{Rollup: rollup.ID()}, password, wallets.LightKDF); err != nil {
			return err
		}
	}
	return nil
}

// startNode starts the node in this process.
func (s *Sandbox) startNode(ctx context.Context) (err error) {
	s.opts.Progress("start the node")
	operator := s.l1.Accounts()[operatorAccount]
	listen := func(address string) config.Listen {
		if address == "" {
			address = "127.0.0.1:0"
		}
		return config.Listen{Address: address}
	}
	deployed := s.saved.Block
	data := filepath.Join(s.opts.Dir, nodeDir)
	cfg := &config.Config{
		Data:    data,
		Layer1:  config.Layer1{URL: s.l1.URL(), Contract: s.Contract, ChainID: s.ChainID, FromBlock: &deployed, Interval: layer1Interval},
		Batches: config.Batches{MaxAge: s.opts.MaxAge, QueueDelay: s.opts.MaxAge / 4},
		Fees: config.Fees{Minimums: []config.Minimum{
			{Token: 0, Amount: *uint256.NewInt(params.GWei)}, {Token: Token, Amount: *uint256.NewInt(params.GWei)},
		}},
		RPC: config.RPC{Listen: listen(s.opts.RPC), Rate: -1, Explorer: true},
		Ops: listen(s.opts.Ops), Admin: config.Listen{Address: "unix:" + filepath.Join(data, "admin.sock")},
	}
	fees := &wallets.Address{Owner: protocol.Owner(operator.Address), Key: protocol.NewPrivateKey([protocol.SeedSize]byte([]byte("quire devnet: the fees' account!"))).Public()}
	s.node, err = node.Start(ctx, cfg, node.Options{
		Logger: s.opts.Logger, Level: s.opts.Level, Version: s.opts.Version,
		Operator: signer.NewDev(operator.Key), Receipts: receipt.NewKey(operator.Key),
		Prover: s.prover, Keys: node.KeysOf(s.prover), FeeAccount: fees, PollInterval: layer1Interval,
	})
	if err != nil {
		return err
	}
	s.RPC, s.Admin = "http://"+s.node.RPCAddress(), "unix:"+s.node.AdminAddress()
	s.Ops = "http://" + s.node.OpsAddress()
	return nil
}

// layer1Interval is how often the node looks at layer 1, whose blocks come with
// each transaction.
const layer1Interval = 250 * time.Millisecond

// fund gives the wallets what they own on both layers. It remembers whom it gave
// something, so that nobody is given twice.
func (s *Sandbox) fund(ctx context.Context) error {
	token := l1submit.OpenERC20(s.chain, s.Token)
	rollup := s.rollup
	dir := wallets.NewDir(s.Wallets)
	for i := s.saved.Funded; i < s.opts.Wallets; i++ {
		s.opts.Progress(fmt.Sprintf("give wallet %s ether and tokens", s.Accounts[i]))
		w, err := dir.Open(s.Accounts[i])
		if err != nil {
			return err
		}
		known := w.Rollups()
		if len(known) != 1 || len(known[0].Keys) == 0 {
			return fmt.Errorf("%w: the wallet %s does not know the rollup", ErrOptions, s.Accounts[i])
		}
		key := known[0].Keys[0].Public
		if err := s.transferTokens(ctx, s.Accounts[i]); err != nil {
			return err
		}
		from := s.sender(firstWallet + i)
		if _, err := token.Approve(ctx, from, rollup.Address(), walletTokens); err != nil {
			return err
		}
		for number, amount := range []*big.Int{0: depositEther, Token: depositTokens} {
			value, _ := uint256.FromBig(amount)
			if _, _, err := rollup.Deposit(ctx, from, &protocol.Deposit{Key: key, Owner: protocol.Owner(s.Accounts[i]), Token: protocol.Token(number), Amount: *value}); err != nil {
				return err
			}
		}
		s.saved.Funded = i + 1
		if err := s.save(); err != nil {
			return err
		}
	}
	return nil
}

// transferTokens has the operator, who has all of them, give an account tokens.
func (s *Sandbox) transferTokens(ctx context.Context, to common.Address) error {
	data := append(common.FromHex("0xa9059cbb"), common.LeftPadBytes(to[:], 32)...) // transfer(address,uint256)
	data = append(data, common.LeftPadBytes(walletTokens.Bytes(), 32)...)
	_, err := s.sender(operatorAccount).Send(ctx, l1submit.Call{To: &s.Token, Data: data})
	return err
}
