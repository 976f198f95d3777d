pragma circom 2.2.0;

include "../memory.circom";
include "../top.circom";
include "operation_log.circom";
include "operations.circom";
include "tree.circom";

// Operations on one accumulator of the suite poseidon-bn254.
//
// Proves   starting from the trie with top root oldTop, performing exactly the operations with which logHash continues
//          logHashIn, in that order, ends in the trie with top root newTop. Every read returns the value that the log
//          claims, every read of an absent key is of one that is not there, every insert is of one that was not there, every
//          update and delete of one that was, with the value before that the log claims. Keys and values are hashed
//          ones, as leaves have them.
// Assumes  the trie under oldTop is one that operations lead to from the empty one: its list is in order and holds all its
//          leaves, its leaves' indices are below its counter, and every leaf that is not there is 0.
//          NOT checked here: the verifier accepted it before. All of its leaf indices are below 2^d - 1.
// Sound    1. The log: its elements and kinds are what logHash absorbs (OperationLog). Each of its operations is done in one
//          slot, by a product over (time, kind, key, values): log rows have the times 1 .. T, so each has a slot of
//          its own, and no slot does what is not in the log.
//          2. The leaves as a memory (Blum et al., 1991). A row of the table makes (leaf as it is in the old tree, time 0)
//          and, if the leaf stays, takes (leaf as it is in the new tree, last moment). An operation takes each leaf that it
//          touches as the leaf is, and makes it as it leaves it, 3 time + 0, 1 or 2 being its moments. A delete makes
//          nothing of the middle leaf; an insert takes nothing. The multiset made equals the one taken.
//          Each index has one tuple that nobody took before: its row's, as rows' indices differ (AssertDistinct), or
//          its insert's, as counters differ; not both, as no leaf of the old tree has an index from the counter on. All tuples
//          made for an index have different moments, and each taken one was made before: so, by induction over moments,
//          each access takes what the access before it made, only the last can be a delete, after which nothing
//          is left to take, and a leaf that stays ends as the last access left it.
//          3. The challenges depend on everything that enters a product or selects what does: the log through
//          logHash, the old counter, every slot's flags, elements, leaves and times, every row's flags, index,
//          residue and last moment; openings through their leaves' hashes. With cells, these through the bases before and after the rows,
//          and of every row the nodes before and after, and the row before it on the cell.
//          4. Rows of leaves that are only read hold in the old tree; others are chained from it, each changing one leaf. Then
//          the inserted leaves are appended as one subtree; those deleted again are 0 (Append). An appended
//          leaf that stays has an index that an insert gave out, as else there would be nothing to take. Without inserts
//          nothing is appended.
//          5. The order of inserts: list slots stand in ascending times, and each insert takes the counter as
//          it is then, and leaves it one larger. No index reaches 2^d.
//          So at every time the list is in order: an insert's key lies between two neighbours' keys (ListOperation).
//
// T operations in the log, a multiple of 5. Slots: A for reads and updates, B for the others. Rows: R for leaves that are only
// read, C for leaves that change, I for appended ones. The base is on level d. The topmost k levels below it are
// hashed once for all rows.
template LineaBlock(T, A, B, R, C, I, d, k) {
    assert(d >= 1 && d <= 40 && k < d);
    var N = R + C;
    assert(N > 0);
    var S = d - k; // levels of a row's path
    var cells = k == 0 ? 0 : 2 ** k;
    var P = k == 0 ? 0 : N; // rows that meet cells

    signal input oldTop;
    signal input newTop;
    signal input logHashIn;
    signal input logHash;

    signal input oldCounter;
    signal input oldBase;

    // The log.
    signal input is[T][5];       // read, read of an absent key, insert, update, delete
    signal input elements[T][3]; // key, value before, value after

    // Slots.
    signal input pointIs[A][2];        // read, update
    signal input pointTime[A];
    signal input pointElements[A][3];
    signal input pointIndex[A];
    signal input pointPointers[A][2];  // previous leaf, next leaf
    signal input pointPrevious[A];     // moment of the access before it to the leaf
    signal input listIs[B][3];         // read of an absent key, insert, delete
    signal input listTime[B];
    signal input listKey[B];
    signal input listValue[B];
    signal input listLeft[B][4];       // index, previous leaf, key, value
    signal input listMiddle[B];        // index
    signal input listRight[B][4];      // index, next leaf, key, value
    signal input listPrevious[B][3];   // of left, middle, right

    // Rows.
    signal input rowReal[N];
    signal input rowIndex[N];
    signal input rowLeaf[N][4];        // previous leaf, next leaf, key, value
    signal input rowSiblings[N][S];    // the leaf's first
    signal input rowLast[N];           // moment of the last access
    signal input rowResidue[N];        // 1 / product of its difference to every other row's distinct element
    signal input changeStays[C];       // 0 if it is deleted
    signal input changeLeaf[C][3];     // previous leaf, next leaf, value
    signal input appendStays[I];
    signal input appendLeaf[I][4];
    signal input appendLast[I];
    signal input appendLeft[I == 0 ? 0 : d]; // the nodes on the left of the first appended leaf's path, its level first

    // Cells.
    signal input oldCells[cells];
    signal input newCells[cells];
    signal input cellLast[cells];      // the last row on it, counted from 1
    signal input rowPrevious[P];       // the row before it on its cell

    // 1. The log.
    signal {binary} isKind[T][5];
    for (var t = 0; t < T; t++) {
        for (var j = 0; j < 5; j++) { isKind[t][j] <== Bit()(is[t][j]); }
    }
    signal {binary} isReal[T];
    signal kind[T];
    signal hashOut;
    (isReal, kind, hashOut) <== OperationLog(T)(logHashIn, isKind, elements);
    logHash === hashOut;

    // Flags, and times in ranges that let them be packed.
    var momentBits = 1;
    while (2 ** momentBits < 3 * (T + B) + 3) { momentBits++; }
    signal {binary} isPoint[A][2];
    signal pointGap[A];
    for (var a = 0; a < A; a++) {
        for (var j = 0; j < 2; j++) { isPoint[a][j] <== Bit()(pointIs[a][j]); }
        AssertBits(momentBits)(pointTime[a]);
        pointGap[a] <== 3 * pointTime[a] - 1 - pointPrevious[a];
        AssertBits(momentBits)(pointGap[a]);
    }
    signal {binary} isList[B][3];
    signal listStep[B];
    signal listGap[B][3];
    signal counter[B + 1];
    counter[0] <== oldCounter;
    for (var b = 0; b < B; b++) {
        for (var j = 0; j < 3; j++) { isList[b][j] <== Bit()(listIs[b][j]); }
        var before = 0;
        if (b > 0) { before = listTime[b - 1]; }
        listStep[b] <== listTime[b] - before - 1;
        AssertBits(momentBits)(listStep[b]);
        for (var j = 0; j < 3; j++) {
            listGap[b][j] <== 3 * listTime[b] + j - 1 - listPrevious[b][j];
            AssertBits(momentBits)(listGap[b][j]);
        }
        // 5.
        isList[b][1] * (listMiddle[b] - counter[b]) === 0;
        counter[b + 1] <== counter[b] + isList[b][1];
    }
    AssertBits(d)(counter[B] - 1);

    // 4. Rows.
    signal {binary} real[N];
    signal {binary} indexBits[N][d];
    signal distinct[N];
    signal leaf[N];
    signal before[N];
    signal after[N];
    signal {binary} stays[C];
    signal changed[C];   // the node of the leaf after
    signal newLeaf[C];
    for (var i = 0; i < N; i++) {
        real[i] <== Bit()(rowReal[i]);
        indexBits[i] <== ToBits(d)(rowIndex[i]);
        // 2^40 + i is no leaf's index.
        distinct[i] <== 2 ** 40 + i + real[i] * (rowIndex[i] - 2 ** 40 - i);
        AssertBits(momentBits)(rowLast[i]);
        leaf[i] <== Poseidon(4)(rowLeaf[i]);
        before[i] <== Climb(S)(leaf[i], LowBits(S, d)(indexBits[i]), rowSiblings[i]);
        if (i < R) {
            after[i] <== before[i];
        } else {
            var c = i - R;
            stays[c] <== Bit()(changeStays[c]);
            stays[c] * (1 - real[i]) === 0;
            newLeaf[c] <== Poseidon(4)([changeLeaf[c][0], changeLeaf[c][1], rowLeaf[i][2], changeLeaf[c][2]]);
            changed[c] <== stays[c] * newLeaf[c];
            after[i] <== Climb(S)(changed[c], LowBits(S, d)(indexBits[i]), rowSiblings[i]);
        }
    }
    signal {binary} appended[I];
    signal appendedHash[I];
    signal appendedNode[I];
    for (var i = 0; i < I; i++) {
        appended[i] <== Bit()(appendStays[i]);
        AssertBits(momentBits)(appendLast[i]);
        appendedHash[i] <== Poseidon(4)(appendLeaf[i]);
        appendedNode[i] <== appended[i] * appendedHash[i];
    }
    var rowBits = 1;
    while (2 ** rowBits < N + 1) { rowBits++; }
    for (var c = 0; c < cells; c++) { AssertBits(rowBits)(cellLast[c]); }
    signal rowGap[P];
    for (var i = 0; i < P; i++) {
        rowGap[i] <== i - rowPrevious[i]; // row i has time i + 1
        AssertBits(rowBits)(rowGap[i]);
    }

    // 3. The challenges.
    var momentsPerWord = 252 \ momentBits;
    var times = 2 * A + 4 * B + N + I;
    var timeWords = (times + momentsPerWord - 1) \ momentsPerWord;
    var flags = 2 * A + 3 * B + N + C + I;
    var flagWords = (flags + 251) \ 252;
    var indexWords = (N + 252 \ d - 1) \ (252 \ d);
    var gaps = P + cells;
    var gapWords = (gaps + 252 \ rowBits - 1) \ (252 \ rowBits);
    signal allTimes[times];
    signal allFlags[flags];
    signal allGaps[gaps];
    var m = 0;
    var f = 0;
    for (var a = 0; a < A; a++) {
        allTimes[m] <== pointTime[a]; m++;
        allTimes[m] <== pointGap[a]; m++;
        for (var j = 0; j < 2; j++) { allFlags[f] <== pointIs[a][j]; f++; }
    }
    for (var b = 0; b < B; b++) {
        allTimes[m] <== listStep[b]; m++;
        for (var j = 0; j < 3; j++) {
            allTimes[m] <== listGap[b][j]; m++;
            allFlags[f] <== listIs[b][j]; f++;
        }
    }
    for (var i = 0; i < N; i++) {
        allTimes[m] <== rowLast[i]; m++;
        allFlags[f] <== rowReal[i]; f++;
    }
    for (var c = 0; c < C; c++) { allFlags[f] <== changeStays[c]; f++; }
    for (var i = 0; i < I; i++) {
        allTimes[m] <== appendLast[i]; m++;
        allFlags[f] <== appendStays[i]; f++;
    }
    for (var i = 0; i < P; i++) { allGaps[i] <== rowGap[i]; }
    for (var c = 0; c < cells; c++) { allGaps[P + c] <== cellLast[c]; }
    signal packedTimes[timeWords] <== Pack(times, momentBits)(allTimes);
    signal packedFlags[flagWords] <== Pack(flags, 1)(allFlags);
    signal packedIndices[indexWords] <== Pack(N, d)(rowIndex);
    signal packedGaps[gapWords] <== Pack(gaps, rowBits)(allGaps);

    var n = 3 + 6 * A + 11 * B + 2 * N + C + I + timeWords + flagWords + indexWords + gapWords + (k == 0 ? 0 : 2 + N + C);
    signal committed[n];
    committed[0] <== logHashIn;
    committed[1] <== logHash;
    committed[2] <== oldCounter;
    m = 3;
    for (var a = 0; a < A; a++) {
        for (var e = 0; e < 3; e++) { committed[m] <== pointElements[a][e]; m++; }
        committed[m] <== pointIndex[a]; m++;
        for (var e = 0; e < 2; e++) { committed[m] <== pointPointers[a][e]; m++; }
    }
    for (var b = 0; b < B; b++) {
        committed[m] <== listKey[b]; m++;
        committed[m] <== listValue[b]; m++;
        committed[m] <== listMiddle[b]; m++;
        for (var e = 0; e < 4; e++) {
            committed[m] <== listLeft[b][e]; m++;
            committed[m] <== listRight[b][e]; m++;
        }
    }
    for (var i = 0; i < N; i++) {
        committed[m] <== leaf[i]; m++;
        committed[m] <== rowResidue[i]; m++;
    }
    for (var c = 0; c < C; c++) { committed[m] <== changed[c]; m++; }
    for (var i = 0; i < I; i++) { committed[m] <== appendedNode[i]; m++; }
    for (var i = 0; i < timeWords; i++) { committed[m] <== packedTimes[i]; m++; }
    for (var i = 0; i < flagWords; i++) { committed[m] <== packedFlags[i]; m++; }
    for (var i = 0; i < indexWords; i++) { committed[m] <== packedIndices[i]; m++; }
    for (var i = 0; i < gapWords; i++) { committed[m] <== packedGaps[i]; m++; }
    signal middleBase; // after the rows, before what is appended
    if (k != 0) {
        signal oldTree <== FullTree(k, 1)(oldCells);
        oldBase === oldTree;
        middleBase <== FullTree(k, 1)(newCells);
        committed[m] <== oldTree; m++;
        committed[m] <== middleBase; m++;
        for (var i = 0; i < N; i++) { committed[m] <== before[i]; m++; }
        for (var i = R; i < N; i++) { committed[m] <== after[i]; m++; }
    }
    assert(m == n);
    signal beta;
    signal gamma;
    (beta, gamma) <== Challenge(n)(committed);
    signal powers[6] <== Powers()(beta);
    AssertDistinct(N)(gamma, distinct, rowResidue);

    // 1. and 2. The running products of what is logged and done, made and taken.
    signal logged[T + 1];
    logged[0] <== 1;
    for (var t = 0; t < T; t++) {
        logged[t + 1] <== MultiplyIf()(logged[t], isReal[t], OperationFingerprint()(powers, gamma, t + 1, kind[t], elements[t]));
    }
    signal done[A + B + 1];
    signal made[A + B + N + 1];
    signal taken[A + B + N + I + 1];
    done[0] <== 1;
    made[0] <== 1;
    taken[0] <== 1;
    component PointOperation[A];
    for (var a = 0; a < A; a++) {
        PointOperation[a] = PointOperation();
        PointOperation[a].powers <== powers;
        PointOperation[a].gamma <== gamma;
        PointOperation[a].read <== isPoint[a][0];
        PointOperation[a].update <== isPoint[a][1];
        PointOperation[a].time <== pointTime[a];
        PointOperation[a].elements <== pointElements[a];
        PointOperation[a].index <== pointIndex[a];
        PointOperation[a].pointers <== pointPointers[a];
        PointOperation[a].previousMoment <== pointPrevious[a];
        done[a + 1] <== done[a] * PointOperation[a].logged;
        made[a + 1] <== made[a] * PointOperation[a].made;
        taken[a + 1] <== taken[a] * PointOperation[a].taken;
    }
    component ListOperation[B];
    for (var b = 0; b < B; b++) {
        ListOperation[b] = ListOperation();
        ListOperation[b].powers <== powers;
        ListOperation[b].gamma <== gamma;
        ListOperation[b].absent <== isList[b][0];
        ListOperation[b].insert <== isList[b][1];
        ListOperation[b].delete <== isList[b][2];
        ListOperation[b].time <== listTime[b];
        ListOperation[b].key <== listKey[b];
        ListOperation[b].value <== listValue[b];
        ListOperation[b].left <== listLeft[b];
        ListOperation[b].middle <== listMiddle[b];
        ListOperation[b].right <== listRight[b];
        ListOperation[b].previousMoments <== listPrevious[b];
        done[A + b + 1] <== done[A + b] * ListOperation[b].logged;
        made[A + b + 1] <== made[A + b] * ListOperation[b].made;
        taken[A + b + 1] <== taken[A + b] * ListOperation[b].taken;
    }
    logged[T] === done[A + B];
    for (var i = 0; i < N; i++) {
        made[A + B + i + 1] <== MultiplyIf()(made[A + B + i], real[i], LeafFingerprint()(powers, gamma, rowIndex[i], rowLeaf[i], 0));
        if (i < R) {
            taken[A + B + i + 1] <== MultiplyIf()(taken[A + B + i], real[i],
                LeafFingerprint()(powers, gamma, rowIndex[i], rowLeaf[i], rowLast[i]));
        } else {
            taken[A + B + i + 1] <== MultiplyIf()(taken[A + B + i], stays[i - R], LeafFingerprint()(powers, gamma, rowIndex[i],
                [changeLeaf[i - R][0], changeLeaf[i - R][1], rowLeaf[i][2], changeLeaf[i - R][2]], rowLast[i]));
        }
    }
    for (var i = 0; i < I; i++) {
        taken[A + B + N + i + 1] <== MultiplyIf()(taken[A + B + N + i], appended[i],
            LeafFingerprint()(powers, gamma, oldCounter + i, appendLeaf[i], appendLast[i]));
    }
    made[A + B + N] === taken[A + B + N + I];

    // 4. The chain, base by base, or cell by cell.
    if (k == 0) {
        signal base[C + 1];
        base[0] <== oldBase;
        for (var i = 0; i < R; i++) { real[i] * (before[i] - oldBase) === 0; }
        for (var c = 0; c < C; c++) {
            real[R + c] * (before[R + c] - base[c]) === 0;
            base[c + 1] <== base[c] + real[R + c] * (after[R + c] - base[c]);
        }
        middleBase <== base[C];
    } else {
        signal cell[N];
        signal {binary} unshrunk[N];
        signal {binary} unshrunkCell[cells];
        for (var i = 0; i < N; i++) {
            // The bit that chooses at the base is the least significant of a cell's number.
            var sum = 0;
            for (var j = 0; j < k; j++) { sum += indexBits[i][d - 1 - j] * 2 ** j; }
            cell[i] <== sum;
            unshrunk[i] <== 0;
        }
        for (var c = 0; c < cells; c++) { unshrunkCell[c] <== 0; }
        CellMemory(cells, N)(beta, gamma, oldCells, newCells, unshrunkCell, cellLast, real, cell, before, after, unshrunk, unshrunk,
            rowPrevious);
    }

    // What is appended, and the top roots.
    signal newBase;
    if (I == 0) {
        newBase <== middleBase;
    } else {
        signal {binary} counterBits[d] <== ToBits(d)(oldCounter);
        signal emptied;
        signal filled;
        (emptied, filled) <== Append(I, d)(counterBits, appendLeft, appendedNode);
        signal {binary} none <== IsZero()(counter[B] - oldCounter);
        (1 - none) * (emptied - middleBase) === 0;
        newBase <== filled + none * (middleBase - filled);
    }
    signal topBefore <== TopRoot(d)(oldCounter, oldBase);
    oldTop === topBefore;
    signal topAfter <== TopRoot(d)(counter[B], newBase);
    newTop === topAfter;
}
