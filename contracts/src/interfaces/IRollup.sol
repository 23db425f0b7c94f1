// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Quire's layer-1 contract, first form
/// @notice Holds the rollup's funds and the commitment to its state. Deposits queue up; the operator submits batches;
/// a batch changes the state only with a proof that it is a correct transition. What leaves layer 2 is credited here
/// and claimed by, or for, its owner.
///
/// This form has no lane for forced exits, no deadline and no escape hatch: users depend on the operator to process
/// deposits and withdrawals, but nobody, the operator included, can take what is theirs. docs/contracts.md says more.
interface IRollup {
    /// @notice A circuit whose proofs the contract accepts.
    /// @param verifier Verifier of the circuit's proofs, an `IGroth16Verifier`.
    /// @param openings Capacity O of the circuit's shape.
    /// @param layerOne Capacity L: deposits and forced exits together.
    /// @param feeAccounts Capacity F.
    /// @param exits Capacity E, at least L.
    /// @param transfers Capacity T, even.
    /// @param shapeID The shape's identifier, below the field order (docs/protocol.md, "Binding").
    struct Circuit {
        address verifier;
        uint16 openings;
        uint16 layerOne;
        uint16 feeAccounts;
        uint16 exits;
        uint16 transfers;
        uint256 shapeID;
    }

    /// @notice A deposit entered the queue.
    /// @param index Its place, from 0: it turned `depositQueue(index)` into `depositQueue(index + 1)`.
    /// @param depositor Who paid.
    /// @param owner The layer-1 address that the account's exits go to.
    /// @param keyX x of the account's public key.
    /// @param keyY y of the account's public key.
    /// @param token The token; 0 is ether.
    /// @param amount The amount in the token's smallest unit.
    event Deposited(
        uint64 indexed index,
        address indexed depositor,
        address indexed owner,
        uint256 keyX,
        uint256 keyY,
        uint32 token,
        uint128 amount
    );

    /// @notice A batch was accepted with its proof.
    /// @param number The number of the state that it makes.
    /// @param circuit The circuit that proved it.
    /// @param oldCommitment The commitment to the state before.
    /// @param newCommitment The commitment to the state after.
    /// @param dataHash keccak256 of the published bytes, which are in the transaction's calldata.
    /// @param depositsProcessed How many deposits have been credited so far.
    event BatchAccepted(
        uint32 indexed number,
        uint256 indexed circuit,
        uint256 oldCommitment,
        uint256 newCommitment,
        bytes32 dataHash,
        uint64 depositsProcessed
    );

    /// @notice An exit of an accepted batch can be claimed.
    event ExitCredited(address indexed owner, uint32 indexed token, uint128 amount);

    /// @notice Credited exits were paid.
    event Claimed(address indexed owner, uint32 indexed token, uint256 amount);

    /// @notice There is no circuit to accept proofs of.
    error NoCircuits();
    /// @notice A circuit's verifier has no code, or its capacities or shape identifier are impossible.
    error CircuitInvalid(uint256 circuit);
    /// @notice There would be no operator.
    error OperatorZero();
    /// @notice Only the operator submits batches.
    error NotOperator(address caller);
    /// @notice This is a fork of the chain that the contract was made for.
    error WrongChain(uint256 chainId);
    /// @notice No circuit has this index.
    error CircuitUnknown(uint256 circuit);

    /// @notice A key's coordinate is not below the field order.
    error KeyNotCanonical();
    /// @notice The key is not on the curve.
    error KeyNotOnCurve();
    /// @notice Eight times the key is the identity: everybody could sign for it.
    error KeyOfLowOrder();
    /// @notice The account would have no owner.
    error OwnerZero();
    /// @notice The deposit is empty.
    error AmountZero();
    /// @notice The contract would hold 2^127 or more of the token: a balance on layer 2 could overflow.
    error TokenCapExceeded();

    /// @notice The batch does not continue the current state.
    error CommitmentStale(uint256 current, uint256 given);
    /// @notice The batch's deposits are not the next ones of the queue.
    error DepositsMismatch();
    /// @notice The batch has a forced exit that nobody asked for; this form of the contract takes none.
    error ForcedExitNotQueued();
    /// @notice The verifier did not confirm the proof.
    error ProofRejected();

    /// @notice The token is not known to the contract.
    error TokenUnknown(uint32 token);
    /// @notice Nothing is credited to this owner.
    error NothingToClaim();
    /// @notice The owner did not take the payment. It stays credited.
    error PaymentFailed();

    /// @notice Queues a deposit of ether: `msg.value`, as token 0.
    /// @dev A batch credits it to an account with exactly this key and owner, or opens one.
    /// @param keyX x of the public key, canonical, on the curve and not of low order; so y.
    /// @param keyY y of the public key.
    /// @param owner The layer-1 address that the account's exits go to; not 0.
    function deposit(uint256 keyX, uint256 keyY, address owner) external payable;

    /// @notice Makes a batch's state the current one. Only for the operator.
    /// @param circuit Index of the circuit that proves the batch.
    /// @param data The published bytes (docs/protocol.md, "Published data").
    /// @param digest D, the circuit's digest of the published vector.
    /// @param proof The proof for (D, z, y), as `IGroth16Verifier.verify` takes it.
    function acceptBatch(uint256 circuit, bytes calldata data, uint256 digest, uint256[12] calldata proof) external;

    /// @notice Pays what is credited to an owner. Anybody may call it; it goes to the owner.
    /// @param token The token.
    /// @param owner Whose exits to pay.
    function claim(uint32 token, address owner) external;

    /// @notice The numbers that bind published data to a proof: what `acceptBatch` hands the verifier besides D.
    /// @param circuit Index of the circuit.
    /// @param data The published bytes.
    /// @param digest D.
    /// @return z The challenge.
    /// @return y The published vector's polynomial at z.
    function bindingOf(uint256 circuit, bytes calldata data, uint256 digest)
        external
        view
        returns (uint256 z, uint256 y);

    /// @notice The circuits, by index. Fixed at deployment.
    function circuits(uint256 index)
        external
        view
        returns (
            address verifier,
            uint16 openings,
            uint16 layerOne,
            uint16 feeAccounts,
            uint16 exits,
            uint16 transfers,
            uint256 shapeID
        );

    /// @notice Number of circuits.
    function circuitCount() external view returns (uint256);

    /// @notice Who submits batches.
    function operator() external view returns (address);

    /// @notice Whether the verifying keys came from a development setup, whose secrets somebody knows. Such a rollup
    /// holds no real funds; nodes refuse it outside development chains.
    function developmentKeys() external view returns (bool);

    /// @notice What distinguishes this rollup's states and signatures from those of all others.
    function rollupID() external view returns (uint256);

    /// @notice The commitment to the current state: H4(root, rollupID, batchNumber, "quire/state").
    function commitment() external view returns (uint256);

    /// @notice The number of the current state: how many batches have been accepted.
    function batchNumber() external view returns (uint32);

    /// @notice How many deposits have entered the queue.
    function depositCount() external view returns (uint64);

    /// @notice How many deposits batches have credited.
    function depositsProcessed() external view returns (uint64);

    /// @notice The rolling hash over the first `count` deposits; 0 for none, and beyond `depositCount`.
    function depositQueue(uint256 count) external view returns (bytes32);

    /// @notice What `claim` would pay.
    function claimable(address owner, uint32 token) external view returns (uint256);
}
