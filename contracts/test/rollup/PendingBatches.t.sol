// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IGroth16Verifier } from "../../src/interfaces/IGroth16Verifier.sol";
import { IRollup } from "../../src/interfaces/IRollup.sol";
import { LaneModel } from "../utils/LaneModel.sol";
import { PlainBatches } from "../utils/PlainBatches.sol";
import { RollupTest } from "../utils/RollupTest.sol";

/// @dev Chains of batches that are committed and not proven yet, what they take of the lanes, and how they go.
contract PendingBatchesTest is RollupTest {
    using LaneModel for LaneModel.Model;
    using PlainBatches for PlainBatches.Batch;

    IRollup.Lane private constant DEPOSITS = IRollup.Lane.Deposits;
    IRollup.Lane private constant EXITS = IRollup.Lane.Exits;

    PlainBatches.Exit[] private _none;

    /// @dev Commits n batches in a row, each with one deposit and an exit of its number in wei.
    function _chain(uint256 n) private returns (Committed[] memory chain) {
        chain = new Committed[](n);
        IRollup.Record memory previous = finalRecord();
        for (uint256 i = 0; i < n; ++i) {
            deposit(i, ALICE, 1 ether);
            chain[i] = commit(batchAfter(previous, 1, 0, oneExit(BOB, 0, uint128(i + 1))), previous);
            previous = chain[i].record;
            assertEq(rollup.lastCommitted(), previous.number, "last committed");
            assertEq(rollup.recordHash(previous.number), keccak256(abi.encode(previous)), "record");
        }
    }

    function _proofs(Committed[] memory chain, uint256 from, uint256 to)
        private
        returns (IRollup.Proven[] memory proofs)
    {
        proofs = new IRollup.Proven[](to - from);
        for (uint256 i = from; i < to; ++i) {
            verifier0.accept(chain[i].inputs);
            proofs[i - from] = proven(chain[i]);
        }
    }

    // ----------------------------------------------------------------- chains

    function test_ProveSeveral() external {
        Committed[] memory chain = _chain(5);
        rollup.proveBatches(_proofs(chain, 0, 2));
        assertEq(finalRecord().number, 2, "number");
        assertEq(rollup.claimable(BOB, 0), 3, "exits of two");
        assertEq(rollup.recordHash(2), 0, "proven");
        assertEq(rollup.recordHash(3), keccak256(abi.encode(chain[2].record)), "still pending");

        IRollup.Proven[] memory proofs = _proofs(chain, 2, 5);
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectEmit(address(rollup));
            emit IRollup.BatchFinalized(uint32(3 + i), chain[2 + i].record.commitment, uint64(3 + i), 0);
            vm.expectEmit(address(rollup));
            emit IRollup.ExitCredited(BOB, 0, uint128(3 + i));
        }
        rollup.proveBatches(proofs);
        IRollup.Record memory r = finalRecord();
        assertEq(r.number, 5, "number");
        assertEq(r.commitment, chain[4].record.commitment, "commitment");
        assertEq(r.depositsEnd, 5, "deposits");
        assertEq(rollup.claimable(BOB, 0), 15, "exits of all");
        assertEq(rollup.claimable(OPERATOR, 0), 5 * FEE, "fees");
        assertEq(rollup.lastCommitted(), 5, "last committed");
        for (uint32 n = 0; n < 8; ++n) {
            assertEq(rollup.recordHash(n), 0, "nothing pending");
        }
    }

    /// @dev In order, from the first, without gaps, and no batch twice.
    function test_ProveInOrder() external {
        Committed[] memory chain = _chain(3);
        IRollup.Proven[] memory all = _proofs(chain, 0, 3);
        bytes memory first = abi.encodeWithSelector(IRollup.RecordUnknown.selector, 1);
        vm.expectRevert(first);
        rollup.proveBatches(one(all[1]));
        vm.expectRevert(first);
        rollup.proveBatches(one(all[2]));
        IRollup.Proven[] memory two = new IRollup.Proven[](2);
        (two[0], two[1]) = (all[0], all[2]);
        bytes memory second = abi.encodeWithSelector(IRollup.RecordUnknown.selector, 2);
        vm.expectRevert(second);
        rollup.proveBatches(two);
        two[1] = all[0];
        vm.expectRevert(second);
        rollup.proveBatches(two);
        rollup.proveBatches(one(all[0]));
        vm.expectRevert(second);
        rollup.proveBatches(one(all[0]));
        (two[0], two[1]) = (all[1], all[2]);
        rollup.proveBatches(two);
        vm.expectRevert(abi.encodeWithSelector(IRollup.RecordUnknown.selector, 4));
        rollup.proveBatches(one(all[2]));
        assertEq(rollup.claimable(BOB, 0), 6, "each exit once");
    }

    /// @dev One proof that is none among several: nothing moves.
    function test_OneBadProofOfSeveral() external {
        Committed[] memory chain = _chain(3);
        IRollup.Proven[] memory all = _proofs(chain, 0, 3);
        for (uint256 i = 0; i < 3; ++i) {
            all[i].proof[0] = 0;
            vm.expectRevert(encoded(IGroth16Verifier.ProofInvalid.selector));
            rollup.proveBatches(all);
            all[i].proof = mockProof();
        }
        assertEq(finalRecord().number, 0, "number");
        assertEq(rollup.claimable(BOB, 0), 0, "exits");
        rollup.proveBatches(all);
    }

    /// @dev A record is known by all of its fields, to whoever commits, proves or reverts.
    function test_RecordUnknown() external {
        Committed memory c = _chain(1)[0];
        verifier0.accept(c.inputs);
        bytes memory err = abi.encodeWithSelector(IRollup.RecordUnknown.selector, 1);
        IRollup.Commit memory next = commitOf(batchAfter(c.record, 0, 0, _none), c.record);
        vm.warp(time() + PROOF_TIMEOUT);
        for (uint256 field = 0; field < 8; ++field) {
            IRollup.Proven memory p = proven(c);
            p.record = abi.decode(abi.encode(c.record), (IRollup.Record)); // a copy
            if (field == 0) p.record.number += 1;
            if (field == 1) p.record.depositsEnd += 1;
            if (field == 2) p.record.exitsEnd += 1;
            if (field == 3) p.record.time -= 1;
            if (field == 4) p.record.verifier = address(verifier1);
            if (field == 5) p.record.commitment += 1;
            if (field == 6) p.record.inputs = 0;
            if (field == 7) p.record.exits = 0;
            vm.expectRevert(err);
            rollup.proveBatches(one(p));
            commitRefused(next, p.record, err);
            vm.expectRevert(err);
            rollup.revertBatches(p.record);
        }
        this.commitCall(next, c.record);
    }

    /// @dev A batch continues the last pending one, not the final state.
    function test_PendingBatchContinuesItsPredecessor() external {
        Committed[] memory chain = _chain(2);
        deposit(5, ALICE, 1 ether);
        // On the final state, in all or in some respects.
        IRollup.Record memory genesis = finalRecord();
        IRollup.Commit memory c = commitOf(batchAfter(genesis, 1, 0, _none), genesis);
        bytes memory err =
            abi.encodeWithSelector(IRollup.CommitmentStale.selector, chain[1].record.commitment, genesis.commitment);
        commitRefused(c, chain[1].record, err);
        // With the right predecessor's record missing, or the one before it.
        c = commitOf(batchAfter(chain[1].record, 1, 0, _none), chain[1].record);
        err = abi.encodeWithSelector(IRollup.RecordUnknown.selector, 2);
        commitRefused(c, noRecord(), err);
        commitRefused(c, chain[0].record, err);
        commitRefused(c, genesis, err);
        this.commitCall(c, chain[1].record);
        assertEq(rollup.lastCommitted(), 3, "last committed");
    }

    function test_BatchesPending() external {
        Committed memory c = _chain(2)[0];
        IRollup.Record memory genesis = finalRecord();
        IRollup.Commit memory call = commitOf(batchAfter(genesis, 0, 0, _none), genesis);
        vm.prank(OPERATOR, OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IRollup.BatchesPending.selector, 2));
        rollup.commitAndProveBatch(call, mockProof());
        rollup.proveBatches(_proofs(_of(c), 0, 1));
        vm.prank(OPERATOR, OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IRollup.BatchesPending.selector, 2));
        rollup.commitAndProveBatch(call, mockProof());
    }

    function _of(Committed memory c) private pure returns (Committed[] memory list) {
        list = new Committed[](1);
        list[0] = c;
    }

    /// @dev Batch numbers stay below 2^32, as the circuits have it.
    function test_NumbersEnd() external {
        uint256 last = type(uint32).max;
        vm.store(address(rollup), 0, bytes32(last * 2 ** 32 + last)); // both numbers
        assertEq(finalRecord().number, last, "number");
        PlainBatches.Batch memory b = nextBatch();
        IRollup.Commit memory c;
        c.digest = DIGEST;
        c.data = b.encode();
        commitRefused(c, noRecord(), abi.encodeWithSignature("Panic(uint256)", 0x11));
    }

    // ------------------------------------------------------------------ lanes

    /// @dev Every field of what is queued is part of the lane's hash; index and `opened` are the batch's own.
    function test_LaneMismatchInDeposits() external {
        deposit(0, ALICE, 1 ether);
        vm.warp(START + 1);
        deposit(9, BOB, 2 ether);
        bytes memory err = abi.encodeWithSelector(IRollup.LaneMismatch.selector, DEPOSITS);
        for (uint256 field = 0; field < 10; ++field) {
            PlainBatches.Batch memory b = nextBatch(2, 0, _none);
            PlainBatches.Deposit memory d = b.deposits[1];
            if (field == 0) d.keyX = keyX[4];
            if (field == 1) d.keyY ^= 1;
            if (field == 2) d.owner = ALICE;
            if (field == 3) d.token = 1;
            if (field == 4) d.amount += 1;
            if (field == 5) b.deposits[1] = b.deposits[0];
            if (field == 6) (b.deposits[0], b.deposits[1]) = (b.deposits[1], b.deposits[0]);
            IRollup.Commit memory c = commitOf(b, finalRecord());
            if (field == 7) c.deposits.metas[1] = c.deposits.metas[0];
            if (field == 8) c.deposits.metas = new bytes32[](1);
            if (field == 9) c.deposits.metas = new bytes32[](3);
            commitRefused(c, noRecord(), err);
        }
        PlainBatches.Batch memory free = nextBatch(2, 0, _none);
        free.deposits[0].index = 4242;
        free.deposits[1].opened = 0;
        commitAndProve(free);
        assertEq(finalRecord().depositsEnd, 2, "taken");
    }

    function test_LaneMismatchInForcedExits() external {
        requestExit(ALICE, 7);
        requestExit(BOB, 8);
        bytes memory err = abi.encodeWithSelector(IRollup.LaneMismatch.selector, EXITS);
        for (uint256 field = 0; field < 7; ++field) {
            PlainBatches.Batch memory b = nextBatch(0, 2, _none);
            if (field == 0) b.forcedExits[1].sender = ALICE;
            if (field == 1) b.forcedExits[1].index = 7;
            if (field == 2) b.forcedExits[1] = b.forcedExits[0];
            if (field == 3) (b.forcedExits[0], b.forcedExits[1]) = (b.forcedExits[1], b.forcedExits[0]);
            IRollup.Commit memory c = commitOf(b, finalRecord());
            if (field == 4) c.exits.metas[1] = c.exits.metas[0];
            if (field == 5) c.exits.metas = new bytes32[](1);
            if (field == 6) c.exits.metas = new bytes32[](3);
            commitRefused(c, noRecord(), err);
        }
        take(0, 2);
        assertEq(finalRecord().exitsEnd, 2, "taken");
    }

    /// @dev What was never queued cannot be taken: from an empty lane, or behind its end.
    function test_NothingIsTakenThatIsNotQueued() external {
        PlainBatches.Batch memory b = nextBatch();
        b.deposits = new PlainBatches.Deposit[](1);
        b.deposits[0] = PlainBatches.Deposit(keyX[0], keyY[0], EVE, 0, 1, 1, 1 ether);
        IRollup.Commit memory c;
        c.digest = DIGEST;
        c.data = b.encode();
        c.deposits.metas = new bytes32[](1);
        commitRefused(c, noRecord(), abi.encodeWithSelector(IRollup.LaneMismatch.selector, DEPOSITS));

        b = nextBatch();
        b.forcedExits = new PlainBatches.ForcedExit[](1);
        b.forcedExits[0] = PlainBatches.ForcedExit(EVE, 1);
        c.data = b.encode();
        c.exits.metas = new bytes32[](1);
        commitRefused(c, noRecord(), abi.encodeWithSelector(IRollup.LaneMismatch.selector, EXITS));
    }

    /// @dev Two pending batches cannot take the same entries, of either lane, nor leave any out.
    function test_PendingBatchesTakeEachEntryOnce() external {
        for (uint256 i = 0; i < 3; ++i) {
            deposit(i, ALICE, 1 ether);
            requestExit(ALICE, uint32(i + 1));
        }
        Committed memory first = commit(nextBatch(1, 1, _none));
        for (uint256 wrong = 0; wrong < 3; wrong += 2) {
            // The first entry again, or the third.
            IRollup.Record memory from = abi.decode(abi.encode(first.record), (IRollup.Record));
            from.depositsEnd = uint64(wrong);
            IRollup.Commit memory c = commitOf(batchAfter(from, 1, 0, _none), from);
            commitRefused(c, first.record, abi.encodeWithSelector(IRollup.LaneMismatch.selector, DEPOSITS));
            from.depositsEnd = 1;
            from.exitsEnd = uint64(wrong);
            c = commitOf(batchAfter(from, 0, 1, _none), from);
            commitRefused(c, first.record, abi.encodeWithSelector(IRollup.LaneMismatch.selector, EXITS));
        }
        Committed memory second = commit(batchAfter(first.record, 2, 2, _none), first.record);
        prove(first);
        prove(second);
        IRollup.Record memory r = finalRecord();
        assertEq(uint256(r.depositsEnd) + r.exitsEnd, 6, "all taken");
        // Nor does a final one leave them for another.
        r.depositsEnd = 2;
        IRollup.Commit memory again = commitOf(batchAfter(r, 1, 0, _none), r);
        commitRefused(again, noRecord(), abi.encodeWithSelector(IRollup.LaneMismatch.selector, DEPOSITS));
    }

    /// @dev Batches that end and begin around the multiples of 16, in both lanes, pending and final.
    function test_LanesAcrossCheckpoints() external {
        uint256[10] memory ends = [uint256(15), 16, 17, 31, 32, 33, 47, 48, 64, 65];
        for (uint256 i = 0; i < 70; ++i) {
            deposit(i % keyX.length, ALICE, uint128(i + 1));
            requestExit(ALICE, uint32(i + 1));
        }
        Committed memory pending;
        IRollup.Record memory previous = finalRecord();
        for (uint256 i = 0; i < ends.length; ++i) {
            uint256 n = ends[i] - previous.depositsEnd;
            Committed memory c = commit(batchAfter(previous, n, n, _none), previous);
            if (i % 3 == 2) {
                prove(pending);
                prove(c);
            }
            if (i % 3 == 0 && i != 0) prove(c);
            pending = c;
            previous = c.record;
            // Keep the order: batch 1 is pending alone, 2 and 3 are proven together, and so on.
            if (i == 0) prove(c);
        }
        assertEq(rollup.lastCommitted(), ends.length, "last committed");
    }

    /// @dev Any grouping, proven at any time, across checkpoints: each entry is taken once, in order.
    /// forge-config: default.fuzz.runs = 48
    function testFuzz_EntriesAreAPrefix(uint256 seed) external {
        IRollup.Record memory previous = finalRecord();
        Committed[] memory pending = new Committed[](4);
        uint256 n;
        for (uint256 round = 0; round < 8; ++round) {
            uint256 more = random(seed, "queue", round) % 12;
            for (uint256 i = 0; i < more; ++i) {
                deposit(i, ALICE, uint128(1 + i));
                requestExit(address(uint160(1000 * round + i + 1)), 9);
            }
            uint256 deposits = random(seed, "d", round) % (depositLane.count() - previous.depositsEnd + 1);
            uint256 forced = random(seed, "x", round) % (exitLane.count() - previous.exitsEnd + 1);
            if (deposits + forced > 40) continue;
            pending[n] = commit(batchAfter(previous, deposits, forced, _none), previous);
            previous = pending[n].record;
            ++n;
            if (n == 4 || random(seed, "prove", round) % 2 == 0) {
                rollup.proveBatches(_proofs(pending, 0, n));
                n = 0;
                assertEq(
                    keccak256(abi.encode(finalRecord().depositsEnd, finalRecord().exitsEnd)),
                    keccak256(abi.encode(previous.depositsEnd, previous.exitsEnd)),
                    "ends"
                );
            }
        }
    }

    // ----------------------------------------------------------------- revert

    function test_Revert() external {
        Committed[] memory chain = _chain(3);
        IRollup.Record memory genesis = finalRecord();
        vm.warp(time() + PROOF_TIMEOUT);
        vm.expectEmit(address(rollup));
        emit IRollup.BatchesReverted(0);
        vm.prank(EVE);
        rollup.revertBatches(chain[0].record);
        assertEq(rollup.lastCommitted(), 0, "last committed");
        for (uint32 n = 0; n < 5; ++n) {
            assertEq(rollup.recordHash(n), 0, "record");
        }
        // None of them can be proven any more, nor built on.
        IRollup.Proven[] memory proofs = _proofs(chain, 0, 3);
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IRollup.RecordUnknown.selector, 1));
            rollup.proveBatches(one(proofs[i]));
        }
        IRollup.Record memory last = chain[2].record;
        IRollup.Commit memory c = commitOf(batchAfter(last, 0, 0, _none), last);
        bytes memory err = abi.encodeWithSelector(IRollup.CommitmentStale.selector, genesis.commitment, last.commitment);
        commitRefused(c, last, err);

        // The numbers and the entries are taken by others; what is stale above them stays so.
        Committed memory other = commit(nextBatch(3, 0, oneExit(ALICE, 0, 7)));
        assertEq(other.record.number, 1, "number");
        vm.expectRevert(abi.encodeWithSelector(IRollup.RecordUnknown.selector, 1));
        rollup.proveBatches(one(proofs[0]));
        prove(other);
        vm.expectRevert(abi.encodeWithSelector(IRollup.RecordUnknown.selector, 2));
        rollup.proveBatches(one(proofs[1]));
        assertEq(rollup.claimable(BOB, 0), 0, "reverted exits");
        assertEq(rollup.claimable(ALICE, 0), 7, "exits of the other");
    }

    /// @dev Anybody exactly at the timeout of the oldest, and not a second before; the operator at any time.
    function test_RevertTooEarly() external {
        Committed memory first = commit(nextBatch());
        vm.warp(START + 1000);
        Committed memory second = commit(batchAfter(first.record, 0, 0, oneExit(BOB, 0, 1)), first.record);
        vm.warp(START + PROOF_TIMEOUT - 1);
        bytes memory err = abi.encodeWithSelector(IRollup.TooEarly.selector, START + PROOF_TIMEOUT);
        address[2] memory callers = [EVE, GOVERNOR];
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(err);
            rollup.revertBatches(first.record);
        }
        // Once the oldest is proven, the next one's time counts.
        prove(first);
        vm.warp(START + PROOF_TIMEOUT + 999);
        vm.prank(EVE);
        vm.expectRevert(abi.encodeWithSelector(IRollup.TooEarly.selector, START + 1000 + PROOF_TIMEOUT));
        rollup.revertBatches(second.record);
        vm.warp(START + PROOF_TIMEOUT + 1000);
        vm.prank(EVE);
        rollup.revertBatches(second.record);

        Committed memory third = commit(nextBatch());
        vm.prank(OPERATOR);
        rollup.revertBatches(third.record);
        assertEq(rollup.lastCommitted(), 1, "last committed");
    }

    function test_NothingPending() external {
        bytes memory err = encoded(IRollup.NothingPending.selector);
        vm.expectRevert(err);
        rollup.revertBatches(noRecord());
        Committed memory c = commit(nextBatch());
        prove(c);
        vm.prank(OPERATOR);
        vm.expectRevert(err);
        rollup.revertBatches(c.record);
    }

    /// @dev The oldest record has to be shown, not a younger one.
    function test_RevertByAnotherRecord() external {
        Committed[] memory chain = _chain(2);
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IRollup.RecordUnknown.selector, 1));
        rollup.revertBatches(chain[1].record);
    }

    /// @dev A revert and a proof of the same batches, in either order: one of them counts.
    function test_RevertRacingAProof() external {
        Committed[] memory chain = _chain(2);
        IRollup.Proven[] memory proofs = _proofs(chain, 0, 2);
        vm.warp(time() + PROOF_TIMEOUT);
        // The proof of the first comes in between.
        rollup.proveBatches(one(proofs[0]));
        vm.prank(EVE);
        vm.expectRevert(abi.encodeWithSelector(IRollup.RecordUnknown.selector, 2));
        rollup.revertBatches(chain[0].record);
        vm.prank(EVE);
        rollup.revertBatches(chain[1].record);
        vm.expectRevert(abi.encodeWithSelector(IRollup.RecordUnknown.selector, 2));
        rollup.proveBatches(one(proofs[1]));
        assertEq(rollup.claimable(BOB, 0), 1, "exit of the proven one");
        // The same batch, committed again, has another time: its proof is the same, and counts once.
        vm.warp(time() + 1);
        Committed memory again = commit(batchAfter(finalRecord(), 1, 0, oneExit(BOB, 0, 2)));
        assertEq(again.record.inputs, chain[1].record.inputs, "the same statement");
        prove(again);
        assertEq(rollup.claimable(BOB, 0), 3, "exits");
    }

    function test_RevertWhenFrozen() external {
        Committed memory c = _chain(1)[0];
        freezeByDeposits(EVE);
        vm.prank(OPERATOR);
        vm.expectRevert(encoded(IRollup.IsFrozen.selector));
        rollup.revertBatches(c.record);
    }

    // ------------------------------------------------------------------- fees

    /// @dev As long as a lane is short, the operator earns each entry's fee when it is proven, not before.
    function test_FeesAreEarnedByProof() external {
        for (uint256 i = 0; i < 5; ++i) {
            deposit(i, ALICE, 1);
            requestExit(ALICE, uint32(i + 1));
        }
        Committed memory c = commit(nextBatch(2, 3, _none));
        assertEq(rollup.claimable(OPERATOR, 0), 0, "before the proof");
        address newOperator = address(0x2);
        vm.prank(GOVERNOR);
        rollup.setOperator(newOperator);
        prove(c);
        assertEq(rollup.claimable(OPERATOR, 0), 0, "the former operator");
        assertEq(rollup.claimable(newOperator, 0), 5 * FEE, "the operator at the proof");
        assertEq(escrow(DEPOSITS), 3 * FEE, "escrow of deposits");
        assertEq(escrow(EXITS), 2 * FEE, "escrow of exits");
    }

    /// @dev What a long lane made entries cost above the fee of an empty one goes to nobody.
    function test_SurgeIsBurnt() external {
        for (uint256 i = 0; i < 100; ++i) {
            requestExit(ALICE, uint32(i + 1));
        }
        uint256 paid = 64 * FEE + 36 * 2 * FEE;
        assertEq(escrow(EXITS), paid, "escrow");
        take(0, 25);
        assertEq(rollup.claimable(OPERATOR, 0), 25 * FEE, "earned");
        assertEq(rollup.claimable(address(0), 0), paid / 4 - 25 * FEE, "burnt");
        assertEq(escrow(EXITS), paid - paid / 4, "escrow");
        take(0, 40);
        take(0, 35);
        assertEq(rollup.claimable(OPERATOR, 0), 100 * FEE, "earned");
        assertEq(rollup.claimable(address(0), 0), 36 * FEE, "burnt");
        assertEq(escrow(EXITS), 0, "escrow");
        rollup.claim(0, address(0));
        assertEq(address(rollup).balance, 100 * FEE, "left");
    }

    /// @dev Whatever is queued and taken in whatever portions, fees are neither made nor lost, and the operator earns
    /// one empty lane's fee for each entry.
    /// forge-config: default.fuzz.runs = 48
    function testFuzz_FeesAddUp(uint256 seed) external {
        uint256 paid;
        for (uint256 round = 0; round < 6; ++round) {
            uint256 more = random(seed, "queue", round) % 60;
            for (uint256 i = 0; i < more; ++i) {
                paid += rollup.queueFee(EXITS);
                requestExit(address(uint160(1000 * round + i + 1)), 9);
            }
            uint256 waits = waiting(EXITS);
            take(0, random(seed, "take", round) % ((waits < 40 ? waits : 40) + 1));
            uint256 earned = rollup.claimable(OPERATOR, 0);
            assertEq(earned, finalRecord().exitsEnd * FEE, "earned");
            assertEq(earned + rollup.claimable(address(0), 0) + escrow(EXITS), paid, "fees");
            assertTrue(escrow(EXITS) >= waiting(EXITS) * FEE, "a fee for each that waits");
        }
        assertEq(address(rollup).balance, paid, "held");
    }
}
