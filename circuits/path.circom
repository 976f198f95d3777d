pragma circom 2.2.0;

include "bits.circom";
include "poseidon.circom";

// Proves   active is 1 on levels 0 .. depth - 1 and 0 from there on, for one depth in 0 .. L;
//          end[d] is 1 for d = depth and 0 elsewhere.
// Sound    end[d] = active[d - 1] - active[d], with active[-1] = 1 and active[L] = 0, each constrained
//          to be 0 or 1. They sum up to 1, so exactly one of them is 1, and active falls once.
template Depth(L) {
    signal input active[L];
    signal output {binary} isActive[L];
    signal output {binary} end[L + 1];
    for (var d = 0; d <= L; d++) {
        var above = d == 0 ? 1 : active[d - 1];
        var here = d == L ? 0 : active[d];
        end[d] <== Bit()(above - here);
    }
    isActive <== active;
}

// Proves   root is what `bottom` becomes when it is hashed up the active levels, at level l with
//          siblings[l], on the right of it where bits[l] = 0 and on the left where it is 1.
// Assumes  bits and active are bits; active falls once (Depth makes it so).
// Sound    an inactive level passes the node on as it is; Poseidon is collision resistant, so no other
//          bottom, siblings or bits lead to the same root over as many levels.
template Fold(L) {
    signal input bottom;
    signal input {binary} bits[L];
    signal input {binary} active[L];
    signal input siblings[L];
    signal output root;
    signal node[L + 1];
    signal left[L];
    signal parent[L];
    node[L] <== bottom;
    for (var l = L - 1; l >= 0; l--) {
        left[l] <== node[l + 1] + bits[l] * (siblings[l] - node[l + 1]);
        parent[l] <== Poseidon(2)([left[l], node[l + 1] + siblings[l] - left[l]]);
        node[l] <== node[l + 1] + active[l] * (parent[l] - node[l + 1]);
    }
    root <== node[0];
}

// Proves   out is 1 unless the value hi * 2^128 + lo is 0, that is, unless the entry is absent.
// Sound    the limbs are tested one by one: their sum could be 0 modulo r.
template Present() {
    signal input hi;
    signal input lo;
    signal output {binary} out;
    signal hiZero <== IsZero()(hi);
    signal loZero <== IsZero()(lo);
    out <== 1 - hiZero * loZero;
}

// Proves   hash is the node of a leaf: Poseidon3(key, value, 1). Inner nodes have another width.
template Leaf() {
    signal input key;
    signal input value;
    signal output hash <== Poseidon(3)([key, value, 1]);
}
