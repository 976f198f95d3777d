pragma circom 2.2.0;

include "../bits.circom";
include "../poseidon.circom";

// Proves   hashOut is hashIn after absorbing the real records, three a step: the domain and 3 E elements. Real records come
//          before all padding; a real record's first element is not 0; a padding record's elements are all 0. The result
//          depends neither on N nor on where a batch is cut, as long as cuts fall on multiples of three.
// Assumes  isReal are bits. Elements are NOT range-checked.
// Sound    the capacity lane carries the running value, and the domain, ASCII "rootshift/transactions" as a number, stands
//          first in every step: another sponge's step is none of this one's. Which records are real, the first elements
//          say, which are absorbed. A step is skipped exactly if its first record is padding, and then so are the others.
template TransactionHash(N, E) {
    signal input hashIn;
    signal input {binary} isReal[N];
    signal input records[N][E];
    signal output hashOut;

    for (var i = 0; i < N; i++) {
        if (i > 0) { isReal[i] * (1 - isReal[i - 1]) === 0; }
        AssertNonZeroIs()(records[i][0], isReal[i]);
        for (var e = 1; e < E; e++) { (1 - isReal[i]) * records[i][e] === 0; }
    }

    assert(N % 3 == 0);
    var n = 3 * E + 1;
    var steps = N \ 3;
    signal running[steps + 1];
    signal absorbed[steps][1];
    running[0] <== hashIn;
    for (var s = 0; s < steps; s++) {
        var block[n];
        block[0] = 0x726f6f7473686966742f7472616e73616374696f6e73;
        for (var i = 0; i < 3; i++) {
            for (var e = 0; e < E; e++) { block[1 + E * i + e] = records[3 * s + i][e]; }
        }
        absorbed[s] <== PoseidonEx(n, 1, inverses(n, POSEIDON_M(n + 1), POSEIDON_P(n + 1)), inverseFactors(n, POSEIDON_S(n + 1)))(block, running[s]);
        running[s + 1] <== running[s] + isReal[3 * s] * (absorbed[s][0] - running[s]);
    }
    hashOut <== running[steps];
}
