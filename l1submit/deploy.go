package l1submit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
)

// Circuit is a circuit whose proofs a rollup accepts: its shape, and the
// deployed verifier that has its key.
type Circuit struct {
	Verifier common.Address
	Shape    protocol.Shape
}

// Times are the terms, in whole seconds, on which a rollup's users rely.
type Times struct {
	// Deadline is the longest that an entry of the queue may wait for the proof
	// of a batch that takes it. After it anybody can freeze the rollup.
	Deadline time.Duration
	// ProofTimeout is after what anybody can revert a batch that was committed
	// and not proven. It is below Deadline.
	ProofTimeout time.Duration
	// WithdrawalTime is given to users to claim what has left.
	WithdrawalTime time.Duration
	// Delay is from the announcement of a change of the circuits to its
	// execution. It is above Deadline and WithdrawalTime together.
	Delay time.Duration
}

// RollupConfig is what a rollup is deployed with. Circuits, operator, governor
// and the ether's cap can change later, as the contract allows; the rest cannot.
type RollupConfig struct {
	// Circuits that batches are proven with, named by their place here.
	Circuits []Circuit
	// Operator commits batches.
	Operator common.Address
	// Governor registers tokens, names the operator and announces circuits.
	Governor common.Address
	// ExitVerifier is the deployed verifier of the exit circuit.
	ExitVerifier common.Address
	// DevelopmentKeys says that a verifying key came from a development setup.
	DevelopmentKeys bool
	Times
	// QueueFee is the price, in wei, of queueing an operation while none waits.
	// It doubles with every 64 that do.
	QueueFee *big.Int
	// EtherCap is the most ether, in wei, that the contract takes.
	EtherCap *big.Int
}

// DefaultRollupConfig returns the terms that a rollup is deployed with unless
// there are reasons for others: seven days to process an operation, one to prove
// a batch, two weeks for users to take their funds, four weeks of notice before
// a circuit changes; 0.0002 ether to queue an operation, and at most 10,000
// ether inside. Circuits and addresses are left to the caller.
func DefaultRollupConfig() RollupConfig {
	const day = 24 * time.Hour
	return RollupConfig{
		Times: Times{
			Deadline: 7 * day, ProofTimeout: day, WithdrawalTime: 14 * day, Delay: 28 * day,
		},
		QueueFee: big.NewInt(2e14),
		EtherCap: new(big.Int).Mul(big.NewInt(10_000), big.NewInt(1e18)),
	}
}

// ErrConfig says that a rollup cannot be deployed with a configuration. The
// message has every fault in it.
var ErrConfig = errors.New("rollup cannot be deployed like this")

// ErrShapeTooLarge says that a shape's capacity is above the 16 bits that the
// contract has for it.
var ErrShapeTooLarge = errors.New("shape is too large for the rollup contract")

const (
	queueFeeBits = 96
	capBits      = 127 // of ether and tokens: protocol.BalanceBits less the room that credits need
)

// Validate returns [ErrConfig] with all that is wrong with the configuration, as
// far as it can be told without layer 1.
func (c *RollupConfig) Validate() error {
	var faults []error
	fault := func(wrong bool, format string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	fault(len(c.Circuits) == 0, "it needs a circuit")
	for i, circuit := range c.Circuits {
		if _, err := encodeCircuit(circuit); err != nil {
			faults = append(faults, fmt.Errorf("circuit %d: %w", i, err))
		}
	}
	for _, role := range []struct {
		name    string
		address common.Address
	}{{"operator", c.Operator}, {"governor", c.Governor}, {"exit verifier", c.ExitVerifier}} {
		fault(role.address == common.Address{}, "it needs an address for the %s", role.name)
	}
	for _, t := range []struct {
		name  string
		value time.Duration
	}{
		{"deadline", c.Deadline}, {"proof timeout", c.ProofTimeout},
		{"withdrawal time", c.WithdrawalTime}, {"delay", c.Delay},
	} {
		fault(t.value < time.Second || t.value%time.Second != 0 || t.value/time.Second > math.MaxUint32,
			"the %s must be whole seconds, between 1 and %d, not %v", t.name, uint32(math.MaxUint32), t.value)
	}
	fault(c.ProofTimeout >= c.Deadline, "the proof timeout (%v) must be below the deadline (%v)", c.ProofTimeout, c.Deadline)
	fault(c.Delay <= c.Deadline+c.WithdrawalTime, "the delay (%v) must be above deadline and withdrawal time together (%v)",
		c.Delay, c.Deadline+c.WithdrawalTime)
	fault(c.QueueFee == nil || c.QueueFee.Sign() <= 0 || c.QueueFee.BitLen() > queueFeeBits,
		"the queue's fee must be above 0 and below 2^%d wei, not %v", queueFeeBits, c.QueueFee)
	if err := checkCap(c.EtherCap); err != nil {
		faults = append(faults, fmt.Errorf("ether: %w", err))
	}
	if len(faults) > 0 {
		return fmt.Errorf("%w: %w", ErrConfig, errors.Join(faults...))
	}
	return nil
}

// checkCap refuses a token's cap that the contract would refuse.
func checkCap(limit *big.Int) error {
	if limit == nil || limit.Sign() < 0 || limit.BitLen() > capBits {
		return fmt.Errorf("the cap must be below 2^%d, not %v", capBits, limit)
	}
	return nil
}

// DeployRollupCall returns the call that creates a rollup.
func DeployRollupCall(config RollupConfig) (Call, error) {
	if err := config.Validate(); err != nil {
		return Call{}, err
	}
	circuits := make([]bindings.IRollupCircuit, len(config.Circuits))
	for i, c := range config.Circuits {
		var err error
		if circuits[i], err = encodeCircuit(c); err != nil {
			return Call{}, fmt.Errorf("circuit %d: %w", i, err)
		}
	}
	seconds := func(d time.Duration) uint32 { return uint32(d / time.Second) }
	arguments := bindings.NewRollup().PackConstructor(bindings.IRollupConfig{
		Operator: config.Operator, Governor: config.Governor, ExitVerifier: config.ExitVerifier,
		DevelopmentKeys: config.DevelopmentKeys,
		Deadline:        seconds(config.Deadline), ProofTimeout: seconds(config.ProofTimeout),
		WithdrawalTime: seconds(config.WithdrawalTime), Delay: seconds(config.Delay),
		QueueFee: config.QueueFee, EtherCap: config.EtherCap,
	}, circuits)
	return creation(rollupArtifact().Bytecode, arguments), nil
}

// DeployRollup deploys a rollup, whose state is then its genesis. It does not
// look at the verifiers: see [CheckVerifier].
func DeployRollup(ctx context.Context, chain *Chain, tx Transactor, config RollupConfig) (*Rollup, *types.Receipt, error) {
	receipt, err := send(ctx, tx, "deploy rollup")(DeployRollupCall(config))
	if err != nil {
		return nil, receipt, err
	}
	return OpenRollup(chain, receipt.ContractAddress, receipt.BlockNumber.Uint64()), receipt, nil
}

// creation returns the call that creates a contract.
func creation(code, arguments []byte) Call {
	data := make([]byte, 0, len(code)+len(arguments))
	return Call{Data: append(append(data, code...), arguments...)}
}

// encodeCircuit writes a circuit as the contract takes it.
func encodeCircuit(c Circuit) (out bindings.IRollupCircuit, err error) {
	if c.Verifier == (common.Address{}) {
		return out, errors.New("it needs a verifier's address")
	}
	if err := c.Shape.Validate(); err != nil {
		return out, err
	}
	for _, capacity := range []struct {
		from int
		to   *uint16
	}{
		{c.Shape.Openings, &out.Openings}, {c.Shape.LayerOne, &out.LayerOne},
		{c.Shape.FeeAccounts, &out.FeeAccounts}, {c.Shape.Exits, &out.Exits},
		{c.Shape.Transfers, &out.Transfers},
	} {
		if capacity.from > math.MaxUint16 {
			return out, fmt.Errorf("%w: shape %q has a capacity of %d, above %d", ErrShapeTooLarge, c.Shape.Name, capacity.from, math.MaxUint16)
		}
		*capacity.to = uint16(capacity.from)
	}
	out.Verifier, out.ShapeID = c.Verifier, elementInt(c.Shape.ID())
	return out, nil
}

// ErrNoDeployment says that there is no contract at an address.
var ErrNoDeployment = errors.New("no contract at this address")

// FindDeployment returns the block in which the contract at an address was
// created. It asks for the address's code in about log2(blocks) blocks, so it
// needs a node that keeps old states; without one, take the block from the
// deployment's receipt.
func FindDeployment(ctx context.Context, chain *Chain, address common.Address) (uint64, error) {
	head, err := chain.client.HeaderByNumber(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("find deployment of %s: read the latest block: %w", address, err)
	}
	exists := func(block uint64) (bool, error) {
		code, err := chain.client.CodeAt(ctx, address, new(big.Int).SetUint64(block))
		if err != nil {
			return false, fmt.Errorf("find deployment of %s: read its code in block %d (is it an archive node?): %w", address, block, err)
		}
		return len(code) > 0, nil
	}
	low, high := uint64(0), head.Number.Uint64() // the block is in [low, high], if there is one
	found, err := exists(high)
	if err != nil {
		return 0, err
	}
	if !found {
		return 0, fmt.Errorf("find deployment of %s: %w", address, ErrNoDeployment)
	}
	for low < high {
		middle := low + (high-low)/2
		found, err := exists(middle)
		if err != nil {
			return 0, err
		}
		if found {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low, nil
}
