// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {BatchData} from "./BatchData.sol";
import {ChainVerifier} from "./ChainVerifier.sol";
import {ChunkChain} from "./ChunkChain.sol";
import {Owed} from "./Owed.sol";
import {Versions} from "./Versions.sol";

/// @title Batches in their order, and the root after each
/// @notice What every mode has: a state that begins at a genesis root, batches that are posted and then proven in the same
/// order, the root after each of them, and proofs of values at any of these roots.
/// @dev A version's first two verifiers are of storage proofs: of the usual circuit, and of that for what it has no room for.
abstract contract Batches is Versions, Owed {
    using BatchData for bytes;

    /// @dev What the points of reads are derived from, so that no point is ever of reads and of a batch.
    bytes32 private constant READS_DOMAIN = keccak256("rootshift.settlement.reads");

    /// @notice The block of the deployment: no event of this contract is in an earlier one.
    uint256 public immutable deploymentBlock = block.number;
    /// @notice Seconds from when a batch was posted until anyone may prove it.
    uint48 public immutable proverTimeout;

    /// @notice Number of the last batch that is posted; the first is 1.
    uint48 public lastVirtual;
    /// @notice Number of the last batch that is proven.
    uint48 public lastConsolidated;
    /// @notice Whether two accepted proofs disagreed; nothing is posted, proven or read any more.
    bool public alarmed;

    /// @notice keccak256 of each batch that is posted and not yet consolidated.
    mapping(uint48 number => bytes32) public postedHash;
    mapping(uint48 number => uint256) private _roots;

    /// Two accepted proofs lead from the root before batch `number`, by the same data, to these two roots.
    event Alarm(uint48 indexed number, uint32 indexed version, uint256 one, uint256 other);

    /// The batches given begin with another number than the next.
    error NotNext(uint48 expected, uint48 given);
    error NoBatches();
    /// No batch of this number waits for its proof, or it was not posted so.
    error OtherBatch(uint48 number);
    /// The sender has not the prover's role, and the prover still has time until `clock` is there.
    error ProverHasTime(uint48 number, uint48 until);
    /// The data is not that which was posted.
    error OtherData(uint48 number);
    /// Batches of one call are of one version, and this one is not.
    error OtherVersion(uint48 number);
    /// No batch of this number is consolidated, and so there is no root after it.
    error NotConsolidated(uint48 number);
    /// Reads leave the root as it is; these proofs do not.
    error RootMoved(uint256 root);
    /// Two accepted proofs disagreed.
    error Alarmed();
    /// There was no such alarm.
    error NotAlarmed();
    /// Both proofs lead to this root.
    error SameRoot(uint256 root);
    /// A root is below r.
    error RootOutOfRange(uint256 root);

    constructor(uint48 proverTimeout_, uint256 genesisRoot) {
        proverTimeout = _delay(proverTimeout_);
        if (genesisRoot >= ChunkChain.R) revert RootOutOfRange(genesisRoot);
        _roots[0] = genesisRoot;
    }

    /// @notice The root after the last consolidated batch; 0 is the empty state.
    function consolidatedRoot() external view returns (uint256) {
        return _roots[lastConsolidated];
    }

    /// @notice The root after a consolidated batch; after batch 0 it is that of the genesis.
    function rootAfter(uint48 number) public view returns (uint256) {
        if (number > lastConsolidated) revert NotConsolidated(number);
        return _roots[number];
    }

    /// @notice Reverts unless every entry given had the value given at the root after batch `number`; value 0 means that it
    /// was absent. How old a root may be is for the caller to say.
    /// @dev The proofs are of a log of writes of these very values, which leaves the root as it is. The new root's tree has
    /// what was written, each entry being written once; and it is the old root's tree.
    /// @param version_ A version that is in use, whose verifiers take the proofs.
    /// @param data The entries in `BatchData`'s form, in ascending order of kind, address, slot.
    function checkReads(uint48 number, uint32 version_, bytes calldata data, ChunkChain.Chunk[] calldata chunks)
        external
        view
        unlessStopped(Part.Reading)
    {
        _requireUsable(version_, lastConsolidated);
        data.validate();
        data.requireAscending();
        uint256 held = rootAfter(number);
        uint256 x = readsPoint(keccak256(data), ChunkChain.lastLogHash(chunks));
        ChunkChain.Statements memory statements = ChunkChain.withRoomFor(chunks.length);
        uint256 root = ChunkChain.append(statements, chunks, held, x, data.evaluate(x));
        if (root != held) revert RootMoved(root);
        _verifyStorage(statements, version_);
    }

    /// @notice The point at which a log of reads and the entries given are compared; such proofs are good for any contract
    /// that holds the same root.
    function readsPoint(bytes32 dataHash, uint256 logHash) public pure returns (uint256) {
        return ChunkChain.toPoint(keccak256(abi.encode(READS_DOMAIN, dataHash, logHash)));
    }

    /// @dev Sets the root after the next batch.
    function _consolidate(uint48 number, uint256 root) internal {
        delete postedHash[number];
        _roots[number] = root;
        lastConsolidated = number;
    }

    /// @dev Reverts unless there are batches, and the first of them is the next.
    function _requireNext(uint48 expected, uint48 first, uint256 batches) internal pure {
        if (first != expected) revert NotNext(expected, first);
        if (batches == 0) revert NoBatches();
    }

    /// @dev Reverts unless the batch was posted so, and the sender may prove it by now.
    function _requireProvable(uint48 number, bytes32 hash, uint48 postedAt) internal view {
        if (postedHash[number] != hash) revert OtherBatch(number);
        uint48 until = postedAt + proverTimeout;
        if (!hasRole(PROVER_ROLE, msg.sender) && clock() < until) revert ProverHasTime(number, until);
    }

    function _verifyStorage(ChunkChain.Statements memory statements, uint32 version_) internal view {
        address[] memory verifiers = verifiersOf(version_);
        ChunkChain.verify(statements, ChainVerifier(verifiers[0]), ChainVerifier(verifiers[1]));
    }

    function _requireGoing(Part part) internal view override {
        if (alarmed) revert Alarmed();
        super._requireGoing(part);
    }

    function _nextBatch() internal view override returns (uint48) {
        return lastVirtual + 1;
    }
}
