// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { FIELD_ORDER } from "./Constants.sol";

/// @dev Capacities of a shape: entries that each section of its published vector has room for.
struct Capacities {
    uint256 openings;
    uint256 layerOne;
    uint256 feeAccounts;
    uint256 exits;
    uint256 transfers;
}

/// @dev What the first 88 bytes of published data say.
struct Header {
    uint256 oldCommitment;
    uint256 newCommitment;
    uint256 openings;
    uint256 deposits;
    uint256 forcedExits;
    uint256 feeAccounts;
    uint256 exits;
    uint256 transfers;
}

/// @title A batch's published data: its bytes, and the polynomial that binds them to the proof
/// @notice docs/protocol.md has the format, under "Published data" and "Binding".
library PublishedData {
    /// @notice The data is not as long as its header says. `expected` is 88 if it is too short for a header.
    error DataLength(uint256 expected, uint256 actual);

    /// @notice A section has more entries than the circuit has room for.
    error CapacityExceeded();

    /// @notice A commitment or a coordinate of a key is not below the field order.
    error WordNotReduced();

    /// @notice A deposit's `opened` byte is neither 0 nor 1.
    error OpenedNotBoolean();

    uint256 internal constant HEADER_BYTES = 88;
    uint256 internal constant OPENING_BYTES = 92;
    uint256 internal constant DEPOSIT_BYTES = 109;
    uint256 internal constant FORCED_EXIT_BYTES = 24;
    uint256 internal constant FEE_ACCOUNT_BYTES = 8;
    uint256 internal constant EXIT_BYTES = 40;
    uint256 internal constant TRANSFER_BYTES = 13;
    /// @dev Two transfers make one element of the vector.
    uint256 internal constant CHUNK_BYTES = 26;

    /// @notice Reads the header, and checks that the sections fit the circuit and fill the data to its last byte.
    function readHeader(bytes calldata data, Capacities memory caps) internal pure returns (Header memory h) {
        if (data.length < HEADER_BYTES) revert DataLength(HEADER_BYTES, data.length);
        uint256 lengths;
        assembly ("memory-safe") {
            mstore(h, calldataload(data.offset))
            mstore(add(h, 0x20), calldataload(add(data.offset, 0x20)))
            lengths := shr(64, calldataload(add(data.offset, 0x40)))
        }
        h.openings = lengths >> 160;
        h.deposits = uint32(lengths >> 128);
        h.forcedExits = uint32(lengths >> 96);
        h.feeAccounts = uint32(lengths >> 64);
        h.exits = uint32(lengths >> 32);
        h.transfers = uint32(lengths);
        if (
            h.openings > caps.openings || h.deposits + h.forcedExits > caps.layerOne || h.feeAccounts > caps.feeAccounts
                || h.exits > caps.exits || h.transfers > caps.transfers
        ) revert CapacityExceeded();

        uint256 expected = exitsStart(h) + EXIT_BYTES * h.exits + TRANSFER_BYTES * h.transfers;
        if (data.length != expected) revert DataLength(expected, data.length);
    }

    /// @notice Where the deposits begin, in bytes from the start of the data.
    function depositsStart(Header memory h) internal pure returns (uint256) {
        return HEADER_BYTES + OPENING_BYTES * h.openings;
    }

    /// @notice Where the exits begin, in bytes from the start of the data.
    function exitsStart(Header memory h) internal pure returns (uint256) {
        uint256 layerOneBytes = DEPOSIT_BYTES * h.deposits + FORCED_EXIT_BYTES * h.forcedExits;
        return depositsStart(h) + layerOneBytes + FEE_ACCOUNT_BYTES * h.feeAccounts;
    }

    /// @notice Continues the deposit lane's rolling hash over the deposits of a batch.
    /// @param data The published data, whose header `h` has been read.
    /// @param metas Who queued each of them and when; as many as there are deposits.
    /// @param hash The lane's hash before the first of them.
    /// @return The lane's hash after the last of them.
    function foldDeposits(bytes calldata data, Header memory h, bytes32[] calldata metas, bytes32 hash)
        internal
        pure
        returns (bytes32)
    {
        uint256 first = depositsStart(h);
        bool wrongFlag;
        assembly ("memory-safe") {
            let m := mload(0x40)
            let p := add(data.offset, first)
            let meta := metas.offset
            for { let end := add(meta, shl(5, metas.length)) } lt(meta, end) { meta := add(meta, 0x20) } {
                // Ax 32, Ay 32, owner 20, token 4, amount 16: the deposit without index and `opened`.
                calldatacopy(m, p, 88)
                calldatacopy(add(m, 88), add(p, 93), 16)
                wrongFlag := or(wrongFlag, gt(byte(0, calldataload(add(p, 92))), 1))
                mstore(0x00, keccak256(m, 104))
                mstore(0x20, calldataload(meta))
                mstore(0x20, keccak256(0x00, 0x40))
                mstore(0x00, hash)
                hash := keccak256(0x00, 0x40)
                p := add(p, DEPOSIT_BYTES)
            }
        }
        if (wrongFlag) revert OpenedNotBoolean();
        return hash;
    }

    /// @notice Continues the exit lane's rolling hash over the forced exits of a batch.
    /// @param data The published data, whose header `h` has been read.
    /// @param metas Who queued each of them and when; as many as there are forced exits.
    /// @param hash The lane's hash before the first of them.
    /// @return The lane's hash after the last of them.
    function foldForcedExits(bytes calldata data, Header memory h, bytes32[] calldata metas, bytes32 hash)
        internal
        pure
        returns (bytes32)
    {
        uint256 first = depositsStart(h) + DEPOSIT_BYTES * h.deposits;
        assembly ("memory-safe") {
            let p := add(data.offset, first)
            let meta := metas.offset
            for { let end := add(meta, shl(5, metas.length)) } lt(meta, end) { meta := add(meta, 0x20) } {
                // sender 20, index 4: all of it.
                calldatacopy(0x00, p, FORCED_EXIT_BYTES)
                mstore(0x00, keccak256(0x00, FORCED_EXIT_BYTES))
                mstore(0x20, calldataload(meta))
                mstore(0x20, keccak256(0x00, 0x40))
                mstore(0x00, hash)
                hash := keccak256(0x00, 0x40)
                p := add(p, FORCED_EXIT_BYTES)
            }
        }
        return hash;
    }

    /// @notice The exits as they were published.
    function exitRecords(bytes calldata data, Header memory h) internal pure returns (bytes calldata) {
        uint256 start = exitsStart(h);
        return data[start:start + EXIT_BYTES * h.exits];
    }

    /// @notice Challenge and hash of published data.
    /// @param verifier The verifier that will check the proof.
    /// @param shapeID The identifier of the circuit's shape.
    /// @param digest D, which the circuit computes from the same data.
    /// @return z keccak256("quire/bind", verifier, shapeID, digest, data) modulo the field order.
    /// @return dataHash keccak256(data).
    function challenge(bytes calldata data, address verifier, uint256 shapeID, uint256 digest)
        internal
        pure
        returns (uint256 z, bytes32 dataHash)
    {
        assembly ("memory-safe") {
            // One copy serves both hashes. Each store ends in the place of the next one, so the order matters.
            let m := mload(0x40)
            let copy := add(m, 94)
            mstore(m, or(shl(176, 0x71756972652f62696e64), shr(80, shl(96, verifier))))
            mstore(add(m, 30), shapeID)
            mstore(add(m, 62), digest)
            calldatacopy(copy, data.offset, data.length)
            z := mod(keccak256(m, add(94, data.length)), FIELD_ORDER)
            dataHash := keccak256(copy, data.length)
        }
    }

    /// @notice The published vector as a polynomial, at a point.
    /// @dev Entries beyond a section's count are zeros of the vector: they cost one power of z per section, none for
    /// each. Horner's rule runs from the last element to the first, so over the data from its end to its start.
    ///
    /// Sums are reduced only by the multiplication that follows: a reduced value plus a word below 2^254 stays below
    /// 2^255. Words of 32 bytes may be larger, and are refused at the end.
    /// @param data The published data, whose header `h` has been read.
    /// @param caps The capacities of the circuit's shape.
    /// @param z The point.
    /// @return y The sum of V_i z^i modulo the field order.
    function evaluate(bytes calldata data, Header memory h, Capacities memory caps, uint256 z)
        internal
        pure
        returns (uint256 y)
    {
        uint256 unreduced;
        assembly ("memory-safe") {
            function power(base, e) -> result {
                result := 1
                for { } e { e := shr(1, e) } {
                    if and(e, 1) { result := mulmod(result, base, FIELD_ORDER) }
                    base := mulmod(base, base, FIELD_ORDER)
                }
            }
            // Makes room for the unused entries of a section, `size` elements each.
            function skip(acc, point, capacity, used, size) -> result {
                result := mulmod(acc, power(point, mul(size, sub(capacity, used))), FIELD_ORDER)
            }

            let p := add(data.offset, data.length)

            // Transfers: an odd last one is the upper half of its chunk.
            let n := mload(add(h, 0xe0))
            if and(n, 1) {
                p := sub(p, TRANSFER_BYTES)
                y := shl(104, shr(152, calldataload(p)))
            }
            n := shr(1, n)
            // Most of a batch is here, and a turn of the loop costs as much as a chunk: eight chunks a turn.
            for { let end := sub(p, mul(CHUNK_BYTES, and(n, 7))) } gt(p, end) { } {
                p := sub(p, CHUNK_BYTES)
                y := add(mulmod(y, z, FIELD_ORDER), shr(48, calldataload(p)))
            }
            for { let end := sub(p, mul(CHUNK_BYTES, and(n, not(7)))) } gt(p, end) { } {
                y := add(mulmod(y, z, FIELD_ORDER), shr(48, calldataload(sub(p, 26))))
                y := add(mulmod(y, z, FIELD_ORDER), shr(48, calldataload(sub(p, 52))))
                y := add(mulmod(y, z, FIELD_ORDER), shr(48, calldataload(sub(p, 78))))
                y := add(mulmod(y, z, FIELD_ORDER), shr(48, calldataload(sub(p, 104))))
                y := add(mulmod(y, z, FIELD_ORDER), shr(48, calldataload(sub(p, 130))))
                y := add(mulmod(y, z, FIELD_ORDER), shr(48, calldataload(sub(p, 156))))
                y := add(mulmod(y, z, FIELD_ORDER), shr(48, calldataload(sub(p, 182))))
                p := sub(p, 208)
                y := add(mulmod(y, z, FIELD_ORDER), shr(48, calldataload(p)))
            }

            // Exits: owner and token; amount.
            n := mload(add(h, 0xc0))
            y := skip(y, z, mload(add(caps, 0x60)), n, 2)
            for { let end := sub(p, mul(EXIT_BYTES, n)) } gt(p, end) { } {
                p := sub(p, EXIT_BYTES)
                y := add(mulmod(y, z, FIELD_ORDER), shr(128, calldataload(add(p, 24))))
                y := add(mulmod(y, z, FIELD_ORDER), shr(64, calldataload(p)))
            }

            // Fee accounts: token and index.
            n := mload(add(h, 0xa0))
            y := skip(y, z, mload(add(caps, 0x40)), n, 1)
            for { let end := sub(p, mul(FEE_ACCOUNT_BYTES, n)) } gt(p, end) { } {
                p := sub(p, FEE_ACCOUNT_BYTES)
                y := add(mulmod(y, z, FIELD_ORDER), shr(192, calldataload(p)))
            }

            // Layer-1 operations. Forced exits come last: 0; 0; sender and index, above a byte that stays 0; 0.
            n := mload(add(h, 0x80))
            y := skip(y, z, mload(add(caps, 0x20)), add(n, mload(add(h, 0x60))), 4)
            for { let end := sub(p, mul(FORCED_EXIT_BYTES, n)) } gt(p, end) { } {
                p := sub(p, FORCED_EXIT_BYTES)
                let sender := calldataload(p)
                let index := shr(224, calldataload(add(p, 20)))
                let packed := or(shl(72, shr(96, sender)), shl(8, index))
                y := add(mulmod(mulmod(y, z, FIELD_ORDER), z, FIELD_ORDER), packed)
                y := mulmod(mulmod(y, z, FIELD_ORDER), z, FIELD_ORDER)
            }
            // Deposits: Ax; Ay; owner, token, index and `opened`; amount.
            n := mload(add(h, 0x60))
            for { let end := sub(p, mul(DEPOSIT_BYTES, n)) } gt(p, end) { } {
                p := sub(p, DEPOSIT_BYTES)
                y := add(mulmod(y, z, FIELD_ORDER), shr(128, calldataload(add(p, 93))))
                y := add(mulmod(y, z, FIELD_ORDER), shr(24, calldataload(add(p, 64))))
                let w := calldataload(add(p, 32))
                unreduced := or(unreduced, iszero(lt(w, FIELD_ORDER)))
                y := add(mulmod(y, z, FIELD_ORDER), w)
                w := calldataload(p)
                unreduced := or(unreduced, iszero(lt(w, FIELD_ORDER)))
                y := add(mulmod(y, z, FIELD_ORDER), w)
            }

            // Openings: Ax; Ay; owner, token and index.
            n := mload(add(h, 0x40))
            y := skip(y, z, mload(caps), n, 3)
            for { let end := sub(p, mul(OPENING_BYTES, n)) } gt(p, end) { } {
                p := sub(p, OPENING_BYTES)
                y := add(mulmod(y, z, FIELD_ORDER), shr(32, calldataload(add(p, 64))))
                let w := calldataload(add(p, 32))
                unreduced := or(unreduced, iszero(lt(w, FIELD_ORDER)))
                y := add(mulmod(y, z, FIELD_ORDER), w)
                w := calldataload(p)
                unreduced := or(unreduced, iszero(lt(w, FIELD_ORDER)))
                y := add(mulmod(y, z, FIELD_ORDER), w)
            }

            // Header: old commitment; new commitment; the six counts as one integer.
            p := data.offset
            y := add(mulmod(y, z, FIELD_ORDER), shr(64, calldataload(add(p, 64))))
            let w := calldataload(add(p, 32))
            unreduced := or(unreduced, iszero(lt(w, FIELD_ORDER)))
            y := add(mulmod(y, z, FIELD_ORDER), w)
            w := calldataload(p)
            unreduced := or(unreduced, iszero(lt(w, FIELD_ORDER)))
            y := addmod(mulmod(y, z, FIELD_ORDER), w, FIELD_ORDER)
        }
        if (unreduced != 0) revert WordNotReduced();
    }
}
