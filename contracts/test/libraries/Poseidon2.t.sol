// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { EMPTY_ROOT } from "../../src/libraries/Constants.sol";
import { Poseidon2 } from "../../src/libraries/Poseidon2.sol";
import { Test } from "../utils/Test.sol";

contract Poseidon2Test is Test {
    /// @dev The first word of the permutation of (0, 1, 2, 3), as Barretenberg and Noir have it.
    function test_KnownPermutation() external pure {
        uint256 want = 0x01bd538c2ee014ed5141b29e9ae240bf8db3fe5b9a38629a9647cf8d76c01737;
        assertEq(Poseidon2.h4(0, 1, 2, 3), want, "H4(0, 1, 2, 3)");
    }

    /// @dev Values from package protocol.
    function test_Vectors() external view {
        string memory json = vm.readFile("test/vectors/poseidon2.json");
        uint256[] memory inputs = vm.parseJsonUintArray(json, ".inputs");
        uint256[] memory outputs = vm.parseJsonUintArray(json, ".outputs");
        assertEq(inputs.length, 4 * outputs.length, "inputs");
        assertTrue(outputs.length > 100, "too few vectors");
        for (uint256 i = 0; i < outputs.length; ++i) {
            uint256 got = Poseidon2.h4(inputs[4 * i], inputs[4 * i + 1], inputs[4 * i + 2], inputs[4 * i + 3]);
            assertEq(got, outputs[i], "H4");
        }
    }

    function test_EmptyRoot() external pure {
        uint256 node = 0;
        for (uint256 level = 0; level < 16; ++level) {
            node = Poseidon2.h4(node, node, node, node);
        }
        assertEq(node, EMPTY_ROOT, "empty root");
    }
}
