// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { FIELD_ORDER } from "../../src/libraries/Constants.sol";
import { Capacities, Header, PublishedData } from "../../src/libraries/PublishedData.sol";
import { PlainBatches } from "../utils/PlainBatches.sol";
import { Test } from "../utils/Test.sol";

/// @dev Gives the library its calldata.
contract PublishedDataHarness {
    function readHeader(bytes calldata data, Capacities memory caps) public pure returns (Header memory) {
        return PublishedData.readHeader(data, caps);
    }

    function foldDeposits(bytes calldata data, Capacities memory caps, bytes32[] calldata metas, bytes32 hash)
        external
        pure
        returns (bytes32)
    {
        return PublishedData.foldDeposits(data, readHeader(data, caps), metas, hash);
    }

    function foldForcedExits(bytes calldata data, Capacities memory caps, bytes32[] calldata metas, bytes32 hash)
        external
        pure
        returns (bytes32)
    {
        return PublishedData.foldForcedExits(data, readHeader(data, caps), metas, hash);
    }

    function exitRecords(bytes calldata data, Capacities memory caps) external pure returns (bytes memory) {
        return PublishedData.exitRecords(data, readHeader(data, caps));
    }

    function challenge(bytes calldata data, address verifier, uint256 shapeID, uint256 digest)
        external
        pure
        returns (uint256, bytes32)
    {
        return PublishedData.challenge(data, verifier, shapeID, digest);
    }

    function evaluate(Capacities memory caps, uint256 z, bytes calldata data) external pure returns (uint256) {
        return PublishedData.evaluate(data, readHeader(data, caps), caps, z);
    }

    /// @dev What `evaluate` alone costs.
    function gasOfEvaluate(bytes calldata data, Capacities memory caps, uint256 z) external view returns (uint256) {
        Header memory h = readHeader(data, caps);
        uint256 before = gasleft();
        PublishedData.evaluate(data, h, caps, z);
        return before - gasleft();
    }
}

contract PublishedDataTest is Test {
    using PlainBatches for PlainBatches.Batch;

    PublishedDataHarness private _library;

    function setUp() external {
        _library = new PublishedDataHarness();
    }

    /// @dev `evaluate` on calldata that goes on behind the data with ones, where an encoder puts zeros: what lies there
    /// is the caller's choice and no part of the data.
    function _evaluate(bytes memory data, Capacities memory caps, uint256 z) private view returns (uint256) {
        bytes memory call = abi.encodeCall(PublishedDataHarness.evaluate, (caps, z, data));
        for (uint256 i = call.length - (32 - data.length % 32) % 32; i < call.length; ++i) {
            call[i] = 0xff;
        }
        call = bytes.concat(call, bytes32(type(uint256).max));
        (bool ok, bytes memory result) = address(_library).staticcall(call);
        assertTrue(ok, "evaluate");
        return abi.decode(result, (uint256));
    }

    function _capacities(uint256 seed) private pure returns (Capacities memory caps) {
        caps.openings = random(seed, "O", 0) % 9;
        caps.layerOne = random(seed, "L", 0) % 9;
        caps.feeAccounts = 1 + random(seed, "F", 0) % 4;
        caps.exits = caps.layerOne + random(seed, "E", 0) % 9;
        caps.transfers = 2 + 2 * (random(seed, "T", 0) % 30);
    }

    /// @dev A batch within the capacities; at full capacity for one seed in four.
    function _batch(uint256 seed, Capacities memory caps) private pure returns (PlainBatches.Batch memory b) {
        bool full = random(seed, "full", 0) % 4 == 0;
        b.oldCommitment = random(seed, "old", 0) % FIELD_ORDER;
        b.newCommitment = random(seed, "new", 0) % FIELD_ORDER;

        b.openings = new PlainBatches.Opening[](full ? caps.openings : random(seed, "nO", 0) % (caps.openings + 1));
        for (uint256 i = 0; i < b.openings.length; ++i) {
            PlainBatches.Opening memory o = b.openings[i];
            o.keyX = random(seed, "ox", i) % FIELD_ORDER;
            o.keyY = random(seed, "oy", i) % FIELD_ORDER;
            o.owner = address(uint160(random(seed, "oo", i)));
            o.token = uint32(random(seed, "ot", i));
            o.index = uint32(random(seed, "oi", i));
        }
        b.deposits = new PlainBatches.Deposit[](random(seed, "nD", 0) % (caps.layerOne + 1));
        for (uint256 i = 0; i < b.deposits.length; ++i) {
            b.deposits[i] = _deposit(seed, i);
        }
        uint256 left = caps.layerOne - b.deposits.length;
        b.forcedExits = new PlainBatches.ForcedExit[](full ? left : random(seed, "nX", 0) % (left + 1));
        for (uint256 i = 0; i < b.forcedExits.length; ++i) {
            b.forcedExits[i].sender = address(uint160(random(seed, "xs", i)));
            b.forcedExits[i].index = uint32(random(seed, "xi", i));
        }
        b.feeAccounts =
            new PlainBatches.FeeAccount[](full ? caps.feeAccounts : random(seed, "nF", 0) % (caps.feeAccounts + 1));
        for (uint256 i = 0; i < b.feeAccounts.length; ++i) {
            b.feeAccounts[i].token = uint32(random(seed, "ft", i));
            b.feeAccounts[i].index = uint32(random(seed, "fi", i));
        }
        b.exits = new PlainBatches.Exit[](full ? caps.exits : random(seed, "nE", 0) % (caps.exits + 1));
        for (uint256 i = 0; i < b.exits.length; ++i) {
            b.exits[i].owner = address(uint160(random(seed, "eo", i)));
            b.exits[i].token = uint32(random(seed, "et", i));
            b.exits[i].amount = uint128(random(seed, "ea", i));
        }
        b.transfers = new bytes13[](full ? caps.transfers : random(seed, "nT", 0) % (caps.transfers + 1));
        for (uint256 i = 0; i < b.transfers.length; ++i) {
            b.transfers[i] = bytes13(bytes32(random(seed, "t", i)));
        }
    }

    function _deposit(uint256 seed, uint256 i) private pure returns (PlainBatches.Deposit memory d) {
        d.keyX = random(seed, "dx", i) % FIELD_ORDER;
        d.keyY = random(seed, "dy", i) % FIELD_ORDER;
        d.owner = address(uint160(random(seed, "do", i)));
        d.token = uint32(random(seed, "dt", i));
        d.index = uint32(random(seed, "di", i));
        d.opened = uint8(random(seed, "dn", i) % 2);
        d.amount = uint128(random(seed, "da", i));
    }

    function testFuzz_EvaluateIsThePolynomial(uint256 seed, uint256 z) external view {
        z %= FIELD_ORDER;
        Capacities memory caps = _capacities(seed);
        PlainBatches.Batch memory b = _batch(seed, caps);
        uint256 want = PlainBatches.polynomial(b.vector(caps), z);
        assertEq(_evaluate(b.encode(), caps, z), want, "y");
        assertEq(_library.evaluate(caps, z, b.encode()), want, "y without anything behind");
    }

    /// @dev Every number of transfers, around the turns of the unrolled loop.
    function test_EvaluateAnyTransferCount() external view {
        Capacities memory caps = Capacities(0, 0, 1, 0, 50);
        uint256 z = FIELD_ORDER - 2;
        for (uint256 n = 0; n <= caps.transfers; ++n) {
            PlainBatches.Batch memory b = PlainBatches.empty(FIELD_ORDER - 1, 1);
            b.transfers = new bytes13[](n);
            for (uint256 i = 0; i < n; ++i) {
                b.transfers[i] = bytes13(type(uint104).max);
            }
            uint256 want = PlainBatches.polynomial(b.vector(caps), z);
            assertEq(_evaluate(b.encode(), caps, z), want, "y");
        }
    }

    /// @dev At 0 the polynomial is its first coefficient; at 1, the sum of all.
    function test_EvaluateAtZeroAndOne() external view {
        Capacities memory caps = Capacities(4, 4, 2, 6, 8);
        PlainBatches.Batch memory b = _batch(7, caps);
        assertEq(_evaluate(b.encode(), caps, 0), b.oldCommitment, "at 0");
        assertEq(_evaluate(b.encode(), caps, 1), PlainBatches.polynomial(b.vector(caps), 1), "at 1");
    }

    function testFuzz_Challenge(address verifier, uint256 shapeID, uint256 digest, bytes calldata data) external view {
        (uint256 z, bytes32 dataHash) = _library.challenge(data, verifier, shapeID, digest);
        bytes memory preimage = abi.encodePacked("quire/bind", verifier, shapeID, digest, data);
        assertEq(z, uint256(keccak256(preimage)) % FIELD_ORDER, "z");
        assertEq(dataHash, keccak256(data), "data hash");
    }

    function _metas(uint256 seed, uint256 n) private pure returns (bytes32[] memory metas) {
        metas = new bytes32[](n);
        for (uint256 i = 0; i < n; ++i) {
            metas[i] = bytes32(random(seed, "meta", i));
        }
    }

    function testFuzz_FoldDeposits(uint256 seed, bytes32 hash) external view {
        Capacities memory caps = _capacities(seed);
        PlainBatches.Batch memory b = _batch(seed, caps);
        bytes32[] memory metas = _metas(seed, b.deposits.length);
        bytes32 want = hash;
        for (uint256 i = 0; i < metas.length; ++i) {
            want = PlainBatches.laneHash(want, PlainBatches.body(b.deposits[i]), metas[i]);
        }
        assertEq(_library.foldDeposits(b.encode(), caps, metas, hash), want, "lane");
    }

    function testFuzz_FoldForcedExits(uint256 seed, bytes32 hash) external view {
        Capacities memory caps = _capacities(seed);
        PlainBatches.Batch memory b = _batch(seed, caps);
        bytes32[] memory metas = _metas(seed, b.forcedExits.length);
        bytes32 want = hash;
        for (uint256 i = 0; i < metas.length; ++i) {
            want = PlainBatches.laneHash(want, PlainBatches.body(b.forcedExits[i]), metas[i]);
        }
        assertEq(_library.foldForcedExits(b.encode(), caps, metas, hash), want, "lane");
    }

    function testFuzz_ExitRecords(uint256 seed) external view {
        Capacities memory caps = _capacities(seed);
        PlainBatches.Batch memory b = _batch(seed, caps);
        bytes memory want;
        for (uint256 i = 0; i < b.exits.length; ++i) {
            want = bytes.concat(want, abi.encodePacked(b.exits[i].owner, b.exits[i].token, b.exits[i].amount));
        }
        assertEq(keccak256(_library.exitRecords(b.encode(), caps)), keccak256(want), "exits");
    }

    function testFuzz_OpenedNotBoolean(uint256 seed, uint8 opened) external {
        vm.assume(opened > 1);
        Capacities memory caps = Capacities(0, 3, 1, 3, 2);
        PlainBatches.Batch memory b = PlainBatches.empty(1, 2);
        b.deposits = new PlainBatches.Deposit[](3);
        for (uint256 i = 0; i < 3; ++i) {
            b.deposits[i] = _deposit(seed, i);
        }
        b.deposits[seed % 3].opened = opened;
        bytes memory data = b.encode();
        bytes32[] memory metas = _metas(seed, 3);
        vm.expectRevert(encoded(PublishedData.OpenedNotBoolean.selector));
        _library.foldDeposits(data, caps, metas, 0);
    }

    function testFuzz_DataLength(uint256 seed, uint8 cut, bool longer) external {
        vm.assume(cut != 0);
        Capacities memory caps = _capacities(seed);
        bytes memory right = _batch(seed, caps).encode();
        uint256 length = longer ? right.length + cut : right.length - (cut < right.length ? cut : right.length);
        bytes memory data = new bytes(length);
        for (uint256 i = 0; i < length && i < right.length; ++i) {
            data[i] = right[i];
        }
        uint256 expected = length < 88 ? 88 : right.length;
        vm.expectRevert(abi.encodeWithSelector(PublishedData.DataLength.selector, expected, length));
        _library.readHeader(data, caps);
    }

    /// @dev Each section alone one entry above its capacity; forced exits above what deposits leave.
    function test_CapacityExceeded() external {
        Capacities memory caps = Capacities(2, 2, 2, 2, 2);
        for (uint256 section = 0; section < 6; ++section) {
            PlainBatches.Batch memory b = PlainBatches.empty(1, 2);
            if (section == 0) b.openings = new PlainBatches.Opening[](3);
            if (section == 1) b.deposits = new PlainBatches.Deposit[](3);
            if (section == 2) {
                b.deposits = new PlainBatches.Deposit[](1);
                b.forcedExits = new PlainBatches.ForcedExit[](2);
            }
            if (section == 3) b.feeAccounts = new PlainBatches.FeeAccount[](3);
            if (section == 4) b.exits = new PlainBatches.Exit[](3);
            if (section == 5) b.transfers = new bytes13[](3);
            bytes memory data = b.encode();
            vm.expectRevert(encoded(PublishedData.CapacityExceeded.selector));
            _library.readHeader(data, caps);
        }
    }

    /// @dev The largest counts of all: their sum and the expected length must not wrap.
    function test_CountsAtTheirMaximum() external {
        bytes memory data = abi.encodePacked(uint256(1), uint256(2), type(uint192).max);
        vm.expectRevert(encoded(PublishedData.CapacityExceeded.selector));
        _library.readHeader(data, Capacities(65535, 65535, 65535, 65535, 65534));
    }

    /// @dev Each 32-byte word of the data, moved by every multiple of the field order that fits.
    function testFuzz_WordNotReduced(uint256 seed) external {
        Capacities memory caps = Capacities(2, 2, 1, 2, 2);
        for (uint256 place = 0; place < 10; ++place) {
            PlainBatches.Batch memory b =
                PlainBatches.empty(random(seed, "o", 0) % FIELD_ORDER, random(seed, "n", 0) % FIELD_ORDER);
            b.openings = new PlainBatches.Opening[](2);
            b.deposits = new PlainBatches.Deposit[](2);
            uint256 word = random(seed, "w", place) % (type(uint256).max - 5 * FIELD_ORDER);
            for (uint256 k = 1; k <= 5; ++k) {
                uint256 big = word + k * FIELD_ORDER;
                if (place == 0) b.oldCommitment = big;
                if (place == 1) b.newCommitment = big;
                if (place == 2 || place == 3) b.openings[place - 2].keyX = big;
                if (place == 4 || place == 5) b.openings[place - 4].keyY = big;
                if (place == 6 || place == 7) b.deposits[place - 6].keyX = big;
                if (place == 8 || place == 9) b.deposits[place - 8].keyY = big;
                bytes memory data = b.encode();
                vm.expectRevert(encoded(PublishedData.WordNotReduced.selector));
                _library.evaluate(caps, 3, data);
            }
        }
    }

    /// @dev Layer 1's arithmetic for a full batch, a seventh of what the calldata costs.
    function test_GasOfEvaluate() external view {
        Capacities memory caps = Capacities(64, 64, 4, 64, 512);
        PlainBatches.Batch memory b = PlainBatches.empty(1, 2);
        b.transfers = new bytes13[](512);
        uint256 used = _library.gasOfEvaluate(b.encode(), caps, FIELD_ORDER - 1);
        assertTrue(used < 512 * 32, "evaluate costs 32 gas per transfer or more");
    }
}
