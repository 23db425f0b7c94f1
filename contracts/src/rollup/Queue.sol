// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRollup } from "../interfaces/IRollup.sol";
import { EdwardsCurve } from "../libraries/EdwardsCurve.sol";
import { LaneStorage, Lanes } from "../libraries/Lanes.sol";
import { Tokens } from "./Tokens.sol";

/// @title The queue's two lanes: how entries get in, what they cost, and how their place is shown
abstract contract Queue is Tokens {
    using Lanes for LaneStorage;

    /// @dev The fee doubles with every so many entries that wait.
    uint256 private constant DOUBLING = 64;

    LaneStorage private _deposits;
    LaneStorage private _exits;

    /// @inheritdoc IRollup
    mapping(uint32 index => mapping(address sender => uint64 positionPlusOne)) public exitRequest;

    /// @inheritdoc IRollup
    function deposit(uint256 keyX, uint256 keyY, address owner, uint32 token, uint256 amount)
        external
        payable
        nonReentrant
        onHomeChain
        whenRunning
    {
        if (!EdwardsCurve.isCanonical(keyX, keyY)) revert KeyNotCanonical();
        if (!EdwardsCurve.isOnCurve(keyX, keyY)) revert KeyNotOnCurve();
        if (EdwardsCurve.isLowOrder(keyX, keyY)) revert KeyOfLowOrder();
        if (owner == address(0)) revert OwnerZero();

        if (amount == 0 || amount > type(uint128).max) revert AmountInvalid(amount);
        uint256 fee = _takeFee(Lane.Deposits, token == ETHER ? amount : 0);
        uint128 received = _receive(token, amount);

        bytes32 body = keccak256(abi.encodePacked(keyX, keyY, owner, token, received));
        uint64 position = _deposits.append(body, Lanes.packMeta(msg.sender, block.timestamp), fee);
        emit Deposited(position, msg.sender, owner, keyX, keyY, token, received, uint64(block.timestamp));
    }

    /// @inheritdoc IRollup
    function requestExit(uint32 index) external payable nonReentrant onHomeChain whenRunning {
        if (index == 0) revert IndexReserved();
        uint64 last = exitRequest[index][msg.sender];
        if (last > _progress.exitsEnd) revert ExitAlreadyRequested(last - 1);
        uint256 fee = _takeFee(Lane.Exits, 0);

        bytes32 body = keccak256(abi.encodePacked(msg.sender, index));
        uint64 position = _exits.append(body, Lanes.packMeta(msg.sender, block.timestamp), fee);
        exitRequest[index][msg.sender] = position + 1;
        emit ExitRequested(position, msg.sender, index, uint64(block.timestamp));
    }

    /// @inheritdoc IRollup
    function queueFee(Lane which) public view returns (uint256) {
        return QUEUE_FEE << (_waiting(which) / DOUBLING);
    }

    /// @inheritdoc IRollup
    function lane(Lane which) external view returns (uint64 count, bytes32 head, uint128 escrow) {
        LaneStorage storage l = _lane(which);
        return (l.count, l.head, l.escrow);
    }

    /// @inheritdoc IRollup
    function laneCheckpoint(Lane which, uint64 n) external view returns (bytes32) {
        return _lane(which).checkpoints[n % Lanes.RING];
    }

    /// @dev A lane's storage.
    function _lane(Lane which) internal view returns (LaneStorage storage) {
        return which == Lane.Deposits ? _deposits : _exits;
    }

    /// @dev How many entries of a lane are processed in the final state.
    function _end(Lane which) internal view returns (uint64) {
        return which == Lane.Deposits ? _progress.depositsEnd : _progress.exitsEnd;
    }

    /// @dev How many entries of a lane no proven batch took.
    function _waiting(Lane which) internal view returns (uint256) {
        return _lane(which).count - _end(which);
    }

    /// @dev When the oldest entry that no proven batch took was queued. Reverts unless it is shown.
    function _timeOfOldest(Lane which, Entry calldata oldest) internal view returns (uint64 time) {
        (, time) = _show(which, _end(which), oldest.body, oldest.proof);
    }

    /// @dev Who queued one entry of a lane, and when. Reverts unless its place is shown.
    /// @param position The place, not below the final state's end of the lane.
    function _show(Lane which, uint256 position, bytes32 body, LaneProof calldata proof)
        internal
        view
        returns (address who, uint64 time)
    {
        LaneStorage storage l = _lane(which);
        (bool fits, bytes32 hash) = l.open(position, proof.before);
        if (!fits || proof.metas.length != 1) revert LaneMismatch(which);
        hash = Lanes.foldEntry(hash, body, proof.metas[0]);
        if (!l.close(hash, position + 1, proof.rest)) revert LaneMismatch(which);
        return Lanes.unpackMeta(proof.metas[0]);
    }

    /// @dev Pays out the fees of entries that became final: the operator earns the fee of an empty lane for each. What
    /// the lane's length made them cost above that goes to nobody, or the operator could fill a lane for nothing, with
    /// fees that come back to it, and price its users' exits out. (Every entry paid at least the fee of an empty lane,
    /// and a share leaves at least its average behind, so no share is below what is earned.)
    /// @param from The final state's end of the lane so far.
    /// @param to Its new end, not above the lane's count.
    function _releaseFees(Lane which, uint64 from, uint64 to) internal {
        if (from == to) return;
        LaneStorage storage l = _lane(which);
        uint256 taken = to - from;
        uint256 escrow = l.escrow;
        uint256 share = escrow * taken / (l.count - from);
        l.escrow = uint128(escrow - share);
        uint256 earned = taken * QUEUE_FEE;
        _credit(operator, ETHER, earned);
        if (share > earned) _credit(address(0), ETHER, share - earned);
    }

    /// @dev Empties a lane's escrow.
    function _takeEscrow(Lane which) internal returns (uint256 escrow) {
        LaneStorage storage l = _lane(which);
        escrow = l.escrow;
        l.escrow = 0;
    }

    /// @dev Takes the fee of a lane's next entry out of what was sent, besides an amount; credits the rest.
    function _takeFee(Lane which, uint256 amount) private returns (uint256 fee) {
        if (_waiting(which) >= Lanes.MAX_WAITING) revert LaneFull(which);
        fee = queueFee(which);
        uint256 needed = fee + amount;
        if (msg.value < needed) revert PaymentTooSmall(needed, msg.value);
        if (msg.value > needed) _credit(msg.sender, ETHER, msg.value - needed);
    }
}
