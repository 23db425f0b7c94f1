// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IRollup } from "../../src/interfaces/IRollup.sol";
import { Capacities } from "../../src/libraries/PublishedData.sol";
import { FeeOnTransferToken } from "../utils/HostileTokens.sol";
import { LaneModel } from "../utils/LaneModel.sol";
import { PlainBatches } from "../utils/PlainBatches.sol";
import { PlainToken } from "../utils/PlainToken.sol";
import { RollupTest } from "../utils/RollupTest.sol";

/// @title Users, an operator and a governor who do whatever the fuzzer says, and the layer 2 that they share
/// @dev Layer 2 is a list of balances for each state, pending ones included: four users with three accounts each, one
/// for each token. The (mock) proofs are honest: a statement is proven if, and only if, it is a batch that this layer
/// 2 made. Token 0 is ether, token 1 as it should be, token 2 keeps a tenth of every transfer.
abstract contract RollupHandler is RollupTest {
    using LaneModel for LaneModel.Model;
    using PlainBatches for PlainBatches.Batch;

    uint256 internal constant USERS = 4;
    uint256 internal constant TOKENS = 3;
    uint256 internal constant ACCOUNTS = USERS * TOKENS;

    /// @dev Balances of the accounts, by index; account 0 is not used.
    mapping(uint32 state => uint128[ACCOUNTS + 1]) internal balances;
    /// @dev The pending batches, by number; also those that were taken back, until others take their numbers.
    mapping(uint32 number => Committed) internal pending;
    uint32 internal lastCommitted;
    /// @dev The final state, as the proofs have made it.
    IRollup.Record internal last;
    bool internal isFrozen;
    /// @dev The operator does nothing from here on.
    bool internal vanished;

    /// @dev Of each token, what waits in the queue, and what came by force.
    uint256[TOKENS] internal inQueue;
    uint256[TOKENS] internal donated;

    PlainToken internal plain;
    FeeOnTransferToken internal taxed;

    function setUp() public virtual override {
        super.setUp();
        plain = new PlainToken();
        taxed = new FeeOnTransferToken();
        taxed.setHostile(true);
        vm.startPrank(GOVERNOR, GOVERNOR);
        rollup.registerToken(address(plain), 2 ** 126);
        rollup.registerToken(address(taxed), 2 ** 126);
        vm.stopPrank();
        for (uint256 i = 0; i < USERS; ++i) {
            vm.startPrank(user(i), user(i));
            plain.approve(address(rollup), type(uint256).max);
            taxed.approve(address(rollup), type(uint256).max);
            vm.stopPrank();
        }
        last = finalRecord();
    }

    /// @dev Small, so that batches are full now and then, and quick to compute.
    function capacities0() internal pure override returns (Capacities memory) {
        return Capacities({ openings: 1, layerOne: 9, feeAccounts: 1, exits: 12, transfers: 2 });
    }

    function user(uint256 i) internal pure returns (address) {
        return address(uint160(0x10000 + i % USERS));
    }

    function ownerOf(uint32 index) internal pure returns (address) {
        return user(index - 1);
    }

    function tokenOf(uint32 index) internal pure returns (uint32) {
        return uint32((index - 1) / USERS);
    }

    // ---------------------------------------------------------------- queueing

    function doDeposit(uint256 seed, uint256 amount) external {
        if (isFrozen) return;
        uint32 index = uint32(1 + seed % ACCOUNTS);
        address payer = user(seed >> 8);
        uint32 token = tokenOf(index);
        amount = 1 + amount % 1e21;
        uint128 received = uint128(token == 2 ? amount - amount / 10 : amount);
        if (token == 1) plain.mint(payer, amount);
        if (token == 2) taxed.mint(payer, amount);
        uint256 value = rollup.queueFee(IRollup.Lane.Deposits) + (token == 0 ? amount : 0) + seed % 3;
        vm.deal(payer, value);
        vm.prank(payer);
        rollup.deposit{ value: value }(keyX[index - 1], keyY[index - 1], ownerOf(index), token, amount);
        modelDeposit(payer, index - 1, ownerOf(index), token, received);
        inQueue[token] += received;
    }

    function doRequestExit(uint256 seed) external {
        if (isFrozen) return;
        uint32 index = uint32(1 + seed % (ACCOUNTS + 1)); // one index has no account
        address sender = seed % 5 == 0 || index > ACCOUNTS ? user(seed >> 8) : ownerOf(index);
        if (rollup.exitRequest(index, sender) > last.exitsEnd) return;
        requestExit(sender, index);
    }

    // ----------------------------------------------------------------- batches

    function doCommit(uint256 seed) external {
        if (isFrozen || vanished || lastCommitted - last.number >= 6) return;
        IRollup.Record memory previous = _tip();
        PlainBatches.Batch memory b = _makeBatch(seed, previous);
        Committed memory c = committed(b, previous);
        IRollup.Commit memory call = commitOf(b, previous);
        address operator = rollup.operator();
        vm.prank(operator, operator);
        rollup.commitBatch(call, previous);
        _note(c);
    }

    function doCommitAndProve(uint256 seed) external {
        if (isFrozen || vanished || lastCommitted != last.number) return;
        IRollup.Record memory previous = last;
        PlainBatches.Batch memory b = _makeBatch(seed, previous);
        Committed memory c = committed(b, previous);
        verifier0.accept(c.inputs);
        IRollup.Commit memory call = commitOf(b, previous);
        address operator = rollup.operator();
        vm.prank(operator, operator);
        rollup.commitAndProveBatch(call, mockProof());
        _note(c);
        _finalize(1);
    }

    function doProve(uint256 n) external {
        if (isFrozen || vanished || lastCommitted == last.number) return;
        n = 1 + n % (lastCommitted - last.number);
        rollup.proveBatches(_proofs(n));
        _finalize(n);
    }

    function doRevert(bool byOperator) external {
        if (isFrozen || lastCommitted == last.number) return;
        IRollup.Record memory oldest = pending[last.number + 1].record;
        if (!byOperator && time() < oldest.time + PROOF_TIMEOUT) return;
        vm.prank(byOperator ? rollup.operator() : EVE);
        rollup.revertBatches(oldest);
        lastCommitted = last.number;
    }

    /// @dev The record that the next batch continues.
    function _tip() internal view returns (IRollup.Record memory) {
        return lastCommitted == last.number ? last : pending[lastCommitted].record;
    }

    /// @dev Some of what waits behind a state, some transfers and some withdrawals; the balances are those behind it.
    function _makeBatch(uint256 seed, IRollup.Record memory previous) private returns (PlainBatches.Batch memory) {
        uint256 deposits = _least(random(seed, "d", 0) % 6, depositLane.count() - previous.depositsEnd);
        uint256 forced = _least(random(seed, "x", 0) % 5, exitLane.count() - previous.exitsEnd);
        uint128[ACCOUNTS + 1] memory b = balances[previous.number];
        for (uint256 i = 0; i < deposits; ++i) {
            PlainBatches.Deposit memory d = queuedDeposits[previous.depositsEnd + i];
            b[d.index] += d.amount;
        }
        PlainBatches.Exit[] memory exits = new PlainBatches.Exit[](12);
        uint256 n;
        for (uint256 i = 0; i < forced; ++i) {
            PlainBatches.ForcedExit memory x = queuedExits[previous.exitsEnd + i];
            if (x.index > ACCOUNTS || x.sender != ownerOf(x.index) || b[x.index] == 0) continue;
            exits[n++] = PlainBatches.Exit(x.sender, tokenOf(x.index), b[x.index]);
            b[x.index] = 0;
        }
        for (uint256 i = 0; i < 4; ++i) {
            uint32 from = uint32(1 + random(seed, "from", i) % ACCOUNTS);
            uint128 amount = uint128(random(seed, "amount", i) % (uint256(b[from]) + 1));
            if (amount == 0) continue;
            b[from] -= amount;
            if (i % 2 == 0) {
                exits[n++] = PlainBatches.Exit(ownerOf(from), tokenOf(from), amount);
            } else {
                b[uint32(1 + tokenOf(from) * USERS + random(seed, "to", i) % USERS)] += amount;
            }
        }
        assembly ("memory-safe") {
            mstore(exits, n)
        }
        balances[previous.number + 1] = b;
        return batchAfter(previous, deposits, forced, exits);
    }

    function _least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    function _note(Committed memory c) private {
        pending[c.record.number] = c;
        lastCommitted = c.record.number;
    }

    /// @dev The proofs of the first n pending batches.
    function _proofs(uint256 n) internal returns (IRollup.Proven[] memory proofs) {
        proofs = new IRollup.Proven[](n);
        for (uint256 i = 0; i < n; ++i) {
            Committed memory c = pending[uint32(last.number + 1 + i)];
            verifier0.accept(c.inputs);
            proofs[i] = proven(c);
        }
    }

    /// @dev The first n pending batches are final.
    function _finalize(uint256 n) private {
        IRollup.Record memory to = pending[uint32(last.number + n)].record;
        for (uint256 i = last.depositsEnd; i < to.depositsEnd; ++i) {
            inQueue[queuedDeposits[i].token] -= queuedDeposits[i].amount;
        }
        last = to;
    }

    // ------------------------------------------------------------------ claims

    function doClaim(uint256 seed) external {
        address owner = user(seed);
        if (seed % 7 == 0) owner = EVE;
        if (seed % 7 == 1) owner = rollup.operator();
        if (seed % 7 == 2) owner = address(0);
        uint32 token = uint32((seed >> 8) % TOKENS);
        uint256 amount = rollup.claimable(owner, token);
        if (amount == 0) return;
        uint256 before = token == 0 ? owner.balance : PlainToken(_contractOf(token)).balanceOf(owner);
        rollup.claim(token, owner);
        uint256 paid = (token == 0 ? owner.balance : PlainToken(_contractOf(token)).balanceOf(owner)) - before;
        assertEq(paid, token == 2 ? amount - amount / 10 : amount, "paid");
        assertEq(rollup.claimable(owner, token), 0, "claimed");
    }

    function _contractOf(uint32 token) internal view returns (address) {
        return token == 1 ? address(plain) : address(taxed);
    }

    // --------------------------------------------------------------- the worst

    function doWait(uint256 duration) external {
        vm.warp(time() + duration % 2 days);
    }

    /// @dev Once in a while the operator is gone for good, so that there is something to freeze for.
    function doVanish(uint256 seed) external {
        if (seed % 8 == 0) vanished = true;
    }

    function doFreeze(bool byExits) external {
        if (isFrozen) return;
        IRollup.Lane which = byExits ? IRollup.Lane.Exits : IRollup.Lane.Deposits;
        uint256 first = byExits ? last.exitsEnd : last.depositsEnd;
        LaneModel.Model storage m = byExits ? exitLane : depositLane;
        if (first == m.count()) return;
        IRollup.Entry memory oldest = m.entry(first);
        bool overdue = time() >= uint64(uint256(m.metas[first])) + DEADLINE;
        vm.prank(EVE);
        try rollup.freeze(which, oldest) {
            assertTrue(overdue, "frozen before the deadline");
            isFrozen = true;
            lastCommitted = last.number;
        } catch {
            assertTrue(!overdue, "not frozen at the deadline");
        }
    }

    function doEscape(uint256 seed) external {
        if (!isFrozen) return;
        uint32 index = uint32(1 + seed % ACCOUNTS);
        uint128 amount = balances[last.number][index];
        if (amount == 0) return;
        escape(index, ownerOf(index), tokenOf(index), amount);
        balances[last.number][index] = 0;
    }

    function doRefund(uint256 seed) external {
        uint256 n = depositLane.count() - last.depositsEnd;
        if (!isFrozen || n == 0) return;
        uint256 position = last.depositsEnd + seed % n;
        if (rollup.refunded(uint64(position))) return;
        refund(position);
        inQueue[queuedDeposits[position].token] -= queuedDeposits[position].amount;
    }

    /// @dev Ether and tokens that come by force.
    function doDonate(uint256 seed, uint256 amount) external {
        uint256 token = seed % TOKENS;
        amount %= 1e18;
        if (token == 0) vm.deal(address(rollup), address(rollup).balance + amount);
        if (token == 1) plain.mint(address(rollup), amount);
        if (token == 2) taxed.mint(address(rollup), amount);
        donated[token] += amount;
    }

    function doGovern(uint256 seed) external {
        vm.startPrank(GOVERNOR, GOVERNOR);
        if (seed % 4 == 0) rollup.setOperator(seed & 16 == 0 ? OPERATOR : address(0x0be7a705));
        if (seed % 4 == 1) rollup.setTokenCap(uint32((seed >> 8) % TOKENS), uint128(2 ** 126 + seed % 2 ** 100));
        if (seed % 4 == 2) rollup.registerToken(address(new PlainToken()), uint128(seed % 2 ** 100));
        if (seed % 4 == 3) rollup.offerGovernor(address(uint160(seed)));
        vm.stopPrank();
    }
}
