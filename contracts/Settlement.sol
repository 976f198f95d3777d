// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {BatchData} from "./BatchData.sol";
import {ChainVerifier} from "./ChainVerifier.sol";
import {ChunkChain} from "./ChunkChain.sol";

/// @title Settlement of a Rootshift state
/// @notice Keeps the root of a state that begins empty. Batches of writes are posted in order (virtual: ordered and
/// available, not yet proven); proofs then move the root over them, in the same order (consolidated).
/// @dev What a root is worth: see docs/settlement.md. Nobody, the administrator included, can change the verifiers, the
/// delays or a posted batch, or set a root that is not proven.
contract Settlement is AccessControl, Pausable {
    using BatchData for bytes;

    /// @notice May post batches.
    bytes32 public constant SEQUENCER_ROLE = keccak256("SEQUENCER_ROLE");
    /// @notice May consolidate a batch before its time-out; after it, anyone may.
    bytes32 public constant PROVER_ROLE = keccak256("PROVER_ROLE");
    /// @notice May stop everything. Only the administrator may have it go on, after a delay.
    bytes32 public constant GUARDIAN_ROLE = keccak256("GUARDIAN_ROLE");

    /// @notice No delay or time-out is longer, in seconds.
    uint48 public constant MAX_DELAY = 30 days;

    /// @dev What the points of batches and of reads are derived from, so that no point is ever of both.
    bytes32 private constant BATCH_DOMAIN = keccak256("rootshift.settlement.batch");
    bytes32 private constant READS_DOMAIN = keccak256("rootshift.settlement.reads");

    /// Who may do what at first, and the delays in seconds, none above `MAX_DELAY`.
    struct Settings {
        address admin;
        address sequencer;
        address prover;
        address guardian;
        /// From when a batch was posted until anyone may prove it.
        uint48 proverTimeout;
        /// From when a forced batch was asked for until anyone may post it, and nobody anything else.
        uint48 forceDelay;
        /// From when the administrator says so until a stop can be left.
        uint48 resumeDelay;
    }

    /// A batch as the sequencer posts it.
    struct NewBatch {
        bytes data;
        /// Who will prove it with a log of this `logHash`: then the data need not be given again. Zero for nobody.
        address prover;
        uint256 logHash;
    }

    /// A batch as it was posted. Only its hash is stored; who proves it gives it again, from the event.
    struct PostedBatch {
        bytes32 dataHash;
        uint48 postedAt;
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
        uint48 askedAt;
    }

    /// @notice Verifies the proofs of the usual circuit.
    ChainVerifier public immutable verifier;
    /// @notice Verifies the proofs of the circuit for what the usual one has no room for.
    ChainVerifier public immutable deepVerifier;
    /// @notice The block of the deployment: no event of this contract is in an earlier one.
    uint256 public immutable deploymentBlock = block.number;
    uint48 public immutable proverTimeout;
    uint48 public immutable forceDelay;
    uint48 public immutable resumeDelay;

    // These share a slot with `Pausable`'s flag.
    /// @notice Number of the last batch that is posted; the first is 1.
    uint48 public lastVirtual;
    /// @notice Number of the last batch that is proven.
    uint48 public lastConsolidated;
    /// @notice How many forced batches were asked for, and how many of them are posted.
    uint48 public forcedCount;
    uint48 public forcedPosted;
    /// @notice When the stop can be left; 0 if there is none, or nobody has said that it shall be.
    uint48 public resumableAt;

    /// @notice The root after the last consolidated batch; 0 is the empty state.
    uint256 public consolidatedRoot;
    /// @notice keccak256 of each batch that is posted and not yet consolidated.
    mapping(uint48 number => bytes32) public postedHash;
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
    /// The stop can be left from `time` on.
    event ResumeScheduled(uint48 time);

    error DelayTooLong(uint48 delay);
    /// The batches given begin with another number than the next.
    error NotNext(uint48 expected, uint48 given);
    error NoBatches();
    /// Forced batch `index` has waited for too long; it has to be posted first.
    error ForcedBatchOverdue(uint48 index);
    /// There are not so many forced batches that the sender may post.
    error ForcedBatchNotDue(uint48 index);
    /// No batch of this number waits for its proof, or it was not posted so.
    error OtherBatch(uint48 number);
    /// The sender has not the prover's role, and the prover still has time until then.
    error ProverHasTime(uint48 number, uint48 until);
    /// The data is not that which was posted.
    error OtherData(uint48 number);
    /// Reads leave the root as it is; these proofs do not.
    error RootMoved(uint256 root);
    /// Nobody has said that the stop shall be left, or it is too early.
    error NotResumable(uint48 time);

    constructor(ChainVerifier verifier_, ChainVerifier deepVerifier_, Settings memory settings) {
        (verifier, deepVerifier) = (verifier_, deepVerifier_);
        proverTimeout = _delay(settings.proverTimeout);
        forceDelay = _delay(settings.forceDelay);
        resumeDelay = _delay(settings.resumeDelay);
        _grantRole(DEFAULT_ADMIN_ROLE, settings.admin);
        _grantRole(SEQUENCER_ROLE, settings.sequencer);
        _grantRole(PROVER_ROLE, settings.prover);
        _grantRole(GUARDIAN_ROLE, settings.guardian);
    }

    // --- posting ---

    /// @notice Posts batches. Each is in `BatchData`'s form, so that anyone can prove it from any state.
    /// @param first The number that the first of them gets: a call that is sent twice posts once.
    function sequenceBatches(uint48 first, NewBatch[] calldata batches) external whenNotPaused onlyRole(SEQUENCER_ROLE) {
        uint48 number = lastVirtual;
        _requireNext(number + 1, first, batches.length);
        if (forcedPosted < forcedCount && _isDue(forcedPosted)) revert ForcedBatchOverdue(forcedPosted);
        for (uint256 i = 0; i < batches.length; i++) {
            NewBatch calldata batch = batches[i];
            batch.data.validate();
            PostedBatch memory posted;
            posted.dataHash = keccak256(batch.data);
            posted.postedAt = uint48(block.timestamp);
            number++;
            if (batch.prover != address(0)) {
                (posted.prover, posted.logHash) = (batch.prover, batch.logHash);
                posted.dataOut = batch.data.evaluate(batchPoint(number, batch.prover, posted.dataHash, batch.logHash));
            }
            postedHash[number] = _hash(posted);
            emit BatchPosted(number, posted, batch.data);
        }
        lastVirtual = number;
    }

    /// @notice Asks for a batch of writes to the sender's own entries. After `forceDelay` nothing else is posted before it.
    function forceBatch(bytes calldata data) external whenNotPaused returns (uint48 index) {
        data.validate();
        data.requireOwned(msg.sender);
        index = forcedCount++;
        forced[index] = ForcedBatch(keccak256(data), uint48(block.timestamp));
        emit BatchForced(index, msg.sender, data);
    }

    /// @notice Posts the next forced batches: those that are due by anyone, others by the sequencer.
    function sequenceForcedBatches(uint48 count) external whenNotPaused {
        bool mayEarly = hasRole(SEQUENCER_ROLE, msg.sender);
        uint48 index = forcedPosted;
        uint48 number = lastVirtual;
        for (uint48 end = index + count; index < end; index++) {
            if (index >= forcedCount || !(mayEarly || _isDue(index))) revert ForcedBatchNotDue(index);
            PostedBatch memory posted;
            posted.dataHash = forced[index].dataHash;
            posted.postedAt = uint48(block.timestamp);
            number++;
            postedHash[number] = _hash(posted);
            emit ForcedBatchPosted(number, index, posted);
        }
        (forcedPosted, lastVirtual) = (index, number);
    }

    // --- proving ---

    /// @notice Moves the consolidated root over the next batches, or reverts.
    /// @dev All proofs of one circuit, of all batches, are verified together.
    /// @param first The number of the first of them.
    function verifyBatches(uint48 first, ProvenBatch[] calldata batches) external whenNotPaused {
        uint48 number = lastConsolidated;
        _requireNext(number + 1, first, batches.length);
        uint256 chunks = 0;
        for (uint256 i = 0; i < batches.length; i++) {
            chunks += batches[i].chunks.length;
        }
        ChunkChain.Statements memory statements = ChunkChain.withRoomFor(chunks);
        uint256 root = consolidatedRoot;
        bool mayEarly = hasRole(PROVER_ROLE, msg.sender);
        for (uint256 i = 0; i < batches.length; i++) {
            ProvenBatch calldata batch = batches[i];
            PostedBatch calldata posted = batch.posted;
            number++;
            if (postedHash[number] != _hash(posted)) revert OtherBatch(number);
            uint48 until = posted.postedAt + proverTimeout;
            if (!mayEarly && block.timestamp < until) revert ProverHasTime(number, until);
            uint256 logHash = ChunkChain.lastLogHash(batch.chunks);
            (uint256 x, uint256 dataOut) = _binding(number, batch, logHash);
            root = ChunkChain.append(statements, batch.chunks, root, x, dataOut);
            delete postedHash[number];
            emit BatchConsolidated(number, root, logHash, msg.sender);
        }
        ChunkChain.verify(statements, verifier, deepVerifier);
        (consolidatedRoot, lastConsolidated) = (root, number);
    }

    /// @notice Reverts unless every entry given has the value given at the consolidated root; value 0 means that it is
    /// absent.
    /// @dev The proofs are of a log of writes of these very values, which leaves the root as it is. The new root's tree has
    /// what was written, each entry being written once; and it is the old root's tree.
    /// @param data The entries in `BatchData`'s form, in ascending order of kind, address, slot.
    function checkReads(bytes calldata data, ChunkChain.Chunk[] calldata chunks) external view whenNotPaused {
        data.validate();
        data.requireAscending();
        uint256 x = readsPoint(keccak256(data), ChunkChain.lastLogHash(chunks));
        ChunkChain.Statements memory statements = ChunkChain.withRoomFor(chunks.length);
        uint256 root = ChunkChain.append(statements, chunks, consolidatedRoot, x, data.evaluate(x));
        if (root != consolidatedRoot) revert RootMoved(root);
        ChunkChain.verify(statements, verifier, deepVerifier);
    }

    /// @notice The point at which data and log of a batch are compared. It depends on both, and on everything that would
    /// let a proof be of use elsewhere or to somebody else.
    function batchPoint(uint48 number, address prover, bytes32 dataHash, uint256 logHash) public view returns (uint256) {
        return ChunkChain.toPoint(
            keccak256(abi.encode(BATCH_DOMAIN, block.chainid, address(this), number, prover, dataHash, logHash))
        );
    }

    /// @notice The same of reads, whose proofs are good for any contract at the same root.
    function readsPoint(bytes32 dataHash, uint256 logHash) public pure returns (uint256) {
        return ChunkChain.toPoint(keccak256(abi.encode(READS_DOMAIN, dataHash, logHash)));
    }

    // --- stopping ---

    /// @notice Stops everything, and cancels what was said of leaving a stop.
    function stop() external onlyRole(GUARDIAN_ROLE) {
        if (!paused()) _pause();
        resumableAt = 0;
    }

    /// @notice Says that the stop shall be left, which the guardian can still prevent until the delay is over.
    function scheduleResume() external whenPaused onlyRole(DEFAULT_ADMIN_ROLE) {
        resumableAt = uint48(block.timestamp) + resumeDelay;
        emit ResumeScheduled(resumableAt);
    }

    /// @notice Leaves the stop, by anyone, once it is time.
    function resume() external whenPaused {
        if (resumableAt == 0 || block.timestamp < resumableAt) revert NotResumable(resumableAt);
        resumableAt = 0;
        _unpause();
    }

    /// @dev The point at which a batch's log is compared with its data, and the data's value there.
    function _binding(uint48 number, ProvenBatch calldata batch, uint256 logHash)
        private
        view
        returns (uint256 x, uint256 dataOut)
    {
        PostedBatch calldata posted = batch.posted;
        x = batchPoint(number, msg.sender, posted.dataHash, logHash);
        // The same point as when the value was taken, if so.
        if (msg.sender == posted.prover && logHash == posted.logHash) return (x, posted.dataOut);
        if (keccak256(batch.data) != posted.dataHash) revert OtherData(number);
        return (x, batch.data.evaluate(x));
    }

    function _requireNext(uint48 expected, uint48 first, uint256 batches) private pure {
        if (first != expected) revert NotNext(expected, first);
        if (batches == 0) revert NoBatches();
    }

    function _isDue(uint48 index) private view returns (bool) {
        return block.timestamp >= forced[index].askedAt + forceDelay;
    }

    function _delay(uint48 delay) private pure returns (uint48) {
        if (delay > MAX_DELAY) revert DelayTooLong(delay);
        return delay;
    }

    function _hash(PostedBatch memory posted) private pure returns (bytes32) {
        return keccak256(abi.encode(posted));
    }
}
