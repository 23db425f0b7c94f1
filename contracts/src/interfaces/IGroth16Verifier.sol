// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Verifier of Groth16 proofs over BN254 with three public inputs and one commitment
/// @notice Serves every circuit of that form: the verifying key lies behind the code, put there by the constructor.
/// docs/contracts.md has the key's layout and the equation.
interface IGroth16Verifier {
    /// @notice The calldata is longer than one call of `verify`. (Shorter calldata reverts without data.)
    error CalldataLength(uint256 length);

    /// @notice A public input is not below the scalar field's order.
    error PublicInputNotReduced();

    /// @notice The proof does not prove the statement, or one of its points is not on its curve, not in the right
    /// subgroup, or has a coordinate that is not below the base field's order.
    error ProofInvalid();

    /// @notice Checks a proof. Returns true or reverts; it never returns false.
    /// @dev A caller must look at the result all the same: it tells this contract from an account without code and
    /// from a contract whose fallback accepts anything.
    /// @param proof A (x, y), B (x1, x0, y1, y0), C (x, y), commitment (x, y), its proof of knowledge (x, y): gnark's
    /// `Proof.MarshalSolidity`. A proof made for hash-to-field Keccak, as
    /// `solidity.WithProverTargetSolidityVerifier` selects.
    /// @param inputs The public inputs (D, z, y), each below the scalar field's order.
    function verify(uint256[12] calldata proof, uint256[3] calldata inputs) external view returns (bool);
}
