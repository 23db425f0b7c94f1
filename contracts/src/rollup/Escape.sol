// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRollup } from "../interfaces/IRollup.sol";
import { EXIT_ID, FIELD_ORDER } from "../libraries/Constants.sol";
import { Queue } from "./Queue.sol";

/// @title The way out without the operator: the freeze, and what is left to do after it
///
/// @dev The freeze ends commit, prove, revert, queueing and changes at once and for ever, so the final state and the
/// lanes stand still: an account escapes from the one and a deposit is given back from the other, and no proof that
/// comes late can make either happen twice.
abstract contract Escape is Queue {
    mapping(uint256 word => uint256 bits) private _escaped;
    mapping(uint256 word => uint256 bits) private _refunded;

    /// @inheritdoc IRollup
    function freeze(Lane lane, Entry calldata oldest) external nonReentrant whenRunning {
        uint256 from = _timeOfOldest(lane, oldest) + deadline;
        if (block.timestamp < from) revert TooEarly(from);
        _freeze();
    }

    /// @inheritdoc IRollup
    function freezeFork() external nonReentrant whenRunning {
        if (block.chainid == HOME_CHAIN) revert WrongChain(block.chainid);
        _freeze();
    }

    /// @inheritdoc IRollup
    function escape(
        uint32 index,
        address owner,
        uint32 token,
        uint128 amount,
        uint256 digest,
        uint256[12] calldata proof
    ) external nonReentrant whenFrozen {
        if (index == 0) revert IndexReserved();
        if (amount == 0) revert AmountInvalid(amount);
        if (escaped(index)) revert AlreadyEscaped(index);
        _set(_escaped, index);
        _verify(exitVerifier, proof, _exitInputs(index, owner, token, amount, digest));
        _credit(owner, token, amount);
        emit Escaped(index, owner, token, amount);
    }

    /// @inheritdoc IRollup
    function refundDeposit(uint64 position, QueuedDeposit calldata entry, LaneProof calldata proof)
        external
        nonReentrant
        whenFrozen
    {
        bool unprocessed = position >= _end(Lane.Deposits) && position < _lane(Lane.Deposits).count;
        if (!unprocessed || refunded(position)) revert NotRefundable(position);
        _set(_refunded, position);
        bytes32 body = keccak256(abi.encodePacked(entry.keyX, entry.keyY, entry.owner, entry.token, entry.amount));
        (address payer,) = _show(Lane.Deposits, position, body, proof);
        _credit(payer, entry.token, entry.amount);
        emit DepositRefunded(position, payer, entry.token, entry.amount);
    }

    /// @inheritdoc IRollup
    function escaped(uint32 index) public view returns (bool) {
        return _isSet(_escaped, index);
    }

    /// @inheritdoc IRollup
    function refunded(uint64 position) public view returns (bool) {
        return _isSet(_refunded, position);
    }

    /// @dev Discards pending batches, pays the caller what the waiting entries have paid, and ends everything but the
    /// ways out.
    function _freeze() private {
        _progress.frozen = true;
        _progress.lastCommitted = _progress.number;
        _credit(msg.sender, ETHER, _takeEscrow(Lane.Deposits) + _takeEscrow(Lane.Exits));
        emit Frozen(_progress.number, _commitment, msg.sender);
    }

    /// @dev The public inputs of an escape's proof: docs/protocol.md, "Escape".
    function _exitInputs(uint32 index, address owner, uint32 token, uint128 amount, uint256 digest)
        private
        view
        returns (uint256[3] memory inputs)
    {
        uint256 commitment = _commitment;
        bytes memory published = abi.encodePacked(commitment, owner, token, index, amount);
        uint256 z =
            uint256(keccak256(abi.encodePacked("quire/bind", exitVerifier, EXIT_ID, digest, published))) % FIELD_ORDER;
        uint256 account = uint256(uint160(owner)) << 64 | uint256(token) << 32 | index;
        uint256 y = addmod(mulmod(amount, z, FIELD_ORDER), account, FIELD_ORDER);
        y = addmod(mulmod(y, z, FIELD_ORDER), commitment, FIELD_ORDER);
        return [digest, z, y];
    }

    function _isSet(mapping(uint256 => uint256) storage bitmap, uint256 i) private view returns (bool) {
        return bitmap[i >> 8] >> (i & 0xff) & 1 != 0;
    }

    function _set(mapping(uint256 => uint256) storage bitmap, uint256 i) private {
        bitmap[i >> 8] |= 1 << (i & 0xff);
    }
}
