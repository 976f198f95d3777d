// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {StateTree} from "./StateTree.sol";

/// @title Merkle proofs of a state's entries
/// @notice Shows that in the state with a root an entry has a value, or is absent, as `rootshift get --proof` writes it.
/// @dev Nothing is taken on trust but the root, which must be one that the caller holds to be a state's: about the root of a
/// malformed tree anything can be shown. Compile with viaIR.
library StateProof {
    /// What an entry is called.
    struct Entry {
        /// 0 balance, 1 nonce, 2 code hash, 3 storage, 4 code length.
        uint8 kind;
        address account;
        /// 0 for every kind but storage.
        uint256 slot;
    }

    /// From the root to where the entry's path ends.
    struct Path {
        /// 1 for trees with two children a node, 2 for those with four.
        uint8 bitsPerLevel;
        /// From the root down, one sibling a level, or three in the order of their digits; an empty node is 0.
        uint256[] siblings;
        /// Whether an absent entry's path ends at the leaf of another key; else it ends at an empty node.
        bool otherLeaf;
        uint256 otherKey;
        uint256 otherValue;
    }

    /// There is no such kind of entry.
    error UnknownKind(uint8 kind);
    /// There is no such tree.
    error UnknownTree(uint8 bitsPerLevel);
    /// The siblings are not those of whole levels, or of more levels than a key has bits for.
    error MalformedPath(uint256 siblings);
    /// A sibling is not below r: it is not the hash of a node.
    error SiblingOutOfRange(uint256 index);
    /// All siblings of the last level are empty, where a tree has none of it.
    error NotCanonical();
    /// The key or the value of the other leaf is not that of a leaf that can stand where the path ends.
    error NotOtherLeaf();
    /// A present entry's path ends at its own leaf.
    error PresentBesideOtherLeaf();
    /// The path leads to another root.
    error OtherRoot(uint256 expected, uint256 computed);

    /// @notice Reverts unless in the state with `root` the entry has `value`; 0 says that it is absent. There is no return
    /// value that could be ignored.
    function requireValue(uint256 root, Entry calldata entry, uint256 value, Path calldata path) internal pure {
        if (entry.kind > 4) revert UnknownKind(entry.kind);
        if (path.bitsPerLevel != 1 && path.bitsPerLevel != 2) revert UnknownTree(path.bitsPerLevel);
        _checkSiblings(path);
        StateTree.Tables memory t = StateTree.tables(path.bitsPerLevel == 2);
        uint256 key = StateTree.treeKey(t, entry.kind, entry.account, entry.slot);
        uint256 computed = _fold(t, key, _end(t, key, value, path), path);
        if (computed != root) revert OtherRoot(root, computed);
    }

    /// @dev Siblings in a row of a level: one, or three.
    function _width(Path calldata path) private pure returns (uint256) {
        return path.bitsPerLevel == 1 ? 1 : 3;
    }

    function _checkSiblings(Path calldata path) private pure {
        uint256[] calldata siblings = path.siblings;
        (uint256 n, uint256 width) = (siblings.length, _width(path));
        if (n % width != 0 || (n / width) * path.bitsPerLevel > StateTree.KEY_BITS) revert MalformedPath(n);
        uint256 last;
        for (uint256 i = 0; i < n; i++) {
            if (siblings[i] >= StateTree.R) revert SiblingOutOfRange(i);
            if (i + width >= n) last |= siblings[i];
        }
        // The leaf would stand a level higher, or the node would be empty.
        if (n != 0 && last == 0) revert NotCanonical();
    }

    /// @dev The hash of the node at which the path ends.
    function _end(StateTree.Tables memory t, uint256 key, uint256 value, Path calldata path)
        private
        pure
        returns (uint256)
    {
        if (value != 0) {
            if (path.otherLeaf) revert PresentBesideOtherLeaf();
            return StateTree.leaf(t, key, StateTree.leafValue(t, value));
        }
        if (!path.otherLeaf) return 0;
        (uint256 otherKey, uint256 otherValue) = (path.otherKey, path.otherValue);
        uint256 bits = (path.siblings.length / _width(path)) * path.bitsPerLevel;
        // It leads to where the path ends, but is not the entry's own.
        bool leads = ((otherKey ^ key) & ((1 << bits) - 1)) == 0 && otherKey != key;
        if (!leads || otherKey >= StateTree.R || !StateTree.isLeafValue(t, otherValue)) revert NotOtherLeaf();
        return StateTree.leaf(t, otherKey, otherValue);
    }

    /// @dev The root above a node at the end of the path of `key`, whose lowest bits choose at the root.
    function _fold(StateTree.Tables memory t, uint256 key, uint256 node, Path calldata path)
        private
        pure
        returns (uint256)
    {
        uint256[] calldata siblings = path.siblings;
        if (path.bitsPerLevel == 1) {
            for (uint256 level = siblings.length; level > 0;) {
                uint256 sibling = siblings[--level];
                node = (key >> level) & 1 == 0 ? StateTree.inner(t, node, sibling) : StateTree.inner(t, sibling, node);
            }
            return node;
        }
        for (uint256 level = siblings.length / 3; level > 0;) {
            uint256 digit = (key >> (2 * --level)) & 3;
            (uint256 a, uint256 b, uint256 c) = (siblings[3 * level], siblings[3 * level + 1], siblings[3 * level + 2]);
            node = StateTree.inner(
                t,
                digit == 0 ? node : a,
                digit == 1 ? node : digit == 0 ? a : b,
                digit == 2 ? node : digit == 3 ? c : b,
                digit == 3 ? node : c
            );
        }
        return node;
    }
}
