// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

/// @title The form in which a batch's writes are posted
/// @notice Records of 85 bytes, one a write, in order: kind (1 byte), address (20), slot (32), value (32), numbers
/// unsigned and big-endian. Value 0 deletes. Kinds: 0 balance, 1 nonce, 2 code hash, 3 storage, 4 code length; all but
/// storage have slot 0. At least one record, at most 512. So one entry has one encoding, and any data in this form can
/// be proven from any state.
/// @dev A record is five elements of the field, cut from its bytes and therefore in range: the account tag (kind and
/// address together, 168 bits), and the halves of slot and value (128 bits each).
library BatchData {
    uint256 internal constant RECORD_BYTES = 85;
    /// So many that even a batch whose every three writes need a proof of their own is verified by one transaction: 171
    /// proofs, and below the cap of 2^24 gas (EIP-7825).
    uint256 internal constant MAX_RECORDS = 512;

    uint256 private constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    /// Expected 85 bytes a record, from 1 to 512 records.
    error MalformedLength(uint256 length);
    /// A record's kind is above 4, or it is not storage and has a slot.
    error MalformedRecord(uint256 index);
    /// A record's address is not the one that alone may be written.
    error ForeignRecord(uint256 index);
    /// A record's entry is not above that of the record before, in the order of kind, address, slot.
    error RecordsNotAscending(uint256 index);

    /// @notice Reverts unless the data is in the form described above.
    function validate(bytes calldata data) internal pure {
        uint256 records = data.length / RECORD_BYTES;
        if (records == 0 || records > MAX_RECORDS || records * RECORD_BYTES != data.length) {
            revert MalformedLength(data.length);
        }
        for (uint256 i = 0; i < records; i++) {
            (uint256 tag, uint256 slot) = _entry(data, i);
            uint256 kind = tag >> 160;
            if (kind > 4 || (kind != 3 && slot != 0)) revert MalformedRecord(i);
        }
    }

    /// @notice Reverts unless every record's address is `owner`. The data is in the form described above.
    function requireOwned(bytes calldata data, address owner) internal pure {
        for (uint256 i = 0; i < data.length / RECORD_BYTES; i++) {
            (uint256 tag,) = _entry(data, i);
            if (address(uint160(tag)) != owner) revert ForeignRecord(i);
        }
    }

    /// @notice Reverts unless each entry is given once, in ascending order. The data is in the form described above.
    function requireAscending(bytes calldata data) internal pure {
        (uint256 tag, uint256 slot) = _entry(data, 0);
        for (uint256 i = 1; i < data.length / RECORD_BYTES; i++) {
            (uint256 nextTag, uint256 nextSlot) = _entry(data, i);
            if (nextTag < tag || (nextTag == tag && nextSlot <= slot)) revert RecordsNotAscending(i);
            (tag, slot) = (nextTag, nextSlot);
        }
    }

    /// @notice The monic polynomial of the records' elements at `x`, modulo r: what a proof's `dataOut` is, from a
    /// `dataIn` of 1. The data is in the form described above.
    function evaluate(bytes calldata data, uint256 x) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := 1
            let end := add(data.offset, data.length)
            // Sums stay below r + 2^168, so that only the last one need be reduced.
            for { let place := data.offset } lt(place, end) { place := add(place, 85) } {
                value := add(mulmod(value, x, R), shr(88, calldataload(place)))
                let word := calldataload(add(place, 21))
                value := add(mulmod(value, x, R), shr(128, word))
                value := add(mulmod(value, x, R), and(word, 0xffffffffffffffffffffffffffffffff))
                word := calldataload(add(place, 53))
                value := add(mulmod(value, x, R), shr(128, word))
                value := add(mulmod(value, x, R), and(word, 0xffffffffffffffffffffffffffffffff))
            }
            value := mod(value, R)
        }
    }

    /// @dev The account tag and slot of record `i`, which is within the data.
    function _entry(bytes calldata data, uint256 i) private pure returns (uint256 tag, uint256 slot) {
        assembly ("memory-safe") {
            let place := add(data.offset, mul(i, 85))
            tag := shr(88, calldataload(place))
            slot := calldataload(add(place, 21))
        }
    }
}
