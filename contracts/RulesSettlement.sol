// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {ChainVerifier} from "./ChainVerifier.sol";
import {ChunkChain} from "./ChunkChain.sol";
import {PoseidonHashes} from "./PoseidonHashes.sol";
import {RulesChain} from "./RulesChain.sol";
import {RulesVerifier} from "./RulesVerifier.sol";

/// @title A state that moves by rules alone
/// @notice For rules of one's own whose records carry all that permits them, such as a signature that the rules' circuit checks:
/// no ether, and nothing that only a contract knows. A batch's records and both chains of its proofs come in one call, and
/// the root moves over it, or nothing happens. So nothing waits, can be stalled or must be dropped.
/// @dev docs/write-your-own-rules.md has the argument, and what this does not give: nobody can force a record in, and the
/// verifiers are what they were at deployment, for ever.
contract RulesSettlement {
    /// @dev What the points of batches are derived from.
    bytes32 private constant BATCH_DOMAIN = keccak256("rootshift.rules.batch");
    /// @notice Seconds that a batch's timestamp may be behind the block's: proofs are made before they are sent.
    uint256 private constant MAX_LAG = 1 hours;

    /// @notice Of storage: the usual one, and the one for what that has no room for.
    ChainVerifier public immutable usual;
    ChainVerifier public immutable deep;
    /// @notice Of the rules: the large circuit's, and the small one's.
    RulesVerifier public immutable large;
    RulesVerifier public immutable small;
    /// @notice Of the rules: what signed messages begin with depends on it.
    uint32 public immutable version;
    /// @notice Who alone sends batches; zero for anyone.
    address public immutable operator;
    uint256 public immutable deploymentBlock = block.number;
    PoseidonHashes private immutable _hashes = new PoseidonHashes();

    /// @notice The root after each batch, and, after batch 0, the one that the contract began with.
    mapping(uint48 number => uint256) public rootAfter;
    /// @notice The number of the last batch.
    uint48 public lastConsolidated;

    /// A batch was proven. `records` are its records' elements, 32 bytes each; `logHash` commits to their accesses.
    event BatchConsolidated(
        uint48 indexed number, uint256 root, uint256 logHash, uint40 timestamp, address indexed prover, bytes records
    );

    /// There is no contract at a verifier's address.
    error NoContract(address verifier);
    /// Only the operator sends batches.
    error NotOperator(address sender);
    /// Batches come in order.
    error NotNext(uint48 expected, uint48 given);
    /// A batch's timestamp is after the block's, or too far behind it.
    error OtherTimestamp(uint256 latest, uint256 given);
    /// The two chains of proofs are of different logs.
    error OtherLog(uint256 storages, uint256 rules);
    /// Expected 32 bytes an element, at least one, each below the field's order.
    error MalformedRecords(uint256 place);

    constructor(
        ChainVerifier usual_,
        ChainVerifier deep_,
        RulesVerifier large_,
        RulesVerifier small_,
        uint32 version_,
        address operator_,
        uint256 genesisRoot
    ) {
        address[4] memory verifiers = [address(usual_), address(deep_), address(large_), address(small_)];
        for (uint256 i = 0; i < 4; i++) {
            if (verifiers[i].code.length == 0) revert NoContract(verifiers[i]);
        }
        (usual, deep, large, small) = (usual_, deep_, large_, small_);
        (version, operator) = (version_, operator_);
        rootAfter[0] = genesisRoot;
    }

    /// @notice The root after all batches.
    function consolidatedRoot() external view returns (uint256) {
        return rootAfter[lastConsolidated];
    }

    /// @notice Moves the root over the next batch, or reverts.
    /// @param timestamp Of the batch, in seconds: at most `MAX_LAG` behind the block's.
    /// @param records The elements of the records, in order, 32 bytes each. Their form is the rules'.
    function consolidate(
        uint48 number,
        uint40 timestamp,
        bytes calldata records,
        ChunkChain.Chunk[] calldata chunks,
        RulesChain.Chunk[] calldata rulesChunks
    ) external {
        if (operator != address(0) && msg.sender != operator) revert NotOperator(msg.sender);
        uint48 last = lastConsolidated;
        if (number != last + 1) revert NotNext(last + 1, number);
        if (timestamp > block.timestamp || timestamp + MAX_LAG < block.timestamp) {
            revert OtherTimestamp(block.timestamp, timestamp);
        }
        (uint256 root, uint256 logHash) = _prove(number, timestamp, records, chunks, rulesChunks);
        (lastConsolidated, rootAfter[number]) = (number, root);
        emit BatchConsolidated(number, root, logHash, timestamp, msg.sender, records);
    }

    /// @dev The root to which a batch leads from the one before it; reverts unless both chains of proofs are accepted.
    function _prove(
        uint48 number,
        uint40 timestamp,
        bytes calldata records,
        ChunkChain.Chunk[] calldata chunks,
        RulesChain.Chunk[] calldata rulesChunks
    ) private view returns (uint256 root, uint256 logHash) {
        logHash = ChunkChain.lastLogHash(chunks);
        (uint256 rulesLogHash, uint256 txHash) = RulesChain.last(rulesChunks);
        if (rulesLogHash != logHash) revert OtherLog(logHash, rulesLogHash);
        uint256 context = _context(number, timestamp);
        // Depends on the records as given and as proven, and on all that would let a proof be of use elsewhere, or to another.
        uint256 x = ChunkChain.toPoint(
            keccak256(
                abi.encode(
                    BATCH_DOMAIN, block.chainid, address(this), number, msg.sender, keccak256(records), logHash, txHash, context
                )
            )
        );
        ChunkChain.Statements memory storages = ChunkChain.withRoomFor(chunks.length);
        RulesChain.Statements memory rules = RulesChain.withRoomFor(rulesChunks.length);
        (root,) = ChunkChain.appendLog(storages, chunks, rootAfter[number - 1], x);
        RulesChain.append(rules, rulesChunks, x, context, _evaluate(records, x));
        ChunkChain.verify(storages, usual, deep);
        RulesChain.verify(rules, large, small);
    }

    /// @dev What the rules proofs open: the domain that signed messages begin with, the number, the time, and who gets fees.
    function _context(uint48 number, uint40 timestamp) private view returns (uint256) {
        uint256 domain = _hashes.permute4(0, block.chainid, uint160(address(this)), version);
        return _hashes.hash4(domain, number, timestamp, uint160(msg.sender));
    }

    /// @dev The monic polynomial of the elements at `x`: what the rules proofs' last `dataOut` is, from a `dataIn` of 1. An
    /// element that is not reduced would be the same for the polynomial, and another for who follows.
    function _evaluate(bytes calldata records, uint256 x) private pure returns (uint256 value) {
        if (records.length == 0 || records.length % 32 != 0) revert MalformedRecords(records.length);
        value = 1;
        for (uint256 place = 0; place < records.length; place += 32) {
            uint256 element = uint256(bytes32(records[place:place + 32]));
            if (element >= ChunkChain.R) revert MalformedRecords(place);
            value = addmod(mulmod(value, x, ChunkChain.R), element, ChunkChain.R);
        }
    }
}
