// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRollup } from "../../src/interfaces/IRollup.sol";
import { ERC20 } from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @dev Base of the tokens that are not as they should be. Each behaves until it is told not to.
abstract contract HostileToken is ERC20 {
    bool public hostile;

    constructor() ERC20("Hostile", "HST") { }

    function setHostile(bool on) external {
        hostile = on;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @dev Keeps a tenth of every transfer.
contract FeeOnTransferToken is HostileToken {
    function _update(address from, address to, uint256 value) internal override {
        if (hostile && from != address(0)) {
            super._update(from, address(0xfee), value / 10);
            value -= value / 10;
        }
        super._update(from, to, value);
    }
}

/// @dev Moves what it is told to and returns nothing, like some of the oldest tokens.
contract NoReturnToken is HostileToken {
    function transfer(address to, uint256 value) public override returns (bool) {
        super.transfer(to, value);
        assembly ("memory-safe") {
            return(0, 0)
        }
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        super.transferFrom(from, to, value);
        assembly ("memory-safe") {
            return(0, 0)
        }
    }
}

/// @dev Moves nothing, and says so instead of reverting.
contract FalseToken is HostileToken {
    function transfer(address to, uint256 value) public override returns (bool) {
        return hostile ? false : super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return hostile ? false : super.transferFrom(from, to, value);
    }
}

/// @dev Moves nothing, and says that it did.
contract PretendingToken is HostileToken {
    function transfer(address to, uint256 value) public override returns (bool) {
        return hostile || super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        return hostile || super.transferFrom(from, to, value);
    }
}

/// @dev Refuses to pay some.
contract BlacklistToken is HostileToken {
    error Blacklisted(address who);

    mapping(address who => bool) public listed;

    function list(address who, bool on) external {
        listed[who] = on;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (listed[to]) revert Blacklisted(to);
        super._update(from, to, value);
    }
}

/// @dev Burns all gas that it is given.
contract GasBurnerToken is HostileToken {
    function _update(address from, address to, uint256 value) internal override {
        while (hostile && from != address(0)) {
            assembly ("memory-safe") {
                mstore(0, keccak256(0, 0x20))
            }
        }
        super._update(from, to, value);
    }
}

/// @dev Reverts with, or returns, as much as it can.
contract ReturnBombToken is HostileToken {
    uint256 private constant BOMB = 1_000_000;

    bool public reverts = true;

    function setReverts(bool on) external {
        reverts = on;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        if (hostile) _bomb();
        return super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        if (hostile) _bomb();
        return super.transferFrom(from, to, value);
    }

    function _bomb() private view {
        bool on = reverts;
        assembly ("memory-safe") {
            if on { revert(0, BOMB) }
            return(0, BOMB)
        }
    }
}

/// @dev Says what it likes about the balance of whoever asks.
contract LyingToken is HostileToken {
    uint256[] private _answers;
    uint256 private _next;

    /// @dev What the next questions after this are answered with.
    function answer(uint256[2] calldata answers) external {
        delete _answers;
        _answers.push(answers[0]);
        _answers.push(answers[1]);
    }

    /// @dev The first answer before a transfer, the second one after it.
    function balanceOf(address who) public view override returns (uint256) {
        if (!hostile) return super.balanceOf(who);
        return _answers[_next % 2];
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        if (!hostile) return super.transferFrom(from, to, value);
        _next += 1;
        return true;
    }
}

/// @dev Calls the rollup back in the middle of a transfer, with whatever it was told.
contract ReentrantToken is HostileToken {
    error NotRefused(uint256 call);

    address private _rollup;
    bytes[] private _calls;
    bytes4 private _want;
    uint256 public refusals;

    function prepare(address rollup, bytes[] calldata calls, bytes4 want) external {
        _rollup = rollup;
        delete _calls;
        for (uint256 i = 0; i < calls.length; ++i) {
            _calls.push(calls[i]);
        }
        _want = want;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (hostile && from != address(0)) {
            for (uint256 i = 0; i < _calls.length; ++i) {
                (bool ok, bytes memory reason) = _rollup.call(_calls[i]);
                if (ok || bytes4(reason) != _want) revert NotRefused(i);
                refusals += 1;
            }
        }
        super._update(from, to, value);
    }
}
