pragma circom 2.2.0;

include "poseidon.circom";

// Proves   isReal[t] says whether access t is there; real accesses come before all padding; a padding
//          access's elements are all 0; no access is both a read and a write.
//          hashOut is hashIn after absorbing the real accesses, three a step: 15 elements and the three
//          pairs of flags. The result depends neither on T nor on where a batch is cut, as long as
//          cuts fall on multiples of three.
// Assumes  isRead and isWrite are bits. Limbs and tags are NOT range-checked: whoever knows the
//          accesses recomputes hashOut from numbers in range.
// Sound    the sponge's capacity lane carries the running value (a collision costs about 2^127 hashes);
//          a step is skipped exactly if its first access is padding, and then so are the others.
template AccessLog(T) {
    signal input hashIn;
    signal input {binary} isRead[T];
    signal input {binary} isWrite[T];
    signal input elements[T][5]; // account tag, slot hi, slot lo, value hi, value lo
    signal output {binary} isReal[T];
    signal output hashOut;

    for (var t = 0; t < T; t++) {
        isRead[t] * isWrite[t] === 0;
        isReal[t] <== isRead[t] + isWrite[t];
        if (t > 0) { isReal[t] * (1 - isReal[t - 1]) === 0; }
        for (var e = 0; e < 5; e++) { (1 - isReal[t]) * elements[t][e] === 0; }
    }

    assert(T % 3 == 0);
    var steps = T \ 3;
    signal running[steps + 1];
    signal absorbed[steps][1];
    running[0] <== hashIn;
    for (var s = 0; s < steps; s++) {
        var block[16];
        block[15] = 0;
        for (var i = 0; i < 3; i++) {
            for (var e = 0; e < 5; e++) { block[5 * i + e] = elements[3 * s + i][e]; }
            block[15] += (isRead[3 * s + i] + 2 * isWrite[3 * s + i]) * 4 ** i;
        }
        absorbed[s] <== PoseidonEx(16, 1, inverses(16, POSEIDON_M(17), POSEIDON_P(17)), inverseFactors(16, POSEIDON_S(17)))(block, running[s]);
        running[s + 1] <== running[s] + isReal[3 * s] * (absorbed[s][0] - running[s]);
    }
    hashOut <== running[steps];
}

// Proves   dataOut is dataIn after Horner's rule at x over the five elements of every write, in order;
//          reads and padding leave it as it is.
// Assumes  isWrite are bits; the elements are those that the log's hash absorbs.
template WritePolynomial(T) {
    signal input x;
    signal input dataIn;
    signal input {binary} isWrite[T];
    signal input elements[T][5];
    signal output dataOut;

    signal horner[T][6];
    signal data[T + 1];
    data[0] <== dataIn;
    for (var t = 0; t < T; t++) {
        horner[t][0] <== data[t];
        for (var e = 0; e < 5; e++) { horner[t][e + 1] <== horner[t][e] * x + elements[t][e]; }
        data[t + 1] <== data[t] + isWrite[t] * (horner[t][5] - data[t]);
    }
    dataOut <== data[T];
}
