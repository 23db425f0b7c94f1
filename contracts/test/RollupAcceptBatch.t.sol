// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Rollup } from "../src/Rollup.sol";
import { IGroth16Verifier } from "../src/interfaces/IGroth16Verifier.sol";
import { IRollup } from "../src/interfaces/IRollup.sol";
import { FIELD_ORDER } from "../src/libraries/Constants.sol";
import { PublishedData } from "../src/libraries/PublishedData.sol";
import { Batches } from "./utils/Batches.sol";
import { FalseVerifier, SilentContract } from "./utils/MockVerifiers.sol";
import { RollupTest } from "./utils/RollupTest.sol";

contract RollupAcceptBatchTest is RollupTest {
    using Batches for Batches.Batch;

    /// @dev Some of everything that a batch can have in this form of the contract.
    function _fullBatch() private returns (Batches.Batch memory b) {
        Batches.Deposit memory first = deposit(0, ALICE, 1 ether);
        Batches.Deposit memory second = deposit(9, BOB, 2 ether);
        deposit(3, BOB, 3 ether); // stays queued
        b = nextBatch();
        b.openings = new Batches.Opening[](1);
        b.openings[0] = Batches.Opening(keyX[5], keyY[5], BOB, 0, 77);
        b.deposits = new Batches.Deposit[](2);
        b.deposits[0] = first;
        b.deposits[1] = second;
        b.feeAccounts = new Batches.FeeAccount[](1);
        b.feeAccounts[0] = Batches.FeeAccount(0, 1);
        b.exits = new Batches.Exit[](3);
        b.exits[0] = Batches.Exit(ALICE, 0, 5);
        b.exits[1] = Batches.Exit(BOB, 0, 7);
        b.exits[2] = Batches.Exit(ALICE, 0, 11);
        b.transfers = new bytes13[](5);
        for (uint256 i = 0; i < 5; ++i) {
            b.transfers[i] = bytes13(bytes32(random(1, "transfer", i)));
        }
    }

    function test_Accept() external {
        Batches.Batch memory b = _fullBatch();
        bytes memory data = prove(b);
        vm.expectEmit(address(rollup));
        emit IRollup.BatchAccepted(1, 0, b.oldCommitment, b.newCommitment, keccak256(data), 2);
        vm.expectEmit(address(rollup));
        emit IRollup.ExitCredited(ALICE, 0, 5);
        vm.expectEmit(address(rollup));
        emit IRollup.ExitCredited(BOB, 0, 7);
        vm.expectEmit(address(rollup));
        emit IRollup.ExitCredited(ALICE, 0, 11);
        this.submitAsOperator(data);

        assertEq(rollup.commitment(), b.newCommitment, "commitment");
        assertEq(rollup.batchNumber(), 1, "batch number");
        assertEq(rollup.depositsProcessed(), 2, "processed");
        assertEq(rollup.depositCount(), 3, "queued");
        assertEq(rollup.claimable(ALICE, 0), 16, "Alice");
        assertEq(rollup.claimable(BOB, 0), 7, "Bob");
    }

    function test_AcceptEmptyBatches() external {
        for (uint256 i = 1; i <= 3; ++i) {
            Batches.Batch memory b = nextBatch();
            submit(prove(b));
            assertEq(rollup.batchNumber(), i, "batch number");
            assertEq(rollup.commitment(), b.newCommitment, "commitment");
        }
    }

    /// @dev Deposits are taken in order, in any grouping, and not twice.
    function testFuzz_DepositsAreAPrefix(uint256 seed) external {
        Batches.Deposit[] memory all = new Batches.Deposit[](9);
        for (uint256 i = 0; i < all.length; ++i) {
            all[i] = deposit(i, ALICE, uint128(1 + i));
        }
        uint256 taken = 0;
        for (uint256 round = 0; taken < all.length; ++round) {
            uint256 n = random(seed, "n", round) % 5;
            if (n > all.length - taken) n = all.length - taken;
            Batches.Batch memory b = nextBatch();
            b.deposits = new Batches.Deposit[](n);
            for (uint256 i = 0; i < n; ++i) {
                b.deposits[i] = all[taken + i];
            }
            submit(prove(b));
            taken += n;
            assertEq(rollup.depositsProcessed(), taken, "processed");
        }
        Batches.Batch memory again = nextBatch();
        again.deposits = new Batches.Deposit[](1);
        again.deposits[0] = all[8];
        submitRefused(prove(again), encoded(IRollup.DepositsMismatch.selector));
    }

    /// @dev Every field of a queued deposit is part of the queue's hash; index and `opened` are the batch's own.
    function test_DepositsMismatch() external {
        for (uint256 field = 0; field < 7; ++field) {
            Batches.Batch memory b = _fullBatch();
            Batches.Deposit memory d = b.deposits[1];
            if (field == 0) d.keyX = keyX[4];
            if (field == 1) d.keyY = FIELD_ORDER - d.keyY;
            if (field == 2) d.owner = ALICE;
            if (field == 3) d.token = 1;
            if (field == 4) d.amount += 1;
            if (field == 5) b.deposits[1] = b.deposits[0];
            if (field == 6) (b.deposits[0], b.deposits[1]) = (b.deposits[1], b.deposits[0]);
            submitRefused(prove(b), encoded(IRollup.DepositsMismatch.selector));
        }
        Batches.Batch memory free = nextBatch();
        free.deposits = new Batches.Deposit[](2);
        free.deposits[0] = Batches.Deposit(keyX[0], keyY[0], ALICE, 0, 1, 1, 1 ether);
        free.deposits[1] = Batches.Deposit(keyX[9], keyY[9], BOB, 0, 10, 0, 2 ether);
        free.deposits[0].index = 4242;
        submit(prove(free));
        assertEq(rollup.depositsProcessed(), 2, "processed");
    }

    function test_OpenedNotBoolean() external {
        Batches.Batch memory b = _fullBatch();
        b.deposits[0].opened = 2;
        submitRefused(prove(b), encoded(PublishedData.OpenedNotBoolean.selector));
    }

    function test_ForcedExitNotQueued() external {
        Batches.Batch memory b = nextBatch();
        b.forcedExits = new Batches.ForcedExit[](1);
        b.forcedExits[0] = Batches.ForcedExit(ALICE, 1);
        submitRefused(prove(b), encoded(IRollup.ForcedExitNotQueued.selector));
    }

    function test_NotOperator() external {
        bytes memory data = prove(nextBatch());
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IRollup.NotOperator.selector, ALICE));
        rollup.acceptBatch(0, data, DIGEST, mockProof(PROOF_WORD));
    }

    function test_WrongChain() external {
        bytes memory data = prove(nextBatch());
        vm.chainId(12345);
        submitRefused(data, abi.encodeWithSelector(IRollup.WrongChain.selector, 12345));
    }

    function test_CircuitUnknown() external {
        bytes memory data = prove(nextBatch());
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IRollup.CircuitUnknown.selector, 2));
        rollup.acceptBatch(2, data, DIGEST, mockProof(PROOF_WORD));
        vm.expectRevert(abi.encodeWithSelector(IRollup.CircuitUnknown.selector, type(uint256).max));
        rollup.bindingOf(type(uint256).max, data, DIGEST);
    }

    function test_CommitmentStale() external {
        Batches.Batch memory b = nextBatch();
        bytes memory data = prove(b);
        submit(data);
        // The same batch again, and one that continues nothing.
        bytes memory err = abi.encodeWithSelector(IRollup.CommitmentStale.selector, b.newCommitment, b.oldCommitment);
        submitRefused(data, err);
        b = Batches.empty(12345, 1);
        err = abi.encodeWithSelector(IRollup.CommitmentStale.selector, rollup.commitment(), 12345);
        submitRefused(prove(b), err);
    }

    function test_NewCommitmentNotReduced() external {
        for (uint256 k = 1; k <= 4; ++k) {
            Batches.Batch memory b = nextBatch();
            b.newCommitment += k * FIELD_ORDER;
            submitRefused(prove(b), encoded(PublishedData.WordNotReduced.selector));
        }
    }

    function test_DataLength() external {
        bytes memory data = prove(_fullBatch());
        bytes memory longer = bytes.concat(data, hex"00");
        bytes memory err = abi.encodeWithSelector(PublishedData.DataLength.selector, data.length, longer.length);
        submitRefused(longer, err);
        submitRefused("", abi.encodeWithSelector(PublishedData.DataLength.selector, 88, 0));
    }

    function test_CapacityExceeded() external {
        Batches.Batch memory b = nextBatch();
        b.transfers = new bytes13[](9);
        submitRefused(b.encode(), encoded(PublishedData.CapacityExceeded.selector));
    }

    /// @dev The verifier sees other numbers as soon as one byte of the data is another. (Counts and deposits are
    /// refused for other reasons, so this changes what only the proof protects.)
    function testFuzz_DataIsBound(uint256 place, uint8 change) external {
        vm.assume(change != 0);
        Batches.Batch memory b = _fullBatch();
        bytes memory data = prove(b);
        uint256[2][3] memory free = [[uint256(33), 64], [uint256(88), 180], [uint256(398), data.length]];
        uint256[2] memory stretch = free[place % 3];
        uint256 i = stretch[0] + (place / 3) % (stretch[1] - stretch[0]);
        data[i] = bytes1(uint8(data[i]) ^ change);
        try this.submitAsOperator(data) {
            revert("accepted");
        } catch (bytes memory err) {
            bytes4 selector = bytes4(err);
            bool refused =
                selector == IGroth16Verifier.ProofInvalid.selector || selector == PublishedData.WordNotReduced.selector;
            assertTrue(refused, "refused for the wrong reason");
        }
    }

    function test_DigestAndProofAreBound() external {
        bytes memory data = prove(nextBatch());
        vm.prank(OPERATOR);
        vm.expectRevert(encoded(IGroth16Verifier.ProofInvalid.selector));
        rollup.acceptBatch(0, data, DIGEST + 1, mockProof(PROOF_WORD));
        uint256[12] memory proof = mockProof(PROOF_WORD);
        for (uint256 i = 0; i < 12; ++i) {
            proof[i] += 1;
            vm.prank(OPERATOR);
            vm.expectRevert(encoded(IGroth16Verifier.ProofInvalid.selector));
            rollup.acceptBatch(0, data, DIGEST, proof);
            proof[i] -= 1;
        }
        vm.prank(OPERATOR);
        rollup.acceptBatch(0, data, DIGEST, proof);
    }

    /// @dev Same data and digest, another circuit: another challenge.
    function test_BindingDependsOnCircuit() external view {
        bytes memory data = nextBatch().encode();
        (uint256 z0, uint256 y0) = rollup.bindingOf(0, data, DIGEST);
        (uint256 z1, uint256 y1) = rollup.bindingOf(1, data, DIGEST);
        assertTrue(z0 != z1 && y0 != y1, "binding");
    }

    /// @dev What `bindingOf` tells is what the verifier gets, forced exits included.
    function test_BindingOf() external {
        Batches.Batch memory b = _fullBatch();
        b.forcedExits = new Batches.ForcedExit[](2);
        b.forcedExits[1] = Batches.ForcedExit(BOB, 4);
        bytes memory data = b.encode();
        (uint256 z, uint256 y) = rollup.bindingOf(0, data, DIGEST);
        bytes memory preimage = abi.encodePacked("quire/bind", address(verifier0), SHAPE_ID_0, DIGEST, data);
        assertEq(z, uint256(keccak256(preimage)) % FIELD_ORDER, "z");
        assertEq(y, Batches.polynomial(b.vector(capacities0()), z), "y");
    }

    /// @dev A verifier that answers anything but true is no verifier.
    function test_ProofRejected() external {
        IRollup.Circuit[] memory circuits = twoCircuits();
        circuits[0].verifier = address(new FalseVerifier());
        circuits[1].verifier = address(new SilentContract());
        rollup = new Rollup(circuits, OPERATOR, false);
        bytes memory data = nextBatch().encode();
        submitRefused(data, encoded(IRollup.ProofRejected.selector));
        vm.prank(OPERATOR);
        vm.expectRevert();
        rollup.acceptBatch(1, data, DIGEST, mockProof(PROOF_WORD));
    }
}
