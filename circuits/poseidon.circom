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

// Inverses for the permutation of nInputs + 1 lanes: [0] of M, [1] of P, [2] of S's first number in each
// partial round, 17 a line. It is given to the template as a parameter: computed in its body, it would be
// computed anew for each hash of each witness.
function inverses(nInputs, M, P, S) {
    var N_ROUNDS_P[16] = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68];
    var t = nInputs + 1;
    var all[3][17][17];
    all[0] = inverseMatrix(t, M);
    all[1] = inverseMatrix(t, P);
    for (var k = 0; k < N_ROUNDS_P[t - 2]; k++) { all[2][k \ 17][k % 17] = 1 / S[(t * 2 - 1) * k]; }
    return all;
}

// Proves   out[i] is lane i of Poseidon's permutation of [initialState, inputs...],
//          bit for bit circomlib's PoseidonEx (https://eprint.iacr.org/2019/458, x^5, 8 full rounds).
// Assumes  nothing of its inputs: any field elements. 1 <= nInputs <= 16, nOuts <= nInputs + 1. The parameter
//          inverse is inverses(nInputs, POSEIDON_M(t), POSEIDON_P(t), POSEIDON_S(t)), t = nInputs + 1.
// Sound    three constraints an S-box: x2 = x * x, x3 = x2 * x, x3 * x2 = the S-box's output. The wires
//          are the S-boxes' inputs, not their outputs: the layers between are invertible, so an
//          output is a linear sum of the next round's inputs. That sum stands on the C side, where
//          density costs the prover nothing. B has only the wires of x, and x2: by way of x4, it would have
//          x4 too where x is a sum, which the compiler puts on A. Every `<--` below is bound by the `===`
//          beside it: t wires, t equations, an invertible matrix.
template PoseidonEx(nInputs, nOuts, inverse) {
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

    for (var r = 0; r < 7; r++) {
        if (r == 4) {
            // The partial rounds, in the optimised form with one sparse matrix a round.
            for (var k = 0; k < nRoundsP; k++) {
                p2[k] <== state[0] * state[0];
                p3[k] <== p2[k] * state[0];
                var s = (t * 2 - 1) * k;
                var c = C[5 * t + k];
                var rest = 0;
                for (var i = 1; i < t; i++) { rest += S[s + i] * state[i]; }
                pNext[k] <-- S[s] * (p3[k] * p2[k] + c) + rest;
                var sbox = (pNext[k] - rest) * inverse[2][k \ 17][k % 17] - c;
                p3[k] * p2[k] === sbox;
                for (var i = 1; i < t; i++) { state[i] += (sbox + c) * S[s + t + i - 1]; }
                state[0] = pNext[k];
            }
        }
        for (var j = 0; j < t; j++) {
            x2[r][j] <== state[j] * state[j];
            x3[r][j] <== x2[r][j] * state[j];
        }
        var firstC = r < 4 ? (r + 1) * t : (r + 1) * t + nRoundsP;
        for (var i = 0; i < t; i++) {
            var sum = 0;
            for (var j = 0; j < t; j++) {
                sum += (r == 3 ? P[j][i] : M[j][i]) * (x3[r][j] * x2[r][j] + C[firstC + j]);
            }
            next[r][i] <-- sum;
        }
        for (var j = 0; j < t; j++) {
            var sbox = 0;
            for (var i = 0; i < t; i++) { sbox += inverse[r == 3 ? 1 : 0][i][j] * next[r][i]; }
            x3[r][j] * x2[r][j] === sbox - C[firstC + j];
        }
        for (var i = 0; i < t; i++) { state[i] = next[r][i]; }
    }

    for (var j = 0; j < t; j++) {
        x2[7][j] <== state[j] * state[j];
        x3[7][j] <== x2[7][j] * state[j];
        last[j] <== x3[7][j] * x2[7][j];
    }
    for (var i = 0; i < nOuts; i++) {
        var sum = 0;
        for (var j = 0; j < t; j++) { sum += M[j][i] * last[j]; }
        out[i] <== sum;
    }
}

// Proves   out = Poseidon(inputs), circomlib's hash of 1 to 16 field elements.
template Poseidon(nInputs) {
    signal input inputs[nInputs];
    signal output out;
    signal lanes[1] <== PoseidonEx(nInputs, 1, inverses(nInputs, POSEIDON_M(nInputs + 1), POSEIDON_P(nInputs + 1), POSEIDON_S(nInputs + 1)))(inputs, 0);
    out <== lanes[0];
}
