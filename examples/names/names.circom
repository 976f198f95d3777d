pragma circom 2.2.0;

include "bits.circom";
include "log.circom";
include "rules/context.circom";
include "rules/eddsa.circom";
include "rules/record_polynomial.circom";
include "rules/transaction_hash.circom";

// Proves   the accesses with which logHash continues logHashIn are what the records with which txHash continues
//          txHashIn do, in that order: names are registered, transferred and released, each signed by who may, if what
//          is read is true. dataOut continues dataIn with the records as a polynomial at x. Nothing is carried.
// Assumes  what Context, TransactionHash, RecordPolynomial and AccessLog assume.
// Sound    A row's flags sum to a bit, and target and name are range-checked: so head = kind 2 | target 128 and body =
//          name 248 write one number each, and no two records have the same two. The signer is the new owner of a name
//          that nobody has, else the owner that was read, and not 0. The message has domain, record and the name's
//          nonce, which each record raises and no release resets: a signature serves once, in one deployment, for one
//          name. What is written is target, of 128 bits, and nonce + 1, of 64. Each row reads its name, then writes it.
template Names(N) {
    signal input logHashIn, logHash, txHashIn, txHash, x, dataIn, dataOut, carryIn, carryOut, context;
    signal input chainId, contract, version, batchNumber, timestamp, feeRecipient;
    signal input register[N], transfer[N], release[N]; // one is 1; in padding, none
    signal input target[N], nameHigh[N], nameLow[N];   // 128, 120 and 128 bits
    signal input owner[N], nonce[N];                   // as read
    signal input A[N][2], R8[N][2], S[N];

    signal domain, opened;
    (domain, opened) <== Context()(chainId, contract, version, batchNumber, timestamp, feeRecipient);
    opened === context;
    carryOut === carryIn;

    signal {binary} isRegister[N], isTransfer[N], isRelease[N], isReal[N], hasTarget[N];
    signal signer[N], message[N], records[N][2];
    signal {binary} isRead[2 * N], isWrite[2 * N];
    signal elements[2 * N][5]; // account tag, slot hi, slot lo, value hi, value lo
    for (var i = 0; i < N; i++) {
        isRegister[i] <== Bit()(register[i]);
        isTransfer[i] <== Bit()(transfer[i]);
        isRelease[i] <== Bit()(release[i]);
        isReal[i] <== Bit()(isRegister[i] + isTransfer[i] + isRelease[i]);
        hasTarget[i] <== isReal[i] - isRelease[i];
        AssertBits(128)(target[i]);
        AssertBits(120)(nameHigh[i]);
        AssertBits(128)(nameLow[i]);
        AssertNonZeroIs()(target[i], hasTarget[i]);
        records[i][0] <== (isRegister[i] + 2 * isTransfer[i] + 3 * isRelease[i]) * 2 ** 128 + target[i];
        records[i][1] <== nameHigh[i] * 2 ** 128 + nameLow[i];
        AssertNonZeroIs()(records[i][1], isReal[i]);
        isRegister[i] * owner[i] === 0;
        signer[i] <== owner[i] + isRegister[i] * target[i];
        AssertNonZeroIs()(signer[i], isReal[i]);
        message[i] <== Poseidon(4)([domain, records[i][0], records[i][1], nonce[i]]);
        AssertSignature()(isReal[i], message[i], A[i], R8[i], S[i]);
        AssertKeyHash()(isReal[i], A[i], signer[i]);

        AssertBits(64)(nonce[i] + isReal[i]);
        var tag = 3 * 2 ** 160 + 0x6e616d6573; // kind storage, address "names"
        (isRead[2 * i], isWrite[2 * i]) <== (isReal[i], 0);
        elements[2 * i] <== [isReal[i] * tag, nameHigh[i], nameLow[i], owner[i], nonce[i]];
        (isRead[2 * i + 1], isWrite[2 * i + 1]) <== (0, isReal[i]);
        elements[2 * i + 1] <== [isReal[i] * tag, nameHigh[i], nameLow[i], target[i], nonce[i] + isReal[i]];
    }

    signal committed;
    (_, committed) <== AccessLog(2 * N)(logHashIn, isRead, isWrite, elements);
    committed === logHash;
    signal absorbed <== TransactionHash(N, 2)(txHashIn, isReal, records);
    absorbed === txHash;
    signal data <== RecordPolynomial(N, 2)(x, dataIn, isReal, records);
    data === dataOut;
}
