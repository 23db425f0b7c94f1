package mempool

import (
	"errors"
	"fmt"
	"time"

	"github.com/quirezk/quire/protocol"
)

// Defaults of [Limits].
const (
	DefaultMaxTotal      = 100_000
	DefaultMaxPerAccount = 64
	DefaultNonceWindow   = 64
	DefaultTTL           = time.Hour
)

// ReplacementPercent is by how much the fee of a transfer has to exceed that of
// the one it replaces. It bounds how often a place can be written anew.
const ReplacementPercent = 10

// EntryBytes is about how much memory a place in the pool takes at worst, one
// transfer in it and one that has left it.
const EntryBytes = 1024

// Limits bound a [Pool]. Zero means the default.
type Limits struct {
	// MaxTotal is how many transfers may wait in all, of EntryBytes each.
	MaxTotal int
	// MaxPerAccount is how many transfers of one account may wait.
	MaxPerAccount int
	// NonceWindow is the largest distance of a transfer from its account's nonce.
	NonceWindow uint64
	// TTL is how long a transfer may wait.
	TTL time.Duration
}

// Validate says all that is wrong with the limits.
func (l Limits) Validate() error {
	var faults []error
	if l.MaxTotal < 0 {
		faults = append(faults, fmt.Errorf("%d transfers in all: must not be negative", l.MaxTotal))
	}
	if l.MaxPerAccount < 0 {
		faults = append(faults, fmt.Errorf("%d transfers per account: must not be negative", l.MaxPerAccount))
	}
	if l.NonceWindow > protocol.MaxNonce {
		faults = append(faults, fmt.Errorf("a window of %d nonces: an account has %d", l.NonceWindow, uint64(protocol.MaxNonce)))
	}
	if l.TTL < 0 || l.TTL > 0 && l.TTL < time.Millisecond {
		faults = append(faults, fmt.Errorf("a transfer may wait for %v: must be at least 1 ms", l.TTL))
	}
	return errors.Join(faults...)
}

// WithDefaults fills in what is zero.
func (l Limits) WithDefaults() Limits {
	if l.MaxTotal == 0 {
		l.MaxTotal = DefaultMaxTotal
	}
	if l.MaxPerAccount == 0 {
		l.MaxPerAccount = DefaultMaxPerAccount
	}
	if l.NonceWindow == 0 {
		l.NonceWindow = DefaultNonceWindow
	}
	if l.TTL == 0 {
		l.TTL = DefaultTTL
	}
	return l
}

// Why a transfer is not added. Every error of [Pool.Add] wraps one of these.
var (
	// ErrKnown: the transfer waits already.
	ErrKnown = errors.New("transfer waits already")
	// ErrNonceUsed: the account is past this nonce: sign for a later one.
	ErrNonceUsed = errors.New("nonce is below the account's")
	// ErrNonceTooFar: too many transfers are missing before this one: send those
	// first.
	ErrNonceTooFar = errors.New("nonce is too far above the account's")
	// ErrUnderpriced: a transfer with this nonce waits for a fee that this one does
	// not exceed by [ReplacementPercent] percent: offer what the error says.
	ErrUnderpriced = errors.New("a transfer with this nonce waits already")
	// ErrAccountFull: as many of the account's transfers wait as may, all of them
	// nearer: send this one when some of those are executed.
	ErrAccountFull = errors.New("too many transfers of this account are waiting")
	// ErrFull: the pool is full of transfers that are as near or nearer: try again
	// later, or send first what is missing before this one.
	ErrFull = errors.New("too many transfers are waiting")
)

// Reason is why a transfer left a pool that its owner did not remove.
type Reason uint8

// The reasons.
const (
	// Replaced: by one of the same account and nonce that pays more.
	Replaced Reason = iota + 1
	// AccountFull: a nearer one of the same account had its place.
	AccountFull
	// Full: a nearer one of some account had its place.
	Full
	// NonceUsed: the account's nonce has gone past it.
	NonceUsed
	// Expired: the next batch is later than the signature allows.
	Expired
	// TimedOut: it waited for [Limits.TTL].
	TimedOut
)

// String returns the reason as whoever sent the transfer is told it.
func (r Reason) String() string {
	switch r {
	case Replaced:
		return "replaced by a transfer with the same nonce and a higher fee"
	case AccountFull:
		return "gave way to a transfer of the account with a lower nonce: too many were waiting"
	case Full:
		return "gave way to a transfer that is closer to execution: too many were waiting"
	case NonceUsed:
		return "another transfer used the nonce"
	case Expired:
		return "no batch took it while its signature allowed"
	case TimedOut:
		return "waited too long for the transfers before it or for its balance"
	default:
		return fmt.Sprintf("reason %d", uint8(r))
	}
}
