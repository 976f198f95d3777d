pragma circom 2.2.0;

include "path.circom";
include "memory.circom";

// The nodes k levels below the root, the cells, number A^k. Where every node above them is an inner node,
// before the batch and after it, these are hashed once for all rows, as a full tree, and a row's path
// starts at its cell. Meanwhile they need not be: rows on one cell know nothing of the others.

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
            parents[i] <== Node(b)(children);
        }
        root <== FullTree(k - 1, b)(parents);
    }
}

// Proves   row i (at time i + 1), if real, finds before[i] in cell index[i] and leaves after[i] there; the
//          cells start as `old` and end as `new`. newShrunk[c] says whether a real row with shrinks = 1 met
//          cell c, rowShrunk[i] whether one did before row i.
// Assumes  beta and gamma were drawn after all other inputs were fixed; index[i] < C; previous[i] <= i; flags are bits.
// Sound    the memory argument of transition.circom, over tuples (index, node, 2 time + shrunk): a row takes
//          what the row before it on the same cell left, because every tuple of a cell has another time.
template CellMemory(C, N) {
    signal input beta;
    signal input gamma;
    signal input old[C];
    signal input new[C];
    signal input {binary} newShrunk[C];
    signal input last[C];      // time of the last row on the cell, 0 for none
    signal input {binary} real[N];
    signal input index[N];
    signal input before[N];
    signal input after[N];
    signal input {binary} shrinks[N];
    signal input {binary} rowShrunk[N];
    signal input previous[N];  // time of the previous row on the same cell, 0 for none

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
        lastPart[c] <== beta2 * (2 * last[c] + newShrunk[c]);
        made[c + 1] <== made[c] * (gamma - c - oldPart[c]);
        taken[c + 1] <== taken[c] * (gamma - c - newPart[c] - lastPart[c]);
    }
    signal beforePart[N];
    signal afterPart[N];
    signal {binary} shrunkAfter[N];
    signal timePart[N];
    signal previousPart[N];
    for (var i = 0; i < N; i++) {
        beforePart[i] <== beta * before[i];
        afterPart[i] <== beta * after[i];
        shrunkAfter[i] <== rowShrunk[i] + shrinks[i] - rowShrunk[i] * shrinks[i];
        timePart[i] <== beta2 * (2 * (i + 1) + shrunkAfter[i]);
        previousPart[i] <== beta2 * (2 * previous[i] + rowShrunk[i]);
        made[C + i + 1] <== MultiplyIf()(made[C + i], real[i], gamma - index[i] - afterPart[i] - timePart[i]);
        taken[C + i + 1] <== MultiplyIf()(taken[C + i], real[i], gamma - index[i] - beforePart[i] - previousPart[i]);
    }
    made[C + N] === taken[C + N];
}

// Proves   the nodes right above the cells are inner nodes of the canonical tree, and so are all nodes above them.
// Assumes  they were so over the old cells; new cells are canonical below themselves; a cell with shrunk = 0 that
//          was not empty is not empty now, and one that was inner is inner now.
// Sound    a node is inner if two leaves or more lie under it. Where two cells of a node are not empty, there
//          are. Else none of its cells has shrunk: before, two were not empty, or the only one was inner, and
//          it still is.
template StayInner(k, b) {
    var A = 2 ** b;
    var G = A ** (k - 1);
    signal input new[A ** k];
    signal input {binary} shrunk[A ** k];
    signal {binary} empty[A ** k];
    signal fullPairs[G];
    signal {binary} few[G];
    for (var g = 0; g < G; g++) {
        var full = A;
        var anyShrunk = 0;
        for (var d = 0; d < A; d++) {
            empty[g + d * G] <== IsZero()(new[g + d * G]);
            full -= empty[g + d * G];
            anyShrunk += shrunk[g + d * G];
        }
        fullPairs[g] <== full * (full - 1);
        few[g] <== IsZero()(fullPairs[g]);
        few[g] * anyShrunk === 0;
    }
}
