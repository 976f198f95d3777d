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
    component record[N];
    component row[N];
    for (var i = 0; i < N; i++) {
        record[i] = PaymentRecord();
        record[i].transfer <== transfer[i];
        record[i].withdraw <== withdraw[i];
        record[i].collect <== collect[i];
        record[i].deposit <== deposit[i];
        record[i].setKey <== setKey[i];
        record[i].exit <== exit[i];
        record[i].fee <== fee[i];
        record[i].account <== account[i];
        record[i].validUntil <== validUntil[i];
        record[i].amountHigh <== amountHigh[i];
        record[i].amountLow <== amountLow[i];
        record[i].targetHigh <== targetHigh[i];
        record[i].targetLow <== targetLow[i];
        isReal[i] <== record[i].isReal;
        records[i] <== record[i].record;

        row[i] = PaymentRow();
        row[i].isTransfer <== record[i].isTransfer;
        row[i].isCollect <== record[i].isCollect;
        row[i].isDeposit <== record[i].isDeposit;
        row[i].isSetKey <== record[i].isSetKey;
        row[i].isExit <== record[i].isExit;
        row[i].isSigned <== record[i].isSigned;
        row[i].record <== records[i];
        row[i].fee <== fee[i];
        row[i].account <== account[i];
        row[i].validUntil <== validUntil[i];
        row[i].amount <== record[i].amount;
        row[i].target <== record[i].target;
        row[i].fromKeyHash <== fromKeyHash[i];
        row[i].fromNonce <== fromNonce[i];
        row[i].fromBalance <== fromBalance[i];
        row[i].toKeyHash <== toKeyHash[i];
        row[i].toNonce <== toNonce[i];
        row[i].toBalance <== toBalance[i];
        row[i].A <== A[i];
        row[i].R8 <== R8[i];
        row[i].S <== S[i];
        row[i].domain <== domain;
        row[i].timestamp <== timestamp;
        row[i].feeRecipient <== feeRecipient;
        row[i].carryIn <== carry[i];
        carry[i + 1] <== row[i].carryOut;
        for (var a = 0; a < 4; a++) {
            isRead[4 * i + a] <== a % 2 == 0 ? isReal[i] : 0;
            isWrite[4 * i + a] <== a % 2 == 0 ? 0 : isReal[i];
            elements[4 * i + a] <== row[i].elements[a];
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
