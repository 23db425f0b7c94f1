// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRollup } from "../interfaces/IRollup.sol";
import { LaneStorage, Lanes } from "../libraries/Lanes.sol";
import { Capacities, Header, PublishedData } from "../libraries/PublishedData.sol";
import { Circuits } from "./Circuits.sol";
import { Queue } from "./Queue.sol";

/// @title Batches: committed by the operator, proven by anybody
///
/// @dev A committed batch continues the one before it, in its state and in both lanes, and changes nothing but the
/// chain of pending records. What is proven moves the final state, pays exits, and moves the lanes on: nothing else
/// does.
abstract contract Batches is Circuits, Queue {
    using Lanes for LaneStorage;

    /// @dev What a new batch has to continue: the last pending batch, or the final state.
    struct Tip {
        uint32 number;
        uint256 commitment;
        uint64 depositsEnd;
        uint64 exitsEnd;
    }

    /// @dev Where the data's first byte is in the calldata of the two functions that commit, encoded as the ABI has
    /// it: selector, offset of the batch, the other argument; five words of the batch; the data's length.
    uint256 private constant DATA_OF_COMMIT = 4 + 32 * (1 + 8 + 5 + 1);
    uint256 private constant DATA_OF_COMMIT_AND_PROVE = 4 + 32 * (1 + 12 + 5 + 1);

    /// @dev Hashes of the records of pending batches. Above `_progress.lastCommitted` they are stale, and never read.
    mapping(uint32 number => bytes32 hash) private _records;

    /// @dev The data has to be the transaction's own calldata: whoever rebuilds the state reads it there. Of all frames
    /// that an account without code can be the caller of, and the origin too, only the first has such a caller. An
    /// account with delegated code (EIP-7702) could be called by a contract and call on from there.
    modifier onlyOperatorDirectly() {
        if (msg.sender != operator) revert NotOperator(msg.sender);
        if (msg.sender != tx.origin || msg.sender.code.length != 0) revert NotDirect();
        _;
    }

    /// @inheritdoc IRollup
    function commitBatch(Commit calldata batch, Record calldata previous)
        external
        onHomeChain
        whenRunning
        onlyOperatorDirectly
    {
        Progress memory p = _progress;
        Tip memory tip = Tip(p.number, _commitment, p.depositsEnd, p.exitsEnd);
        if (p.lastCommitted != p.number) {
            _requireRecord(p.lastCommitted, previous);
            tip = Tip(p.lastCommitted, previous.commitment, previous.depositsEnd, previous.exitsEnd);
        }
        (Record memory record,,) = _commit(batch, tip, DATA_OF_COMMIT);
        _records[record.number] = keccak256(abi.encode(record));
        _progress.lastCommitted = record.number;
    }

    /// @inheritdoc IRollup
    function proveBatches(Proven[] calldata batches) external nonReentrant onHomeChain whenRunning {
        uint256 n = batches.length;
        if (n == 0) revert NothingToProve();
        Progress memory p = _progress;
        uint32 number = p.number;
        for (uint256 i = 0; i < n; ++i) {
            Proven calldata b = batches[i];
            Record calldata r = b.record;
            number += 1;
            if (number > p.lastCommitted) revert RecordUnknown(number);
            _requireRecord(number, r);
            if (keccak256(abi.encode(b.inputs)) != r.inputs || keccak256(b.exits) != r.exits) {
                revert RecordMismatch(number);
            }
            // The verifier that the circuit had when the batch was committed, whatever has become of it.
            _verify(r.verifier, b.proof, b.inputs);
            delete _records[number];
            emit BatchFinalized(number, r.commitment, r.depositsEnd, r.exitsEnd);
            _creditExits(b.exits);
        }
        Record calldata last = batches[n - 1].record;
        _finalize(p, Tip(number, last.commitment, last.depositsEnd, last.exitsEnd));
    }

    /// @inheritdoc IRollup
    function commitAndProveBatch(Commit calldata batch, uint256[12] calldata proof)
        external
        onHomeChain
        whenRunning
        onlyOperatorDirectly
    {
        Progress memory p = _progress;
        if (p.lastCommitted != p.number) revert BatchesPending(p.lastCommitted);
        Tip memory tip = Tip(p.number, _commitment, p.depositsEnd, p.exitsEnd);
        (Record memory r, uint256[3] memory inputs, Header memory h) = _commit(batch, tip, DATA_OF_COMMIT_AND_PROVE);
        _verify(r.verifier, proof, inputs);
        emit BatchFinalized(r.number, r.commitment, r.depositsEnd, r.exitsEnd);
        _creditExits(PublishedData.exitRecords(batch.data, h));
        _finalize(p, Tip(r.number, r.commitment, r.depositsEnd, r.exitsEnd));
    }

    /// @inheritdoc IRollup
    function revertBatches(Record calldata oldest) external nonReentrant whenRunning {
        Progress memory p = _progress;
        if (p.lastCommitted == p.number) revert NothingPending();
        _requireRecord(p.number + 1, oldest);
        uint256 from = oldest.time + proofTimeout;
        if (msg.sender != operator && block.timestamp < from) revert TooEarly(from);
        _progress.lastCommitted = p.number;
        emit BatchesReverted(p.number);
    }

    /// @inheritdoc IRollup
    function lastCommitted() external view returns (uint32) {
        return _progress.lastCommitted;
    }

    /// @inheritdoc IRollup
    function recordHash(uint32 number) external view returns (bytes32) {
        Progress memory p = _progress;
        return number > p.number && number <= p.lastCommitted ? _records[number] : bytes32(0);
    }

    /// @dev Reverts unless a record is the one that is stored for a pending batch.
    function _requireRecord(uint32 number, Record calldata record) private view {
        if (keccak256(abi.encode(record)) != _records[number]) revert RecordUnknown(number);
    }

    /// @dev Checks a batch and makes its record. Stores nothing.
    function _commit(Commit calldata batch, Tip memory tip, uint256 dataPlace)
        private
        returns (Record memory r, uint256[3] memory inputs, Header memory h)
    {
        bytes calldata data = batch.data;
        _requirePlace(data, dataPlace);
        Circuit memory c;
        Capacities memory caps;
        (c, caps) = _circuit(batch.circuit);
        h = PublishedData.readHeader(data, caps);
        if (h.oldCommitment != tip.commitment) revert CommitmentStale(tip.commitment, h.oldCommitment);

        r.number = tip.number + 1;
        // Capacities have 16 bits, so these sums stay far below 64.
        r.depositsEnd = tip.depositsEnd + uint64(h.deposits);
        r.exitsEnd = tip.exitsEnd + uint64(h.forcedExits);
        _requireNext(Lane.Deposits, tip.depositsEnd, h.deposits, data, h, batch.deposits);
        _requireNext(Lane.Exits, tip.exitsEnd, h.forcedExits, data, h, batch.exits);

        inputs[0] = batch.digest;
        bytes32 dataHash;
        (inputs[1], dataHash) = PublishedData.challenge(data, c.verifier, c.shapeID, batch.digest);
        inputs[2] = PublishedData.evaluate(data, h, caps, inputs[1]);

        r.time = uint64(block.timestamp);
        r.verifier = c.verifier;
        r.commitment = h.newCommitment;
        r.inputs = keccak256(abi.encode(inputs));
        r.exits = keccak256(PublishedData.exitRecords(data, h));
        emit BatchCommitted(r.number, batch.circuit, dataHash, inputs, r);
    }

    /// @dev The ABI leaves many ways to encode one call. With only one for the data's place, those who rebuild the
    /// state find it in any transaction that the contract took.
    function _requirePlace(bytes calldata data, uint256 place) private pure {
        uint256 offset;
        assembly ("memory-safe") {
            offset := data.offset
        }
        if (offset != place) revert NotDirect();
    }

    /// @dev Reverts unless the entries that a batch takes of a lane are the next ones.
    /// @param first Place of the lane's first entry that no batch before has taken.
    /// @param n How many the batch takes.
    function _requireNext(
        Lane which,
        uint64 first,
        uint256 n,
        bytes calldata data,
        Header memory h,
        LaneProof calldata proof
    ) private view {
        if (n == 0) return;
        LaneStorage storage l = _lane(which);
        (bool fits, bytes32 hash) = l.open(first, proof.before);
        if (!fits || proof.metas.length != n) revert LaneMismatch(which);
        hash = which == Lane.Deposits
            ? PublishedData.foldDeposits(data, h, proof.metas, hash)
            : PublishedData.foldForcedExits(data, h, proof.metas, hash);
        if (!l.close(hash, first + n, proof.rest)) revert LaneMismatch(which);
    }

    /// @dev Adds a proven batch's exits to what their owners can claim. Nobody is paid here: an owner who cannot be
    /// paid holds up nobody else.
    function _creditExits(bytes calldata exits) private {
        for (; exits.length != 0; exits = exits[PublishedData.EXIT_BYTES:]) {
            address owner = address(bytes20(exits[0:20]));
            uint32 token = uint32(bytes4(exits[20:24]));
            uint128 amount = uint128(bytes16(exits[24:40]));
            _credit(owner, token, amount);
            emit ExitCredited(owner, token, amount);
        }
    }

    /// @dev Moves the final state.
    /// @param p The progress so far.
    /// @param to The state that was proven.
    function _finalize(Progress memory p, Tip memory to) private {
        _releaseFees(Lane.Deposits, p.depositsEnd, to.depositsEnd);
        _releaseFees(Lane.Exits, p.exitsEnd, to.exitsEnd);
        p.number = to.number;
        if (p.lastCommitted < to.number) p.lastCommitted = to.number;
        p.depositsEnd = to.depositsEnd;
        p.exitsEnd = to.exitsEnd;
        _progress = p;
        _commitment = to.commitment;
    }
}
