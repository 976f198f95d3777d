// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {BatchData} from "./BatchData.sol";
import {Batches} from "./Batches.sol";
import {ChunkChain} from "./ChunkChain.sol";
import {Reads} from "./Reads.sol";
import {Roles} from "./Roles.sol";
import {Versions} from "./Versions.sol";

/// @title Settlement of a Rootshift state, of records
/// @notice Keeps the root of a state. Batches of writes are posted in order (virtual: ordered and available, not yet proven);
/// proofs then move the root over them, in the same order (consolidated). What may be written is the sequencer's word: nothing
/// here authorises writes, so no ether may depend on them, and the only ether that the contract holds is the fees of provers.
/// @dev What a root is worth: see docs/settlement.md. Nobody, the administrator included, can change the delays or a posted
/// batch, or set a root that is not proven.
contract Settlement is Reads {
    using BatchData for bytes;

    /// @dev What the points of batches are derived from.
    bytes32 private constant BATCH_DOMAIN = keccak256("rootshift.settlement.batch");

    /// Who may do what at first, the delays in seconds, from 1 to `MAX_DELAY`, and whether writes can be forced.
    struct Settings {
        Appointments roles;
        /// From when a batch was posted until anyone may prove it.
        uint48 proverTimeout;
        /// From when a forced batch was asked for until anyone may post it, and nobody anything else.
        uint48 forceDelay;
        /// From when a change of who or what is trusted is announced until it takes effect. Longer than `forceDelay`.
        uint48 changeDelay;
        /// The state at the beginning; 0 is the empty one.
        uint256 genesisRoot;
        /// Records of a forced batch, at most; 0 if nobody can force writes. Whoever sets this says that **records belong to
        /// their address**: anyone can write any value to the entries of their own. A balance is not such a record.
        uint16 maxForcedRecords;
        /// Wei that each record of a forced batch costs, for whoever proves it: ground keys make a proof of every three.
        uint96 forcedRecordFee;
    }

    /// A batch as the sequencer posts it.
    struct NewBatch {
        bytes data;
        /// Wei for whoever proves it.
        uint96 fee;
        /// Who will prove it with a log of this `logHash`: then the data need not be given again. Zero for nobody.
        address prover;
        uint256 logHash;
    }

    /// A batch as it was posted. Only its hash is stored; who proves it gives it again, from the event.
    struct PostedBatch {
        bytes32 dataHash;
        /// By `clock`.
        uint48 postedAt;
        /// Whose verifiers take its proofs.
        uint32 version;
        /// Who paid the fee, and gets it back if the batch can never be proven.
        address payer;
        uint96 fee;
        /// Who may prove it without giving the data again, and the log's commitment and the data's value that were
        /// fixed for that; all zero if nobody.
        address prover;
        uint256 logHash;
        uint256 dataOut;
    }

    /// A posted batch and its proofs.
    struct ProvenBatch {
        PostedBatch posted;
        /// Empty if the sender is `posted.prover` and the log's commitment is `posted.logHash`.
        bytes data;
        ChunkChain.Chunk[] chunks;
    }

    /// A batch that was asked for without the sequencer.
    struct ForcedBatch {
        bytes32 dataHash;
        address owner;
        /// By `clock`.
        uint48 askedAt;
        uint16 records;
    }

    /// Proofs that some data leads to a root, as `prover` can send them.
    struct Claim {
        address prover;
        ChunkChain.Chunk[] chunks;
    }

    uint48 public immutable forceDelay;
    /// @notice Records of a forced batch, at most; 0 if nobody can force writes.
    uint16 public immutable maxForcedRecords;
    /// @notice Wei that each record of a forced batch costs.
    uint96 public immutable forcedRecordFee;

    /// @notice How many forced batches were asked for, and how many of them are posted.
    uint48 public forcedCount;
    uint48 public forcedPosted;
    /// @notice Forced batches by index, from 0.
    mapping(uint48 index => ForcedBatch) public forced;

    /// A batch was posted; `data` are its writes.
    event BatchPosted(uint48 indexed number, PostedBatch posted, bytes data);
    /// Forced batch `index` was posted as batch `number`.
    event ForcedBatchPosted(uint48 indexed number, uint48 indexed index, PostedBatch posted);
    /// Someone asked for a batch that must be posted after the delay.
    event BatchForced(uint48 indexed index, address indexed owner, bytes data);
    /// A batch was proven; `root` is the state's after it, `logHash` commits to the accesses that were proven.
    event BatchConsolidated(uint48 indexed number, uint256 root, uint256 logHash, address indexed prover);

    error NoBatches();
    /// Batches of one call are of one version, and this one is not.
    error OtherVersion(uint48 number);
    /// A change of verifiers would be too fast for whoever forces a batch because of it.
    error ChangeDelayTooShort(uint48 changeDelay, uint48 forceDelay);
    /// Forced batch `index` has waited for too long; it has to be posted first.
    error ForcedBatchOverdue(uint48 index);
    /// There is no forced batch that the sender may post.
    error ForcedBatchNotDue(uint48 index);
    /// No more records than this can be forced at once.
    error TooManyForced(uint256 most, uint256 given);
    /// Expected this many wei, for whoever proves it.
    error OtherFee(uint256 expected, uint256 given);

    constructor(address[] memory verifiers, Settings memory settings)
        Roles(settings.roles, settings.changeDelay)
        Versions(verifiers)
        Batches(settings.proverTimeout)
    {
        _begin(settings.genesisRoot);
        forceDelay = _delay(settings.forceDelay);
        if (changeDelay <= forceDelay) revert ChangeDelayTooShort(changeDelay, forceDelay);
        (maxForcedRecords, forcedRecordFee) = (settings.maxForcedRecords, settings.forcedRecordFee);
    }

    // --- posting ---

    /// @notice Posts batches. Each is in `BatchData`'s form, so that anyone can prove it from any state. Their fees are sent
    /// along, no more and no less.
    /// @param first The number that the first of them gets: a call that is sent twice posts once.
    function sequenceBatches(uint48 first, NewBatch[] calldata batches)
        external
        payable
        unlessStopped(Part.Posting)
        onlyRole(SEQUENCER_ROLE)
    {
        uint48 number = lastVirtual;
        _requireNext(number + 1, first, batches.length);
        if (forcedPosted < forcedCount && _isDue(forcedPosted)) revert ForcedBatchOverdue(forcedPosted);
        uint256 fees = 0;
        for (uint256 i = 0; i < batches.length; i++) {
            NewBatch calldata batch = batches[i];
            batch.data.validate();
            PostedBatch memory posted = _posted(keccak256(batch.data), msg.sender, batch.fee);
            fees += batch.fee;
            number++;
            if (batch.prover != address(0)) {
                (posted.prover, posted.logHash) = (batch.prover, batch.logHash);
                uint256 x = batchPoint(number, posted.version, batch.prover, posted.dataHash, batch.logHash);
                posted.dataOut = batch.data.evaluate(x);
            }
            postedHash[number] = _hash(posted);
            emit BatchPosted(number, posted, batch.data);
        }
        if (msg.value != fees) revert OtherFee(fees, msg.value);
        lastVirtual = number;
    }

    /// @notice Asks for a batch of writes to the sender's own entries. After `forceDelay` nothing else is posted before it.
    /// Its fee is sent along, no more and no less.
    function forceBatch(bytes calldata data) external payable unlessStopped(Part.Forcing) returns (uint48 index) {
        data.validate();
        uint256 records = data.length / BatchData.RECORD_BYTES;
        if (records > maxForcedRecords) revert TooManyForced(maxForcedRecords, records);
        if (msg.value != records * forcedRecordFee) revert OtherFee(records * forcedRecordFee, msg.value);
        data.requireOwned(msg.sender);
        index = forcedCount++;
        forced[index] = ForcedBatch(keccak256(data), msg.sender, clock(), uint16(records));
        emit BatchForced(index, msg.sender, data);
    }

    /// @notice Posts the next forced batches, at most `most` and as many as there are: those that are due by anyone, others
    /// by the sequencer.
    function sequenceForcedBatches(uint48 most) external unlessStopped(Part.Posting) {
        bool mayEarly = hasRole(SEQUENCER_ROLE, msg.sender);
        uint48 index = forcedPosted;
        uint48 number = lastVirtual;
        for (uint48 left = most; left > 0 && index < forcedCount && (mayEarly || _isDue(index)); left--) {
            PostedBatch memory posted = _posted(forced[index].dataHash, forced[index].owner, _forcedFee(index));
            number++;
            postedHash[number] = _hash(posted);
            emit ForcedBatchPosted(number, index, posted);
            index++;
        }
        if (index == forcedPosted) revert ForcedBatchNotDue(index);
        (forcedPosted, lastVirtual) = (index, number);
    }

    // --- proving ---

    /// @notice Moves the consolidated root over the next batches, or reverts. Their fees are then owed to the sender.
    /// @dev All are of one version. All proofs of one circuit, of all batches, are verified together.
    /// @param first The number of the first of them.
    function verifyBatches(uint48 first, ProvenBatch[] calldata batches) external unlessStopped(Part.Proving) {
        uint48 number = lastConsolidated;
        _requireNext(number + 1, first, batches.length);
        uint256 chunks = 0;
        for (uint256 i = 0; i < batches.length; i++) {
            chunks += batches[i].chunks.length;
        }
        ChunkChain.Statements memory statements = ChunkChain.withRoomFor(chunks);
        uint256 root = rootAfter(number);
        uint32 version_ = batches[0].posted.version;
        uint256 fees = 0;
        for (uint256 i = 0; i < batches.length; i++) {
            ProvenBatch calldata batch = batches[i];
            number++;
            if (postedHash[number] != _hash(batch.posted)) revert OtherBatch(number);
            _requireProversTurn(number, batch.posted.postedAt);
            if (batch.posted.version != version_) revert OtherVersion(number);
            uint256 logHash = ChunkChain.lastLogHash(batch.chunks);
            (uint256 x, uint256 dataOut) = _binding(number, batch, logHash);
            root = ChunkChain.append(statements, batch.chunks, root, x, dataOut);
            fees += batch.posted.fee;
            delete postedHash[number];
            _consolidate(number, root);
            emit BatchConsolidated(number, root, logHash, msg.sender);
        }
        _verifyStorage(statements, version_);
        _owe(msg.sender, fees);
    }

    /// @notice The point at which data and log of a batch are compared. It depends on both, and on everything that would
    /// let a proof be of use elsewhere, by other verifiers, or to somebody else.
    function batchPoint(uint48 number, uint32 version_, address prover, bytes32 dataHash, uint256 logHash)
        public
        view
        returns (uint256)
    {
        return ChunkChain.toPoint(
            keccak256(
                abi.encode(BATCH_DOMAIN, block.chainid, address(this), number, version_, prover, dataHash, logHash)
            )
        );
    }

    // --- the alarm ---

    /// @notice Ends the contract, by anyone who shows that a version's proofs can be forged: two that are accepted, and lead
    /// from the same root by the same data to different roots. One of them is false, and so may be any other.
    /// @dev The root is one that was consolidated, or the genesis, as about the root of a malformed tree anything can be
    /// shown. The version is one in use: the keys of others harm nobody.
    /// @param number Of the batch that comes after the root. The data can be any.
    function raiseAlarm(uint48 number, uint32 version_, bytes calldata data, Claim calldata one, Claim calldata other)
        external
    {
        if (number == 0) revert NotConsolidated(number);
        _requireUsable(version_, lastConsolidated);
        data.validate();
        uint256 root = _claimed(number, version_, data, one);
        uint256 otherRoot = _claimed(number, version_, data, other);
        if (root == otherRoot) revert SameRoot(root);
        alarmed = true;
        emit Alarm(number, version_, root, otherRoot);
    }

    /// @notice After an alarm, owes the fee of a batch that can never be proven to who paid it.
    function refundPosted(uint48 number, PostedBatch calldata posted) external {
        if (!alarmed) revert NotAlarmed();
        if (postedHash[number] != _hash(posted)) revert OtherBatch(number);
        delete postedHash[number];
        _owe(posted.payer, posted.fee);
    }

    /// @notice After an alarm, owes the fees of the next forced batches that can never be posted to who asked for them.
    function refundForced(uint48 most) external {
        if (!alarmed) revert NotAlarmed();
        for (uint48 left = most; left > 0 && forcedPosted < forcedCount; left--) {
            _owe(forced[forcedPosted].owner, _forcedFee(forcedPosted));
            forcedPosted++;
        }
    }

    /// @dev The root to which a claim's proofs lead from the one before batch `number`; reverts unless they are accepted.
    function _claimed(uint48 number, uint32 version_, bytes calldata data, Claim calldata claim)
        private
        view
        returns (uint256 root)
    {
        uint256 logHash = ChunkChain.lastLogHash(claim.chunks);
        uint256 x = batchPoint(number, version_, claim.prover, keccak256(data), logHash);
        ChunkChain.Statements memory statements = ChunkChain.withRoomFor(claim.chunks.length);
        root = ChunkChain.append(statements, claim.chunks, rootAfter(number - 1), x, data.evaluate(x));
        _verifyStorage(statements, version_);
    }

    /// @dev The point at which a batch's log is compared with its data, and the data's value there.
    function _binding(uint48 number, ProvenBatch calldata batch, uint256 logHash)
        private
        view
        returns (uint256 x, uint256 dataOut)
    {
        PostedBatch calldata posted = batch.posted;
        x = batchPoint(number, posted.version, msg.sender, posted.dataHash, logHash);
        // The same point as when the value was taken, if so.
        if (msg.sender == posted.prover && logHash == posted.logHash) return (x, posted.dataOut);
        if (keccak256(batch.data) != posted.dataHash) revert OtherData(number);
        return (x, batch.data.evaluate(x));
    }

    /// @dev Reverts unless there are batches, and the first of them is the next.
    function _requireNext(uint48 expected, uint48 first, uint256 batches) private pure {
        if (first != expected) revert NotNext(expected, first);
        if (batches == 0) revert NoBatches();
    }

    /// @dev A batch that is posted now, for nobody in particular.
    function _posted(bytes32 dataHash, address payer, uint96 fee) private view returns (PostedBatch memory posted) {
        posted.dataHash = dataHash;
        posted.postedAt = clock();
        posted.version = version;
        (posted.payer, posted.fee) = (payer, fee);
    }

    function _forcedFee(uint48 index) private view returns (uint96) {
        return forced[index].records * forcedRecordFee;
    }

    function _isDue(uint48 index) private view returns (bool) {
        return clock() >= forced[index].askedAt + forceDelay;
    }

    function _hash(PostedBatch memory posted) private pure returns (bytes32) {
        return keccak256(abi.encode(posted));
    }

    function _verifierCount() internal pure override returns (uint256) {
        return 2;
    }
}
