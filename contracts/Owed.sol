// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

/// @title What the contract owes
/// @notice Nobody is paid in the midst of another call: each fetches what they are owed, so that one who cannot be paid holds up
/// nobody else.
abstract contract Owed {
    /// @notice Wei that an account can fetch.
    mapping(address account => uint256) public owed;

    /// An account is owed so much more.
    event Owing(address indexed account, uint256 amount);
    /// An account fetched what it was owed.
    event Fetched(address indexed account, address indexed to, uint256 amount);

    error NothingOwed(address account);
    /// The account refused the payment, and is owed it still.
    error PaymentRefused(address to);

    /// @notice Pays what the sender is owed to `to`.
    function fetch(address to) external {
        uint256 amount = owed[msg.sender];
        if (amount == 0) revert NothingOwed(msg.sender);
        owed[msg.sender] = 0;
        (bool isPaid,) = to.call{value: amount}("");
        if (!isPaid) revert PaymentRefused(to);
        emit Fetched(msg.sender, to, amount);
    }

    function _owe(address account, uint256 amount) internal {
        if (amount == 0) return;
        owed[account] += amount;
        emit Owing(account, amount);
    }
}
