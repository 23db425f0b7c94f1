// Package osaka says, in one place, which rules a development chain has: those of
// Ethereum's Osaka fork, and nothing later.
//
// go-ethereum's own development rules run ahead of mainnet and move with each
// release; gas measured under them would mean nothing and change by itself.
package osaka

import (
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/params"
)

// Hardfork is the rules' name as development nodes other than go-ethereum take it.
const Hardfork = "osaka"

// ChainID is the development chains' chain ID.
const ChainID = 1337

// BlockBuildTime is how long the making of a block may take, for go-ethereum's
// miner: after its usual two seconds it leaves out what it has not come to, so
// that on a busy machine a transaction would miss its block.
const BlockBuildTime = time.Hour

// Rules returns the rules of a chain that had Osaka from its first block. The
// result is the caller's.
func Rules() *params.ChainConfig {
	// What is not named here is off, also in a go-ethereum that knows more forks.
	zero := new(uint64)
	return &params.ChainConfig{
		ChainID:                 big.NewInt(ChainID),
		HomesteadBlock:          new(big.Int),
		EIP150Block:             new(big.Int),
		EIP155Block:             new(big.Int),
		EIP158Block:             new(big.Int),
		ByzantiumBlock:          new(big.Int),
		ConstantinopleBlock:     new(big.Int),
		PetersburgBlock:         new(big.Int),
		IstanbulBlock:           new(big.Int),
		MuirGlacierBlock:        new(big.Int),
		BerlinBlock:             new(big.Int),
		LondonBlock:             new(big.Int),
		ArrowGlacierBlock:       new(big.Int),
		GrayGlacierBlock:        new(big.Int),
		TerminalTotalDifficulty: new(big.Int),
		ShanghaiTime:            zero,
		CancunTime:              zero,
		PragueTime:              zero,
		OsakaTime:               zero,
		// Osaka keeps the blobs of Prague.
		BlobScheduleConfig: &params.BlobScheduleConfig{
			Cancun: blobs(params.DefaultCancunBlobConfig),
			Prague: blobs(params.DefaultPragueBlobConfig),
		},
	}
}

func blobs(c *params.BlobConfig) *params.BlobConfig {
	own := *c
	return &own
}
