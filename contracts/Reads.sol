// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {BatchData} from "./BatchData.sol";
import {Batches} from "./Batches.sol";
import {ChainVerifier} from "./ChainVerifier.sol";
import {ChunkChain} from "./ChunkChain.sol";

/// @title Proofs of values for other contracts
/// @notice Shows by proofs of the storage circuits what entries had at any root that was consolidated.
abstract contract Reads is Batches {
    using BatchData for bytes;

    /// @dev What the points of reads are derived from, so that no point is ever of reads and of a batch.
    bytes32 private constant READS_DOMAIN = keccak256("rootshift.settlement.reads");

    /// Reads leave the root as it is; these proofs do not.
    error RootMoved(uint256 root);

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

    function _verifyStorage(ChunkChain.Statements memory statements, uint32 version_) internal view {
        address[] memory verifiers = verifiersOf(version_);
        ChunkChain.verify(statements, ChainVerifier(verifiers[0]), ChainVerifier(verifiers[1]));
    }
}
