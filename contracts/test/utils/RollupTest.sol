// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Rollup } from "../../src/Rollup.sol";
import { IRollup } from "../../src/interfaces/IRollup.sol";
import { FIELD_ORDER } from "../../src/libraries/Constants.sol";
import { Capacities } from "../../src/libraries/PublishedData.sol";
import { Batches } from "./Batches.sol";
import { MockVerifier } from "./MockVerifiers.sol";
import { Test } from "./Test.sol";

/// @title A rollup with two circuits on mock verifiers, and keys to deposit for
abstract contract RollupTest is Test {
    using Batches for Batches.Batch;

    address internal constant OPERATOR = address(0x0be7a704);
    address internal constant ALICE = address(0xa11ce);
    address internal constant BOB = address(0xb0b);
    uint256 internal constant SHAPE_ID_0 = 0x5a0;
    uint256 internal constant SHAPE_ID_1 = FIELD_ORDER - 1;
    uint256 internal constant PROOF_WORD = 0x9200f;
    uint256 internal constant DIGEST = 0xd16e57;

    MockVerifier internal verifier0;
    MockVerifier internal verifier1;
    Rollup internal rollup;
    uint256[] internal keyX;
    uint256[] internal keyY;

    function setUp() public virtual {
        string memory json = vm.readFile("test/vectors/curve.json");
        keyX = vm.parseJsonUintArray(json, ".validX");
        keyY = vm.parseJsonUintArray(json, ".validY");

        verifier0 = new MockVerifier();
        verifier1 = new MockVerifier();
        vm.roll(100);
        vm.setBlockhash(99, keccak256("previous block"));
        rollup = new Rollup(twoCircuits(), OPERATOR, true);
    }

    function capacities0() internal pure returns (Capacities memory) {
        return Capacities({ openings: 3, layerOne: 4, feeAccounts: 2, exits: 5, transfers: 8 });
    }

    function capacities1() internal pure returns (Capacities memory) {
        return Capacities({ openings: 0, layerOne: 0, feeAccounts: 1, exits: 2, transfers: 4 });
    }

    function twoCircuits() internal view returns (IRollup.Circuit[] memory circuits) {
        circuits = new IRollup.Circuit[](2);
        circuits[0] = IRollup.Circuit(address(verifier0), 3, 4, 2, 5, 8, SHAPE_ID_0);
        circuits[1] = IRollup.Circuit(address(verifier1), 0, 0, 1, 2, 4, SHAPE_ID_1);
    }

    /// @dev Twelve equal words, which the mock verifier takes for a proof.
    function mockProof(uint256 word) internal pure returns (uint256[12] memory proof) {
        for (uint256 i = 0; i < 12; ++i) {
            proof[i] = word;
        }
    }

    /// @dev Queues a deposit, and returns it as a batch has to repeat it.
    function deposit(uint256 key, address owner, uint128 amount) internal returns (Batches.Deposit memory d) {
        d.keyX = keyX[key];
        d.keyY = keyY[key];
        d.owner = owner;
        d.amount = amount;
        d.index = uint32(key + 1);
        d.opened = 1;
        vm.deal(address(this), amount);
        rollup.deposit{ value: amount }(d.keyX, d.keyY, owner);
    }

    /// @dev A batch that continues the current state, so far without entries.
    function nextBatch() internal view returns (Batches.Batch memory) {
        uint256 current = rollup.commitment();
        return Batches.empty(current, uint256(keccak256(abi.encode(current))) % FIELD_ORDER);
    }

    /// @dev Makes the first circuit's verifier accept this batch and nothing else. z and y are computed here, in full.
    function prove(Batches.Batch memory b) internal returns (bytes memory data) {
        data = b.encode();
        uint256 z = uint256(keccak256(abi.encodePacked("quire/bind", address(verifier0), SHAPE_ID_0, DIGEST, data)))
            % FIELD_ORDER;
        uint256 y = Batches.polynomial(b.vector(capacities0()), z);
        verifier0.expect([DIGEST, z, y], PROOF_WORD);
    }

    /// @dev Submits data as the operator.
    function submit(bytes memory data) internal {
        vm.prank(OPERATOR);
        rollup.acceptBatch(0, data, DIGEST, mockProof(PROOF_WORD));
    }

    /// @dev Submits data as the operator, who gets this error for it.
    function submitRefused(bytes memory data, bytes memory err) internal {
        vm.expectRevert(err);
        this.submitAsOperator(data);
    }

    /// @dev A call of its own, since an expected revert and a prank want the same next call.
    function submitAsOperator(bytes calldata data) external {
        submit(data);
    }
}
