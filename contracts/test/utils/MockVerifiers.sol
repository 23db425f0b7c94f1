// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IGroth16Verifier } from "../../src/interfaces/IGroth16Verifier.sol";

/// @dev Accepts exactly the statements that it was told, with the one proof that there is.
contract MockVerifier is IGroth16Verifier {
    uint256 public constant PROOF_WORD = 0x9200f;

    mapping(bytes32 statement => bool) public accepted;

    /// @dev There is a proof of this statement from now on.
    function accept(uint256[3] calldata inputs) external {
        accepted[keccak256(abi.encode(inputs))] = true;
    }

    function verify(uint256[12] calldata proof, uint256[3] calldata inputs) external view returns (bool) {
        if (msg.data.length != 0x1e4) revert CalldataLength(msg.data.length);
        for (uint256 i = 0; i < 12; ++i) {
            if (proof[i] != PROOF_WORD) revert ProofInvalid();
        }
        if (!accepted[keccak256(abi.encode(inputs))]) revert ProofInvalid();
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
