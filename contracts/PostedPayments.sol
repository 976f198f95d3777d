// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {PayoutTree} from "./PayoutTree.sol";

/// @title The form in which a batch of payments is posted
/// @notice Records, in order. 0x30 is a collection of fees. 0x40 is the queue's next operation; of an exit its amount follows
/// in 12 bytes. A transfer or a withdrawal begins with two bytes: 4 bits of which the low two are the kind, 1 or 2, the third is
/// 1 if the account is a reference, the fourth if the target is; the length of the amount's digits, 4 bits; 1 bit, whether an
/// end is given; the length of the fee, 3 bits; an exponent, 4 bits. Then follow account, target, the amount's digits, the fee and
/// the end, 4 bytes. An address is its 20 bytes, or a reference: the place in the data, 3 bytes, of 20 bytes before it. The
/// amount is the digits times 10 to the power of the exponent. A payment without an end is for ever. Nothing else is posted,
/// so that a deposit, a key or an exit comes from the queue alone. docs/rules.md has the fields.
/// @dev What is posted names one list of records. Each of their elements is below 2^240: fields are cut from bytes and put in range
/// here, or come from the queue in range.
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
        // What is counted here is bounded by the data's length, and fees of the queue by 2^40 each.
        unchecked {
            while (place < data.length) {
                uint256 word = _word(data, place);
                uint256 kind = (word >> 252) & 3;
                (uint256 head, uint256 body, uint256 next) = (0, 0, place + 1);
                if (kind == TRANSFER || kind == WITHDRAW) {
                    (head, body, next) = _payment(data, place);
                    if (kind == WITHDRAW) {
                        uint256 amount = ((head & 0xffff) << 80) | uint80(body);
                        payouts.push(PayoutTree.leaf(address(uint160(body >> 80)), uint96(amount)));
                    }
                } else if (word >> 248 == COLLECT_BYTE) {
                    head = 3 << 236;
                } else if (word >> 248 == QUEUE_BYTE) {
                    uint48 index = first + uint48(content.items);
                    if (index >= end) revert NoSuchOperation(index);
                    Operation memory operation = queue[index];
                    if (operation.kind == EXIT) {
                        operation.amount = uint96(word >> 152);
                        payouts.push(PayoutTree.leaf(operation.account, operation.amount));
                        next += 12;
                    }
                    (head, body) = _elements(operation);
                    content.itemsHash = keccak256(abi.encode(content.itemsHash, head, body));
                    if (index >= paid) content.itemFees += operation.fee;
                    content.items++;
                } else {
                    revert MalformedData(place);
                }
                if (next > data.length) revert MalformedData(place);
                place = next;
                // Sums stay below r + 2^240, so that only the last one need be reduced.
                value = mulmod(mulmod(value, x, R) + head, x, R) + body;
                records++;
            }
        }
        if (records == 0 || records > MAX_RECORDS) revert MalformedCount(records);
        content.dataOut = value % R;
        content.payouts = payouts.root();
        content.isQueueAlone = content.items == records;
    }

    /// @dev A payment's elements, and the place behind it, which may be beyond the data.
    function _payment(bytes calldata data, uint256 place)
        private
        pure
        returns (uint256 head, uint256 body, uint256 next)
    {
        uint256 isBad;
        assembly ("memory-safe") {
            // An address, given or referred to: 20 bytes before the reference.
            function take(start, cursor, isReference) -> account, after_, isAhead {
                let source := cursor
                after_ := add(cursor, 20)
                if isReference {
                    source := add(start, shr(232, calldataload(cursor)))
                    isAhead := gt(add(source, 20), cursor)
                    after_ := add(cursor, 3)
                }
                account := shr(96, calldataload(source))
            }
            let cursor := add(data.offset, place)
            let form := calldataload(cursor)
            switch shr(254, form)
            case 0 {
                head := shr(96, calldataload(add(cursor, 2)))
                body := shr(96, calldataload(add(cursor, 22)))
                cursor := add(cursor, 42)
            }
            default {
                let isAhead
                head, cursor, isBad := take(data.offset, add(cursor, 2), and(shr(254, form), 1))
                body, cursor, isAhead := take(data.offset, cursor, shr(255, form))
                isBad := or(isBad, isAhead)
            }
            // Below 2^120 * 10^15: no overflow.
            let length := and(byte(0, form), 15)
            let amount := mul(shr(sub(256, shl(3, length)), calldataload(cursor)), exp(10, and(byte(1, form), 15)))
            cursor := add(cursor, length)
            length := and(shr(244, form), 7)
            let fee := shr(sub(256, shl(3, length)), calldataload(cursor))
            cursor := add(cursor, length)
            isBad := or(isBad, or(shr(96, amount), shr(28, fee)))
            head := or(or(shl(236, and(shr(252, form), 3)), shl(208, fee)), or(shl(48, head), shr(80, amount)))
            switch and(shr(247, form), 1)
            case 0 { head := or(head, 0xffffffff0000) }
            default {
                head := or(head, shl(16, shr(224, calldataload(cursor))))
                cursor := add(cursor, 4)
            }
            body := or(shl(80, body), and(amount, 0xffffffffffffffffffff))
            next := sub(cursor, data.offset)
        }
        if (isBad != 0) revert MalformedData(place);
    }

    /// @dev Head: kind 4 bits, fee 28, account 160, validUntil 32, amount's high 16. Body: target 160, amount's low 80. No
    /// operation of the queue has a fee there or ends: what it costs is paid to the contract.
    function _elements(Operation memory operation) private pure returns (uint256 head, uint256 body) {
        head = (uint256(operation.kind) << 236) | (uint256(uint160(operation.account)) << 48) | (operation.amount >> 80);
        body = (uint256(operation.keyHash) << 80) | uint80(operation.amount);
    }

    /// @dev The 32 bytes from `place` on; what is beyond the data is not looked at.
    function _word(bytes calldata data, uint256 place) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(data.offset, place))
        }
    }
}
