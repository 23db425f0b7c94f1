package l1submit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/ethereum/go-ethereum/accounts/abi/bind/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/quirezk/quire/l1submit/bindings"
)

// proofWords is the size of a proof in words: A, B, C, the commitment and its
// proof of knowledge.
const proofWords = 12

// ProofLength is the size of a proof in bytes, as gnark's
// Proof.MarshalSolidity writes one with a single commitment.
const ProofLength = proofWords * fp.Bytes

// ErrProofLength says that a proof is not [ProofLength] bytes long: it was not
// marshalled for Solidity, or its circuit has not exactly one commitment.
var ErrProofLength = errors.New("proof has the wrong length")

// ErrNotVerifier says that the code at an address is not the verifier contract
// with the expected verifying key. Do not send it anything.
var ErrNotVerifier = errors.New("not the verifier contract with this verifying key")

// DeployVerifierCall returns the call that creates the verifier contract with a
// verifying key. It refuses the keys that [EncodeVerifyingKey] refuses.
func DeployVerifierCall(vk groth16.VerifyingKey) (Call, error) {
	key, err := EncodeVerifyingKey(vk)
	if err != nil {
		return Call{}, err
	}
	return creation(verifierArtifact().Bytecode, bindings.NewGroth16Verifier().PackConstructor(key)), nil
}

// DeployVerifier deploys the verifier contract with a verifying key, and checks
// what was deployed. It refuses the keys that [EncodeVerifyingKey] refuses.
func DeployVerifier(ctx context.Context, chain *Chain, tx Transactor, vk groth16.VerifyingKey) (
	common.Address, *types.Receipt, error) {
	receipt, err := send(ctx, tx, "deploy verifier")(DeployVerifierCall(vk))
	if err != nil {
		return common.Address{}, receipt, err
	}
	if err := CheckVerifier(ctx, chain, receipt.ContractAddress, vk); err != nil {
		return common.Address{}, receipt, fmt.Errorf("deploy verifier: %w", err)
	}
	return receipt.ContractAddress, receipt, nil
}

// CheckVerifier returns [ErrNotVerifier] unless the code at an address is, byte
// for byte, this package's verifier contract with this verifying key.
func CheckVerifier(ctx context.Context, chain *Chain, address common.Address, vk groth16.VerifyingKey) error {
	key, err := EncodeVerifyingKey(vk)
	if err != nil {
		return fmt.Errorf("check verifier %s: %w", address, err)
	}
	code, err := chain.client.CodeAt(ctx, address, nil)
	if err != nil {
		return fmt.Errorf("check verifier %s: read its code: %w", address, err)
	}
	deployedKey, ok := bytes.CutPrefix(code, verifierArtifact().DeployedBytecode)
	switch {
	case !ok:
		return fmt.Errorf("%w: %s has other code", ErrNotVerifier, address)
	case !bytes.Equal(deployedKey, key):
		return fmt.Errorf("%w: %s has another key", ErrNotVerifier, address)
	}
	return nil
}

// VerifyOnChain asks a verifier contract whether a proof shows (D, z, y). A
// proof that it refuses gives a [*RevertError].
func VerifyOnChain(ctx context.Context, chain *Chain, verifier common.Address, proof []byte, inputs [PublicInputs]fr.Element) error {
	words, err := splitProof(proof)
	if err != nil {
		return err
	}
	var publics [PublicInputs]*big.Int
	for i := range inputs {
		publics[i] = inputs[i].BigInt(new(big.Int))
	}
	contract := bindings.NewGroth16Verifier()
	call, err := contract.TryPackVerify(words, publics)
	if err != nil {
		return fmt.Errorf("pack call of verify: %w", err)
	}
	valid, err := bind.Call(contract.Instance(chain.client, verifier), &bind.CallOpts{Context: ctx}, call, contract.UnpackVerify)
	if err != nil {
		return fmt.Errorf("verify with %s: %w", verifier, RevertOf(err))
	}
	if !valid {
		return fmt.Errorf("verify with %s: %w", verifier, ErrNotVerifier) // ours returns true or reverts
	}
	return nil
}

// splitProof cuts a proof into words.
func splitProof(proof []byte) (words [proofWords]*big.Int, err error) {
	if len(proof) != ProofLength {
		return words, fmt.Errorf("%w: %d bytes instead of %d", ErrProofLength, len(proof), ProofLength)
	}
	for i := range words {
		words[i] = new(big.Int).SetBytes(proof[i*fp.Bytes : (i+1)*fp.Bytes])
	}
	return words, nil
}
