// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";

/// @title Who may do what
/// @notice The administrator gives and takes roles, and is followed by another in two steps, `changeDelay` apart. A guardian
/// whose role is taken keeps it for `changeDelay`: an administrator who means harm cannot first be rid of who would stop it.
/// @dev All delays are fixed at deployment, and from a second to 30 days: nobody can shorten one to surprise others.
abstract contract Roles is AccessControlDefaultAdminRules {
    /// @notice May post batches.
    bytes32 public constant SEQUENCER_ROLE = keccak256("SEQUENCER_ROLE");
    /// @notice May consolidate a batch before its time-out; after it, anyone may.
    bytes32 public constant PROVER_ROLE = keccak256("PROVER_ROLE");
    /// @notice May stop parts of the contract for a while.
    bytes32 public constant GUARDIAN_ROLE = keccak256("GUARDIAN_ROLE");

    /// @notice No delay or time-out is longer, in seconds.
    uint48 public constant MAX_DELAY = 30 days;

    /// Who has which role at first.
    struct Appointments {
        address admin;
        address sequencer;
        address prover;
        address guardian;
    }

    /// @notice Seconds from when a change of who or what is trusted is announced until it takes effect.
    uint48 public immutable changeDelay;

    /// @notice When a guardian's role ends; 0 if nobody has said that it shall.
    mapping(address guardian => uint48) public guardianUntil;

    /// The guardian's role ends at `time`.
    event GuardianEnds(address indexed guardian, uint48 time);

    /// Expected a delay from 1 second to `MAX_DELAY`.
    error DelayOutOfRange(uint48 delay);
    /// Delays are fixed at deployment.
    error DelaysAreFixed();

    constructor(Appointments memory appointed, uint48 changeDelay_)
        AccessControlDefaultAdminRules(_delay(changeDelay_), appointed.admin)
    {
        changeDelay = changeDelay_;
        _grantRole(SEQUENCER_ROLE, appointed.sequencer);
        _grantRole(PROVER_ROLE, appointed.prover);
        _grantRole(GUARDIAN_ROLE, appointed.guardian);
    }

    /// @notice Takes a role away: a guardian's in `changeDelay`, any other at once. Granting it again keeps a guardian.
    function revokeRole(bytes32 role, address account) public override {
        if (role != GUARDIAN_ROLE) return super.revokeRole(role, account);
        _checkRole(DEFAULT_ADMIN_ROLE);
        if (!hasRole(role, account) || guardianUntil[account] != 0) return;
        guardianUntil[account] = uint48(block.timestamp) + changeDelay;
        emit GuardianEnds(account, guardianUntil[account]);
    }

    /// @notice Whether an account has a role now.
    function hasRole(bytes32 role, address account)
        public
        view
        override(AccessControl, IAccessControl)
        returns (bool)
    {
        if (!super.hasRole(role, account)) return false;
        if (role != GUARDIAN_ROLE) return true;
        uint48 until = guardianUntil[account];
        return until == 0 || block.timestamp < until;
    }

    /// @notice Reverts: the delay of the administrator's changes is `changeDelay`, for ever.
    function changeDefaultAdminDelay(uint48) public pure override {
        revert DelaysAreFixed();
    }

    /// @notice Reverts, as there is no change to take back.
    function rollbackDefaultAdminDelay() public pure override {
        revert DelaysAreFixed();
    }

    function _grantRole(bytes32 role, address account) internal override returns (bool) {
        if (role == GUARDIAN_ROLE) delete guardianUntil[account];
        return super._grantRole(role, account);
    }

    /// @dev The delay given, if it is one.
    function _delay(uint48 delay) internal pure returns (uint48) {
        if (delay == 0 || delay > MAX_DELAY) revert DelayOutOfRange(delay);
        return delay;
    }
}
