package l1submit

import (
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	"github.com/quirezk/quire/l1submit/txmgr"
)

// managed is a [Transactor] that sends one call through a transaction manager.
type managed struct {
	chain   *Chain
	manager *txmgr.Manager
	from    common.Address
	key     string
}

// Managed returns a transactor that sends one call through a transaction
// manager, under an idempotency key: after a crash, the same call under the same
// key is the same transaction, and Send returns its receipt. A second call under
// the key is [txmgr.ErrKeyReused]: keep what a FooCall method packed where it
// depends on layer 1's state, as a deposit's fee and a batch's lane proofs do.
// from is the manager's account for ordinary transactions. What the contract refuses is a [*RevertError] where the manager
// has [DecodeRevert] in its configuration.
func Managed(chain *Chain, manager *txmgr.Manager, from common.Address, key string) Transactor {
	return &managed{chain: chain, manager: manager, from: from, key: key}
}

// Send implements [Transactor]. It returns when the transaction is final.
func (m *managed) Send(ctx context.Context, call Call) (*types.Receipt, error) {
	intent := txmgr.Intent{Key: m.key, To: call.To, Value: call.Value, Data: call.Data}
	// The manager knows nothing of the call's slack. Where the estimate fails it
	// is left to the manager: it will fail there too, unless the key is known
	// and the call has been made, which then is why it would be refused now.
	gas, err := m.chain.client.EstimateGas(ctx, ethereum.CallMsg{From: m.from, To: call.To, Value: call.Value, Data: call.Data})
	if err == nil && gas <= params.MaxTxGas {
		intent.Gas = min(gas+max(call.Slack, gas/5), params.MaxTxGas)
	}
	result, err := m.manager.Send(ctx, intent)
	if result == nil {
		return nil, err
	}
	if err == nil && result.Receipt == nil { // cannot be: only what landed is free of an error
		return nil, fmt.Errorf("transaction %q: settled without a receipt", m.key)
	}
	return result.Receipt, err
}
