// Command standin writes what the stand-in's tests need and cannot make at run
// time. Run it in the repository's root.
//
//	standin -setup          new keys, and with them a proof for the Forge tests
//	standin -export FILE    gnark's Solidity verifier for the committed key
//
// Setup is random: run it only to change the circuit, and contracts/build.sh
// after it. Export is what build.sh calls; it always writes the same.
package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend/solidity"
	"github.com/quirezk/quire/internal/standin"
	"github.com/quirezk/quire/l1submit"
	"golang.org/x/crypto/sha3"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("standin: ")
	doSetup := flag.Bool("setup", false, "make new keys and a new proof")
	export := flag.String("export", "", "write gnark's Solidity verifier to this `file`")
	flag.Parse()
	var err error
	switch {
	case *doSetup && *export == "":
		err = setup()
	case *export != "" && !*doSetup:
		err = exportSolidity(*export)
	default:
		err = errors.New("give either -setup or -export FILE")
	}
	if err != nil {
		log.Fatal(err)
	}
}

// setup writes keys to the stand-in's testdata, and the encoded key with a
// proof to the vectors of the Forge tests.
func setup() error {
	p, err := standin.Setup()
	if err != nil {
		return err
	}
	dir := filepath.Join("internal", "standin", "testdata")
	if err := write(filepath.Join(dir, "proving.key"), p.ProvingKey.WriteRawTo); err != nil {
		return err
	}
	if err := write(filepath.Join(dir, "verifying.key"), p.VerifyingKey.WriteRawTo); err != nil {
		return err
	}

	key, err := l1submit.EncodeVerifyingKey(p.VerifyingKey)
	if err != nil {
		return err
	}
	var inputs [l1submit.PublicInputs]fr.Element
	for i := range inputs {
		inputs[i].MustSetRandom()
	}
	proof, err := p.Prove(inputs[0], inputs[1], inputs[2])
	if err != nil {
		return err
	}
	vector := struct {
		Key    string   `json:"key"`
		Proof  []string `json:"proof"`
		Inputs []string `json:"inputs"`
	}{Key: "0x" + hex.EncodeToString(key)}
	for word := range slices.Chunk(proof, fr.Bytes) {
		vector.Proof = append(vector.Proof, "0x"+hex.EncodeToString(word))
	}
	for _, e := range inputs {
		b := e.Bytes()
		vector.Inputs = append(vector.Inputs, "0x"+hex.EncodeToString(b[:]))
	}
	text, err := json.MarshalIndent(vector, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join("contracts", "test", "vectors", "groth16.json"), append(text, '\n'), 0o644)
}

// exportSolidity writes gnark's verifier of the committed key.
func exportSolidity(path string) error {
	p, err := standin.Fixed()
	if err != nil {
		return err
	}
	vk, ok := p.VerifyingKey.(solidity.VerifyingKey)
	if !ok {
		return fmt.Errorf("%T cannot be exported to Solidity", p.VerifyingKey)
	}
	var source bytes.Buffer
	if err := vk.ExportSolidity(&source, solidity.WithHashToFieldFunction(sha3.NewLegacyKeccak256())); err != nil {
		return err
	}
	return os.WriteFile(path, source.Bytes(), 0o644)
}

// write makes a file of what a key writes.
func write(path string, to func(io.Writer) (int64, error)) error {
	var out bytes.Buffer
	if _, err := to(&out); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}
