pragma circom 2.2.0;

include "path.circom";

// Proves   `before` and `after` are the path's start in two trees; the one after is the canonical tree of
//          the content of the one before, with the entry of `key` changed from the old value to the
//          new one; 0 means absent. `shrinks` is 1 exactly if a delete empties the start or makes a leaf
//          of it: at the root that is right, at a node further down it may not be canonical.
// Assumes  the tree before is canonical; key and bits belong together and are canonical. `from` levels lie above the
//          path's start.
// Sound    two lanes go up the same path with the same siblings, so nothing beside it can change. The
//          short lane holds the key's leaf only in an update; else it ends where the key is absent.
//          The long lane holds the key's leaf. In a create the short lane is the tree before and
//          the long one the tree after; in a delete it is the other way round, so what must hold of
//          one holds of the other. Without presence on either side the lanes are the same.
//
//              before a create, after a delete        after a create, before a delete
//                    o   level 0: shared                     o
//                   / .                                     / .
//              other    depth = short                      o   .   extension: siblings are 0 ...
//                                                         / .
//                                                     key   other  ... but the last: the other leaf
//
//          Canonical: where another leaf ends the short lane, the extension runs from there to the
//          first level at which the two keys' canonical digits part, so both leaves are as shallow as
//          can be. After a delete, if exactly one sibling stays it must be an inner node (its children
//          are shown) or the leaf that moves up; a leaf that moved up has a non-empty sibling where
//          it stopped, or is the path's start.
//          wasPresent, isPresent, shortBottom and longBottom determine the values: one that is absent is 0; of a create
//          and a delete the other is in the leaf at the long bottom; of an update the old one is in the leaf at the short
//          bottom, the new one in the leaf at the long bottom.
template WriteRow(D, b, from) {
    var A = 2 ** b;
    signal input key;
    signal input {binary} bits[D][b];
    signal input oldHi;
    signal input oldLo;
    signal input newHi;
    signal input newLo;
    signal input shortActive[D];
    signal input longActive[D];
    signal input siblings[D][A];  // of the long lane; the short one shares those on its own levels
    signal input other;           // 1 if the short lane ends at another key's leaf
    signal input leaf[b + 1];     // key and content of the leaf at the short lane's end, any numbers if there is none
    signal input siblingChildren[A];
    signal output before;
    signal output after;
    signal output {binary} shrinks;
    signal output {binary} wasPresent;
    signal output {binary} isPresent;
    signal output shortBottom;    // the nodes at the lanes' ends
    signal output longBottom;

    // What happens follows from presence before and after.
    wasPresent <== Present()(oldHi, oldLo);
    isPresent <== Present()(newHi, newLo);
    signal {binary} updates <== wasPresent * isPresent;
    signal {binary} deletes <== wasPresent - updates;
    signal {binary} anyPresent <== wasPresent + isPresent - updates;
    signal {binary} isOther <== Bit()(other);

    // The short lane's end: the key's old leaf, another key's leaf, or an empty node.
    updates * (leaf[0] - key) === 0;
    signal oldContent[b] <== Content(b)(oldHi, oldLo);
    for (var i = 0; i < b; i++) { updates * (leaf[i + 1] - oldContent[i]) === 0; }
    AssertNonZeroWhen()(leaf[0] - key, isOther); // so an update has no other leaf
    signal shortLeaf <== Leaf(b)(leaf);
    shortBottom <== (updates + isOther) * shortLeaf;

    // The long lane's end: the key's leaf if there is one on either side, else the short lane's end.
    signal newContent[b] <== Content(b)(newHi, newLo);
    signal long[b + 1];
    long[0] <== key;
    for (var i = 0; i < b; i++) { long[i + 1] <== newContent[i] + deletes * (oldContent[i] - newContent[i]); }
    signal longLeaf <== Leaf(b)(long);
    longBottom <== shortBottom + anyPresent * (longLeaf - shortBottom);

    // The extension: the long lane's levels below the short lane's end.
    signal {binary} isShort[D];
    signal {binary} shortEnd[D + 1];
    (isShort, shortEnd) <== Depth(D)(shortActive);
    signal {binary} isLong[D];
    signal {binary} longEnd[D + 1];
    (isLong, longEnd) <== Depth(D)(longActive);
    signal {binary} extends[D];
    var extension = 0;
    for (var l = 0; l < D; l++) {
        extends[l] <== Bit()(isLong[l] - isShort[l]);
        extension += extends[l];
    }
    // It is there exactly if the key's leaf and another leaf must part.
    signal {binary} parts <== isOther * anyPresent;
    AssertNonZeroIs()(extension, parts);

    signal {binary} is[D][A] <== Path(D, b)(bits, siblings);
    signal {binary} otherBits[254] <== CanonicalBits()(leaf[0]);
    signal {binary} otherDigit[D][b];
    signal {binary} otherIs[D][A];
    signal unequal[D][b];
    signal differs[D];
    signal last[D];
    signal slot[D][A];
    for (var l = 0; l < D; l++) {
        // longEnd[l + 1] marks the level above the long lane's leaf: there the keys part, and the other
        // leaf is in its own slot; on extension levels before it they agree. All else beside the path
        // is empty, each slot by itself: a sum of siblings could be 0 without them.
        for (var j = 0; j < b; j++) {
            otherDigit[l][j] <== otherBits[(from + l) * b + j];
            unequal[l][j] <== bits[l][j] + otherDigit[l][j] - 2 * bits[l][j] * otherDigit[l][j];
        }
        if (b == 1) { differs[l] <== unequal[l][0]; }
        else { differs[l] <== 1 - (1 - unequal[l][0]) * (1 - unequal[l][1]); }
        extends[l] * (differs[l] - longEnd[l + 1]) === 0;

        otherIs[l] <== Digit(b)(otherDigit[l]);
        last[l] <== longEnd[l + 1] * shortBottom;
        var rest = last[l];
        for (var i = 1; i < A; i++) {
            slot[l][i] <== otherIs[l][i] * last[l];
            rest -= slot[l][i];
        }
        slot[l][0] <== rest; // the marks sum up to 1
        for (var i = 0; i < A; i++) { extends[l] * (siblings[l][i] - slot[l][i]) === 0; }
    }

    // A delete below the start: the siblings at the short lane's last level decide what is canonical.
    signal stay[D][A];
    signal {binary} empty[A];
    var staying = A;
    var sum = 0;
    for (var i = 0; i < A; i++) {
        var sibling = 0;
        for (var l = 0; l < D; l++) {
            stay[l][i] <== shortEnd[l + 1] * siblings[l][i];
            sibling += stay[l][i];
        }
        empty[i] <== IsZero()(sibling);
        staying -= empty[i];
        sum += sibling; // the one sibling, if exactly one stays
    }
    var belowStart = D == 0 ? 0 : isShort[0];
    signal {binary} deletesBelow <== deletes * belowStart;
    signal {binary} lifts <== deletesBelow * isOther;
    signal {binary} one <== IsZero()(staying - 1);
    signal {binary} leavesOne <== (deletesBelow - lifts) * one;
    signal inner <== Node(b)(siblingChildren);
    leavesOne * (sum - inner) === 0;
    AssertNonZeroWhen()(staying, deletesBelow);
    shrinks <== deletes - deletesBelow;

    signal shortTop <== Fold(D, b)(shortBottom, is, isShort, siblings);
    signal longTop <== Fold(D, b)(longBottom, is, isLong, siblings);
    before <== shortTop + deletes * (longTop - shortTop);
    after <== shortTop + longTop - before;
}
