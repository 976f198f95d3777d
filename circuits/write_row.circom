pragma circom 2.2.0;

include "path.circom";

// Proves   if real: rootAfter is the canonical tree of rootBefore's content with the entry of `key`
//          changed from the old value to the new one; 0 means absent. If not real: the roots are equal.
// Assumes  the tree under rootBefore is canonical; key and keyBits belong together and are canonical;
//          real is a bit.
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
//          first level at which the two keys' canonical bits part, so both leaves are as shallow as
//          can be. After a delete without extension the sibling that stays must be an inner node
//          (its children are shown); a leaf that moved up has a non-empty sibling where it stopped,
//          or is the root.
template WriteRow(L) {
    signal input rootBefore;
    signal input {binary} real;
    signal input key;
    signal input {binary} keyBits[L];
    signal input oldHi;
    signal input oldLo;
    signal input newHi;
    signal input newLo;
    signal input shortActive[L];
    signal input longActive[L];
    signal input siblings[L];   // of the long lane; the short one shares those on its own levels
    signal input other;         // 1 if the short lane ends at another key's leaf
    signal input leafKey;       // the leaf at the short lane's end, any numbers if there is none
    signal input leafValue;
    signal input siblingChildren[2];
    signal output rootAfter;

    // What happens follows from presence before and after.
    signal {binary} wasPresent <== Present()(oldHi, oldLo);
    signal {binary} isPresent <== Present()(newHi, newLo);
    signal {binary} updates <== wasPresent * isPresent;
    signal {binary} deletes <== wasPresent - updates;
    signal {binary} anyPresent <== wasPresent + isPresent - updates;
    signal {binary} isOther <== Bit()(other);

    signal oldValue <== Poseidon(2)([oldHi, oldLo]);
    signal newValue <== Poseidon(2)([newHi, newLo]);

    // The short lane's end: the key's old leaf, another key's leaf, or an empty node.
    updates * (leafKey - key) === 0;
    updates * (leafValue - oldValue) === 0;
    AssertNonZeroWhen()(leafKey - key, isOther); // so an update has no other leaf
    signal shortLeaf <== Leaf()(leafKey, leafValue);
    signal shortBottom <== (updates + isOther) * shortLeaf;

    // The long lane's end: the key's leaf if there is one on either side, else the short lane's end.
    signal longValue <== newValue + deletes * (oldValue - newValue);
    signal longLeaf <== Leaf()(key, longValue);
    signal longBottom <== shortBottom + anyPresent * (longLeaf - shortBottom);

    // The extension: the long lane's levels below the short lane's end.
    signal {binary} isShort[L];
    signal {binary} shortEnd[L + 1];
    (isShort, shortEnd) <== Depth(L)(shortActive);
    signal {binary} isLong[L];
    signal {binary} longEnd[L + 1];
    (isLong, longEnd) <== Depth(L)(longActive);
    signal {binary} extends[L];
    var extension = 0;
    for (var l = 0; l < L; l++) {
        extends[l] <== Bit()(isLong[l] - isShort[l]);
        extension += extends[l];
    }
    // It is there exactly if the key's leaf and another leaf must part.
    signal {binary} parts <== isOther * anyPresent;
    AssertNonZeroIs()(extension, parts);

    signal {binary} otherBits[254] <== CanonicalBits()(leafKey);
    signal differs[L];
    signal slot[L];
    for (var l = 0; l < L; l++) {
        // longEnd[l + 1] marks the level above the long lane's leaf: there the keys part, and the
        // sibling is the other leaf; on extension levels before it they agree, and it is 0.
        differs[l] <== keyBits[l] + otherBits[l] - 2 * keyBits[l] * otherBits[l];
        extends[l] * (differs[l] - longEnd[l + 1]) === 0;
        slot[l] <== longEnd[l + 1] * shortBottom;
        extends[l] * (siblings[l] - slot[l]) === 0;
    }

    // A delete below the root: the sibling at the short lane's last level decides what is canonical.
    signal lastSibling[L];
    var sibling = 0;
    for (var l = 0; l < L; l++) {
        lastSibling[l] <== shortEnd[l + 1] * siblings[l];
        sibling += lastSibling[l];
    }
    signal {binary} deletesBelowRoot <== deletes * isShort[0];
    signal {binary} lifts <== deletesBelowRoot * isOther;
    signal inner <== Poseidon(2)(siblingChildren);
    (deletesBelowRoot - lifts) * (sibling - inner) === 0;
    AssertNonZeroWhen()(sibling, lifts);

    signal shortRoot <== Fold(L)(shortBottom, keyBits, isShort, siblings);
    signal longRoot <== Fold(L)(longBottom, keyBits, isLong, siblings);
    signal before <== shortRoot + deletes * (longRoot - shortRoot);
    real * (before - rootBefore) === 0;
    rootAfter <== rootBefore + real * (shortRoot + longRoot - before - rootBefore);
}
