pragma circom 2.2.0;

// Proves   out = in, every one of the n bits is 0 or 1, and the first 128 of them (all, if there are fewer), from the most
//          significant, write a number with low < number < high. A low of -1 is no bound.
// Assumes  low < high.
// Sound    from the top, `asLow` is 1 as long as the bits are those of low: while it is 1, a bit where low has 1 must be 1,
//          and after the last bit it is 0. `asHigh` is the same of high: while it is 1, a bit where high has 0 must be 0.
//          Both rules share the bit's own constraint, (out - asLow) * (1 - asHigh - out) = 0; both are 1 only as long as
//          low and high have the same bits, and at such a bit one rule alone applies.
template Between(n, low, high) {
    signal input in[n];
    signal output {binary} out[n];
    var compared = n < 128 ? n : 128;
    signal asLow[low == -1 ? 0 : compared + 1];
    signal asHigh[compared + 1];
    if (low != -1) { asLow[compared] <== 1; }
    asHigh[compared] <== 1;
    out <== in;
    for (var i = compared - 1; i >= 0; i--) {
        var bit = n - compared + i;
        var lowBit = low == -1 ? 0 : (low >> i) & 1;
        var highBit = (high >> i) & 1;
        var least = 0;
        var most = 1;
        if (lowBit == 1) { least = asLow[i + 1]; }
        if (highBit == 0) { most = 1 - asHigh[i + 1]; }
        (in[bit] - least) * (most - in[bit]) === 0;
        if (lowBit == 1) { asLow[i] <== asLow[i + 1]; } else if (low != -1) { asLow[i] <== asLow[i + 1] * (1 - in[bit]); }
        if (highBit == 0) { asHigh[i] <== asHigh[i + 1]; } else { asHigh[i] <== asHigh[i + 1] * in[bit]; }
    }
    for (var bit = 0; bit < n - compared; bit++) { in[bit] * (1 - in[bit]) === 0; }
    if (low != -1) { asLow[0] === 0; }
    asHigh[0] === 0;
}
