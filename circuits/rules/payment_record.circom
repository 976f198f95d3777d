pragma circom 2.2.0;

include "../bits.circom";

// Proves   record is (head, body), of fields in range that it determines:
//          head = kind 4 | fee 28 | account 160 | validUntil 32 | amount's high 16 bits; body = target 160 | amount's low 80.
//          The kind is one of 0 to 6, and the flag of its name alone is 1; `real` is 1 unless it is 0, padding. A kind has
//          the fields that it is defined with; all others are 0.
// Assumes  nothing of the inputs.
// Sound    every field is range-checked and the flags' sum is a bit, so head and body are below 2^240 and write one number each.
//          A padding row's head is 0 because its fields are, or its record would be refused by TransactionHash.
template PaymentRecord() {
    signal input transfer;
    signal input withdraw;
    signal input collect;
    signal input deposit;
    signal input setKey;
    signal input exit;
    signal input fee;        // in gwei
    signal input account;
    signal input validUntil;
    signal input amountHigh;
    signal input amountLow;
    signal input targetHigh; // 32 bits
    signal input targetLow;  // 128 bits
    signal output {binary} isTransfer;
    signal output {binary} isCollect;
    signal output {binary} isDeposit;
    signal output {binary} isSetKey;
    signal output {binary} isExit;
    signal output {binary} isSigned;
    signal output {binary} isReal;
    signal output amount;
    signal output target;
    signal output record[2];

    isTransfer <== Bit()(transfer);
    signal {binary} isWithdraw <== Bit()(withdraw);
    isCollect <== Bit()(collect);
    isDeposit <== Bit()(deposit);
    isSetKey <== Bit()(setKey);
    isExit <== Bit()(exit);
    isReal <== Bit()(isTransfer + isWithdraw + isCollect + isDeposit + isSetKey + isExit);
    isSigned <== isTransfer + isWithdraw;
    var kind = isTransfer + 2 * isWithdraw + 3 * isCollect + 4 * isDeposit + 5 * isSetKey + 6 * isExit;

    AssertBits(28)(fee);
    AssertBits(160)(account);
    AssertBits(32)(validUntil);
    AssertBits(16)(amountHigh);
    AssertBits(80)(amountLow);
    AssertBits(32)(targetHigh);
    AssertBits(128)(targetLow);
    amount <== amountHigh * 2 ** 80 + amountLow;
    target <== targetHigh * 2 ** 128 + targetLow;
    record[0] <== (((kind * 2 ** 28 + fee) * 2 ** 160 + account) * 2 ** 32 + validUntil) * 2 ** 16 + amountHigh;
    record[1] <== target * 2 ** 80 + amountLow;

    // Who signs nothing pays no fee and is not late; the others pay to somebody.
    (1 - isSigned) * (fee + validUntil) === 0;
    AssertNonZeroWhen()(target, isSigned);
    signal {binary} hasAccount <== isReal - isCollect;
    AssertNonZeroIs()(account, hasAccount);
    (isReal - isCollect - isSetKey) * amount === amount;
    (isSigned + isDeposit + isSetKey) * target === target;
    (isDeposit + isSetKey) * targetHigh === 0;
}
