// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRollup } from "../interfaces/IRollup.sol";
import { Circuits } from "./Circuits.sol";
import { Queue } from "./Queue.sol";

/// @title What the governor can do: name an operator, and announce changes of the circuits
///
/// @dev Only a circuit can take what is not its prover's, so only circuits wait. A change comes into force no sooner
/// than `delay` after its announcement, which is longer than a forced exit, or the freeze, and the claim after it take;
/// and not before every operation that was queued until the announcement is final.
abstract contract Governance is Circuits, Queue {
    struct Announcement {
        uint64 executableFrom;
        uint64 depositsEnd;
        uint64 exitsEnd;
    }

    mapping(bytes32 id => Announcement) private _announcements;

    address private _offeredTo;

    /// @inheritdoc IRollup
    function setOperator(address newOperator) external {
        if (msg.sender != governor && msg.sender != operator) revert NotGovernor(msg.sender);
        _check(newOperator != address(0), "operator");
        operator = newOperator;
        emit OperatorChanged(newOperator);
    }

    /// @inheritdoc IRollup
    function offerGovernor(address to) external onlyGovernor {
        _offeredTo = to;
        emit GovernorOffered(to);
    }

    /// @inheritdoc IRollup
    function acceptGovernor() external {
        if (msg.sender != _offeredTo) revert NotGovernor(msg.sender);
        _offeredTo = address(0);
        governor = msg.sender;
        emit GovernorChanged(msg.sender);
    }

    /// @inheritdoc IRollup
    function announce(bytes calldata change) external whenRunning onlyGovernor returns (bytes32 id) {
        bytes4 selector = bytes4(change);
        if (selector != IRollup.addCircuit.selector && selector != IRollup.retireCircuit.selector) {
            revert ChangeNotAllowed(selector);
        }
        id = keccak256(change);
        if (_announcement(id).executableFrom != 0) revert ChangeAlreadyAnnounced(id);
        uint64 from = uint64(block.timestamp + delay);
        _announcements[id] = Announcement(from, _lane(Lane.Deposits).count, _lane(Lane.Exits).count);
        emit ChangeAnnounced(id, change, from);
    }

    /// @inheritdoc IRollup
    function cancel(bytes32 id) external onlyGovernor {
        if (_announcement(id).executableFrom == 0) revert ChangeUnknown(id);
        delete _announcements[id];
        emit ChangeCancelled(id);
    }

    /// @inheritdoc IRollup
    function execute(bytes calldata change, Entry calldata deposits, Entry calldata exits)
        external
        nonReentrant
        onHomeChain
        whenRunning
    {
        bytes32 id = keccak256(change);
        Announcement memory a = _announcement(id);
        if (a.executableFrom == 0) revert ChangeUnknown(id);
        if (block.timestamp < a.executableFrom) revert TooEarly(a.executableFrom);
        _requireServed(Lane.Deposits, a.depositsEnd, deposits);
        _requireServed(Lane.Exits, a.exitsEnd, exits);
        delete _announcements[id];
        emit ChangeExecuted(id);
        (bool ok, bytes memory reason) = address(this).call(change);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(reason, 0x20), mload(reason))
            }
        }
    }

    /// @inheritdoc IRollup
    function addCircuit(Circuit calldata circuit) external {
        _requireSelf();
        _addCircuit(circuit);
    }

    /// @inheritdoc IRollup
    function retireCircuit(uint256 circuit) external {
        _requireSelf();
        _retireCircuit(circuit);
    }

    /// @inheritdoc IRollup
    function announcement(bytes32 id)
        external
        view
        returns (uint64 executableFrom, uint64 depositsEnd, uint64 exitsEnd)
    {
        Announcement memory a = _announcement(id);
        return (a.executableFrom, a.depositsEnd, a.exitsEnd);
    }

    /// @dev An announcement, zeros if there is none. It lapses when it was not executed for a second `delay`: whoever
    /// comes later need not know it.
    function _announcement(bytes32 id) private view returns (Announcement memory a) {
        a = _announcements[id];
        if (block.timestamp > a.executableFrom + delay) return Announcement(0, 0, 0);
    }

    function _requireSelf() private view {
        if (msg.sender != address(this)) revert NotSelf(msg.sender);
    }

    /// @dev Reverts while a lane has an entry that is older than an announcement, or one that is overdue: the operator
    /// does not serve it, and the rollup should be frozen in the circuits that it has.
    /// @param announced The lane's count at the announcement.
    /// @param oldest The lane's first entry that no proven batch took; ignored if there is none.
    function _requireServed(Lane which, uint64 announced, Entry calldata oldest) private view {
        if (_end(which) < announced) revert QueueUnproven(which);
        if (_waiting(which) == 0) return;
        if (block.timestamp >= _timeOfOldest(which, oldest) + deadline) revert Overdue(which);
    }
}
