pragma circom 2.2.0;

// Proves   dataOut is dataIn after Horner's rule at x over the elements of every real record, in order; padding leaves
//          it as it is.
// Assumes  isReal are bits; isReal and records are the very wires that TransactionHash absorbs.
// Sound    two lists of records that end at the same value, from dataIn = 1 on, are one list, or x is a root of the difference
//          of their monic polynomials, if x was drawn after txHash was fixed.
template RecordPolynomial(N, E) {
    signal input x;
    signal input dataIn;
    signal input {binary} isReal[N];
    signal input records[N][E];
    signal output dataOut;

    signal horner[N][E + 1];
    signal data[N + 1];
    data[0] <== dataIn;
    for (var i = 0; i < N; i++) {
        horner[i][0] <== data[i];
        for (var e = 0; e < E; e++) { horner[i][e + 1] <== horner[i][e] * x + records[i][e]; }
        data[i + 1] <== data[i] + isReal[i] * (horner[i][E] - data[i]);
    }
    dataOut <== data[N];
}
