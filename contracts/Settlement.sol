// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {BatchData} from "./BatchData.sol";
import {ChainVerifier} from "./ChainVerifier.sol";
import {ChunkChain} from "./ChunkChain.sol";
import {Roles} from "./Roles.sol";
import {Stops} from "./Stops.sol";

/// @title Settlement of a Rootshift state
/// @notice Keeps the root of a state that begins empty. Batches of writes are posted in order (virtual: ordered and
/// available, not yet proven); proofs then move the root over them, in the same order (consolidated).
/// @dev What a root is worth: see docs/settlement.md. Nobody, the administrator included, can change the verifiers, the
/// delays or a posted batch, or set a root that is not proven.
contract Settlement is Stops {
    using BatchData for bytes;

    /// @dev What the points of batches and of reads are derived from, so that no point is ever of both.
    bytes32 private constant BATCH_DOMAIN = keccak256("rootshift.settlement.batch");
    bytes32 private constant READS_DOMAIN = keccak256("rootshift.settlement.reads");

    /// Who may do what at first, and the delays in seconds, from 1 to `MAX_DELAY`.
    struct Settings {
        Appointments roles;
        /// From when a batch was posted until anyone may prove it.
        uint48 proverTimeout;
        /// From when a forced batch was asked for until anyone may post it, and nobody anything else.
        uint48 forceDelay;
        /// From when the administrator announces a change of who is trusted until it takes effect.
        uint48 changeDelay;
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
        /// By `clock`.
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
        /// By `clock`.
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

    /// @notice Number of the last batch that is posted; the first is 1.
    uint48 public lastVirtual;
    /// @notice Number of the last batch that is proven.
    uint48 public lastConsolidated;
    /// @notice How many forced batches were asked for, and how many of them are posted.
    uint48 public forcedCount;
    uint48 public forcedPosted;

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

    /// Expected a contract that verifies proofs.
    error NoContract(address verifier);
    /// The batches given begin with another number than the next.
    error NotNext(uint48 expected, uint48 given);
    error NoBatches();
    /// Forced batch `index` has waited for too long; it has to be posted first.
    error ForcedBatchOverdue(uint48 index);
    /// There are not so many forced batches that the sender may post.
    error ForcedBatchNotDue(uint48 index);
    /// No batch of this number waits for its proof, or it was not posted so.
    error OtherBatch(uint48 number);
    /// The sender has not the prover's role, and the prover still has time until `clock` is there.
    error ProverHasTime(uint48 number, uint48 until);
    /// The data is not that which was posted.
    error OtherData(uint48 number);
    /// Reads leave the root as it is; these proofs do not.
    error RootMoved(uint256 root);

    constructor(ChainVerifier verifier_, ChainVerifier deepVerifier_, Settings memory settings)
        Roles(settings.roles, settings.changeDelay)
    {
        _requireContract(address(verifier_));
        _requireContract(address(deepVerifier_));
        (verifier, deepVerifier) = (verifier_, deepVerifier_);
        proverTimeout = _delay(settings.proverTimeout);
        forceDelay = _delay(settings.forceDelay);
    }

    // --- posting ---

    /// @notice Posts batches. Each is in `BatchData`'s form, so that anyone can prove it from any state.
    /// @param first The number that the first of them gets: a call that is sent twice posts once.
    function sequenceBatches(uint48 first, NewBatch[] calldata batches)
        external
        unlessStopped(Part.Posting)
        onlyRole(SEQUENCER_ROLE)
    {
        uint48 number = lastVirtual;
        _requireNext(number + 1, first, batches.length);
        if (forcedPosted < forcedCount && _isDue(forcedPosted)) revert ForcedBatchOverdue(forcedPosted);
        for (uint256 i = 0; i < batches.length; i++) {
            NewBatch calldata batch = batches[i];
            batch.data.validate();
            PostedBatch memory posted;
            posted.dataHash = keccak256(batch.data);
            posted.postedAt = clock();
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
    function forceBatch(bytes calldata data) external unlessStopped(Part.Forcing) returns (uint48 index) {
        data.validate();
        data.requireOwned(msg.sender);
        index = forcedCount++;
        forced[index] = ForcedBatch(keccak256(data), clock());
        emit BatchForced(index, msg.sender, data);
    }

    /// @notice Posts the next forced batches: those that are due by anyone, others by the sequencer.
    function sequenceForcedBatches(uint48 count) external unlessStopped(Part.Posting) {
        bool mayEarly = hasRole(SEQUENCER_ROLE, msg.sender);
        uint48 index = forcedPosted;
        uint48 number = lastVirtual;
        for (uint48 end = index + count; index < end; index++) {
            if (index >= forcedCount || !(mayEarly || _isDue(index))) revert ForcedBatchNotDue(index);
            PostedBatch memory posted;
            posted.dataHash = forced[index].dataHash;
            posted.postedAt = clock();
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
    function verifyBatches(uint48 first, ProvenBatch[] calldata batches) external unlessStopped(Part.Proving) {
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
            if (!mayEarly && clock() < until) revert ProverHasTime(number, until);
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
    function checkReads(bytes calldata data, ChunkChain.Chunk[] calldata chunks) external view unlessStopped(Part.Reading) {
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
        return clock() >= forced[index].askedAt + forceDelay;
    }

    function _requireContract(address verifier_) private view {
        if (verifier_.code.length == 0) revert NoContract(verifier_);
    }

    function _hash(PostedBatch memory posted) private pure returns (bytes32) {
        return keccak256(abi.encode(posted));
    }
}
