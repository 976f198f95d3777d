pragma circom 2.2.0;

include "../poseidon.circom";

// Proves   isReal[t] says whether operation t is there; real ones come before all padding; a padding operation's
//          elements are all 0; kind[t] is 1 read, 2 read of an absent key, 3 insert, 4 update, 5 delete, or 0 for padding.
//          hashOut is hashIn after absorbing the real operations, five a step: 15 elements and the five kinds. The
//          result depends neither on T nor on where operations are cut, as long as cuts fall on multiples of five.
// Assumes  is[t] are bits.
// Sound    the sponge's capacity lane carries the running value; a step is skipped exactly if its first
//          operation is padding, and then so are the others.
template OperationLog(T) {
    signal input hashIn;
    signal input {binary} is[T][5];
    signal input elements[T][3]; // hashed key, value before, value after
    signal output {binary} isReal[T];
    signal output kind[T];
    signal output hashOut;

    for (var t = 0; t < T; t++) {
        var real = 0;
        var number = 0;
        for (var j = 0; j < 5; j++) {
            real += is[t][j];
            number += (j + 1) * is[t][j];
        }
        isReal[t] <== real;
        kind[t] <== number;
        isReal[t] * (isReal[t] - 1) === 0;
        if (t > 0) { isReal[t] * (1 - isReal[t - 1]) === 0; }
        for (var e = 0; e < 3; e++) { (1 - isReal[t]) * elements[t][e] === 0; }
    }

    assert(T % 5 == 0);
    var steps = T \ 5;
    signal running[steps + 1];
    signal absorbed[steps][1];
    running[0] <== hashIn;
    for (var s = 0; s < steps; s++) {
        var block[16];
        block[15] = 0;
        for (var i = 0; i < 5; i++) {
            for (var e = 0; e < 3; e++) { block[3 * i + e] = elements[5 * s + i][e]; }
            block[15] += kind[5 * s + i] * 8 ** i;
        }
        absorbed[s] <== PoseidonEx(16, 1, inverses(16, POSEIDON_M(17), POSEIDON_P(17)), inverseFactors(16, POSEIDON_S(17)))(block, running[s]);
        running[s + 1] <== running[s] + isReal[5 * s] * (absorbed[s][0] - running[s]);
    }
    hashOut <== running[steps];
}
