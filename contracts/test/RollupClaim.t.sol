// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRollup } from "../src/interfaces/IRollup.sol";
import { Batches } from "./utils/Batches.sol";
import { RollupTest } from "./utils/RollupTest.sol";

/// @dev Tries to be paid twice.
contract Reentrant {
    IRollup private immutable ROLLUP;
    uint256 public payments;

    constructor(IRollup rollup) {
        ROLLUP = rollup;
    }

    receive() external payable {
        payments += 1;
        try ROLLUP.claim(0, address(this)) { } catch { }
    }
}

contract RollupClaimTest is RollupTest {
    /// @dev Deposits enough, and lets a batch pay these amounts to one owner.
    function _credit(address owner, uint128 first, uint128 second) private {
        Batches.Deposit memory d = deposit(0, owner, first + second);
        Batches.Batch memory b = nextBatch();
        b.deposits = new Batches.Deposit[](1);
        b.deposits[0] = d;
        b.exits = new Batches.Exit[](2);
        b.exits[0] = Batches.Exit(owner, 0, first);
        b.exits[1] = Batches.Exit(owner, 0, second);
        submit(prove(b));
    }

    function testFuzz_Claim(uint96 first, uint96 second) external {
        vm.assume(first != 0);
        _credit(ALICE, first, second);
        uint256 sum = uint256(first) + second;
        assertEq(rollup.claimable(ALICE, 0), sum, "claimable");
        vm.expectEmit(address(rollup));
        emit IRollup.Claimed(ALICE, 0, sum);
        vm.prank(BOB); // anybody may call it
        rollup.claim(0, ALICE);
        assertEq(ALICE.balance, sum, "paid");
        assertEq(BOB.balance, 0, "not to the caller");
        assertEq(rollup.claimable(ALICE, 0), 0, "claimed");
        assertEq(address(rollup).balance, 0, "left");
        vm.expectRevert(encoded(IRollup.NothingToClaim.selector));
        rollup.claim(0, ALICE);
    }

    function test_NothingToClaim() external {
        vm.expectRevert(encoded(IRollup.NothingToClaim.selector));
        rollup.claim(0, ALICE);
    }

    function test_TokenUnknown() external {
        vm.expectRevert(abi.encodeWithSelector(IRollup.TokenUnknown.selector, 1));
        rollup.claim(1, ALICE);
    }

    function test_Reentrancy() external {
        Reentrant owner = new Reentrant(rollup);
        _credit(address(owner), 1 ether, 2 ether);
        deposit(1, ALICE, 5 ether);
        rollup.claim(0, address(owner));
        assertEq(owner.payments(), 1, "payments");
        assertEq(address(owner).balance, 3 ether, "paid");
        assertEq(address(rollup).balance, 5 ether, "left");
    }

    /// @dev This contract takes no ether: the credit stays.
    function test_PaymentFailed() external {
        _credit(address(this), 1, 2);
        vm.expectRevert(encoded(IRollup.PaymentFailed.selector));
        rollup.claim(0, address(this));
        assertEq(rollup.claimable(address(this), 0), 3, "claimable");
    }

    /// @dev A fork cannot accept batches, but what is credited is paid.
    function test_ClaimOnAFork() external {
        _credit(ALICE, 1, 2);
        vm.chainId(12345);
        rollup.claim(0, ALICE);
        assertEq(ALICE.balance, 3, "paid");
    }
}
