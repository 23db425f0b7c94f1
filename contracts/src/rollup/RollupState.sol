// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IGroth16Verifier } from "../interfaces/IGroth16Verifier.sol";
import { IRollup } from "../interfaces/IRollup.sol";
import { EMPTY_ROOT, FIELD_ORDER, TAG_STATE } from "../libraries/Constants.sol";
import { Poseidon2 } from "../libraries/Poseidon2.sol";
import { ReentrancyGuardTransient } from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @title What all parts of the rollup share: its parameters, the final state, and what is credited to whom
///
/// @dev Of the functions that change anything, all that a foreign contract can reach while another one of them runs
/// are `nonReentrant`: only `claim` and `deposit` of a token call code that is not part of the rollup, and nothing that
/// moves funds, the queue or the state can happen inside of them. Committing needs no guard: it is refused to whoever
/// is called from a contract.
abstract contract RollupState is IRollup, ReentrancyGuardTransient {
    /// @dev How far the rollup is. One slot.
    /// @param number Number of the final state.
    /// @param lastCommitted Number of the last pending batch; `number` if none is pending.
    /// @param depositsEnd Deposits that are processed in the final state.
    /// @param exitsEnd Forced exits that are processed in the final state.
    /// @param frozen Whether the rollup is frozen.
    struct Progress {
        uint32 number;
        uint32 lastCommitted;
        uint64 depositsEnd;
        uint64 exitsEnd;
        bool frozen;
    }

    /// @dev Token 0.
    uint32 internal constant ETHER = 0;

    /// @dev Below this much of a token on layer 1, no sum of balances on layer 2 comes near 2^128.
    uint256 internal constant CAP_LIMIT = 1 << 127;

    uint256 internal immutable HOME_CHAIN;
    uint256 internal immutable QUEUE_FEE;

    /// @inheritdoc IRollup
    address public immutable exitVerifier;
    /// @inheritdoc IRollup
    bool public immutable developmentKeys;
    /// @inheritdoc IRollup
    uint256 public immutable rollupID;
    /// @inheritdoc IRollup
    uint256 public immutable deadline;
    /// @inheritdoc IRollup
    uint256 public immutable proofTimeout;
    /// @inheritdoc IRollup
    uint256 public immutable withdrawalTime;
    /// @inheritdoc IRollup
    uint256 public immutable delay;

    Progress internal _progress;

    /// @dev Commitment to the final state.
    uint256 internal _commitment;

    /// @inheritdoc IRollup
    address public operator;
    /// @inheritdoc IRollup
    address public governor;

    /// @inheritdoc IRollup
    mapping(address owner => mapping(uint32 token => uint256 amount)) public claimable;

    /// @dev After a fork, the chain that kept the ID keeps the rollup: nothing may happen on both.
    modifier onHomeChain() {
        if (block.chainid != HOME_CHAIN) revert WrongChain(block.chainid);
        _;
    }

    modifier whenRunning() {
        if (_progress.frozen) revert IsFrozen();
        _;
    }

    modifier whenFrozen() {
        if (!_progress.frozen) revert NotFrozen();
        _;
    }

    modifier onlyGovernor() {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        _;
    }

    constructor(Config memory config) {
        _check(config.operator != address(0), "operator");
        _check(config.governor != address(0), "governor");
        _check(config.exitVerifier.code.length != 0, "exitVerifier");
        _check(config.deadline != 0, "deadline");
        // A batch that stays unproven has to be out of the way before what it took is overdue.
        _check(config.proofTimeout != 0 && config.proofTimeout < config.deadline, "proofTimeout");
        _check(config.withdrawalTime != 0, "withdrawalTime");
        _check(config.delay > uint256(config.deadline) + config.withdrawalTime, "delay");
        _check(config.queueFee != 0, "queueFee");

        HOME_CHAIN = block.chainid;
        QUEUE_FEE = config.queueFee;
        operator = config.operator;
        governor = config.governor;
        exitVerifier = config.exitVerifier;
        developmentKeys = config.developmentKeys;
        deadline = config.deadline;
        proofTimeout = config.proofTimeout;
        withdrawalTime = config.withdrawalTime;
        delay = config.delay;

        // The previous block's hash keeps a redeployment to the same address (after a reorganisation, or by CREATE2
        // on another fork) from sharing an ID, and with it signatures.
        uint256 id =
            uint256(keccak256(abi.encode(block.chainid, address(this), blockhash(block.number - 1)))) % FIELD_ORDER;
        rollupID = id;
        // Computed here, so that no deployer can plant a funded tree.
        _commitment = Poseidon2.h4(EMPTY_ROOT, id, 0, TAG_STATE);
    }

    /// @inheritdoc IRollup
    function finalized()
        external
        view
        returns (uint32 number, uint256 commitment, uint64 depositsEnd, uint64 exitsEnd)
    {
        Progress memory p = _progress;
        return (p.number, _commitment, p.depositsEnd, p.exitsEnd);
    }

    /// @inheritdoc IRollup
    function frozen() external view returns (bool) {
        return _progress.frozen;
    }

    /// @dev Adds to what an owner can claim. The sum cannot wrap: all of a token together stays below 2^128.
    function _credit(address owner, uint32 token, uint256 amount) internal {
        claimable[owner][token] += amount;
    }

    /// @dev Reverts unless a verifier confirms a proof.
    function _verify(address verifier, uint256[12] calldata proof, uint256[3] memory inputs) internal view {
        if (!IGroth16Verifier(verifier).verify(proof, inputs)) revert ProofRejected();
    }

    /// @dev For the constructor.
    function _check(bool possible, bytes32 what) internal pure {
        if (!possible) revert ConfigInvalid(what);
    }
}
