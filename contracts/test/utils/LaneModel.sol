// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRollup } from "../../src/interfaces/IRollup.sol";

/// @title A lane with all of its history, and a plain maker of proofs
/// @dev Written from docs/protocol.md, not from the library.
library LaneModel {
    struct Model {
        bytes32[] bodies;
        bytes32[] metas;
        bytes32[] entries;
        // hashes[n] is the lane's hash after n + 1 entries.
        bytes32[] hashes;
    }

    function count(Model storage m) internal view returns (uint256) {
        return m.bodies.length;
    }

    /// @dev The lane's hash after n entries.
    function hashAfter(Model storage m, uint256 n) internal view returns (bytes32) {
        return n == 0 ? bytes32(0) : m.hashes[n - 1];
    }

    function append(Model storage m, bytes32 body, address who, uint256 time) internal {
        bytes32 meta = bytes32(uint256(uint160(who)) * 2 ** 64 + time);
        bytes32 hashed = keccak256(abi.encode(body, meta));
        bytes32 hash = keccak256(abi.encode(hashAfter(m, count(m)), hashed));
        m.bodies.push(body);
        m.metas.push(meta);
        m.entries.push(hashed);
        m.hashes.push(hash);
    }

    /// @dev A proof that [from, to) stand in the lane, to the next multiple of 16 or the end.
    function prove(Model storage m, uint256 from, uint256 to) internal view returns (IRollup.LaneProof memory) {
        uint256 end = (to + 15) / 16 * 16;
        return prove(m, from, to, end < count(m) ? end : count(m));
    }

    /// @dev The same, up to an end of the caller's choice.
    function prove(Model storage m, uint256 from, uint256 to, uint256 end)
        internal
        view
        returns (IRollup.LaneProof memory proof)
    {
        proof.before = slice(m.entries, from - from % 16, from);
        proof.metas = slice(m.metas, from, to);
        proof.rest = slice(m.entries, to, end);
    }

    /// @dev A proof of one entry.
    function entry(Model storage m, uint256 position) internal view returns (IRollup.Entry memory) {
        return IRollup.Entry(m.bodies[position], prove(m, position, position + 1));
    }

    function slice(bytes32[] storage list, uint256 from, uint256 to) internal view returns (bytes32[] memory out) {
        out = new bytes32[](to - from);
        for (uint256 i = from; i < to; ++i) {
            out[i - from] = list[i];
        }
    }
}
