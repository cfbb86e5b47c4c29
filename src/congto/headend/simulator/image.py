"""A firmware image taken in blocks (class 18), resumable: the blocks that came stay."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from congto.headend.dlms.apdu.results import AccessResult
from congto.headend.dlms.data import Bits, Data, array, octets, structure, u32
from congto.headend.dlms.encoding import encode
from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.obis import obis
from congto.headend.dlms.tags import Tag
from congto.headend.simulator.events import EventCode
from congto.headend.simulator.things import (
    Call,
    RefusalError,
    Thing,
    boolean_bytes,
    enum_bytes,
    u32_bytes,
)

if TYPE_CHECKING:
    from congto.headend.simulator.meter import Meter

IMAGE = obis("0.0.44.0.0.255")
BLOCK_BYTES = 256
IMAGE_BYTES_MAX = 4 * 1024 * 1024
MODEL = b"CONGTO-SIM"
"""Images of this model carry it at the begin of their identification; others are refused."""
DELIVERED = MODEL + b"-1.0"


class Status(IntEnum):
    """Attribute 6."""

    NOT_INITIATED = 0
    INITIATED = 1
    VERIFIED = 3
    VERIFICATION_FAILED = 4
    ACTIVATED = 6
    ACTIVATION_FAILED = 7


@dataclass(slots=True)
class Image:
    """A transfer under way; `arrived` has a bit a block, block 0 the lowest."""

    identification: bytes
    size: int
    arrived: int = 0
    status: Status = Status.INITIATED

    @property
    def blocks(self) -> int:
        """Return how many blocks the image has."""
        return -(-self.size // BLOCK_BYTES)

    @property
    def first_missing(self) -> int:
        """Return the number of the first block that has not come; of blocks where all have."""
        missing = ~self.arrived
        return min((missing & -missing).bit_length() - 1, self.blocks)


def firmware(meter: Meter) -> bytes:
    """Return the identification of the firmware that runs."""
    image = meter.image
    if image is not None and image.status is Status.ACTIVATED:
        return image.identification
    return DELIVERED


def _under_way(call: Call) -> Image:
    if call.meter.image is None:
        raise RefusalError(AccessResult.TEMPORARY_FAILURE)
    return call.meter.image


def _parts(parameter: Data | None, count: int) -> tuple[Data, ...]:
    try:
        items = () if parameter is None else parameter.items
    except DlmsError as error:
        raise RefusalError(AccessResult.TYPE_UNMATCHED) from error
    if len(items) != count:
        raise RefusalError(AccessResult.TYPE_UNMATCHED)
    return items


def _initiate(call: Call, parameter: Data | None) -> None:
    identification, size = _parts(parameter, 2)
    if not 0 < size.number <= IMAGE_BYTES_MAX:
        raise RefusalError(AccessResult.SCOPE_OF_ACCESS_VIOLATED)
    if not identification.octets.startswith(MODEL):
        raise RefusalError(AccessResult.OTHER_REASON)
    image = call.meter.image
    if image and (image.identification, image.size) == (identification.octets, size.number):
        image.status = Status.INITIATED  # begun before: what has come is kept
        return
    call.meter.image = Image(identification.octets, size.number)


def _block(call: Call, parameter: Data | None) -> None:
    image = _under_way(call)
    number, value = _parts(parameter, 2)
    rest = image.size - number.number * BLOCK_BYTES
    known = 0 <= number.number < image.blocks
    if not known or len(value.octets) != min(rest, BLOCK_BYTES):
        raise RefusalError(AccessResult.SCOPE_OF_ACCESS_VIOLATED)
    image.arrived |= 1 << number.number


def _verify(call: Call, _parameter: Data | None) -> None:
    image = _under_way(call)
    if image.first_missing < image.blocks:
        image.status = Status.VERIFICATION_FAILED
        raise RefusalError(AccessResult.OTHER_REASON)
    image.status = Status.VERIFIED


def _activate(call: Call, _parameter: Data | None) -> None:
    image = _under_way(call)
    if image.status is not Status.VERIFIED:
        image.status = Status.ACTIVATION_FAILED
        raise RefusalError(AccessResult.OTHER_REASON)
    image.status = Status.ACTIVATED
    call.meter.happened(call.age, EventCode.IMAGE_ACTIVATED)


def _bitmap(call: Call) -> bytes:
    image = call.meter.image
    size = 0 if image is None else image.blocks
    arrived = 0 if image is None else image.arrived
    bits = f"{arrived:0{size}b}"[::-1] if size else ""
    return encode(Data(Tag.BIT_STRING, Bits(size, int(bits or "0", 2))))


def _to_activate(call: Call) -> bytes:
    image = call.meter.image
    if image is None or image.status not in {Status.VERIFIED, Status.ACTIVATED}:
        return encode(array(()))
    told = structure(u32(image.size), octets(image.identification), octets(b""))
    return encode(array((told,)))


THINGS = (
    Thing(
        18,
        0,
        IMAGE,
        {
            2: u32_bytes(BLOCK_BYTES),
            3: _bitmap,
            4: lambda call: u32_bytes(call.meter.image.first_missing if call.meter.image else 0),
            5: boolean_bytes(value=True),
            6: lambda call: enum_bytes(
                call.meter.image.status if call.meter.image else Status.NOT_INITIATED
            ),
            7: _to_activate,
        },
        methods={1: _initiate, 2: _block, 3: _verify, 4: _activate},
    ),
)
