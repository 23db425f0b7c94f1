// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRollup } from "../../src/interfaces/IRollup.sol";
import { EMPTY_ROOT, FIELD_ORDER, TAG_STATE } from "../../src/libraries/Constants.sol";
import { Poseidon2 } from "../../src/libraries/Poseidon2.sol";
import { RollupTest } from "../utils/RollupTest.sol";

contract ConstructorTest is RollupTest {
    function test_Genesis() external view {
        bytes32 hash = keccak256(abi.encode(block.chainid, address(rollup), keccak256("previous block")));
        uint256 id = uint256(hash) % FIELD_ORDER;
        assertEq(rollup.rollupID(), id, "rollupID");
        (uint32 number, uint256 commitment, uint64 depositsEnd, uint64 exitsEnd) = rollup.finalized();
        assertEq(commitment, Poseidon2.h4(EMPTY_ROOT, id, 0, TAG_STATE), "commitment");
        assertEq(uint256(number) + depositsEnd + exitsEnd + rollup.lastCommitted(), 0, "progress");
        assertTrue(!rollup.frozen(), "frozen");
        for (uint8 i = 0; i < 2; ++i) {
            (uint64 count, bytes32 head, uint128 held) = rollup.lane(IRollup.Lane(i));
            assertEq(uint256(count) + uint256(head) + held, 0, "lane");
        }
        assertEq(rollup.tokenCount(), 1, "tokens");
        (address contractAddress, uint128 cap, uint256 locked) = rollup.tokens(0);
        assertEq(contractAddress, address(0), "ether's contract");
        assertEq(cap, ETHER_CAP, "ether's cap");
        assertEq(locked, 0, "ether held");
    }

    function test_Parameters() external view {
        assertEq(rollup.operator(), OPERATOR, "operator");
        assertEq(rollup.governor(), GOVERNOR, "governor");
        assertEq(rollup.exitVerifier(), address(exitVerifier), "exit verifier");
        assertTrue(rollup.developmentKeys(), "development keys");
        assertEq(rollup.deadline(), DEADLINE, "deadline");
        assertEq(rollup.proofTimeout(), PROOF_TIMEOUT, "proof timeout");
        assertEq(rollup.withdrawalTime(), WITHDRAWAL_TIME, "withdrawal time");
        assertEq(rollup.delay(), DELAY, "delay");
        assertEq(rollup.queueFee(IRollup.Lane.Deposits), FEE, "fee");
        assertEq(rollup.queueFee(IRollup.Lane.Exits), FEE, "fee");
    }

    function test_RollupIDDependsOnChainAddressAndBlock() external {
        uint256 id = rollup.rollupID();
        assertTrue(deploy(config(), twoCircuits()).rollupID() != id, "another address");

        IRollup here = _create2(0);
        bytes32 head = keccak256(abi.encode(block.chainid, address(here), keccak256("previous block")));
        assertEq(here.rollupID(), uint256(head) % FIELD_ORDER, "same block");
        vm.roll(101);
        vm.setBlockhash(100, keccak256("next block"));
        here = _create2(bytes32(uint256(1)));
        head = keccak256(abi.encode(block.chainid, address(here), keccak256("next block")));
        assertEq(here.rollupID(), uint256(head) % FIELD_ORDER, "next block");
        vm.chainId(7);
        here = _create2(bytes32(uint256(2)));
        head = keccak256(abi.encode(7, address(here), keccak256("next block")));
        assertEq(here.rollupID(), uint256(head) % FIELD_ORDER, "another chain");
    }

    function _create2(bytes32 salt) private returns (IRollup) {
        bytes memory code = bytes.concat(vm.getCode("Rollup.sol:Rollup"), abi.encode(config(), twoCircuits()));
        address created;
        assembly ("memory-safe") {
            created := create2(0, add(code, 0x20), mload(code), salt)
        }
        assertTrue(created != address(0), "created");
        return IRollup(created);
    }

    function test_Circuits() external view {
        assertEq(rollup.circuitCount(), 2, "circuits");
        (address verifier, uint16 o, uint16 l, uint16 f, uint16 e, uint16 t, uint256 shapeID) = rollup.circuits(1);
        assertEq(verifier, address(verifier1), "verifier");
        assertEq(keccak256(abi.encode(o, l, f, e, t)), keccak256(abi.encode(0, 0, 1, 2, 4)), "capacities");
        assertEq(shapeID, SHAPE_ID_1, "shape");
        (verifier,,,,,, shapeID) = rollup.circuits(2);
        assertEq(verifier, address(0), "no further verifier");
    }

    function _refused(IRollup.Config memory c, bytes32 what) private {
        _refused(c, twoCircuits(), abi.encodeWithSelector(IRollup.ConfigInvalid.selector, what));
    }

    function _refused(IRollup.Config memory c, IRollup.Circuit[] memory circuits, bytes memory err) private {
        bytes memory code = bytes.concat(vm.getCode("Rollup.sol:Rollup"), abi.encode(c, circuits));
        address created;
        assembly ("memory-safe") {
            created := create(0, add(code, 0x20), mload(code))
        }
        bytes memory reason;
        assembly ("memory-safe") {
            reason := mload(0x40)
            mstore(reason, returndatasize())
            returndatacopy(add(reason, 0x20), 0, returndatasize())
            mstore(0x40, add(add(reason, 0x20), returndatasize()))
        }
        assertEq(created, address(0), "created");
        assertEq(keccak256(reason), keccak256(err), "error");
    }

    function test_ConfigInvalid() external {
        IRollup.Config memory c = config();
        c.operator = address(0);
        _refused(c, "operator");
        c = config();
        c.governor = address(0);
        _refused(c, "governor");
        c = config();
        c.exitVerifier = ALICE; // no code
        _refused(c, "exitVerifier");
        c = config();
        c.deadline = 0;
        _refused(c, "deadline");
        c = config();
        c.proofTimeout = 0;
        _refused(c, "proofTimeout");
        c = config();
        c.proofTimeout = c.deadline;
        _refused(c, "proofTimeout");
        c = config();
        c.withdrawalTime = 0;
        _refused(c, "withdrawalTime");
        c = config();
        c.delay = c.deadline + c.withdrawalTime;
        _refused(c, "delay");
        c = config();
        (c.deadline, c.withdrawalTime) = (type(uint32).max, type(uint32).max); // the sum must not wrap
        _refused(c, "delay");
        c = config();
        c.queueFee = 0;
        _refused(c, "queueFee");
        c = config();
        c.etherCap = 2 ** 127;
        _refused(c, "etherCap");
        _refused(
            config(),
            new IRollup.Circuit[](0),
            abi.encodeWithSelector(IRollup.ConfigInvalid.selector, bytes32("circuits"))
        );
    }

    /// @dev The tightest parameters that are possible are taken.
    function test_ConfigAtItsLimits() external {
        IRollup.Config memory c = config();
        (c.deadline, c.proofTimeout, c.withdrawalTime, c.delay) = (2, 1, 1, 4);
        (c.queueFee, c.etherCap) = (1, 0);
        deploy(c, twoCircuits());
        (c.queueFee, c.etherCap) = (type(uint96).max, 2 ** 127 - 1);
        deploy(c, twoCircuits());
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
            _refused(config(), circuits, encoded(IRollup.CircuitInvalid.selector));
        }
    }

    /// @dev EIP-170, with what the constructor leaves of the code.
    function test_CodeSize() external view {
        assertTrue(address(rollup).code.length <= 24_576, "code size");
    }
}
