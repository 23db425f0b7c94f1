package l1submit

import (
	"embed"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/ethereum/go-ethereum/common/hexutil"
)

// artifactFiles holds what contracts/build.sh compiled.
//
//go:embed artifacts/*.json
var artifactFiles embed.FS

// artifact is a compiled contract.
type artifact struct {
	// Bytecode is the creation code, without constructor arguments.
	Bytecode hexutil.Bytes `json:"bytecode"`
	// DeployedBytecode is what the verifier's constructor puts before the key;
	// other contracts have none, as theirs depends on immutables.
	DeployedBytecode hexutil.Bytes `json:"deployedBytecode"`
}

var (
	verifierArtifact = sync.OnceValue(func() artifact { return readArtifact("Groth16Verifier") })
	rollupArtifact   = sync.OnceValue(func() artifact { return readArtifact("Rollup") })
)

// readArtifact panics where the embedded file is not what build.sh writes: no
// caller could do anything about it.
func readArtifact(contract string) artifact {
	text, err := artifactFiles.ReadFile("artifacts/" + contract + ".json")
	if err != nil {
		panic(fmt.Sprintf("l1submit: embedded artifact: %v", err))
	}
	var a artifact
	if err := json.Unmarshal(text, &a); err != nil {
		panic(fmt.Sprintf("l1submit: embedded artifact of %s: %v", contract, err))
	}
	return a
}
