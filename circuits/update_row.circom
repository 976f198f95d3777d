pragma circom 2.2.0;

include "path.circom";

// Proves   the entry of `key` is there before and after: `before` and `after` are the path's start in two
//          trees that differ in its value alone, which goes from the one hashed to oldValue to newValue.
//          If `real`, the new value is not 0.
// Assumes  the tree before is canonical; key and bits belong together and are canonical; oldValue and
//          newValue are Poseidon2 of the limbs; real is a bit.
// Sound    both lanes hash the key's own leaf up the same path with the same siblings. The old value is
//          not 0, because no leaf of a canonical tree has value 0.
template UpdateRow(D, b) {
    var A = 2 ** b;
    signal input {binary} real;
    signal input key;
    signal input {binary} bits[D][b];
    signal input oldValue;
    signal input newHi;
    signal input newLo;
    signal input newValue;
    signal input active[D];
    signal input siblings[D][A];
    signal output before;
    signal output after;

    signal {binary} stays <== Present()(newHi, newLo);
    real * (1 - stays) === 0;

    signal {binary} isActive[D];
    (isActive, _) <== Depth(D)(active);
    signal {binary} is[D][A] <== Path(D, b)(bits, siblings);
    signal oldLeaf <== Leaf()(key, oldValue);
    signal newLeaf <== Leaf()(key, newValue);
    before <== Fold(D, b)(oldLeaf, is, isActive, siblings);
    after <== Fold(D, b)(newLeaf, is, isActive, siblings);
}
