// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {ChainVerifier} from "./ChainVerifier.sol";

/// @title Chains of chunk proofs
/// @notice A batch is proven as a list of chunks, each from where the one before ended. What a chunk begins with is never
/// given: it is what the chunk before ended with, and so holds by construction.
library ChunkChain {
    /// A chunk's proof, and what it ends with.
    struct Chunk {
        uint256[2] a;
        /// Imaginary parts first.
        uint256[2][2] b;
        uint256[2] c;
        uint256 newRoot;
        uint256 logHash;
        uint256 dataOut;
        /// True if it is by the circuit for what the usual one has no room for.
        bool deep;
    }

    /// Statements for the two verifiers, in the form of `ChainVerifier.verify`, in memory that has room for all.
    struct Statements {
        bytes usual;
        bytes deep;
    }

    uint256 internal constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    uint256 private constant STATEMENT_BYTES = 480;

    /// There is no chunk, and so no proof.
    error NoChunks();
    /// The proofs are of a log whose writes are not the data: what they have at x is not what the data has.
    error DataNotProven(uint256 expected, uint256 proven);

    /// @notice No statements yet, and room for so many.
    function withRoomFor(uint256 chunks) internal pure returns (Statements memory statements) {
        statements = Statements(new bytes(chunks * STATEMENT_BYTES), new bytes(chunks * STATEMENT_BYTES));
        (bytes memory usual, bytes memory deep) = (statements.usual, statements.deep);
        assembly ("memory-safe") {
            mstore(usual, 0)
            mstore(deep, 0)
        }
    }

    /// @notice Adds the statements of a whole log's chunks, there being room, and tells the root that they end with. The log's
    /// writes must be the data, whose polynomial at `x` has the value `dataOut`.
    function append(Statements memory statements, Chunk[] calldata chunks, uint256 root, uint256 x, uint256 dataOut)
        internal
        pure
        returns (uint256 newRoot)
    {
        uint256 data;
        (newRoot, data) = appendLog(statements, chunks, root, x);
        if (data != dataOut) revert DataNotProven(dataOut, data);
    }

    /// @notice The same of a log that other proofs speak of: what it writes is not asked.
    /// @dev A log begins with commitment 0 and data 1.
    function appendLog(Statements memory statements, Chunk[] calldata chunks, uint256 root, uint256 x)
        internal
        pure
        returns (uint256, uint256 data)
    {
        data = 1;
        uint256 logHash = 0;
        for (uint256 i = 0; i < chunks.length; i++) {
            Chunk calldata chunk = chunks[i];
            uint256[7] memory signals = [root, chunk.newRoot, logHash, chunk.logHash, x, data, chunk.dataOut];
            bytes memory list = chunk.deep ? statements.deep : statements.usual;
            assembly ("memory-safe") {
                let length := mload(list)
                let end := add(add(list, 0x20), length)
                calldatacopy(end, chunk, 256)
                mcopy(add(end, 256), signals, 224)
                mstore(list, add(length, STATEMENT_BYTES))
            }
            (root, logHash, data) = (chunk.newRoot, chunk.logHash, chunk.dataOut);
        }
        return (root, data);
    }

    /// @notice Reverts unless all statements hold.
    function verify(Statements memory statements, ChainVerifier usual, ChainVerifier deep) internal view {
        if (statements.usual.length > 0) usual.verify(statements.usual);
        if (statements.deep.length > 0) deep.verify(statements.deep);
    }

    /// @notice The commitment to the whole log.
    function lastLogHash(Chunk[] calldata chunks) internal pure returns (uint256) {
        if (chunks.length == 0) revert NoChunks();
        return chunks[chunks.length - 1].logHash;
    }

    /// @notice A hash as an element of the field. None is more than 1.2 times as likely as 1/r.
    function toPoint(bytes32 hash) internal pure returns (uint256) {
        return uint256(hash) % R;
    }
}
