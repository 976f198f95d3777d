pragma circom 2.2.0;

include "path.circom";

// Proves   in the tree whose node at the path's start is `top`, the entry of `key` has the value (hi, lo);
//          0 means that there is no such entry.
// Assumes  the tree is canonical (it was built from 0 by proven transitions), and `top` is its node on
//          the key's path; key and bits belong together and are canonical.
// Sound    present is derived from the value. A present entry's path ends at its own leaf. An absent
//          one's ends at an empty node or at a leaf of another key; in a canonical tree a path meets
//          at most one node that is not inner, so the key's own leaf cannot be elsewhere. Neither
//          an empty node nor a leaf can pass for an inner node (nobody's hash; see Leaf).
//          `present` and `bottom` determine the value: an absent entry's is 0, a present one's is in its leaf, at the bottom.
template ReadRow(D, b) {
    var A = 2 ** b;
    signal input key;
    signal input {binary} bits[D][b];
    signal input hi;
    signal input lo;
    signal input active[D];
    signal input siblings[D][A];
    signal input other;     // 1 if the path ends at another key's leaf
    signal input leaf[b + 1]; // key and content of the leaf at the path's end, any numbers if there is none
    signal output top;
    signal output {binary} present;
    signal output bottom;     // the node at the path's end

    present <== Present()(hi, lo);
    signal {binary} isOther <== Bit()(other);

    // A present key's leaf is its own.
    present * (leaf[0] - key) === 0;
    signal content[b] <== Content(b)(hi, lo);
    for (var i = 0; i < b; i++) { present * (leaf[i + 1] - content[i]) === 0; }
    // Another leaf is another key's. A present key has difference 0, and so no other leaf.
    AssertNonZeroWhen()(leaf[0] - key, isOther);

    signal end <== Leaf(b)(leaf);
    bottom <== (present + isOther) * end;

    signal {binary} isActive[D];
    (isActive, _) <== Depth(D)(active);
    signal {binary} is[D][A] <== Path(D, b)(bits, siblings);
    top <== Fold(D, b)(bottom, is, isActive, siblings);
}
