pragma circom 2.2.0;

// Baby Jubjub (EIP-2494): 168700 x^2 + y^2 = 1 + 168696 x^2 y^2, and the same curve in Montgomery's form,
// v^2 = u^3 + 168698 u^2 + u, by u = (1 + y) / (1 - y), v = u / x. It has 8 l points, l prime; those of order 2 are one,
// x = 0, y = -1 or u = v = 0; the neutral element is x = 0, y = 1 and has no u and v.

// Proves   in is not 0.
template AssertNonZero() {
    signal input in;
    signal inverse <-- in != 0 ? 1 / in : 0;
    in * inverse === 1;
}

// Proves   (x, y) is a point of the curve.
template AssertOnCurve() {
    signal input point[2];
    signal xx <== point[0] * point[0];
    signal yy <== point[1] * point[1];
    168700 * xx + yy - 1 === 168696 * xx * yy;
}

// Proves   out is the sum of two points, in Edwards' form.
// Assumes  both are on the curve.
// Sound    168700 is a square and 168696 is none, so for points of the curve no denominator is 0: the formulas are complete
//          (Bernstein, Birkner, Joye, Lange, Peters: Twisted Edwards curves, section 6).
template AddPoints() {
    signal input p[2];
    signal input q[2];
    signal output out[2];
    signal a <== p[0] * q[1];
    signal b <== p[1] * q[0];
    signal c <== (p[1] - 168700 * p[0]) * (q[0] + q[1]);
    signal ab <== a * b;
    out[0] <-- (a + b) / (1 + 168696 * ab);
    out[0] * (1 + 168696 * ab) === a + b;
    out[1] <-- (c + 168700 * a - b) / (1 - 168696 * ab);
    out[1] * (1 - 168696 * ab) === c + 168700 * a - b;
}

// Proves   out is the point in Montgomery's form, and its order is neither 1 nor 2.
// Assumes  the point is on the curve.
// Sound    x of order 1 and 2 is 0 and has no inverse; where y = 1, the equation of u is 0 = 2.
template ToMontgomery() {
    signal input point[2];
    signal output out[2];
    signal inverse <-- 1 / point[0];
    point[0] * inverse === 1;
    out[0] <-- (1 + point[1]) / (1 - point[1]);
    out[0] * (1 - point[1]) === 1 + point[1];
    out[1] <== out[0] * inverse;
}

// Proves   out is the point in Edwards' form, and its order is not 2.
// Assumes  the point is on the curve.
// Sound    v of order 2 is 0 and has no inverse; where u = -1, the equation of y is 0 = -2.
template ToEdwards() {
    signal input point[2];
    signal output out[2];
    signal inverse <-- 1 / point[1];
    point[1] * inverse === 1;
    out[0] <== point[0] * inverse;
    out[1] <-- (point[0] - 1) / (point[0] + 1);
    out[1] * (point[0] + 1) === point[0] - 1;
}

// Proves   out = 2 point, in Montgomery's form, and the point's order is not 2.
// Assumes  the point is on the curve.
// Sound    where v = 0, u is 0, and the slope's equation is 0 = 1.
template Double() {
    signal input point[2];
    signal output out[2];
    signal uu <== point[0] * point[0];
    signal slope <-- (3 * uu + 2 * 168698 * point[0] + 1) / (2 * point[1]);
    slope * (2 * point[1]) === 3 * uu + 2 * 168698 * point[0] + 1;
    out[0] <== slope * slope - 168698 - 2 * point[0];
    out[1] <== slope * (point[0] - out[0]) - point[1];
}

// Proves   out = p + q, in Montgomery's form.
// Assumes  both are on the curve, and p is not q. NOT checked here: with p = q the slope is anything.
// Sound    where q = -p the slope's equation is 0 = 2 q's v, which is not 0, or q = p.
template AddDistinct() {
    signal input p[2];
    signal input q[2];
    signal output out[2];
    signal slope <-- (q[1] - p[1]) / (q[0] - p[0]);
    slope * (q[0] - p[0]) === q[1] - p[1];
    out[0] <== slope * slope - 168698 - p[0] - q[0];
    out[1] <== slope * (p[0] - out[0]) - p[1];
}

// Proves   out = (p + q) + p, in Montgomery's form.
// Assumes  both are on the curve, and p is not q. NOT checked here.
// Sound    p + q as in AddDistinct. The second slope is 2 v / (u - sum's u) - slope, of p's u and v: so v of p + q is not needed.
//          p + q = p would take a neutral q, which has no u and v. Where p + q = -p, the equation is 0 = 2 v, and v is not 0:
//          else p = -p, and q neutral.
template DoubleAdd() {
    signal input p[2];
    signal input q[2];
    signal output out[2];
    signal slope <-- (q[1] - p[1]) / (q[0] - p[0]);
    slope * (q[0] - p[0]) === q[1] - p[1];
    signal sum <== slope * slope - 168698 - p[0] - q[0];
    signal slopes <-- 2 * p[1] / (p[0] - sum);
    slopes * (p[0] - sum) === 2 * p[1];
    out[0] <== (slopes - slope) * (slopes - slope) - 168698 - p[0] - sum;
    out[1] <== (slopes - slope) * (p[0] - out[0]) - p[1];
}
