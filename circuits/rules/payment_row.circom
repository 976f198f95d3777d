pragma circom 2.2.0;

include "../bits.circom";
include "../poseidon.circom";
include "eddsa.circom";

// Proves   if `isSigned`, the holder of the key that keyHash names permits the record at this nonce, in this domain, and
//          timestamp <= validUntil. A key hash of 0 permits nothing, nor does the last nonce, 2^32 - 1.
// Assumes  isSigned is a bit; nonce and validUntil have 32 bits, timestamp 40, keyHash 128.
// Sound    the message is Poseidon4 of all of these, and the signature is for the key of that hash. A difference of less than
//          0 is none of 32 bits.
template AssertPermitted() {
    signal input {binary} isSigned;
    signal input domain;
    signal input timestamp;
    signal input record[2];
    signal input validUntil;
    signal input nonce;
    signal input keyHash;
    signal input A[2];
    signal input R8[2];
    signal input S;
    signal message <== Poseidon(4)([domain, record[0], record[1], nonce]);
    AssertSignature()(isSigned, message, A, R8, S);
    AssertKeyHash()(isSigned, A, keyHash);
    AssertNonZeroWhen()(keyHash, isSigned);
    AssertNonZeroWhen()(2 ** 32 - 1 - nonce, isSigned);
    signal timeLeft <== isSigned * (validUntil - timestamp);
    AssertBits(32)(timeLeft);
}

// An entry's limbs.
// Proves   nonce has 32 bits, balance 96, and low = nonce * 2^96 + balance.
template AccountLow() {
    signal input nonce;
    signal input balance;
    signal output low;
    AssertBits(32)(nonce);
    AssertBits(96)(balance);
    low <== nonce * 2 ** 96 + balance;
}

// Proves   the row's four accesses are those of its record: read and write `from`, then read and write `to`; what is
//          written is in range and follows from what is read. A transfer or withdrawal is permitted by the key of `from`.
//          carryOut is carryIn with the row's fee added, in wei, or 0 if it is collected.
// Assumes  what is read is true and so is in range, as the storage proof of the same log shows; domain, timestamp and
//          feeRecipient are the context's; carryIn < 2^96 (it grows by less than 2^58 a row from 0 on).
// Sound    from's new balance, balance - amount - fee, is of 96 bits, and the numbers subtracted sum to less than 2^97; to's new
//          balance is of 96 bits, and its parts sum to less than 2^98. So nothing wraps. `from` is written before
//          `to` is read, so one account that is both is read as it was left.
template PaymentRow() {
    signal input {binary} isTransfer;
    signal input {binary} isCollect;
    signal input {binary} isDeposit;
    signal input {binary} isSetKey;
    signal input {binary} isExit;
    signal input {binary} isSigned;
    signal input record[2];
    signal input fee;
    signal input account;
    signal input validUntil;
    signal input amount;
    signal input target;
    signal input fromKeyHash;
    signal input fromNonce;
    signal input fromBalance;
    signal input toKeyHash;
    signal input toNonce;
    signal input toBalance;
    signal input A[2];
    signal input R8[2];
    signal input S;
    signal input domain;
    signal input timestamp;
    signal input feeRecipient;
    signal input carryIn;
    signal output elements[4][5]; // account tag, slot hi, slot lo, value hi, value lo
    signal output carryOut;

    AssertPermitted()(isSigned, domain, timestamp, record, validUntil, fromNonce, fromKeyHash, A, R8, S);

    // Whose accounts; L1's has address 0. Account is `to` where it is not `from`.
    signal from <== (isSigned + isExit) * account;
    signal receiver <== isTransfer * target;
    signal collector <== isCollect * feeRecipient;
    var to = receiver + collector + account - from;

    // `from` pays the amount and the fee. An exit takes all.
    var feeWei = fee * 10 ** 9;
    var left = fromBalance - amount - feeWei;
    signal fromOld <== AccountLow()(fromNonce, fromBalance);
    AssertBits(96)(left);
    isExit * left === 0;
    var fromNew = (fromNonce + isSigned) * 2 ** 96 + left;

    // `to` gets the amount, or what was collected.
    signal collected <== isCollect * carryIn;
    var credited = toBalance + amount + collected;
    signal toOld <== AccountLow()(toNonce, toBalance);
    AssertBits(96)(credited);
    var toNew = toNonce * 2 ** 96 + credited;
    carryOut <== carryIn + feeWei - collected;

    // Its key is replaced by setKey, and by a deposit that brings one.
    signal keepsKey <== IsZero()(target);
    signal newKey <== isSetKey + isDeposit * (1 - keepsKey);
    signal toNewKeyHash <== toKeyHash + newKey * (target - toKeyHash);

    elements[0] <== [from, 0, 0, fromKeyHash, fromOld];
    elements[1] <== [from, 0, 0, fromKeyHash, fromNew];
    elements[2] <== [to, 0, 0, toKeyHash, toOld];
    elements[3] <== [to, 0, 0, toNewKeyHash, toNew];
}
