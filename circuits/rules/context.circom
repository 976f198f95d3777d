pragma circom 2.2.0;

include "../poseidon.circom";

// Proves   domain is the signing domain of (chain id, contract, rules version), and context is the commitment to it and to
//          (batch number, timestamp, fee recipient).
// Assumes  the contract computed `context`, from numbers in range: timestamp below 2^40, a fee recipient of 160 bits that is
//          not 0. They are NOT range-checked here.
// Sound    Poseidon is collision resistant, so the numbers are the contract's.
template Context() {
    signal input chainId;
    signal input contract;
    signal input version;
    signal input batchNumber;
    signal input timestamp;
    signal input feeRecipient;
    signal output domain;
    signal output context;
    domain <== Poseidon(3)([chainId, contract, version]);
    context <== Poseidon(4)([domain, batchNumber, timestamp, feeRecipient]);
}
