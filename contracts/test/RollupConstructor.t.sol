// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Rollup } from "../src/Rollup.sol";
import { IRollup } from "../src/interfaces/IRollup.sol";
import { EMPTY_ROOT, FIELD_ORDER, TAG_STATE } from "../src/libraries/Constants.sol";
import { Poseidon2 } from "../src/libraries/Poseidon2.sol";
import { RollupTest } from "./utils/RollupTest.sol";

contract RollupConstructorTest is RollupTest {
    function test_Genesis() external view {
        bytes32 hash = keccak256(abi.encode(block.chainid, address(rollup), keccak256("previous block")));
        uint256 id = uint256(hash) % FIELD_ORDER;
        assertEq(rollup.rollupID(), id, "rollupID");
        assertEq(rollup.commitment(), Poseidon2.h4(EMPTY_ROOT, id, 0, TAG_STATE), "commitment");
        assertEq(rollup.batchNumber(), 0, "batch number");
        assertEq(rollup.depositCount(), 0, "deposits");
        assertEq(rollup.depositQueue(0), 0, "queue");
        assertEq(rollup.operator(), OPERATOR, "operator");
        assertTrue(rollup.developmentKeys(), "development keys");
    }

    function test_RollupIDDependsOnChainAddressAndBlock() external {
        uint256 id = rollup.rollupID();
        assertTrue(new Rollup(twoCircuits(), OPERATOR, false).rollupID() != id, "another address");

        Rollup first = new Rollup{ salt: 0 }(twoCircuits(), OPERATOR, false);
        bytes32 head = keccak256(abi.encode(block.chainid, address(first), keccak256("previous block")));
        assertEq(first.rollupID(), uint256(head) % FIELD_ORDER, "same block");
        vm.roll(101);
        vm.setBlockhash(100, keccak256("next block"));
        assertTrue(new Rollup{ salt: bytes32(uint256(1)) }(twoCircuits(), OPERATOR, false).rollupID() != id, "block");
        vm.chainId(7);
        address here = address(new Rollup{ salt: bytes32(uint256(2)) }(twoCircuits(), OPERATOR, false));
        bytes32 there = keccak256(abi.encode(7, here, keccak256("next block")));
        assertEq(Rollup(here).rollupID(), uint256(there) % FIELD_ORDER, "another chain");
    }

    function test_Circuits() external view {
        assertEq(rollup.circuitCount(), 2, "circuits");
        (address verifier, uint16 o, uint16 l, uint16 f, uint16 e, uint16 t, uint256 shapeID) = rollup.circuits(1);
        assertEq(verifier, address(verifier1), "verifier");
        assertEq(abi.encode(o, l, f, e, t).length, 160, "five capacities");
        assertEq(keccak256(abi.encode(o, l, f, e, t)), keccak256(abi.encode(0, 0, 1, 2, 4)), "capacities");
        assertEq(shapeID, SHAPE_ID_1, "shape");
    }

    function test_NoCircuits() external {
        vm.expectRevert(encoded(IRollup.NoCircuits.selector));
        new Rollup(new IRollup.Circuit[](0), OPERATOR, false);
    }

    function test_OperatorZero() external {
        vm.expectRevert(encoded(IRollup.OperatorZero.selector));
        new Rollup(twoCircuits(), address(0), false);
    }

    function test_CircuitInvalid() external {
        for (uint256 fault = 0; fault < 7; ++fault) {
            IRollup.Circuit[] memory circuits = twoCircuits();
            IRollup.Circuit memory c = circuits[1];
            if (fault == 0) c.verifier = ALICE; // no code
            if (fault == 1) c.feeAccounts = 0;
            if (fault == 2) c.layerOne = c.exits + 1;
            if (fault == 3) c.transfers = 0;
            if (fault == 4) c.transfers = 3;
            if (fault == 5) c.shapeID = 0;
            if (fault == 6) c.shapeID = FIELD_ORDER;
            vm.expectRevert(abi.encodeWithSelector(IRollup.CircuitInvalid.selector, 1));
            new Rollup(circuits, OPERATOR, false);
        }
    }
}
