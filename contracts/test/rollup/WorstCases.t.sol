// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IGroth16Verifier } from "../../src/interfaces/IGroth16Verifier.sol";
import { IRollup } from "../../src/interfaces/IRollup.sol";
import { LaneModel } from "../utils/LaneModel.sol";
import { PlainBatches } from "../utils/PlainBatches.sol";
import { PlainToken } from "../utils/PlainToken.sol";
import { RollupTest } from "../utils/RollupTest.sol";

/// @dev What a governor would add who means ill: everything is proven.
contract YesVerifier is IGroth16Verifier {
    function verify(uint256[12] calldata, uint256[3] calldata) external pure returns (bool) {
        return true;
    }
}

/// @dev The worst that operator, governor, and both together can do. Each ends with every user out, paid once, and
/// nothing left, but for a forgotten announcement, which comes to nothing. Alice has ten ether on layer 2, Bob 5,000 of
/// a token, and Carol's three ether wait in the queue.
contract WorstCasesTest is RollupTest {
    using LaneModel for LaneModel.Model;

    IRollup.Lane private constant DEPOSITS = IRollup.Lane.Deposits;
    IRollup.Lane private constant EXITS = IRollup.Lane.Exits;
    address private constant CAROL = address(0xca201);

    PlainBatches.Exit[] private _none;
    PlainToken private _token;

    function setUp() public override {
        super.setUp();
        _token = new PlainToken();
        vm.prank(GOVERNOR);
        rollup.registerToken(address(_token), 1e30);
        _token.mint(BOB, 5000);
        vm.prank(BOB);
        _token.approve(address(rollup), 5000);
        deposit(ALICE, 0, ALICE, 0, 10 ether);
        deposit(BOB, 1, BOB, 1, 5000);
        take(2, 0);
        deposit(CAROL, 2, CAROL, 0, 3 ether);
    }

    /// @dev Alice and Bob escape, Carol is refunded; all of it is paid, and nothing else is there.
    function _everybodyIsOut() private {
        escape(1, ALICE, 0, 10 ether);
        escape(2, BOB, 1, 5000);
        refund(2);
        _everythingIsPaid();
    }

    function _everythingIsPaid() private {
        rollup.claim(0, ALICE);
        rollup.claim(1, BOB);
        rollup.claim(0, CAROL);
        assertEq(ALICE.balance, 10 ether, "Alice");
        assertEq(_token.balanceOf(BOB), 5000, "Bob");
        assertEq(CAROL.balance, 3 ether, "Carol");
        address[4] memory others = [OPERATOR, GOVERNOR, EVE, address(0)];
        for (uint256 i = 0; i < 4; ++i) {
            if (rollup.claimable(others[i], 0) != 0) rollup.claim(0, others[i]);
        }
        assertEq(address(rollup).balance, 0, "ether left");
        assertEq(_token.balanceOf(address(rollup)), 0, "tokens left");
        (,, uint256 locked) = rollup.tokens(1);
        assertEq(locked, 0, "locked");
    }

    /// @dev The next batch pays everybody on layer 2, Carol included.
    function _everybodyExits() private pure returns (PlainBatches.Exit[] memory exits) {
        exits = new PlainBatches.Exit[](3);
        exits[0] = PlainBatches.Exit(ALICE, 0, 10 ether);
        exits[1] = PlainBatches.Exit(BOB, 1, 5000);
        exits[2] = PlainBatches.Exit(CAROL, 0, 3 ether);
    }

    function _freeze(IRollup.Lane which, uint256 position) private {
        IRollup.Entry memory oldest = which == DEPOSITS ? depositLane.entry(position) : exitLane.entry(position);
        vm.prank(EVE);
        rollup.freeze(which, oldest);
    }

    // --------------------------------------------------------------- operator

    /// @dev It does nothing at all, and a forced exit is ignored.
    function test_OperatorVanishes() external {
        vm.warp(START + 100);
        requestExit(ALICE, 1);
        vm.warp(START + 100 + DEADLINE - 1);
        IRollup.Entry memory oldest = exitLane.entry(0);
        vm.expectRevert(abi.encodeWithSelector(IRollup.TooEarly.selector, START + 100 + DEADLINE));
        rollup.freeze(EXITS, oldest);
        vm.warp(START + 100 + DEADLINE);
        _freeze(EXITS, 0);
        _everybodyIsOut();
    }

    /// @dev It goes on with batches, and leaves one user out: there is no way around the oldest entry of a lane.
    function test_OperatorCensorsOne() external {
        requestExit(ALICE, 1);
        requestExit(BOB, 2);
        for (uint256 i = 0; i < 6; ++i) {
            vm.warp(time() + 1 days);
            commitAndProve(nextBatch());
        }
        // Bob's request alone.
        IRollup.Record memory r = finalRecord();
        PlainBatches.Batch memory b = batchAfter(r, 0, 1, _none);
        b.forcedExits[0] = queuedExits[1];
        IRollup.Commit memory c = commitOf(b, r);
        commitRefused(c, noRecord(), abi.encodeWithSelector(IRollup.LaneMismatch.selector, EXITS));
        c.exits = exitLane.prove(1, 2);
        commitRefused(c, noRecord(), abi.encodeWithSelector(IRollup.LaneMismatch.selector, EXITS));
        vm.warp(START + DEADLINE);
        _freeze(EXITS, 0);
        _everybodyIsOut();
    }

    /// @dev It commits batches that take everything that waits, and proves none.
    function test_OperatorNeverProves() external {
        requestExit(ALICE, 1);
        for (uint256 i = 0; i < 7; ++i) {
            Committed memory c = commit(nextBatch(1, 1, _everybodyExits()));
            vm.warp(time() + PROOF_TIMEOUT);
            if (i == 6) break;
            vm.prank(EVE);
            rollup.revertBatches(c.record);
        }
        assertEq(time(), START + DEADLINE, "the deadline");
        _freeze(EXITS, 0);
        _everybodyIsOut();
    }

    /// @dev It has a batch with its proof, and comes with both only after the freeze: before the refunds, between
    /// them, and after.
    function test_OperatorIsLate() external {
        requestExit(ALICE, 1);
        Committed memory pending = commit(nextBatch(1, 1, _everybodyExits()));
        verifier0.accept(pending.inputs);
        IRollup.Commit memory kept = commitOf(batchAfter(pending.record, 0, 0, _everybodyExits()), pending.record);
        vm.warp(START + DEADLINE);
        _freeze(EXITS, 0);
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(OPERATOR);
            vm.expectRevert(encoded(IRollup.IsFrozen.selector));
            rollup.proveBatches(one(proven(pending)));
            commitRefused(kept, pending.record, encoded(IRollup.IsFrozen.selector));
            commitRefused(kept, noRecord(), encoded(IRollup.IsFrozen.selector));
            if (i == 0) refund(2);
            if (i == 1) escape(1, ALICE, 0, 10 ether);
        }
        escape(2, BOB, 1, 5000);
        _everythingIsPaid();
    }

    /// @dev The other way round: the proof comes first, and with it what was queued is gone, and paid once.
    function test_ProofJustBeforeTheFreeze() external {
        requestExit(ALICE, 1);
        Committed memory pending = commit(nextBatch(1, 1, _everybodyExits()));
        vm.warp(START + DEADLINE);
        IRollup.Entry memory oldest = depositLane.entry(2);
        prove(pending);
        vm.expectRevert(abi.encodeWithSelector(IRollup.LaneMismatch.selector, DEPOSITS));
        rollup.freeze(DEPOSITS, oldest);
        // Another entry, and a freeze for it: neither deposit is refunded, and no account is left to escape.
        requestExit(BOB, 2);
        vm.warp(START + 2 * DEADLINE);
        _freeze(EXITS, 1);
        IRollup.LaneProof memory place = depositLane.prove(2, 3);
        vm.expectRevert(abi.encodeWithSelector(IRollup.NotRefundable.selector, 2));
        rollup.refundDeposit(2, queued(2), place);
        _everythingIsPaid();
    }

    /// @dev It commits a batch that nobody can prove, and is gone. Anybody takes the batch back, another operator
    /// serves what waits, all before the deadline.
    function test_CommittedAndNeverProven() external {
        requestExit(ALICE, 1);
        Committed memory bad = commit(nextBatch(1, 1, oneExit(OPERATOR, 0, 13 ether)));
        address successor = address(0x0be7a705);
        vm.prank(GOVERNOR);
        rollup.setOperator(successor);
        vm.warp(START + PROOF_TIMEOUT);
        vm.prank(EVE);
        rollup.revertBatches(bad.record);
        IRollup.Record memory r = finalRecord();
        PlainBatches.Batch memory b = batchAfter(r, 1, 1, _everybodyExits());
        verifier0.accept(statement(b));
        IRollup.Commit memory c = commitOf(b, r);
        vm.prank(successor, successor);
        rollup.commitAndProveBatch(c, mockProof());
        rollup.claim(0, successor);
        _everythingIsPaid();
    }

    /// @dev It fills the lane of forced exits itself, to make others' dear. It has to prove every entry in time all
    /// the same, and what it paid above an empty lane's fee does not come back.
    function test_OperatorFloodsALane() external {
        address sybil = address(0x5b11);
        uint256 spent;
        for (uint256 i = 0; i < 320; ++i) {
            spent += rollup.queueFee(EXITS);
            requestExit(sybil, uint32(i + 1));
        }
        assertEq(rollup.queueFee(EXITS), 32 * FEE, "what a user pays");
        assertEq(spent, 64 * 31 * FEE, "what the operator paid");
        requestExit(ALICE, 1);
        for (uint256 i = 0; i < 8; ++i) {
            take(0, 40);
        }
        commitAndProve(nextBatch(1, 1, _everybodyExits()));
        // Two deposits in the beginning, Carol's, and 321 forced exits.
        assertEq(rollup.claimable(OPERATOR, 0), 324 * FEE, "earned");
        assertEq(rollup.claimable(address(0), 0), spent + 32 * FEE - 321 * FEE, "burnt");
        _everythingIsPaid();
    }

    /// @dev Fills the lane of forced exits to its last place: there is none for Alice, whatever she pays.
    function _fillExits() private returns (uint256 spent) {
        address sybil = address(0x5b11);
        for (uint256 i = 0; i < 4064; ++i) {
            spent += rollup.queueFee(EXITS);
            requestExit(sybil, uint32(i + 1));
        }
        uint256 fee = rollup.queueFee(EXITS);
        vm.deal(ALICE, fee);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IRollup.LaneFull.selector, EXITS));
        rollup.requestExit{ value: fee }(1);
        vm.deal(ALICE, 0);
    }

    /// @dev It fills the lane, proves none of it, and freezes at the deadline: so it has its fees back. But the rollup
    /// has ended one deadline after the flood began, by an entry of the flood. Users need none: everybody is out,
    /// without a request.
    function test_OperatorFloodsALaneAndFreezes() external {
        uint256 spent = _fillExits();
        vm.warp(START + DEADLINE - 1);
        IRollup.Entry memory oldest = exitLane.entry(0);
        vm.startPrank(OPERATOR, OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IRollup.TooEarly.selector, START + DEADLINE));
        rollup.freeze(EXITS, oldest);
        vm.warp(START + DEADLINE);
        rollup.freeze(EXITS, oldest);
        vm.stopPrank();
        // Two deposits that were proven, and Carol's, whose fee was waiting.
        assertEq(rollup.claimable(OPERATOR, 0), spent + 3 * FEE, "what the operator has back");
        _everybodyIsOut();
    }

    /// @dev The same, and somebody else is first: the flood was for them.
    function test_OperatorFloodsALaneAndIsNotFirst() external {
        uint256 spent = _fillExits();
        vm.warp(START + DEADLINE);
        _freeze(EXITS, 0);
        IRollup.Entry memory oldest = exitLane.entry(0);
        vm.prank(OPERATOR);
        vm.expectRevert(encoded(IRollup.IsFrozen.selector));
        rollup.freeze(EXITS, oldest);
        assertEq(rollup.claimable(EVE, 0), spent + FEE, "who froze");
        assertEq(rollup.claimable(OPERATOR, 0), 2 * FEE, "the operator");
        _everybodyIsOut();
    }

    // --------------------------------------------------------------- governor

    function _announce() private returns (bytes memory change) {
        change = abi.encodeCall(IRollup.addCircuit, (circuitOf(address(new YesVerifier()), capacities0(), SHAPE_ID_0)));
        vm.prank(GOVERNOR);
        rollup.announce(change);
    }

    /// @dev What a circuit that proves everything is for.
    function _steal() private {
        IRollup.Record memory r = finalRecord();
        PlainBatches.Exit[] memory exits = new PlainBatches.Exit[](2);
        exits[0] = PlainBatches.Exit(EVE, 0, 13 ether);
        exits[1] = PlainBatches.Exit(EVE, 1, 5000);
        IRollup.Commit memory c = commitOf(batchAfter(r, 0, 0, exits), r);
        c.circuit = 2;
        vm.prank(OPERATOR, OPERATOR);
        rollup.commitAndProveBatch(c, mockProof());
    }

    /// @dev A circuit that proves everything is announced, with an operator that serves. Everybody leaves before the
    /// change can be executed, and it finds nothing.
    function test_GovernorAnnouncesABadCircuit() external {
        bytes memory change = _announce();
        vm.warp(START + DELAY - DEADLINE - WITHDRAWAL_TIME);
        requestExit(ALICE, 1);
        requestExit(BOB, 2);
        vm.warp(time() + DEADLINE - 1);
        commitAndProve(nextBatch(1, 2, _everybodyExits()));
        vm.warp(START + DELAY - 1);
        IRollup.Entry memory none;
        vm.expectRevert(abi.encodeWithSelector(IRollup.TooEarly.selector, START + DELAY));
        rollup.execute(change, none, none);
        _everythingIsPaid();

        vm.warp(START + DELAY);
        rollup.execute(change, none, none);
        _steal();
        vm.expectRevert(encoded(IRollup.PaymentFailed.selector));
        rollup.claim(0, EVE);
        vm.expectRevert(encoded(IRollup.PaymentFailed.selector));
        rollup.claim(1, EVE);
    }

    /// @dev The governor makes itself the operator, stops deposits, registers a token of its own and hands its role
    /// about. All of it together stops the rollup, and nobody inside.
    function test_GovernorStopsEverything() external {
        PlainToken junk = new PlainToken();
        requestExit(ALICE, 1);
        vm.startPrank(GOVERNOR, GOVERNOR);
        rollup.setOperator(GOVERNOR);
        rollup.setTokenCap(0, 0);
        rollup.setTokenCap(1, 0);
        rollup.registerToken(address(junk), 2 ** 127 - 1);
        rollup.offerGovernor(EVE);
        vm.stopPrank();
        vm.prank(EVE);
        rollup.acceptGovernor();
        vm.warp(START + DEADLINE);
        _freeze(EXITS, 0);
        _everybodyIsOut();
    }

    // ------------------------------------------------------------------- both

    /// @dev A bad circuit is announced, and the operator serves nobody any more. Carol's deposit was queued before the
    /// announcement.
    function test_BothWithAnOlderEntry() external {
        bytes memory change = _announce();
        vm.warp(START + DELAY);
        IRollup.Entry memory oldest = depositLane.entry(2);
        IRollup.Entry memory none;
        vm.expectRevert(abi.encodeWithSelector(IRollup.QueueUnproven.selector, DEPOSITS));
        rollup.execute(change, oldest, none);
        _freeze(DEPOSITS, 2);
        vm.expectRevert(encoded(IRollup.IsFrozen.selector));
        rollup.execute(change, oldest, none);
        _everybodyIsOut();
    }

    /// @dev The same, but everything older is served. Alice asks to leave at the last moment at which this is safe,
    /// and is ignored: when the change could be executed, her request is overdue.
    function test_BothWithAYoungerEntry() external {
        bytes memory change = _announce();
        take(1, 0); // Carol is on layer 2
        vm.warp(START + DELAY - DEADLINE);
        requestExit(ALICE, 1);
        vm.warp(START + DELAY);
        IRollup.Entry memory none;
        IRollup.Entry memory oldest = exitLane.entry(0);
        vm.expectRevert(abi.encodeWithSelector(IRollup.Overdue.selector, EXITS));
        rollup.execute(change, none, oldest);
        // Nor does it help to serve her in a batch that is not proven.
        Committed memory c = commit(nextBatch(0, 1, _everybodyExits()));
        vm.expectRevert(abi.encodeWithSelector(IRollup.Overdue.selector, EXITS));
        rollup.execute(change, none, oldest);
        _freeze(EXITS, 0);
        verifier0.accept(c.inputs);
        vm.expectRevert(encoded(IRollup.IsFrozen.selector));
        rollup.proveBatches(one(proven(c)));

        escape(1, ALICE, 0, 10 ether);
        escape(2, BOB, 1, 5000);
        escape(3, CAROL, 0, 3 ether);
        _everythingIsPaid();
    }

    /// @dev They execute an old announcement that everybody has forgotten: it has lapsed.
    function test_BothWithAForgottenAnnouncement() external {
        bytes memory change = _announce();
        take(1, 0);
        vm.warp(START + 2 * DELAY + 1);
        IRollup.Entry memory none;
        vm.expectRevert(abi.encodeWithSelector(IRollup.ChangeUnknown.selector, keccak256(change)));
        rollup.execute(change, none, none);
    }

    // -------------------------------------------------------------------- fork

    /// @dev On a fork with another chain ID, everybody gets out of the fork's contract as on the home chain.
    function test_Fork() external {
        requestExit(ALICE, 1);
        commit(nextBatch(1, 1, _everybodyExits()));
        vm.chainId(999);
        vm.prank(EVE);
        rollup.freezeFork();
        _everybodyIsOut();
    }
}
