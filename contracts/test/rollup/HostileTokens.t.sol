// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRollup } from "../../src/interfaces/IRollup.sol";
import {
    BlacklistToken,
    FalseToken,
    FeeOnTransferToken,
    GasBurnerToken,
    HostileToken,
    LyingToken,
    NoReturnToken,
    PretendingToken,
    ReentrantToken,
    ReturnBombToken
} from "../utils/HostileTokens.sol";
import { PlainBatches } from "../utils/PlainBatches.sol";
import { PlainToken } from "../utils/PlainToken.sol";
import { RollupTest } from "../utils/RollupTest.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @dev Token 1 is hostile, token 2 is as it should be. Each hostile one goes through deposit, exit, escape and
/// refund, and nobody who uses ether or token 2 notices.
contract HostileTokensTest is RollupTest {
    PlainToken private _plain;

    function _register(HostileToken token) private {
        _plain = new PlainToken();
        vm.startPrank(GOVERNOR, GOVERNOR);
        rollup.registerToken(address(token), 1e30);
        rollup.registerToken(address(_plain), 1e30);
        vm.stopPrank();
        for (uint256 i = 0; i < 2; ++i) {
            address user = i == 0 ? ALICE : BOB;
            token.mint(user, 10_000);
            _plain.mint(user, 10_000);
            vm.startPrank(user, user);
            token.approve(address(rollup), type(uint256).max);
            _plain.approve(address(rollup), type(uint256).max);
            vm.stopPrank();
        }
    }

    function _held(uint32 token, address who) private view returns (uint256) {
        if (token == 0) return who.balance;
        if (token == 2) return _plain.balanceOf(who);
        (address contractAddress,,) = rollup.tokens(token);
        return HostileToken(contractAddress).balanceOf(who);
    }

    function _locked(uint32 token) private view returns (uint256 locked) {
        (,, locked) = rollup.tokens(token);
    }

    /// @dev Deposits 1,000 of each; the hostile token's are credited with `received`. Then the same once more, which
    /// stays in the queue.
    function _deposits(uint128 received) private {
        for (uint256 i = 0; i < 2; ++i) {
            _deposit(received);
            deposit(BOB, 1, BOB, 2, 1000);
            deposit(BOB, 1, BOB, 0, 1000);
            if (i == 0) take(3, 0);
        }
        assertEq(_locked(1), 2 * uint256(received), "locked");
        assertEq(_locked(2), 2000, "locked of the plain token");
    }

    /// @dev One deposit of 1,000 of the hostile token.
    function _deposit(uint128 received) private {
        vm.deal(ALICE, FEE);
        vm.prank(ALICE);
        rollup.deposit{ value: FEE }(keyX[0], keyY[0], ALICE, 1, 1000);
        modelDeposit(ALICE, 0, ALICE, 1, received);
    }

    /// @dev Exits of part of each, in one batch; the freeze; escapes of the rest, and refunds of what was queued.
    function _exits(uint128 received) private {
        PlainBatches.Exit[] memory exits = new PlainBatches.Exit[](3);
        exits[0] = PlainBatches.Exit(ALICE, 1, received / 4);
        exits[1] = PlainBatches.Exit(BOB, 2, 250);
        exits[2] = PlainBatches.Exit(BOB, 0, 250);
        commitAndProve(nextBatch(0, 0, exits));
        vm.deal(BOB, 0);
        _claimsOfBob(250);

        freezeByDeposits(EVE);
        escape(1, ALICE, 1, received - received / 4);
        escape(2, BOB, 2, 750);
        escape(3, BOB, 0, 750);
        for (uint256 i = 3; i < 6; ++i) {
            refund(i);
        }
        _claimsOfBob(1750);
        assertEq(_plain.balanceOf(address(rollup)), 0, "plain tokens left");
        assertEq(rollup.claimable(ALICE, 1), 2 * uint256(received), "hostile token credited");
    }

    function _claimsOfBob(uint256 amount) private {
        for (uint32 token = 0; token <= 2; token += 2) {
            uint256 before = _held(token, BOB);
            rollup.claim(token, BOB);
            assertEq(_held(token, BOB) - before, amount, "Bob is paid");
        }
    }

    /// @dev The hostile token's whole credit is paid.
    function _claimPays(uint256 amount, uint256 arrives) private {
        uint256 before = _held(1, ALICE);
        rollup.claim(1, ALICE);
        assertEq(_held(1, ALICE) - before, arrives, "Alice is paid");
        assertEq(rollup.claimable(ALICE, 1), 0, "claimed");
        assertEq(_locked(1), 0, "locked");
        assertTrue(amount >= arrives, "no more than credited");
    }

    /// @dev The token refuses; the credit stays, until the token does not refuse any more.
    function _claimFails() private {
        uint256 credited = rollup.claimable(ALICE, 1);
        uint256 locked = _locked(1);
        vm.expectRevert(encoded(IRollup.PaymentFailed.selector));
        rollup.claim{ gas: 5_000_000 }(1, ALICE);
        assertEq(rollup.claimable(ALICE, 1), credited, "stays credited");
        assertEq(_locked(1), locked, "stays locked");
    }

    function _depositFails(bytes memory err) private {
        vm.deal(ALICE, FEE);
        vm.prank(ALICE);
        vm.expectRevert(err);
        rollup.deposit{ value: FEE, gas: 30_000_000 }(keyX[0], keyY[0], ALICE, 1, 1000);
        (uint64 count,,) = rollup.lane(IRollup.Lane.Deposits);
        assertEq(count, queuedDeposits.length, "nothing is queued");
    }

    function test_FeeOnTransfer() external {
        FeeOnTransferToken token = new FeeOnTransferToken();
        _register(token);
        token.setHostile(true);
        _deposits(900);
        _exits(900);
        _claimPays(1800, 1620);
    }

    function test_NoReturnValue() external {
        _register(new NoReturnToken());
        _deposits(1000);
        _exits(1000);
        _claimPays(2000, 2000);
    }

    function test_ReturnsFalse() external {
        FalseToken token = new FalseToken();
        _register(token);
        _deposits(1000);
        token.setHostile(true);
        _depositFails(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token)));
        _exits(1000);
        _claimFails();
        token.setHostile(false);
        _claimPays(2000, 2000);
    }

    /// @dev What says that it moved and did not is a deposit of nothing. As a payment it is the owner's loss: nobody
    /// can tell what such a token owes.
    function test_PretendsToMove() external {
        PretendingToken token = new PretendingToken();
        _register(token);
        _deposits(1000);
        token.setHostile(true);
        _depositFails(abi.encodeWithSelector(IRollup.AmountInvalid.selector, 0));
        _exits(1000);
        _claimPays(2000, 0);
    }

    function test_Blacklists() external {
        BlacklistToken token = new BlacklistToken();
        _register(token);
        _deposits(1000);
        token.list(address(rollup), true);
        _depositFails(abi.encodeWithSelector(BlacklistToken.Blacklisted.selector, address(rollup)));
        token.list(address(rollup), false);
        token.list(ALICE, true);
        _exits(1000);
        _claimFails();
        token.list(ALICE, false);
        _claimPays(2000, 2000);
    }

    function test_BurnsGas() external {
        GasBurnerToken token = new GasBurnerToken();
        _register(token);
        _deposits(1000);
        token.setHostile(true);
        _depositFails("");
        _exits(1000);
        _claimFails();
        token.setHostile(false);
        _claimPays(2000, 2000);
    }

    function test_ReturnBomb() external {
        ReturnBombToken token = new ReturnBombToken();
        _register(token);
        _deposits(1000);
        token.setHostile(true);
        vm.deal(ALICE, FEE);
        vm.prank(ALICE);
        (bool ok,) = address(rollup).call{ value: FEE, gas: 30_000_000 }(
            abi.encodeCall(IRollup.deposit, (keyX[0], keyY[0], ALICE, 1, 1000))
        );
        assertTrue(!ok, "a deposit of a bomb"); // at the depositor's own expense
        _exits(1000);
        uint256 before = gasleft();
        _claimFails();
        assertTrue(before - gasleft() < 2_200_000, "copied");
        // With such an answer it is not known whether it paid. It counts as not paid, which undoes the payment.
        token.setReverts(false);
        _claimFails();
        token.setHostile(false);
        _claimPays(2000, 2000);
    }

    /// @dev A token that lies about balances is believed about its own amounts, up to its cap, and costs nobody who
    /// does not use it anything.
    function test_Lies() external {
        LyingToken token = new LyingToken();
        _register(token);
        _deposits(1000);
        token.setHostile(true);
        token.answer([uint256(5000), 5000]);
        _depositFails(abi.encodeWithSelector(IRollup.AmountInvalid.selector, 0));
        token.answer([uint256(5000), 4000]);
        _depositFails(abi.encodeWithSelector(IRollup.AmountInvalid.selector, 0));
        token.answer([uint256(0), type(uint256).max]);
        _depositFails(abi.encodeWithSelector(IRollup.AmountInvalid.selector, type(uint256).max));
        token.answer([uint256(0), 2 ** 128]);
        _depositFails(abi.encodeWithSelector(IRollup.AmountInvalid.selector, 2 ** 128));
        token.answer([uint256(0), 1e30]);
        _depositFails(abi.encodeWithSelector(IRollup.TokenCapExceeded.selector, 1));
        _exits(1000);
        token.setHostile(false);
        _claimPays(2000, 2000);
    }

    /// @dev The same, with a lie that is taken: the liar's credit is worth what the token is.
    function test_LiesWithinTheCap() external {
        LyingToken token = new LyingToken();
        _register(token);
        token.setHostile(true);
        token.answer([uint256(0), 1e29]);
        _deposit(1e29);
        assertEq(_locked(1), 1e29, "locked");
        token.setHostile(false);
        deposit(BOB, 1, BOB, 2, 1000);
        take(2, 0);
        payOut(ALICE, 1, 1e29);
        payOut(BOB, 2, 1000);
        _claimFails();
        rollup.claim(2, BOB);
        assertEq(_plain.balanceOf(BOB), 10_000, "Bob is paid");
    }

    function _forbiddenCalls() private pure returns (bytes[] memory calls) {
        IRollup.LaneProof memory place;
        IRollup.Entry memory entry;
        IRollup.QueuedDeposit memory entryOfDeposit;
        IRollup.Record memory record;
        IRollup.Proven[] memory batches = new IRollup.Proven[](1);
        calls = new bytes[](10);
        calls[0] = abi.encodeCall(IRollup.claim, (0, BOB));
        calls[1] = abi.encodeCall(IRollup.claim, (1, ALICE));
        calls[2] = abi.encodeCall(IRollup.requestExit, (1));
        calls[3] = abi.encodeCall(IRollup.proveBatches, (batches));
        calls[4] = abi.encodeCall(IRollup.revertBatches, (record));
        calls[5] = abi.encodeCall(IRollup.freeze, (IRollup.Lane.Deposits, entry));
        calls[6] = abi.encodeCall(IRollup.freezeFork, ());
        calls[7] = abi.encodeCall(IRollup.escape, (1, ALICE, 1, 1, DIGEST, mockProof()));
        calls[8] = abi.encodeCall(IRollup.refundDeposit, (0, entryOfDeposit, place));
        calls[9] = abi.encodeCall(IRollup.execute, ("", entry, entry));
    }

    /// @dev Nothing that moves funds, queue or state can be reached from a transfer.
    function test_Reentrant() external {
        ReentrantToken token = new ReentrantToken();
        _register(token);
        bytes[] memory calls = _forbiddenCalls();
        token.prepare(address(rollup), calls, ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        token.setHostile(true);
        _deposits(1000);
        assertEq(token.refusals(), 2 * calls.length, "refused in transferFrom");
        _exits(1000);
        _claimPays(2000, 2000);
        assertEq(token.refusals(), 3 * calls.length, "refused in transfer");
    }

    /// @dev Deposits of deposits: what the inner one brings would count for the outer one, too.
    function test_ReentrantDeposit() external {
        ReentrantToken token = new ReentrantToken();
        _register(token);
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(IRollup.deposit, (keyX[0], keyY[0], EVE, 1, 10));
        token.prepare(address(rollup), calls, ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        token.setHostile(true);
        _deposits(1000);
        assertEq(token.refusals(), 2, "refused");
    }

    /// @dev Batches are not even committed by a token that is the operator: see `NotDirect`.
    function test_ReentrantCommit() external {
        ReentrantToken token = new ReentrantToken();
        _register(token);
        vm.prank(GOVERNOR);
        rollup.setOperator(address(token));
        IRollup.Commit memory batch = commitOf(nextBatch(), finalRecord());
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(IRollup.commitBatch, (batch, noRecord()));
        calls[1] = abi.encodeCall(IRollup.commitAndProveBatch, (batch, mockProof()));
        token.prepare(address(rollup), calls, IRollup.NotDirect.selector);
        token.setHostile(true);
        _deposit(1000);
        assertEq(token.refusals(), 2, "refused");
    }
}
