// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {Batches} from "./Batches.sol";
import {PostedPayments} from "./PostedPayments.sol";

/// @title What the operator of payments must take
/// @notice Deposits, keys and exits, in the order in which they were asked for. Each costs a fee, for whoever proves it. Only so
/// many are taken in a window of time, and the fee doubles with each eighth of them, so that nobody can ask for more than
/// can be proven for little.
/// @dev A window is of `clock`. What is asked for is never changed, so that what stands at an index stays.
abstract contract PaymentQueue is Batches {
    /// @dev Wei in a unit of an operation's fee.
    uint256 internal constant GWEI = 1e9;

    /// @notice In gwei, the fee of a window's first operation.
    uint32 internal immutable lowestFee;
    /// @notice Operations that can be asked for in a window.
    uint16 internal immutable maxOperations;
    /// @notice Seconds of a window.
    uint48 internal immutable window;

    /// @notice Operations by index, from 0.
    mapping(uint48 index => PostedPayments.Operation) public operations;
    /// @notice How many operations were asked for, how many of them are posted, and how many of these consolidated.
    uint48 public queueLength;
    uint48 public postedItems;
    uint48 public consolidatedItems;
    /// @dev Of how many the fee is paid to who proved them; these stay paid if their batch is voided.
    uint48 internal _paidItems;

    /// @dev The window of the last operation, and how many there are in it.
    uint48 private _lastWindow;
    uint16 private _inWindow;

    /// Somebody asked for an operation that must be posted after the delay.
    event OperationAsked(
        uint48 indexed index,
        address indexed account,
        uint8 kind,
        uint256 keyHash,
        uint96 amount,
        uint40 fee,
        uint48 askedAt
    );

    /// Expected at least one operation a window, and a fee of at least one gwei.
    error NoQueue();
    /// There is no such account for users: address 0 is Ethereum's own side.
    error NoAccount();
    /// Only an account's owner sets its key.
    error ForeignKey(address account);
    /// Expected a key hash below 2^128.
    error KeyHashOutOfRange(uint256 keyHash);
    /// Expected at least so much wei: the amount and the fee.
    error ValueTooLow(uint256 expected, uint256 given);
    /// Accounts hold less than 2^96 wei together.
    error TooMuchEther();
    /// No more operations are taken before `clock` is there.
    error WindowFull(uint256 until);

    constructor(uint32 lowestFee_, uint16 maxOperations_, uint48 window_) {
        if (lowestFee_ == 0 || maxOperations_ == 0) revert NoQueue();
        (lowestFee, maxOperations, window) = (lowestFee_, maxOperations_, _delay(window_));
    }

    /// @notice What the next operation costs, in wei.
    function operationFee() public view returns (uint256) {
        return _fee() * GWEI;
    }

    /// @notice Asks for the amount to be credited to an account. Value above the amount and the fee is owed to the sender.
    /// @param keyHash Of the sender's own account, its key from then on; 0 leaves the key that there is.
    function deposit(address to, uint256 keyHash, uint96 amount) external payable returns (uint48 index) {
        if (to == address(0)) revert NoAccount();
        if (keyHash != 0 && to != msg.sender) revert ForeignKey(to);
        if (address(this).balance > type(uint96).max) revert TooMuchEther();
        return _ask(PostedPayments.DEPOSIT, to, keyHash, amount);
    }

    /// @notice Asks for another key of the sender's account; 0 is none, so that it pays nothing any more.
    function setKey(uint256 keyHash) external payable returns (uint48 index) {
        return _ask(PostedPayments.SET_KEY, msg.sender, keyHash, 0);
    }

    /// @notice Asks for all that the sender's account then holds, to be paid to its address.
    function exit() external payable returns (uint48 index) {
        return _ask(PostedPayments.EXIT, msg.sender, 0, 0);
    }

    function _ask(uint8 kind, address account, uint256 keyHash, uint96 amount)
        private
        unlessStopped(Part.Forcing)
        returns (uint48 index)
    {
        if (keyHash > type(uint128).max) revert KeyHashOutOfRange(keyHash);
        uint40 fee = _fee();
        uint256 expected = amount + fee * GWEI;
        if (msg.value < expected) revert ValueTooLow(expected, msg.value);
        uint48 current = _currentWindow();
        (_inWindow, _lastWindow) = (_lastWindow == current ? _inWindow + 1 : 1, current);
        index = queueLength++;
        uint48 askedAt = clock();
        operations[index] = PostedPayments.Operation(account, askedAt, kind, fee, uint128(keyHash), amount);
        emit OperationAsked(index, account, kind, keyHash, amount, fee, askedAt);
        _owe(msg.sender, msg.value - expected);
    }

    /// @dev In gwei, of the next operation.
    function _fee() private view returns (uint40) {
        uint48 current = _currentWindow();
        uint256 taken = _lastWindow == current ? _inWindow : 0;
        if (taken == maxOperations) revert WindowFull((uint256(current) + 1) * window);
        return uint40(lowestFee) << uint40((8 * taken) / maxOperations);
    }

    function _currentWindow() private view returns (uint48) {
        return clock() / window;
    }
}
