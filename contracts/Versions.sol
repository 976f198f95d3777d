// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.28;

import {Stops} from "./Stops.sol";

/// @title Verifiers, by version
/// @notice The administrator announces other verifiers; once `changeDelay` is over, during which a guardian can refuse them,
/// anyone has them adopted. A batch is proven by the version with which it was posted, whatever came after.
/// @dev The delay counts on `clock`, and is longer than that of forced batches: whoever distrusts the new verifiers can still
/// have their batch posted with the old ones, also if that was stopped meanwhile.
abstract contract Versions is Stops {
    /// @notice The version with which batches are posted; the first is 1.
    uint32 public version;
    /// @notice When, by `clock`, the announced verifiers can be adopted; 0 if there are none.
    uint48 public adoptableAt;
    /// @notice The number of the first batch that can have been posted with a version.
    mapping(uint32 version => uint48) public firstBatchOf;

    mapping(uint32 version => address[]) private _verifiers;
    address[] private _announced;

    /// These verifiers can be adopted once `clock` is at `time`.
    event VerifiersAnnounced(address[] verifiers, uint48 time);
    /// The announced verifiers will not be adopted.
    event VerifiersRefused(address indexed by);
    /// Batches from `firstBatch` on are posted with this version.
    event VersionAdopted(uint32 indexed version, uint48 firstBatch, address[] verifiers);

    /// Expected a contract that verifies proofs.
    error NoContract(address verifier);
    /// Expected so many verifiers.
    error OtherCount(uint256 expected, uint256 given);
    /// No verifiers are announced, or they cannot be adopted before `clock` is at `time`.
    error NotAdoptable(uint48 time);
    /// There is no such version, or no batch that waits for its proof, or is yet to be posted, has it.
    error UnusableVersion(uint32 version);

    constructor(address[] memory verifiers) {
        _requireContracts(verifiers);
        _adopt(verifiers);
    }

    /// @notice Announces verifiers, in place of any that were announced before.
    function announceVerifiers(address[] calldata verifiers) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _requireContracts(verifiers);
        _announced = verifiers;
        adoptableAt = clock() + changeDelay;
        emit VerifiersAnnounced(verifiers, adoptableAt);
    }

    /// @notice Refuses the verifiers that are announced.
    function refuseVerifiers() external onlyRole(GUARDIAN_ROLE) {
        if (adoptableAt == 0) revert NotAdoptable(0);
        adoptableAt = 0;
        emit VerifiersRefused(msg.sender);
    }

    /// @notice Has batches posted with the announced verifiers from now on.
    function adoptVerifiers() external {
        if (adoptableAt == 0 || clock() < adoptableAt) revert NotAdoptable(adoptableAt);
        adoptableAt = 0;
        _adopt(_announced);
    }

    /// @notice The verifiers of a version, in the order that the mode gives them.
    function verifiersOf(uint32 version_) public view returns (address[] memory) {
        if (version_ == 0 || version_ > version) revert UnusableVersion(version_);
        return _verifiers[version_];
    }

    /// @dev Reverts for a version with which no batch waits and none will be posted: what old keys prove must be of no use.
    function _requireUsable(uint32 version_, uint48 lastProven) internal view virtual {
        if (version_ == version) return;
        if (version_ == 0 || version_ > version) revert UnusableVersion(version_);
        uint48 end = firstBatchOf[version_ + 1];
        if (firstBatchOf[version_] == end || lastProven + 1 >= end) revert UnusableVersion(version_);
    }

    /// @dev Has batches from `number` on posted anew: those of earlier versions are gone.
    function _renumber(uint48 number) internal {
        for (uint32 each = version; firstBatchOf[each] > number; each--) {
            firstBatchOf[each] = number;
        }
    }

    /// @dev How many verifiers the mode needs.
    function _verifierCount() internal pure virtual returns (uint256);

    /// @dev The number that the next posted batch gets.
    function _nextBatch() internal view virtual returns (uint48);

    function _adopt(address[] memory verifiers) private {
        version++;
        _verifiers[version] = verifiers;
        firstBatchOf[version] = _nextBatch();
        emit VersionAdopted(version, firstBatchOf[version], verifiers);
    }

    function _requireContracts(address[] memory verifiers) private view {
        if (verifiers.length != _verifierCount()) revert OtherCount(_verifierCount(), verifiers.length);
        for (uint256 i = 0; i < verifiers.length; i++) {
            if (verifiers[i].code.length == 0) revert NoContract(verifiers[i]);
        }
    }
}
