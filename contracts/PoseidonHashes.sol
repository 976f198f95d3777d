// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {Poseidon} from "./Poseidon.sol";

/// @title Poseidon, as a contract of its own
/// @notice It holds nothing, and nobody owns it. `Payments` makes one for itself, as both are too large for one contract.
/// @dev Inputs must be below r. That the functions are called with numbers that the compiler does not know keeps it from making a
/// copy of a permutation for each.
contract PoseidonHashes {
    /// @notice Lane 0 of the permutation of four lanes; with a first lane of 0, the hash of the three others.
    function permute4(uint256 a, uint256 b, uint256 c, uint256 d) external pure returns (uint256) {
        return Poseidon.permute4(Poseidon.table3(), a, b, c, d);
    }

    /// @notice The hash of four numbers.
    function hash4(uint256 a, uint256 b, uint256 c, uint256 d) external pure returns (uint256) {
        return Poseidon.hash4(Poseidon.table4(), a, b, c, d);
    }
}
