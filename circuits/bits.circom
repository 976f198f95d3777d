pragma circom 2.2.0;

// The tag {binary} stands for "constrained to be 0 or 1 where it was made". Only the templates of
// this file, and sums that cannot leave {0, 1}, carry it.

// Proves   out = in, and in is 0 or 1.
template Bit() {
    signal input in;
    signal output {binary} out;
    in * (in - 1) === 0;
    out <== in;
}

// Proves   out is 1 if in = 0, else 0.
// Sound    in * out = 0 forces out = 0 for any other in; out = 1 - in * zeroInverse forces out = 1 for 0.
template IsZero() {
    signal input in;
    signal output {binary} out;
    signal zeroInverse <-- in != 0 ? 1 / in : 0;
    out <== 1 - in * zeroInverse;
    in * out === 0;
}

// Proves   nonZero = 1 exactly if in is not 0, for a nonZero that the caller already has.
// Assumes  nonZero is 0 or 1.
// Sound    in * inverse = 1 cannot hold for in = 0. For nonZero = 0, in * (1 - nonZero) = in = 0.
template AssertNonZeroIs() {
    signal input in;
    signal input {binary} nonZero;
    signal inverse <-- in != 0 ? 1 / in : 0;
    in * inverse === nonZero;
    in * (1 - nonZero) === 0;
}

// Proves   if `when`, then in is not 0. With when = 0 nothing is claimed of in.
template AssertNonZeroWhen() {
    signal input in;
    signal input {binary} when;
    signal inverse <-- when == 1 && in != 0 ? 1 / in : 0;
    in * inverse === when;
}

// Proves   0 <= in < 2^n. Assumes n <= 253, so that no sum wraps around r.
template AssertBits(n) {
    signal input in;
    signal bits[n];
    var sum = 0;
    var power = 1; // 2^i: raised here, it would be raised anew in every witness
    for (var i = 0; i < n; i++) {
        bits[i] <-- (in >> i) & 1;
        bits[i] * (bits[i] - 1) === 0;
        sum += bits[i] * power;
        power += power;
    }
    sum === in;
}

// Proves   out are the 254 bits of in, least significant first, of the one number below r.
// Refuses  numbers whose first 128 bits are those of r - 1, though they are below r: KEY_LIMIT
//          in src/state/tree/scheme.ts. They are one in 2^128.3, so that no hash is met that is one of them.
// Sound    every bit is 0 or 1, their sum is in modulo r, and their first 128 bits write less than those of r - 1
//          do, so that all of them write less than r: from the top, `equal` is 1 as long as no bit has fallen below
//          r - 1's; while it is 1, a bit where r - 1 has 0 must be 0; and after 128 bits it is 0. That rule
//          shares the bit's own constraint, out * (1 - equal - out) = 0 (Zcash protocol specification, section
//          A.3.2.2). Were a tie let through, a small number plus r would be, too.
template CanonicalBits() {
    signal input in;
    signal output {binary} out[254];
    signal equal[129]; // equal[i + 1 - 126]: 1 as long as the bits above bit i are those of r - 1
    var top = -1; // r - 1, the largest canonical number
    var sum = 0;
    equal[128] <== 1;
    for (var i = 253; i >= 0; i--) {
        out[i] <-- (in >> i) & 1;
        if (i < 126) {
            out[i] * (1 - out[i]) === 0;
        } else if ((top >> i) & 1 == 1) {
            out[i] * (1 - out[i]) === 0;
            equal[i - 126] <== equal[i - 125] * out[i];
        } else {
            out[i] * (1 - equal[i - 125] - out[i]) === 0;
            equal[i - 126] <== equal[i - 125];
        }
    }
    equal[0] === 0;
    var power = 1;
    for (var i = 0; i < 254; i++) {
        sum += out[i] * power;
        power += power;
    }
    sum === in;
}
