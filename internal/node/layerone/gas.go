package layerone

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"

	"github.com/quirezk/quire/l1submit"
	"github.com/quirezk/quire/protocol"
)

// Bounds on what a batch costs besides its calldata, in gas, for one that cannot be
// estimated because the batch before it is not on layer 1 yet. docs/contracts.md
// has what it does cost; these are above that by a margin, and what is not used is
// not paid. A test holds them to the contract.
const (
	batchGas  = 500_000 // an empty batch is 363,301 in all
	wordGas   = 400     // for each 32 bytes published: hashed, read and evaluated
	entryGas  = 8_000   // for each entry taken from a lane: its hashes, its fee
	stepGas   = 1_000   // for each hash before and behind them
	creditGas = 30_000  // for each exit, in a new slot
)

// boundGas returns a limit that a batch's transaction stays below, whatever comes
// before it.
func boundGas(call l1submit.Call, published *protocol.Published, proofs [2]protocol.LaneProof) (uint64, error) {
	rules := params.Rules{IsHomestead: true, IsIstanbul: true, IsShanghai: true, IsPrague: true, IsOsaka: true}
	data, err := core.IntrinsicGas(call.Data, nil, nil, common.Address{}, call.To, new(uint256.Int), rules)
	if err != nil {
		return 0, fmt.Errorf("intrinsic gas: %w", err)
	}
	gas := data + call.Slack + batchGas + wordGas*uint64(published.Size()/32+1) + creditGas*uint64(len(published.Exits))
	for _, p := range proofs {
		gas += entryGas*uint64(len(p.Metas)) + stepGas*uint64(len(p.Before)+len(p.Rest))
	}
	floor, err := core.FloorDataGas(rules, common.Address{}, call.To, new(uint256.Int), call.Data, nil)
	if err != nil {
		return 0, fmt.Errorf("floor of the data's gas: %w", err)
	}
	return min(max(gas, floor), params.MaxTxGas), nil
}
