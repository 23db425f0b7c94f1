// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Batches } from "./rollup/Batches.sol";
import { Circuits } from "./rollup/Circuits.sol";
import { Escape } from "./rollup/Escape.sol";
import { Governance } from "./rollup/Governance.sol";
import { RollupState } from "./rollup/RollupState.sol";
import { Tokens } from "./rollup/Tokens.sol";

/// @title Quire's layer-1 contract
/// @dev `IRollup` says what it does. Its parts, each of which holds what it is named for:
///
///     RollupState   parameters, the final state, what is credited to whom
///     Tokens        the registry; what comes in, what goes out
///     Circuits      whose proofs are accepted
///     Queue         the two lanes, with `Lanes` for their hashes
///     Batches       commit and prove, with `PublishedData` for the data
///     Escape        freeze, and the ways out after it
///     Governance    the governor, and the changes that it announces
///
/// No upgrade, no pause, no owner of the code: what is not written here cannot happen. Ether enters through `deposit`
/// and `requestExit` alone (or by force, which credits nobody); whatever leaves, leaves through `claim`.
contract Rollup is Batches, Escape, Governance {
    /// @param config The parameters.
    /// @param circuits_ The circuits, at least one.
    constructor(Config memory config, Circuit[] memory circuits_)
        RollupState(config)
        Tokens(config.etherCap)
        Circuits(circuits_)
    { }
}
