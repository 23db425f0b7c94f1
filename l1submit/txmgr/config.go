package txmgr

import (
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum/params"

	"github.com/quirezk/quire/l1submit/signer"
)

// Defaults of a [Config].
const (
	// DefaultConfirmations is two epochs: below that depth Ethereum has
	// finalized, when it works as it should.
	DefaultConfirmations = 64
	// DefaultBumpBlocks is some 72 seconds.
	DefaultBumpBlocks = 6
	// DefaultPollInterval sees every block, which come every 12 seconds.
	DefaultPollInterval = 4 * time.Second
)

// DefaultMaxFee returns the default of Config.MaxFee: 200 gwei for each unit of gas.
func DefaultMaxFee() *big.Int { return big.NewInt(200 * params.GWei) }

// DefaultMaxBlobFee returns the default of Config.MaxBlobFee: 200 gwei for each
// unit of blob gas.
func DefaultMaxBlobFee() *big.Int { return big.NewInt(200 * params.GWei) }

// DefaultMinTip returns the default of Config.MinTip: 0.01 gwei for each unit of gas.
func DefaultMinTip() *big.Int { return big.NewInt(params.GWei / 100) }

// Config says how a [Manager] works. Dir, Chain and Signer have to be given; of
// the rest, zero means the default.
type Config struct {
	// Dir is where intents are kept. It is made if it does not exist.
	Dir string
	// Chain is the node. Where BlobSigner is set, it has to be a [BlobChain].
	Chain Chain
	// Signer has the account for ordinary transactions.
	Signer signer.Signer
	// BlobSigner has the account for blob transactions, another one; nil where
	// none are sent.
	BlobSigner signer.Signer

	// Confirmations a transaction needs to be final. Its own block is the first.
	Confirmations uint64
	// BumpBlocks is how many blocks may pass without the account's oldest
	// transaction before its fee is raised. Blocks, not time: while layer 1
	// makes none, paying more helps nobody.
	BumpBlocks uint64
	// PollInterval is the time between two looks at the chain.
	PollInterval time.Duration

	// MaxFee caps what is offered for a unit of gas, base fee and tip together,
	// in wei. Dearer than that, transactions wait.
	MaxFee *big.Int
	// MaxBlobFee caps what is offered for a unit of blob gas, in wei.
	MaxBlobFee *big.Int
	// MinTip is the least tip for a unit of gas, in wei.
	MinTip *big.Int

	// DecodeRevert turns what a contract reverted with into an error, which
	// becomes [RevertError.Reason]; nil where it does not know. May be nil.
	DecodeRevert func(data []byte) error
	// Logger hears of everything that happens to an intent. nil means
	// [slog.Default].
	Logger *slog.Logger

	fs vfs.FS // nil: the operating system's
}

// withDefaults fills in what is zero, and reports all that is wrong.
func (c Config) withDefaults() (Config, error) {
	var errs []error
	if c.Dir == "" {
		errs = append(errs, errors.New("no directory to keep intents in"))
	}
	if c.Chain == nil {
		errs = append(errs, errors.New("no layer-1 node"))
	}
	if c.Signer == nil {
		errs = append(errs, errors.New("no account to send from"))
	}
	if c.BlobSigner != nil {
		if _, ok := c.Chain.(BlobChain); !ok && c.Chain != nil {
			errs = append(errs, errors.New("the layer-1 client does not know blob fees, but there is an account for blob transactions"))
		}
		if c.Signer != nil && c.Signer.Address() == c.BlobSigner.Address() {
			errs = append(errs, fmt.Errorf("blob and ordinary transactions would both be sent from %s: give each an account, nodes refuse to hold both kinds of one",
				c.Signer.Address()))
		}
	}
	setDefault(&c.Confirmations, DefaultConfirmations)
	setDefault(&c.BumpBlocks, DefaultBumpBlocks)
	setDefault(&c.PollInterval, DefaultPollInterval)
	if c.PollInterval < 0 {
		errs = append(errs, fmt.Errorf("poll interval %v is negative", c.PollInterval))
	}
	for _, fee := range []struct {
		name     string
		value    **big.Int
		fallback *big.Int
	}{
		{"fee cap", &c.MaxFee, DefaultMaxFee()},
		{"blob fee cap", &c.MaxBlobFee, DefaultMaxBlobFee()},
		{"least tip", &c.MinTip, DefaultMinTip()},
	} {
		if *fee.value == nil || (*fee.value).Sign() == 0 {
			*fee.value = fee.fallback
		} else if (*fee.value).Sign() < 0 {
			errs = append(errs, fmt.Errorf("%s of %v wei is negative", fee.name, *fee.value))
		}
	}
	if c.MinTip.Cmp(c.MaxFee) > 0 {
		errs = append(errs, fmt.Errorf("least tip of %v wei is above the fee cap of %v wei", c.MinTip, c.MaxFee))
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.fs == nil {
		c.fs = vfs.Default
	}
	if c.Chain != nil {
		c.Chain = timed{c.Chain, requestTimeout}
	}
	return c, errors.Join(errs...)
}

func setDefault[T comparable](field *T, fallback T) {
	var zero T
	if *field == zero {
		*field = fallback
	}
}
