// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IGroth16Verifier } from "../../src/interfaces/IGroth16Verifier.sol";
import { IRollup } from "../../src/interfaces/IRollup.sol";
import { FIELD_ORDER } from "../../src/libraries/Constants.sol";
import { PublishedData } from "../../src/libraries/PublishedData.sol";
import { FalseVerifier, SilentContract } from "../utils/MockVerifiers.sol";
import { PlainBatches } from "../utils/PlainBatches.sol";
import { RollupTest } from "../utils/RollupTest.sol";

/// @dev What a commitment and a proof have to be for one batch. Chains of batches and lanes: see PendingBatches.t.sol.
contract BatchesTest is RollupTest {
    using PlainBatches for PlainBatches.Batch;

    /// @dev Some of everything that a batch can have.
    function _fullBatch() private returns (PlainBatches.Batch memory b) {
        deposit(0, ALICE, 1 ether);
        deposit(9, BOB, 2 ether);
        deposit(3, BOB, 3 ether); // stays queued
        requestExit(BOB, 4);
        requestExit(ALICE, 3); // stays queued
        PlainBatches.Exit[] memory exits = new PlainBatches.Exit[](3);
        exits[0] = PlainBatches.Exit(ALICE, 0, 5);
        exits[1] = PlainBatches.Exit(BOB, 0, 7);
        exits[2] = PlainBatches.Exit(ALICE, 0, 11);
        b = nextBatch(2, 1, exits);
        b.openings = new PlainBatches.Opening[](1);
        b.openings[0] = PlainBatches.Opening(keyX[5], keyY[5], BOB, 0, 77);
        b.feeAccounts = new PlainBatches.FeeAccount[](1);
        b.feeAccounts[0] = PlainBatches.FeeAccount(0, 1);
        b.transfers = new bytes13[](5);
        for (uint256 i = 0; i < 5; ++i) {
            b.transfers[i] = bytes13(bytes32(random(1, "transfer", i)));
        }
    }

    function _expectCredits() private {
        vm.expectEmit(address(rollup));
        emit IRollup.ExitCredited(ALICE, 0, 5);
        vm.expectEmit(address(rollup));
        emit IRollup.ExitCredited(BOB, 0, 7);
        vm.expectEmit(address(rollup));
        emit IRollup.ExitCredited(ALICE, 0, 11);
    }

    function _assertFinal(PlainBatches.Batch memory b) private view {
        (uint32 number, uint256 commitment, uint64 depositsEnd, uint64 exitsEnd) = rollup.finalized();
        assertEq(number, 1, "number");
        assertEq(commitment, b.newCommitment, "commitment");
        assertEq(depositsEnd, 2, "deposits");
        assertEq(exitsEnd, 1, "exits");
        assertEq(rollup.lastCommitted(), 1, "last committed");
        assertEq(rollup.recordHash(1), 0, "no record is left");
        assertEq(rollup.claimable(ALICE, 0), 16, "Alice");
        assertEq(rollup.claimable(BOB, 0), 7, "Bob");
        assertEq(rollup.claimable(OPERATOR, 0), 3 * FEE, "fees");
        assertEq(escrow(IRollup.Lane.Deposits), FEE, "escrow of deposits");
        assertEq(escrow(IRollup.Lane.Exits), FEE, "escrow of exits");
    }

    function test_CommitAndProve() external {
        PlainBatches.Batch memory b = _fullBatch();
        IRollup.Record memory genesis = finalRecord();
        Committed memory c = committed(b, genesis);
        verifier0.accept(c.inputs);
        IRollup.Commit memory call = commitOf(b, genesis);
        vm.expectEmit(address(rollup));
        emit IRollup.BatchCommitted(1, 0, keccak256(c.data), c.inputs, c.record);
        vm.expectEmit(address(rollup));
        emit IRollup.BatchFinalized(1, b.newCommitment, 2, 1);
        _expectCredits();
        vm.prank(OPERATOR, OPERATOR);
        rollup.commitAndProveBatch(call, mockProof());
        _assertFinal(b);
    }

    function test_CommitThenProve() external {
        PlainBatches.Batch memory b = _fullBatch();
        IRollup.Record memory genesis = finalRecord();
        Committed memory c = committed(b, genesis);
        IRollup.Commit memory call = commitOf(b, genesis);
        vm.expectEmit(address(rollup));
        emit IRollup.BatchCommitted(1, 0, keccak256(c.data), c.inputs, c.record);
        vm.prank(OPERATOR, OPERATOR);
        rollup.commitBatch(call, noRecord());

        // Nothing has moved but the chain of pending batches.
        assertEq(keccak256(abi.encode(finalRecord())), keccak256(abi.encode(genesis)), "final state");
        assertEq(rollup.lastCommitted(), 1, "last committed");
        assertEq(rollup.recordHash(1), keccak256(abi.encode(c.record)), "record");
        assertEq(rollup.claimable(ALICE, 0) + rollup.claimable(BOB, 0) + rollup.claimable(OPERATOR, 0), 0, "credits");
        assertEq(escrow(IRollup.Lane.Deposits), 3 * FEE, "escrow");

        verifier0.accept(c.inputs);
        vm.warp(time() + 3);
        vm.expectEmit(address(rollup));
        emit IRollup.BatchFinalized(1, b.newCommitment, 2, 1);
        _expectCredits();
        vm.prank(EVE); // anybody proves
        rollup.proveBatches(one(proven(c)));
        _assertFinal(b);
    }

    function test_EmptyBatches() external {
        for (uint256 i = 1; i <= 4; ++i) {
            PlainBatches.Batch memory b = nextBatch();
            if (i % 2 == 0) prove(commit(b));
            else commitAndProve(b);
            IRollup.Record memory r = finalRecord();
            assertEq(r.number, i, "number");
            assertEq(r.commitment, b.newCommitment, "commitment");
        }
    }

    // ------------------------------------------------------------ who, where

    function _bothRefused(PlainBatches.Batch memory b, address sender, address origin, bytes memory err) private {
        IRollup.Commit memory c = commitOf(b, finalRecord());
        verifier0.accept(committed(b, finalRecord()).inputs);
        vm.prank(sender, origin);
        vm.expectRevert(err);
        rollup.commitBatch(c, noRecord());
        vm.prank(sender, origin);
        vm.expectRevert(err);
        rollup.commitAndProveBatch(c, mockProof());
    }

    function test_NotOperator() external {
        bytes memory err = abi.encodeWithSelector(IRollup.NotOperator.selector, ALICE);
        _bothRefused(nextBatch(), ALICE, ALICE, err);
        _bothRefused(nextBatch(), ALICE, OPERATOR, err);
        err = abi.encodeWithSelector(IRollup.NotOperator.selector, GOVERNOR);
        _bothRefused(nextBatch(), GOVERNOR, GOVERNOR, err);
    }

    /// @dev An operator that is a contract, or an account that was called with somebody else's transaction.
    function test_NotDirect() external {
        bytes memory err = encoded(IRollup.NotDirect.selector);
        _bothRefused(nextBatch(), OPERATOR, ALICE, err);
        address contractOperator = address(new SilentContract());
        vm.prank(GOVERNOR);
        rollup.setOperator(contractOperator);
        _bothRefused(nextBatch(), contractOperator, ALICE, err);
    }

    /// @dev EIP-7702: the operator's account with delegated code. Its own transaction could call a contract that calls
    /// it back, and the batch would be in nobody's calldata.
    function test_NotDirectWithDelegatedCode() external {
        vm.etch(OPERATOR, abi.encodePacked(hex"ef0100", address(verifier0)));
        _bothRefused(nextBatch(), OPERATOR, OPERATOR, encoded(IRollup.NotDirect.selector));
        vm.etch(OPERATOR, "");
        commitAndProve(nextBatch());
    }

    /// @dev The same call with its parts in other places: valid for the ABI, and refused, so that there is one place
    /// to find a batch's data in.
    function test_DataInAnotherPlace() external {
        PlainBatches.Batch memory b = _fullBatch();
        IRollup.Commit memory c = commitOf(b, finalRecord());
        verifier0.accept(committed(b, finalRecord()).inputs);
        bytes[2] memory calls = [
            abi.encodeCall(IRollup.commitBatch, (c, noRecord())),
            abi.encodeCall(IRollup.commitAndProveBatch, (c, mockProof()))
        ];
        uint256[2] memory heads = [uint256(9), 13];
        for (uint256 i = 0; i < 2; ++i) {
            // A word in front of the batch, whose offset is raised by as much.
            bytes memory call = bytes.concat(_slice(calls[i], 0, 4 + 32 * heads[i]), bytes32(0));
            call = bytes.concat(call, _slice(calls[i], 4 + 32 * heads[i], calls[i].length));
            _addToWord(call, 4, 32);
            _refusedCall(call);

            // A word in front of the data alone: three offsets are raised.
            uint256 tail = 4 + 32 * (heads[i] + 5);
            call = bytes.concat(_slice(calls[i], 0, tail), bytes32(0), _slice(calls[i], tail, calls[i].length));
            for (uint256 word = 2; word < 5; ++word) {
                _addToWord(call, 4 + 32 * (heads[i] + word), 32);
            }
            _refusedCall(call);
        }
        vm.prank(OPERATOR, OPERATOR);
        (bool ok,) = address(rollup).call(calls[1]);
        assertTrue(ok, "as the ABI has it");
    }

    function _refusedCall(bytes memory call) private {
        vm.prank(OPERATOR, OPERATOR);
        (bool ok, bytes memory reason) = address(rollup).call(call);
        assertTrue(!ok && bytes4(reason) == IRollup.NotDirect.selector, "data in another place");
    }

    function _slice(bytes memory data, uint256 from, uint256 to) private pure returns (bytes memory out) {
        out = new bytes(to - from);
        for (uint256 i = from; i < to; ++i) {
            out[i - from] = data[i];
        }
    }

    function _addToWord(bytes memory data, uint256 offset, uint256 by) private pure {
        assembly ("memory-safe") {
            let p := add(add(data, 0x20), offset)
            mstore(p, add(mload(p), by))
        }
    }

    function test_WrongChain() external {
        Committed memory c = commit(nextBatch());
        bytes memory err = abi.encodeWithSelector(IRollup.WrongChain.selector, 12345);
        vm.chainId(12345);
        _bothRefused(nextBatch(), OPERATOR, OPERATOR, err);
        verifier0.accept(c.inputs);
        vm.expectRevert(err);
        rollup.proveBatches(one(proven(c)));
    }

    function test_IsFrozen() external {
        deposit(0, ALICE, 1);
        freezeByDeposits(EVE);
        _bothRefused(nextBatch(), OPERATOR, OPERATOR, encoded(IRollup.IsFrozen.selector));
    }

    function test_CircuitUnknown() external {
        IRollup.Commit memory c = commitOf(nextBatch(), finalRecord());
        uint256[2] memory unknown = [uint256(2), type(uint256).max];
        for (uint256 i = 0; i < 2; ++i) {
            c.circuit = unknown[i];
            bytes memory err = abi.encodeWithSelector(IRollup.CircuitUnknown.selector, unknown[i]);
            commitRefused(c, noRecord(), err);
            vm.expectRevert(err);
            rollup.bindingOf(unknown[i], c.data, DIGEST);
        }
    }

    // ------------------------------------------------------------------ data

    function test_CommitmentStale() external {
        PlainBatches.Batch memory b = nextBatch();
        IRollup.Commit memory c = commitOf(b, finalRecord());
        commitAndProve(b);
        // The same batch again, and one that continues nothing.
        bytes memory err = abi.encodeWithSelector(IRollup.CommitmentStale.selector, b.newCommitment, b.oldCommitment);
        commitRefused(c, noRecord(), err);
        c.data = PlainBatches.empty(12345, 1).encode();
        err = abi.encodeWithSelector(IRollup.CommitmentStale.selector, b.newCommitment, 12345);
        commitRefused(c, noRecord(), err);
    }

    function test_NewCommitmentNotReduced() external {
        for (uint256 k = 1; k <= 4; ++k) {
            PlainBatches.Batch memory b = nextBatch();
            b.newCommitment += k * FIELD_ORDER;
            commitRefused(commitOf(b, finalRecord()), noRecord(), encoded(PublishedData.WordNotReduced.selector));
        }
    }

    function test_DataLength() external {
        IRollup.Commit memory c = commitOf(_fullBatch(), finalRecord());
        uint256 length = c.data.length;
        c.data = bytes.concat(c.data, hex"00");
        commitRefused(c, noRecord(), abi.encodeWithSelector(PublishedData.DataLength.selector, length, c.data.length));
        c.data = "";
        commitRefused(c, noRecord(), abi.encodeWithSelector(PublishedData.DataLength.selector, 88, 0));
    }

    function test_CapacityExceeded() external {
        PlainBatches.Batch memory b = nextBatch();
        b.transfers = new bytes13[](9);
        commitRefused(commitOf(b, finalRecord()), noRecord(), encoded(PublishedData.CapacityExceeded.selector));
    }

    function test_OpenedNotBoolean() external {
        PlainBatches.Batch memory b = _fullBatch();
        b.deposits[0].opened = 2;
        commitRefused(commitOf(b, finalRecord()), noRecord(), encoded(PublishedData.OpenedNotBoolean.selector));
    }

    // ----------------------------------------------------------------- proof

    /// @dev The verifier sees other numbers as soon as one byte of the data is another. (Counts, and what is queued,
    /// are refused for other reasons, so this changes what only the proof protects.)
    function testFuzz_DataIsBound(uint256 place, uint8 change) external {
        vm.assume(change != 0);
        PlainBatches.Batch memory b = _fullBatch();
        IRollup.Commit memory c = commitOf(b, finalRecord());
        verifier0.accept(committed(b, finalRecord()).inputs);
        // New commitment but for its first byte; opening; what follows the forced exit.
        uint256 rest = 88 + 92 + 2 * 109 + 24;
        uint256[2][3] memory free = [[uint256(33), 64], [uint256(88), 180], [rest, c.data.length]];
        uint256[2] memory stretch = free[place % 3];
        uint256 i = stretch[0] + (place / 3) % (stretch[1] - stretch[0]);
        c.data[i] = bytes1(uint8(c.data[i]) ^ change);
        vm.prank(OPERATOR, OPERATOR);
        try rollup.commitAndProveBatch(c, mockProof()) {
            revert NotTrue("refused");
        } catch (bytes memory err) {
            bytes4 selector = bytes4(err);
            bool refused =
                selector == IGroth16Verifier.ProofInvalid.selector || selector == PublishedData.WordNotReduced.selector;
            assertTrue(refused, "refused for the wrong reason");
        }
    }

    function test_DigestAndProofAreBound() external {
        PlainBatches.Batch memory b = nextBatch();
        IRollup.Commit memory c = commitOf(b, finalRecord());
        verifier0.accept(committed(b, finalRecord()).inputs);
        c.digest += 1;
        vm.startPrank(OPERATOR, OPERATOR);
        vm.expectRevert(encoded(IGroth16Verifier.ProofInvalid.selector));
        rollup.commitAndProveBatch(c, mockProof());
        c.digest -= 1;
        uint256[12] memory proof = mockProof();
        for (uint256 i = 0; i < 12; ++i) {
            proof[i] += 1;
            vm.expectRevert(encoded(IGroth16Verifier.ProofInvalid.selector));
            rollup.commitAndProveBatch(c, proof);
            proof[i] -= 1;
        }
        rollup.commitAndProveBatch(c, proof);
        vm.stopPrank();
    }

    /// @dev The proof is for the circuit that the batch names: another one has another verifier.
    function test_CircuitIsBound() external {
        PlainBatches.Batch memory b = nextBatch();
        IRollup.Commit memory c = commitOf(b, finalRecord());
        verifier0.accept(committed(b, finalRecord()).inputs);
        c.circuit = 1;
        vm.prank(OPERATOR, OPERATOR);
        vm.expectRevert(encoded(IGroth16Verifier.ProofInvalid.selector));
        rollup.commitAndProveBatch(c, mockProof());
    }

    /// @dev Same data and digest, another circuit: another challenge.
    function test_BindingDependsOnCircuit() external view {
        bytes memory data = nextBatch().encode();
        (uint256 z0, uint256 y0) = rollup.bindingOf(0, data, DIGEST);
        (uint256 z1, uint256 y1) = rollup.bindingOf(1, data, DIGEST);
        assertTrue(z0 != z1 && y0 != y1, "binding");
    }

    /// @dev What `bindingOf` tells is what the verifier gets.
    function test_BindingOf() external {
        PlainBatches.Batch memory b = _fullBatch();
        (uint256 z, uint256 y) = rollup.bindingOf(0, b.encode(), DIGEST);
        uint256[3] memory want = statement(b);
        assertEq(z, want[1], "z");
        assertEq(y, want[2], "y");
    }

    /// @dev A verifier that answers anything but true is no verifier.
    function test_ProofRejected() external {
        IRollup.Circuit[] memory circuits = twoCircuits();
        circuits[0].verifier = address(new FalseVerifier());
        circuits[1].verifier = address(new SilentContract());
        rollup = deploy(config(), circuits);
        IRollup.Commit memory c = commitOf(nextBatch(), finalRecord());
        vm.startPrank(OPERATOR, OPERATOR);
        vm.expectRevert(encoded(IRollup.ProofRejected.selector));
        rollup.commitAndProveBatch(c, mockProof());
        c.circuit = 1;
        vm.expectRevert();
        rollup.commitAndProveBatch(c, mockProof());
        vm.stopPrank();
    }

    function test_NothingToProve() external {
        vm.expectRevert(encoded(IRollup.NothingToProve.selector));
        rollup.proveBatches(new IRollup.Proven[](0));
    }

    /// @dev Exits and inputs are those that were committed.
    function test_RecordMismatch() external {
        Committed memory c = commit(_fullBatch());
        verifier0.accept(c.inputs);
        bytes memory err = abi.encodeWithSelector(IRollup.RecordMismatch.selector, 1);
        IRollup.Proven memory p = proven(c);
        for (uint256 i = 0; i < 3; ++i) {
            p.inputs[i] += 1;
            verifier0.accept(p.inputs);
            vm.expectRevert(err);
            rollup.proveBatches(one(p));
            p.inputs[i] -= 1;
        }
        bytes[4] memory exits =
            [bytes(""), _slice(c.exits, 40, 120), bytes.concat(c.exits, c.exits), abi.encodePacked(c.exits)];
        exits[3][39] = 0xff; // more for Alice
        for (uint256 i = 0; i < 4; ++i) {
            p.exits = exits[i];
            vm.expectRevert(err);
            rollup.proveBatches(one(p));
        }
        p.exits = c.exits;
        rollup.proveBatches(one(p));
    }

    /// @dev Without a proof nothing moves, for nobody.
    function test_PendingBatchNeedsAProof() external {
        Committed memory c = commit(_fullBatch());
        bytes memory err = encoded(IGroth16Verifier.ProofInvalid.selector);
        address[3] memory callers = [OPERATOR, GOVERNOR, EVE];
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(err);
            rollup.proveBatches(one(proven(c)));
        }
        verifier0.accept(c.inputs);
        IRollup.Proven memory p = proven(c);
        p.proof[11] = 0;
        vm.expectRevert(err);
        rollup.proveBatches(one(p));
        rollup.proveBatches(one(proven(c)));
    }

    function test_ProofRejectedWhenPending() external {
        IRollup.Circuit[] memory circuits = twoCircuits();
        verifier0 = verifier1; // for the record that this test computes
        FalseVerifier no = new FalseVerifier();
        circuits[0].verifier = address(no);
        rollup = deploy(config(), circuits);
        PlainBatches.Batch memory b = nextBatch();
        IRollup.Commit memory call = commitOf(b, finalRecord());
        (uint256 z, uint256 y) = rollup.bindingOf(0, call.data, DIGEST);
        vm.prank(OPERATOR, OPERATOR);
        rollup.commitBatch(call, noRecord());
        Committed memory c = committed(b, finalRecord());
        c.inputs = [DIGEST, z, y];
        c.record.verifier = address(no);
        c.record.inputs = keccak256(abi.encode(c.inputs));
        vm.expectRevert(encoded(IRollup.ProofRejected.selector));
        rollup.proveBatches(one(proven(c)));
    }
}
