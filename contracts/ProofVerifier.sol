// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

/// A Groth16 verification key over BN254 without the points of its public signals. Coordinates of points of G2 have the
/// imaginary part first, as in EIP-197.
struct KeyPoints {
    uint256[2] alpha;
    uint256[2][2] beta;
    uint256[2][2] gamma;
    uint256[2][2] delta;
}

/// Which circuit a key is for, and who could forge proofs for it. Nothing here is checked; it is for people to compare.
struct Provenance {
    /// Name in Rootshift's catalogue of circuits.
    string circuit;
    /// SHA-256 of the circuit's R1CS file.
    bytes32 circuitDigest;
    /// SHA-256 of the verification key, as proof files name it.
    bytes32 verificationKey;
    /// SHA-256 of the transcript of the ceremony that made the keys; 0 if none did.
    bytes32 transcript;
    /// True if one party made the keys on one machine, and so could forge proofs of anything.
    bool developmentKeys;
}

/// @title Verifier of many proofs of one circuit at once
/// @notice Accepts any number of Groth16 proofs of one of Rootshift's circuits by one pairing check: n + 3 pairings instead
/// of 4n. How many public signals there are, and their points, is for the contracts that derive from it.
/// @dev A proof (A, B, C) of signals s holds if e(A, B) = e(alpha, beta) e(L(s), gamma) e(C, delta), where L(s) is the sum
/// of `ic` weighted by 1 and s. The n equations are raised to coefficients and multiplied: with A, C and L in the exponent
/// of their pairings, all but the e(A, B) collapse into three. The first coefficient is 1; each other one is an output of
/// keccak256 over the key and every word of every statement, so that nobody can choose a point or a signal once the
/// coefficients are known. If any equation fails, the product is 1 for one in r coefficients, r being about 2^254.
///
/// Each signal must be below r. What the precompiles check: ecAdd and ecMul (EIP-196), that coordinates are below the base
/// field's order and the point is on the curve, whose every point is in the group; ecPairing (EIP-197), the same of G1,
/// and of B that it is on the twist and in its subgroup of order r. A precompile that refuses, or lacks gas, reverts here.
abstract contract ProofVerifier {
    uint256 private constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    uint256 private constant P = 21888242871839275222246405745257275088696311157297823662689037894645226208583;

    /// @notice Name of the circuit in Rootshift's catalogue.
    string public circuit;
    /// @notice SHA-256 of the circuit's R1CS file.
    bytes32 public immutable circuitDigest;
    /// @notice SHA-256 of the verification key, as proof files name it.
    bytes32 public immutable verificationKey;
    /// @notice SHA-256 of the transcript of the ceremony that made the keys; 0 if none did.
    bytes32 public immutable transcript;
    /// @notice True if one party, who made the keys, could forge proofs.
    bool public immutable developmentKeys;
    /// @notice keccak256 of the ABI encoding of the verification key: what the coefficients depend on.
    bytes32 public immutable keyHash;

    uint256 private immutable alphaX;
    uint256 private immutable alphaY;
    // G2's constants are kept negated, so that the equations' right sides move to the left.
    uint256 private immutable betaX1;
    uint256 private immutable betaX0;
    uint256 private immutable betaY1;
    uint256 private immutable betaY0;
    uint256 private immutable gammaX1;
    uint256 private immutable gammaX0;
    uint256 private immutable gammaY1;
    uint256 private immutable gammaY0;
    uint256 private immutable deltaX1;
    uint256 private immutable deltaX0;
    uint256 private immutable deltaY1;
    uint256 private immutable deltaY0;

    /// The statements are not one or more of the length that the circuit's have.
    error MalformedStatements(uint256 length);
    /// A public signal is not below r: its value modulo r may be proven, it is not.
    error SignalOutOfRange(uint256 statement, uint256 signal);
    /// One of the proofs does not verify, or a point is none, or there was not enough gas to find out.
    error InvalidProofs();

    constructor(KeyPoints memory key, bytes32 keyHash_, Provenance memory provenance) {
        circuit = provenance.circuit;
        circuitDigest = provenance.circuitDigest;
        verificationKey = provenance.verificationKey;
        transcript = provenance.transcript;
        developmentKeys = provenance.developmentKeys;
        keyHash = keyHash_;
        (alphaX, alphaY) = (key.alpha[0], key.alpha[1]);
        (betaX1, betaX0, betaY1, betaY0) = _negated(key.beta);
        (gammaX1, gammaX0, gammaY1, gammaY0) = _negated(key.gamma);
        (deltaX1, deltaX0, deltaY1, deltaY0) = _negated(key.delta);
    }

    /// @notice Reverts unless every statement's proof proves its signals. There is no return value that could be ignored.
    /// @param statements One or more, each in words: A, B (imaginary parts first), C, and the public signals in the circuit's
    /// order.
    /// @dev It says nothing of how the statements hang together: that is for the caller to check.
    function verify(bytes calldata statements) external view {
        uint256 signals = _signals();
        uint256 size = 256 + 32 * signals;
        uint256 n = statements.length / size;
        if (n == 0 || n * size != statements.length) revert MalformedStatements(statements.length);

        bytes32 seed = keccak256(abi.encodePacked(keyHash, statements));
        uint256[] memory pairs = new uint256[](6 * (n + 3));
        // What ic's points are weighted by: the sum of the coefficients, and of their products with each signal.
        uint256[] memory weights = new uint256[](signals + 1);
        // The sum of all C, each times its coefficient.
        uint256[2] memory c;
        for (uint256 i = 0; i < n; i++) {
            _add(statements[i * size:], i, seed, pairs, weights, c);
        }
        _setConstants(pairs, 6 * n, weights, c);
        _requireProductOne(pairs);
    }

    /// @dev Adds statement i, the first of `rest`: its A times its coefficient, and B, as a pair, and its part of the sums.
    /// In assembly, as it takes 1,000 gas a proof beside the precompiles' 46,150, and 5,000 otherwise.
    function _add(
        bytes calldata rest,
        uint256 i,
        bytes32 seed,
        uint256[] memory pairs,
        uint256[] memory weights,
        uint256[2] memory c
    ) private view {
        bool done = true;
        uint256 signals = _signals();
        uint256 outOfRange = signals;
        assembly ("memory-safe") {
            let free := mload(0x40)
            let pair := add(add(pairs, 0x20), mul(i, 192))
            calldatacopy(pair, rest.offset, 192)
            let coefficient := 1
            switch i
            case 0 { calldatacopy(c, add(rest.offset, 192), 64) }
            default {
                mstore(0x00, seed)
                mstore(0x20, i)
                coefficient := keccak256(0x00, 0x40)
                mstore(free, mload(pair))
                mstore(add(free, 0x20), mload(add(pair, 0x20)))
                mstore(add(free, 0x40), coefficient)
                done := staticcall(gas(), 0x07, free, 0x60, pair, 0x40)
                // The sum so far, and C times the coefficient.
                mstore(free, mload(c))
                mstore(add(free, 0x20), mload(add(c, 0x20)))
                calldatacopy(add(free, 0x40), add(rest.offset, 192), 64)
                mstore(add(free, 0x80), coefficient)
                done := and(done, staticcall(gas(), 0x07, add(free, 0x40), 0x60, add(free, 0x40), 0x40))
                done := and(done, staticcall(gas(), 0x06, free, 0x80, c, 0x40))
            }
            let weight := add(weights, 0x20)
            mstore(weight, addmod(mload(weight), coefficient, R))
            for { let j := 0 } lt(j, signals) { j := add(j, 1) } {
                let signal := calldataload(add(rest.offset, add(256, mul(j, 0x20))))
                if iszero(lt(signal, R)) {
                    outOfRange := j
                    break
                }
                weight := add(weight, 0x20)
                mstore(weight, addmod(mload(weight), mulmod(coefficient, signal, R), R))
            }
        }
        if (outOfRange != signals) revert SignalOutOfRange(i, outOfRange);
        if (!done) revert InvalidProofs();
    }

    /// @dev The last three pairs: alpha and beta, L and gamma, C and delta.
    function _setConstants(uint256[] memory pairs, uint256 next, uint256[] memory weights, uint256[2] memory c)
        private
        view
    {
        (pairs[next], pairs[next + 1]) = _mul(alphaX, alphaY, weights[0]);
        (pairs[next + 2], pairs[next + 3], pairs[next + 4], pairs[next + 5]) = (betaX1, betaX0, betaY1, betaY0);
        (pairs[next + 6], pairs[next + 7]) = _publicPoint(weights);
        (pairs[next + 8], pairs[next + 9], pairs[next + 10], pairs[next + 11]) = (gammaX1, gammaX0, gammaY1, gammaY0);
        (pairs[next + 12], pairs[next + 13]) = (c[0], c[1]);
        (pairs[next + 14], pairs[next + 15], pairs[next + 16], pairs[next + 17]) = (deltaX1, deltaX0, deltaY1, deltaY0);
    }

    /// @dev How many public signals the circuit has.
    function _signals() internal pure virtual returns (uint256);

    /// @dev The sum of the points of the constant 1 and of the public signals, weighted.
    function _publicPoint(uint256[] memory weights) internal view virtual returns (uint256 x, uint256 y);

    function _negated(uint256[2][2] memory point) private pure returns (uint256, uint256, uint256, uint256) {
        return (point[0][0], point[0][1], (P - point[1][0]) % P, (P - point[1][1]) % P);
    }

    /// @dev k (x, y). A point taken once is left to who uses it next to validate, as all do.
    function _mul(uint256 x, uint256 y, uint256 k) internal view returns (uint256, uint256) {
        if (k == 1) return (x, y);
        bool done;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, x)
            mstore(add(free, 0x20), y)
            mstore(add(free, 0x40), k)
            done := staticcall(gas(), 0x07, free, 0x60, free, 0x40)
            x := mload(free)
            y := mload(add(free, 0x20))
        }
        if (!done) revert InvalidProofs();
        return (x, y);
    }

    /// @dev (x1, y1) + k (x2, y2)
    function _addMul(uint256 x1, uint256 y1, uint256 x2, uint256 y2, uint256 k)
        internal
        view
        returns (uint256 x, uint256 y)
    {
        bool done;
        (x2, y2) = _mul(x2, y2, k);
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, x1)
            mstore(add(free, 0x20), y1)
            mstore(add(free, 0x40), x2)
            mstore(add(free, 0x60), y2)
            done := staticcall(gas(), 0x06, free, 0x80, free, 0x40)
            x := mload(free)
            y := mload(add(free, 0x20))
        }
        if (!done) revert InvalidProofs();
    }

    /// @dev Reverts unless the product of the pairings of all pairs is 1.
    function _requireProductOne(uint256[] memory pairs) private view {
        bool isOne;
        assembly ("memory-safe") {
            let done := staticcall(gas(), 0x08, add(pairs, 0x20), mul(mload(pairs), 0x20), 0x00, 0x20)
            isOne := and(done, eq(mload(0x00), 1))
        }
        if (!isOne) revert InvalidProofs();
    }
}
