// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev The few cheatcodes of forge that these tests use.
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    struct Gas {
        uint64 gasLimit;
        uint64 gasTotalUsed;
        uint64 gasMemoryUsed;
        int64 gasRefunded;
        uint64 gasRemaining;
    }

    function assume(bool condition) external pure;
    function chainId(uint256 newChainId) external;
    function deal(address account, uint256 newBalance) external;
    function deployCode(string calldata path, bytes calldata arguments) external returns (address);
    function etch(address target, bytes calldata newRuntimeBytecode) external;
    function expectRevert() external;
    function expectRevert(bytes calldata revertData) external;
    function expectPartialRevert(bytes4 selector) external;
    function expectEmit(address emitter) external;
    function getBlockTimestamp() external view returns (uint256);
    function getCode(string calldata path) external view returns (bytes memory);
    function getRecordedLogs() external returns (Log[] memory);
    function lastCallGas() external view returns (Gas memory gas);
    function load(address target, bytes32 slot) external view returns (bytes32);
    function parseJsonBytes(string calldata json, string calldata key) external pure returns (bytes memory);
    function parseJsonUintArray(string calldata json, string calldata key) external pure returns (uint256[] memory);
    function prank(address msgSender) external;
    function prank(address msgSender, address txOrigin) external;
    function readFile(string calldata path) external view returns (string memory data);
    function recordLogs() external;
    function roll(uint256 newHeight) external;
    function setBlockhash(uint256 blockNumber, bytes32 blockHash) external;
    function startPrank(address msgSender, address txOrigin) external;
    function stopPrank() external;
    function store(address target, bytes32 slot, bytes32 value) external;
    function warp(uint256 newTimestamp) external;
}

/// @title Base of the tests: assertions, and bounded pseudo-random numbers
/// @dev Own code instead of forge-std, so that the tests need no dependency beyond forge itself.
abstract contract Test {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error NotEqual(string what, uint256 got, uint256 want);
    error NotTrue(string what);

    function assertEq(uint256 got, uint256 want, string memory what) internal pure {
        if (got != want) revert NotEqual(what, got, want);
    }

    function assertEq(bytes32 got, bytes32 want, string memory what) internal pure {
        assertEq(uint256(got), uint256(want), what);
    }

    function assertEq(address got, address want, string memory what) internal pure {
        assertEq(uint160(got), uint160(want), what);
    }

    function assertTrue(bool condition, string memory what) internal pure {
        if (!condition) revert NotTrue(what);
    }

    /// @dev A number that depends on seed and label alone.
    function random(uint256 seed, string memory label, uint256 i) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, label, i)));
    }

    /// @dev The block's time. The compiler takes `block.timestamp` for the same throughout a call, which `warp` makes
    /// untrue.
    function time() internal view returns (uint256) {
        return vm.getBlockTimestamp();
    }

    /// @dev The revert data of an error without arguments.
    function encoded(bytes4 selector) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector);
    }
}
