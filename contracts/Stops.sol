// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {Roles} from "./Roles.sol";

/// @title Stops that end by themselves
/// @notice A guardian can stop parts of the contract, each for up to 7 days at once, and for 30 days in all: enough to look at
/// what seems wrong, too little to hold anyone for ever. Nobody needs to end a stop, so none outlives an administrator.
/// @dev Time-outs count on `clock`, which stands still during stops: nobody is overdue for what could not be done.
abstract contract Stops is Roles {
    /// What can be stopped.
    enum Part {
        /// Posting batches, forced ones included.
        Posting,
        /// Asking for what the sequencer must then post.
        Forcing,
        /// Consolidating batches.
        Proving,
        /// Proving values to other contracts.
        Reading
    }

    /// @notice No stop is longer, in seconds; it can be prolonged.
    uint48 public constant MAX_STOP = 7 days;
    /// @notice All the seconds in which anything can ever be stopped.
    uint48 public constant MAX_STOPPED = 30 days;

    /// @notice Until when a part is stopped; in the past if it is not.
    mapping(Part => uint48) public stoppedUntil;

    /// @dev Since and until when anything is stopped, now or the last time, and the seconds of all times before.
    uint48 private _since;
    uint48 private _until;
    uint48 private _before;

    /// The part is stopped until `time`, by `guardian`.
    event Stopped(Part indexed part, uint48 time, address indexed guardian);
    /// The part goes on before its stop was over.
    event Resumed(Part indexed part, address indexed guardian);

    /// The part is stopped until `time`.
    error PartStopped(Part part, uint48 time);
    /// Expected at least one part and a second.
    error NothingToStop();
    /// Expected a stop of at most so many seconds.
    error StopTooLong(uint48 most);

    modifier unlessStopped(Part part) {
        _requireGoing(part);
        _;
    }

    /// @notice Stops parts for so many seconds from now on; one that is stopped for longer stays so.
    function stop(Part[] calldata parts, uint48 duration) external onlyRole(GUARDIAN_ROLE) {
        if (parts.length == 0 || duration == 0) revert NothingToStop();
        if (duration > MAX_STOP) revert StopTooLong(MAX_STOP);
        uint48 time = uint48(block.timestamp);
        uint48 until = time + duration;
        if (time >= _until) {
            (_before, _since, _until) = (_before + _until - _since, time, until);
        } else if (until > _until) {
            _until = until;
        }
        uint48 others = _before + time - _since;
        if (_until - time + others > MAX_STOPPED) revert StopTooLong(MAX_STOPPED - others);
        for (uint256 i = 0; i < parts.length; i++) {
            if (stoppedUntil[parts[i]] >= until) continue;
            stoppedUntil[parts[i]] = until;
            emit Stopped(parts[i], until, msg.sender);
        }
    }

    /// @notice Ends the stop of parts; the seconds that it would still have taken are not counted.
    function resume(Part[] calldata parts) external onlyRole(GUARDIAN_ROLE) {
        uint48 time = uint48(block.timestamp);
        for (uint256 i = 0; i < parts.length; i++) {
            if (stoppedUntil[parts[i]] <= time) continue;
            stoppedUntil[parts[i]] = time;
            emit Resumed(parts[i], msg.sender);
        }
        if (time >= _until) return;
        uint48 last = time;
        for (uint256 part = 0; part <= uint256(type(Part).max); part++) {
            uint48 until = stoppedUntil[Part(part)];
            if (until > last) last = until;
        }
        _until = last;
    }

    /// @notice The time less all seconds in which anything was stopped.
    function clock() public view returns (uint48) {
        uint48 time = uint48(block.timestamp);
        return time - _before - ((time < _until ? time : _until) - _since);
    }

    function _requireGoing(Part part) internal view virtual {
        uint48 until = stoppedUntil[part];
        if (block.timestamp < until) revert PartStopped(part, until);
    }
}
