// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {Poseidon} from "./Poseidon.sol";

/// @title How a state's entries are hashed into its tree
/// @notice All that is particular to the trees' schemes, bn254-poseidon/whole-key/1 and bn254-poseidon4/whole-key-and-value/2; what a
/// proof is made of is in StateProof.
library StateTree {
    /// What the hashes take besides their inputs, made once for any number of them.
    struct Tables {
        /// Whether nodes have four children; else they have two.
        bool quad;
        /// Of binary trees alone.
        bytes two;
        bytes three;
    }

    /// @notice Tree keys and hashes are below r, the order of BN254's scalar field; so is what leaves of binary trees hold.
    uint256 internal constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    /// @notice Bits in a tree key.
    uint256 internal constant KEY_BITS = 254;

    /// @notice What the hashes of trees with four children a node, or with two, take.
    function tables(bool quad) internal pure returns (Tables memory) {
        return Tables(quad, quad ? bytes("") : Poseidon.table2(), Poseidon.table3());
    }

    /// @notice Where an entry's leaf is. Always below r, so that its bits are those of one number.
    function treeKey(Tables memory t, uint8 kind, address account, uint256 slot) internal pure returns (uint256) {
        uint256 accountTag = uint256(uint160(account)) | (uint256(kind) << 160);
        return Poseidon.hash3(t.three, accountTag, slot >> 128, uint128(slot));
    }

    /// @notice What the leaf of a value holds: in binary trees its hash.
    function leafValue(Tables memory t, uint256 value) internal pure returns (uint256) {
        return t.quad ? value : Poseidon.hash2(t.two, value >> 128, uint128(value));
    }

    /// @notice Whether a leaf can hold this.
    function isLeafValue(Tables memory t, uint256 value) internal pure returns (bool) {
        return value != 0 && (t.quad || value < R);
    }

    /// @notice The hash of a leaf that holds a key and what `leafValue` says.
    function leaf(Tables memory t, uint256 key, uint256 value) internal pure returns (uint256) {
        return t.quad
            ? Poseidon.permute4(t.three, 1, key, value >> 128, uint128(value))
            : Poseidon.hash3(t.three, key, value, 1);
    }

    /// @notice The hash of a node with two children.
    function inner(Tables memory t, uint256 a, uint256 b) internal pure returns (uint256) {
        return Poseidon.hash2(t.two, a, b);
    }

    /// @notice The hash of a node with four children.
    function inner(Tables memory t, uint256 a, uint256 b, uint256 c, uint256 d) internal pure returns (uint256) {
        return addmod(Poseidon.permute4(t.three, a, b, c, d), a, R);
    }
}
