// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRollup } from "../../src/interfaces/IRollup.sol";
import {
    GasBurningReceiver,
    ReentrantReceiver,
    ReturnBombReceiver,
    RevertingReceiver
} from "../utils/HostileReceivers.sol";
import { PlainToken } from "../utils/PlainToken.sol";
import { RollupTest } from "../utils/RollupTest.sol";
import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

contract TokensTest is RollupTest {
    PlainToken private _token;

    function setUp() public override {
        super.setUp();
        _token = new PlainToken();
        _token.mint(address(this), 1e24);
        _token.approve(address(rollup), type(uint256).max);
    }

    function _register(address token, uint128 cap) private {
        vm.prank(GOVERNOR);
        rollup.registerToken(token, cap);
    }

    // --------------------------------------------------------------- registry

    function test_RegisterToken() external {
        vm.expectEmit(address(rollup));
        emit IRollup.TokenRegistered(1, address(_token), 1000);
        _register(address(_token), 1000);
        assertEq(rollup.tokenCount(), 2, "tokens");
        assertEq(rollup.tokenNumber(address(_token)), 1, "number");
        (address contractAddress, uint128 cap, uint256 locked) = rollup.tokens(1);
        assertEq(contractAddress, address(_token), "contract");
        assertEq(cap, 1000, "cap");
        assertEq(locked, 0, "locked");
        _register(address(new PlainToken()), 2 ** 127 - 1);
        assertEq(rollup.tokenCount(), 3, "tokens");
    }

    function test_TokenInvalid() external {
        vm.startPrank(GOVERNOR, GOVERNOR);
        vm.expectRevert(abi.encodeWithSelector(IRollup.TokenInvalid.selector, ALICE)); // no code
        rollup.registerToken(ALICE, 1);
        vm.expectRevert(abi.encodeWithSelector(IRollup.TokenInvalid.selector, address(0)));
        rollup.registerToken(address(0), 1);
        rollup.registerToken(address(_token), 1);
        vm.expectRevert(abi.encodeWithSelector(IRollup.TokenInvalid.selector, address(_token)));
        rollup.registerToken(address(_token), 1);
        vm.stopPrank();
    }

    function test_CapInvalid() external {
        bytes memory err = abi.encodeWithSelector(IRollup.ConfigInvalid.selector, bytes32("cap"));
        vm.startPrank(GOVERNOR, GOVERNOR);
        vm.expectRevert(err);
        rollup.registerToken(address(_token), 2 ** 127);
        vm.expectRevert(err);
        rollup.setTokenCap(0, 2 ** 127);
        vm.stopPrank();
    }

    function test_SetTokenCap() external {
        _register(address(_token), 1000);
        for (uint32 token = 0; token < 2; ++token) {
            vm.expectEmit(address(rollup));
            emit IRollup.TokenCapChanged(token, 7);
            vm.prank(GOVERNOR);
            rollup.setTokenCap(token, 7);
            (, uint128 cap,) = rollup.tokens(token);
            assertEq(cap, 7, "cap");
        }
        vm.prank(GOVERNOR);
        vm.expectRevert(abi.encodeWithSelector(IRollup.TokenUnknown.selector, 2));
        rollup.setTokenCap(2, 7);
    }

    /// @dev A cap below what is inside stops deposits, and nothing else.
    function test_CapLoweredBelowWhatIsInside() external {
        _register(address(_token), 1000);
        deposit(address(this), 0, ALICE, 1, 600);
        deposit(0, ALICE, 600);
        vm.startPrank(GOVERNOR, GOVERNOR);
        rollup.setTokenCap(0, 0);
        rollup.setTokenCap(1, 0);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IRollup.TokenCapExceeded.selector, 1));
        rollup.deposit{ value: FEE }(keyX[0], keyY[0], ALICE, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IRollup.TokenCapExceeded.selector, 0));
        rollup.deposit{ value: FEE + 1 }(keyX[0], keyY[0], ALICE, 0, 1);
        take(2, 0);
        payOut(ALICE, 1, 600);
        payOut(ALICE, 0, 600);
        rollup.claim(1, ALICE);
        rollup.claim(0, ALICE);
        assertEq(_token.balanceOf(ALICE), 600, "token");
        assertEq(ALICE.balance, 600, "ether");
    }

    function test_NotGovernor() external {
        bytes memory err = abi.encodeWithSelector(IRollup.NotGovernor.selector, OPERATOR);
        vm.startPrank(OPERATOR, OPERATOR);
        vm.expectRevert(err);
        rollup.registerToken(address(_token), 1);
        vm.expectRevert(err);
        rollup.setTokenCap(0, 1);
        vm.stopPrank();
    }

    // ------------------------------------------------------------------ claim

    function testFuzz_ClaimEther(uint96 first, uint96 second) external {
        vm.assume(first != 0 && second != 0);
        deposit(0, ALICE, uint128(first) + second);
        take(1, 0);
        payOut(ALICE, 0, first);
        payOut(ALICE, 0, second);
        uint256 sum = uint256(first) + second;
        assertEq(rollup.claimable(ALICE, 0), sum, "claimable");
        vm.expectEmit(address(rollup));
        emit IRollup.Claimed(ALICE, 0, sum);
        vm.prank(BOB); // anybody may call it
        rollup.claim(0, ALICE);
        assertEq(ALICE.balance, sum, "paid");
        assertEq(BOB.balance, 0, "not to the caller");
        assertEq(rollup.claimable(ALICE, 0), 0, "claimed");
        vm.expectRevert(encoded(IRollup.NothingToClaim.selector));
        rollup.claim(0, ALICE);
        // What is left is the deposit's fee, which the operator claims.
        assertEq(address(rollup).balance, FEE, "left");
        rollup.claim(0, OPERATOR);
        assertEq(OPERATOR.balance, FEE, "earned");
    }

    function testFuzz_ClaimToken(uint96 amount, uint96 part) external {
        vm.assume(amount != 0 && part != 0 && part < amount);
        _register(address(_token), 2 ** 127 - 1);
        _token.mint(address(this), amount);
        deposit(address(this), 0, ALICE, 1, amount);
        take(1, 0);
        payOut(ALICE, 1, part);
        payOut(BOB, 1, amount - part);
        vm.prank(EVE);
        rollup.claim(1, ALICE);
        assertEq(_token.balanceOf(ALICE), part, "paid");
        (,, uint256 locked) = rollup.tokens(1);
        assertEq(locked, amount - part, "locked");
        assertEq(rollup.claimable(ALICE, 1), 0, "claimed");
        vm.expectRevert(encoded(IRollup.NothingToClaim.selector)); // though there is some of the token left
        rollup.claim(1, ALICE);
        rollup.claim(1, BOB);
        assertEq(_token.balanceOf(BOB), amount - part, "paid");
        assertEq(_token.balanceOf(address(rollup)), 0, "left");
        (,, locked) = rollup.tokens(1);
        assertEq(locked, 0, "locked");
    }

    function test_NothingToClaim() external {
        vm.expectRevert(encoded(IRollup.NothingToClaim.selector));
        rollup.claim(0, ALICE);
    }

    function test_ClaimOfAnUnknownToken() external {
        vm.expectRevert(abi.encodeWithSelector(IRollup.TokenUnknown.selector, 1));
        rollup.claim(1, ALICE);
    }

    /// @dev This contract takes no ether: the credit stays.
    function test_PaymentFailed() external {
        deposit(0, ALICE, 3);
        payOut(address(this), 0, 3);
        vm.expectRevert(encoded(IRollup.PaymentFailed.selector));
        rollup.claim(0, address(this));
        assertEq(rollup.claimable(address(this), 0), 3, "claimable");
    }

    /// @dev If a proof could be forged, no more of a token would go than came in; what others brought by force stays.
    function test_NoMoreOfATokenThanCameIn() external {
        _register(address(_token), 1000);
        deposit(address(this), 0, ALICE, 1, 600);
        _token.transfer(address(rollup), 400);
        payOut(EVE, 1, 601);
        vm.expectRevert(encoded(IRollup.PaymentFailed.selector));
        rollup.claim(1, EVE);
        assertEq(rollup.claimable(EVE, 1), 601, "claimable");
        payOut(ALICE, 1, 600);
        rollup.claim(1, ALICE);
        assertEq(_token.balanceOf(ALICE), 600, "paid");
    }

    /// @dev A fork cannot accept batches, and a frozen rollup neither, but what is credited is paid.
    function test_ClaimOnAForkAndWhenFrozen() external {
        deposit(0, ALICE, 3);
        payOut(ALICE, 0, 1);
        payOut(BOB, 0, 1);
        vm.chainId(12345);
        rollup.claim(0, ALICE);
        assertEq(ALICE.balance, 1, "paid on the fork");
        rollup.freezeFork();
        rollup.claim(0, BOB);
        assertEq(BOB.balance, 1, "paid when frozen");
    }

    // ------------------------------------------------------ hostile receivers

    /// @dev Credits ether to a receiver in all the ways that there are: an exit, an escape, a refund.
    function _credit(address receiver) private {
        deposit(0, ALICE, 10);
        take(1, 0);
        deposit(receiver, 1, ALICE, 0, 5); // to be refunded
        payOut(receiver, 0, 1);
        payOut(BOB, 0, 2);
        freezeByDeposits(EVE);
        escape(7, receiver, 0, 3);
        escape(8, BOB, 0, 4);
        refund(1);
        assertEq(rollup.claimable(receiver, 0), 9, "claimable");
        rollup.claim(0, BOB);
        assertEq(BOB.balance, 6, "paid to everybody else");
    }

    function test_RevertingReceiver() external {
        address receiver = address(new RevertingReceiver());
        _credit(receiver);
        vm.expectRevert(encoded(IRollup.PaymentFailed.selector));
        rollup.claim(0, receiver);
        assertEq(rollup.claimable(receiver, 0), 9, "stays credited");
    }

    function test_GasBurningReceiver() external {
        address receiver = address(new GasBurningReceiver());
        _credit(receiver);
        vm.expectRevert(encoded(IRollup.PaymentFailed.selector));
        rollup.claim{ gas: 1_000_000 }(0, receiver);
        assertEq(rollup.claimable(receiver, 0), 9, "stays credited");
    }

    /// @dev The caller does not pay for what is returned: nothing of it is copied.
    function test_ReturnBombReceiver() external {
        address receiver = address(new ReturnBombReceiver(true));
        _credit(receiver);
        uint256 before = gasleft();
        vm.expectRevert(encoded(IRollup.PaymentFailed.selector));
        rollup.claim(0, receiver);
        // A megabyte of memory costs 2,000,000 gas, which the receiver has paid once.
        assertTrue(before - gasleft() < 2_200_000, "copied");
        assertEq(rollup.claimable(receiver, 0), 9, "stays credited");
    }

    function test_ReturnBombReceiverThatIsPaid() external {
        address receiver = address(new ReturnBombReceiver(false));
        _credit(receiver);
        uint256 before = gasleft();
        rollup.claim(0, receiver);
        assertTrue(before - gasleft() < 2_200_000, "copied");
        assertEq(receiver.balance, 9, "paid");
    }

    function test_ReentrantReceiver() external {
        ReentrantReceiver receiver = new ReentrantReceiver(rollup);
        _credit(address(receiver));
        uint256 held = address(rollup).balance;
        rollup.claim(0, address(receiver));
        assertEq(receiver.payments(), 1, "payments");
        assertEq(address(receiver).balance, 9, "paid");
        assertEq(address(rollup).balance, held - 9, "left");
        bytes4 want = ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;
        assertEq(bytes32(receiver.refusal()), bytes32(want), "refusal");
    }
}
