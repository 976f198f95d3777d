pragma circom 2.2.0;

include "poseidon.circom";
include "memory.circom";

// The nodes k levels below the root, the cells, number A^k. Where every node above them is an inner node,
// these are hashed once for all rows, as a full tree, and a row's path starts at its cell.

// Proves   root is the root of the full tree over the cells, cell i in the place whose digits write i,
//          the root's digit least significant.
template FullTree(k, b) {
    var A = 2 ** b;
    signal input cells[A ** k];
    signal output root;
    if (k == 0) {
        root <== cells[0];
    } else {
        signal parents[A ** (k - 1)];
        for (var i = 0; i < A ** (k - 1); i++) {
            var children[A];
            for (var d = 0; d < A; d++) { children[d] = cells[i + d * A ** (k - 1)]; }
            parents[i] <== Poseidon(A)(children);
        }
        root <== FullTree(k - 1, b)(parents);
    }
}

// Proves   row i (at time i + 1), if real, finds before[i] in cell index[i] and leaves after[i] there; the
//          cells start as `old` and end as `new`.
// Assumes  beta and gamma were drawn after old, new, before, after, previous, last, index and real were
//          fixed; index[i] < C.
// Sound    the memory argument of transition.circom, over tuples (index, node, time): a row takes what the
//          row before it on the same cell left, because every tuple of a cell has another time.
template CellMemory(C, N, timeBits) {
    signal input beta;
    signal input gamma;
    signal input old[C];
    signal input new[C];
    signal input last[C];      // time of the last row on the cell, 0 for none
    signal input {binary} real[N];
    signal input index[N];
    signal input before[N];
    signal input after[N];
    signal input previous[N];  // time of the previous row on the same cell, 0 for none
    signal output gaps[N];     // i - previous[i], in 0 .. 2^timeBits - 1

    signal beta2 <== beta * beta;
    signal made[C + N + 1];
    signal taken[C + N + 1];
    signal oldPart[C];
    signal newPart[C];
    signal lastPart[C];
    made[0] <== 1;
    taken[0] <== 1;
    for (var c = 0; c < C; c++) {
        oldPart[c] <== beta * old[c];
        newPart[c] <== beta * new[c];
        lastPart[c] <== beta2 * last[c];
        made[c + 1] <== made[c] * (gamma - c - oldPart[c]);
        taken[c + 1] <== taken[c] * (gamma - c - newPart[c] - lastPart[c]);
    }
    signal beforePart[N];
    signal afterPart[N];
    signal previousPart[N];
    for (var i = 0; i < N; i++) {
        gaps[i] <== i - previous[i]; // row i has time i + 1
        AssertBits(timeBits)(gaps[i]);
        beforePart[i] <== beta * before[i];
        afterPart[i] <== beta * after[i];
        previousPart[i] <== beta2 * previous[i];
        made[C + i + 1] <== MultiplyIf()(made[C + i], real[i], gamma - index[i] - afterPart[i] - beta2 * (i + 1));
        taken[C + i + 1] <== MultiplyIf()(taken[C + i], real[i], gamma - index[i] - beforePart[i] - previousPart[i]);
    }
    made[C + N] === taken[C + N];
}
