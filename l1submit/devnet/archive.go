package devnet

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/ethereum/go-ethereum/beacon/engine"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/crypto/kzg4844"
)

// archive keeps all blobs, and serves them as beacon nodes do
// (GET /eth/v1/beacon/blobs/{id}?versioned_hashes=…).
type archive struct {
	chain  *core.BlockChain
	routes *http.ServeMux

	mu    sync.RWMutex
	blobs map[common.Hash][]storedBlob // by block, in the order of its transactions
}

type storedBlob struct {
	hash common.Hash // its versioned hash
	data hexutil.Bytes
}

func newArchive(chain *core.BlockChain) *archive {
	a := &archive{chain: chain, routes: http.NewServeMux(), blobs: make(map[common.Hash][]storedBlob)}
	a.routes.HandleFunc("GET /eth/v1/beacon/blobs/{id}", a.serveBlobs)
	return a
}

// keep takes in the blobs of a block.
func (a *archive) keep(block common.Hash, bundle *engine.BlobsBundle) error {
	if bundle == nil || len(bundle.Blobs) == 0 {
		return nil
	}
	if len(bundle.Commitments) != len(bundle.Blobs) {
		return fmt.Errorf("%d commitments for %d blobs", len(bundle.Commitments), len(bundle.Blobs))
	}
	stored := make([]storedBlob, len(bundle.Blobs))
	for i, data := range bundle.Blobs {
		commitment := kzg4844.Commitment(bundle.Commitments[i])
		stored[i] = storedBlob{kzg4844.CalcBlobHashV1(sha256.New(), &commitment), slices.Clone(data)}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.blobs[block] = stored
	return nil
}

// ServeHTTP implements [http.Handler].
func (a *archive) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.routes.ServeHTTP(w, r) }

// blobsAnswer is the beacon API's.
type blobsAnswer struct {
	Optimistic bool            `json:"execution_optimistic"`
	Finalized  bool            `json:"finalized"`
	Data       []hexutil.Bytes `json:"data"`
}

// faultAnswer is the beacon API's.
type faultAnswer struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (a *archive) serveBlobs(w http.ResponseWriter, r *http.Request) {
	block, err := a.find(r.PathValue("id"))
	switch {
	case errors.Is(err, errNoBlock):
		answer(w, http.StatusNotFound, faultAnswer{http.StatusNotFound, err.Error()})
		return
	case err != nil:
		answer(w, http.StatusBadRequest, faultAnswer{http.StatusBadRequest, err.Error()})
		return
	}
	wanted, err := versionedHashes(r)
	if err != nil {
		answer(w, http.StatusBadRequest, faultAnswer{http.StatusBadRequest, err.Error()})
		return
	}
	a.mu.RLock()
	stored := a.blobs[block]
	a.mu.RUnlock()
	result := blobsAnswer{Data: []hexutil.Bytes{}}
	for _, blob := range stored {
		if wanted == nil || slices.Contains(wanted, blob.hash) {
			result.Data = append(result.Data, blob.data)
		}
	}
	answer(w, http.StatusOK, result)
}

var errNoBlock = errors.New("block not found")

// zero is no block.
var zero common.Hash

// find returns the block that an {id} means.
func (a *archive) find(id string) (common.Hash, error) {
	switch id {
	case "head":
		return a.chain.CurrentBlock().Hash(), nil
	case "genesis":
		return a.chain.Genesis().Hash(), nil
	}
	if strings.HasPrefix(id, "0x") {
		var hash common.Hash
		if err := hash.UnmarshalText([]byte(id)); err != nil {
			return zero, fmt.Errorf("invalid block ID %q: %w", id, err)
		}
		if a.chain.GetHeaderByHash(hash) == nil {
			return zero, errNoBlock
		}
		return hash, nil
	}
	number, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return zero, fmt.Errorf("invalid block ID %q: want a number, a hash, head or genesis", id)
	}
	hash := a.chain.GetCanonicalHash(number)
	if hash == zero {
		return zero, errNoBlock
	}
	return hash, nil
}

// versionedHashes returns the blobs that are asked for; nil means all.
func versionedHashes(r *http.Request) ([]common.Hash, error) {
	var hashes []common.Hash
	for _, list := range r.URL.Query()["versioned_hashes"] {
		for text := range strings.SplitSeq(list, ",") {
			var hash common.Hash
			if err := hash.UnmarshalText([]byte(text)); err != nil {
				return nil, fmt.Errorf("invalid versioned hash %q: %w", text, err)
			}
			hashes = append(hashes, hash)
		}
	}
	return hashes, nil
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The client has gone where this fails: there is nobody to tell.
	_ = json.NewEncoder(w).Encode(body)
}
