// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {PaymentBatches} from "./PaymentBatches.sol";
import {PayoutTree} from "./PayoutTree.sol";
import {PostedPayments} from "./PostedPayments.sol";
import {StateProof} from "./StateProof.sol";
import {StateProofs} from "./StateProofs.sol";

/// @title How ether leaves payments
/// @notice By withdrawals and exits, once their batch has matured; and after a freeze by refunds of what was asked for and not
/// consolidated, and by proofs of what accounts hold. All of it is owed to whose it is, who fetches it.
abstract contract PaymentExits is PaymentBatches {
    /// A withdrawal or an exit of a batch.
    struct Payout {
        /// Among the batch's withdrawals and exits, from 0.
        uint256 index;
        address recipient;
        uint96 amount;
    }

    /// @notice What checks proofs of accounts.
    StateProofs public immutable stateProofs;

    /// @notice Whether an account has left with what it held when the contract froze.
    mapping(address account => bool) public hasEscaped;

    /// @dev A bit for each payout of a batch: whether it was claimed.
    mapping(uint48 number => mapping(uint256 word => uint256)) private _claimed;

    event PayoutClaimed(uint48 indexed number, uint256 indexed index, address indexed recipient, uint96 amount);
    /// Operation `index` will never be consolidated, and what was paid for it is owed to its account.
    event Refunded(uint48 indexed index, address indexed account, uint256 amount);
    /// The account left with all that it held.
    event Escaped(address indexed account, uint256 amount);

    /// What the batch pays matures when `clock` is at `time`.
    error NotMatured(uint48 time);
    /// The batch pays no such thing.
    error NoSuchPayout(uint48 number, uint256 index);
    error AlreadyClaimed(uint48 number, uint256 index);
    /// There is no such operation, or it was consolidated, or it is refunded.
    error NotRefundable(uint48 index);
    error AlreadyEscaped(address account);
    /// Accounts are in a tree with four children a node.
    error OtherTree(uint8 bitsPerLevel);

    constructor(StateProofs stateProofs_) {
        if (address(stateProofs_).code.length == 0) revert NoContract(address(stateProofs_));
        stateProofs = stateProofs_;
    }

    /// @notice Owes a withdrawal or an exit of a batch that has matured to its recipient, once.
    /// @param path The siblings of its leaf in the batch's tree of payouts, from the leaf up.
    function claim(
        uint48 number,
        PostedBatch memory posted,
        uint48 consolidatedAt,
        Payout calldata payout,
        bytes32[] calldata path
    ) external {
        _requireConsolidated(number, posted, consolidatedAt);
        if (!_isOver(consolidatedAt)) revert NotMatured(consolidatedAt + alarmDelay);
        (uint256 index, address recipient, uint96 amount) = (payout.index, payout.recipient, payout.amount);
        bytes32 root = PayoutTree.rootOf(PayoutTree.leaf(recipient, amount), index, path);
        if (root != posted.payouts || root == 0) revert NoSuchPayout(number, index);
        uint256 bit = 1 << (index & 255);
        uint256 word = _claimed[number][index >> 8];
        if (word & bit != 0) revert AlreadyClaimed(number, index);
        _claimed[number][index >> 8] = word | bit;
        emit PayoutClaimed(number, index, recipient, amount);
        _owe(recipient, amount);
    }

    /// @notice After a freeze, owes what was paid for an operation that was not consolidated to its account, once.
    function refund(uint48 index) external {
        if (frozenAt == 0) revert NotFrozen(type(uint48).max);
        PostedPayments.Operation memory operation = operations[index];
        if (index < consolidatedItems || operation.account == address(0)) revert NotRefundable(index);
        delete operations[index];
        // The fee of one whose batch was voided is the prover's already.
        uint256 amount = operation.amount + (index < _paidItems ? 0 : operation.fee * GWEI);
        emit Refunded(index, operation.account, amount);
        _owe(operation.account, amount);
    }

    /// @notice After a freeze, once every consolidated batch has matured, owes what an account holds to it, once.
    /// @param value Of its entry at the consolidated root, which `path` leads to: key hash, nonce and balance.
    function escape(address account, uint256 value, StateProof.Path calldata path) external {
        if (frozenAt == 0) revert NotFrozen(type(uint48).max);
        if (!_isOver(frozenAt)) revert NotFrozen(frozenAt + alarmDelay);
        if (account == address(0)) revert NoAccount();
        if (hasEscaped[account]) revert AlreadyEscaped(account);
        if (path.bitsPerLevel != 2) revert OtherTree(path.bitsPerLevel);
        stateProofs.requireValue(rootAfter(lastConsolidated), StateProof.Entry(0, account, 0), value, path);
        hasEscaped[account] = true;
        emit Escaped(account, uint96(value));
        _owe(account, uint96(value));
    }
}
