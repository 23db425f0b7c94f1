// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRollup } from "../../src/interfaces/IRollup.sol";
import { FIELD_ORDER } from "../../src/libraries/Constants.sol";
import { LaneModel } from "../utils/LaneModel.sol";
import { MockVerifier } from "../utils/MockVerifiers.sol";
import { PlainBatches } from "../utils/PlainBatches.sol";
import { RollupTest } from "../utils/RollupTest.sol";

contract GovernanceTest is RollupTest {
    using LaneModel for LaneModel.Model;

    IRollup.Lane private constant DEPOSITS = IRollup.Lane.Deposits;
    IRollup.Lane private constant EXITS = IRollup.Lane.Exits;

    PlainBatches.Exit[] private _none;
    MockVerifier private _newVerifier;

    function setUp() public override {
        super.setUp();
        _newVerifier = new MockVerifier();
    }

    // ------------------------------------------------------------------ roles

    function test_SetOperator() external {
        vm.expectEmit(address(rollup));
        emit IRollup.OperatorChanged(ALICE);
        vm.prank(GOVERNOR);
        rollup.setOperator(ALICE);
        assertEq(rollup.operator(), ALICE, "operator");
        IRollup.Commit memory c = commitOf(nextBatch(), finalRecord());
        commitRefused(c, noRecord(), abi.encodeWithSelector(IRollup.NotOperator.selector, OPERATOR));
        vm.prank(ALICE, ALICE);
        rollup.commitBatch(c, noRecord());
        // The operator hands over by itself.
        vm.prank(ALICE);
        rollup.setOperator(OPERATOR);
        assertEq(rollup.operator(), OPERATOR, "operator");
        address[2] memory others = [ALICE, EVE];
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(others[i]);
            vm.expectRevert(abi.encodeWithSelector(IRollup.NotGovernor.selector, others[i]));
            rollup.setOperator(EVE);
        }
        vm.prank(GOVERNOR);
        vm.expectRevert(abi.encodeWithSelector(IRollup.ConfigInvalid.selector, bytes32("operator")));
        rollup.setOperator(address(0));
    }

    /// @dev Offered and accepted: no typing error loses the role.
    function test_GovernorIsHandedOver() external {
        vm.expectEmit(address(rollup));
        emit IRollup.GovernorOffered(ALICE);
        vm.prank(GOVERNOR);
        rollup.offerGovernor(ALICE);
        assertEq(rollup.governor(), GOVERNOR, "not yet");
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(IRollup.NotGovernor.selector, BOB));
        rollup.acceptGovernor();
        vm.expectEmit(address(rollup));
        emit IRollup.GovernorChanged(ALICE);
        vm.prank(ALICE);
        rollup.acceptGovernor();
        assertEq(rollup.governor(), ALICE, "governor");
        // An offer is good for once.
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IRollup.NotGovernor.selector, ALICE));
        rollup.acceptGovernor();
        vm.prank(GOVERNOR);
        vm.expectRevert(abi.encodeWithSelector(IRollup.NotGovernor.selector, GOVERNOR));
        rollup.offerGovernor(GOVERNOR);
    }

    function test_OfferIsTakenBack() external {
        vm.startPrank(GOVERNOR, GOVERNOR);
        rollup.offerGovernor(ALICE);
        rollup.offerGovernor(address(0));
        vm.stopPrank();
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IRollup.NotGovernor.selector, ALICE));
        rollup.acceptGovernor();
    }

    function test_NotGovernor() external {
        bytes memory err = abi.encodeWithSelector(IRollup.NotGovernor.selector, OPERATOR);
        bytes memory change = _addition();
        vm.startPrank(OPERATOR, OPERATOR);
        vm.expectRevert(err);
        rollup.announce(change);
        vm.expectRevert(err);
        rollup.cancel(keccak256(change));
        vm.expectRevert(err);
        rollup.offerGovernor(OPERATOR);
        vm.stopPrank();
    }

    /// @dev The governor does not change a circuit but by announcing it, nor does anybody else.
    function test_NotSelf() external {
        address[3] memory callers = [GOVERNOR, OPERATOR, EVE];
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory err = abi.encodeWithSelector(IRollup.NotSelf.selector, callers[i]);
            vm.startPrank(callers[i], callers[i]);
            vm.expectRevert(err);
            rollup.addCircuit(_circuit());
            vm.expectRevert(err);
            rollup.retireCircuit(0);
            vm.stopPrank();
        }
    }

    // ---------------------------------------------------------------- changes

    function _circuit() private view returns (IRollup.Circuit memory) {
        return circuitOf(address(_newVerifier), capacities0(), 0x777);
    }

    function _addition() private view returns (bytes memory) {
        return abi.encodeCall(IRollup.addCircuit, (_circuit()));
    }

    function _announce(bytes memory change) private returns (bytes32 id) {
        vm.prank(GOVERNOR);
        id = rollup.announce(change);
        assertEq(id, keccak256(change), "id");
    }

    /// @dev Executes, with the oldest entries that are waiting; anybody may.
    function _execute(bytes memory change) private {
        (IRollup.Entry memory d, IRollup.Entry memory x) = _oldest();
        vm.prank(EVE);
        rollup.execute(change, d, x);
    }

    function _executeRefused(bytes memory change, bytes memory err) private {
        (IRollup.Entry memory d, IRollup.Entry memory x) = _oldest();
        vm.expectRevert(err);
        rollup.execute(change, d, x);
    }

    function _oldest() private view returns (IRollup.Entry memory d, IRollup.Entry memory x) {
        IRollup.Record memory r = finalRecord();
        if (r.depositsEnd < depositLane.count()) d = depositLane.entry(r.depositsEnd);
        if (r.exitsEnd < exitLane.count()) x = exitLane.entry(r.exitsEnd);
    }

    function test_AddCircuit() external {
        deposit(0, ALICE, 1 ether);
        requestExit(ALICE, 5);
        requestExit(ALICE, 6);
        bytes memory change = _addition();
        bytes32 id = keccak256(change);
        uint64 from = uint64(START + DELAY);
        vm.expectEmit(address(rollup));
        emit IRollup.ChangeAnnounced(id, change, from);
        _announce(change);
        (uint64 executableFrom, uint64 depositsEnd, uint64 exitsEnd) = rollup.announcement(id);
        assertEq(executableFrom, from, "executable from");
        assertEq(depositsEnd, 1, "deposits");
        assertEq(exitsEnd, 2, "exits");
        take(1, 2);

        vm.warp(from - 1);
        _executeRefused(change, abi.encodeWithSelector(IRollup.TooEarly.selector, from));
        vm.warp(from);
        vm.expectEmit(address(rollup));
        emit IRollup.ChangeExecuted(id);
        vm.expectEmit(address(rollup));
        emit IRollup.CircuitAdded(2, address(_newVerifier), 0x777);
        _execute(change);
        assertEq(rollup.circuitCount(), 3, "circuits");
        (address verifier,,,,,, uint256 shapeID) = rollup.circuits(2);
        assertEq(verifier, address(_newVerifier), "verifier");
        assertEq(shapeID, 0x777, "shape");
        (executableFrom,,) = rollup.announcement(id);
        assertEq(executableFrom, 0, "used up");
        _executeRefused(change, abi.encodeWithSelector(IRollup.ChangeUnknown.selector, id));

        // It proves batches now.
        IRollup.Commit memory c = commitOf(nextBatch(), finalRecord());
        c.circuit = 2;
        (uint256 z, uint256 y) = rollup.bindingOf(2, c.data, DIGEST);
        _newVerifier.accept([DIGEST, z, y]);
        vm.prank(OPERATOR, OPERATOR);
        rollup.commitAndProveBatch(c, mockProof());
    }

    /// @dev A pending batch keeps the verifier that it was committed with; no other is committed with it.
    function test_RetireCircuit() external {
        bytes memory change = abi.encodeCall(IRollup.retireCircuit, (0));
        _announce(change);
        vm.warp(START + DELAY);
        Committed memory c = commit(nextBatch(0, 0, oneExit(BOB, 0, 5)));
        IRollup.Commit memory next = commitOf(batchAfter(c.record, 0, 0, _none), c.record);
        vm.expectEmit(address(rollup));
        emit IRollup.ChangeExecuted(keccak256(change));
        vm.expectEmit(address(rollup));
        emit IRollup.CircuitRetired(0);
        _execute(change);
        commitRefused(next, c.record, abi.encodeWithSelector(IRollup.CircuitUnknown.selector, 0));
        prove(c);
        assertEq(rollup.claimable(BOB, 0), 5, "proven");
        assertEq(rollup.circuitCount(), 2, "indices stay");
        (address verifier,,,,,,) = rollup.circuits(1);
        assertEq(verifier, address(verifier1), "the other circuit");

        // Not twice, and none that is not there.
        uint256[2] memory unknown = [uint256(0), 2];
        for (uint256 i = 0; i < 2; ++i) {
            change = abi.encodeCall(IRollup.retireCircuit, (unknown[i]));
            _announce(change);
            vm.warp(time() + DELAY);
            _executeRefused(change, abi.encodeWithSelector(IRollup.CircuitUnknown.selector, unknown[i]));
        }
    }

    /// @dev What cannot be a circuit is refused when it would become one.
    function test_CircuitInvalid() external {
        for (uint256 fault = 0; fault < 7; ++fault) {
            IRollup.Circuit memory c = _circuit();
            if (fault == 0) c.verifier = ALICE; // no code
            if (fault == 1) c.feeAccounts = 0;
            if (fault == 2) c.layerOne = c.exits + 1;
            if (fault == 3) c.transfers = 0;
            if (fault == 4) c.transfers = 3;
            if (fault == 5) c.shapeID = 0;
            if (fault == 6) c.shapeID = FIELD_ORDER;
            bytes memory change = abi.encodeCall(IRollup.addCircuit, (c));
            _announce(change);
            vm.warp(time() + DELAY);
            _executeRefused(change, encoded(IRollup.CircuitInvalid.selector));
        }
        assertEq(rollup.circuitCount(), 2, "circuits");
    }

    function test_ChangeNotAllowed() external {
        bytes[5] memory changes = [
            abi.encodeCall(IRollup.setOperator, (EVE)),
            abi.encodeCall(IRollup.claim, (0, EVE)),
            abi.encodeCall(IRollup.registerToken, (EVE, 1)),
            abi.encodePacked(bytes3(IRollup.addCircuit.selector)), // too short to name a function
            bytes("")
        ];
        for (uint256 i = 0; i < changes.length; ++i) {
            bytes4 selector = bytes4(changes[i]);
            vm.prank(GOVERNOR);
            vm.expectRevert(abi.encodeWithSelector(IRollup.ChangeNotAllowed.selector, selector));
            rollup.announce(changes[i]);
        }
    }

    /// @dev What decodes to nothing can be announced, and does nothing.
    function test_ChangeThatDoesNotDecode() external {
        bytes memory change = abi.encodePacked(IRollup.addCircuit.selector, uint256(1));
        _announce(change);
        vm.warp(START + DELAY);
        _executeRefused(change, "");
        assertEq(rollup.circuitCount(), 2, "circuits");
    }

    function test_ChangeAlreadyAnnounced() external {
        bytes memory change = _addition();
        bytes32 id = _announce(change);
        vm.warp(START + DELAY);
        vm.prank(GOVERNOR);
        vm.expectRevert(abi.encodeWithSelector(IRollup.ChangeAlreadyAnnounced.selector, id));
        rollup.announce(change);
    }

    function test_Cancel() external {
        bytes memory change = _addition();
        bytes32 id = _announce(change);
        vm.expectEmit(address(rollup));
        emit IRollup.ChangeCancelled(id);
        vm.prank(GOVERNOR);
        rollup.cancel(id);
        vm.warp(START + DELAY);
        bytes memory err = abi.encodeWithSelector(IRollup.ChangeUnknown.selector, id);
        _executeRefused(change, err);
        vm.prank(GOVERNOR);
        vm.expectRevert(err);
        rollup.cancel(id);
        // Announced again, the delay begins again.
        _announce(change);
        _executeRefused(change, abi.encodeWithSelector(IRollup.TooEarly.selector, START + 2 * DELAY));
    }

    /// @dev What is not executed for a second delay has to be announced again: nobody is surprised by an old one.
    function test_AnnouncementLapses() external {
        bytes memory change = _addition();
        bytes32 id = _announce(change);
        vm.warp(START + 2 * DELAY + 1);
        bytes memory err = abi.encodeWithSelector(IRollup.ChangeUnknown.selector, id);
        _executeRefused(change, err);
        vm.prank(GOVERNOR);
        vm.expectRevert(err);
        rollup.cancel(id);
        (uint64 executableFrom,,) = rollup.announcement(id);
        assertEq(executableFrom, 0, "lapsed");
        _announce(change);
        vm.warp(time() + 2 * DELAY);
        _execute(change); // at the last moment
    }

    // ------------------------------------------------- what changes wait for

    /// @dev An entry that was queued before the announcement, even in its block, and is not proven.
    function test_QueueUnproven() external {
        for (uint8 i = 0; i < 2; ++i) {
            IRollup.Lane which = IRollup.Lane(i);
            if (i == 0) deposit(0, ALICE, 1 ether);
            else requestExit(ALICE, 5);
            bytes memory change = i == 0 ? _addition() : abi.encodeCall(IRollup.retireCircuit, (0));
            _announce(change);
            Committed memory c = commit(i == 0 ? nextBatch(1, 0, _none) : nextBatch(0, 1, _none));
            vm.warp(time() + DELAY);
            _executeRefused(change, abi.encodeWithSelector(IRollup.QueueUnproven.selector, which));
            prove(c); // overdue, but before anybody froze
            _execute(change);
        }
    }

    /// @dev A later entry may wait, as long as it is not overdue, to the second.
    function test_Overdue() external {
        for (uint8 i = 0; i < 2; ++i) {
            IRollup.Lane which = IRollup.Lane(i);
            bytes memory change = i == 0 ? _addition() : abi.encodeCall(IRollup.retireCircuit, (1));
            _announce(change);
            vm.warp(time() + DELAY - 10);
            if (i == 0) deposit(0, ALICE, 1 ether);
            else requestExit(ALICE, 5);
            vm.warp(time() + DEADLINE);
            _executeRefused(change, abi.encodeWithSelector(IRollup.Overdue.selector, which));
            vm.warp(time() - 1);
            _execute(change);
            take(i == 0 ? 1 : 0, i);
        }
    }

    /// @dev What is shown as the oldest has to be it.
    function test_ExecuteLaneMismatch() external {
        bytes memory change = _addition();
        _announce(change);
        vm.warp(START + DELAY - 1);
        deposit(0, ALICE, 1 ether);
        vm.warp(START + DELAY);
        deposit(1, ALICE, 1 ether);
        requestExit(ALICE, 5);
        IRollup.Entry memory none;
        IRollup.Entry memory d = depositLane.entry(0);
        IRollup.Entry memory x = exitLane.entry(0);
        bytes memory err = abi.encodeWithSelector(IRollup.LaneMismatch.selector, DEPOSITS);
        vm.expectRevert(err);
        rollup.execute(change, none, x);
        vm.expectRevert(err);
        rollup.execute(change, depositLane.entry(1), x);
        vm.expectRevert(abi.encodeWithSelector(IRollup.LaneMismatch.selector, EXITS));
        rollup.execute(change, d, none);
        rollup.execute(change, d, x);
    }

    function test_ExecuteOnAFork() external {
        bytes memory change = _addition();
        _announce(change);
        vm.warp(START + DELAY);
        vm.chainId(12345);
        _executeRefused(change, abi.encodeWithSelector(IRollup.WrongChain.selector, 12345));
    }

    function test_ExecuteUnknown() external {
        bytes memory change = _addition();
        _executeRefused(change, abi.encodeWithSelector(IRollup.ChangeUnknown.selector, keccak256(change)));
    }
}
