// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice An ordinary token, for the tests of package l1submit: they measure what a deposit of one costs.
contract TestToken is ERC20 {
    /// @param holder Who has all of it at first.
    /// @param supply How much there is.
    constructor(address holder, uint256 supply) ERC20("Test Token", "TEST") {
        _mint(holder, supply);
    }
}
