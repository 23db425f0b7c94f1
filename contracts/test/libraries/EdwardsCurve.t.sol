// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { FIELD_ORDER } from "../../src/libraries/Constants.sol";
import { EdwardsCurve } from "../../src/libraries/EdwardsCurve.sol";
import { Test } from "../utils/Test.sol";

contract EdwardsCurveTest is Test {
    uint256[] private _validX;
    uint256[] private _validY;
    uint256[] private _torsionX;
    uint256[] private _torsionY;

    function setUp() external {
        string memory json = vm.readFile("test/vectors/curve.json");
        _validX = vm.parseJsonUintArray(json, ".validX");
        _validY = vm.parseJsonUintArray(json, ".validY");
        _torsionX = vm.parseJsonUintArray(json, ".torsionX");
        _torsionY = vm.parseJsonUintArray(json, ".torsionY");
    }

    /// @dev Points of large order, in the prime subgroup and in every coset of it.
    function test_Valid() external view {
        assertEq(_validX.length, 64, "points");
        for (uint256 i = 0; i < _validX.length; ++i) {
            assertTrue(EdwardsCurve.isCanonical(_validX[i], _validY[i]), "canonical");
            assertTrue(EdwardsCurve.isOnCurve(_validX[i], _validY[i]), "on the curve");
            assertTrue(!EdwardsCurve.isLowOrder(_validX[i], _validY[i]), "large order");
        }
    }

    function test_Torsion() external view {
        assertEq(_torsionX.length, 8, "points");
        for (uint256 i = 0; i < _torsionX.length; ++i) {
            assertTrue(EdwardsCurve.isOnCurve(_torsionX[i], _torsionY[i]), "on the curve");
            assertTrue(EdwardsCurve.isLowOrder(_torsionX[i], _torsionY[i]), "low order");
        }
    }

    function testFuzz_OffCurve(uint256 i, uint256 d) external view {
        i %= _validX.length;
        d = 1 + d % (FIELD_ORDER - 1);
        uint256 y = addmod(_validY[i], d, FIELD_ORDER);
        // An x has two y: the other one is a point as well.
        bool negated = y == FIELD_ORDER - _validY[i];
        assertTrue(EdwardsCurve.isOnCurve(_validX[i], y) == negated, "moved along y");
        uint256 x = addmod(_validX[i], d, FIELD_ORDER);
        negated = x == FIELD_ORDER - _validX[i];
        assertTrue(EdwardsCurve.isOnCurve(x, _validY[i]) == negated, "moved along x");
    }

    function testFuzz_NotCanonical(uint256 i, uint256 k) external view {
        i %= _validX.length;
        k = 1 + k % ((type(uint256).max - FIELD_ORDER) / FIELD_ORDER);
        uint256 x = _validX[i] + k * FIELD_ORDER;
        uint256 y = _validY[i] + k * FIELD_ORDER;
        assertTrue(!EdwardsCurve.isCanonical(x, _validY[i]), "x");
        assertTrue(!EdwardsCurve.isCanonical(_validX[i], y), "y");
        assertTrue(!EdwardsCurve.isCanonical(FIELD_ORDER, 0), "order");
    }
}
