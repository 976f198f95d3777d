// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {StateProof} from "./StateProof.sol";

/// @title Verifier of Merkle proofs of a state's entries
/// @notice StateProof as a contract of its own, which any contract can call: it holds nothing, and nobody owns it.
contract StateProofs {
    /// @notice Reverts unless in the state with `root` the entry has `value`; 0 says that it is absent.
    function requireValue(uint256 root, StateProof.Entry calldata entry, uint256 value, StateProof.Path calldata path)
        external
        pure
    {
        StateProof.requireValue(root, entry, value, path);
    }
}
