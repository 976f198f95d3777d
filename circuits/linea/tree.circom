pragma circom 2.2.0;

include "../bits.circom";
include "../poseidon.circom";
include "empty_nodes.circom";

// The tree: 40 levels of Poseidon2(left, right) over 2^40 leaves, of which bit l of a leaf's index chooses on level l. The
// node on level d that is above the first 2^d leaves is the base. Where all leaves are under it, only the base changes.

// Proves   out are the n bits of in, least significant first; so 0 <= in < 2^n. Assumes n <= 253.
template ToBits(n) {
    signal input in;
    signal output {binary} out[n];
    var sum = 0;
    var power = 1;
    for (var i = 0; i < n; i++) {
        out[i] <-- (in >> i) & 1;
        out[i] * (out[i] - 1) === 0;
        sum += out[i] * power;
        power += power;
    }
    sum === in;
}

// Proves   root is the node n levels above `node`, which lies where the bits say, beside these siblings.
// Assumes  bits are bits.
template Climb(n) {
    signal input node;
    signal input {binary} bits[n];
    signal input siblings[n];
    signal output root;
    signal nodes[n + 1];
    signal left[n];
    nodes[0] <== node;
    for (var l = 0; l < n; l++) {
        left[l] <== nodes[l] + bits[l] * (siblings[l] - nodes[l]);
        nodes[l + 1] <== Poseidon(2)([left[l], nodes[l] + siblings[l] - left[l]]);
    }
    root <== nodes[n];
}

// Proves   top is the top root of the trie whose base, on level d, is `base`, and which has no leaf beside it.
template TopRoot(d) {
    signal input counter; // the next free leaf index
    signal input base;
    signal output top;
    signal nodes[41 - d]; // on level d and above
    nodes[0] <== base;
    for (var i = 0; i < 40 - d; i++) { nodes[i + 1] <== Poseidon(2)([nodes[i], EMPTY_NODE(d + i)]); }
    top <== Poseidon(2)([counter, nodes[40 - d]]);
}

// Proves   `after` is `before`, a base on level d, with the n leaves at first, first + 1, ... in the place of empty ones.
//          In `before` every leaf from `first` on is empty.
// Assumes  firstBits are the bits of first. Of the leaves, those that would not be under the base are 0.
// Sound    beside the path of `first` the same siblings serve both: what the path leaves on its left is `left`, what it
//          leaves on its right is empty. Before, the path ends at an empty leaf. After, `row` has the nodes of a level
//          that are above the new leaves, the first of them on the path; where the path turns right, they move up by one place,
//          and `left` comes before them; what follows them is empty. So no leaf below `first` can change.
template Append(n, d) {
    signal input {binary} firstBits[d];
    signal input left[d]; // where the path turns left, 0
    signal input leaves[n];
    signal output before;
    signal output after;

    signal path[d + 1];
    signal pair[d][2];
    path[0] <== 0;
    for (var l = 0; l < d; l++) {
        (1 - firstBits[l]) * left[l] === 0;
        if (l == 0) {
            // The leaf of the path is empty, so it makes no difference to its parent on which side it is.
            pair[l] <== [left[l], 0];
        } else {
            pair[l][0] <== path[l] + firstBits[l] * (left[l] - path[l]);
            pair[l][1] <== EMPTY_NODE(l) + firstBits[l] * (path[l] - EMPTY_NODE(l));
        }
        path[l + 1] <== Poseidon(2)(pair[l]);
    }
    before <== path[d];

    signal row[d + 1][n];
    signal moved[d][n + 1];
    row[0] <== leaves;
    var m = n; // nodes of the level
    for (var l = 0; l < d; l++) {
        var parents = (m + 2) \ 2;
        if (l == d - 1) { parents = 1; }
        for (var i = 0; i <= m && i < 2 * parents; i++) {
            var here = EMPTY_NODE(l);
            var previous = left[l];
            if (i < m) { here = row[l][i]; }
            if (i > 0) { previous = row[l][i - 1]; }
            moved[l][i] <== here + firstBits[l] * (previous - here);
        }
        for (var i = 0; i < parents; i++) {
            var second = EMPTY_NODE(l);
            if (2 * i + 1 <= m) { second = moved[l][2 * i + 1]; }
            row[l + 1][i] <== Poseidon(2)([moved[l][2 * i], second]);
        }
        m = parents;
    }
    after <== row[d][0];
}

// The first n of d bits.
template LowBits(n, d) {
    signal input {binary} bits[d];
    signal output {binary} low[n];
    for (var i = 0; i < n; i++) { low[i] <== bits[i]; }
}
