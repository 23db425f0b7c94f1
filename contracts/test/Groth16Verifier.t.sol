// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Groth16Verifier } from "../src/Groth16Verifier.sol";
import { Groth16VerifierRuntime } from "../src/Groth16VerifierRuntime.sol";
import { IGroth16Verifier } from "../src/interfaces/IGroth16Verifier.sol";
import { FIELD_ORDER } from "../src/libraries/Constants.sol";
import { Test } from "./utils/Test.sol";

/// @dev On a key and a proof that gnark made and verified. package l1submit compares with gnark's own contract.
contract Groth16VerifierTest is Test {
    uint256 private constant BASE_FIELD_ORDER = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47;
    uint256 private constant GENERATOR_X_1 = 0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2;
    uint256 private constant GENERATOR_X_0 = 0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed;
    uint256 private constant GENERATOR_Y_1 = 0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b;
    uint256 private constant GENERATOR_Y_0 = 0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa;

    bytes private _key;
    uint256[12] private _proof;
    uint256[3] private _inputs;
    IGroth16Verifier private _verifier;

    function setUp() external {
        string memory json = vm.readFile("test/vectors/groth16.json");
        _key = vm.parseJsonBytes(json, ".key");
        uint256[] memory proof = vm.parseJsonUintArray(json, ".proof");
        uint256[] memory inputs = vm.parseJsonUintArray(json, ".inputs");
        for (uint256 i = 0; i < 12; ++i) {
            _proof[i] = proof[i];
        }
        for (uint256 i = 0; i < 3; ++i) {
            _inputs[i] = inputs[i];
        }
        _verifier = new Groth16Verifier(_key);
    }

    function test_Valid() external view {
        assertTrue(_verifier.verify(_proof, _inputs), "a valid proof");
    }

    function test_DeployedCodeIsRuntimeAndKey() external view {
        bytes memory want = bytes.concat(type(Groth16VerifierRuntime).runtimeCode, _key);
        assertEq(keccak256(address(_verifier).code), keccak256(want), "deployed code");
    }

    /// @dev Without a key behind it the code takes its own end for one.
    function test_RuntimeAloneRefuses() external {
        IGroth16Verifier bare = new Groth16VerifierRuntime();
        vm.expectRevert(encoded(IGroth16Verifier.ProofInvalid.selector));
        bare.verify(_proof, _inputs);
    }

    function testFuzz_ProofWordChanged(uint256 i, uint256 word) external {
        i %= 12;
        uint256[12] memory proof = _proof;
        vm.assume(word != proof[i]);
        proof[i] = word;
        vm.expectRevert(encoded(IGroth16Verifier.ProofInvalid.selector));
        _verifier.verify{ gas: 2_000_000 }(proof, _inputs);
    }

    function testFuzz_InputChanged(uint256 i, uint256 word) external {
        i %= 3;
        word %= FIELD_ORDER;
        uint256[3] memory inputs = _inputs;
        vm.assume(word != inputs[i]);
        inputs[i] = word;
        vm.expectRevert(encoded(IGroth16Verifier.ProofInvalid.selector));
        _verifier.verify{ gas: 2_000_000 }(_proof, inputs);
    }

    function test_InputNotReduced() external {
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 k = 1; k <= (type(uint256).max - _inputs[i]) / FIELD_ORDER; ++k) {
                uint256[3] memory inputs = _inputs;
                inputs[i] += k * FIELD_ORDER;
                vm.expectRevert(encoded(IGroth16Verifier.PublicInputNotReduced.selector));
                _verifier.verify(_proof, inputs);
            }
        }
    }

    /// @dev The same point under other coordinates: a signature would be malleable, a point here is refused.
    function test_CoordinateNotReduced() external {
        for (uint256 i = 0; i < 12; ++i) {
            for (uint256 k = 1; k <= (type(uint256).max - _proof[i]) / BASE_FIELD_ORDER; ++k) {
                uint256[12] memory proof = _proof;
                proof[i] += k * BASE_FIELD_ORDER;
                vm.expectRevert(encoded(IGroth16Verifier.ProofInvalid.selector));
                _verifier.verify{ gas: 2_000_000 }(proof, _inputs);
            }
        }
    }

    function test_CalldataLength() external view {
        bytes memory call = abi.encodeCall(IGroth16Verifier.verify, (_proof, _inputs));
        (bool ok, bytes memory data) = address(_verifier).staticcall(bytes.concat(call, hex"00"));
        assertTrue(!ok, "one byte more");
        assertEq(
            keccak256(data),
            keccak256(abi.encodeWithSelector(IGroth16Verifier.CalldataLength.selector, call.length + 1)),
            "error"
        );
        for (uint256 cut = 1; cut <= call.length; ++cut) {
            bytes memory short = new bytes(call.length - cut);
            for (uint256 i = 0; i < short.length; ++i) {
                short[i] = call[i];
            }
            (ok, data) = address(_verifier).staticcall(short);
            assertTrue(!ok && data.length == 0, "shorter");
        }
    }

    function test_KeyLength() external {
        vm.expectRevert(abi.encodeWithSelector(Groth16Verifier.KeyLength.selector, 0x401));
        new Groth16Verifier(bytes.concat(_key, hex"00"));
        vm.expectRevert(abi.encodeWithSelector(Groth16Verifier.KeyLength.selector, 0));
        new Groth16Verifier("");
    }

    /// @dev Any word of the key moved by one, and by the base field's order, takes a point off its curve or makes it
    /// unreduced.
    function test_KeyPointInvalid() external {
        for (uint256 i = 0; i < 32; ++i) {
            uint256 word = _keyWord(i);
            _expectKeyRefused(_keyWith(i, _words(word + 1)), Groth16Verifier.KeyPointInvalid.selector);
            uint256 moved = word + BASE_FIELD_ORDER;
            _expectKeyRefused(_keyWith(i, _words(moved)), Groth16Verifier.KeyPointInvalid.selector);
        }
    }

    /// @dev Infinity is refused everywhere but in K0, which a circuit without constants may leave there.
    function test_KeyPointAtInfinity() external {
        uint256[5] memory g1 = [uint256(4), 16, 22, 28, 30];
        uint256[5] memory g2 = [uint256(0), 6, 12, 18, 24];
        for (uint256 i = 0; i < 5; ++i) {
            _expectKeyRefused(_keyWith(g1[i], new uint256[](2)), Groth16Verifier.KeyPointInvalid.selector);
            _expectKeyRefused(_keyWith(g2[i], new uint256[](4)), Groth16Verifier.KeyPointInvalid.selector);
        }
        new Groth16Verifier(_keyWith(10, new uint256[](2)));
    }

    /// @dev A point of the twist that is not in the subgroup, in each place of a G2 point.
    function test_KeyPointOutsideSubgroup() external {
        uint256[] memory point = vm.parseJsonUintArray(vm.readFile("test/vectors/curve.json"), ".outsideG2");
        for (uint256 i = 0; i <= 24; i += 6) {
            _expectKeyRefused(_keyWith(i, point), Groth16Verifier.KeyPointInvalid.selector);
        }
    }

    function test_KeyUnsafe() external {
        uint256[] memory g1 = new uint256[](2);
        g1[0] = 1;
        g1[1] = 2;
        uint256[] memory g2 = new uint256[](4);
        g2[0] = GENERATOR_X_1;
        g2[1] = GENERATOR_X_0;
        g2[2] = GENERATOR_Y_1;
        g2[3] = GENERATOR_Y_0;
        for (uint256 sign = 0; sign < 2; ++sign) {
            _expectKeyRefused(_keyWith(4, g1), Groth16Verifier.KeyUnsafe.selector); // alpha
            _expectKeyRefused(_keyWith(6, g2), Groth16Verifier.KeyUnsafe.selector); // beta
            _expectKeyRefused(_keyWith(0, g2), Groth16Verifier.KeyUnsafe.selector); // delta
            uint256[] memory gamma = _point(12, sign == 1);
            _expectKeyRefused(_keyWith(0, gamma), Groth16Verifier.KeyUnsafe.selector); // delta = gamma
            uint256[] memory g = _point(24, sign == 1);
            _expectKeyRefused(_keyWith(18, g), Groth16Verifier.KeyUnsafe.selector); // sigma = 1
            // gamma may be the generator.
            new Groth16Verifier(_keyWith(12, g2));
            g1[1] = BASE_FIELD_ORDER - g1[1];
            g2[2] = BASE_FIELD_ORDER - g2[2];
            g2[3] = BASE_FIELD_ORDER - g2[3];
        }
    }

    function _expectKeyRefused(bytes memory key, bytes4 selector) private {
        vm.expectRevert(encoded(selector));
        this.deploy{ gas: 2_000_000 }(key);
    }

    /// @dev A call of its own bounds the gas that a refusing precompile burns.
    function deploy(bytes calldata key) external returns (IGroth16Verifier) {
        return new Groth16Verifier(key);
    }

    function _words(uint256 word) private pure returns (uint256[] memory words) {
        words = new uint256[](1);
        words[0] = word;
    }

    function _keyWord(uint256 i) private view returns (uint256 word) {
        bytes memory key = _key;
        assembly ("memory-safe") {
            word := mload(add(add(key, 0x20), mul(0x20, i)))
        }
    }

    /// @dev A G2 point of the key, or its negative.
    function _point(uint256 i, bool negative) private view returns (uint256[] memory point) {
        point = new uint256[](4);
        for (uint256 j = 0; j < 4; ++j) {
            point[j] = _keyWord(i + j);
            if (negative && j >= 2) point[j] = BASE_FIELD_ORDER - point[j];
        }
    }

    /// @dev The key with other words from place i on.
    function _keyWith(uint256 i, uint256[] memory words) private view returns (bytes memory key) {
        key = _key;
        for (uint256 j = 0; j < words.length; ++j) {
            uint256 word = words[j];
            assembly ("memory-safe") {
                mstore(add(add(key, 0x20), mul(0x20, add(i, j))), word)
            }
        }
    }
}
