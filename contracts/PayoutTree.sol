// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

/// @title A tree of what a batch pays
/// @notice Commits to a batch's payouts in their order, so that each can be claimed by itself, at its index.
/// @dev A leaf hashes 32 bytes and a node 64, so that neither is ever the other. The tree is as deep as the number of leaves
/// needs; where there are none, a node is 0, which no hash is.
library PayoutTree {
    /// Subtrees that are full, at most one of each height: a binary counter of `count` leaves.
    struct Tree {
        uint256 count;
        bytes32[13] full;
    }

    uint256 internal constant MAX_LEAVES = 4096;

    /// @notice What a payout is in the tree.
    function leaf(address recipient, uint96 amount) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(recipient, amount));
    }

    /// @notice Adds a leaf; there are at most `MAX_LEAVES`.
    function push(Tree memory tree, bytes32 node) internal pure {
        uint256 height = 0;
        for (uint256 rest = tree.count; rest & 1 == 1; rest >>= 1) {
            node = _parent(tree.full[height++], node);
        }
        tree.full[height] = node;
        tree.count++;
    }

    /// @notice The commitment to all leaves; 0 if there are none.
    function root(Tree memory tree) internal pure returns (bytes32 node) {
        uint256 count = tree.count;
        if (count == 0) return 0;
        for (uint256 height = 0;; height++) {
            bool isFull = (count >> height) & 1 == 1;
            if (count >> height == 1) return node == 0 ? tree.full[height] : _parent(tree.full[height], node);
            if (isFull) node = _parent(tree.full[height], node);
            else if (node != 0) node = _parent(node, 0);
        }
    }

    /// @notice The root to which a leaf's path leads. An index that the path is too short for leads nowhere: 0.
    /// @param path The siblings from the leaf up.
    function rootOf(bytes32 node, uint256 index, bytes32[] calldata path) internal pure returns (bytes32) {
        if (index >> path.length != 0) return 0;
        for (uint256 height = 0; height < path.length; height++) {
            bool isRight = (index >> height) & 1 == 1;
            node = isRight ? _parent(path[height], node) : _parent(node, path[height]);
        }
        return node;
    }

    function _parent(bytes32 left, bytes32 right) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            mstore(0x00, left)
            mstore(0x20, right)
            hash := keccak256(0x00, 0x40)
        }
    }
}
