// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {PayoutTree} from "./PayoutTree.sol";

/// @title The form in which a batch of payments is posted
/// @notice Records, in order: a transfer or a withdrawal is 60 bytes, head and body; 0x30 is a collection of fees; 0x40 is the
/// queue's next operation, and of an exit its amount follows in 12 bytes. Nothing else is posted, so that a deposit, a key
/// or an exit comes from the queue alone. docs/rules.md has the fields.
/// @dev Head and body are cut from bytes, or made of what the queue has in range: each is below 2^240.
library PostedPayments {
    using PayoutTree for PayoutTree.Tree;

    /// What somebody asked for, in two words of storage.
    struct Operation {
        address account;
        /// By `clock`.
        uint48 askedAt;
        /// `DEPOSIT`, `SET_KEY` or `EXIT`.
        uint8 kind;
        /// In gwei.
        uint40 fee;
        uint128 keyHash;
        uint96 amount;
    }

    /// What a batch says.
    struct Content {
        /// Of the queue's operations in it, filled in: a rolling hash from 0.
        bytes32 itemsHash;
        /// The tree of withdrawals and exits; 0 if there are none.
        bytes32 payouts;
        /// The monic polynomial of all heads and bodies at `x`: what a rules proof's `dataOut` is, from a `dataIn` of 1.
        uint256 dataOut;
        /// Operations of the queue, and the fees in gwei of those that are not paid yet.
        uint256 items;
        uint256 itemFees;
        /// Whether all records are operations of the queue.
        bool isQueueAlone;
    }

    uint8 internal constant DEPOSIT = 4;
    uint8 internal constant SET_KEY = 5;
    uint8 internal constant EXIT = 6;
    uint256 internal constant MAX_RECORDS = PayoutTree.MAX_LEAVES;

    uint256 private constant TRANSFER = 1;
    uint256 private constant WITHDRAW = 2;
    uint256 private constant COLLECT_BYTE = 0x30;
    uint256 private constant QUEUE_BYTE = 0x40;
    uint256 private constant RECORD_BYTES = 60;
    uint256 private constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    /// At this byte there is no record, or a part of one.
    error MalformedData(uint256 place);
    /// Expected 1 to `MAX_RECORDS` records.
    error MalformedCount(uint256 records);
    /// The batch takes more of the queue than there is.
    error NoSuchOperation(uint48 index);

    /// @notice Reads a batch, or reverts unless it is in the form described above.
    /// @param first The index of the queue's operation that the batch takes first.
    /// @param end How many operations the queue has.
    /// @param paid Of how many of these the fee was paid before.
    function read(
        bytes calldata data,
        mapping(uint48 => Operation) storage queue,
        uint48 first,
        uint48 end,
        uint48 paid,
        uint256 x
    ) internal view returns (Content memory content) {
        PayoutTree.Tree memory payouts;
        uint256 value = 1;
        uint256 records = 0;
        uint256 place = 0;
        while (place < data.length) {
            uint256 word = _word(data, place);
            (uint256 head, uint256 body) = (0, 0);
            if (word >> 252 == TRANSFER || word >> 252 == WITHDRAW) {
                if (data.length - place < RECORD_BYTES) revert MalformedData(place);
                (head, body) = (word >> 16, _word(data, place + 30) >> 16);
                if (word >> 252 == WITHDRAW) payouts.push(PayoutTree.leaf(address(uint160(body >> 80)), _amount(head, body)));
                place += RECORD_BYTES;
            } else if (word >> 248 == COLLECT_BYTE) {
                head = 3 << 236;
                place++;
            } else if (word >> 248 == QUEUE_BYTE) {
                uint48 index = first + uint48(content.items);
                if (index >= end) revert NoSuchOperation(index);
                Operation memory operation = queue[index];
                if (operation.kind == EXIT) {
                    if (data.length - place < 13) revert MalformedData(place);
                    operation.amount = uint96(word >> 152);
                    payouts.push(PayoutTree.leaf(operation.account, operation.amount));
                    place += 12;
                }
                place++;
                (head, body) = _elements(operation);
                content.itemsHash = keccak256(abi.encode(content.itemsHash, head, body));
                if (index >= paid) content.itemFees += operation.fee;
                content.items++;
            } else {
                revert MalformedData(place);
            }
            // Sums stay below r + 2^240, so that only the last one need be reduced.
            value = mulmod(mulmod(value, x, R) + head, x, R) + body;
            records++;
        }
        if (records == 0 || records > MAX_RECORDS) revert MalformedCount(records);
        content.dataOut = value % R;
        content.payouts = payouts.root();
        content.isQueueAlone = content.items == records;
    }

    /// @dev Head: kind 4 bits, fee 28, account 160, validUntil 32, amount's high 16. Body: target 160, amount's low 80. No
    /// operation of the queue has a fee there or ends: what it costs is paid to the contract.
    function _elements(Operation memory operation) private pure returns (uint256 head, uint256 body) {
        head = (uint256(operation.kind) << 236) | (uint256(uint160(operation.account)) << 48) | (operation.amount >> 80);
        body = (uint256(operation.keyHash) << 80) | uint80(operation.amount);
    }

    function _amount(uint256 head, uint256 body) private pure returns (uint96) {
        return uint96(((head & 0xffff) << 80) | uint80(body));
    }

    /// @dev The 32 bytes from `place` on; what is beyond the data is not looked at.
    function _word(bytes calldata data, uint256 place) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(data.offset, place))
        }
    }
}
