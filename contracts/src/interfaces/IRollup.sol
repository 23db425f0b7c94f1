// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Quire's layer-1 contract
/// @notice Holds the rollup's funds and the commitment to its state.
///
/// Deposits and forced exits queue up in two lanes. The operator commits batches, with all of their data; anybody
/// proves them; a proven batch is final. What leaves layer 2 is credited here and claimed by, or for, its owner.
///
/// Nobody has to trust the operator: if the oldest entry of a lane is not in a proven batch by its deadline, anybody
/// freezes the rollup. From then on nothing moves but out: every account of the last proven state escapes with a proof
/// made by anyone who has layer 1's data, and deposits that no proven batch took are given back.
///
/// Nobody has to trust the governor: it can only add and retire circuits, after a delay that is longer than it takes
/// every user to leave. docs/contracts.md says what each role can do at its worst.
interface IRollup {
    // ------------------------------------------------------------------ types

    /// @notice The two lanes of the queue. A batch takes deposits first.
    enum Lane {
        Deposits,
        Exits
    }

    /// @notice A circuit whose proofs the contract accepts.
    /// @param verifier Verifier of the circuit's proofs, an `IGroth16Verifier`; 0 once the circuit is retired.
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

    /// @notice What a rollup is deployed with.
    /// @param operator Who commits batches.
    /// @param governor Who registers tokens, names the operator, and announces circuits.
    /// @param exitVerifier Verifier of the exit circuit. Cannot be changed.
    /// @param developmentKeys Whether any verifying key came from a development setup.
    /// @param deadline Seconds from an entry's queueing to the proof of the batch that takes it, at most.
    /// @param proofTimeout Seconds after which anybody reverts a batch that is committed and not proven; below
    /// `deadline`.
    /// @param withdrawalTime Seconds that users are given to claim or escape once their exit is final, or frozen.
    /// @param delay Seconds from the announcement of a change to its execution: above `deadline` + `withdrawalTime`.
    /// @param queueFee Fee in wei for queueing an entry in an empty lane, above 0. It doubles with every 64 entries
    /// that wait. The operator earns it with the proof of the batch that takes the entry; what an entry paid above it
    /// is credited to address 0.
    /// @param etherCap Most ether the contract takes, below 2^127 wei.
    struct Config {
        address operator;
        address governor;
        address exitVerifier;
        bool developmentKeys;
        uint32 deadline;
        uint32 proofTimeout;
        uint32 withdrawalTime;
        uint32 delay;
        uint96 queueFee;
        uint128 etherCap;
    }

    /// @notice A batch that was committed: what its proof will make final. Only its hash is stored; whoever proves or
    /// builds on it takes it from `BatchCommitted`.
    /// @param number The number of the state that it makes.
    /// @param depositsEnd Deposits processed up to and with this batch.
    /// @param exitsEnd Forced exits processed up to and with this batch.
    /// @param time When it was committed.
    /// @param verifier The verifier that its circuit had then; later changes do not touch it.
    /// @param commitment The commitment to the state that it makes.
    /// @param inputs keccak256(abi.encode(D, z, y)): the public inputs of its proof.
    /// @param exits keccak256 of its published exits.
    struct Record {
        uint32 number;
        uint64 depositsEnd;
        uint64 exitsEnd;
        uint64 time;
        address verifier;
        uint256 commitment;
        bytes32 inputs;
        bytes32 exits;
    }

    /// @notice Shows that entries stand in a lane. A lane stores its newest hash and that of every 16th entry; the
    /// entry hashes here lead from the stored one below the entries to a stored one above.
    /// @param before Hashes of the entries from the last multiple of 16 up to the first that is shown.
    /// @param metas For each entry that is shown, who queued it and when: address·2^64 + time.
    /// @param rest Hashes of the entries behind those that are shown, up to the next multiple of 16 or the lane's end.
    struct LaneProof {
        bytes32[] before;
        bytes32[] metas;
        bytes32[] rest;
    }

    /// @notice One entry of a lane, by its hashes.
    /// @param body keccak256 of the entry's content (docs/protocol.md, "Queue").
    /// @param proof The place; `metas` has one element.
    struct Entry {
        bytes32 body;
        LaneProof proof;
    }

    /// @notice A batch to commit.
    /// @param circuit Index of the circuit that proves it.
    /// @param digest D, the circuit's digest of the published vector.
    /// @param data The published bytes (docs/protocol.md, "Published data").
    /// @param deposits The deposits that it takes; ignored if it takes none.
    /// @param exits The forced exits that it takes; ignored if it takes none.
    struct Commit {
        uint256 circuit;
        uint256 digest;
        bytes data;
        LaneProof deposits;
        LaneProof exits;
    }

    /// @notice The proof of a committed batch.
    /// @param record The batch's record.
    /// @param inputs D, z and y.
    /// @param exits The exits as the batch published them: 40 bytes each.
    /// @param proof The proof, as `IGroth16Verifier.verify` takes it.
    struct Proven {
        Record record;
        uint256[3] inputs;
        bytes exits;
        uint256[12] proof;
    }

    /// @notice A deposit as it was queued.
    struct QueuedDeposit {
        uint256 keyX;
        uint256 keyY;
        address owner;
        uint32 token;
        uint128 amount;
    }

    // ----------------------------------------------------------------- events

    /// @notice A deposit entered its lane.
    /// @param position Its place in the lane, from 0.
    /// @param payer Who paid, and gets it back if it is never processed.
    /// @param owner The layer-1 address that the account's exits go to.
    /// @param keyX x of the account's public key.
    /// @param keyY y of the account's public key.
    /// @param token The token; 0 is ether.
    /// @param amount What the contract received, in the token's smallest unit.
    /// @param time When, in seconds.
    event Deposited(
        uint64 indexed position,
        address indexed payer,
        address indexed owner,
        uint256 keyX,
        uint256 keyY,
        uint32 token,
        uint128 amount,
        uint64 time
    );

    /// @notice A forced exit entered its lane.
    event ExitRequested(uint64 indexed position, address indexed sender, uint32 indexed index, uint64 time);

    /// @notice A batch was committed. Its data is in the transaction's calldata.
    /// @param number The number of the state that it makes.
    /// @param circuit The circuit that proves it.
    /// @param dataHash keccak256 of the published bytes.
    /// @param inputs D, z and y.
    /// @param record What is needed to prove it or to build on it.
    event BatchCommitted(
        uint32 indexed number, uint256 indexed circuit, bytes32 dataHash, uint256[3] inputs, Record record
    );

    /// @notice A batch was proven: its state is final.
    event BatchFinalized(uint32 indexed number, uint256 commitment, uint64 depositsEnd, uint64 exitsEnd);

    /// @notice All batches above `number`, the last final one, were taken back unproven.
    event BatchesReverted(uint32 indexed number);

    /// @notice An exit of a proven batch can be claimed.
    event ExitCredited(address indexed owner, uint32 indexed token, uint128 amount);

    /// @notice Credited amounts were paid.
    event Claimed(address indexed owner, uint32 indexed token, uint256 amount);

    /// @notice The rollup is frozen, for ever, in the state of this number.
    event Frozen(uint32 indexed number, uint256 commitment, address by);

    /// @notice An account's balance was credited after the freeze.
    event Escaped(uint32 indexed index, address indexed owner, uint32 indexed token, uint128 amount);

    /// @notice A deposit that no proven batch took was credited to who had paid it.
    event DepositRefunded(uint64 indexed position, address indexed payer, uint32 indexed token, uint128 amount);

    /// @notice A token can be deposited from now on.
    event TokenRegistered(uint32 indexed token, address indexed contractAddress, uint128 cap);
    /// @notice A token's cap was changed.
    event TokenCapChanged(uint32 indexed token, uint128 cap);
    /// @notice Another address commits batches from now on.
    event OperatorChanged(address indexed operator);
    /// @notice The governor offered its role; it passes when it is accepted.
    event GovernorOffered(address indexed to);
    /// @notice The governor's role passed.
    event GovernorChanged(address indexed governor);

    /// @notice A change was announced.
    /// @param id Its identifier.
    /// @param change The call of `addCircuit` or `retireCircuit` that will be made.
    /// @param executableFrom From when it can be executed.
    event ChangeAnnounced(bytes32 indexed id, bytes change, uint64 executableFrom);
    /// @notice An announced change was called off.
    event ChangeCancelled(bytes32 indexed id);
    /// @notice An announced change was executed.
    event ChangeExecuted(bytes32 indexed id);
    /// @notice A circuit's proofs are accepted from now on.
    event CircuitAdded(uint256 indexed circuit, address indexed verifier, uint256 shapeID);
    /// @notice A circuit's proofs are accepted for batches already committed only.
    event CircuitRetired(uint256 indexed circuit);

    // ----------------------------------------------------------------- errors

    /// @notice A deployment parameter, a token's cap, or an operator is impossible; the name says which.
    error ConfigInvalid(bytes32 what);
    /// @notice A circuit's verifier has no code, or its capacities or shape identifier are impossible.
    error CircuitInvalid();
    /// @notice No circuit has this index, or it is retired.
    error CircuitUnknown(uint256 circuit);
    /// @notice Only the operator may do this.
    error NotOperator(address caller);
    /// @notice Only the governor may do this.
    error NotGovernor(address caller);
    /// @notice Only the contract itself calls this: see `announce`.
    error NotSelf(address caller);
    /// @notice Batches are committed by a plain account's transaction to this contract itself, so that their data is
    /// that transaction's calldata; and it is encoded as the ABI has it, without gaps, so that the data starts at byte
    /// 484 of a `commitBatch` and at byte 612 of a `commitAndProveBatch`.
    error NotDirect();
    /// @notice This is a fork of the chain that the contract was made for.
    error WrongChain(uint256 chainId);
    /// @notice The rollup is frozen.
    error IsFrozen();
    /// @notice The rollup is not frozen.
    error NotFrozen();

    /// @notice A key's coordinate is not below the field order.
    error KeyNotCanonical();
    /// @notice The key is not on the curve.
    error KeyNotOnCurve();
    /// @notice Eight times the key is the identity: everybody could sign for it.
    error KeyOfLowOrder();
    /// @notice The account would have no owner.
    error OwnerZero();
    /// @notice Nothing arrived, or 2^128 or more.
    error AmountInvalid(uint256 amount);
    /// @notice The contract would hold more of the token than its cap.
    error TokenCapExceeded(uint32 token);
    /// @notice The token is not registered.
    error TokenUnknown(uint32 token);
    /// @notice The token has no code, or is registered already.
    error TokenInvalid(address token);
    /// @notice Less ether was sent than fee, and amount if it is ether, need.
    error PaymentTooSmall(uint256 needed, uint256 sent);
    /// @notice The lane is full: 4,064 entries wait. There is not enough ether for that where an entry costs 0.0002
    /// ether in an empty lane; where it costs 1 wei, 885 ether are.
    error LaneFull(Lane lane);
    /// @notice Account 0 is reserved.
    error IndexReserved();
    /// @notice The sender's request for this account still waits, at this place.
    error ExitAlreadyRequested(uint64 position);

    /// @notice The batch does not continue its predecessor's state.
    error CommitmentStale(uint256 current, uint256 given);
    /// @notice The batch's entries are not the next ones of the lane, or the lane's proof is wrong.
    error LaneMismatch(Lane lane);
    /// @notice The record is not the one that is stored for its number.
    error RecordUnknown(uint32 number);
    /// @notice Committing and proving at once is for when no batch is pending.
    error BatchesPending(uint32 last);
    /// @notice Nothing was given to prove.
    error NothingToProve();
    /// @notice The public inputs, or exits, are not those that the record has.
    error RecordMismatch(uint32 number);
    /// @notice The verifier did not confirm the proof.
    error ProofRejected();
    /// @notice No batch is pending.
    error NothingPending();
    /// @notice The time has not come: it does at `from`.
    error TooEarly(uint256 from);

    /// @notice Nothing is credited to this owner.
    error NothingToClaim();
    /// @notice The owner did not take the payment. It stays credited.
    error PaymentFailed();
    /// @notice The account has escaped already.
    error AlreadyEscaped(uint32 index);
    /// @notice A proven batch took this deposit, it was refunded already, or there is none.
    error NotRefundable(uint64 position);

    /// @notice No such change is announced, or its announcement has lapsed.
    error ChangeUnknown(bytes32 id);
    /// @notice The same change is announced already.
    error ChangeAlreadyAnnounced(bytes32 id);
    /// @notice Only calls of `addCircuit` and `retireCircuit` can be announced.
    error ChangeNotAllowed(bytes4 selector);
    /// @notice An entry that was queued before the announcement is not in a proven batch yet.
    error QueueUnproven(Lane lane);
    /// @notice The lane's oldest entry is overdue: the rollup should be frozen, not changed.
    error Overdue(Lane lane);

    // ---------------------------------------------------------------- queueing

    /// @notice Queues a deposit for an account with exactly this key and owner; the batch that takes it opens one if
    /// there is none.
    /// @dev Costs `queueFee(Lane.Deposits)` in ether besides the amount. What is sent above that is credited to the
    /// caller, to be claimed. Of a token, what arrives counts, not what was asked for.
    /// @param keyX x of the public key, canonical, on the curve and not of low order; so y.
    /// @param keyY y of the public key.
    /// @param owner The layer-1 address that the account's exits go to; not 0.
    /// @param token 0 for ether, or a registered token, which the caller has approved.
    /// @param amount In the token's smallest unit; above 0.
    function deposit(uint256 keyX, uint256 keyY, address owner, uint32 token, uint256 amount) external payable;

    /// @notice Queues a forced exit of an account: if the caller is its owner when it is processed, the account's
    /// whole balance leaves. Otherwise nothing happens.
    /// @dev Costs `queueFee(Lane.Exits)`; what is sent above that is credited to the caller.
    /// @param index The account, not 0.
    function requestExit(uint32 index) external payable;

    // ----------------------------------------------------------------- batches

    /// @notice Commits a batch, to be proven later. Only for the operator, from a plain account, directly.
    /// @param batch The batch.
    /// @param previous The record of the last pending batch; ignored if none is pending.
    function commitBatch(Commit calldata batch, Record calldata previous) external;

    /// @notice Proves the next pending batches, in order; the last of them becomes the final state. Anybody may.
    function proveBatches(Proven[] calldata batches) external;

    /// @notice Commits a batch and proves it at once; no batch may be pending. Only for the operator, directly.
    function commitAndProveBatch(Commit calldata batch, uint256[12] calldata proof) external;

    /// @notice Takes all pending batches back. The operator may at any time, anybody once the oldest has waited
    /// longer than `proofTimeout` for its proof.
    /// @param oldest The record of the first pending batch.
    function revertBatches(Record calldata oldest) external;

    /// @notice Pays what is credited to an owner. Anybody may call it; it goes to the owner.
    function claim(uint32 token, address owner) external;

    // --------------------------------------------------------------- the worst

    /// @notice Freezes the rollup, for ever, because the oldest entry of a lane is overdue. Pending batches are
    /// discarded. The fees of all entries that wait are credited to the caller.
    /// @param lane The lane.
    /// @param oldest Its first entry that no proven batch took.
    function freeze(Lane lane, Entry calldata oldest) external;

    /// @notice Freezes the rollup on a fork of its chain: wherever the chain's ID is another than at deployment.
    function freezeFork() external;

    /// @notice Credits an account's balance in the final state to its owner, once, when frozen. Anybody may.
    /// @param index The account.
    /// @param owner Its owner.
    /// @param token Its token.
    /// @param amount Its whole balance; above 0.
    /// @param digest D, the exit circuit's digest of its vector (docs/protocol.md, "Escape").
    /// @param proof The proof, as `IGroth16Verifier.verify` takes it.
    function escape(
        uint32 index,
        address owner,
        uint32 token,
        uint128 amount,
        uint256 digest,
        uint256[12] calldata proof
    ) external;

    /// @notice Credits a deposit that no proven batch took to who paid it, once, when frozen. Anybody may.
    /// @param position The deposit's place in its lane.
    /// @param entry The deposit.
    /// @param proof Its place, with one element in `metas`.
    function refundDeposit(uint64 position, QueuedDeposit calldata entry, LaneProof calldata proof) external;

    // -------------------------------------------------------------- governance

    /// @notice Makes a token known. Only for the governor. Its number is `tokenCount()` before the call.
    /// @param token The ERC-20 contract.
    /// @param cap Most of it that the contract takes, below 2^127.
    function registerToken(address token, uint128 cap) external;

    /// @notice Changes a token's cap, below 2^127. Only for the governor. What is inside is not touched by it.
    function setTokenCap(uint32 token, uint128 cap) external;

    /// @notice Names another operator, at once. The governor may, and the operator itself.
    function setOperator(address operator) external;

    /// @notice Offers the governor's role to an address, which has to accept it; 0 takes the offer back.
    function offerGovernor(address to) external;

    /// @notice Takes over the governor's role, if it was offered.
    function acceptGovernor() external;

    /// @notice Announces a change: the encoded call of `addCircuit` or `retireCircuit`. Only for the governor.
    /// @return id keccak256 of the call.
    function announce(bytes calldata change) external returns (bytes32 id);

    /// @notice Calls off an announced change. Only for the governor.
    function cancel(bytes32 id) external;

    /// @notice Executes an announced change once its delay has passed, and until it has passed a second time. Anybody
    /// may.
    /// @dev Refused while the rollup is frozen, while an entry older than the announcement is not proven, and while
    /// the oldest entry of a lane is overdue.
    /// @param change The announced call.
    /// @param deposits The oldest deposit that no proven batch took; ignored if there is none.
    /// @param exits The oldest forced exit that no proven batch took; ignored if there is none.
    function execute(bytes calldata change, Entry calldata deposits, Entry calldata exits) external;

    /// @notice Adds a circuit. Only through `announce` and `execute`.
    function addCircuit(Circuit calldata circuit) external;

    /// @notice Retires a circuit: no further batch is committed with it. Only through `announce` and `execute`.
    function retireCircuit(uint256 circuit) external;

    // ------------------------------------------------------------------- views

    /// @notice The final state: the last proven batch, or genesis.
    /// @return number Its number.
    /// @return commitment H4(root, rollupID, number, "quire/state").
    /// @return depositsEnd How many deposits are processed in it.
    /// @return exitsEnd How many forced exits are processed in it.
    function finalized() external view returns (uint32 number, uint256 commitment, uint64 depositsEnd, uint64 exitsEnd);

    /// @notice The number of the last pending batch, or of the final one if none is pending.
    function lastCommitted() external view returns (uint32);

    /// @notice The hash of a pending batch's record: keccak256(abi.encode(record)); 0 if none with this number is
    /// pending.
    function recordHash(uint32 number) external view returns (bytes32);

    /// @notice Whether the rollup is frozen.
    function frozen() external view returns (bool);

    /// @notice A lane's state.
    /// @return count How many entries were ever queued.
    /// @return head The rolling hash after the last of them; 0 before the first.
    /// @return escrow Fees, in wei, of the entries that wait.
    function lane(Lane which) external view returns (uint64 count, bytes32 head, uint128 escrow);

    /// @notice A lane's rolling hash after 16·n entries, kept for the last 256 multiples.
    function laneCheckpoint(Lane which, uint64 n) external view returns (bytes32);

    /// @notice The fee, in wei, for the next entry of a lane.
    function queueFee(Lane which) external view returns (uint256);

    /// @notice Where a sender's last request for an account's exit stands, plus 1; 0 if there never was one.
    function exitRequest(uint32 index, address sender) external view returns (uint64);

    /// @notice What `claim` would pay.
    function claimable(address owner, uint32 token) external view returns (uint256);

    /// @notice Whether an account has escaped.
    function escaped(uint32 index) external view returns (bool);

    /// @notice Whether a deposit was refunded.
    function refunded(uint64 position) external view returns (bool);

    /// @notice A token.
    /// @return contractAddress Its ERC-20 contract; 0 for ether.
    /// @return cap Most of it that the contract takes.
    /// @return locked What was deposited and not paid out; for ether the contract's whole balance.
    function tokens(uint32 token) external view returns (address contractAddress, uint128 cap, uint256 locked);

    /// @notice Number of tokens, ether included: they are numbered from 0.
    function tokenCount() external view returns (uint32);

    /// @notice The number of an ERC-20 contract; 0 if it is not registered.
    function tokenNumber(address contractAddress) external view returns (uint32);

    /// @notice The circuits, by index.
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

    /// @notice Number of circuits, retired ones included.
    function circuitCount() external view returns (uint256);

    /// @notice An announced change that has not lapsed.
    /// @return executableFrom From when it can be executed; 0 if it is not announced.
    /// @return depositsEnd Deposits that have to be proven before.
    /// @return exitsEnd Forced exits that have to be proven before.
    function announcement(bytes32 id) external view returns (uint64 executableFrom, uint64 depositsEnd, uint64 exitsEnd);

    /// @notice The numbers that bind published data to a proof: what the verifier is handed besides D.
    /// @param circuit Index of the circuit.
    /// @param data The published bytes.
    /// @param digest D.
    /// @return z The challenge.
    /// @return y The published vector's polynomial at z.
    function bindingOf(uint256 circuit, bytes calldata data, uint256 digest)
        external
        view
        returns (uint256 z, uint256 y);

    /// @notice Who commits batches.
    function operator() external view returns (address);
    /// @notice Who registers tokens, names the operator, and announces circuits.
    function governor() external view returns (address);
    /// @notice Verifier of the exit circuit.
    function exitVerifier() external view returns (address);
    /// @notice Whether the verifying keys came from a development setup, whose secrets somebody knows. Such a rollup
    /// holds no real funds; nodes refuse it outside development chains.
    function developmentKeys() external view returns (bool);
    /// @notice What distinguishes this rollup's states and signatures from those of all others.
    function rollupID() external view returns (uint256);
    /// @notice Seconds from an entry's queueing to the proof of the batch that takes it, at most.
    function deadline() external view returns (uint256);
    /// @notice Seconds after which anybody reverts a batch that is committed and not proven.
    function proofTimeout() external view returns (uint256);
    /// @notice Seconds that users are given to claim or escape.
    function withdrawalTime() external view returns (uint256);
    /// @notice Seconds from the announcement of a change to its execution.
    function delay() external view returns (uint256);
}
