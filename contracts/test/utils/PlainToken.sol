// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @dev A token as it should be.
contract PlainToken is ERC20 {
    constructor() ERC20("Plain", "PLN") { }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
