// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IGroth16Verifier } from "../../src/interfaces/IGroth16Verifier.sol";
import { IRollup } from "../../src/interfaces/IRollup.sol";
import { LaneModel } from "../utils/LaneModel.sol";
import { FalseVerifier } from "../utils/MockVerifiers.sol";
import { PlainBatches } from "../utils/PlainBatches.sol";
import { RollupTest } from "../utils/RollupTest.sol";

contract EscapeTest is RollupTest {
    using LaneModel for LaneModel.Model;

    IRollup.Lane private constant DEPOSITS = IRollup.Lane.Deposits;
    IRollup.Lane private constant EXITS = IRollup.Lane.Exits;

    PlainBatches.Exit[] private _none;

    // ----------------------------------------------------------------- freeze

    /// @dev Exactly at the deadline, and not one second before; by either lane.
    function test_FreezeAtTheDeadline() external {
        for (uint8 i = 0; i < 2; ++i) {
            IRollup.Lane which = IRollup.Lane(i);
            vm.warp(START + 1000 * i);
            if (i == 1) {
                rollup = deploy(config(), twoCircuits());
                requestExit(ALICE, 5);
            } else {
                deposit(0, ALICE, 1 ether);
            }
            IRollup.Entry memory oldest = i == 0 ? depositLane.entry(0) : exitLane.entry(0);
            uint256 from = time() + DEADLINE;
            bytes memory err = abi.encodeWithSelector(IRollup.TooEarly.selector, from);
            vm.expectRevert(err);
            rollup.freeze(which, oldest);
            vm.warp(from - 1);
            vm.expectRevert(err);
            rollup.freeze(which, oldest);
            assertTrue(!rollup.frozen(), "frozen too early");

            vm.warp(from);
            (, uint256 commitment,,) = rollup.finalized();
            vm.expectEmit(address(rollup));
            emit IRollup.Frozen(0, commitment, EVE);
            vm.prank(EVE);
            rollup.freeze(which, oldest);
            assertTrue(rollup.frozen(), "frozen");
        }
    }

    /// @dev The fees of all that wait, in both lanes, go to who froze.
    function test_FreezePaysWhoFroze() external {
        deposit(0, ALICE, 1 ether);
        deposit(1, ALICE, 1 ether);
        requestExit(ALICE, 5);
        take(1, 0);
        freezeByDeposits(EVE);
        assertEq(rollup.claimable(EVE, 0), 2 * FEE, "reward");
        assertEq(rollup.claimable(OPERATOR, 0), FEE, "what was earned before");
        assertEq(escrow(DEPOSITS) + escrow(EXITS), 0, "escrow");
        rollup.claim(0, EVE);
        assertEq(EVE.balance, 2 * FEE, "paid");
    }

    /// @dev Only the oldest entry that no proven batch took counts, with the time that it has.
    function test_FreezeByTheOldestOnly() external {
        for (uint256 i = 0; i < 20; ++i) {
            deposit(i, ALICE, 1 ether);
            vm.warp(time() + 10);
        }
        vm.warp(START + 2 * DEADLINE);
        bytes memory err = abi.encodeWithSelector(IRollup.LaneMismatch.selector, DEPOSITS);
        IRollup.Entry memory oldest = depositLane.entry(0);
        vm.expectRevert(err);
        rollup.freeze(DEPOSITS, depositLane.entry(1));
        vm.expectRevert(err);
        rollup.freeze(DEPOSITS, depositLane.entry(16));
        vm.expectRevert(abi.encodeWithSelector(IRollup.LaneMismatch.selector, EXITS));
        rollup.freeze(EXITS, oldest);
        // Another time, another payer, another content, more than one, none.
        for (uint256 fault = 0; fault < 6; ++fault) {
            IRollup.Entry memory e = depositLane.entry(0);
            if (fault == 0) e.proof.metas[0] = bytes32(uint256(e.proof.metas[0]) - 1);
            if (fault == 1) e.proof.metas[0] = bytes32(uint256(e.proof.metas[0]) + 2 ** 64);
            if (fault == 2) e.body = 0;
            if (fault == 3) e.proof.metas = LaneModel.slice(depositLane.metas, 0, 2);
            if (fault == 4) e.proof.metas = new bytes32[](0);
            if (fault == 5) e.proof.rest[3] = 0;
            vm.expectRevert(err);
            rollup.freeze(DEPOSITS, e);
        }

        // Proven entries are not overdue, however late.
        take(19, 0);
        vm.expectRevert(err);
        rollup.freeze(DEPOSITS, oldest);
        oldest = depositLane.entry(19);
        vm.warp(START + 190 + DEADLINE - 1);
        vm.expectRevert(abi.encodeWithSelector(IRollup.TooEarly.selector, START + 190 + DEADLINE));
        rollup.freeze(DEPOSITS, oldest);
        vm.warp(START + 190 + DEADLINE);
        rollup.freeze(DEPOSITS, oldest);
    }

    /// @dev An empty lane freezes nothing, whatever is shown.
    function test_FreezeByAnEmptyLane() external {
        deposit(0, ALICE, 1 ether);
        IRollup.Entry memory e = depositLane.entry(0);
        take(1, 0);
        vm.warp(START + 10 * DEADLINE);
        vm.expectRevert(abi.encodeWithSelector(IRollup.LaneMismatch.selector, DEPOSITS));
        rollup.freeze(DEPOSITS, e);
        e.proof.before = LaneModel.slice(depositLane.entries, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(IRollup.LaneMismatch.selector, DEPOSITS));
        rollup.freeze(DEPOSITS, e);
        IRollup.Entry memory none;
        none.proof.metas = new bytes32[](1);
        vm.expectRevert(abi.encodeWithSelector(IRollup.LaneMismatch.selector, EXITS));
        rollup.freeze(EXITS, none);
    }

    /// @dev The deadline runs to the proof: committing a batch that takes the entry does not stop it.
    function test_FreezeInSpiteOfPendingBatches() external {
        deposit(0, ALICE, 1 ether);
        Committed memory c = commit(nextBatch(1, 0, oneExit(BOB, 0, 5)));
        freezeByDeposits(EVE);
        assertEq(rollup.lastCommitted(), 0, "pending batches are discarded");
        assertEq(rollup.recordHash(1), 0, "no record");
        verifier0.accept(c.inputs);
        vm.expectRevert(encoded(IRollup.IsFrozen.selector));
        rollup.proveBatches(one(proven(c)));
        refund(0);
        assertEq(rollup.claimable(address(this), 0), 1 ether, "refunded");
        assertEq(rollup.claimable(BOB, 0), 0, "no exit of an unproven batch");
    }

    function test_FreezeFork() external {
        deposit(0, ALICE, 1 ether);
        requestExit(ALICE, 5);
        commit(nextBatch(1, 0, _none));
        bytes memory err = abi.encodeWithSelector(IRollup.WrongChain.selector, block.chainid);
        vm.expectRevert(err);
        rollup.freezeFork();
        vm.chainId(12345);
        (, uint256 commitment,,) = rollup.finalized();
        vm.expectEmit(address(rollup));
        emit IRollup.Frozen(0, commitment, EVE);
        vm.prank(EVE);
        rollup.freezeFork();
        assertTrue(rollup.frozen(), "frozen");
        assertEq(rollup.lastCommitted(), 0, "pending batches are discarded");
        assertEq(rollup.claimable(EVE, 0), 2 * FEE, "reward");
        refund(0);
        escape(3, BOB, 0, 7);
    }

    /// @dev On a fork, the deadline counts as well.
    function test_FreezeOnAFork() external {
        deposit(0, ALICE, 1 ether);
        vm.chainId(12345);
        freezeByDeposits(EVE);
    }

    /// @dev After the freeze nothing works but the ways out.
    function test_FrozenIsFinal() external {
        deposit(0, ALICE, 1 ether);
        requestExit(BOB, 5);
        Committed memory c = commit(nextBatch(1, 0, _none));
        verifier0.accept(c.inputs);
        IRollup.Commit memory call = commitOf(nextBatch(), finalRecord());
        bytes memory change = abi.encodeCall(IRollup.retireCircuit, (1));
        vm.prank(GOVERNOR);
        rollup.announce(change);
        IRollup.Record memory before = finalRecord();
        freezeByDeposits(EVE);
        vm.warp(time() + DELAY);

        bytes memory err = encoded(IRollup.IsFrozen.selector);
        IRollup.Entry memory depositsOldest = depositLane.entry(0);
        IRollup.Entry memory exitsOldest = exitLane.entry(0);
        vm.deal(ALICE, 10 ether);
        vm.startPrank(ALICE, ALICE);
        vm.expectRevert(err);
        rollup.deposit{ value: 1 + FEE }(keyX[0], keyY[0], ALICE, 0, 1);
        vm.expectRevert(err);
        rollup.requestExit{ value: FEE }(9);
        vm.expectRevert(err);
        rollup.proveBatches(one(proven(c)));
        vm.expectRevert(err);
        rollup.revertBatches(c.record);
        vm.expectRevert(err);
        rollup.freeze(DEPOSITS, depositsOldest);
        vm.expectRevert(err);
        rollup.freeze(EXITS, exitsOldest);
        vm.expectRevert(err);
        rollup.execute(change, depositsOldest, exitsOldest);
        vm.stopPrank();
        vm.startPrank(OPERATOR, OPERATOR);
        vm.expectRevert(err);
        rollup.commitBatch(call, noRecord());
        vm.expectRevert(err);
        rollup.commitAndProveBatch(call, mockProof());
        vm.stopPrank();
        vm.prank(GOVERNOR);
        vm.expectRevert(err);
        rollup.announce(abi.encodeCall(IRollup.retireCircuit, (0)));
        vm.chainId(12345);
        vm.expectRevert(err);
        rollup.freezeFork();
        assertEq(keccak256(abi.encode(finalRecord())), keccak256(abi.encode(before)), "final state");
        assertTrue(rollup.frozen(), "frozen");
    }

    // ----------------------------------------------------------------- escape

    function _frozen() private {
        deposit(0, ALICE, 10 ether);
        take(1, 0);
        deposit(0, ALICE, 1 ether);
        freezeByDeposits(EVE);
    }

    function test_Escape() external {
        _frozen();
        exitVerifier.accept(exitStatement(77, BOB, 0, 3 ether));
        vm.expectEmit(address(rollup));
        emit IRollup.Escaped(77, BOB, 0, 3 ether);
        vm.prank(EVE); // anybody may
        rollup.escape(77, BOB, 0, 3 ether, DIGEST, mockProof());
        assertTrue(rollup.escaped(77), "escaped");
        assertTrue(!rollup.escaped(76) && !rollup.escaped(78), "nobody else");
        assertEq(rollup.claimable(BOB, 0), 3 ether, "claimable");
        rollup.claim(0, BOB);
        assertEq(BOB.balance, 3 ether, "paid");
    }

    /// @dev Once for each account, however it is named.
    function test_AlreadyEscaped() external {
        _frozen();
        uint32[5] memory indices = [1, 255, 256, uint32(257), type(uint32).max];
        for (uint256 i = 0; i < indices.length; ++i) {
            escape(indices[i], BOB, 0, 1 ether);
            bytes memory err = abi.encodeWithSelector(IRollup.AlreadyEscaped.selector, indices[i]);
            vm.expectRevert(err);
            rollup.escape(indices[i], BOB, 0, 1 ether, DIGEST, mockProof());
            exitVerifier.accept(exitStatement(indices[i], ALICE, 0, 2));
            vm.expectRevert(err);
            rollup.escape(indices[i], ALICE, 0, 2, DIGEST, mockProof());
        }
        assertEq(rollup.claimable(BOB, 0), 5 ether, "each once");
    }

    function test_EscapeNotFrozen() external {
        exitVerifier.accept(exitStatement(1, BOB, 0, 1));
        vm.expectRevert(encoded(IRollup.NotFrozen.selector));
        rollup.escape(1, BOB, 0, 1, DIGEST, mockProof());
    }

    function test_EscapeOfNothing() external {
        _frozen();
        exitVerifier.accept(exitStatement(0, BOB, 0, 1));
        vm.expectRevert(encoded(IRollup.IndexReserved.selector));
        rollup.escape(0, BOB, 0, 1, DIGEST, mockProof());
        exitVerifier.accept(exitStatement(1, BOB, 0, 0));
        vm.expectRevert(abi.encodeWithSelector(IRollup.AmountInvalid.selector, 0));
        rollup.escape(1, BOB, 0, 0, DIGEST, mockProof());
    }

    /// @dev All that is credited is what was proven, of this state, by the exit circuit's verifier.
    function testFuzz_EscapeIsBound(uint32 index, address owner, uint32 token, uint128 amount, uint256 seed) external {
        vm.assume(index > 1 && amount > 1);
        _frozen();
        uint256[3] memory inputs = exitStatement(index, owner, token, amount);
        exitVerifier.accept(inputs);
        uint256 bit = random(seed, "bit", 0);
        bytes memory err = encoded(IGroth16Verifier.ProofInvalid.selector);
        vm.expectRevert(err);
        rollup.escape(index ^ uint32(1), owner, token, amount, DIGEST, mockProof());
        vm.expectRevert(err);
        rollup.escape(index, address(uint160(owner) ^ uint160(1 << bit % 160)), token, amount, DIGEST, mockProof());
        vm.expectRevert(err);
        rollup.escape(index, owner, token ^ uint32(1 << bit % 32), amount, DIGEST, mockProof());
        vm.expectRevert(err);
        rollup.escape(index, owner, token, amount ^ uint128(1), DIGEST, mockProof());
        vm.expectRevert(err);
        rollup.escape(index, owner, token, amount, DIGEST ^ (1 << bit % 256), mockProof());
        uint256[12] memory proof = mockProof();
        proof[bit % 12] ^= 1;
        vm.expectRevert(err);
        rollup.escape(index, owner, token, amount, DIGEST, proof);
        assertTrue(!rollup.escaped(index), "not yet");
        rollup.escape(index, owner, token, amount, DIGEST, mockProof());
        assertEq(rollup.claimable(owner, token), amount, "claimable");
    }

    /// @dev A proof for a batch is none for an escape.
    function test_EscapeNeedsTheExitVerifier() external {
        _frozen();
        uint256[3] memory inputs = exitStatement(1, BOB, 0, 1);
        verifier0.accept(inputs);
        verifier1.accept(inputs);
        vm.expectRevert(encoded(IGroth16Verifier.ProofInvalid.selector));
        rollup.escape(1, BOB, 0, 1, DIGEST, mockProof());
    }

    function test_EscapeProofRejected() external {
        IRollup.Config memory c = config();
        c.exitVerifier = address(new FalseVerifier());
        rollup = deploy(c, twoCircuits());
        _frozen();
        vm.expectRevert(encoded(IRollup.ProofRejected.selector));
        rollup.escape(1, BOB, 0, 1, DIGEST, mockProof());
    }

    /// @dev What proven batches paid stays claimable besides.
    function test_ExitsOfProvenBatchesStay() external {
        payOut(BOB, 0, 5);
        _frozen();
        escape(1, BOB, 0, 7);
        assertEq(rollup.claimable(BOB, 0), 12, "claimable");
        rollup.claim(0, BOB);
        assertEq(BOB.balance, 12, "paid");
    }

    // ---------------------------------------------------------------- refunds

    function test_RefundDeposit() external {
        deposit(ALICE, 0, BOB, 0, 1 ether);
        freezeByDeposits(EVE);
        IRollup.LaneProof memory proof = depositLane.prove(0, 1);
        vm.expectEmit(address(rollup));
        emit IRollup.DepositRefunded(0, ALICE, 0, 1 ether);
        vm.prank(EVE); // anybody may
        rollup.refundDeposit(0, queued(0), proof);
        assertTrue(rollup.refunded(0), "refunded");
        // Without the fee, to who paid, not to whom the account was for.
        assertEq(rollup.claimable(ALICE, 0), 1 ether, "payer");
        assertEq(rollup.claimable(BOB, 0), 0, "owner");
        vm.expectRevert(abi.encodeWithSelector(IRollup.NotRefundable.selector, 0));
        rollup.refundDeposit(0, queued(0), proof);
    }

    /// @dev Refunds start exactly where the final batch ended, whatever was committed behind it.
    function test_RefundsStartWhereTheFinalBatchEnded() external {
        for (uint256 i = 0; i < 20; ++i) {
            deposit(ALICE, i, BOB, 0, uint128(i + 1));
        }
        take(17, 0);
        Committed memory c = commit(nextBatch(2, 0, _none));
        freezeByDeposits(EVE);
        for (uint256 i = 0; i < 17; ++i) {
            IRollup.LaneProof memory proof = depositLane.prove(i, i + 1);
            vm.expectRevert(abi.encodeWithSelector(IRollup.NotRefundable.selector, i));
            rollup.refundDeposit(uint64(i), queued(i), proof);
        }
        for (uint256 i = 17; i < 20; ++i) {
            refund(i);
        }
        assertEq(rollup.claimable(ALICE, 0), 18 + 19 + 20, "refunded");
        IRollup.LaneProof memory last = depositLane.prove(19, 20);
        uint64[3] memory beyond = [20, 21, type(uint64).max];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IRollup.NotRefundable.selector, beyond[i]));
            rollup.refundDeposit(beyond[i], queued(19), last);
        }
        // The late proof of the batch that took two of them.
        verifier0.accept(c.inputs);
        vm.expectRevert(encoded(IRollup.IsFrozen.selector));
        rollup.proveBatches(one(proven(c)));
    }

    function test_RefundNotFrozen() external {
        deposit(0, ALICE, 1);
        IRollup.LaneProof memory proof = depositLane.prove(0, 1);
        vm.expectRevert(encoded(IRollup.NotFrozen.selector));
        rollup.refundDeposit(0, queued(0), proof);
    }

    /// @dev Only what was queued there is given back, and only to who paid it.
    function test_RefundLaneMismatch() external {
        for (uint256 i = 0; i < 18; ++i) {
            deposit(ALICE, i, BOB, 0, uint128(i + 1));
        }
        freezeByDeposits(EVE);
        bytes memory err = abi.encodeWithSelector(IRollup.LaneMismatch.selector, DEPOSITS);
        for (uint256 fault = 0; fault < 11; ++fault) {
            IRollup.QueuedDeposit memory d = queued(16);
            IRollup.LaneProof memory proof = depositLane.prove(16, 17);
            if (fault == 0) d.keyX = keyX[1];
            if (fault == 1) d.keyY ^= 1;
            if (fault == 2) d.owner = EVE;
            if (fault == 3) d.token = 1;
            if (fault == 4) d.amount += 1;
            if (fault == 5) proof.metas[0] = bytes32(uint256(uint160(EVE)) * 2 ** 64 + START);
            if (fault == 6) proof.metas = new bytes32[](0);
            if (fault == 7) proof.metas = LaneModel.slice(depositLane.metas, 16, 18);
            if (fault == 8) proof.rest = new bytes32[](0);
            if (fault == 9) proof.before = LaneModel.slice(depositLane.entries, 0, 16);
            if (fault == 10) (d, proof) = (queued(17), depositLane.prove(17, 18));
            vm.expectRevert(err);
            rollup.refundDeposit(16, d, proof);
        }
        assertTrue(!rollup.refunded(16), "not yet");
        refund(16);
    }

    /// @dev Whatever was taken and however it is claimed: each deposit that no proven batch took goes back once.
    function testFuzz_Refunds(uint256 seed) external {
        uint256 n = 1 + random(seed, "n", 0) % 40;
        uint256 sum;
        for (uint256 i = 0; i < n; ++i) {
            uint128 amount = uint128(1 + random(seed, "amount", i) % 1 ether);
            deposit(ALICE, i, BOB, 0, amount);
        }
        uint256 taken = random(seed, "taken", 0) % n;
        take(taken, 0);
        for (uint256 i = taken; i < n; ++i) {
            sum += queuedDeposits[i].amount;
        }
        freezeByDeposits(EVE);
        for (uint256 i = 0; i < 2 * n; ++i) {
            uint256 position = random(seed, "position", i) % n;
            bool possible = position >= taken && !rollup.refunded(uint64(position));
            IRollup.LaneProof memory proof = depositLane.prove(position, position + 1);
            if (!possible) vm.expectRevert(abi.encodeWithSelector(IRollup.NotRefundable.selector, position));
            rollup.refundDeposit(uint64(position), queued(position), proof);
        }
        for (uint256 i = taken; i < n; ++i) {
            if (!rollup.refunded(uint64(i))) refund(i);
        }
        assertEq(rollup.claimable(ALICE, 0), sum, "refunded");
    }
}
