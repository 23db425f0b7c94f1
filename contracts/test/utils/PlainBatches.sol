// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { FIELD_ORDER } from "../../src/libraries/Constants.sol";
import { Capacities } from "../../src/libraries/PublishedData.sol";

/// @title PlainBatches as lists of entries, with a plain encoder and a plain evaluation
/// @dev Written from docs/protocol.md, not from the library: the published vector is laid out in full, zeros
/// included, and its polynomial summed power by power.
library PlainBatches {
    struct Opening {
        uint256 keyX;
        uint256 keyY;
        address owner;
        uint32 token;
        uint32 index;
    }

    struct Deposit {
        uint256 keyX;
        uint256 keyY;
        address owner;
        uint32 token;
        uint32 index;
        uint8 opened;
        uint128 amount;
    }

    struct ForcedExit {
        address sender;
        uint32 index;
    }

    struct FeeAccount {
        uint32 token;
        uint32 index;
    }

    struct Exit {
        address owner;
        uint32 token;
        uint128 amount;
    }

    struct Batch {
        uint256 oldCommitment;
        uint256 newCommitment;
        Opening[] openings;
        Deposit[] deposits;
        ForcedExit[] forcedExits;
        FeeAccount[] feeAccounts;
        Exit[] exits;
        bytes13[] transfers;
    }

    /// @dev A batch without entries.
    function empty(uint256 oldCommitment, uint256 newCommitment) internal pure returns (Batch memory b) {
        b.oldCommitment = oldCommitment;
        b.newCommitment = newCommitment;
    }

    /// @dev The published bytes.
    function encode(Batch memory b) internal pure returns (bytes memory data) {
        data = abi.encodePacked(
            b.oldCommitment,
            b.newCommitment,
            uint32(b.openings.length),
            uint32(b.deposits.length),
            uint32(b.forcedExits.length),
            uint32(b.feeAccounts.length),
            uint32(b.exits.length),
            uint32(b.transfers.length)
        );
        for (uint256 i = 0; i < b.openings.length; ++i) {
            Opening memory o = b.openings[i];
            data = bytes.concat(data, abi.encodePacked(o.keyX, o.keyY, o.owner, o.token, o.index));
        }
        for (uint256 i = 0; i < b.deposits.length; ++i) {
            Deposit memory d = b.deposits[i];
            data = bytes.concat(data, abi.encodePacked(d.keyX, d.keyY, d.owner, d.token, d.index, d.opened, d.amount));
        }
        for (uint256 i = 0; i < b.forcedExits.length; ++i) {
            data = bytes.concat(data, abi.encodePacked(b.forcedExits[i].sender, b.forcedExits[i].index));
        }
        for (uint256 i = 0; i < b.feeAccounts.length; ++i) {
            data = bytes.concat(data, abi.encodePacked(b.feeAccounts[i].token, b.feeAccounts[i].index));
        }
        for (uint256 i = 0; i < b.exits.length; ++i) {
            data = bytes.concat(data, abi.encodePacked(b.exits[i].owner, b.exits[i].token, b.exits[i].amount));
        }
        for (uint256 i = 0; i < b.transfers.length; ++i) {
            data = bytes.concat(data, b.transfers[i]);
        }
    }

    /// @dev The published vector, unused entries included.
    function vector(Batch memory b, Capacities memory caps) internal pure returns (uint256[] memory v) {
        v = new uint256[](
            3 + 3 * caps.openings + 4 * caps.layerOne + caps.feeAccounts + 2 * caps.exits + caps.transfers / 2
        );
        v[0] = b.oldCommitment;
        v[1] = b.newCommitment;
        v[2] = b.openings.length * 2 ** 160 + b.deposits.length * 2 ** 128 + b.forcedExits.length * 2 ** 96
            + b.feeAccounts.length * 2 ** 64 + b.exits.length * 2 ** 32 + b.transfers.length;
        uint256 offset = 3;
        for (uint256 i = 0; i < b.openings.length; ++i) {
            Opening memory o = b.openings[i];
            v[offset + 3 * i] = o.keyX;
            v[offset + 3 * i + 1] = o.keyY;
            v[offset + 3 * i + 2] = uint256(uint160(o.owner)) * 2 ** 64 + uint256(o.token) * 2 ** 32 + o.index;
        }
        offset += 3 * caps.openings;
        for (uint256 i = 0; i < b.deposits.length; ++i) {
            Deposit memory d = b.deposits[i];
            v[offset + 4 * i] = d.keyX;
            v[offset + 4 * i + 1] = d.keyY;
            v[offset + 4 * i + 2] =
                uint256(uint160(d.owner)) * 2 ** 72 + uint256(d.token) * 2 ** 40 + uint256(d.index) * 2 ** 8 + d.opened;
            v[offset + 4 * i + 3] = d.amount;
        }
        for (uint256 i = 0; i < b.forcedExits.length; ++i) {
            uint256 packed =
                uint256(uint160(b.forcedExits[i].sender)) * 2 ** 72 + uint256(b.forcedExits[i].index) * 2 ** 8;
            v[offset + 4 * (b.deposits.length + i) + 2] = packed;
        }
        offset += 4 * caps.layerOne;
        for (uint256 i = 0; i < b.feeAccounts.length; ++i) {
            v[offset + i] = uint256(b.feeAccounts[i].token) * 2 ** 32 + b.feeAccounts[i].index;
        }
        offset += caps.feeAccounts;
        for (uint256 i = 0; i < b.exits.length; ++i) {
            v[offset + 2 * i] = uint256(uint160(b.exits[i].owner)) * 2 ** 32 + b.exits[i].token;
            v[offset + 2 * i + 1] = b.exits[i].amount;
        }
        offset += 2 * caps.exits;
        for (uint256 i = 0; i < b.transfers.length; ++i) {
            uint256 transfer = uint104(b.transfers[i]);
            v[offset + i / 2] += i % 2 == 0 ? transfer * 2 ** 104 : transfer;
        }
    }

    /// @dev The sum of v[i] z^i modulo the field order.
    function polynomial(uint256[] memory v, uint256 z) internal pure returns (uint256 y) {
        uint256 power = 1;
        for (uint256 i = 0; i < v.length; ++i) {
            y = addmod(y, mulmod(v[i], power, FIELD_ORDER), FIELD_ORDER);
            power = mulmod(power, z, FIELD_ORDER);
        }
    }

    /// @dev Hash of a deposit's content, as its lane has it.
    function body(Deposit memory d) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(d.keyX, d.keyY, d.owner, d.token, d.amount));
    }

    /// @dev Hash of a forced exit's content, as its lane has it.
    function body(ForcedExit memory x) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(x.sender, x.index));
    }

    /// @dev A lane's rolling hash, continued by one entry.
    function laneHash(bytes32 lane, bytes32 entryBody, bytes32 meta) internal pure returns (bytes32) {
        return keccak256(abi.encode(lane, keccak256(abi.encode(entryBody, meta))));
    }
}
