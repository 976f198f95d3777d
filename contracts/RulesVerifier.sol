// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {KeyPoints, ProofVerifier, Provenance} from "./ProofVerifier.sol";

/// A Groth16 verification key over BN254. Coordinates of points of G2 have the imaginary part first, as in EIP-197.
struct RulesVerificationKey {
    uint256[2] alpha;
    uint256[2][2] beta;
    uint256[2][2] gamma;
    uint256[2][2] delta;
    /// One point for the constant 1 and one for each public signal.
    uint256[2][11] ic;
}

/// @title Verifier of proofs of rules
/// @notice `ProofVerifier` for ten public signals: logHashIn, logHash, txHashIn, txHash, x,
/// dataIn, dataOut, carryIn, carryOut, context.
contract RulesVerifier is ProofVerifier {
    /// @notice Bytes of a statement: A, B and C (eight words), and the ten public signals.
    uint256 public constant STATEMENT_BYTES = 576;

    uint256 private immutable ic0X;
    uint256 private immutable ic0Y;
    uint256 private immutable ic1X;
    uint256 private immutable ic1Y;
    uint256 private immutable ic2X;
    uint256 private immutable ic2Y;
    uint256 private immutable ic3X;
    uint256 private immutable ic3Y;
    uint256 private immutable ic4X;
    uint256 private immutable ic4Y;
    uint256 private immutable ic5X;
    uint256 private immutable ic5Y;
    uint256 private immutable ic6X;
    uint256 private immutable ic6Y;
    uint256 private immutable ic7X;
    uint256 private immutable ic7Y;
    uint256 private immutable ic8X;
    uint256 private immutable ic8Y;
    uint256 private immutable ic9X;
    uint256 private immutable ic9Y;
    uint256 private immutable ic10X;
    uint256 private immutable ic10Y;

    constructor(RulesVerificationKey memory key, Provenance memory provenance)
        ProofVerifier(KeyPoints(key.alpha, key.beta, key.gamma, key.delta), keccak256(abi.encode(key)), provenance)
    {
        (ic0X, ic0Y) = (key.ic[0][0], key.ic[0][1]);
        (ic1X, ic1Y) = (key.ic[1][0], key.ic[1][1]);
        (ic2X, ic2Y) = (key.ic[2][0], key.ic[2][1]);
        (ic3X, ic3Y) = (key.ic[3][0], key.ic[3][1]);
        (ic4X, ic4Y) = (key.ic[4][0], key.ic[4][1]);
        (ic5X, ic5Y) = (key.ic[5][0], key.ic[5][1]);
        (ic6X, ic6Y) = (key.ic[6][0], key.ic[6][1]);
        (ic7X, ic7Y) = (key.ic[7][0], key.ic[7][1]);
        (ic8X, ic8Y) = (key.ic[8][0], key.ic[8][1]);
        (ic9X, ic9Y) = (key.ic[9][0], key.ic[9][1]);
        (ic10X, ic10Y) = (key.ic[10][0], key.ic[10][1]);
    }

    function _signals() internal pure override returns (uint256) {
        return 10;
    }

    function _publicPoint(uint256[] memory weights) internal view override returns (uint256 x, uint256 y) {
        (x, y) = _mul(ic0X, ic0Y, weights[0]);
        (x, y) = _addMul(x, y, ic1X, ic1Y, weights[1]);
        (x, y) = _addMul(x, y, ic2X, ic2Y, weights[2]);
        (x, y) = _addMul(x, y, ic3X, ic3Y, weights[3]);
        (x, y) = _addMul(x, y, ic4X, ic4Y, weights[4]);
        (x, y) = _addMul(x, y, ic5X, ic5Y, weights[5]);
        (x, y) = _addMul(x, y, ic6X, ic6Y, weights[6]);
        (x, y) = _addMul(x, y, ic7X, ic7Y, weights[7]);
        (x, y) = _addMul(x, y, ic8X, ic8Y, weights[8]);
        (x, y) = _addMul(x, y, ic9X, ic9Y, weights[9]);
        (x, y) = _addMul(x, y, ic10X, ic10Y, weights[10]);
    }
}
