// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRollup } from "../../src/interfaces/IRollup.sol";
import { FIELD_ORDER } from "../../src/libraries/Constants.sol";
import { LaneModel } from "../utils/LaneModel.sol";
import { PlainToken } from "../utils/PlainToken.sol";
import { RollupTest } from "../utils/RollupTest.sol";

contract QueueTest is RollupTest {
    using LaneModel for LaneModel.Model;

    IRollup.Lane private constant DEPOSITS = IRollup.Lane.Deposits;
    IRollup.Lane private constant EXITS = IRollup.Lane.Exits;

    // --------------------------------------------------------------- deposits

    function test_Deposit() external {
        vm.deal(ALICE, 4 ether);
        vm.expectEmit(address(rollup));
        emit IRollup.Deposited(0, ALICE, BOB, keyX[0], keyY[0], 0, 3 ether, uint64(START));
        vm.prank(ALICE);
        rollup.deposit{ value: 4 ether }(keyX[0], keyY[0], BOB, 0, 3 ether);
        modelDeposit(ALICE, 0, BOB, 0, 3 ether);

        (uint64 count, bytes32 head, uint128 held) = rollup.lane(DEPOSITS);
        assertEq(count, 1, "count");
        assertEq(head, depositLane.hashAfter(1), "head");
        assertEq(held, FEE, "escrow");
        assertEq(rollup.claimable(ALICE, 0), 1 ether - FEE, "what was sent too much");
        assertEq(address(rollup).balance, 4 ether, "held");
        (count,,) = rollup.lane(EXITS);
        assertEq(count, 0, "the other lane");
    }

    function test_DepositOfAToken() external {
        PlainToken token = new PlainToken();
        vm.prank(GOVERNOR);
        rollup.registerToken(address(token), 1000);
        token.mint(ALICE, 1000);
        vm.deal(ALICE, 1 ether);
        vm.prank(ALICE);
        token.approve(address(rollup), 1000);
        vm.expectEmit(address(rollup));
        emit IRollup.Deposited(0, ALICE, BOB, keyX[3], keyY[3], 1, 600, uint64(START));
        vm.prank(ALICE);
        rollup.deposit{ value: FEE + 5 }(keyX[3], keyY[3], BOB, 1, 600);
        modelDeposit(ALICE, 3, BOB, 1, 600);

        (, bytes32 head, uint128 held) = rollup.lane(DEPOSITS);
        assertEq(head, depositLane.hashAfter(1), "head");
        assertEq(held, FEE, "escrow");
        assertEq(rollup.claimable(ALICE, 0), 5, "ether sent too much");
        assertEq(token.balanceOf(address(rollup)), 600, "held");
        (,, uint256 locked) = rollup.tokens(1);
        assertEq(locked, 600, "locked");
    }

    function testFuzz_DepositsAreARollingHash(uint256 seed) external {
        uint256 sum = 0;
        uint256 n = 1 + random(seed, "n", 0) % 20;
        for (uint256 i = 0; i < n; ++i) {
            address owner = address(uint160(1 + random(seed, "owner", i) % (type(uint160).max - 1)));
            uint128 amount = uint128(1 + random(seed, "amount", i) % 2 ** 120);
            vm.warp(time() + random(seed, "time", i) % 3);
            deposit(ALICE, random(seed, "key", i) % keyX.length, owner, 0, amount);
            sum += amount;
            (uint64 count, bytes32 head, uint128 held) = rollup.lane(DEPOSITS);
            assertEq(count, i + 1, "count");
            assertEq(head, depositLane.hashAfter(i + 1), "head");
            assertEq(held, FEE * (i + 1), "escrow");
        }
        assertEq(rollup.laneCheckpoint(DEPOSITS, 1), n < 16 ? bytes32(0) : depositLane.hashAfter(16), "checkpoint");
        assertEq(address(rollup).balance, sum + n * FEE, "balance");
    }

    function _depositRefused(uint256 x, uint256 y, address owner, uint32 token, uint256 amount, bytes memory err)
        private
    {
        vm.deal(address(this), 2 ** 250);
        uint256 value = token == 0 && amount < 2 ** 200 ? amount + FEE : FEE;
        vm.expectRevert(err);
        rollup.deposit{ value: value }(x, y, owner, token, amount);
    }

    function test_KeyNotCanonical() external {
        bytes memory err = encoded(IRollup.KeyNotCanonical.selector);
        for (uint256 k = 1; k <= 5; ++k) {
            uint256 low = type(uint256).max - 5 * FIELD_ORDER;
            _depositRefused(keyX[0] % low + k * FIELD_ORDER, keyY[0], ALICE, 0, 1, err);
            _depositRefused(keyX[0], keyY[0] % low + k * FIELD_ORDER, ALICE, 0, 1, err);
        }
        _depositRefused(FIELD_ORDER, 1, ALICE, 0, 1, err);
    }

    function testFuzz_KeyNotOnCurve(uint256 i, uint256 y) external {
        i %= keyX.length;
        y %= FIELD_ORDER;
        vm.assume(y != keyY[i] && y != FIELD_ORDER - keyY[i]);
        _depositRefused(keyX[i], y, ALICE, 0, 1, encoded(IRollup.KeyNotOnCurve.selector));
    }

    function test_KeyOfLowOrder() external {
        string memory json = vm.readFile("test/vectors/curve.json");
        uint256[] memory x = vm.parseJsonUintArray(json, ".torsionX");
        uint256[] memory y = vm.parseJsonUintArray(json, ".torsionY");
        for (uint256 i = 0; i < 8; ++i) {
            _depositRefused(x[i], y[i], ALICE, 0, 1, encoded(IRollup.KeyOfLowOrder.selector));
        }
    }

    function test_EveryKeyOfLargeOrderIsTaken() external {
        for (uint256 i = 0; i < keyX.length; ++i) {
            deposit(i, ALICE, 1);
        }
        (uint64 count,,) = rollup.lane(DEPOSITS);
        assertEq(count, keyX.length, "count");
    }

    function test_OwnerZero() external {
        _depositRefused(keyX[0], keyY[0], address(0), 0, 1, encoded(IRollup.OwnerZero.selector));
    }

    function test_AmountInvalid() external {
        uint256[4] memory amounts = [0, uint256(2 ** 128), 2 ** 128 + 1, type(uint256).max];
        for (uint256 i = 0; i < amounts.length; ++i) {
            bytes memory err = abi.encodeWithSelector(IRollup.AmountInvalid.selector, amounts[i]);
            _depositRefused(keyX[0], keyY[0], ALICE, 0, amounts[i], err);
        }
        PlainToken token = new PlainToken();
        vm.prank(GOVERNOR);
        rollup.registerToken(address(token), 2 ** 127 - 1);
        token.mint(address(this), type(uint256).max);
        token.approve(address(rollup), type(uint256).max);
        for (uint256 i = 0; i < amounts.length; ++i) {
            bytes memory err = abi.encodeWithSelector(IRollup.AmountInvalid.selector, amounts[i]);
            _depositRefused(keyX[0], keyY[0], ALICE, 1, amounts[i], err);
        }
    }

    function test_TokenUnknown() external {
        _depositRefused(keyX[0], keyY[0], ALICE, 1, 1, abi.encodeWithSelector(IRollup.TokenUnknown.selector, 1));
    }

    function test_PaymentTooSmall() external {
        vm.deal(address(this), 10 ether);
        bytes memory err = abi.encodeWithSelector(IRollup.PaymentTooSmall.selector, 1 ether + FEE, 1 ether + FEE - 1);
        vm.expectRevert(err);
        rollup.deposit{ value: 1 ether + FEE - 1 }(keyX[0], keyY[0], ALICE, 0, 1 ether);
        vm.expectRevert(abi.encodeWithSelector(IRollup.PaymentTooSmall.selector, FEE, FEE - 1));
        rollup.deposit{ value: FEE - 1 }(keyX[0], keyY[0], ALICE, 1, 1 ether);
    }

    /// @dev Fees and what waits to be claimed count: all of it is in the contract.
    function test_EtherCap() external {
        uint128 cap = 10 ether;
        vm.prank(GOVERNOR);
        rollup.setTokenCap(0, cap);
        deposit(0, ALICE, uint128(cap - 2 * FEE - 1));
        bytes memory err = abi.encodeWithSelector(IRollup.TokenCapExceeded.selector, 0);
        _depositRefused(keyX[0], keyY[0], ALICE, 0, 2, err);
        deposit(0, ALICE, 1);
        assertEq(address(rollup).balance, cap, "full");
        _depositRefused(keyX[0], keyY[0], ALICE, 0, 1, err);
        // The cap holds up no way out.
        requestExit(ALICE, 1);
    }

    /// @dev No sum of ether can come near 2^128: the cap is below 2^127 whatever the governor does.
    function test_LargestDeposit() external {
        deposit(0, ALICE, uint128(ETHER_CAP - FEE));
        bytes memory err = abi.encodeWithSelector(IRollup.TokenCapExceeded.selector, 0);
        _depositRefused(keyX[0], keyY[0], ALICE, 0, 1, err);
        _depositRefused(keyX[0], keyY[0], ALICE, 0, 2 ** 128 - 1, err);
    }

    function test_TokenCap() external {
        PlainToken token = new PlainToken();
        vm.prank(GOVERNOR);
        rollup.registerToken(address(token), 1000);
        token.mint(address(this), 5000);
        token.approve(address(rollup), 5000);
        bytes memory err = abi.encodeWithSelector(IRollup.TokenCapExceeded.selector, 1);
        _depositRefused(keyX[0], keyY[0], ALICE, 1, 1001, err);
        deposit(address(this), 0, ALICE, 1, 600);
        _depositRefused(keyX[0], keyY[0], ALICE, 1, 401, err);
        deposit(address(this), 0, ALICE, 1, 400);
        _depositRefused(keyX[0], keyY[0], ALICE, 1, 1, err);
        // Tokens that were sent by force are nobody's, and fill no cap.
        vm.prank(GOVERNOR);
        rollup.setTokenCap(1, 1500);
        token.transfer(address(rollup), 1000);
        deposit(address(this), 0, ALICE, 1, 500);
        _depositRefused(keyX[0], keyY[0], ALICE, 1, 1, err);
    }

    /// @dev Ether that nobody can account for is refused.
    function test_PlainPaymentRefused() external {
        vm.deal(address(this), 1 ether);
        (bool ok,) = address(rollup).call{ value: 1 ether }("");
        assertTrue(!ok, "payment without a deposit");
    }

    // ----------------------------------------------------------- forced exits

    function test_RequestExit() external {
        vm.deal(ALICE, 1 ether);
        vm.expectEmit(address(rollup));
        emit IRollup.ExitRequested(0, ALICE, 77, uint64(START));
        vm.prank(ALICE);
        rollup.requestExit{ value: FEE + 9 }(77);
        exitLane.append(keccak256(abi.encodePacked(ALICE, uint32(77))), ALICE, START);

        (uint64 count, bytes32 head, uint128 held) = rollup.lane(EXITS);
        assertEq(count, 1, "count");
        assertEq(head, exitLane.hashAfter(1), "head");
        assertEq(held, FEE, "escrow");
        assertEq(rollup.claimable(ALICE, 0), 9, "what was sent too much");
        assertEq(rollup.exitRequest(77, ALICE), 1, "request");
        assertEq(rollup.exitRequest(77, BOB), 0, "nobody else's");
        (count,,) = rollup.lane(DEPOSITS);
        assertEq(count, 0, "the other lane");
    }

    function test_IndexReserved() external {
        vm.deal(ALICE, 1 ether);
        vm.prank(ALICE);
        vm.expectRevert(encoded(IRollup.IndexReserved.selector));
        rollup.requestExit{ value: FEE }(0);
    }

    /// @dev One request at a time of one sender for one account; another when the first is final, and not before.
    function test_ExitAlreadyRequested() external {
        requestExit(BOB, 5);
        requestExit(ALICE, 5);
        requestExit(ALICE, 6);
        vm.deal(ALICE, 1 ether);
        for (uint256 round = 0; round < 2; ++round) {
            vm.prank(ALICE);
            vm.expectRevert(abi.encodeWithSelector(IRollup.ExitAlreadyRequested.selector, 1));
            rollup.requestExit{ value: FEE }(5);
            take(0, 1);
        }
        requestExit(ALICE, 5); // the second round's batch took the first request
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IRollup.ExitAlreadyRequested.selector, 3));
        rollup.requestExit{ value: FEE }(5);
        requestExit(BOB, 5);
    }

    /// @dev A request in a batch that is committed and not proven still waits.
    function test_ExitAlreadyRequestedUntilProven() external {
        requestExit(ALICE, 5);
        Committed memory c = commit(nextBatch(0, 1, oneExit(ALICE, 0, 1)));
        vm.deal(ALICE, 1 ether);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IRollup.ExitAlreadyRequested.selector, 0));
        rollup.requestExit{ value: FEE }(5);
        prove(c);
        requestExit(ALICE, 5);
    }

    function test_ExitPaymentTooSmall() external {
        vm.deal(ALICE, 1 ether);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IRollup.PaymentTooSmall.selector, FEE, FEE - 1));
        rollup.requestExit{ value: FEE - 1 }(5);
    }

    function test_WrongChain() external {
        vm.chainId(12345);
        bytes memory err = abi.encodeWithSelector(IRollup.WrongChain.selector, 12345);
        _depositRefused(keyX[0], keyY[0], ALICE, 0, 1, err);
        vm.expectRevert(err);
        rollup.requestExit{ value: FEE }(5);
    }

    function test_IsFrozen() external {
        deposit(0, ALICE, 1 ether);
        freezeByDeposits(EVE);
        _depositRefused(keyX[0], keyY[0], ALICE, 0, 1, encoded(IRollup.IsFrozen.selector));
        vm.expectRevert(encoded(IRollup.IsFrozen.selector));
        rollup.requestExit{ value: FEE }(5);
    }

    // ------------------------------------------------------------------- fees

    /// @dev The fee doubles with every 64 that wait, in each lane for itself, and falls when they are proven.
    function test_FeeDoubles() external {
        for (uint256 i = 0; i < 200; ++i) {
            assertEq(rollup.queueFee(EXITS), FEE * 2 ** (i / 64), "fee");
            requestExit(ALICE, uint32(i + 1));
        }
        assertEq(rollup.queueFee(EXITS), 8 * FEE, "fee");
        assertEq(rollup.queueFee(DEPOSITS), FEE, "the other lane's fee");
        for (uint256 left = 200; left != 0;) {
            uint256 n = left < 40 ? left : 40;
            take(0, n);
            left -= n;
            assertEq(rollup.queueFee(EXITS), FEE * 2 ** (left / 64), "fee");
        }
    }

    /// @dev Committing alone lowers no fee.
    function test_FeeFallsWithTheProofOnly() external {
        for (uint256 i = 0; i < 64; ++i) {
            deposit(0, ALICE, 1);
        }
        assertEq(rollup.queueFee(DEPOSITS), 2 * FEE, "fee");
        Committed memory c = commit(nextBatch(40, 0, oneExit(ALICE, 0, 1)));
        assertEq(rollup.queueFee(DEPOSITS), 2 * FEE, "fee");
        prove(c);
        assertEq(rollup.queueFee(DEPOSITS), FEE, "fee");
    }

    /// @dev 4,064 wait, at a fee of one wei at first; no more are taken until some are proven.
    function test_LaneFull() external {
        IRollup.Config memory c = config();
        c.queueFee = 1;
        rollup = deploy(c, twoCircuits());
        uint256 most = 4064;
        for (uint256 i = 0; i < most; ++i) {
            requestExit(address(uint160(i + 1)), 7);
        }
        assertEq(rollup.queueFee(EXITS), 2 ** 63, "fee");
        assertEq(escrow(EXITS), 64 * (2 ** 63 - 1) + 32 * 2 ** 63, "escrow");
        vm.deal(ALICE, type(uint128).max);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IRollup.LaneFull.selector, EXITS));
        rollup.requestExit{ value: 2 ** 64 }(7);
        deposit(0, ALICE, 1); // the other lane is free

        take(0, 1);
        requestExit(ALICE, 7);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IRollup.LaneFull.selector, EXITS));
        rollup.requestExit{ value: 2 ** 64 }(8);

        // All of it can be drained, across the ring's end.
        for (uint256 left = most; left != 0;) {
            uint256 n = left < 37 ? left : 37;
            take(0, n);
            left -= n;
        }
        requestExit(ALICE, 8);
        (uint64 count, bytes32 head,) = rollup.lane(EXITS);
        assertEq(count, most + 2, "count");
        assertEq(head, exitLane.hashAfter(most + 2), "head");
    }

    function test_LaneFullOfDeposits() external {
        IRollup.Config memory c = config();
        c.queueFee = 1;
        rollup = deploy(c, twoCircuits());
        for (uint256 i = 0; i < 4064; ++i) {
            deposit(i % keyX.length, ALICE, 1);
        }
        vm.deal(ALICE, type(uint128).max);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IRollup.LaneFull.selector, DEPOSITS));
        rollup.deposit{ value: 2 ** 64 }(keyX[0], keyY[0], ALICE, 0, 1);
        take(40, 0);
        deposit(0, ALICE, 1);
    }

    // ----------------------------------------------------------- checkpoints

    function test_Checkpoints() external {
        for (uint256 n = 1; n <= 49; ++n) {
            deposit(0, ALICE, uint128(n));
            requestExit(ALICE, uint32(n));
            for (uint64 k = 1; k <= 4; ++k) {
                bytes32 want = 16 * k <= n ? depositLane.hashAfter(16 * k) : bytes32(0);
                assertEq(rollup.laneCheckpoint(DEPOSITS, k), want, "deposits");
                want = 16 * k <= n ? exitLane.hashAfter(16 * k) : bytes32(0);
                assertEq(rollup.laneCheckpoint(EXITS, k), want, "exits");
            }
        }
    }
}
