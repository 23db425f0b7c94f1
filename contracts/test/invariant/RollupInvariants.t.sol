// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRollup } from "../../src/interfaces/IRollup.sol";
import { LaneModel } from "../utils/LaneModel.sol";
import { PlainBatches } from "../utils/PlainBatches.sol";
import { PlainToken } from "../utils/PlainToken.sol";
import { RollupHandler } from "./RollupHandler.sol";

/// @title What holds after every call, whoever makes it
/// @dev `forge test --match-contract RollupInvariants`, and with FOUNDRY_PROFILE=long at length.
contract RollupInvariantsTest is RollupHandler {
    using LaneModel for LaneModel.Model;

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// @dev The fuzzer calls these functions of this contract and no others.
    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[15] memory functions = [
            this.doDeposit.selector,
            this.doRequestExit.selector,
            this.doCommit.selector,
            this.doCommitAndProve.selector,
            this.doProve.selector,
            this.doRevert.selector,
            this.doClaim.selector,
            this.doWait.selector,
            this.doVanish.selector,
            this.doFreeze.selector,
            this.doEscape.selector,
            this.doRefund.selector,
            this.doDonate.selector,
            this.doGovern.selector,
            this.doAttack.selector
        ];
        targets = new FuzzSelector[](1);
        targets[0].addr = address(this);
        targets[0].selectors = new bytes4[](functions.length);
        for (uint256 i = 0; i < functions.length; ++i) {
            targets[0].selectors[i] = functions[i];
        }
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(this);
    }

    // -------------------------------------------------------------- invariants

    /// @dev One function, as each would be a campaign of its own.
    function invariant_AllHold() external view {
        _solvent();
        _stateMovesByProofsOnly();
        _lanesAreWhatWasQueued();
        _pendingBatchesAreAChain();
    }

    /// @dev What can be claimed, waits in the queue and is on layer 2 is together what is there, of each token; the
    /// fees in escrow too, of ether.
    function _solvent() private view {
        for (uint32 token = 0; token < TOKENS; ++token) {
            uint256 owed = inQueue[token];
            for (uint256 i = 0; i < USERS; ++i) {
                owed += rollup.claimable(user(i), token);
                owed += balances[last.number][token * USERS + i + 1];
            }
            if (token == 0) {
                owed += rollup.claimable(EVE, 0) + rollup.claimable(address(0), 0) + rollup.claimable(OPERATOR, 0);
                owed += rollup.claimable(address(0x0be7a705), 0);
                owed += escrow(IRollup.Lane.Deposits) + escrow(IRollup.Lane.Exits);
                assertEq(address(rollup).balance, owed + donated[0], "ether");
                continue;
            }
            (,, uint256 locked) = rollup.tokens(token);
            assertEq(locked, owed, "locked");
            assertEq(PlainToken(_contractOf(token)).balanceOf(address(rollup)), owed + donated[token], "token");
        }
    }

    /// @dev The final state is that of the last proof, and frozen is what was frozen.
    function _stateMovesByProofsOnly() private view {
        IRollup.Record memory r = finalRecord();
        assertEq(r.number, last.number, "number");
        assertEq(r.commitment, last.commitment, "commitment");
        assertEq(r.depositsEnd, last.depositsEnd, "deposits");
        assertEq(r.exitsEnd, last.exitsEnd, "exits");
        assertTrue(rollup.frozen() == isFrozen, "frozen");
    }

    function _lanesAreWhatWasQueued() private view {
        for (uint8 i = 0; i < 2; ++i) {
            LaneModel.Model storage m = i == 0 ? depositLane : exitLane;
            uint256 n = m.count();
            (uint64 count, bytes32 head, uint128 held) = rollup.lane(IRollup.Lane(i));
            assertEq(count, n, "count");
            assertEq(head, m.hashAfter(n), "head");
            assertEq(rollup.laneCheckpoint(IRollup.Lane(i), uint64(n / 16)), m.hashAfter(n / 16 * 16), "checkpoint");
            uint256 waits = n - (i == 0 ? last.depositsEnd : last.exitsEnd);
            assertTrue(isFrozen ? held == 0 : held >= waits * FEE, "escrow");
        }
    }

    function _pendingBatchesAreAChain() private view {
        assertEq(rollup.lastCommitted(), lastCommitted, "last committed");
        assertEq(rollup.recordHash(last.number), 0, "the final one is not pending");
        IRollup.Record memory previous = last;
        for (uint32 n = last.number + 1; n <= lastCommitted; ++n) {
            IRollup.Record memory r = pending[n].record;
            assertEq(rollup.recordHash(n), keccak256(abi.encode(r)), "record");
            assertEq(r.number, previous.number + 1, "number");
            assertTrue(r.depositsEnd >= previous.depositsEnd && r.depositsEnd <= depositLane.count(), "deposits");
            assertTrue(r.exitsEnd >= previous.exitsEnd && r.exitsEnd <= exitLane.count(), "exits");
            previous = r;
        }
        assertEq(rollup.recordHash(lastCommitted + 1), 0, "nothing behind the last");
    }

    // ----------------------------------------------------------------- attacks

    /// @dev One of the things that must not work; `_solvent` and the rest see what they would change.
    function doAttack(uint256 seed) external {
        uint256 kind = seed % 11;
        seed >>= 8;
        bool worked;
        if (kind == 0) worked = _proveWithoutProof();
        if (kind == 1) worked = _proveAgain(seed);
        if (kind == 2) worked = _proveWithOtherExits(seed);
        if (kind == 3) worked = _takeEntriesAgain(seed);
        if (kind == 4) worked = _commitOnAnotherState(seed);
        if (kind == 5) worked = _escapeAgainOrTooEarly(seed);
        if (kind == 6) worked = _refundAgainOrTooEarly(seed);
        if (kind == 7) worked = _revertTooEarly();
        if (kind == 8) worked = _usurp(seed);
        if (kind == 9) worked = _queueUnpaid(seed);
        if (kind == 10) worked = isFrozen && _proveWhenFrozen();
        assertTrue(!worked, "an attack worked");
    }

    function _works(address caller, bytes memory call) private returns (bool ok) {
        vm.prank(caller, caller);
        (ok,) = address(rollup).call(call);
    }

    function _proveWithoutProof() private returns (bool) {
        if (lastCommitted == last.number) return false;
        Committed memory c = pending[last.number + 1];
        IRollup.Proven memory p = proven(c);
        if (verifier0.accepted(keccak256(abi.encode(c.inputs)))) p.proof[0] = 0;
        return _works(EVE, abi.encodeCall(IRollup.proveBatches, (one(p))));
    }

    /// @dev Any batch that was ever committed and is not the next to be proven.
    function _proveAgain(uint256 seed) private returns (bool) {
        uint32 number = uint32(1 + seed % (uint256(last.number) + 8));
        Committed memory c = pending[number];
        if (number == last.number + 1 && lastCommitted > last.number || c.record.number == 0) return false;
        verifier0.accept(c.inputs);
        return _works(EVE, abi.encodeCall(IRollup.proveBatches, (one(proven(c)))));
    }

    function _proveWithOtherExits(uint256 seed) private returns (bool) {
        if (lastCommitted == last.number) return false;
        IRollup.Proven memory p = _proofs(1)[0];
        p.exits = bytes.concat(p.exits, abi.encodePacked(EVE, uint32(seed % TOKENS), uint128(1)));
        return _works(EVE, abi.encodeCall(IRollup.proveBatches, (one(p))));
    }

    /// @dev Entries that a batch before has taken, or that are not the next.
    function _takeEntriesAgain(uint256 seed) private returns (bool) {
        IRollup.Record memory previous = _tip();
        IRollup.Record memory from = _tip();
        bool exits = seed % 2 == 0;
        uint256 count = exits ? exitLane.count() : depositLane.count();
        if (count == 0) return false;
        uint64 first = uint64((seed >> 1) % count);
        if (first == (exits ? from.exitsEnd : from.depositsEnd)) return false;
        if (exits) from.exitsEnd = first;
        else from.depositsEnd = first;
        PlainBatches.Batch memory b = batchAfter(from, exits ? 0 : 1, exits ? 1 : 0, new PlainBatches.Exit[](0));
        return _works(rollup.operator(), abi.encodeCall(IRollup.commitBatch, (commitOf(b, from), previous)));
    }

    /// @dev On any state but the last: a former one, or one that was taken back.
    function _commitOnAnotherState(uint256 seed) private returns (bool) {
        IRollup.Record memory from = pending[uint32(1 + seed % (uint256(last.number) + 8))].record;
        if (from.number == 0 || from.commitment == _tip().commitment) return false;
        PlainBatches.Batch memory b = batchAfter(from, 0, 0, new PlainBatches.Exit[](0));
        IRollup.Commit memory c = commitOf(b, from);
        address operator = rollup.operator();
        return _works(operator, abi.encodeCall(IRollup.commitBatch, (c, from)))
            || _works(operator, abi.encodeCall(IRollup.commitBatch, (c, _tip())));
    }

    function _escapeAgainOrTooEarly(uint256 seed) private returns (bool) {
        uint32 index = uint32(1 + seed % ACCOUNTS);
        if (isFrozen && !rollup.escaped(index)) return false;
        exitVerifier.accept(exitStatement(index, ownerOf(index), tokenOf(index), 1));
        return
            _works(EVE, abi.encodeCall(IRollup.escape, (index, ownerOf(index), tokenOf(index), 1, DIGEST, mockProof())));
    }

    function _refundAgainOrTooEarly(uint256 seed) private returns (bool) {
        if (depositLane.count() == 0) return false;
        uint256 position = seed % depositLane.count();
        if (isFrozen && position >= last.depositsEnd && !rollup.refunded(uint64(position))) return false;
        // Older places have left the ring, and are refused for it.
        IRollup.LaneProof memory place = depositLane.prove(position, position + 1);
        return _works(EVE, abi.encodeCall(IRollup.refundDeposit, (uint64(position), queued(position), place)));
    }

    function _revertTooEarly() private returns (bool) {
        IRollup.Record memory oldest = pending[last.number + 1].record;
        if (oldest.number != 0 && time() >= oldest.time + PROOF_TIMEOUT && !isFrozen) return false;
        return _works(EVE, abi.encodeCall(IRollup.revertBatches, (oldest)));
    }

    function _usurp(uint256 seed) private returns (bool) {
        IRollup.Record memory previous = _tip();
        IRollup.Commit memory c = commitOf(batchAfter(previous, 0, 0, new PlainBatches.Exit[](0)), previous);
        bytes[6] memory calls = [
            abi.encodeCall(IRollup.commitBatch, (c, previous)),
            abi.encodeCall(IRollup.setOperator, (EVE)),
            abi.encodeCall(IRollup.addCircuit, (twoCircuits()[0])),
            abi.encodeCall(IRollup.announce, (abi.encodeCall(IRollup.retireCircuit, (0)))),
            abi.encodeCall(IRollup.acceptGovernor, ()),
            abi.encodeCall(IRollup.freezeFork, ())
        ];
        return _works(EVE, calls[seed % 6]);
    }

    function _queueUnpaid(uint256 seed) private returns (bool ok) {
        uint256 value = rollup.queueFee(IRollup.Lane.Exits) - 1;
        vm.deal(EVE, EVE.balance + value);
        vm.prank(EVE);
        (ok,) = address(rollup).call{ value: value }(abi.encodeCall(IRollup.requestExit, (uint32(1 + seed % ACCOUNTS))));
    }

    function _proveWhenFrozen() private returns (bool) {
        Committed memory c = pending[last.number + 1];
        if (c.record.number == 0) return false;
        verifier0.accept(c.inputs);
        return _works(EVE, abi.encodeCall(IRollup.proveBatches, (one(proven(c)))));
    }
}
