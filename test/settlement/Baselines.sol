// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

/// The same writes without proofs: each entry in a slot of its own, or in a Merkle tree of 26 levels whose root is
/// kept.
contract Baselines {
    mapping(bytes32 key => bytes32) public entries;
    bytes32 public root;

    function store(bytes32[2][] calldata writes) external {
        for (uint256 i = 0; i < writes.length; i++) {
            entries[writes[i][0]] = writes[i][1];
        }
    }

    struct Update {
        uint256 path;
        bytes32 before;
        bytes32 value;
        bytes32[26] siblings;
    }

    /// Each update shows the old leaf, and hashes the new one up; the first into an empty contract sets the root.
    function update(Update[] calldata updates) external {
        bytes32 current = root;
        for (uint256 i = 0; i < updates.length; i++) {
            (bytes32 old, bytes32 next) = (updates[i].before, updates[i].value);
            for (uint256 level = 0; level < 26; level++) {
                bytes32 sibling = updates[i].siblings[level];
                bool right = (updates[i].path >> level) & 1 == 1;
                (old, next) = right ? (_hash(sibling, old), _hash(sibling, next)) : (_hash(old, sibling), _hash(next, sibling));
            }
            require(current == 0 || current == old);
            current = next;
        }
        root = current;
    }

    function _hash(bytes32 a, bytes32 b) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            mstore(0x00, a)
            mstore(0x20, b)
            hash := keccak256(0x00, 0x40)
        }
    }
}
