// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {Batches} from "./Batches.sol";
import {ChainVerifier} from "./ChainVerifier.sol";
import {ChunkChain} from "./ChunkChain.sol";
import {PaymentExits} from "./PaymentExits.sol";
import {PaymentQueue} from "./PaymentQueue.sol";
import {PoseidonHashes} from "./PoseidonHashes.sol";
import {PostedPayments} from "./PostedPayments.sol";
import {Roles} from "./Roles.sol";
import {RulesChain} from "./RulesChain.sol";
import {RulesVerifier} from "./RulesVerifier.sol";
import {StateProofs} from "./StateProofs.sol";
import {Versions} from "./Versions.sol";

/// @title Payments whose rules are proven
/// @notice Holds the ether of accounts in a Rootshift state. Batches of transfers, withdrawals and the queue's operations are
/// posted in order; two chains of proofs then consolidate each: that its payments do what a log says, and that the log leads
/// to the next root. The operator chooses what it includes, and can move nobody's ether.
/// @dev docs/payments-contract.md has the arguments. Ether in the contract is never less than what accounts hold, what is owed,
/// what was deposited and waits, and fees that wait. The verifiers of a version: storage, usual and deep; rules, large and small.
contract Payments is PaymentExits {
    using PostedPayments for bytes;

    /// @dev What the points of batches are derived from.
    bytes32 private constant BATCH_DOMAIN = keccak256("rootshift.payments.batch");

    /// Who may do what at first, and the delays in seconds, each from 1 to `MAX_DELAY`.
    struct Settings {
        Appointments roles;
        /// From when a batch was posted until anyone may prove it.
        uint48 proverTimeout;
        uint48 forceDelay;
        /// Longer than `proverTimeout` by `PROVING_TIME`.
        uint48 dropTimeout;
        /// Longer than `forceDelay` and `dropTimeout` together by `FREEZE_SLACK`.
        uint48 freezeDelay;
        uint48 alarmDelay;
        /// Longer than `freezeDelay`: whoever distrusts new verifiers has left, or the contract is frozen.
        uint48 changeDelay;
        /// In gwei. It should cover proofs by the deep circuit: ground addresses make one of every three accesses.
        uint32 lowestFee;
        /// Below what can be proven in a window.
        uint16 maxOperations;
        uint48 window;
    }

    /// A batch as the sequencer posts it.
    struct NewBatch {
        /// In `PostedPayments`' form.
        bytes data;
        /// What payments' `validUntil` is compared with, in seconds: at most `MAX_LAG` behind the block's.
        uint40 timestamp;
        /// Whose account gets the payments' fees.
        address feeRecipient;
        /// Of the queue's operations that it takes, as `PostedPayments.Content` has it.
        bytes32 itemsHash;
        /// Wei for whoever proves it; burned if it is dropped.
        uint96 fee;
        /// Who will prove it with these commitments: then the data need not be given again. Zero for nobody.
        address prover;
        uint256 logHash;
        uint256 txHash;
    }

    /// Proofs of a posted batch.
    struct Proof {
        /// Empty if the prover and the commitments are those that were fixed when the batch was posted.
        bytes data;
        ChunkChain.Chunk[] chunks;
        RulesChain.Chunk[] rulesChunks;
    }

    /// @notice Seconds that a batch's timestamp may be behind the block's.
    uint256 private constant MAX_LAG = 1 hours;

    PoseidonHashes private immutable _hashes;
    /// @dev Of a chain id, which a fork can change, and a version: what signed messages begin with.
    mapping(uint256 chainId => mapping(uint32 version => uint256)) private _domains;

    /// A batch was posted; `data` is in `PostedPayments`' form.
    event BatchPosted(uint48 indexed number, PostedBatch posted, bytes data);
    /// A batch was proven; `root` is the state's after it, `logHash` commits to the accesses that were proven.
    event BatchConsolidated(
        uint48 indexed number, uint256 root, uint256 logHash, uint48 consolidatedAt, address indexed prover
    );

    /// The queue has other operations than the sender meant, after a reorganisation, say.
    error OtherItems(bytes32 expected, bytes32 given);
    /// Operation `index` has waited for too long: only batches of the queue's operations alone are posted.
    error QueueOverdue(uint48 index);
    /// No operation of the queue has waited for so long that anyone may post it.
    error QueueNotDue();
    /// A batch's timestamp is after the block's, or too far behind it.
    error OtherTimestamp(uint256 latest, uint256 given);
    /// Fees go to an account of users.
    error NoFeeRecipient();
    /// Expected this many wei, for whoever proves it.
    error OtherFee(uint256 expected, uint256 given);
    /// The two chains of proofs are of different logs.
    error OtherLog(uint256 storages, uint256 rules);

    constructor(address[] memory verifiers, StateProofs stateProofs_, Settings memory settings)
        Roles(settings.roles, settings.changeDelay)
        Versions(verifiers)
        Batches(settings.proverTimeout)
        PaymentQueue(settings.lowestFee, settings.maxOperations, settings.window)
        PaymentExits(stateProofs_)
    {
        (forceDelay, alarmDelay) = (_delay(settings.forceDelay), _delay(settings.alarmDelay));
        dropTimeout = _delay(settings.dropTimeout);
        freezeDelay = _delay(settings.freezeDelay);
        _requireLonger(settings.proverTimeout + PROVING_TIME, dropTimeout);
        _requireLonger(forceDelay + dropTimeout + FREEZE_SLACK, freezeDelay);
        _requireLonger(freezeDelay + 1, settings.changeDelay);
        PoseidonHashes hashes = new PoseidonHashes();
        _hashes = hashes;
        // One leaf, of Ethereum's own account: kind, address and slot are 0, and it holds 2^96 - 1 wei.
        _begin(hashes.permute4(1, hashes.permute4(0, 0, 0, 0), 0, type(uint96).max));
    }

    /// @notice The delays and limits that were fixed at deployment, but for those that `Batches` and `Roles` tell.
    function limits()
        external
        view
        returns (
            uint48 forceDelay_,
            uint48 dropTimeout_,
            uint48 freezeDelay_,
            uint48 alarmDelay_,
            uint32 lowestFee_,
            uint16 maxOperations_,
            uint48 window_
        )
    {
        return (forceDelay, dropTimeout, freezeDelay, alarmDelay, lowestFee, maxOperations, window);
    }

    // --- posting ---

    /// @notice Posts a batch. Its fee is sent along, no more and no less.
    /// @param number That it gets: a call that is sent twice posts once.
    function sequenceBatch(uint48 number, NewBatch calldata batch)
        external
        payable
        unlessStopped(Part.Posting)
        onlyRole(SEQUENCER_ROLE)
    {
        if (msg.value != batch.fee) revert OtherFee(batch.fee, msg.value);
        _post(number, batch);
    }

    /// @notice Posts a batch and consolidates it, in one call: by the sequencer, or by anyone if the queue's operations wait for
    /// too long.
    /// @dev With the proof in the same call, a stranger's batch can hold up nobody. What runs pays for data's floor price.
    /// @param number The batch's; all batches before it are consolidated.
    function settleBatch(uint48 number, NewBatch calldata batch, Proof calldata proof)
        external
        unlessStopped(Part.Posting)
        unlessStopped(Part.Proving)
    {
        if (lastConsolidated != lastVirtual) revert NotConsolidated(lastVirtual);
        if (!_isOverdue() && !hasRole(SEQUENCER_ROLE, msg.sender)) revert QueueNotDue();
        if (batch.fee != 0) revert OtherFee(0, batch.fee);
        _consolidateNext(_post(number, batch), proof);
    }

    // --- proving ---

    /// @notice Moves the consolidated root over the next batch, or reverts. Its fees are then owed to the sender.
    function verifyBatch(uint48 number, PostedBatch memory posted, Proof calldata proof)
        external
        unlessStopped(Part.Proving)
    {
        if (number != lastConsolidated + 1) revert NotNext(lastConsolidated + 1, number);
        _requireWaiting(number, posted);
        _requireProversTurn(number, posted.postedAt);
        if (revoked[posted.version]) revert VersionIsRevoked(posted.version);
        _consolidateNext(posted, proof);
    }

    // --- the alarm ---

    /// @notice Ends the contract, by anyone who shows that proofs can be forged: of a batch that has not matured, proofs that are
    /// accepted and lead to another root. This batch and all behind it are void, and the contract is frozen.
    /// @param prover Who can send these proofs.
    function raiseAlarm(
        uint48 number,
        PostedBatch memory posted,
        uint48 consolidatedAt,
        address prover,
        Proof calldata proof
    ) external {
        _requireUnmatured(number, posted, consolidatedAt);
        uint256 held = rootAfter(number);
        (uint256 root,) = _prove(number, posted, prover, proof);
        if (root == held) revert SameRoot(root);
        alarmed = true;
        emit Alarm(number, posted.version, held, root);
        _freeze();
        _void(number, posted.firstItem);
    }

    // --- how it is done ---

    function _post(uint48 number, NewBatch calldata batch) private returns (PostedBatch memory posted) {
        if (number != lastVirtual + 1) revert NotNext(lastVirtual + 1, number);
        if (revoked[version]) revert VersionIsRevoked(version);
        if (batch.feeRecipient == address(0)) revert NoFeeRecipient();
        posted.dataHash = keccak256(batch.data);
        posted.itemsHash = batch.itemsHash;
        (posted.timestamp, posted.feeRecipient) = (batch.timestamp, batch.feeRecipient);
        (posted.postedAt, posted.version, posted.firstItem) = (clock(), version, postedItems);
        posted.context = _context(number, batch.timestamp, batch.feeRecipient);
        posted.fee = batch.fee;
        uint256 x = 0;
        if (batch.prover != address(0)) {
            (posted.prover, posted.logHash, posted.txHash) = (batch.prover, batch.logHash, batch.txHash);
            x = _point(number, posted, batch.prover, batch.logHash, batch.txHash);
        }
        PostedPayments.Content memory content = batch.data.read(operations, postedItems, queueLength, _paidItems, x);
        if (content.itemsHash != batch.itemsHash) revert OtherItems(batch.itemsHash, content.itemsHash);
        uint256 lag = content.isQueueAlone ? block.timestamp : MAX_LAG;
        if (batch.timestamp > block.timestamp || batch.timestamp + lag < block.timestamp) {
            revert OtherTimestamp(block.timestamp, batch.timestamp);
        }
        if (!content.isQueueAlone && _isOverdue()) revert QueueOverdue(postedItems);
        (posted.payouts, posted.items) = (content.payouts, uint16(content.items));
        posted.itemFees = uint96(content.itemFees * GWEI);
        if (batch.prover != address(0)) posted.dataOut = content.dataOut;
        postedItems += posted.items;
        lastVirtual = number;
        postedHash[number] = _hash(posted);
        emit BatchPosted(number, posted, batch.data);
    }

    function _consolidateNext(PostedBatch memory posted, Proof calldata proof) private {
        uint48 number = lastConsolidated + 1;
        (uint256 root, uint256 logHash) = _prove(number, posted, msg.sender, proof);
        uint48 time = clock();
        postedHash[number] = _consolidatedHash(posted, time);
        consolidatedItems = posted.firstItem + posted.items;
        if (consolidatedItems > _paidItems) _paidItems = consolidatedItems;
        stalledFor = 0;
        _consolidate(number, root);
        emit BatchConsolidated(number, root, logHash, time, msg.sender);
        _owe(msg.sender, uint256(posted.fee) + posted.itemFees);
    }

    /// @dev The root to which a batch leads from the one before it; reverts unless both chains of proofs are accepted.
    function _prove(uint48 number, PostedBatch memory posted, address prover, Proof calldata proof)
        private
        view
        returns (uint256 root, uint256 logHash)
    {
        logHash = ChunkChain.lastLogHash(proof.chunks);
        (uint256 rulesLogHash, uint256 txHash) = RulesChain.last(proof.rulesChunks);
        if (rulesLogHash != logHash) revert OtherLog(logHash, rulesLogHash);
        uint256 x = _point(number, posted, prover, logHash, txHash);
        // The same point as when the value was taken, if so.
        bool isTaken = posted.prover != address(0) && prover == posted.prover && logHash == posted.logHash
            && txHash == posted.txHash;
        uint256 dataOut = posted.dataOut;
        if (!isTaken) {
            if (keccak256(proof.data) != posted.dataHash) revert OtherData(number);
            dataOut =
                proof.data.read(operations, posted.firstItem, posted.firstItem + posted.items, _paidItems, x).dataOut;
        }
        ChunkChain.Statements memory storages = ChunkChain.withRoomFor(proof.chunks.length);
        RulesChain.Statements memory rules = RulesChain.withRoomFor(proof.rulesChunks.length);
        (root,) = ChunkChain.appendLog(storages, proof.chunks, rootAfter(number - 1), x);
        RulesChain.append(rules, proof.rulesChunks, x, posted.context, dataOut);
        address[] memory verifiers = verifiersOf(posted.version);
        ChunkChain.verify(storages, ChainVerifier(verifiers[0]), ChainVerifier(verifiers[1]));
        RulesChain.verify(rules, RulesVerifier(verifiers[2]), RulesVerifier(verifiers[3]));
    }

    /// @dev The point at which a batch's records, as posted and as proven, are compared. It depends on both, on all that the
    /// contract adds to them, and on everything that would let a proof be of use elsewhere, or to somebody else.
    function _point(uint48 number, PostedBatch memory posted, address prover, uint256 logHash, uint256 txHash)
        private
        view
        returns (uint256)
    {
        return ChunkChain.toPoint(
            keccak256(
                abi.encode(
                    BATCH_DOMAIN,
                    block.chainid,
                    address(this),
                    number,
                    posted.version,
                    prover,
                    posted.dataHash,
                    posted.itemsHash,
                    logHash,
                    txHash,
                    posted.context
                )
            )
        );
    }

    /// @dev What the rules proofs of a batch that is posted now open.
    function _context(uint48 number, uint40 timestamp, address feeRecipient) private returns (uint256) {
        uint256 domain = _domains[block.chainid][version];
        if (domain == 0) {
            domain = _hashes.permute4(0, block.chainid, uint160(address(this)), version);
            _domains[block.chainid][version] = domain;
        }
        return _hashes.hash4(domain, number, timestamp, uint160(feeRecipient));
    }

    /// @dev Whether the queue's next operation has waited for too long.
    function _isOverdue() private view returns (bool) {
        return postedItems < queueLength && clock() >= operations[postedItems].askedAt + forceDelay;
    }

    function _requireLonger(uint48 least, uint48 given) private pure {
        if (given < least) revert DelayTooShort(least, given);
    }

    function _verifierCount() internal pure override returns (uint256) {
        return 4;
    }
}
