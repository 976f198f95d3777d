pragma circom 2.2.0;

include "path.circom";

// Proves   if real: in the tree under root, the entry of `key` has the value (hi, lo); 0 means that
//          there is no such entry.
// Assumes  the tree under root is canonical (it was built from 0 by proven transitions);
//          key and keyBits belong together and are canonical; real is a bit.
// Sound    present is derived from the value. A present entry's path ends at its own leaf. An absent
//          one's ends at an empty node or at a leaf of another key; in a canonical tree a path meets
//          at most one node that is not inner, so the key's own leaf cannot be elsewhere. Neither
//          an empty node nor a leaf can pass for an inner node (nobody's hash; another width).
template ReadRow(L) {
    signal input root;
    signal input {binary} real;
    signal input key;
    signal input {binary} keyBits[L];
    signal input hi;
    signal input lo;
    signal input active[L];
    signal input siblings[L];
    signal input other;     // 1 if the path ends at another key's leaf
    signal input leafKey;   // the leaf at the path's end, any numbers if there is none
    signal input leafValue;

    signal {binary} present <== Present()(hi, lo);
    signal {binary} isOther <== Bit()(other);
    signal value <== Poseidon(2)([hi, lo]);

    // A present key's leaf is its own.
    present * (leafKey - key) === 0;
    present * (leafValue - value) === 0;
    // Another leaf is another key's. A present key has difference 0, and so no other leaf.
    AssertNonZeroWhen()(leafKey - key, isOther);

    signal leaf <== Leaf()(leafKey, leafValue);
    signal bottom <== (present + isOther) * leaf;

    signal {binary} isActive[L];
    signal {binary} end[L + 1];
    (isActive, end) <== Depth(L)(active);
    signal computed <== Fold(L)(bottom, keyBits, isActive, siblings);
    real * (computed - root) === 0;
}
