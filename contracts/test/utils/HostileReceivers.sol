// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRollup } from "../../src/interfaces/IRollup.sol";

/// @dev Takes no ether.
contract RevertingReceiver {
    error NotWanted();

    receive() external payable {
        revert NotWanted();
    }
}

/// @dev Burns all gas that it is given.
contract GasBurningReceiver {
    receive() external payable {
        while (true) {
            assembly ("memory-safe") {
                mstore(0, keccak256(0, 0x20))
            }
        }
    }
}

/// @dev Takes the ether, or refuses it, with a megabyte of returned data.
contract ReturnBombReceiver {
    bool public immutable REVERTS;

    constructor(bool reverts) {
        REVERTS = reverts;
    }

    receive() external payable {
        bool reverts = REVERTS;
        assembly ("memory-safe") {
            if reverts { revert(0, 1000000) }
            return(0, 1000000)
        }
    }
}

/// @dev Tries to be paid twice.
contract ReentrantReceiver {
    IRollup private immutable ROLLUP;
    uint256 public payments;
    bytes4 public refusal;

    constructor(IRollup rollup) {
        ROLLUP = rollup;
    }

    receive() external payable {
        payments += 1;
        try ROLLUP.claim(0, address(this)) { }
        catch (bytes memory reason) {
            refusal = bytes4(reason);
        }
    }
}
