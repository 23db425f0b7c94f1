// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { EDWARDS_D, EDWARDS_ORDER8_X2, FIELD_ORDER } from "./Constants.sol";

/// @title The twisted Edwards curve of account keys, -x^2 + y^2 = 1 + d x^2 y^2 over BN254's scalar field
library EdwardsCurve {
    /// @notice Whether both coordinates are canonical, that is below the field order.
    function isCanonical(uint256 x, uint256 y) internal pure returns (bool) {
        return x < FIELD_ORDER && y < FIELD_ORDER;
    }

    /// @notice Whether a point with canonical coordinates is on the curve.
    function isOnCurve(uint256 x, uint256 y) internal pure returns (bool) {
        uint256 x2 = mulmod(x, x, FIELD_ORDER);
        uint256 y2 = mulmod(y, y, FIELD_ORDER);
        // y^2 = 1 + x^2 + d x^2 y^2
        uint256 right = addmod(x2, mulmod(EDWARDS_D, mulmod(x2, y2, FIELD_ORDER), FIELD_ORDER), FIELD_ORDER);
        return y2 == addmod(right, 1, FIELD_ORDER);
    }

    /// @notice Whether eight times a point is the identity, for a point on the curve.
    /// @dev d is no square, so there is one point of order two, and the points of order dividing eight are a cyclic
    /// group: the identity and the point of order two have x = 0, the two of order four y = 0, and the four of order
    /// eight are (±x, ±y) for one x and y. An x fixes y up to its sign, so no other point shares these coordinates.
    function isLowOrder(uint256 x, uint256 y) internal pure returns (bool) {
        return x == 0 || y == 0 || mulmod(x, x, FIELD_ORDER) == EDWARDS_ORDER8_X2;
    }
}
