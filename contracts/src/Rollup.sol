// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IGroth16Verifier } from "./interfaces/IGroth16Verifier.sol";
import { IRollup } from "./interfaces/IRollup.sol";
import { EMPTY_ROOT, FIELD_ORDER, TAG_STATE } from "./libraries/Constants.sol";
import { EdwardsCurve } from "./libraries/EdwardsCurve.sol";
import { Poseidon2 } from "./libraries/Poseidon2.sol";
import { Capacities, Header, PublishedData } from "./libraries/PublishedData.sol";

/// @title Quire's layer-1 contract, first form
/// @dev No owner, no upgrade, no pause: what is not written here cannot happen. Ether enters through `deposit` alone
/// (or by force, which credits nobody) and leaves through `claim` alone.
contract Rollup is IRollup {
    /// @dev Token 0 is ether, the only one of this form.
    uint32 private constant ETHER = 0;

    /// @dev Below this much of a token on layer 1, no sum of balances on layer 2 comes near 2^128.
    uint256 private constant TOKEN_CAP = 1 << 127;

    uint256 private immutable CHAIN_ID;

    /// @inheritdoc IRollup
    address public immutable operator;
    /// @inheritdoc IRollup
    bool public immutable developmentKeys;
    /// @inheritdoc IRollup
    uint256 public immutable rollupID;
    /// @inheritdoc IRollup
    uint256 public immutable circuitCount;

    /// @inheritdoc IRollup
    mapping(uint256 index => Circuit) public circuits;

    /// @inheritdoc IRollup
    uint256 public commitment;

    // One slot, written by acceptBatch.
    /// @inheritdoc IRollup
    uint32 public batchNumber;
    /// @inheritdoc IRollup
    uint64 public depositsProcessed;

    /// @dev In a slot of its own, beginning a new one: a deposit writes nothing that a batch does.
    mapping(uint256 count => bytes32 hash) private _depositQueue;
    /// @inheritdoc IRollup
    uint64 public depositCount;

    /// @inheritdoc IRollup
    mapping(address owner => mapping(uint32 token => uint256 amount)) public claimable;

    /// @param circuits_ The circuits, at least one. What they are cannot be changed later.
    /// @param operator_ Who submits batches.
    /// @param developmentKeys_ Whether any verifying key came from a development setup.
    constructor(Circuit[] memory circuits_, address operator_, bool developmentKeys_) {
        if (circuits_.length == 0) revert NoCircuits();
        if (operator_ == address(0)) revert OperatorZero();
        for (uint256 i = 0; i < circuits_.length; ++i) {
            Circuit memory c = circuits_[i];
            bool possible = c.verifier.code.length != 0 && c.feeAccounts != 0 && c.exits >= c.layerOne
                && c.transfers != 0 && c.transfers % 2 == 0 && c.shapeID != 0 && c.shapeID < FIELD_ORDER;
            if (!possible) revert CircuitInvalid(i);
            circuits[i] = c;
        }
        circuitCount = circuits_.length;
        operator = operator_;
        developmentKeys = developmentKeys_;
        CHAIN_ID = block.chainid;

        // The previous block's hash keeps a redeployment to the same address (after a reorganisation, or by CREATE2
        // on another fork) from sharing an ID, and with it signatures.
        uint256 id =
            uint256(keccak256(abi.encode(block.chainid, address(this), blockhash(block.number - 1)))) % FIELD_ORDER;
        rollupID = id;
        // Computed here, so that no deployer can plant a funded tree.
        commitment = Poseidon2.h4(EMPTY_ROOT, id, 0, TAG_STATE);
    }

    /// @dev After a fork, the chain that kept the ID keeps the rollup: the same batch must not be accepted on both.
    modifier onHomeChain() {
        if (block.chainid != CHAIN_ID) revert WrongChain(block.chainid);
        _;
    }

    /// @inheritdoc IRollup
    function deposit(uint256 keyX, uint256 keyY, address owner) external payable onHomeChain {
        if (!EdwardsCurve.isCanonical(keyX, keyY)) revert KeyNotCanonical();
        if (!EdwardsCurve.isOnCurve(keyX, keyY)) revert KeyNotOnCurve();
        if (EdwardsCurve.isLowOrder(keyX, keyY)) revert KeyOfLowOrder();
        if (owner == address(0)) revert OwnerZero();
        if (msg.value == 0) revert AmountZero();
        // Queued, on layer 2 and unclaimed are together what the contract holds. So the amount is below 2^127 too,
        // and the conversion below loses nothing.
        if (address(this).balance >= TOKEN_CAP) revert TokenCapExceeded();

        uint64 index = depositCount;
        uint128 amount = uint128(msg.value);
        _depositQueue[uint256(index) + 1] =
            keccak256(abi.encodePacked(_depositQueue[index], keyX, keyY, owner, ETHER, amount));
        depositCount = index + 1;
        emit Deposited(index, msg.sender, owner, keyX, keyY, ETHER, amount);
    }

    /// @inheritdoc IRollup
    function acceptBatch(uint256 circuit, bytes calldata data, uint256 digest, uint256[12] calldata proof)
        external
        onHomeChain
    {
        if (msg.sender != operator) revert NotOperator(msg.sender);
        (Circuit memory c, Capacities memory caps) = _circuit(circuit);
        Header memory h = PublishedData.readHeader(data, caps);
        if (h.oldCommitment != commitment) revert CommitmentStale(commitment, h.oldCommitment);
        if (h.forcedExits != 0) revert ForcedExitNotQueued();

        uint64 processed = depositsProcessed;
        if (h.deposits != 0) {
            bytes32 queue = PublishedData.hashDeposits(data, h, _depositQueue[processed]);
            // Capacities have 16 bits, so the sum stays far below 64. Beyond depositCount the queue's hash is 0.
            processed += uint64(h.deposits);
            if (queue != _depositQueue[processed]) revert DepositsMismatch();
        }

        bytes32 dataHash;
        {
            uint256[3] memory inputs;
            inputs[0] = digest;
            (inputs[1], dataHash) = PublishedData.challenge(data, c.verifier, c.shapeID, digest);
            inputs[2] = PublishedData.evaluate(data, h, caps, inputs[1]);
            if (!IGroth16Verifier(c.verifier).verify(proof, inputs)) revert ProofRejected();
        }

        uint32 number = batchNumber + 1;
        commitment = h.newCommitment;
        batchNumber = number;
        depositsProcessed = processed;
        emit BatchAccepted(number, circuit, h.oldCommitment, h.newCommitment, dataHash, processed);
        _creditExits(data, h);
    }

    /// @inheritdoc IRollup
    function claim(uint32 token, address owner) external {
        if (token != ETHER) revert TokenUnknown(token);
        uint256 amount = claimable[owner][token];
        if (amount == 0) revert NothingToClaim();
        // Before the payment, which hands control to the owner.
        claimable[owner][token] = 0;
        emit Claimed(owner, token, amount);
        (bool paid,) = owner.call{ value: amount }("");
        if (!paid) revert PaymentFailed();
    }

    /// @inheritdoc IRollup
    function bindingOf(uint256 circuit, bytes calldata data, uint256 digest)
        external
        view
        returns (uint256 z, uint256 y)
    {
        (Circuit memory c, Capacities memory caps) = _circuit(circuit);
        Header memory h = PublishedData.readHeader(data, caps);
        (z,) = PublishedData.challenge(data, c.verifier, c.shapeID, digest);
        y = PublishedData.evaluate(data, h, caps, z);
    }

    /// @inheritdoc IRollup
    function depositQueue(uint256 count) external view returns (bytes32) {
        return _depositQueue[count];
    }

    /// @dev A circuit, and its capacities once more for the library.
    function _circuit(uint256 index) private view returns (Circuit memory c, Capacities memory caps) {
        if (index >= circuitCount) revert CircuitUnknown(index);
        c = circuits[index];
        caps = Capacities(c.openings, c.layerOne, c.feeAccounts, c.exits, c.transfers);
    }

    /// @dev Adds the exits of a proven batch to what their owners can claim. Two exits of one owner add up; the sum
    /// cannot wrap, as all of a token together stays below 2^127.
    function _creditExits(bytes calldata data, Header memory h) private {
        uint256 start = PublishedData.exitsStart(h);
        for (uint256 i = 0; i < h.exits; ++i) {
            bytes calldata exit = data[start + PublishedData.EXIT_BYTES * i:];
            address owner = address(bytes20(exit[0:20]));
            uint32 token = uint32(bytes4(exit[20:24]));
            uint128 amount = uint128(bytes16(exit[24:40]));
            claimable[owner][token] += amount;
            emit ExitCredited(owner, token, amount);
        }
    }
}
