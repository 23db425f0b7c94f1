// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRollup } from "../interfaces/IRollup.sol";
import { FIELD_ORDER } from "../libraries/Constants.sol";
import { Capacities, Header, PublishedData } from "../libraries/PublishedData.sol";
import { RollupState } from "./RollupState.sol";

/// @title The circuits whose proofs the rollup accepts
/// @dev Who may change them, and when, is `Governance`'s part.
abstract contract Circuits is RollupState {
    /// @inheritdoc IRollup
    mapping(uint256 index => Circuit) public circuits;

    /// @inheritdoc IRollup
    uint256 public circuitCount;

    constructor(Circuit[] memory circuits_) {
        _check(circuits_.length != 0, "circuits");
        for (uint256 i = 0; i < circuits_.length; ++i) {
            _addCircuit(circuits_[i]);
        }
    }

    /// @inheritdoc IRollup
    function bindingOf(uint256 circuit, bytes calldata data, uint256 digest)
        external
        view
        returns (uint256 z, uint256 y)
    {
        (Circuit memory c, Capacities memory caps) = _circuit(circuit);
        Header memory h = PublishedData.readHeader(data, caps);
        (z,) = PublishedData.challenge(data, c.verifier, c.shapeID, digest);
        y = PublishedData.evaluate(data, h, caps, z);
    }

    /// @dev A circuit, and its capacities once more for the library. Reverts for one that is not there, or retired.
    function _circuit(uint256 index) internal view returns (Circuit memory c, Capacities memory caps) {
        c = circuits[index];
        if (c.verifier == address(0)) revert CircuitUnknown(index);
        caps = Capacities(c.openings, c.layerOne, c.feeAccounts, c.exits, c.transfers);
    }

    function _addCircuit(Circuit memory c) internal {
        bool possible = c.verifier.code.length != 0 && c.feeAccounts != 0 && c.exits >= c.layerOne && c.transfers != 0
            && c.transfers % 2 == 0 && c.shapeID != 0 && c.shapeID < FIELD_ORDER;
        if (!possible) revert CircuitInvalid();
        uint256 index = circuitCount;
        circuitCount = index + 1;
        circuits[index] = c;
        emit CircuitAdded(index, c.verifier, c.shapeID);
    }

    function _retireCircuit(uint256 index) internal {
        if (circuits[index].verifier == address(0)) revert CircuitUnknown(index);
        circuits[index].verifier = address(0);
        emit CircuitRetired(index);
    }
}
