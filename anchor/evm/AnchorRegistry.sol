// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A notice board: whoever calls it leaves 32 bytes in the chain's log, with the block's time beside them.
/// @notice It keeps no state, belongs to nobody, cannot be changed or stopped, and takes no funds: a call that carries
/// value, or anything but `anchor(bytes32)`, is reverted. It says nothing about who called, and a digest may be left
/// more than once: what counts is the earliest.
contract AnchorRegistry {
    event Anchored(bytes32 indexed digest);

    function anchor(bytes32 digest) external {
        emit Anchored(digest);
    }
}
