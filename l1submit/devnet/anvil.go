package devnet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/ethclient"

	"github.com/quirezk/quire/l1submit/internal/osaka"
)

// AnvilEnv names the environment variable that says where anvil is.
const AnvilEnv = "QUIRE_ANVIL"

// anvilStart bounds how long anvil may take to listen.
const anvilStart = 30 * time.Second

// anvilStates is the number of blocks whose states anvil keeps, in memory, at some
// 300 kB each with this repository's contracts. Left alone, it keeps 500 and
// writes older ones to disk, which come back without the contracts' code: once
// there are some, a reorg leaves no contract.
const anvilStates = 1000

// Anvil is a running anvil, Foundry's development node.
type Anvil struct {
	name     string
	url      string
	client   *ethclient.Client
	accounts []Account

	process *exec.Cmd
	output  *tail
	exited  chan struct{} // closed when the process has gone

	// changing is held while the chain is being changed: a change takes several calls.
	changing sync.Mutex
	stop     sync.Once
}

var _ Backend = (*Anvil)(nil)

// FindAnvil returns anvil's path: what the environment variable QUIRE_ANVIL says,
// or contracts/node_modules/.bin/anvil in this directory or one above. The error
// is [ErrNotInstalled] where there is neither; a path in the variable that leads
// nowhere is another error, since whoever set it counts on anvil.
func FindAnvil() (string, error) {
	if path := os.Getenv(AnvilEnv); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("look for anvil, by %s: %w", AnvilEnv, err)
		}
		return path, nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("look for anvil: %w", err)
	}
	for {
		path := filepath.Join(dir, "contracts", "node_modules", ".bin", "anvil")
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		above := filepath.Dir(dir)
		if above == dir {
			return "", fmt.Errorf("%w: run make tools (npm installs it), or set %s to the path of anvil", ErrNotInstalled, AnvilEnv)
		}
		dir = above
	}
}

// StartAnvil starts anvil on a free port. Close it after use: it ends with this
// process in any case. The error is [ErrNotInstalled] where anvil is not there.
func StartAnvil(ctx context.Context, opts Options) (*Anvil, error) {
	if opts.Dir != "" || opts.Port != 0 {
		return nil, fmt.Errorf("start anvil: %w", ErrNotKept)
	}
	accounts, err := opts.accounts()
	if err != nil {
		return nil, fmt.Errorf("start anvil: %w", err)
	}
	path, err := FindAnvil()
	if err != nil {
		return nil, err
	}
	a, err := launchAnvil(path)
	if err != nil {
		return nil, fmt.Errorf("start anvil (%s): %w", path, err)
	}
	a.accounts = accounts
	if err := a.setUp(ctx, opts); err != nil {
		return nil, errors.Join(fmt.Errorf("start anvil (%s): %w", path, err), a.Close())
	}
	return a, nil
}

// launchAnvil starts the process and waits until it listens.
func launchAnvil(path string) (*Anvil, error) {
	a := &Anvil{output: new(tail), exited: make(chan struct{})}
	a.process = exec.Command(path,
		"--host", "127.0.0.1", "--port", "0", "--no-mining",
		"--hardfork", osaka.Hardfork, "--chain-id", strconv.Itoa(osaka.ChainID),
		"--timestamp", strconv.Itoa(GenesisTime), "--gas-limit", strconv.Itoa(gasLimit),
		"--block-base-fee-per-gas", strconv.Itoa(baseFee), "--enable-tx-gas-limit",
		"--accounts", "1", "--balance", "0", "--prune-history", strconv.Itoa(anvilStates), "--color", "never")
	ownGroup(a.process)
	out, err := a.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	a.process.Stderr = a.output
	started, listening := make(chan error, 1), make(chan string, 1)
	go a.live(out, started, listening)
	if err := <-started; err != nil {
		return nil, err
	}
	timeout := time.NewTimer(anvilStart)
	defer timeout.Stop()
	select {
	case address := <-listening:
		a.url = "http://" + address
		return a, nil
	case <-a.exited:
		select {
		case address := <-listening: // it ended after that: the first call fails
			a.url = "http://" + address
			return a, nil
		default:
		}
		return nil, fmt.Errorf("it ended at once: %s", a.output)
	case <-timeout.C:
		return nil, errors.Join(fmt.Errorf("it does not listen after %v: %s", anvilStart, a.output), a.Close())
	}
}

// live starts the process, takes in what it prints, finds out where it listens,
// and waits for its end. The thread stays this goroutine's own: where the kernel
// ends a process with its parent, the thread that started it counts as that.
func (a *Anvil) live(out io.Reader, started chan<- error, listening chan<- string) {
	runtime.LockOSThread()
	err := a.process.Start()
	started <- err
	if err != nil {
		return
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), "Listening on "); ok {
			select {
			case listening <- address:
			default: // a second such line means nothing
			}
		}
		fmt.Fprintln(a.output, lines.Text()) // memory: no error
	}
	// How it ended is of interest only where that was not asked for; then the
	// next call fails, and what it printed is in the error.
	_ = a.process.Wait()
	close(a.exited)
}

// setUp makes the chain as every backend's is.
func (a *Anvil) setUp(ctx context.Context, opts Options) (err error) {
	if a.client, err = ethclient.DialContext(ctx, a.url); err != nil {
		return err
	}
	var version string
	if err := a.call(ctx, &version, "web3_clientVersion"); err != nil {
		return err
	}
	a.name = strings.Replace(version, "/v", " ", 1)
	var info struct{ HardFork string }
	if err := a.call(ctx, &info, "anvil_nodeInfo"); err != nil {
		return err
	}
	if !strings.EqualFold(info.HardFork, osaka.Hardfork) {
		return fmt.Errorf("%s has the rules of %s, not of %s: install the version in contracts/package.json", a.name, info.HardFork, osaka.Hardfork)
	}
	for _, account := range a.accounts {
		if err := a.call(ctx, nil, "anvil_setBalance", account.Address, (*hexutil.Big)(Balance())); err != nil {
			return err
		}
	}
	if err := a.call(ctx, nil, "anvil_setBlockTimestampInterval", uint64(BlockTime/time.Second)); err != nil {
		return err
	}
	if opts.AutoMine {
		return a.call(ctx, nil, "evm_setAutomine", true)
	}
	return nil
}

// call makes one JSON-RPC call. Where the process has gone, the error has what it
// printed last.
func (a *Anvil) call(ctx context.Context, result any, method string, args ...any) error {
	err := a.client.Client().CallContext(ctx, result, method, args...)
	if err == nil {
		return nil
	}
	select {
	case <-a.exited:
		return fmt.Errorf("%s: anvil has ended: %s: %w", method, a.output, err)
	default:
		return fmt.Errorf("%s: %w", method, err)
	}
}

// Name implements [Backend].
func (a *Anvil) Name() string { return a.name }

// URL implements [Backend].
func (a *Anvil) URL() string { return a.url }

// BlobArchive implements [Backend].
func (a *Anvil) BlobArchive() string { return a.url }

// Client implements [Backend].
func (a *Anvil) Client() *ethclient.Client { return a.client }

// Accounts implements [Backend].
func (a *Anvil) Accounts() []Account { return a.accounts }

// Mine implements [Backend].
func (a *Anvil) Mine(ctx context.Context, blocks int) error {
	a.changing.Lock()
	defer a.changing.Unlock()
	return a.mine(ctx, blocks)
}

func (a *Anvil) mine(ctx context.Context, blocks int) error {
	for range blocks {
		if err := a.call(ctx, nil, "evm_mine"); err != nil {
			return err
		}
	}
	return nil
}

// MineAt implements [Backend].
func (a *Anvil) MineAt(ctx context.Context, time uint64) error {
	a.changing.Lock()
	defer a.changing.Unlock()
	return a.mineAt(ctx, time)
}

func (a *Anvil) mineAt(ctx context.Context, time uint64) error {
	head, err := a.client.HeaderByNumber(ctx, nil)
	if err != nil {
		return fmt.Errorf("read anvil's newest block: %w", err)
	}
	if time <= head.Time {
		return fmt.Errorf("make a block at time %d: the newest is at %d", time, head.Time)
	}
	if err := a.call(ctx, nil, "evm_setNextBlockTimestamp", time); err != nil {
		return err
	}
	return a.mine(ctx, 1)
}

// AdvanceTime implements [Backend].
func (a *Anvil) AdvanceTime(ctx context.Context, by time.Duration) error {
	step, err := seconds(by)
	if err != nil {
		return err
	}
	a.changing.Lock()
	defer a.changing.Unlock()
	head, err := a.client.HeaderByNumber(ctx, nil)
	if err != nil {
		return fmt.Errorf("read anvil's newest block: %w", err)
	}
	return a.mineAt(ctx, head.Time+step)
}

// Reorg implements [Backend].
func (a *Anvil) Reorg(ctx context.Context, depth int) error {
	a.changing.Lock()
	defer a.changing.Unlock()
	head, err := a.client.HeaderByNumber(ctx, nil)
	if err != nil {
		return fmt.Errorf("read anvil's newest block: %w", err)
	}
	if depth < 1 || head.Number.Cmp(big.NewInt(int64(depth))) < 0 {
		return fmt.Errorf("reorg of %d blocks in a chain of %d", depth, head.Number)
	}
	if err := a.call(ctx, nil, "anvil_dropAllTransactions"); err != nil {
		return err
	}
	if err := a.call(ctx, nil, "anvil_reorg", depth, []any{}); err != nil {
		return err
	}
	branch, err := a.client.HeaderByNumber(ctx, nil)
	if err != nil {
		return fmt.Errorf("read anvil's newest block: %w", err)
	}
	return a.mineAt(ctx, max(branch.Time, head.Time)+uint64(BlockTime/time.Second))
}

// Close implements [Backend].
func (a *Anvil) Close() error {
	var err error
	a.stop.Do(func() {
		if a.client != nil {
			a.client.Close()
		}
		select {
		case <-a.exited:
			return
		default:
		}
		if err = killGroup(a.process); err != nil {
			err = fmt.Errorf("stop anvil: %w", err)
			return
		}
		<-a.exited
	})
	return err
}

// tail keeps the last of what a process printed.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailBytes = 4096

// Write implements [io.Writer]. It does not fail.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if extra := len(t.text) - tailBytes; extra > 0 {
		t.text = append(t.text[:0], t.text[extra:]...)
	}
	return len(p), nil
}

// String returns what is kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}
