pragma circom 2.2.0;

include "../bits.circom";
include "../memory.circom";
include "key_order.circom";
include "leaf_memory.circom";

// An operation on one leaf: a read or an update.
// Proves   taken and made are the fingerprints of the leaf before and after, logged that of the operation. What is
//          read is before as after; the leaf's key is neither HEAD's nor TAIL's. All three are 1 for padding.
// Assumes  read and update are bits. Not both are 1: that is proven.
template PointOperation() {
    signal input powers[6];
    signal input gamma;
    signal input {binary} read;
    signal input {binary} update;
    signal input time;
    signal input elements[3]; // key, value before, value after
    signal input index;
    signal input pointers[2]; // previous leaf, next leaf
    signal input previousMoment;
    signal output taken;
    signal output made;
    signal output logged;

    signal {binary} real <== Bit()(read + update);
    read * (elements[2] - elements[1]) === 0;
    signal ends <== elements[0] * (elements[0] - MAX_KEY());
    AssertNonZeroWhen()(ends, real);
    taken <== MultiplyIf()(1, real, LeafFingerprint()(powers, gamma, index,
        [pointers[0], pointers[1], elements[0], elements[1]], previousMoment));
    made <== MultiplyIf()(1, real, LeafFingerprint()(powers, gamma, index,
        [pointers[0], pointers[1], elements[0], elements[2]], 3 * time));
    logged <== MultiplyIf()(1, real, OperationFingerprint()(powers, gamma, time, read + 4 * update, elements));
}

// An operation on two neighbours, left and right, and what is between them: the read of an absent key, an insert, a delete.
// Proves   taken and made are the products of the fingerprints of the leaves before and after, in the order of their
//          moments 3 time, 3 time + 1, 3 time + 2: left, middle, right. logged is that of the operation. All are 1 for padding.
//          left.key < key < right.key.
//          Read of an absent key: left and right are each other's neighbours, and stay as they are.
//          Insert: they are each other's before, and the middle's after; the middle leaf is made, and takes no leaf's place.
//          Delete: they are the middle's before, and each other's after; the middle leaf is taken, and none made.
// Assumes  absent, insert and delete are bits; the list is in order; the `middle` of an insert is a leaf index that was never
//          given out. At most one of the three is 1: that is proven.
// Sound    two leaves of a list in order of which each points to the other, the left one as its next, are neighbours, and so
//          left.key < right.key (AssertBetween needs it): TAIL is its own next, but not its own previous, and HEAD the
//          reverse. For a delete that holds of left and middle and of middle and right.
template ListOperation() {
    signal input powers[6];
    signal input gamma;
    signal input {binary} absent;
    signal input {binary} insert;
    signal input {binary} delete;
    signal input time;
    signal input key;
    signal input value;          // the middle's, if there is one
    signal input left[4];        // index, previous leaf, key, value
    signal input middle;         // index
    signal input right[4];       // index, next leaf, key, value
    signal input previousMoments[3];
    signal output taken;
    signal output made;
    signal output logged;

    signal {binary} real <== Bit()(absent + insert + delete);
    AssertBetween()(left[2], key, right[2]);

    // What left's next and right's previous leaf are, before and after.
    signal nextBefore <== right[0] + delete * (middle - right[0]);
    signal nextAfter <== right[0] + insert * (middle - right[0]);
    signal previousBefore <== left[0] + delete * (middle - left[0]);
    signal previousAfter <== left[0] + insert * (middle - left[0]);

    signal leftTaken <== LeafFingerprint()(powers, gamma, left[0], [left[1], nextBefore, left[2], left[3]], previousMoments[0]);
    signal leftMade <== LeafFingerprint()(powers, gamma, left[0], [left[1], nextAfter, left[2], left[3]], 3 * time);
    signal rightTaken <== LeafFingerprint()(powers, gamma, right[0], [previousBefore, right[1], right[2], right[3]], previousMoments[2]);
    signal rightMade <== LeafFingerprint()(powers, gamma, right[0], [previousAfter, right[1], right[2], right[3]], 3 * time + 2);
    signal middleTaken <== LeafFingerprint()(powers, gamma, middle, [left[0], right[0], key, value], previousMoments[1]);
    signal middleMade <== LeafFingerprint()(powers, gamma, middle, [left[0], right[0], key, value], 3 * time + 1);

    signal bothTaken <== leftTaken * rightTaken;
    signal bothMade <== leftMade * rightMade;
    taken <== MultiplyIf()(MultiplyIf()(1, real, bothTaken), delete, middleTaken);
    made <== MultiplyIf()(MultiplyIf()(1, real, bothMade), insert, middleMade);

    signal before <== delete * value;
    signal after <== insert * value;
    logged <== MultiplyIf()(1, real, OperationFingerprint()(powers, gamma, time, 2 * absent + 3 * insert + 5 * delete,
        [key, before, after]));
}
