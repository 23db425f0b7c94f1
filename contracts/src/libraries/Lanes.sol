// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev A lane of the queue: a rolling hash over its entries, of which some values are kept.
/// @param head The hash after the newest entry.
/// @param count Entries ever appended.
/// @param escrow Fees, in wei, of the entries that no proven batch took. In one slot with `count`.
/// @param checkpoints The hash after 16·n entries, at n mod 256.
struct LaneStorage {
    bytes32 head;
    uint64 count;
    uint128 escrow;
    bytes32[256] checkpoints;
}

/// @title A lane's rolling hash, and proofs that entries stand at a place in it
/// @notice docs/protocol.md has the hashes, under "Queue".
///
/// @dev To show entries [a, b), start from the stored hash of the multiple of 16 at or below a, and fold the entries up
/// to a, the shown ones, and those from b up to a total whose hash is stored too. Each step hashes its predecessor, so
/// whoever reaches the stored hash in exactly total − start steps has folded the lane's own entries: any others would
/// be a collision of keccak256.
library Lanes {
    /// @dev Every so many entries the hash is kept.
    uint256 internal constant STRIDE = 16;

    /// @dev So many of the kept hashes are there at a time.
    uint256 internal constant RING = 256;

    /// @dev Most entries that may wait. The oldest of them is then below 16 + 4,064 < 4,096 entries old, counted from
    /// the multiple of 16 that its proof starts from: the ring still has that multiple's hash, and not yet a later
    /// one's in its place.
    uint256 internal constant MAX_WAITING = (RING - 2) * STRIDE;

    /// @notice Appends an entry.
    /// @param self The lane.
    /// @param body Hash of the entry's content.
    /// @param meta Who queued it, and when.
    /// @param fee Fee, in wei, that waits with it.
    /// @return position The entry's place, from 0.
    function append(LaneStorage storage self, bytes32 body, uint256 meta, uint256 fee)
        internal
        returns (uint64 position)
    {
        position = self.count;
        uint64 count = position + 1;
        bytes32 hash = _step(self.head, hashEntry(body, meta));
        self.head = hash;
        // No amount of ether comes near 2^128 wei, and the fee was paid in ether.
        (self.count, self.escrow) = (count, uint128(self.escrow + fee));
        if (count % STRIDE == 0) self.checkpoints[(count / STRIDE) % RING] = hash;
    }

    /// @notice The lane's hash before an entry, as far as `before` tells the truth: `close` finds out.
    /// @param self The lane.
    /// @param first The entry's place, within the last MAX_WAITING.
    /// @param before Hashes of the entries from the multiple of 16 at or below `first` up to it.
    /// @return fits Whether `before` has the right length.
    /// @return hash The hash.
    function open(LaneStorage storage self, uint256 first, bytes32[] calldata before)
        internal
        view
        returns (bool fits, bytes32 hash)
    {
        uint256 n = first / STRIDE;
        // Slot 0 belongs to a later multiple once the ring has gone round.
        hash = fold(n == 0 ? bytes32(0) : self.checkpoints[n % RING], before);
        fits = before.length == first % STRIDE;
    }

    /// @notice Whether folding led to the lane's hash.
    /// @param self The lane.
    /// @param hash The hash before the entry at `next`, to be confirmed.
    /// @param next The place behind the shown entries, above 0.
    /// @param rest Hashes of the entries from there up to a multiple of 16, or the lane's end.
    function close(LaneStorage storage self, bytes32 hash, uint256 next, bytes32[] calldata rest)
        internal
        view
        returns (bool)
    {
        hash = fold(hash, rest);
        uint256 total = next + rest.length;
        uint256 count = self.count;
        if (total == count) return hash == self.head;
        return total < count && total % STRIDE == 0 && hash == self.checkpoints[(total / STRIDE) % RING];
    }

    /// @notice Continues a rolling hash by entries, given by their hashes.
    function fold(bytes32 hash, bytes32[] calldata entries) internal pure returns (bytes32) {
        for (uint256 i = 0; i < entries.length; ++i) {
            hash = _step(hash, entries[i]);
        }
        return hash;
    }

    /// @notice Continues a rolling hash by one entry.
    function foldEntry(bytes32 hash, bytes32 body, bytes32 meta) internal pure returns (bytes32) {
        return _step(hash, hashEntry(body, uint256(meta)));
    }

    /// @notice An entry's hash.
    function hashEntry(bytes32 body, uint256 meta) internal pure returns (bytes32) {
        return _step(body, bytes32(meta));
    }

    /// @notice Who queued an entry, and when.
    function packMeta(address who, uint256 time) internal pure returns (uint256) {
        return uint256(uint160(who)) << 64 | uint64(time);
    }

    /// @notice Takes apart what `packMeta` made.
    function unpackMeta(bytes32 meta) internal pure returns (address who, uint64 time) {
        return (address(uint160(uint256(meta) >> 64)), uint64(uint256(meta)));
    }

    /// @dev keccak256(a ‖ b), without the memory that abi.encode would take.
    function _step(bytes32 a, bytes32 b) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            mstore(0x00, a)
            mstore(0x20, b)
            hash := keccak256(0x00, 0x40)
        }
    }
}
