// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Groth16VerifierRuntime, VERIFYING_KEY_LENGTH } from "./Groth16VerifierRuntime.sol";
import { G2_GENERATOR_X_0, G2_GENERATOR_X_1 } from "./libraries/Constants.sol";

/// @title Verifier of Groth16 proofs, deployed with its verifying key
/// @notice The deployed code is `Groth16VerifierRuntime`'s, byte for byte, followed by the key. docs/contracts.md has
/// the key's layout.
contract Groth16Verifier is Groth16VerifierRuntime {
    /// @notice The key does not have 32 words.
    error KeyLength(uint256 length);

    /// @notice A point of the key is off its curve, outside the subgroup, not canonical, or at infinity.
    error KeyPointInvalid();

    /// @notice The key's secrets are known: it was never contributed to, or gamma and delta are the same up to sign.
    /// Anybody could forge proofs for it.
    error KeyUnsafe();

    /// @param key The verifying key, 32 words as docs/contracts.md lays them out.
    constructor(bytes memory key) {
        if (key.length != VERIFYING_KEY_LENGTH) revert KeyLength(key.length);
        _checkPoints(key);
        _checkSecrets(key);

        bytes memory code = bytes.concat(type(Groth16VerifierRuntime).runtimeCode, key);
        assembly ("memory-safe") {
            return(add(code, 0x20), mload(code))
        }
    }

    /// @dev The word of a key at an index.
    function _word(bytes memory key, uint256 index) private pure returns (uint256 w) {
        assembly ("memory-safe") {
            w := mload(add(add(key, 0x20), shl(5, index)))
        }
    }

    /// @dev Whether one of a point's words is not zero.
    function _notInfinity(bytes memory key, uint256 index, uint256 words) private pure returns (bool) {
        uint256 any;
        for (uint256 i = 0; i < words; ++i) {
            any |= _word(key, index + i);
        }
        return any != 0;
    }

    /// @dev All points are canonical, on their curve and in their subgroup, and none is at infinity but perhaps K0,
    /// the constant's: with K1, K2, K3 or K4 at infinity a public input or the commitment would bind nothing.
    function _checkPoints(bytes memory key) private view {
        bool ok = _notInfinity(key, 4, 2) && _notInfinity(key, 16, 2) && _notInfinity(key, 22, 2)
            && _notInfinity(key, 28, 2) && _notInfinity(key, 30, 2);
        ok = ok && _notInfinity(key, 0, 4) && _notInfinity(key, 6, 4) && _notInfinity(key, 12, 4)
            && _notInfinity(key, 18, 4) && _notInfinity(key, 24, 4);
        if (!ok) revert KeyPointInvalid();

        // The pairing precompile checks every point that it is given, so pair each once, whatever the product:
        // α -β, K0 -γ, K1 -σG and K2 G lie side by side; K3 and K4 join -δ.
        bytes memory input = new bytes(0x480);
        assembly ("memory-safe") {
            let k := add(key, 0x20)
            let p := add(input, 0x20)
            mcopy(p, add(k, 0x80), 0x300)
            mcopy(add(p, 0x300), add(k, 0x380), 0x40)
            mcopy(add(p, 0x340), k, 0x80)
            mcopy(add(p, 0x3c0), add(k, 0x3c0), 0x40)
            mcopy(add(p, 0x400), k, 0x80)
            ok := staticcall(gas(), 0x08, p, 0x480, p, 0x20)
        }
        if (!ok) revert KeyPointInvalid();
    }

    /// @dev Points with equal x are equal up to sign, so one comparison finds a known ratio of 1 or -1: α, β or δ
    /// still the generator (nobody contributed), δ = ±γ (the accident of FoomCash and Veil Cash), or σ = ±1.
    /// γ itself may be the generator; gnark's ceremony leaves it there.
    function _checkSecrets(bytes memory key) private pure {
        bool unsafe = _word(key, 4) == 1;
        unsafe = unsafe || (_word(key, 0) == G2_GENERATOR_X_1 && _word(key, 1) == G2_GENERATOR_X_0);
        unsafe = unsafe || (_word(key, 6) == G2_GENERATOR_X_1 && _word(key, 7) == G2_GENERATOR_X_0);
        unsafe = unsafe || (_word(key, 0) == _word(key, 12) && _word(key, 1) == _word(key, 13));
        unsafe = unsafe || (_word(key, 18) == _word(key, 24) && _word(key, 19) == _word(key, 25));
        if (unsafe) revert KeyUnsafe();
    }
}
