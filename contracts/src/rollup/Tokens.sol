// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRollup } from "../interfaces/IRollup.sol";
import { RollupState } from "./RollupState.sol";
import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title The tokens that the rollup holds: their registry, payments in and payments out
///
/// @dev A token's contract is foreign code and may do anything. It is called in two places, `_receive` and `claim`, each
/// of which concerns this one token and one user, and its word is believed about nothing but its own amounts: `locked`
/// adds up what came in by its own account, and no more than that is ever paid out of it.
abstract contract Tokens is RollupState {
    using SafeERC20 for IERC20;

    /// @dev Ether's has only a cap: what is locked of it is the contract's balance.
    struct Token {
        address contractAddress;
        uint128 cap;
        uint128 locked;
    }

    mapping(uint32 number => Token) private _tokens;

    /// @inheritdoc IRollup
    uint32 public tokenCount = 1;

    /// @inheritdoc IRollup
    mapping(address contractAddress => uint32 number) public tokenNumber;

    constructor(uint128 etherCap) {
        _check(etherCap < CAP_LIMIT, "etherCap");
        _tokens[ETHER].cap = etherCap;
    }

    /// @inheritdoc IRollup
    function registerToken(address token, uint128 cap) external onlyGovernor {
        if (token.code.length == 0 || tokenNumber[token] != 0) revert TokenInvalid(token);
        _check(cap < CAP_LIMIT, "cap");
        uint32 number = tokenCount;
        tokenCount = number + 1;
        tokenNumber[token] = number;
        _tokens[number] = Token(token, cap, 0);
        emit TokenRegistered(number, token, cap);
    }

    /// @inheritdoc IRollup
    function setTokenCap(uint32 token, uint128 cap) external onlyGovernor {
        if (token >= tokenCount) revert TokenUnknown(token);
        _check(cap < CAP_LIMIT, "cap");
        _tokens[token].cap = cap;
        emit TokenCapChanged(token, cap);
    }

    /// @inheritdoc IRollup
    function claim(uint32 token, address owner) external nonReentrant {
        if (token >= tokenCount) revert TokenUnknown(token);
        uint256 amount = claimable[owner][token];
        if (amount == 0) revert NothingToClaim();
        // Before the payment, which hands control to foreign code.
        claimable[owner][token] = 0;
        emit Claimed(owner, token, amount);
        if (!_pay(token, owner, amount)) revert PaymentFailed();
    }

    /// @inheritdoc IRollup
    function tokens(uint32 token) external view returns (address contractAddress, uint128 cap, uint256 locked) {
        Token memory t = _tokens[token];
        return (t.contractAddress, t.cap, token == ETHER ? address(this).balance : t.locked);
    }

    /// @dev Takes an amount, below 2^128, of a token from the caller; ether came with the call. Nothing that was read before can be
    /// relied upon afterwards, but for what only `nonReentrant` functions change.
    /// @return received What arrived.
    function _receive(uint32 token, uint256 amount) internal returns (uint128 received) {
        Token storage t = _tokens[token];
        if (token == ETHER) {
            // Queued, on layer 2, unclaimed and fees are together what the contract holds.
            if (address(this).balance > t.cap) revert TokenCapExceeded(token);
            return uint128(amount);
        }

        IERC20 erc20 = IERC20(t.contractAddress);
        if (address(erc20) == address(0)) revert TokenUnknown(token);
        uint256 held = erc20.balanceOf(address(this));
        erc20.safeTransferFrom(msg.sender, address(this), amount);
        uint256 holds = erc20.balanceOf(address(this));
        uint256 difference = holds > held ? holds - held : 0;
        if (difference == 0 || difference > type(uint128).max) revert AmountInvalid(difference);
        uint256 locked = t.locked + difference;
        if (locked > t.cap) revert TokenCapExceeded(token);
        // Not above the cap, which has 128 bits.
        t.locked = uint128(locked);
        return uint128(difference);
    }

    /// @dev Pays an amount of a token. What is returned is not copied, so that nobody is made to pay for its length.
    function _pay(uint32 token, address to, uint256 amount) private returns (bool paid) {
        if (token == ETHER) {
            assembly ("memory-safe") {
                paid := call(gas(), to, amount, 0, 0, 0, 0)
            }
            return paid;
        }
        Token storage t = _tokens[token];
        // What was credited came in before. Checked all the same: no fault elsewhere takes more of a token than that.
        if (amount > t.locked) return false;
        t.locked -= uint128(amount);
        return IERC20(t.contractAddress).trySafeTransfer(to, amount);
    }
}
