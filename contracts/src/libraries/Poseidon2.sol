// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    FIELD_ORDER,
    POSEIDON2_DIAGONAL_0,
    POSEIDON2_DIAGONAL_1,
    POSEIDON2_DIAGONAL_2,
    POSEIDON2_DIAGONAL_3,
    POSEIDON2_HALF_FULL_ROUNDS,
    POSEIDON2_PARTIAL_ROUNDS,
    POSEIDON2_ROUND_KEYS
} from "./Constants.sol";

/// @title Poseidon2 of width 4 over BN254's scalar field (https://eprint.iacr.org/2023/323)
/// @notice H4 of docs/protocol.md, the hash of the state tree and of state commitments.
/// @dev Meant for constructors, which run once: written for size, about 27,000 gas a call. Its round keys take
/// 2,816 bytes of whatever code includes it.
library Poseidon2 {
    /// @notice First word of the permutation of (a, b, c, d), plus a.
    /// @param a First word, below the field order; so are the others.
    /// @param b Second word.
    /// @param c Third word.
    /// @param d Fourth word.
    /// @return h The hash, below the field order.
    function h4(uint256 a, uint256 b, uint256 c, uint256 d) internal pure returns (uint256 h) {
        bytes memory roundKeys = POSEIDON2_ROUND_KEYS;
        assembly ("memory-safe") {
            function external4(s0, s1, s2, s3) -> t0, t1, t2, t3 {
                // The matrix (5 7 1 3 / 4 6 1 1 / 1 3 5 7 / 1 1 4 6), by the additions of the paper's appendix B.
                let u := addmod(s0, s1, FIELD_ORDER)
                let v := addmod(s2, s3, FIELD_ORDER)
                let w := addmod(addmod(s1, s1, FIELD_ORDER), v, FIELD_ORDER)
                let x := addmod(addmod(s3, s3, FIELD_ORDER), u, FIELD_ORDER)
                t3 := addmod(mulmod(4, v, FIELD_ORDER), x, FIELD_ORDER)
                t1 := addmod(mulmod(4, u, FIELD_ORDER), w, FIELD_ORDER)
                t0 := addmod(x, t1, FIELD_ORDER)
                t2 := addmod(w, t3, FIELD_ORDER)
            }
            function sbox(s, key) -> t {
                let x := addmod(s, key, FIELD_ORDER)
                t := mulmod(x, x, FIELD_ORDER)
                t := mulmod(mulmod(t, t, FIELD_ORDER), x, FIELD_ORDER)
            }
            function fullRounds(s0, s1, s2, s3, keys) -> t0, t1, t2, t3, next {
                t0 := s0
                t1 := s1
                t2 := s2
                t3 := s3
                next := keys
                for { let i := 0 } lt(i, POSEIDON2_HALF_FULL_ROUNDS) { i := add(i, 1) } {
                    t0 := sbox(t0, mload(next))
                    t1 := sbox(t1, mload(add(next, 0x20)))
                    t2 := sbox(t2, mload(add(next, 0x40)))
                    t3 := sbox(t3, mload(add(next, 0x60)))
                    next := add(next, 0x80)
                    t0, t1, t2, t3 := external4(t0, t1, t2, t3)
                }
            }

            let keys := add(roundKeys, 0x20)
            let s0, s1, s2, s3 := external4(a, b, c, d)
            s0, s1, s2, s3, keys := fullRounds(s0, s1, s2, s3, keys)
            for { let i := 0 } lt(i, POSEIDON2_PARTIAL_ROUNDS) { i := add(i, 1) } {
                s0 := sbox(s0, mload(keys))
                keys := add(keys, 0x20)
                let sum := addmod(addmod(s0, s1, FIELD_ORDER), addmod(s2, s3, FIELD_ORDER), FIELD_ORDER)
                s0 := addmod(mulmod(s0, POSEIDON2_DIAGONAL_0, FIELD_ORDER), sum, FIELD_ORDER)
                s1 := addmod(mulmod(s1, POSEIDON2_DIAGONAL_1, FIELD_ORDER), sum, FIELD_ORDER)
                s2 := addmod(mulmod(s2, POSEIDON2_DIAGONAL_2, FIELD_ORDER), sum, FIELD_ORDER)
                s3 := addmod(mulmod(s3, POSEIDON2_DIAGONAL_3, FIELD_ORDER), sum, FIELD_ORDER)
            }
            s0, s1, s2, s3, keys := fullRounds(s0, s1, s2, s3, keys)
            h := addmod(s0, a, FIELD_ORDER)
        }
    }
}
