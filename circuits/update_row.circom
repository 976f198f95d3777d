pragma circom 2.2.0;

include "path.circom";

// Proves   the entry of `key` is there before and after: `before` and `after` are the path's start in two
//          trees that differ in its value alone, which goes from (oldHi, oldLo) to (newHi, newLo).
//          If `real`, the new value is not 0.
// Assumes  the tree before is canonical; key and bits belong together and are canonical; real is a bit.
// Sound    both lanes hash the key's own leaf up the same path with the same siblings. The old value is
//          not 0, because no leaf of a canonical tree has value 0. oldLeaf and newLeaf determine the values.
template UpdateRow(D, b) {
    var A = 2 ** b;
    signal input {binary} real;
    signal input key;
    signal input {binary} bits[D][b];
    signal input oldHi;
    signal input oldLo;
    signal input newHi;
    signal input newLo;
    signal input active[D];
    signal input siblings[D][A];
    signal output before;
    signal output after;
    signal output oldLeaf;
    signal output newLeaf;

    signal {binary} stays <== Present()(newHi, newLo);
    real * (1 - stays) === 0;

    signal {binary} isActive[D];
    (isActive, _) <== Depth(D)(active);
    signal {binary} is[D][A] <== Path(D, b)(bits, siblings);
    signal oldContent[b] <== Content(b)(oldHi, oldLo);
    signal newContent[b] <== Content(b)(newHi, newLo);
    signal leaves[2][b + 1];
    leaves[0][0] <== key;
    leaves[1][0] <== key;
    for (var i = 0; i < b; i++) {
        leaves[0][i + 1] <== oldContent[i];
        leaves[1][i + 1] <== newContent[i];
    }
    oldLeaf <== Leaf(b)(leaves[0]);
    newLeaf <== Leaf(b)(leaves[1]);
    before <== Fold(D, b)(oldLeaf, is, isActive, siblings);
    after <== Fold(D, b)(newLeaf, is, isActive, siblings);
}
