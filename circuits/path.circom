pragma circom 2.2.0;

include "bits.circom";
include "poseidon.circom";

// A path goes down from a node, one digit of b bits a level; a node has A = 2^b children.

// Proves   is[i] is 1 for the digit i that the bits write, least significant first, else 0.
// Assumes  bits are bits. b is 1 or 2.
template Digit(b) {
    signal input {binary} bits[b];
    signal output {binary} is[2 ** b];
    if (b == 1) {
        is[0] <== 1 - bits[0];
        is[1] <== bits[0];
    } else {
        assert(b == 2);
        is[3] <== bits[0] * bits[1];
        is[0] <== 1 - bits[0] - bits[1] + is[3];
        is[1] <== bits[0] - is[3];
        is[2] <== bits[1] - is[3];
    }
}

// Proves   is[l] marks the digit of level l, and siblings[l] is 0 in that digit's own slot, so that the
//          path's node can be added there.
// Assumes  bits are bits.
template Path(D, b) {
    var A = 2 ** b;
    signal input {binary} bits[D][b];
    signal input siblings[D][A];
    signal output {binary} is[D][A];
    signal low[D][2]; // the sibling that the first bit selects, of the first two and of the last two
    for (var l = 0; l < D; l++) {
        is[l] <== Digit(b)(bits[l]);
        for (var h = 0; h < A \ 2; h++) {
            low[l][h] <== siblings[l][2 * h] + bits[l][0] * (siblings[l][2 * h + 1] - siblings[l][2 * h]);
        }
        if (b == 1) { low[l][0] === 0; low[l][1] <== 0; }
        else { low[l][0] + bits[l][1] * (low[l][1] - low[l][0]) === 0; }
    }
}

// Proves   active is 1 on levels 0 .. depth - 1 and 0 from there on, for one depth in 0 .. D;
//          end[d] is 1 for d = depth and 0 elsewhere.
// Sound    end[d] = active[d - 1] - active[d], with active[-1] = 1 and active[D] = 0, each constrained
//          to be 0 or 1. They sum up to 1, so exactly one of them is 1, and active falls once.
template Depth(D) {
    signal input active[D];
    signal output {binary} isActive[D];
    signal output {binary} end[D + 1];
    for (var d = 0; d <= D; d++) {
        var above = d == 0 ? 1 : active[d - 1];
        var here = d == D ? 0 : active[d];
        end[d] <== Bit()(above - here);
    }
    isActive <== active;
}

// Proves   hash is the inner node with these children: Poseidon2(a, b) in a binary tree, P(a, b, c, d)_0 + a in a quad
//          tree, P being the permutation of four lanes.
// Sound    the feed-forward, + a, makes P one-way; without it, children could be computed from any root.
template Node(b) {
    var A = 2 ** b;
    signal input children[A];
    signal output hash;
    if (b == 1) {
        hash <== Poseidon(2)(children);
    } else {
        signal lane <== Permutation4()(children);
        hash <== lane + children[0];
    }
}

// Proves   hash is the node of a leaf: Poseidon3(key, content, 1) in a binary tree, P(1, key, content)_0 in a quad tree.
// Sound    no leaf is an inner node, short of a collision. In a binary tree it has another width. In a quad tree, P's
//          input fixes whether it is a leaf: its first lane is 1, and a leaf has no feed-forward. A node of the same
//          input has hash P(1, ...)_0 + 1, another number; a node of another input is a collision.
template Leaf(b) {
    signal input leaf[b + 1]; // key, content
    signal output hash;
    if (b == 1) { hash <== Poseidon(3)([leaf[0], leaf[1], 1]); }
    else { hash <== Permutation4()([1, leaf[0], leaf[1], leaf[2]]); }
}

// Proves   content is what a leaf holds for the value (hi, lo): its hash in a binary tree, itself in a quad tree.
template Content(b) {
    signal input hi;
    signal input lo;
    signal output content[b];
    if (b == 1) { content[0] <== Poseidon(2)([hi, lo]); }
    else { content[0] <== hi; content[1] <== lo; }
}

// Proves   top is what `bottom` becomes when it is hashed up the active levels, at level l in the slot
//          that is[l] marks, beside siblings[l].
// Assumes  is[l] marks one slot, and siblings[l] is 0 there (Path); active falls once (Depth).
// Sound    an inactive level passes the node on as it is; nodes are collision resistant, so no other
//          bottom, siblings or digits lead to the same node over as many levels.
template Fold(D, b) {
    var A = 2 ** b;
    signal input bottom;
    signal input {binary} is[D][A];
    signal input {binary} active[D];
    signal input siblings[D][A];
    signal output top;
    signal node[D + 1];
    signal placed[D][A];
    signal parent[D];
    node[D] <== bottom;
    for (var l = D - 1; l >= 0; l--) {
        var rest = node[l + 1];
        var children[A];
        for (var i = 1; i < A; i++) {
            placed[l][i] <== is[l][i] * node[l + 1];
            children[i] = siblings[l][i] + placed[l][i];
            rest -= placed[l][i];
        }
        placed[l][0] <== rest; // the marks sum up to 1
        children[0] = siblings[l][0] + placed[l][0];
        parent[l] <== Node(b)(children);
        node[l] <== node[l + 1] + active[l] * (parent[l] - node[l + 1]);
    }
    top <== node[0];
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
