package l1submit

import (
	"context"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/quirezk/quire/l1submit/bindings"
	"github.com/quirezk/quire/protocol"
)

// Every fault is found before anything is sent, named, and all of them at once.
func TestRollupConfigValidate(t *testing.T) {
	good := testConfig(common.Address{9})
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	shift := func(n uint) *big.Int { return new(big.Int).Lsh(big.NewInt(1), n) }
	faults := []struct {
		text  string
		spoil func(*RollupConfig)
	}{
		{"needs a circuit", func(c *RollupConfig) { c.Circuits = nil }},
		{"circuit 1: it needs a verifier", func(c *RollupConfig) { c.Circuits[1].Verifier = common.Address{} }},
		{"circuit 0: shape is too large", func(c *RollupConfig) { c.Circuits[0].Shape.Transfers = 1 << 16 }},
		{"circuit 2: shape \"full\": transfers must be even", func(c *RollupConfig) { c.Circuits[2].Shape.Transfers = 3 }},
		{"address for the operator", func(c *RollupConfig) { c.Operator = common.Address{} }},
		{"address for the governor", func(c *RollupConfig) { c.Governor = common.Address{} }},
		{"address for the exit verifier", func(c *RollupConfig) { c.ExitVerifier = common.Address{} }},
		{"the deadline must be whole seconds", func(c *RollupConfig) { c.Deadline = 0 }},
		{"the proof timeout must be whole seconds", func(c *RollupConfig) { c.ProofTimeout = 1500 * time.Millisecond }},
		{"the withdrawal time must be whole seconds", func(c *RollupConfig) { c.WithdrawalTime = -time.Second }},
		{"the delay must be whole seconds", func(c *RollupConfig) { c.Delay = 1 << 32 * time.Second }},
		{"proof timeout (168h0m0s) must be below the deadline", func(c *RollupConfig) { c.ProofTimeout = c.Deadline }},
		{"must be above deadline and withdrawal time", func(c *RollupConfig) { c.Delay = c.Deadline + c.WithdrawalTime }},
		{"queue's fee must be", func(c *RollupConfig) { c.QueueFee = nil }},
		{"queue's fee must be", func(c *RollupConfig) { c.QueueFee = new(big.Int) }},
		{"queue's fee must be", func(c *RollupConfig) { c.QueueFee = shift(96) }},
		{"ether: the cap must be", func(c *RollupConfig) { c.EtherCap = nil }},
		{"ether: the cap must be", func(c *RollupConfig) { c.EtherCap = shift(127) }},
		{"ether: the cap must be", func(c *RollupConfig) { c.EtherCap = big.NewInt(-1) }},
	}
	for _, fault := range faults {
		config := testConfig(common.Address{9})
		fault.spoil(&config)
		err := config.Validate()
		if !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), fault.text) {
			t.Errorf("got %v, want %q", err, fault.text)
		}
		if _, err := DeployRollupCall(config); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: the call was packed: %v", fault.text, err)
		}
	}
	err := new(RollupConfig).Validate()
	for _, text := range []string{"circuit", "operator", "governor", "exit verifier", "deadline", "proof timeout", "withdrawal", "delay", "fee", "cap"} {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q does not name the %s", err, text)
		}
	}
	large := testConfig(common.Address{9})
	large.Circuits[0].Shape.Transfers = 1 << 16
	if err := large.Validate(); !errors.Is(err, ErrShapeTooLarge) {
		t.Errorf("65,536 transfers: got %v, want %v", err, ErrShapeTooLarge)
	}
}

// What only the contract can see, it refuses by name.
func TestDeployRollupRefuses(t *testing.T) {
	ctx := t.Context()
	chain := newDevChain(t, 1)
	verifier := deployVerifier(t, chain, newProver(t))
	config := testConfig(verifier)
	config.ExitVerifier = common.Address{1}
	_, _, err := DeployRollup(ctx, chain.Chain, sender(chain, 0), config)
	if e := wantReason[bindings.RollupConfigInvalid](t, err); !strings.Contains(err.Error(), "what=exitVerifier") {
		t.Errorf("%v names %q", err, e.What)
	}
	config = testConfig(verifier)
	config.Circuits[1].Verifier = common.Address{1}
	_, _, err = DeployRollup(ctx, chain.Chain, sender(chain, 0), config)
	wantReason[bindings.RollupCircuitInvalid](t, err)

	// Our checks are the contract's: without them it says the same.
	for what, spoil := range map[string]func(*bindings.IRollupConfig){
		"operator":       func(c *bindings.IRollupConfig) { c.Operator = common.Address{} },
		"governor":       func(c *bindings.IRollupConfig) { c.Governor = common.Address{} },
		"deadline":       func(c *bindings.IRollupConfig) { c.Deadline = 0 },
		"proofTimeout":   func(c *bindings.IRollupConfig) { c.ProofTimeout = c.Deadline },
		"withdrawalTime": func(c *bindings.IRollupConfig) { c.WithdrawalTime = 0 },
		"delay":          func(c *bindings.IRollupConfig) { c.Delay = c.Deadline + c.WithdrawalTime },
		"queueFee":       func(c *bindings.IRollupConfig) { c.QueueFee = new(big.Int) },
		"etherCap":       func(c *bindings.IRollupConfig) { c.EtherCap = new(big.Int).Lsh(big.NewInt(1), 127) },
	} {
		raw := bindings.IRollupConfig{
			Operator: common.Address{1}, Governor: common.Address{2}, ExitVerifier: verifier,
			Deadline: 10, ProofTimeout: 5, WithdrawalTime: 10, Delay: 21, QueueFee: big.NewInt(1), EtherCap: big.NewInt(1),
		}
		spoil(&raw)
		circuit := must(encodeCircuit(Circuit{Verifier: verifier, Shape: testShapes[0]}))(t)
		call := creation(rollupArtifact().Bytecode, bindings.NewRollup().PackConstructor(raw, []bindings.IRollupCircuit{circuit}))
		_, err := sender(chain, 0).Send(ctx, call)
		wantReason[bindings.RollupConfigInvalid](t, err)
		if !strings.Contains(err.Error(), "what="+what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestFindDeployment(t *testing.T) {
	ctx := t.Context()
	r := newRollupTest(t)
	r.settle(t, 0, r.next())
	r.waitOut(t, time.Second)
	want := r.deployment.BlockNumber.Uint64()
	if got := must(FindDeployment(ctx, r.dev.Chain, r.Address()))(t); got != want || r.Deployed() != want {
		t.Errorf("found in block %d, deployed in %d, want %d", got, r.Deployed(), want)
	}
	if got := must(FindDeployment(ctx, r.dev.Chain, r.verifier))(t); got != want-1 {
		t.Errorf("the verifier found in block %d, want %d", got, want-1)
	}
	if _, err := FindDeployment(ctx, r.dev.Chain, common.Address{1}); !errors.Is(err, ErrNoDeployment) {
		t.Errorf("got %v, want %v", err, ErrNoDeployment)
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := FindDeployment(canceled, r.dev.Chain, r.Address()); err == nil {
		t.Error("found without asking")
	}
}

// The terms that are the default keep what the contract's documentation asks
// for.
func TestDefaultRollupConfig(t *testing.T) {
	config := DefaultRollupConfig()
	config.QueueFee.SetInt64(0) // the result is the caller's
	if again := DefaultRollupConfig(); again.QueueFee.Sign() == 0 {
		t.Error("one caller's change shows in another's configuration")
	}
	worst := new(big.Int).Lsh(DefaultRollupConfig().QueueFee, protocol.LaneCapacity/64)
	if worst.BitLen() > 128 {
		t.Errorf("the last entry of a full lane would cost %v wei", worst)
	}
}
