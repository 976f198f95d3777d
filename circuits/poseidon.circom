pragma circom 2.2.0;

// circomlib's optimised round constants, used unchanged (GPL-3.0, package circomlib).
include "poseidon_constants.circom";

// The inverse of a t x t matrix over Fr, by Gauss-Jordan elimination; runs while compiling.
// Poseidon's matrices need no pivoting: a pivot of 0 would divide by zero and fail to compile.
function inverseMatrix(t, A) {
    var inv[17][17];
    for (var i = 0; i < t; i++) {
        for (var j = 0; j < t; j++) { inv[i][j] = i == j ? 1 : 0; }
    }
    for (var k = 0; k < t; k++) {
        var pivot = 1 / A[k][k];
        for (var j = 0; j < t; j++) { A[k][j] *= pivot; inv[k][j] *= pivot; }
        for (var i = 0; i < t; i++) {
            var f = A[i][k];
            if (i != k && f != 0) {
                for (var j = 0; j < t; j++) { A[i][j] -= f * A[k][j]; inv[i][j] -= f * inv[k][j]; }
            }
        }
    }
    return inv;
}

// Inverses of M and P, the matrices of the permutation of nInputs + 1 lanes. These, and the factors below, are
// given to the template as parameters: computed in its body, they would be computed anew for each hash of each
// witness.
function inverses(nInputs, M, P) {
    var both[2][17][17];
    both[0] = inverseMatrix(nInputs + 1, M);
    both[1] = inverseMatrix(nInputs + 1, P);
    return both;
}

// Inverses of the first number of S in each partial round.
function inverseFactors(nInputs, S) {
    var N_ROUNDS_P[16] = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68];
    var inverse[70];
    for (var k = 0; k < N_ROUNDS_P[nInputs - 1]; k++) { inverse[k] = 1 / S[(nInputs * 2 + 1) * k]; }
    return inverse;
}

// Proves   out[i] is lane i of Poseidon's permutation of [initialState, inputs...],
//          bit for bit circomlib's PoseidonEx (https://eprint.iacr.org/2019/458, x^5, 8 full rounds).
// Assumes  nothing of its inputs: any field elements. 1 <= nInputs <= 16, nOuts <= nInputs + 1. The parameters
//          are inverse = inverses(nInputs, POSEIDON_M(t), POSEIDON_P(t)), t = nInputs + 1, and
//          inverseS = inverseFactors(nInputs, POSEIDON_S(t)).
// Sound    three constraints an S-box: x2 = x * x, x3 = x2 * x, x3 * x2 = the S-box's output. The wires
//          are the S-boxes' inputs, not their outputs: the layers between are invertible, so an
//          output is a linear sum of the next round's inputs. That sum stands on the C side, where
//          density costs the prover nothing. B has only the wires of x, and x2: by way of x4, it would have
//          x4 too where x is a sum, which the compiler puts on A. Every `<--` below is bound by the `===`
//          beside it: t wires, t equations, an invertible matrix.
// Speed    the witness program counts in field elements: `!=` costs it less than `<`, and a sum
//          that begins with 0 costs it one multiplication more.
template PoseidonEx(nInputs, nOuts, inverse, inverseS) {
    signal input inputs[nInputs];
    signal input initialState;
    signal output out[nOuts];

    var N_ROUNDS_P[16] = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68];
    var t = nInputs + 1;
    var nRoundsP = N_ROUNDS_P[t - 2];
    var C[t * 8 + nRoundsP] = POSEIDON_C(t);
    var S[nRoundsP * (t * 2 - 1)] = POSEIDON_S(t);
    var M[t][t] = POSEIDON_M(t);
    var P[t][t] = POSEIDON_P(t);

    signal x2[8][t];
    signal x3[8][t];
    signal next[7][t];     // inputs of the round after full round r
    signal last[t];        // outputs of the last round's S-boxes
    signal p2[nRoundsP];
    signal p3[nRoundsP];
    signal pNext[nRoundsP]; // lane 0 after partial round r

    var state[t];
    state[0] = initialState + C[0];
    for (var j = 1; j < t; j++) { state[j] = inputs[j - 1] + C[j]; }

    var product[t];        // the S-boxes' outputs, and the next round's constants
    for (var r = 0; r != 7; r++) {
        if (r == 4) {
            // The partial rounds, in the optimised form with one sparse matrix a round.
            var s = 0;
            for (var k = 0; k != nRoundsP; k++) {
                p2[k] <== state[0] * state[0];
                p3[k] <== p2[k] * state[0];
                var c = C[5 * t + k];
                var rest = S[s + 1] * state[1];
                for (var i = 2; i != t; i++) { rest += S[s + i] * state[i]; }
                pNext[k] <-- S[s] * (p3[k] * p2[k] + c) + rest;
                var sbox = (pNext[k] - rest) * inverseS[k];
                p3[k] * p2[k] === sbox - c;
                s += t;
                for (var i = 1; i != t; i++) { state[i] += sbox * S[s]; s++; }
                state[0] = pNext[k];
            }
        }
        var firstC = r < 4 ? (r + 1) * t : (r + 1) * t + nRoundsP;
        for (var j = 0; j != t; j++) {
            x2[r][j] <== state[j] * state[j];
            x3[r][j] <== x2[r][j] * state[j];
            product[j] = x3[r][j] * x2[r][j] + C[firstC + j];
        }
        for (var i = 0; i != t; i++) {
            var sum;
            if (r == 3) {
                sum = P[0][i] * product[0];
                for (var j = 1; j != t; j++) { sum += P[j][i] * product[j]; }
            } else {
                sum = M[0][i] * product[0];
                for (var j = 1; j != t; j++) { sum += M[j][i] * product[j]; }
            }
            next[r][i] <-- sum;
            state[i] = next[r][i];
        }
        for (var j = 0; j != t; j++) {
            var sbox;
            if (r == 3) {
                sbox = inverse[1][0][j] * state[0];
                for (var i = 1; i != t; i++) { sbox += inverse[1][i][j] * state[i]; }
            } else {
                sbox = inverse[0][0][j] * state[0];
                for (var i = 1; i != t; i++) { sbox += inverse[0][i][j] * state[i]; }
            }
            x3[r][j] * x2[r][j] === sbox - C[firstC + j];
        }
    }

    for (var j = 0; j != t; j++) {
        x2[7][j] <== state[j] * state[j];
        x3[7][j] <== x2[7][j] * state[j];
        last[j] <== x3[7][j] * x2[7][j];
    }
    for (var i = 0; i != nOuts; i++) {
        var sum = M[0][i] * last[0];
        for (var j = 1; j != t; j++) { sum += M[j][i] * last[j]; }
        out[i] <== sum;
    }
}

// Proves   out = Poseidon(inputs), circomlib's hash of 1 to 16 field elements.
template Poseidon(nInputs) {
    signal input inputs[nInputs];
    signal output out;
    var t = nInputs + 1;
    signal lanes[1] <== PoseidonEx(nInputs, 1, inverses(nInputs, POSEIDON_M(t), POSEIDON_P(t)),
        inverseFactors(nInputs, POSEIDON_S(t)))(inputs, 0);
    out <== lanes[0];
}

// Proves   out is lane 0 of the permutation of these four lanes, all of them given.
template Permutation4() {
    signal input lanes[4];
    signal output out;
    signal first[1] <== PoseidonEx(3, 1, inverses(3, POSEIDON_M(4), POSEIDON_P(4)), inverseFactors(3, POSEIDON_S(4)))
        ([lanes[1], lanes[2], lanes[3]], lanes[0]);
    out <== first[0];
}
