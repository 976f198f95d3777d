pragma circom 2.2.0;

include "../log.circom";
include "context.circom";
include "payment_record.circom";
include "payment_row.circom";
include "record_polynomial.circom";
include "transaction_hash.circom";

// Proves   the accesses with which logHash continues logHashIn are what the payments with which txHash continues txHashIn
//          do, in that order, each permitted by those who may, if what the accesses read is true; dataOut continues dataIn
//          with the payments' records as a polynomial at x; carryOut is carryIn with all fees added since it was last
//          collected. All of it in the deployment and the batch that `context` commits to.
// Assumes  what Context, PaymentRow, RecordPolynomial and AccessLog assume. The contract writes records of what L1 asks for
//          (deposit, setKey, exit) from its queue; who may ask for a `collect` it does not matter: it goes to the fee recipient.
// Sound    row by row. A row's accesses and its record are real or padding together, by one flag, which is the kind.
//          Every real row makes four accesses, so that row i has accesses 4 i to 4 i + 3 of the log.
template Payments(N) {
    signal input logHashIn;
    signal input logHash;
    signal input txHashIn;
    signal input txHash;
    signal input x;
    signal input dataIn;
    signal input dataOut;
    signal input carryIn;
    signal input carryOut;
    signal input context;

    // The context, opened.
    signal input chainId;
    signal input contract;
    signal input version;
    signal input batchNumber;
    signal input timestamp;
    signal input feeRecipient;

    // Records: one flag of a row is 1, or none, and it is padding.
    signal input transfer[N];
    signal input withdraw[N];
    signal input collect[N];
    signal input deposit[N];
    signal input setKey[N];
    signal input exit[N];
    signal input fee[N];
    signal input account[N];
    signal input validUntil[N];
    signal input amountHigh[N];
    signal input amountLow[N];
    signal input targetHigh[N];
    signal input targetLow[N];

    // What the rows read.
    signal input fromKeyHash[N];
    signal input fromNonce[N];
    signal input fromBalance[N];
    signal input toKeyHash[N];
    signal input toNonce[N];
    signal input toBalance[N];

    // Signatures; any valid points where none is asked for.
    signal input A[N][2];
    signal input R8[N][2];
    signal input S[N];

    signal domain;
    signal opened;
    (domain, opened) <== Context()(chainId, contract, version, batchNumber, timestamp, feeRecipient);
    opened === context;

    signal {binary} isReal[N];
    signal records[N][2];
    signal {binary} isRead[4 * N];
    signal {binary} isWrite[4 * N];
    signal elements[4 * N][5];
    signal carry[N + 1];
    carry[0] <== carryIn;
    component PaymentRecord[N];
    component PaymentRow[N];
    for (var i = 0; i < N; i++) {
        PaymentRecord[i] = PaymentRecord();
        PaymentRecord[i].transfer <== transfer[i];
        PaymentRecord[i].withdraw <== withdraw[i];
        PaymentRecord[i].collect <== collect[i];
        PaymentRecord[i].deposit <== deposit[i];
        PaymentRecord[i].setKey <== setKey[i];
        PaymentRecord[i].exit <== exit[i];
        PaymentRecord[i].fee <== fee[i];
        PaymentRecord[i].account <== account[i];
        PaymentRecord[i].validUntil <== validUntil[i];
        PaymentRecord[i].amountHigh <== amountHigh[i];
        PaymentRecord[i].amountLow <== amountLow[i];
        PaymentRecord[i].targetHigh <== targetHigh[i];
        PaymentRecord[i].targetLow <== targetLow[i];
        isReal[i] <== PaymentRecord[i].isReal;
        records[i] <== PaymentRecord[i].record;

        PaymentRow[i] = PaymentRow();
        PaymentRow[i].isTransfer <== PaymentRecord[i].isTransfer;
        PaymentRow[i].isCollect <== PaymentRecord[i].isCollect;
        PaymentRow[i].isDeposit <== PaymentRecord[i].isDeposit;
        PaymentRow[i].isSetKey <== PaymentRecord[i].isSetKey;
        PaymentRow[i].isExit <== PaymentRecord[i].isExit;
        PaymentRow[i].isSigned <== PaymentRecord[i].isSigned;
        PaymentRow[i].record <== records[i];
        PaymentRow[i].fee <== fee[i];
        PaymentRow[i].account <== account[i];
        PaymentRow[i].validUntil <== validUntil[i];
        PaymentRow[i].amount <== PaymentRecord[i].amount;
        PaymentRow[i].target <== PaymentRecord[i].target;
        PaymentRow[i].fromKeyHash <== fromKeyHash[i];
        PaymentRow[i].fromNonce <== fromNonce[i];
        PaymentRow[i].fromBalance <== fromBalance[i];
        PaymentRow[i].toKeyHash <== toKeyHash[i];
        PaymentRow[i].toNonce <== toNonce[i];
        PaymentRow[i].toBalance <== toBalance[i];
        PaymentRow[i].A <== A[i];
        PaymentRow[i].R8 <== R8[i];
        PaymentRow[i].S <== S[i];
        PaymentRow[i].domain <== domain;
        PaymentRow[i].timestamp <== timestamp;
        PaymentRow[i].feeRecipient <== feeRecipient;
        PaymentRow[i].carryIn <== carry[i];
        carry[i + 1] <== PaymentRow[i].carryOut;
        for (var a = 0; a < 4; a++) {
            isRead[4 * i + a] <== a % 2 == 0 ? isReal[i] : 0;
            isWrite[4 * i + a] <== a % 2 == 0 ? 0 : isReal[i];
            elements[4 * i + a] <== PaymentRow[i].elements[a];
        }
    }
    carry[N] === carryOut;

    signal committed;
    (_, committed) <== AccessLog(4 * N)(logHashIn, isRead, isWrite, elements);
    committed === logHash;
    signal absorbed <== TransactionHash(N, 2)(txHashIn, isReal, records);
    absorbed === txHash;
    signal data <== RecordPolynomial(N, 2)(x, dataIn, isReal, records);
    data === dataOut;
}
