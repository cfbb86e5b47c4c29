"""The transfer of a firmware image in blocks (class 18)."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from congto.headend.cosem.classes.kinds import (
    BITS,
    BOOLEAN,
    OCTETS,
    U32,
    ZERO,
    array_of,
    enumerated,
    record,
)
from congto.headend.cosem.classes.shape import CosemObject, attribute, method


class ImageTransferStatus(IntEnum):
    """How far a transfer has come."""

    NOT_INITIATED = 0
    INITIATED = 1
    VERIFICATION_INITIATED = 2
    VERIFICATION_SUCCESSFUL = 3
    VERIFICATION_FAILED = 4
    ACTIVATION_INITIATED = 5
    ACTIVATION_SUCCESSFUL = 6
    ACTIVATION_FAILED = 7


class ImageToActivate(NamedTuple):
    """An image that was verified."""

    image_to_activate_size: int
    image_to_activate_identification: bytes
    image_to_activate_signature: bytes


class Initiation(NamedTuple):
    """The image to come; its size is in bytes."""

    image_identifier: bytes
    image_size: int


class ImageBlock(NamedTuple):
    """A block; the first has number 0."""

    image_block_number: int
    image_block_value: bytes


class ImageTransfer(CosemObject, number=18, version=0, title="Image transfer", clause="4.4.6"):
    """The image under way; the status of blocks has a bit a block, the first of block 0."""

    image_block_size = attribute(2, U32)
    image_transferred_blocks_status = attribute(3, BITS)
    image_first_not_transferred_block_number = attribute(4, U32)
    image_transfer_enabled = attribute(5, BOOLEAN)
    image_transfer_status = attribute(6, enumerated(ImageTransferStatus))
    image_to_activate_info = attribute(7, array_of(record(ImageToActivate, U32, OCTETS, OCTETS)))

    image_transfer_initiate = method(1, record(Initiation, OCTETS, U32))
    image_block_transfer = method(2, record(ImageBlock, U32, OCTETS))
    image_verify = method(3, ZERO)
    image_activate = method(4, ZERO)
