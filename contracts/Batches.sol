// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {ChunkChain} from "./ChunkChain.sol";
import {Owed} from "./Owed.sol";
import {Versions} from "./Versions.sol";

/// @title Batches in their order, and the root after each
/// @notice What every mode has: a state that begins at a genesis root, batches that are posted and then proven in the same
/// order, and the root after each of them.
/// @dev A version's first two verifiers are of storage proofs: of the usual circuit, and of that for what it has no room for.
abstract contract Batches is Versions, Owed {
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
    /// No batch of this number waits for its proof, or it was not posted so.
    error OtherBatch(uint48 number);
    /// The sender has not the prover's role, and the prover still has time until `clock` is there.
    error ProverHasTime(uint48 number, uint48 until);
    /// The data is not that which was posted.
    error OtherData(uint48 number);
    /// No batch of this number is consolidated, and so there is no root after it.
    error NotConsolidated(uint48 number);
    /// Two accepted proofs disagreed.
    error Alarmed();
    /// There was no such alarm.
    error NotAlarmed();
    /// Both proofs lead to this root.
    error SameRoot(uint256 root);
    /// A root is below r.
    error RootOutOfRange(uint256 root);

    constructor(uint48 proverTimeout_) {
        proverTimeout = _delay(proverTimeout_);
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

    /// @dev Sets the root before the first batch; 0, the empty state's, needs no setting.
    function _begin(uint256 genesisRoot) internal {
        if (genesisRoot >= ChunkChain.R) revert RootOutOfRange(genesisRoot);
        _roots[0] = genesisRoot;
    }

    /// @dev Sets the root after the next batch.
    function _consolidate(uint48 number, uint256 root) internal {
        _roots[number] = root;
        lastConsolidated = number;
    }

    /// @dev Reverts unless the sender may prove a batch by now.
    function _requireProversTurn(uint48 number, uint48 postedAt) internal view {
        uint48 until = postedAt + proverTimeout;
        if (!hasRole(PROVER_ROLE, msg.sender) && clock() < until) revert ProverHasTime(number, until);
    }

    function _requireGoing(Part part) internal view virtual override {
        if (alarmed) revert Alarmed();
        super._requireGoing(part);
    }

    function _nextBatch() internal view override returns (uint48) {
        return lastVirtual + 1;
    }
}
