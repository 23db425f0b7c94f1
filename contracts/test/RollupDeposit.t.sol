// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRollup } from "../src/interfaces/IRollup.sol";
import { FIELD_ORDER } from "../src/libraries/Constants.sol";
import { Batches } from "./utils/Batches.sol";
import { RollupTest } from "./utils/RollupTest.sol";

contract RollupDepositTest is RollupTest {
    function test_Deposit() external {
        vm.deal(address(this), 3 ether);
        vm.expectEmit(address(rollup));
        emit IRollup.Deposited(0, address(this), ALICE, keyX[0], keyY[0], 0, 3 ether);
        rollup.deposit{ value: 3 ether }(keyX[0], keyY[0], ALICE);
        assertEq(rollup.depositCount(), 1, "count");
        assertEq(address(rollup).balance, 3 ether, "balance");
    }

    function testFuzz_QueueIsARollingHash(uint256 seed) external {
        bytes32 queue = 0;
        uint256 sum = 0;
        for (uint256 i = 0; i < 5; ++i) {
            address owner = address(uint160(1 + random(seed, "owner", i) % (type(uint160).max - 1)));
            uint128 amount = uint128(1 + random(seed, "amount", i) % 2 ** 120);
            Batches.Deposit memory d = deposit(random(seed, "key", i) % keyX.length, owner, amount);
            queue = Batches.queueHash(queue, d);
            sum += amount;
            assertEq(rollup.depositCount(), i + 1, "count");
            assertEq(rollup.depositQueue(i + 1), queue, "queue");
            assertEq(rollup.depositQueue(i + 2), 0, "beyond the queue");
        }
        assertEq(address(rollup).balance, sum, "balance");
        assertEq(rollup.depositsProcessed(), 0, "processed");
    }

    function test_KeyNotCanonical() external {
        for (uint256 k = 1; k <= 5; ++k) {
            vm.expectRevert(encoded(IRollup.KeyNotCanonical.selector));
            rollup.deposit{ value: 1 }(
                keyX[0] % (type(uint256).max - 5 * FIELD_ORDER) + k * FIELD_ORDER, keyY[0], ALICE
            );
            vm.expectRevert(encoded(IRollup.KeyNotCanonical.selector));
            rollup.deposit{ value: 1 }(
                keyX[0], keyY[0] % (type(uint256).max - 5 * FIELD_ORDER) + k * FIELD_ORDER, ALICE
            );
        }
        vm.expectRevert(encoded(IRollup.KeyNotCanonical.selector));
        rollup.deposit{ value: 1 }(FIELD_ORDER, 1, ALICE);
    }

    function testFuzz_KeyNotOnCurve(uint256 i, uint256 y) external {
        i %= keyX.length;
        y %= FIELD_ORDER;
        vm.assume(y != keyY[i] && y != FIELD_ORDER - keyY[i]);
        vm.expectRevert(encoded(IRollup.KeyNotOnCurve.selector));
        rollup.deposit{ value: 1 }(keyX[i], y, ALICE);
    }

    function test_KeyOfLowOrder() external {
        string memory json = vm.readFile("test/vectors/curve.json");
        uint256[] memory x = vm.parseJsonUintArray(json, ".torsionX");
        uint256[] memory y = vm.parseJsonUintArray(json, ".torsionY");
        for (uint256 i = 0; i < 8; ++i) {
            vm.expectRevert(encoded(IRollup.KeyOfLowOrder.selector));
            rollup.deposit{ value: 1 }(x[i], y[i], ALICE);
        }
    }

    function test_EveryKeyOfLargeOrderIsTaken() external {
        for (uint256 i = 0; i < keyX.length; ++i) {
            deposit(i, ALICE, 1);
        }
        assertEq(rollup.depositCount(), keyX.length, "count");
    }

    function test_OwnerZero() external {
        vm.expectRevert(encoded(IRollup.OwnerZero.selector));
        rollup.deposit{ value: 1 }(keyX[0], keyY[0], address(0));
    }

    function test_AmountZero() external {
        vm.expectRevert(encoded(IRollup.AmountZero.selector));
        rollup.deposit(keyX[0], keyY[0], ALICE);
    }

    function test_TokenCap() external {
        uint256 cap = 2 ** 127;
        deposit(0, ALICE, uint128(cap - 1));
        vm.deal(address(this), type(uint256).max);
        vm.deal(address(rollup), cap - 1);
        vm.expectRevert(encoded(IRollup.TokenCapExceeded.selector));
        rollup.deposit{ value: 1 }(keyX[0], keyY[0], ALICE);
        // Amounts that would not fit 128 bits are above the cap by themselves.
        vm.deal(address(rollup), 0);
        uint256[4] memory amounts = [cap, 2 ** 128, 2 ** 128 + 1, type(uint256).max];
        for (uint256 i = 0; i < 4; ++i) {
            vm.expectRevert(encoded(IRollup.TokenCapExceeded.selector));
            rollup.deposit{ value: amounts[i] }(keyX[0], keyY[0], ALICE);
        }
        assertEq(rollup.depositCount(), 1, "count");
    }

    /// @dev Ether that nobody can account for is refused.
    function test_PlainPaymentRefused() external {
        vm.deal(address(this), 1 ether);
        (bool ok,) = address(rollup).call{ value: 1 ether }("");
        assertTrue(!ok, "payment without a deposit");
    }

    function test_WrongChain() external {
        vm.chainId(12345);
        vm.expectRevert(abi.encodeWithSelector(IRollup.WrongChain.selector, 12345));
        rollup.deposit{ value: 1 }(keyX[0], keyY[0], ALICE);
    }
}
