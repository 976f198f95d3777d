pragma circom 2.2.0;

// A leaf at a moment: (index, previous leaf, next leaf, key, value, time).

// A tuple's fingerprint: gamma - (index + beta * previous + beta^2 * next + beta^3 * key + beta^4 * value + beta^5 * time).
// Two different tuples have the same one for at most 5 of r betas.
template LeafFingerprint() {
    signal input powers[6];
    signal input gamma;
    signal input index;
    signal input opening[4]; // previous leaf, next leaf, key, value
    signal input time;
    signal output out;
    signal parts[5];
    var sum = index;
    for (var i = 0; i < 4; i++) {
        parts[i] <== powers[i + 1] * opening[i];
        sum += parts[i];
    }
    parts[4] <== powers[5] * time;
    out <== gamma - sum - parts[4];
}

// An operation's fingerprint, by its time, kind, key, value before and value after; of another multiset.
template OperationFingerprint() {
    signal input powers[6];
    signal input gamma;
    signal input time;
    signal input kind;
    signal input elements[3];
    signal output out;
    signal parts[4];
    parts[0] <== powers[1] * kind;
    var sum = time + parts[0];
    for (var i = 0; i < 3; i++) {
        parts[i + 1] <== powers[i + 2] * elements[i];
        sum += parts[i + 1];
    }
    out <== gamma - sum;
}
