// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { PlainToken } from "../utils/PlainToken.sol";
import { RollupTest } from "../utils/RollupTest.sol";

/// @dev What queueing costs a user, transactions complete with base price and calldata: docs/contracts.md has the
/// figures. Every 16th entry writes a checkpoint, into a slot that is new as long as the ring has not gone round.
contract QueueGasTest is RollupTest {
    PlainToken private _token;

    function setUp() public override {
        super.setUp();
        _token = new PlainToken();
        vm.prank(GOVERNOR);
        rollup.registerToken(address(_token), 2 ** 127 - 1);
        _token.mint(ALICE, 1e30);
        _token.mint(address(rollup), 1);
        vm.deal(ALICE, 1e30);
    }

    function _gas() private view returns (uint256) {
        return vm.lastCallGas().gasTotalUsed;
    }

    /// @dev 17 deposits after the first: one of them writes a checkpoint.
    function _deposits(uint32 token, uint256 mostOnAverage, uint256 most) private {
        uint256 fee = FEE;
        vm.startPrank(ALICE, ALICE);
        _token.approve(address(rollup), 1e30);
        uint256 sum;
        uint256 worst;
        for (uint256 i = 0; i < 17; ++i) {
            uint256 amount = 1e18 + i;
            rollup.deposit{ value: token == 0 ? amount + fee : fee }(keyX[i], keyY[i], BOB, token, amount);
            uint256 gas = _gas();
            if (i == 0) continue; // the lane's own slots, once for all
            sum += gas;
            if (gas > worst) worst = gas;
        }
        vm.stopPrank();
        emit Measured("mean", sum / 16);
        emit Measured("worst", worst);
        assertTrue(sum / 16 <= mostOnAverage, "mean");
        assertTrue(worst <= most, "worst");
    }

    event Measured(string what, uint256 gas);

    /// forge-config: default.isolate = true
    function test_DepositEther() external {
        _deposits(0, 50_000, 68_000);
    }

    /// forge-config: default.isolate = true
    function test_DepositToken() external {
        _deposits(1, 75_000, 95_000);
    }
}
