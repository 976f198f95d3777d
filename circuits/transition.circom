pragma circom 2.2.0;

include "log.circom";
include "memory.circom";
include "read_row.circom";
include "write_row.circom";

// A row of the key table.
// Proves   treeKey = Poseidon3(tag, slotHi, slotLo); bits are its canonical bits; sortKey is its low
//          120 bits if real, else 2^120 + index, which no other row has.
template KeyRow(index) {
    signal input {binary} real;
    signal input key[3];
    signal output treeKey;
    signal output {binary} bits[254];
    signal output sortKey;
    treeKey <== Poseidon(3)(key);
    bits <== CanonicalBits()(treeKey);
    var low = 0;
    for (var i = 0; i < 120; i++) { low += bits[i] * 2 ** i; }
    var padding = 2 ** 120 + index;
    sortKey <== padding + real * (low - padding);
}

// Proves   starting from the tree with root oldRoot, performing exactly the accesses with which logHash
//          continues logHashIn, in that order, every read returning what it claims, ends in the tree
//          with root newRoot; dataOut continues dataIn with the accesses' writes as a polynomial at x.
// Assumes  the tree under oldRoot is canonical and its values are 128-bit limbs; the limbs and tags of
//          the log are in range. NOT checked here: the verifier knows them, or accepted them before.
// Sound    1. The log: its elements and flags are what logHash absorbs (AccessLog).
//          2. Memory (Blum et al., "Checking the correctness of memories", 1991). Every row of the key
//          table makes the tuple (key, old value, 0) and takes (key, new value, last time); access t
//          takes (key, previous value, previous time) and makes (key, value, t). The multiset made
//          equals the multiset taken. Keys differ from row to row (AssertDistinct), previous time <
//          t, and all tuples made for one key have different times: so by induction over t each
//          access takes what the access before it made, and the row takes the last. A read's
//          value equals its previous value. An access to a key that is not in the table finds
//          nothing to take.
//          3. The challenges depend on everything that enters a product or selects what does:
//          the log and its flags through logHash, previous values and times, every row's flag, key,
//          values and last time, and the sorted copy. Equal products of distinct multisets need
//          one of at most 6 (T + R + W) + (R + W) values among r.
//          4. Read rows hold in oldRoot, and leave their value as it is; write rows are chained from
//          oldRoot to newRoot, each changing one key from its old to its new value.
//          A padding row (real = 0) makes and takes nothing, and leaves the root as it is.
//
// T accesses, R read rows, W write rows, paths of at most L levels. T is a multiple of 3; R, W > 0.
template Transition(T, R, W, L) {
    signal input oldRoot;
    signal input newRoot;
    signal input logHashIn;
    signal input logHash;
    signal input x;
    signal input dataIn;
    signal input dataOut;

    // The access log.
    signal input isRead[T];
    signal input isWrite[T];
    signal input elements[T][5]; // account tag, slot hi, slot lo, value hi, value lo
    signal input previous[T][3]; // value hi, value lo, time

    // Read rows.
    signal input readReal[R];
    signal input readKey[R][3];       // account tag, slot hi, slot lo
    signal input readValue[R][2];     // hi, lo
    signal input readLastTime[R];
    signal input readActive[R][L];
    signal input readSiblings[R][L];
    signal input readOther[R];
    signal input readLeaf[R][2];      // key, value

    // Write rows.
    signal input writeReal[W];
    signal input writeKey[W][3];      // account tag, slot hi, slot lo
    signal input writeOld[W][2];      // hi, lo
    signal input writeNew[W][2];      // hi, lo
    signal input writeLastTime[W];
    signal input writeShort[W][L];
    signal input writeLong[W][L];
    signal input writeSiblings[W][L];
    signal input writeOther[W];
    signal input writeLeaf[W][2];     // key, value
    signal input writeSiblingChildren[W][2];

    signal input sorted[R + W];

    // 1. The log.
    signal {binary} reads[T];
    signal {binary} writes[T];
    for (var t = 0; t < T; t++) {
        reads[t] <== Bit()(isRead[t]);
        writes[t] <== Bit()(isWrite[t]);
    }
    signal {binary} isReal[T];
    signal hashOut;
    (isReal, hashOut) <== AccessLog(T)(logHashIn, reads, writes, elements);
    logHash === hashOut;
    signal data <== WritePolynomial(T)(x, dataIn, writes, elements);
    dataOut === data;

    // The key table: read rows 0 .. R - 1, then write rows.
    signal {binary} real[R + W];
    signal treeKey[R + W];
    signal {binary} bits[R + W][254];
    signal sortKey[R + W];
    for (var i = 0; i < R; i++) {
        real[i] <== Bit()(readReal[i]);
        (treeKey[i], bits[i], sortKey[i]) <== KeyRow(i)(real[i], readKey[i]);
    }
    for (var i = 0; i < W; i++) {
        real[R + i] <== Bit()(writeReal[i]);
        (treeKey[R + i], bits[R + i], sortKey[R + i]) <== KeyRow(R + i)(real[R + i], writeKey[i]);
    }

    // 3. The challenges.
    var n = 2 + 3 * T + 7 * R + 9 * W + (R + W);
    signal committed[n];
    var c = 0;
    committed[c] <== logHashIn; c++;
    committed[c] <== logHash; c++;
    for (var t = 0; t < T; t++) {
        for (var i = 0; i < 3; i++) { committed[c] <== previous[t][i]; c++; }
    }
    for (var i = 0; i < R; i++) {
        committed[c] <== readReal[i]; c++;
        for (var j = 0; j < 3; j++) { committed[c] <== readKey[i][j]; c++; }
        for (var j = 0; j < 2; j++) { committed[c] <== readValue[i][j]; c++; }
        committed[c] <== readLastTime[i]; c++;
    }
    for (var i = 0; i < W; i++) {
        committed[c] <== writeReal[i]; c++;
        for (var j = 0; j < 3; j++) { committed[c] <== writeKey[i][j]; c++; }
        for (var j = 0; j < 2; j++) { committed[c] <== writeOld[i][j]; c++; }
        for (var j = 0; j < 2; j++) { committed[c] <== writeNew[i][j]; c++; }
        committed[c] <== writeLastTime[i]; c++;
    }
    for (var i = 0; i < R + W; i++) { committed[c] <== sorted[i]; c++; }
    assert(c == n);
    signal beta;
    signal gamma;
    (beta, gamma) <== Challenge(n)(committed);
    signal powers[6] <== Powers()(beta);

    AssertDistinct(R + W)(sortKey, sorted, gamma);

    // 2. Memory: made and taken are the running products of fingerprints.
    var timeBits = 1;
    while (2 ** timeBits < T) { timeBits++; }
    signal made[T + R + W + 1];
    signal taken[T + R + W + 1];
    made[0] <== 1;
    taken[0] <== 1;
    signal accessPrint[T];
    for (var t = 0; t < T; t++) {
        reads[t] * (elements[t][3] - previous[t][0]) === 0;
        reads[t] * (elements[t][4] - previous[t][1]) === 0;
        AssertBits(timeBits)(t - previous[t][2]); // access t has time t + 1
        accessPrint[t] <== KeyPrint()(powers, [elements[t][0], elements[t][1], elements[t][2]]);
        made[t + 1] <== MultiplyIf()(made[t], isReal[t],
            Fingerprint()(powers, gamma, accessPrint[t], elements[t][3], elements[t][4], t + 1));
        taken[t + 1] <== MultiplyIf()(taken[t], isReal[t],
            Fingerprint()(powers, gamma, accessPrint[t], previous[t][0], previous[t][1], previous[t][2]));
    }
    signal rowPrint[R + W];
    for (var i = 0; i < R; i++) {
        rowPrint[i] <== KeyPrint()(powers, readKey[i]);
        made[T + i + 1] <== MultiplyIf()(made[T + i], real[i],
            Fingerprint()(powers, gamma, rowPrint[i], readValue[i][0], readValue[i][1], 0));
        taken[T + i + 1] <== MultiplyIf()(taken[T + i], real[i],
            Fingerprint()(powers, gamma, rowPrint[i], readValue[i][0], readValue[i][1], readLastTime[i]));
    }
    for (var i = 0; i < W; i++) {
        rowPrint[R + i] <== KeyPrint()(powers, writeKey[i]);
        made[T + R + i + 1] <== MultiplyIf()(made[T + R + i], real[R + i],
            Fingerprint()(powers, gamma, rowPrint[R + i], writeOld[i][0], writeOld[i][1], 0));
        taken[T + R + i + 1] <== MultiplyIf()(taken[T + R + i], real[R + i],
            Fingerprint()(powers, gamma, rowPrint[R + i], writeNew[i][0], writeNew[i][1], writeLastTime[i]));
    }
    made[T + R + W] === taken[T + R + W];

    // 4. The paths.
    signal {binary} pathBits[R + W][L];
    for (var i = 0; i < R + W; i++) {
        for (var l = 0; l < L; l++) { pathBits[i][l] <== bits[i][l]; }
    }
    for (var i = 0; i < R; i++) {
        ReadRow(L)(oldRoot, real[i], treeKey[i], pathBits[i], readValue[i][0], readValue[i][1],
            readActive[i], readSiblings[i], readOther[i], readLeaf[i][0], readLeaf[i][1]);
    }
    signal root[W + 1];
    root[0] <== oldRoot;
    for (var i = 0; i < W; i++) {
        root[i + 1] <== WriteRow(L)(root[i], real[R + i], treeKey[R + i], pathBits[R + i],
            writeOld[i][0], writeOld[i][1], writeNew[i][0], writeNew[i][1],
            writeShort[i], writeLong[i], writeSiblings[i], writeOther[i], writeLeaf[i][0], writeLeaf[i][1],
            writeSiblingChildren[i]);
    }
    newRoot === root[W];
}
