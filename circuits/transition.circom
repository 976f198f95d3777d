pragma circom 2.2.0;

include "log.circom";
include "memory.circom";
include "read_row.circom";
include "top.circom";
include "update_row.circom";
include "write_row.circom";

// A row of the key table.
// Proves   treeKey = Poseidon3(tag, slotHi, slotLo); bits are its canonical bits; distinct is the tree key
//          if real, else the row's index, which no key hashes to but by 2^240 trials.
template KeyRow(index) {
    signal input {binary} real;
    signal input key[3];
    signal output treeKey;
    signal output {binary} bits[254];
    signal output distinct;
    treeKey <== Poseidon(3)(key);
    bits <== CanonicalBits()(treeKey);
    distinct <== index + real * (treeKey - index);
}

// The digits of levels `from` .. `from + D - 1`.
template Digits(from, D, b) {
    signal input {binary} bits[254];
    signal output {binary} digits[D][b];
    for (var l = 0; l < D; l++) {
        for (var j = 0; j < b; j++) { digits[l][j] <== bits[(from + l) * b + j]; }
    }
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
//          equals the multiset taken. Keys differ from row to row (AssertDistinct);
//          previous time < t, and all tuples made for one key have different times: so by induction
//          over t each access takes what the access before it made, and the row takes the last. A
//          read's value equals its previous value. An access to a key that is not in the table finds
//          nothing to take.
//          3. The challenges depend on everything that enters a product or selects what does: the log
//          and its flags through logHash; previous values and times; every row's flag, residue and last
//          time, its key through the tree key's hash, its values through presence and the leaves at its lanes'
//          ends (ReadRow, UpdateRow, WriteRow); with cells, these through the roots, their flags and last
//          rows, and of every row the nodes before and after, its flag and the row before it on the cell; what
//          shrinks a cell shows in these nodes. Equal
//          products of distinct multisets need one of a few thousand values among r.
//          4. Read rows hold in oldRoot, and leave their value as it is; update and write rows are
//          chained from oldRoot to newRoot, each changing one key from its old to its new value.
//          A padding row (real = 0) makes and takes nothing, and leaves the root as it is.
//
// T accesses, a multiple of 3. Rows, in the order in which they stand in the key table and in the chain: read rows,
// update rows, write rows. Each kind comes in groups, R, U and W of them: readRows[g] rows for paths of at most
// readLevels[g] levels, and so on, of b bits a level. That order is all that rows of several lengths rest on: each
// takes a canonical tree to a canonical tree, however deep it could go; keys, times, padding and cells run over
// one table of all rows; and every read row comes before the first change. The topmost k levels are hashed
// once for all rows; with k = 0 each row's path starts at the root.
template Transition(T, R, readRows, readLevels, U, updateRows, updateLevels, W, writeRows, writeLevels, b, k) {
    var A = 2 ** b;
    // Rows of a kind, and the levels of all of them below the top, of which inputs are lists, row by row.
    var reads = 0;
    var readSpan = 0;
    for (var g = 0; g < R; g++) {
        assert(readLevels[g] >= k && readLevels[g] * b <= 254);
        reads += readRows[g];
        readSpan += readRows[g] * (readLevels[g] - k);
    }
    var updates = 0;
    var updateSpan = 0;
    for (var g = 0; g < U; g++) {
        assert(updateLevels[g] >= k && updateLevels[g] * b <= 254);
        updates += updateRows[g];
        updateSpan += updateRows[g] * (updateLevels[g] - k);
    }
    var writes = 0;
    var writeSpan = 0;
    for (var g = 0; g < W; g++) {
        assert(writeLevels[g] >= k && writeLevels[g] * b <= 254);
        writes += writeRows[g];
        writeSpan += writeRows[g] * (writeLevels[g] - k);
    }
    var changes = updates + writes;
    var N = reads + changes;
    var C = k == 0 ? 0 : A ** k;
    var P = k == 0 ? 0 : N; // rows that meet cells

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

    // The key table.
    signal input rowReal[N];
    signal input rowKey[N][3];   // account tag, slot hi, slot lo
    signal input rowOld[N][2];   // hi, lo
    signal input rowNew[changes][2];
    signal input rowLastTime[N];
    signal input rowResidue[N];  // 1 / product of its difference to every other row's distinct element

    // Paths.
    signal input readActive[readSpan];
    signal input readSiblings[readSpan][A];
    signal input readOther[reads];
    signal input readLeaf[reads][b + 1];  // key, content

    signal input updateActive[updateSpan];
    signal input updateSiblings[updateSpan][A];

    signal input writeShort[writeSpan];
    signal input writeLong[writeSpan];
    signal input writeSiblings[writeSpan][A];
    signal input writeOther[writes];
    signal input writeLeaf[writes][b + 1];
    signal input writeSiblingChildren[writes][A];

    // Cells.
    signal input oldCells[C];
    signal input newCells[C];
    signal input cellShrunk[C];  // 1 if a delete has left a leaf or nothing in it
    signal input cellLastTime[C];
    signal input rowShrunk[P];   // the cell's before the row
    signal input rowPrevious[P];

    // 1. The log.
    signal {binary} isReading[T];
    signal {binary} isWriting[T];
    for (var t = 0; t < T; t++) {
        isReading[t] <== Bit()(isRead[t]);
        isWriting[t] <== Bit()(isWrite[t]);
    }
    signal {binary} isReal[T];
    signal hashOut;
    (isReal, hashOut) <== AccessLog(T)(logHashIn, isReading, isWriting, elements);
    logHash === hashOut;
    signal data <== WritePolynomial(T)(x, dataIn, isWriting, elements);
    dataOut === data;

    // The key table.
    signal {binary} real[N];
    signal treeKey[N];
    signal {binary} bits[N][254];
    signal distinct[N];
    for (var i = 0; i < N; i++) {
        real[i] <== Bit()(rowReal[i]);
        (treeKey[i], bits[i], distinct[i]) <== KeyRow(i)(real[i], rowKey[i]);
    }

    // 4. The paths: each row's node at the path's start, before and after. Components have their templates' names.
    signal before[N];
    signal after[N];
    signal {binary} shrinks[N]; // only a delete does
    // What determines each row's values: the nodes at its lanes' ends (a read row has one lane), and presence.
    signal bottom[N];
    signal longBottom[changes];
    signal readPresent[reads];
    signal writePresent[2 * writes]; // before, after
    component ReadRow[reads];
    component UpdateRow[updates];
    component WriteRow[writes];
    var i = 0; // rows so far
    var at = 0; // levels so far of the rows of one kind
    for (var g = 0; g < R; g++) {
        var S = readLevels[g] - k;
        for (var j = 0; j < readRows[g]; j++) {
            ReadRow[i] = ReadRow(S, b);
            ReadRow[i].key <== treeKey[i];
            ReadRow[i].bits <== Digits(k, S, b)(bits[i]);
            ReadRow[i].hi <== rowOld[i][0];
            ReadRow[i].lo <== rowOld[i][1];
            for (var l = 0; l < S; l++) {
                ReadRow[i].active[l] <== readActive[at];
                ReadRow[i].siblings[l] <== readSiblings[at];
                at++;
            }
            ReadRow[i].other <== readOther[i];
            ReadRow[i].leaf <== readLeaf[i];
            readPresent[i] <== ReadRow[i].present;
            bottom[i] <== ReadRow[i].bottom;
            before[i] <== ReadRow[i].top;
            after[i] <== before[i];
            shrinks[i] <== 0;
            i++;
        }
    }
    at = 0;
    for (var g = 0; g < U; g++) {
        var S = updateLevels[g] - k;
        for (var j = 0; j < updateRows[g]; j++) {
            var c = i - reads;
            UpdateRow[c] = UpdateRow(S, b);
            UpdateRow[c].real <== real[i];
            UpdateRow[c].key <== treeKey[i];
            UpdateRow[c].bits <== Digits(k, S, b)(bits[i]);
            UpdateRow[c].oldHi <== rowOld[i][0];
            UpdateRow[c].oldLo <== rowOld[i][1];
            UpdateRow[c].newHi <== rowNew[c][0];
            UpdateRow[c].newLo <== rowNew[c][1];
            for (var l = 0; l < S; l++) {
                UpdateRow[c].active[l] <== updateActive[at];
                UpdateRow[c].siblings[l] <== updateSiblings[at];
                at++;
            }
            bottom[i] <== UpdateRow[c].oldLeaf;
            longBottom[c] <== UpdateRow[c].newLeaf;
            before[i] <== UpdateRow[c].before;
            after[i] <== UpdateRow[c].after;
            shrinks[i] <== 0;
            i++;
        }
    }
    at = 0;
    for (var g = 0; g < W; g++) {
        var S = writeLevels[g] - k;
        for (var j = 0; j < writeRows[g]; j++) {
            var c = i - reads;
            var w = c - updates;
            WriteRow[w] = WriteRow(S, b, k);
            WriteRow[w].key <== treeKey[i];
            WriteRow[w].bits <== Digits(k, S, b)(bits[i]);
            WriteRow[w].oldHi <== rowOld[i][0];
            WriteRow[w].oldLo <== rowOld[i][1];
            WriteRow[w].newHi <== rowNew[c][0];
            WriteRow[w].newLo <== rowNew[c][1];
            for (var l = 0; l < S; l++) {
                WriteRow[w].shortActive[l] <== writeShort[at];
                WriteRow[w].longActive[l] <== writeLong[at];
                WriteRow[w].siblings[l] <== writeSiblings[at];
                at++;
            }
            WriteRow[w].other <== writeOther[w];
            WriteRow[w].leaf <== writeLeaf[w];
            WriteRow[w].siblingChildren <== writeSiblingChildren[w];
            bottom[i] <== WriteRow[w].shortBottom;
            longBottom[c] <== WriteRow[w].longBottom;
            writePresent[2 * w] <== WriteRow[w].wasPresent;
            writePresent[2 * w + 1] <== WriteRow[w].isPresent;
            before[i] <== WriteRow[w].before;
            after[i] <== WriteRow[w].after;
            shrinks[i] <== WriteRow[w].shrinks;
            i++;
        }
    }

    // Times, in ranges that let them be packed.
    var timeBits = 1;
    while (2 ** timeBits < T + 1) { timeBits++; }
    var rowBits = 1;
    while (2 ** rowBits < N + 1) { rowBits++; }
    signal timeGaps[T];
    for (var t = 0; t < T; t++) {
        timeGaps[t] <== t - previous[t][2]; // access t has time t + 1
        AssertBits(timeBits)(timeGaps[t]);
    }
    for (var i = 0; i < N; i++) { AssertBits(timeBits)(rowLastTime[i]); }
    signal {binary} newShrunk[C];
    for (var c = 0; c < C; c++) {
        AssertBits(rowBits)(cellLastTime[c]);
        newShrunk[c] <== Bit()(cellShrunk[c]);
    }
    signal rowGaps[P];
    signal {binary} oldShrunk[P];
    for (var i = 0; i < P; i++) {
        rowGaps[i] <== i - rowPrevious[i]; // row i has time i + 1
        AssertBits(rowBits)(rowGaps[i]);
        oldShrunk[i] <== Bit()(rowShrunk[i]);
    }

    // 3. The challenges.
    var timeWords = (T + 252 \ timeBits - 1) \ (252 \ timeBits);
    var lastWords = (N + 252 \ timeBits - 1) \ (252 \ timeBits);
    var realWords = (N + 251) \ 252;
    var readPresentWords = (reads + 251) \ 252;
    var writePresentWords = (2 * writes + 251) \ 252;
    var gapWords = (P + 252 \ rowBits - 1) \ (252 \ rowBits);
    var cellWords = (C + 252 \ rowBits - 1) \ (252 \ rowBits);
    var rowShrunkWords = (P + 251) \ 252;
    var cellShrunkWords = (C + 251) \ 252;
    var n = 4 + 2 * T + 3 * N + changes + timeWords + lastWords + realWords
        + readPresentWords + writePresentWords + (k == 0 ? 0 : reads + 2 * changes) + gapWords + cellWords + rowShrunkWords + cellShrunkWords;
    signal packedTimes[timeWords] <== Pack(T, timeBits)(timeGaps);
    signal packedLast[lastWords] <== Pack(N, timeBits)(rowLastTime);
    signal packedReal[realWords] <== Pack(N, 1)(rowReal);
    signal packedReadPresent[readPresentWords] <== Pack(reads, 1)(readPresent);
    signal packedWritePresent[writePresentWords] <== Pack(2 * writes, 1)(writePresent);
    signal packedGaps[gapWords] <== Pack(P, rowBits)(rowGaps);
    signal packedCells[cellWords] <== Pack(C, rowBits)(cellLastTime);
    signal packedRowShrunk[rowShrunkWords] <== Pack(P, 1)(rowShrunk);
    signal packedCellShrunk[cellShrunkWords] <== Pack(C, 1)(cellShrunk);
    signal committed[n];
    var m = 0;
    committed[m] <== logHashIn; m++;
    committed[m] <== logHash; m++;
    committed[m] <== oldRoot; m++;
    committed[m] <== newRoot; m++;
    for (var t = 0; t < T; t++) {
        committed[m] <== previous[t][0]; m++;
        committed[m] <== previous[t][1]; m++;
    }
    for (var i = 0; i < N; i++) {
        committed[m] <== treeKey[i]; m++;
        committed[m] <== bottom[i]; m++;
        committed[m] <== rowResidue[i]; m++;
    }
    for (var i = 0; i < changes; i++) { committed[m] <== longBottom[i]; m++; }
    for (var i = 0; i < timeWords; i++) { committed[m] <== packedTimes[i]; m++; }
    for (var i = 0; i < lastWords; i++) { committed[m] <== packedLast[i]; m++; }
    for (var i = 0; i < realWords; i++) { committed[m] <== packedReal[i]; m++; }
    for (var i = 0; i < readPresentWords; i++) { committed[m] <== packedReadPresent[i]; m++; }
    for (var i = 0; i < writePresentWords; i++) { committed[m] <== packedWritePresent[i]; m++; }
    for (var i = 0; i < gapWords; i++) { committed[m] <== packedGaps[i]; m++; }
    for (var i = 0; i < cellWords; i++) { committed[m] <== packedCells[i]; m++; }
    for (var i = 0; i < rowShrunkWords; i++) { committed[m] <== packedRowShrunk[i]; m++; }
    for (var i = 0; i < cellShrunkWords; i++) { committed[m] <== packedCellShrunk[i]; m++; }
    if (k != 0) {
        for (var i = 0; i < N; i++) { committed[m] <== before[i]; m++; }
        for (var i = reads; i < N; i++) { committed[m] <== after[i]; m++; }
    }
    assert(m == n);
    signal beta;
    signal gamma;
    (beta, gamma) <== Challenge(n)(committed);
    signal powers[6] <== Powers()(beta);
    AssertDistinct(N)(gamma, distinct, rowResidue);

    // 2. Memory: made and taken are the running products of fingerprints.
    signal made[T + N + 1];
    signal taken[T + N + 1];
    made[0] <== 1;
    taken[0] <== 1;
    signal accessPrint[T];
    for (var t = 0; t < T; t++) {
        isReading[t] * (elements[t][3] - previous[t][0]) === 0;
        isReading[t] * (elements[t][4] - previous[t][1]) === 0;
        accessPrint[t] <== KeyPrint()(powers, [elements[t][0], elements[t][1], elements[t][2]]);
        made[t + 1] <== MultiplyIf()(made[t], isReal[t],
            Fingerprint()(powers, gamma, accessPrint[t], elements[t][3], elements[t][4], t + 1));
        taken[t + 1] <== MultiplyIf()(taken[t], isReal[t],
            Fingerprint()(powers, gamma, accessPrint[t], previous[t][0], previous[t][1], previous[t][2]));
    }
    signal rowPrint[N];
    signal final[N][2];
    for (var i = 0; i < N; i++) {
        if (i < reads) { final[i] <== rowOld[i]; } else { final[i] <== rowNew[i - reads]; }
        rowPrint[i] <== KeyPrint()(powers, rowKey[i]);
        made[T + i + 1] <== MultiplyIf()(made[T + i], real[i],
            Fingerprint()(powers, gamma, rowPrint[i], rowOld[i][0], rowOld[i][1], 0));
        taken[T + i + 1] <== MultiplyIf()(taken[T + i], real[i],
            Fingerprint()(powers, gamma, rowPrint[i], final[i][0], final[i][1], rowLastTime[i]));
    }
    made[T + N] === taken[T + N];

    // 4. The chain, root by root ...
    if (k == 0) {
        signal root[changes + 1];
        root[0] <== oldRoot;
        for (var i = 0; i < reads; i++) { real[i] * (before[i] - oldRoot) === 0; }
        for (var c = 0; c < changes; c++) {
            real[reads + c] * (before[reads + c] - root[c]) === 0;
            root[c + 1] <== root[c] + real[reads + c] * (after[reads + c] - root[c]);
        }
        newRoot === root[changes];
    } else {
        // ... or cell by cell. Reads come first in time, and so meet the cells of the old root.
        signal oldTop <== FullTree(k, b)(oldCells);
        signal newTop <== FullTree(k, b)(newCells);
        oldRoot === oldTop;
        newRoot === newTop;
        signal cell[N];
        for (var i = 0; i < N; i++) {
            var sum = 0;
            for (var j = 0; j < k * b; j++) { sum += bits[i][j] * 2 ** j; }
            cell[i] <== sum;
        }
        CellMemory(C, N)(beta, gamma, oldCells, newCells, newShrunk, cellLastTime, real, cell, before, after,
            shrinks, oldShrunk, rowPrevious);
        StayInner(k, b)(newCells, newShrunk);
    }
}
