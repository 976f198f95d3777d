pragma circom 2.2.0;

include "../bits.circom";
include "../poseidon.circom";
include "between.circom";
include "curve.circom";

// The sum of two points in Edwards' form; runs while compiling.
function sumOf(p, q) {
    var ab = p[0] * q[1] * p[1] * q[0];
    var x = (p[0] * q[1] + p[1] * q[0]) / (1 + 168696 * ab);
    var y = (p[1] * q[1] - 168700 * p[0] * q[0]) / (1 - 168696 * ab);
    return [x, y];
}

function montgomeryOf(p) {
    var u = (1 + p[1]) / (1 - p[1]);
    return [u, u / p[0]];
}

// Multiples of H = BASE8 / 2, for TimesBase: [j] holds 4^j H and 3 * 4^j H in Montgomery's form; the last, in
// Edwards', what the first bit of the scalar stands for: (2^250 - 1) H if it is 0, (3 * 2^250 - 1) H if it is 1.
function baseMultiples() {
    var half[2] = [9948139313319326567538585976434296874021944789429458993825623013113438161408,
        5754705828006165357341407866267251848778924039034508968461663781341611574458];
    var multiples[126][2][2];
    var point[2] = half;
    for (var j = 0; j < 125; j++) {
        var twice[2] = sumOf(point, point);
        multiples[j][0] = montgomeryOf(point);
        multiples[j][1] = montgomeryOf(sumOf(twice, point));
        point = sumOf(twice, twice);
    }
    multiples[125][0] = sumOf(point, [-half[0], half[1]]);
    multiples[125][1] = sumOf(sumOf(point, point), multiples[125][0]);
    return multiples;
}

// Proves   out = scalar * BASE8, in Edwards' form, for the scalar that the 251 bits write.
// Assumes  bits are bits. multiples = baseMultiples().
// Sound    with H = BASE8 / 2, and every bit standing for 1 or -1: the sum of (2 bit - 1) 2^i H is 2 scalar H - (2^251 - 1) H.
//          Two bits choose one of -3, -1, 1, 3 times 4^j H: u and v are linear in the bits and their product. The last bit's
//          choice takes in (2^251 - 1) H, and is added by the complete formula.
//          AddDistinct: before pair j is added, the sum is K H with |K| < 4^j, and what is added is d 4^j H, 1 <= |d| <= 3.
//          As integers they differ from each other and from each other's negative, by less than 4^(j+1) <= 2^250 < l.
template TimesBase(multiples) {
    signal input {binary} bits[251];
    signal output out[2];
    signal both[125];
    signal step[125][2];
    signal sum[125][2];
    for (var j = 0; j < 125; j++) {
        var low = bits[2 * j];
        var high = bits[2 * j + 1];
        both[j] <== low * high;
        var one[2] = multiples[j][0];
        var three[2] = multiples[j][1];
        step[j][0] <== three[0] + (low + high - 2 * both[j]) * (one[0] - three[0]);
        step[j][1] <== -three[1] + low * (three[1] - one[1]) + high * (one[1] + three[1]);
        if (j == 0) { sum[j] <== step[j]; } else { sum[j] <== AddDistinct()(sum[j - 1], step[j]); }
    }
    signal edwards[2] <== ToEdwards()(sum[124]);
    signal last[2];
    for (var c = 0; c < 2; c++) { last[c] <== multiples[125][0][c] + bits[250] * (multiples[125][1][c] - multiples[125][0][c]); }
    out <== AddPoints()(edwards, last);
}

// Proves   out = (2 scalar + 1) point, in Montgomery's form; scalar is the canonical number, below r.
// Assumes  the point is on the curve and its order is l or 2 l; twice is 2 point.
// Refuses  scalars whose y, below, has the first 128 bits of the first or last y, one in 2^126.4; and a few near multiples
//          of l / 2. They are hashes, so nobody meets one.
// Sound    y = scalar + 6 l - 2^253 is a number of 254 bits, and one of r: no other in that range is it modulo r.
//          Digits (2 bit - 1) of y, from the top, lead from k = 2 to 2^254 * 2 + 2 y + 1 - 2^254 = 2 scalar + 1 + 12 l.
//          DoubleAdd: after i bits 2^i < k < 3 * 2^i, and 3 * 2^249 < l; so the point's multiple by k is not the point up to
//          i = 248. From then on an inverse shows it. It matters for order 2 l alone: then k = l leads to k = 2 l + 1.
//          For order l, the step to a k that l divides has no solution.
template TimesPoint() {
    signal input scalar;
    signal input point[2];
    signal input twice[2];
    signal output out[2];

    var offset = 1942170999214931988738431182856967834802135749746333050269095964701543033254; // 6 l - 2^253
    var mask = (1 << 128) - 1;
    var low = (scalar & mask) + (offset & mask);
    var high = (scalar >> 128) + (offset >> 128) + (low >> 128);
    signal hint[254];
    for (var i = 0; i < 128; i++) { hint[i] <-- (low >> i) & 1; }
    for (var i = 128; i < 254; i++) { hint[i] <-- (high >> (i - 128)) & 1; }
    // The first 128 bits of offset and of offset + r.
    signal {binary} bits[254] <== Between(254, 22830110379080299393898868739794012440, 280125168831813007561347098680698169996)(hint);
    var y = 0;
    var power = 1;
    for (var i = 0; i < 254; i++) {
        y += bits[i] * power;
        power += power;
    }
    y === scalar + offset;

    signal multiple[255][2];
    signal signed[254];
    multiple[0] <== twice;
    for (var i = 0; i < 254; i++) {
        if (i > 248) { AssertNonZero()(multiple[i][0] - point[0]); }
        signed[i] <== (2 * bits[253 - i] - 1) * point[1];
        multiple[i + 1] <== DoubleAdd()(multiple[i], [point[0], signed[i]]);
    }
    out <== multiple[254];
}

// Proves   if `enabled`, (R8, S) is the EdDSA-Poseidon signature of the message by the key A, as circomlib's
//          EdDSAPoseidonVerifier has it: S * BASE8 = R8 + h * 8 A, with h = Poseidon5(R8, A, message). In any case A and R8
//          are on the curve, A is not of small order, and S < l.
// Assumes  enabled is a bit.
// Refuses  S with the first 128 bits of l, one in 2^127, besides what TimesPoint does.
// Sound    on the way to 8 A no point has order 1 or 2, so A's order is not 1, 2, 4, or 8, and that of 4 A is l or 2 l. The
//          equation, with (2 h + 1) 4 A for 8 h A + 4 A: S * BASE8 + 4 A = R8 + (2 h + 1) 4 A, by complete formulas. A disabled
//          signature has a witness for any points and numbers that hold without it.
template AssertSignature() {
    signal input {binary} enabled;
    signal input message;
    signal input A[2];
    signal input R8[2];
    signal input S;

    AssertOnCurve()(A);
    AssertOnCurve()(R8);
    signal hint[251];
    for (var i = 0; i < 251; i++) { hint[i] <-- (S >> i) & 1; }
    // The first 128 of the 251 bits of l.
    signal {binary} bits[251] <== Between(251, -1, 257295058452732708167448229940904157557)(hint);
    var sum = 0;
    var power = 1;
    for (var i = 0; i < 251; i++) {
        sum += bits[i] * power;
        power += power;
    }
    sum === S;

    signal h <== Poseidon(5)([R8[0], R8[1], A[0], A[1], message]);
    signal A1[2] <== ToMontgomery()(A);
    signal A2[2] <== Double()(A1);
    signal A4[2] <== Double()(A2);
    signal A8[2] <== Double()(A4);
    signal odd[2] <== TimesPoint()(h, A4, A8);
    signal left[2] <== AddPoints()(TimesBase(baseMultiples())(bits), ToEdwards()(A4));
    signal right[2] <== AddPoints()(R8, ToEdwards()(odd));
    enabled * (left[0] - right[0]) === 0;
    enabled * (left[1] - right[1]) === 0;
}

// Proves   if `enabled`, keyHash is the low 128 bits of the canonical Poseidon2 of the key.
// Assumes  enabled is a bit; keyHash < 2^128.
// Refuses  keys whose hash has the first 126 bits of r. They are one in 2^125.4.
// Sound    the hash is high * 2^128 + keyHash with high below r's first 126 bits: so this sum is below r, and canonical.
template AssertKeyHash() {
    signal input {binary} enabled;
    signal input A[2];
    signal input keyHash;
    signal hash <== Poseidon(2)(A);
    signal hint[126];
    for (var i = 0; i < 126; i++) { hint[i] <-- (hash >> (128 + i)) & 1; }
    signal {binary} bits[126] <== Between(126, -1, 64323764613183177041862057485226039389)(hint);
    var high = 0;
    for (var i = 0; i < 126; i++) { high += bits[i] * 2 ** i; }
    enabled * (hash - high * 2 ** 128 - keyHash) === 0;
}
