// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {RulesVerifier} from "./RulesVerifier.sol";

/// @title Chains of proofs of rules
/// @notice As `ChunkChain` is of proofs of storage: what a chunk begins with is what the chunk before ended with, and is
/// never given.
library RulesChain {
    /// A chunk's proof, and what it ends with.
    struct Chunk {
        uint256[2] a;
        /// Imaginary parts first.
        uint256[2][2] b;
        uint256[2] c;
        uint256 logHash;
        uint256 txHash;
        uint256 dataOut;
        uint256 carryOut;
        /// True if it is by the smaller circuit.
        bool small;
    }

    /// Statements for the two verifiers, in the form of `RulesVerifier.verify`, in memory that has room for all.
    struct Statements {
        bytes large;
        bytes small;
    }

    uint256 private constant STATEMENT_BYTES = 576;

    /// There is no chunk, and so no proof.
    error NoRulesChunks();
    /// The proofs are of other records than were posted: what they have at x is not what the posted ones have.
    error RecordsNotProven(uint256 expected, uint256 proven);
    /// Fees are left at the batch's end, which nobody collected.
    error CarryLeft(uint256 carry);

    /// @notice No statements yet, and room for so many.
    function withRoomFor(uint256 chunks) internal pure returns (Statements memory statements) {
        statements = Statements(new bytes(chunks * STATEMENT_BYTES), new bytes(chunks * STATEMENT_BYTES));
        (bytes memory large, bytes memory small) = (statements.large, statements.small);
        assembly ("memory-safe") {
            mstore(large, 0)
            mstore(small, 0)
        }
    }

    /// @notice Adds the statements of a whole batch's chunks, there being room.
    /// @dev A batch begins with commitments 0, data 1 and carry 0, and must end with `dataOut` and carry 0.
    function append(Statements memory statements, Chunk[] calldata chunks, uint256 x, uint256 context, uint256 dataOut)
        internal
        pure
    {
        // logHashIn, logHash, txHashIn, txHash, x, dataIn, dataOut, carryIn, carryOut, context
        uint256[10] memory signals;
        (signals[4], signals[6], signals[9]) = (x, 1, context);
        for (uint256 i = 0; i < chunks.length; i++) {
            Chunk calldata chunk = chunks[i];
            (signals[0], signals[1]) = (signals[1], chunk.logHash);
            (signals[2], signals[3]) = (signals[3], chunk.txHash);
            (signals[5], signals[6]) = (signals[6], chunk.dataOut);
            (signals[7], signals[8]) = (signals[8], chunk.carryOut);
            bytes memory list = chunk.small ? statements.small : statements.large;
            assembly ("memory-safe") {
                let length := mload(list)
                let end := add(add(list, 0x20), length)
                calldatacopy(end, chunk, 256)
                mcopy(add(end, 256), signals, 320)
                mstore(list, add(length, STATEMENT_BYTES))
            }
        }
        if (signals[6] != dataOut) revert RecordsNotProven(dataOut, signals[6]);
        if (signals[8] != 0) revert CarryLeft(signals[8]);
    }

    /// @notice Reverts unless all statements hold.
    function verify(Statements memory statements, RulesVerifier large, RulesVerifier small) internal view {
        if (statements.large.length > 0) large.verify(statements.large);
        if (statements.small.length > 0) small.verify(statements.small);
    }

    /// @notice The commitments to the whole log and to all records.
    function last(Chunk[] calldata chunks) internal pure returns (uint256 logHash, uint256 txHash) {
        if (chunks.length == 0) revert NoRulesChunks();
        Chunk calldata chunk = chunks[chunks.length - 1];
        return (chunk.logHash, chunk.txHash);
    }
}
