package main

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/ethclient/simulated"
	"github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"
)

// chainID is that of the scripts' layer-1 chain.
const chainID = 1337

// devChain is a layer-1 chain under Osaka's rules that answers over HTTP, as the
// nodes that people use do, and makes a block of every transaction at once.
type devChain struct {
	server *httptest.Server
	client *ethclient.Client // over HTTP, as everybody's
	node   *rpc.Client       // over the socket
	dir    string

	mu      sync.Mutex // orders transactions, blocks and jumps in time
	backend *simulated.Backend
}

// newDevChain starts a chain on which these accounts have 1,000 ether each.
func newDevChain(ctx context.Context, accounts ...common.Address) (*devChain, error) {
	alloc := types.GenesisAlloc{}
	for _, a := range accounts {
		alloc[a] = types.Account{Balance: new(big.Int).Mul(big.NewInt(1000), big.NewInt(params.Ether))}
	}
	rules := *params.MergedTestChainConfig
	rules.ChainID, rules.Ethash = big.NewInt(chainID), nil // nobody mines, not even the first block
	// The directory is for the node's socket, whose path must not be long.
	dir, err := os.MkdirTemp("", "quire-l1-")
	if err != nil {
		return nil, err
	}
	c := &devChain{dir: dir, backend: simulated.NewBackend(alloc, func(node *node.Config, eth *ethconfig.Config) {
		node.IPCPath = filepath.Join(dir, "ipc")
		eth.Genesis.Config = &rules
	})}
	c.server = httptest.NewServer(c)
	if c.node, err = rpc.DialContext(ctx, filepath.Join(dir, "ipc")); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if c.client, err = ethclient.DialContext(ctx, c.server.URL); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *devChain) close() error {
	if c.client != nil {
		c.client.Close()
	}
	c.server.Close()
	if c.node != nil {
		c.node.Close()
	}
	return errors.Join(c.backend.Close(), os.RemoveAll(c.dir))
}

// advance makes an empty block this much later than the latest.
func (c *devChain) advance(by time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.backend.AdjustTime(by)
}

// call is a request of JSON-RPC, and answer what comes back.
type (
	call struct {
		ID     json.RawMessage   `json:"id"`
		Method string            `json:"method"`
		Params []json.RawMessage `json:"params"`
	}
	answer struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Result  json.RawMessage `json:"result,omitempty"`
		Error   *fault          `json:"error,omitempty"`
	}
	fault struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Data    any    `json:"data,omitempty"`
	}
)

// ServeHTTP hands a request on to the node in this process.
func (c *devChain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in call
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	parameters := make([]any, len(in.Params))
	for i, p := range in.Params {
		parameters[i] = p
	}
	out := answer{Version: "2.0", ID: in.ID}
	c.mu.Lock()
	err := c.node.CallContext(r.Context(), &out.Result, in.Method, parameters...)
	if err == nil && in.Method == "eth_sendRawTransaction" {
		c.backend.Commit()
	}
	c.mu.Unlock()
	var refused rpc.Error
	switch {
	case errors.As(err, &refused):
		out.Error = &fault{Code: refused.ErrorCode(), Message: refused.Error()}
		var data rpc.DataError
		if errors.As(err, &data) {
			out.Error.Data = data.ErrorData()
		}
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	case len(out.Result) == 0:
		out.Result = json.RawMessage("null")
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(out); err != nil {
		panic(http.ErrAbortHandler) // the asker is gone
	}
}
