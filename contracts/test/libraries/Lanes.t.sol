// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRollup } from "../../src/interfaces/IRollup.sol";
import { LaneStorage, Lanes } from "../../src/libraries/Lanes.sol";
import { LaneModel } from "../utils/LaneModel.sol";
import { Test } from "../utils/Test.sol";

/// @dev A lane, and the check of a proof as the rollup does it.
contract LanesHarness {
    using Lanes for LaneStorage;

    LaneStorage private _lane;

    function append(bytes32 body, address who, uint256 time, uint256 fee) external returns (uint64) {
        return _lane.append(body, Lanes.packMeta(who, time), fee);
    }

    function state() external view returns (bytes32 head, uint64 count, uint128 escrow) {
        return (_lane.head, _lane.count, _lane.escrow);
    }

    function checkpoint(uint256 slot) external view returns (bytes32) {
        return _lane.checkpoints[slot];
    }

    function stands(uint256 first, bytes32[] calldata bodies, IRollup.LaneProof calldata proof)
        external
        view
        returns (bool)
    {
        (bool fits, bytes32 hash) = _lane.open(first, proof.before);
        for (uint256 i = 0; i < bodies.length; ++i) {
            hash = Lanes.foldEntry(hash, bodies[i], proof.metas[i]);
        }
        return fits && _lane.close(hash, first + bodies.length, proof.rest);
    }

    function unpackMeta(bytes32 meta) external pure returns (address who, uint64 time) {
        return Lanes.unpackMeta(meta);
    }
}

contract LanesTest is Test {
    using LaneModel for LaneModel.Model;

    LanesHarness private _lane;
    LaneModel.Model private _model;

    function setUp() external {
        _lane = new LanesHarness();
    }

    function _append(uint256 n) private {
        for (uint256 i = 0; i < n; ++i) {
            uint256 position = _model.count();
            bytes32 body = bytes32(random(1, "body", position));
            address who = address(uint160(random(1, "who", position)));
            uint64 time = uint64(random(1, "time", position));
            assertEq(_lane.append(body, who, time, 3), position, "position");
            _model.append(body, who, time);
        }
    }

    function _stands(uint256 from, uint256 to, IRollup.LaneProof memory proof) private view returns (bool) {
        return _lane.stands(from, LaneModel.slice(_model.bodies, from, to), proof);
    }

    function test_RollingHash() external {
        for (uint256 n = 1; n <= 80; ++n) {
            _append(1);
            (bytes32 head, uint64 count, uint128 escrow) = _lane.state();
            assertEq(head, _model.hashAfter(n), "head");
            assertEq(count, n, "count");
            assertEq(escrow, 3 * n, "escrow");
            assertEq(_lane.checkpoint(n / 16), _model.hashAfter(n / 16 * 16), "checkpoint");
            assertEq(_lane.checkpoint(n / 16 + 1), 0, "no checkpoint yet");
        }
    }

    /// @dev Every stretch of every length of lane around the multiples of 16, up to every possible end.
    function test_EveryStretch() external {
        uint256[9] memory lengths = [uint256(1), 2, 15, 16, 17, 31, 32, 33, 48];
        for (uint256 l = 0; l < lengths.length; ++l) {
            _append(lengths[l] - _model.count());
            uint256 count = lengths[l];
            for (uint256 from = 0; from < count; ++from) {
                for (uint256 to = from + 1; to <= count; to += to < from + 3 ? 1 : 7) {
                    assertTrue(_stands(from, to, _model.prove(from, to)), "shortest proof");
                    for (uint256 end = to; end <= count; ++end) {
                        bool stored = end == count || end % 16 == 0;
                        assertTrue(_stands(from, to, _model.prove(from, to, end)) == stored, "end of the proof");
                    }
                }
            }
        }
    }

    /// @dev The same stretches, shown at another place.
    function testFuzz_AnotherPlaceIsRefused(uint256 seed) external {
        _append(40);
        uint256 from = random(seed, "from", 0) % 40;
        uint256 to = from + 1 + random(seed, "to", 0) % (40 - from);
        uint256 place = random(seed, "place", 0) % 41;
        vm.assume(place != from);
        bytes32[] memory bodies = LaneModel.slice(_model.bodies, from, to);
        assertTrue(!_lane.stands(place, bodies, _model.prove(from, to)), "another place");
    }

    /// @dev One bit changed anywhere, one element dropped, added or exchanged: the proof is none.
    function testFuzz_ChangedProofIsRefused(uint256 seed) external {
        _append(1 + random(seed, "count", 0) % 60);
        uint256 count = _model.count();
        uint256 from = random(seed, "from", 0) % count;
        uint256 to = from + 1 + random(seed, "to", 0) % (count - from);
        bytes32[] memory bodies = LaneModel.slice(_model.bodies, from, to);
        IRollup.LaneProof memory proof = _model.prove(from, to);
        bytes32[][4] memory lists = [bodies, proof.metas, proof.before, proof.rest];
        for (uint256 l = 0; l < 4; ++l) {
            if (lists[l].length == 0) continue;
            uint256 i = random(seed, "i", l) % lists[l].length;
            lists[l][i] ^= bytes32(1 << random(seed, "bit", l) % 256);
            assertTrue(!_lane.stands(from, bodies, proof), "a bit changed");
            lists[l][i] = l == 0
                ? _model.bodies[from + i]
                : l == 1 ? _model.metas[from + i] : _model.entries[l == 2 ? from - from % 16 + i : to + i];
        }
        assertTrue(_lane.stands(from, bodies, proof), "restored");

        proof.before = _longer(proof.before);
        assertTrue(!_lane.stands(from, bodies, proof), "one more before");
        proof.before = LaneModel.slice(_model.entries, from - from % 16, from);
        if (from % 16 != 0) {
            proof.before = LaneModel.slice(_model.entries, from - from % 16 + 1, from);
            assertTrue(!_lane.stands(from, bodies, proof), "one less before");
            proof.before = LaneModel.slice(_model.entries, from - from % 16, from);
        }
        proof.rest = _longer(proof.rest);
        assertTrue(!_lane.stands(from, bodies, proof), "one more behind");
    }

    function _longer(bytes32[] memory list) private pure returns (bytes32[] memory out) {
        out = new bytes32[](list.length + 1);
        for (uint256 i = 0; i < list.length; ++i) {
            out[i] = list[i];
        }
        out[list.length] = keccak256("one more");
    }

    /// @dev Entries that were never appended, in a chain that is right in itself.
    function test_MadeUpChainIsRefused() external {
        _append(20);
        IRollup.LaneProof memory proof;
        proof.metas = new bytes32[](1);
        bytes32[] memory bodies = new bytes32[](1);
        assertTrue(!_lane.stands(20, bodies, proof), "behind the end");
        proof.before = LaneModel.slice(_model.entries, 16, 20);
        assertTrue(!_lane.stands(20, bodies, proof), "behind the end, with what is before");
        assertTrue(!_lane.stands(0, bodies, proof), "at the start");
    }

    /// @dev With the most that may wait, the oldest can be shown wherever the ring's end is.
    function test_RingGoesRound() external {
        uint256 most = Lanes.MAX_WAITING;
        assertEq(most, 4064, "most that may wait");
        uint256[8] memory oldest = [uint256(0), 1, 15, 16, 31, 32, 33, 47];
        for (uint256 i = 0; i < oldest.length; ++i) {
            _append(oldest[i] + most - _model.count());
            uint256 count = _model.count();
            uint256[5] memory shown = [oldest[i], oldest[i] + 1, oldest[i] + 16, count - 17, count - 1];
            for (uint256 j = 0; j < shown.length; ++j) {
                assertTrue(_stands(shown[j], shown[j] + 1, _model.prove(shown[j], shown[j] + 1)), "shown");
            }
        }
        // What is older has left the ring: the slot that its proof starts from has a later hash.
        _append(1);
        assertEq(_model.count(), 4112, "count");
        assertTrue(!_stands(8, 9, _model.prove(8, 9, 16)), "overwritten end");
        assertTrue(!_stands(16, 17, _model.prove(16, 17, 32)), "overwritten start");
        assertTrue(_stands(32, 33, _model.prove(32, 33)), "the oldest that is left");
        for (uint256 n = _model.count() / 16 - 255; n <= _model.count() / 16; ++n) {
            assertEq(_lane.checkpoint(n % 256), _model.hashAfter(16 * n), "checkpoint");
        }
    }

    function testFuzz_Meta(address who, uint64 time) external view {
        (address gotWho, uint64 gotTime) = _lane.unpackMeta(bytes32(uint256(uint160(who)) * 2 ** 64 + time));
        assertEq(gotWho, who, "who");
        assertEq(gotTime, time, "time");
    }
}
