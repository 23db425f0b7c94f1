// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRollup } from "../../src/interfaces/IRollup.sol";
import { EXIT_ID, FIELD_ORDER } from "../../src/libraries/Constants.sol";
import { Capacities } from "../../src/libraries/PublishedData.sol";
import { LaneModel } from "./LaneModel.sol";
import { MockVerifier } from "./MockVerifiers.sol";
import { PlainBatches } from "./PlainBatches.sol";
import { Test } from "./Test.sol";

/// @title A rollup on mock verifiers, models of its lanes, and somebody who makes batches for it
/// @dev The rollup is deployed from its artifact: the code that is tested is the code that is shipped.
abstract contract RollupTest is Test {
    using LaneModel for LaneModel.Model;
    using PlainBatches for PlainBatches.Batch;

    /// @dev A batch that was committed: what whoever proves it needs.
    struct Committed {
        IRollup.Record record;
        uint256[3] inputs;
        bytes exits;
        bytes data;
    }

    address internal constant OPERATOR = address(0x0be7a704);
    address internal constant GOVERNOR = address(0x90fe7207);
    address internal constant ALICE = address(0xa11ce);
    address internal constant BOB = address(0xb0b);
    address internal constant EVE = address(0xe7e);
    uint256 internal constant SHAPE_ID_0 = 0x5a0;
    uint256 internal constant SHAPE_ID_1 = FIELD_ORDER - 1;
    uint256 internal constant DIGEST = 0xd16e57;
    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant DEADLINE = 7 days;
    uint256 internal constant PROOF_TIMEOUT = 1 days;
    uint256 internal constant WITHDRAWAL_TIME = 7 days;
    uint256 internal constant DELAY = 30 days;
    uint256 internal constant FEE = 0.001 ether;
    uint128 internal constant ETHER_CAP = 2 ** 127 - 1;

    MockVerifier internal verifier0;
    MockVerifier internal verifier1;
    MockVerifier internal exitVerifier;
    IRollup internal rollup;
    uint256[] internal keyX;
    uint256[] internal keyY;

    LaneModel.Model internal depositLane;
    LaneModel.Model internal exitLane;
    // What the deposits of the lane are, as a batch repeats them.
    PlainBatches.Deposit[] internal queuedDeposits;
    PlainBatches.ForcedExit[] internal queuedExits;

    function setUp() public virtual {
        string memory json = vm.readFile("test/vectors/curve.json");
        keyX = vm.parseJsonUintArray(json, ".validX");
        keyY = vm.parseJsonUintArray(json, ".validY");

        verifier0 = new MockVerifier();
        verifier1 = new MockVerifier();
        exitVerifier = new MockVerifier();
        vm.warp(START);
        vm.roll(100);
        vm.setBlockhash(99, keccak256("previous block"));
        rollup = deploy(config(), twoCircuits());
    }

    // -------------------------------------------------------------- deploying

    function deploy(IRollup.Config memory c, IRollup.Circuit[] memory circuits) internal returns (IRollup) {
        return IRollup(vm.deployCode("Rollup.sol:Rollup", abi.encode(c, circuits)));
    }

    function config() internal view returns (IRollup.Config memory) {
        return IRollup.Config({
            operator: OPERATOR,
            governor: GOVERNOR,
            exitVerifier: address(exitVerifier),
            developmentKeys: true,
            deadline: uint32(DEADLINE),
            proofTimeout: uint32(PROOF_TIMEOUT),
            withdrawalTime: uint32(WITHDRAWAL_TIME),
            delay: uint32(DELAY),
            queueFee: uint96(FEE),
            etherCap: ETHER_CAP
        });
    }

    function capacities0() internal pure virtual returns (Capacities memory) {
        return Capacities({ openings: 3, layerOne: 40, feeAccounts: 2, exits: 45, transfers: 8 });
    }

    function twoCircuits() internal view returns (IRollup.Circuit[] memory circuits) {
        circuits = new IRollup.Circuit[](2);
        circuits[0] = circuitOf(address(verifier0), capacities0(), SHAPE_ID_0);
        circuits[1] = IRollup.Circuit(address(verifier1), 0, 0, 1, 2, 4, SHAPE_ID_1);
    }

    function circuitOf(address verifier, Capacities memory caps, uint256 shapeID)
        internal
        pure
        returns (IRollup.Circuit memory c)
    {
        c.verifier = verifier;
        c.openings = uint16(caps.openings);
        c.layerOne = uint16(caps.layerOne);
        c.feeAccounts = uint16(caps.feeAccounts);
        c.exits = uint16(caps.exits);
        c.transfers = uint16(caps.transfers);
        c.shapeID = shapeID;
    }

    // --------------------------------------------------------------- queueing

    /// @dev Queues a deposit of ether, paid by this contract.
    function deposit(uint256 key, address owner, uint128 amount) internal returns (uint256 position) {
        return deposit(address(this), key, owner, 0, amount);
    }

    /// @dev Queues a deposit. Ether is given to the payer; a token has to be there, and approved.
    function deposit(address payer, uint256 key, address owner, uint32 token, uint128 amount)
        internal
        returns (uint256 position)
    {
        position = depositLane.count();
        uint256 value = rollup.queueFee(IRollup.Lane.Deposits) + (token == 0 ? amount : 0);
        vm.deal(payer, payer.balance + value);
        vm.prank(payer);
        rollup.deposit{ value: value }(keyX[key], keyY[key], owner, token, amount);
        modelDeposit(payer, key, owner, token, amount);
    }

    /// @dev Notes a deposit that the contract took.
    function modelDeposit(address payer, uint256 key, address owner, uint32 token, uint128 amount) internal {
        PlainBatches.Deposit memory d =
            PlainBatches.Deposit(keyX[key], keyY[key], owner, token, uint32(key + 1), 1, amount);
        queuedDeposits.push(d);
        depositLane.append(PlainBatches.body(d), payer, time());
    }

    /// @dev Queues a forced exit.
    function requestExit(address sender, uint32 index) internal returns (uint256 position) {
        position = exitLane.count();
        uint256 value = rollup.queueFee(IRollup.Lane.Exits);
        vm.deal(sender, sender.balance + value);
        vm.prank(sender);
        rollup.requestExit{ value: value }(index);
        PlainBatches.ForcedExit memory x = PlainBatches.ForcedExit(sender, index);
        queuedExits.push(x);
        exitLane.append(PlainBatches.body(x), sender, time());
    }

    // ---------------------------------------------------------------- batches

    /// @dev A record, where none is asked for.
    function noRecord() internal pure returns (IRollup.Record memory r) { }

    /// @dev The final state, as a record that a batch continues.
    function finalRecord() internal view returns (IRollup.Record memory r) {
        (r.number, r.commitment, r.depositsEnd, r.exitsEnd) = rollup.finalized();
    }

    /// @dev A batch that continues a record: with these exits, and so many of the next deposits and forced exits.
    function batchAfter(
        IRollup.Record memory previous,
        uint256 deposits,
        uint256 forced,
        PlainBatches.Exit[] memory exits
    ) internal view returns (PlainBatches.Batch memory b) {
        b.oldCommitment = previous.commitment;
        b.newCommitment = uint256(keccak256(abi.encode(previous.commitment, deposits, forced, exits))) % FIELD_ORDER;
        b.exits = exits;
        b.deposits = new PlainBatches.Deposit[](deposits);
        for (uint256 i = 0; i < deposits; ++i) {
            b.deposits[i] = queuedDeposits[previous.depositsEnd + i];
        }
        b.forcedExits = new PlainBatches.ForcedExit[](forced);
        for (uint256 i = 0; i < forced; ++i) {
            b.forcedExits[i] = queuedExits[previous.exitsEnd + i];
        }
    }

    /// @dev The next batch on the final state: with these exits, and so many of the next deposits and forced exits.
    function nextBatch(uint256 deposits, uint256 forced, PlainBatches.Exit[] memory exits)
        internal
        view
        returns (PlainBatches.Batch memory)
    {
        return batchAfter(finalRecord(), deposits, forced, exits);
    }

    function nextBatch() internal view returns (PlainBatches.Batch memory) {
        return nextBatch(0, 0, new PlainBatches.Exit[](0));
    }

    function oneExit(address owner, uint32 token, uint128 amount) internal pure returns (PlainBatches.Exit[] memory e) {
        e = new PlainBatches.Exit[](1);
        e[0] = PlainBatches.Exit(owner, token, amount);
    }

    /// @dev The call's first argument for a batch that continues a record.
    function commitOf(PlainBatches.Batch memory b, IRollup.Record memory previous)
        internal
        view
        returns (IRollup.Commit memory c)
    {
        c.digest = DIGEST;
        c.data = b.encode();
        uint256 first = previous.depositsEnd;
        if (b.deposits.length != 0) c.deposits = depositLane.prove(first, first + b.deposits.length);
        first = previous.exitsEnd;
        if (b.forcedExits.length != 0) c.exits = exitLane.prove(first, first + b.forcedExits.length);
    }

    /// @dev What the contract has to make of a batch that is committed now.
    function committed(PlainBatches.Batch memory b, IRollup.Record memory previous)
        internal
        view
        returns (Committed memory c)
    {
        c.data = b.encode();
        for (uint256 i = 0; i < b.exits.length; ++i) {
            c.exits = bytes.concat(c.exits, abi.encodePacked(b.exits[i].owner, b.exits[i].token, b.exits[i].amount));
        }
        c.inputs = statement(b);
        c.record = IRollup.Record({
            number: previous.number + 1,
            depositsEnd: previous.depositsEnd + uint64(b.deposits.length),
            exitsEnd: previous.exitsEnd + uint64(b.forcedExits.length),
            time: uint64(time()),
            verifier: address(verifier0),
            commitment: b.newCommitment,
            inputs: keccak256(abi.encode(DIGEST, c.inputs[1], c.inputs[2])),
            exits: keccak256(c.exits)
        });
    }

    /// @dev The public inputs of a batch's proof by the first circuit, computed in full.
    function statement(PlainBatches.Batch memory b) internal view returns (uint256[3] memory inputs) {
        bytes32 hash = keccak256(abi.encodePacked("quire/bind", address(verifier0), SHAPE_ID_0, DIGEST, b.encode()));
        inputs[0] = DIGEST;
        inputs[1] = uint256(hash) % FIELD_ORDER;
        inputs[2] = PlainBatches.polynomial(b.vector(capacities0()), inputs[1]);
    }

    /// @dev Commits a batch on the final state.
    function commit(PlainBatches.Batch memory b) internal returns (Committed memory) {
        return commit(b, finalRecord());
    }

    /// @dev Commits a batch that continues a record, pending or final.
    function commit(PlainBatches.Batch memory b, IRollup.Record memory previous) internal returns (Committed memory c) {
        c = committed(b, previous);
        IRollup.Commit memory call = commitOf(b, previous);
        vm.prank(OPERATOR, OPERATOR);
        rollup.commitBatch(call, previous);
    }

    /// @dev A call of its own for the operator to commit with, to expect its revert.
    function commitCall(IRollup.Commit memory c, IRollup.Record memory previous) external {
        vm.prank(OPERATOR, OPERATOR);
        rollup.commitBatch(c, previous);
    }

    /// @dev The operator's commitment of this batch is refused with this error.
    function commitRefused(IRollup.Commit memory c, IRollup.Record memory previous, bytes memory err) internal {
        try this.commitCall(c, previous) {
            revert NotTrue("refused");
        } catch (bytes memory reason) {
            assertEq(keccak256(reason), keccak256(err), "error");
        }
    }

    /// @dev Twelve words that the mock verifiers take for a proof.
    function mockProof() internal pure returns (uint256[12] memory proof) {
        for (uint256 i = 0; i < 12; ++i) {
            proof[i] = 0x9200f;
        }
    }

    /// @dev What `proveBatches` takes for a committed batch.
    function proven(Committed memory c) internal pure returns (IRollup.Proven memory) {
        return IRollup.Proven(c.record, c.inputs, c.exits, mockProof());
    }

    function one(IRollup.Proven memory p) internal pure returns (IRollup.Proven[] memory list) {
        list = new IRollup.Proven[](1);
        list[0] = p;
    }

    /// @dev Proves one committed batch; anybody does.
    function prove(Committed memory c) internal {
        verifier0.accept(c.inputs);
        rollup.proveBatches(one(proven(c)));
    }

    /// @dev Commits and proves at once, as the operator.
    function commitAndProve(PlainBatches.Batch memory b) internal returns (Committed memory c) {
        IRollup.Record memory previous = finalRecord();
        c = committed(b, previous);
        verifier0.accept(c.inputs);
        IRollup.Commit memory call = commitOf(b, previous);
        vm.prank(OPERATOR, OPERATOR);
        rollup.commitAndProveBatch(call, mockProof());
    }

    /// @dev A final batch that pays one exit. Whether layer 2 has it is the (mock) proof's concern.
    function payOut(address owner, uint32 token, uint128 amount) internal {
        commitAndProve(nextBatch(0, 0, oneExit(owner, token, amount)));
    }

    /// @dev A final batch that takes these many deposits and forced exits.
    function take(uint256 deposits, uint256 forced) internal {
        commitAndProve(nextBatch(deposits, forced, new PlainBatches.Exit[](0)));
    }

    // -------------------------------------------------------------- the worst

    /// @dev Freezes by the deposits' lane, whose oldest entry is made overdue.
    function freezeByDeposits(address by) internal {
        uint256 position = finalRecord().depositsEnd;
        vm.warp(uint64(uint256(depositLane.metas[position])) + DEADLINE);
        IRollup.Entry memory oldest = depositLane.entry(position);
        vm.prank(by);
        rollup.freeze(IRollup.Lane.Deposits, oldest);
    }

    /// @dev The public inputs of an escape from the final state, computed from the written protocol.
    function exitStatement(uint32 index, address owner, uint32 token, uint128 amount)
        internal
        view
        returns (uint256[3] memory inputs)
    {
        (, uint256 commitment,,) = rollup.finalized();
        bytes memory v = abi.encodePacked(commitment, owner, token, index, amount);
        assertEq(v.length, 76, "bytes of the exit circuit's vector");
        bytes32 hash = keccak256(abi.encodePacked("quire/bind", address(exitVerifier), EXIT_ID, DIGEST, v));
        uint256[] memory elements = new uint256[](3);
        elements[0] = commitment;
        elements[1] = uint256(uint160(owner)) * 2 ** 64 + uint256(token) * 2 ** 32 + index;
        elements[2] = amount;
        inputs[0] = DIGEST;
        inputs[1] = uint256(hash) % FIELD_ORDER;
        inputs[2] = PlainBatches.polynomial(elements, inputs[1]);
    }

    /// @dev An account escapes, with a proof.
    function escape(uint32 index, address owner, uint32 token, uint128 amount) internal {
        exitVerifier.accept(exitStatement(index, owner, token, amount));
        rollup.escape(index, owner, token, amount, DIGEST, mockProof());
    }

    /// @dev A queued deposit, as a refund names it.
    function queued(uint256 position) internal view returns (IRollup.QueuedDeposit memory) {
        PlainBatches.Deposit memory d = queuedDeposits[position];
        return IRollup.QueuedDeposit(d.keyX, d.keyY, d.owner, d.token, d.amount);
    }

    /// @dev Gives a deposit back.
    function refund(uint256 position) internal {
        rollup.refundDeposit(uint64(position), queued(position), depositLane.prove(position, position + 1));
    }

    // ------------------------------------------------------------------ views

    function waiting(IRollup.Lane which) internal view returns (uint256) {
        (uint64 count,,) = rollup.lane(which);
        IRollup.Record memory r = finalRecord();
        return count - (which == IRollup.Lane.Deposits ? r.depositsEnd : r.exitsEnd);
    }

    function escrow(IRollup.Lane which) internal view returns (uint256 amount) {
        (,, amount) = rollup.lane(which);
    }
}
