// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {PaymentQueue} from "./PaymentQueue.sol";

/// @title When batches of payments end otherwise than proven
/// @notice A batch that stays unproven is dropped with all behind it, and so are those of a version that a guardian revoked. If
/// the oldest thing waits for too long, the contract freezes, for ever, and everybody leaves.
/// @dev Numbers of dropped batches are used again; what was stored of them is overwritten then, and not looked at before. Ages are
/// of the oldest thing that waits: dropping and posting again makes nothing younger.
abstract contract PaymentBatches is PaymentQueue {
    /// A batch as it was posted. Only a hash is stored; who needs it gives it again, from the event.
    struct PostedBatch {
        bytes32 dataHash;
        /// Of the queue's operations in it; see `PostedPayments.Content`.
        bytes32 itemsHash;
        bytes32 payouts;
        /// What its rules proofs open: deployment, version, number, `timestamp`, `feeRecipient`.
        uint256 context;
        uint40 timestamp;
        address feeRecipient;
        /// By `clock`.
        uint48 postedAt;
        /// Whose verifiers take its proofs.
        uint32 version;
        /// The queue's operations in it: the first, and how many.
        uint48 firstItem;
        uint16 items;
        /// Wei for whoever proves it, of who posted it and of who asked for the operations.
        uint96 fee;
        uint96 itemFees;
        /// Who may prove it without giving the data again, the commitments and the data's value that were fixed for that; all
        /// zero if nobody.
        address prover;
        uint256 logHash;
        uint256 txHash;
        uint256 dataOut;
    }

    /// @notice Seconds that a prover has at least, once it is anyone's turn, before a batch can be dropped.
    uint48 internal constant PROVING_TIME = 1 days;
    /// @notice Seconds between the last of all other time-outs and the freeze, at least.
    uint48 internal constant FREEZE_SLACK = 1 days;

    /// @notice Seconds from when an operation was asked for until nothing else is posted, and anyone may post it.
    uint48 internal immutable forceDelay;
    /// @notice Seconds from when a batch was posted until anyone may drop it.
    uint48 internal immutable dropTimeout;
    /// @notice Seconds that something waits to be consolidated until anyone may freeze the contract.
    uint48 internal immutable freezeDelay;
    /// @notice Seconds from a batch's consolidation until what it pays can be claimed.
    uint48 internal immutable alarmDelay;

    /// @notice When, by `clock`, the contract was frozen; 0 if it is not.
    uint48 public frozenAt;
    /// @notice Seconds that batches waited in vain since the last one that was consolidated.
    uint48 public stalledFor;
    /// @notice Versions whose proofs a guardian has revoked.
    mapping(uint32 version => bool) public revoked;

    /// This batch and all behind it are gone; their operations are the queue's again.
    event BatchesDropped(uint48 indexed first);
    /// A guardian revoked a version's proofs.
    event VersionRevoked(uint32 indexed version, address indexed guardian);
    /// The contract is frozen.
    event Frozen(uint48 time);

    /// A delay is below what the others need it to be.
    error DelayTooShort(uint48 least, uint48 given);
    /// The batch cannot be dropped before `clock` is at `time`.
    error NotDroppable(uint48 time);
    /// Nothing waits, or it does not wait for long enough before `clock` is at `time`.
    error NotFreezable(uint48 time);
    /// The contract is frozen: nothing is asked for, posted, proven or dropped any more.
    error IsFrozen();
    /// The contract is not frozen, or not for long enough before `clock` is at `time`.
    error NotFrozen(uint48 time);
    /// A guardian revoked the proofs of this version.
    error VersionIsRevoked(uint32 version);
    /// The batch has matured: it stays.
    error HasMatured(uint48 number);

    /// @notice Drops a batch and all behind it: the next to prove once `dropTimeout` is over, or one of a revoked version that
    /// is not proven or has not matured. Nothing of it was ever due. Fees for proving it are burned.
    /// @param consolidatedAt When, by `clock`, it was consolidated; any number if it was not.
    function dropBatches(uint48 number, PostedBatch memory posted, uint48 consolidatedAt) external {
        if (number <= lastConsolidated) {
            _requireUnmatured(number, posted, consolidatedAt);
            if (!revoked[posted.version]) revert NotDroppable(type(uint48).max);
        } else {
            _requireWaiting(number, posted);
            bool isNext = number == lastConsolidated + 1;
            if (!revoked[posted.version]) {
                if (frozenAt != 0) revert IsFrozen();
                if (!isNext) revert NotNext(lastConsolidated + 1, number);
                uint48 time = posted.postedAt + dropTimeout;
                if (clock() < time) revert NotDroppable(time);
            }
            if (isNext) stalledFor += clock() - posted.postedAt;
        }
        _void(number, posted.firstItem);
    }

    /// @notice Revokes a version, whose proofs are taken no more. What it proved and has not matured can be dropped.
    function revokeVersion(uint32 version_) external onlyRole(GUARDIAN_ROLE) {
        if (version_ == 0 || version_ > version) revert UnusableVersion(version_);
        revoked[version_] = true;
        emit VersionRevoked(version_, msg.sender);
    }

    /// @notice Freezes the contract if the oldest operation that is not consolidated waits for `freezeDelay`.
    function freezeQueue() external {
        if (consolidatedItems == queueLength) revert NotFreezable(type(uint48).max);
        _freezeFrom(operations[consolidatedItems].askedAt + freezeDelay);
    }

    /// @notice Freezes the contract if batches wait for `freezeDelay`, those that were dropped since the last one that was
    /// consolidated included.
    /// @param posted The next batch to prove.
    function freezeUnproven(PostedBatch memory posted) external {
        _requireWaiting(lastConsolidated + 1, posted);
        uint48 left = stalledFor < freezeDelay ? freezeDelay - stalledFor : 0;
        _freezeFrom(posted.postedAt + left);
    }

    function _freezeFrom(uint48 time) private {
        if (frozenAt != 0) revert IsFrozen();
        if (clock() < time) revert NotFreezable(time);
        _freeze();
    }

    function _freeze() internal {
        if (frozenAt != 0) return;
        frozenAt = clock();
        emit Frozen(frozenAt);
    }

    /// @dev A batch and all behind it are as if they had never been posted.
    function _void(uint48 number, uint48 firstItem) internal {
        (lastVirtual, postedItems) = (number - 1, firstItem);
        if (lastConsolidated >= number) (lastConsolidated, consolidatedItems) = (number - 1, firstItem);
        _renumber(number);
        emit BatchesDropped(number);
    }

    /// @dev Reverts unless the batch is posted so, and not consolidated.
    function _requireWaiting(uint48 number, PostedBatch memory posted) internal view {
        if (number <= lastConsolidated || number > lastVirtual || postedHash[number] != _hash(posted)) {
            revert OtherBatch(number);
        }
    }

    /// @dev Reverts unless the batch was posted so, and consolidated then.
    function _requireConsolidated(uint48 number, PostedBatch memory posted, uint48 consolidatedAt) internal view {
        if (number == 0 || number > lastConsolidated) revert NotConsolidated(number);
        if (postedHash[number] != _consolidatedHash(posted, consolidatedAt)) revert OtherBatch(number);
    }

    /// @dev Reverts unless, in addition, what it pays cannot be claimed yet.
    function _requireUnmatured(uint48 number, PostedBatch memory posted, uint48 consolidatedAt) internal view {
        _requireConsolidated(number, posted, consolidatedAt);
        if (_isOver(consolidatedAt)) revert HasMatured(number);
    }

    /// @dev Whether `alarmDelay` is over since.
    function _isOver(uint48 since) internal view returns (bool) {
        return clock() >= since + alarmDelay;
    }

    /// @dev What is stored of a batch once it is consolidated.
    function _consolidatedHash(PostedBatch memory posted, uint48 consolidatedAt) internal pure returns (bytes32) {
        return keccak256(abi.encode(_hash(posted), consolidatedAt));
    }

    /// @dev keccak256 of its ABI encoding: 16 words, as memory has them.
    function _hash(PostedBatch memory posted) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(posted, 512)
        }
    }

    function _requireGoing(Part part) internal view override {
        if (frozenAt != 0 && part != Part.Reading) revert IsFrozen();
        super._requireGoing(part);
    }

    function _requireUsable(uint32 version_, uint48 lastProven) internal view override {
        if (revoked[version_]) revert VersionIsRevoked(version_);
        super._requireUsable(version_, lastProven);
    }
}
