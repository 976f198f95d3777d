pragma circom 2.2.0;

include "../bits.circom";

// The key of TAIL, the largest there is: maxKey of the suite poseidon-bn254.
function MAX_KEY() {
    return 0x30644e72e131a029b85045b68181585cffffffffffffffffffffffffffffffff;
}

// Proves   low < key < high, as integers.
// Assumes  low < high <= MAX_KEY(), as integers; both are neighbours in a list that is in order.
// Sound    below and above are integers below 2^254 with key = low + 1 + below and high = key + 1 + above, modulo r. Their
//          first 130 bits sum up to at most those of MAX_KEY(), so below + above + 2 <= MAX_KEY() + 2^125 < r. Modulo r it
//          is high - low, which lies between 0 and r, too: so the two are equal as integers. Then
//          low + 1 + below = high - 1 - above is an integer below r, so it is the key itself, and lies strictly between.
//          This needs no bits of low and high. HEAD's key is below every key and TAIL's above: neither can be `key`.
// Complete high - low <= MAX_KEY(), so the sum's first bits are at most those of MAX_KEY().
template AssertBetween() {
    signal input low;
    signal input key;
    signal input high;
    signal below[254];
    signal above[254];
    var sumBelow = 0;
    var sumAbove = 0;
    var tops = 0;
    var most = MAX_KEY() >> 124;
    var power = 1;
    for (var i = 0; i < 254; i++) {
        below[i] <-- ((key - low - 1) >> i) & 1;
        above[i] <-- ((high - key - 1) >> i) & 1;
        below[i] * (below[i] - 1) === 0;
        above[i] * (above[i] - 1) === 0;
        sumBelow += below[i] * power;
        sumAbove += above[i] * power;
        power += power;
        if (i >= 124) { tops += (below[i] + above[i]) * 2 ** (i - 124); }
    }
    sumBelow === key - low - 1;
    sumAbove === high - key - 1;
    AssertBits(130)(most - tops);
}
