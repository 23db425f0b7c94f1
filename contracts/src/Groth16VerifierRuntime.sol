// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IGroth16Verifier } from "./interfaces/IGroth16Verifier.sol";
import { FIELD_ORDER } from "./libraries/Constants.sol";

/// @dev Bytes of a verifying key: 32 words.
uint256 constant VERIFYING_KEY_LENGTH = 0x400;

/// @title The verifier's code, without a key
/// @notice Deploy `Groth16Verifier`, which puts a checked key behind this code. Alone it takes its own last bytes for
/// the key and refuses every proof.
///
/// @dev Two equations have to hold, with gnark's names (K the key's points of the public inputs, h the commitment's
/// hash, G and -σG the commitment's key):
///
///     e(A, B) · e(C, -δ) · e(α, -β) · e(L, -γ) = 1,  L = K0 + D·K1 + z·K2 + y·K3 + h·K4 + commitment
///     e(commitment, -σG) · e(knowledge, G) = 1
///
/// They are checked as one, the first times the second to the power ρ, where ρ is the hash of key, proof and inputs.
/// If one of them is false, at most one ρ in the group order makes the product true, and ρ is fixed by everything
/// that goes into both. That is six pairings in one call instead of four and two: 33,000 gas less.
///
/// Memory, from m, in words; the first 36 are the pairing's input:
///
///      0  A, B            given           24  ρ·commitment   K1 until then
///      6  C               given           26  -σG            key
///      8  -δ, α, -β       key             30  ρ·knowledge    K2 until then
///     18  L               K0 until then   32  G              key
///     20  -γ              key             36  K3, K4         key
///                                         40  commitment, knowledge, D, z, y: given
///                                         47  scratch
///
/// So one copy lays out the whole key, and the hashes of ρ and h are over stretches of memory.
contract Groth16VerifierRuntime is IGroth16Verifier {
    /// @inheritdoc IGroth16Verifier
    function verify(uint256[12] calldata proof, uint256[3] calldata inputs) external view returns (bool) {
        // Exactly one encoding of a call: nothing can ride behind the inputs.
        if (msg.data.length != 0x1e4) revert CalldataLength(msg.data.length);
        if (inputs[0] >= FIELD_ORDER || inputs[1] >= FIELD_ORDER || inputs[2] >= FIELD_ORDER) {
            revert PublicInputNotReduced();
        }

        bytes4 proofInvalid = ProofInvalid.selector;
        assembly ("memory-safe") {
            // The precompiles of EIP-196 and EIP-197 refuse points off their curve, outside the subgroup, or with an
            // unreduced coordinate. They get all gas, since a fixed price would break with the next repricing, and
            // a refusal burns it; what is left after one is enough for the error only, so nothing may follow it.
            function check(ok) {
                if iszero(ok) { revert(0x00, 0x04) }
            }
            // Adds the point at s + 0x40 to the one at s.
            function addPoints(s) {
                check(staticcall(gas(), 0x06, s, 0x80, s, 0x40))
            }
            // Puts k times the point at p to q; overwrites the three words at s.
            function multiply(s, p, k, q) {
                mcopy(s, p, 0x40)
                mstore(add(s, 0x40), k)
                check(staticcall(gas(), 0x07, s, 0x60, q, 0x40))
            }
            // Adds k times the point at p to the one at s; overwrites the three words at s + 0x40.
            function addMultiple(s, p, k) {
                let t := add(s, 0x40)
                multiply(t, p, k, t)
                addPoints(s)
            }

            mstore(0x00, proofInvalid)
            let m := mload(0x40)
            calldatacopy(m, proof, 0x100)
            codecopy(add(m, 0x100), sub(codesize(), VERIFYING_KEY_LENGTH), VERIFYING_KEY_LENGTH)
            calldatacopy(add(m, 0x500), add(proof, 0x100), 0xe0)

            let commitment := add(m, 0x500)
            let knowledge := add(m, 0x540)
            let s := add(m, 0x5e0)
            let rho := keccak256(m, 0x5e0)

            // L, from K0 and the commitment on.
            mcopy(s, add(m, 0x240), 0x40)
            mcopy(add(s, 0x40), commitment, 0x40)
            addPoints(s)
            addMultiple(s, add(m, 0x300), calldataload(inputs))
            addMultiple(s, add(m, 0x3c0), calldataload(add(inputs, 0x20)))
            addMultiple(s, add(m, 0x480), calldataload(add(inputs, 0x40)))
            // gnark hashes the commitment and the committed public inputs, of which there are none.
            addMultiple(s, add(m, 0x4c0), mod(keccak256(commitment, 0x40), FIELD_ORDER))
            mcopy(add(m, 0x240), s, 0x40)

            multiply(s, commitment, rho, add(m, 0x300))
            multiply(s, knowledge, rho, add(m, 0x3c0))

            check(staticcall(gas(), 0x08, m, 0x480, s, 0x20))
            check(mload(s))
        }
        return true;
    }
}
