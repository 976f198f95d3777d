pragma circom 2.2.0;

include "bits.circom";
include "poseidon.circom";

// Proves   beta and gamma are two lanes of a sponge over all n elements.
// Assumes  n is fixed by the circuit, so padding the last block with zeros is unambiguous.
// Sound    whoever changes one element afterwards gets other challenges (Fiat-Shamir).
template Challenge(n) {
    signal input elements[n];
    signal output beta;
    signal output gamma;
    var steps = (n + 15) \ 16;
    signal lanes[steps][2];
    for (var s = 0; s < steps; s++) {
        var block[16];
        for (var i = 0; i < 16; i++) {
            // `if`, not `? :`, which would look beyond the end.
            block[i] = 0;
            if (16 * s + i < n) { block[i] = elements[16 * s + i]; }
        }
        // 1 sets the first capacity apart from the log's, which starts at 0.
        var capacity = 1;
        if (s > 0) { capacity = lanes[s - 1][0]; }
        lanes[s] <== PoseidonEx(16, 2, inverses(16, POSEIDON_M(17), POSEIDON_P(17)), inverseFactors(16, POSEIDON_S(17)))(block, capacity);
    }
    beta <== lanes[steps - 1][0];
    gamma <== lanes[steps - 1][1];
}

// The powers beta^1 .. beta^5 that weigh a tuple's elements.
template Powers() {
    signal input beta;
    signal output powers[6];
    powers[0] <== 1;
    for (var i = 1; i < 6; i++) { powers[i] <== powers[i - 1] * beta; }
}

// A key's share of its tuples' fingerprints: tag + beta * slotHi + beta^2 * slotLo.
template KeyPrint() {
    signal input powers[6];
    signal input key[3];
    signal output out;
    signal hi <== powers[1] * key[1];
    signal lo <== powers[2] * key[2];
    out <== key[0] + hi + lo;
}

// A tuple's fingerprint: gamma - (key print + beta^3 * valueHi + beta^4 * valueLo + beta^5 * time).
// Two different tuples have the same one for at most 5 of r betas.
template Fingerprint() {
    signal input powers[6];
    signal input gamma;
    signal input keyPrint;
    signal input hi;
    signal input lo;
    signal input time;
    signal output out;
    signal h <== powers[3] * hi;
    signal l <== powers[4] * lo;
    signal t <== powers[5] * time;
    out <== gamma - keyPrint - h - l - t;
}

// Proves   out = product * factor if `real`, else product.
template MultiplyIf() {
    signal input product;
    signal input {binary} real;
    signal input factor;
    signal output out;
    signal gated <== 1 + real * (factor - 1);
    out <== product * gated;
}

// Proves   words hold the n values, side by side, so that the words determine every one of them.
// Assumes  every value is in 0 .. 2^width - 1.
template Pack(n, width) {
    var perWord = 252 \ width;
    var count = (n + perWord - 1) \ perWord;
    signal input values[n];
    signal output words[count];
    for (var w = 0; w < count; w++) {
        var sum = 0;
        for (var i = w * perWord; i < n && i < (w + 1) * perWord; i++) { sum += values[i] * 2 ** ((i - w * perWord) * width); }
        words[w] <== sum;
    }
}

// Proves   the n keys are pairwise different.
// Assumes  gamma was drawn after keys and residues were fixed.
// Sound    let P(X) be the product of all X - keys[i]. The equation at the end, at X = gamma, is
//          sum of residues[i] * P(X) / (X - keys[i]) = 1, a polynomial identity of degree n - 1, so it
//          holds as such, but for n - 1 of r values of gamma. Where two keys are the same, P(X) / (X - keys[i])
//          is 0 for every i, so the sum is not 1. Where all differ, it holds for residues[i] = 1 / P'(keys[i])
//          (partial fractions of 1 / P). P(gamma) = 0 fails the equation, so every part is what it says.
template AssertDistinct(n) {
    signal input gamma;
    signal input keys[n];
    signal input residues[n];
    signal product[n + 1];
    signal part[n]; // residues[i] / (gamma - keys[i])
    product[0] <== 1;
    var sum = 0;
    for (var i = 0; i < n; i++) {
        product[i + 1] <== product[i] * (gamma - keys[i]);
        part[i] <-- residues[i] / (gamma - keys[i]);
        part[i] * (gamma - keys[i]) === residues[i];
        sum += part[i];
    }
    sum * product[n] === 1;
}
