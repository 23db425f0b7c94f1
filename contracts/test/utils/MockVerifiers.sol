// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IGroth16Verifier } from "../../src/interfaces/IGroth16Verifier.sol";

/// @dev Accepts exactly one statement: that whose inputs it was told, with a proof of equal words.
contract MockVerifier is IGroth16Verifier {
    uint256[3] private _inputs;
    uint256 private _proofWord;

    function expect(uint256[3] calldata inputs, uint256 proofWord) external {
        _inputs = inputs;
        _proofWord = proofWord;
    }

    function verify(uint256[12] calldata proof, uint256[3] calldata inputs) external view returns (bool) {
        for (uint256 i = 0; i < 12; ++i) {
            if (proof[i] != _proofWord) revert ProofInvalid();
        }
        for (uint256 i = 0; i < 3; ++i) {
            if (inputs[i] != _inputs[i]) revert ProofInvalid();
        }
        return true;
    }
}

/// @dev Returns false, as no verifier should.
contract FalseVerifier is IGroth16Verifier {
    function verify(uint256[12] calldata, uint256[3] calldata) external pure returns (bool) {
        return false;
    }
}

/// @dev Answers every call with success and no data, like a wallet or a proxy without target.
contract SilentContract {
    fallback() external payable { }
}
