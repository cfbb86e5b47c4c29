"""A firmware image, sent in blocks, verified, activated, and proved by the version that runs then.

Seven steps of the Blue Book (class 18): block size, initiate, blocks, completeness, verify, compare
what the meter says it would activate, activate. A transfer that was interrupted goes on where it
stood: the meter says which blocks it has. It never says of which image they are while it gathers
them, so whoever calls keeps whether this image was begun.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from congto.headend.campaigns.proof import LOOKS, Verdict, looked, told, tried, untold
from congto.headend.cosem.classes.exchange import act, read, write
from congto.headend.cosem.classes.image_transfer import (
    ImageBlock,
    ImageTransfer,
    ImageTransferStatus,
    Initiation,
)
from congto.headend.dlms.apdu.references import Reference
from congto.headend.dlms.connection import State
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.obis import obis

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from congto.headend.dlms.client import Client, Exchange, Steps
    from congto.headend.dlms.data import Bits

Seen = TypeVar("Seen")

IMAGE = ImageTransfer(obis("0-0:44.0.0*255"))
FIRMWARE = Reference(1, obis("1-0:0.2.0*255"), 2)
"""Where the standard has them (IEC 62056-6-1): image transfer, version of the firmware."""
PASSES = 3
"""So often the blocks that are still missing are sent in one visit."""


@dataclass(frozen=True, slots=True)
class FirmwareImage:
    """A file of firmware.

    Attributes:
        identification: as the maker names the image to the meter; not the name of the file.
        octets: the whole of it.
        version: what the meter shows once it runs.
        replaces: beginnings of the versions that it may take the place of; an image of another
            model has none of them.
    """

    identification: bytes
    octets: bytes = field(repr=False)
    version: bytes
    replaces: tuple[bytes, ...]

    def block(self, number: int, size: int) -> ImageBlock:
        """Return a block of so many bytes; the first has number 0."""
        return ImageBlock(number, self.octets[number * size : (number + 1) * size])


class ImageWhy(StrEnum):
    """The reason of a verdict."""

    ALREADY = "already"  # the version runs; nothing was sent
    SHOWN = "shown"
    MODEL = "model"  # the firmware that runs is none that the image may replace
    REFUSED = "refused"  # the meter does not take this image
    DISABLED = "disabled"  # the meter takes no images
    INTERRUPTED = "interrupted"  # go on in another visit
    INCOMPLETE = "incomplete"  # blocks are missing after all passes: go on in another visit
    VERIFICATION = "verification"  # the meter found the image bad
    OTHER_IMAGE = "other_image"  # it would activate another image than this
    ACTIVATION = "activation"  # it did not activate it, or another version runs
    BUSY = "busy"  # it still verifies or activates: look in another visit


GOES_ON = frozenset({ImageWhy.INTERRUPTED, ImageWhy.INCOMPLETE, ImageWhy.BUSY})


class Progress(NamedTuple):
    """How far a transfer has come.

    Attributes:
        begun: the meter was told that this image comes; to be kept, and given to the next visit.
        there: blocks that the meter has. blocks: of the image; 0 before the first look.
    """

    begun: bool
    there: int = 0
    blocks: int = 0


@dataclass(frozen=True, slots=True)
class ImageOutcome:
    """What is known of an image.

    Attributes:
        verdict, why: what is known, and by what.
        progress: how far it is.
        firmware: the version that ran when it was read last.
        answer: what the meter answered against the last step; empty for success.
    """

    verdict: Verdict
    why: ImageWhy
    progress: Progress
    firmware: bytes
    answer: str = ""

    @property
    def goes_on(self) -> bool:
        """Say whether another visit goes on from here."""
        return self.why in GOES_ON


def send_image(  # noqa: PLR0913  (what is sent, what was sent, and how much of it may be now)
    client: Client,
    image: FirmwareImage,
    *,
    begun: bool = False,
    blocks_max: int | None = None,
    looks: Sequence[float] = LOOKS,
    tell: Callable[[Progress], None] = untold,
) -> Steps[ImageOutcome]:
    """Bring an image to a meter, as far as this visit comes.

    Args:
        client: associated.
        image: the image.
        begun: an earlier visit told the meter that this image comes.
        blocks_max: blocks to send in this visit; None: all that are missing.
        looks: seconds before each look at verification and activation.
        tell: takes the progress after each step and block.

    Raises:
        DlmsError: the meter could not be read, and nothing was sent.
    """
    firmware = yield from read_firmware(client)
    if firmware == image.version:
        return ImageOutcome(Verdict.CONFIRMED, ImageWhy.ALREADY, Progress(begun), firmware)
    if not firmware.startswith(image.replaces):
        return ImageOutcome(Verdict.NOT_DONE, ImageWhy.MODEL, Progress(begun), firmware)
    sending = _Sending(client, image, looks, tell, firmware, Progress(begun), blocks_max)
    return (yield from sending.carried_out())


def read_firmware(client: Client) -> Exchange[bytes]:
    """Read the version of the firmware that runs."""
    data = yield from client.get_data(FIRMWARE)
    return data.value.encode("latin-1") if isinstance(data.value, str) else data.octets


def missing_blocks(status: Bits) -> list[int]:
    """Return the numbers of the blocks that a meter lacks; the first bit is that of block 0."""
    return [
        number for number in range(status.size) if not status.value >> status.size - 1 - number & 1
    ]


class _EndError(Exception):
    """The visit comes no further; what is known."""

    def __init__(self, verdict: Verdict, why: ImageWhy, against: DlmsError | None = None) -> None:
        self.verdict, self.why, self.against = verdict, why, against
        super().__init__(why)


@dataclass(slots=True)
class _Sending:
    """One visit; whatever happens in it becomes an outcome."""

    client: Client
    image: FirmwareImage
    looks: Sequence[float]
    tell: Callable[[Progress], None]
    firmware: bytes
    progress: Progress
    blocks_max: int | None
    block_bytes: int = 0

    def carried_out(self) -> Steps[ImageOutcome]:
        try:
            yield from self._steps()
        except _EndError as end:
            answer = told(end.against)
            return ImageOutcome(end.verdict, end.why, self.progress, self.firmware, answer)
        return ImageOutcome(Verdict.CONFIRMED, ImageWhy.SHOWN, self.progress, self.firmware)

    def _steps(self) -> Steps[None]:
        status = ImageTransferStatus
        at = yield from self._sure(read(self.client, IMAGE, ImageTransfer.image_transfer_status))
        if not self.progress.begun or at is status.NOT_INITIATED:
            yield from self._initiate()
            at = status.INITIATED
        if at is status.INITIATED:
            yield from self._send_missing()
        if at in {status.INITIATED, status.VERIFICATION_INITIATED, status.VERIFICATION_FAILED}:
            yield from self._verify(begun=at is not status.INITIATED)
        sent = at in {
            status.ACTIVATION_INITIATED,
            status.ACTIVATION_SUCCESSFUL,
            status.ACTIVATION_FAILED,
        }
        if not sent:
            yield from self._compare()
        yield from self._activate(begun=sent)

    def _initiate(self) -> Exchange[None]:
        """Tell the meter what comes; what it gathered of another image is gone then."""
        client, enabled = self.client, ImageTransfer.image_transfer_enabled
        if not (yield from self._sure(read(client, IMAGE, enabled))):
            against = yield from tried(write(client, IMAGE, enabled, value=True))
            if not (yield from self._sure(read(client, IMAGE, enabled))):
                raise _EndError(Verdict.NOT_DONE, ImageWhy.DISABLED, against)
        parameter = Initiation(self.image.identification, len(self.image.octets))
        against = yield from tried(
            act(client, IMAGE, ImageTransfer.image_transfer_initiate, parameter)
        )
        if against is not None:
            lost = client.connection.state is not State.OPEN
            why = ImageWhy.INTERRUPTED if lost else ImageWhy.REFUSED
            raise _EndError(Verdict.UNCERTAIN if lost else Verdict.NOT_DONE, why, against)
        self._advance(Progress(begun=True))

    def _send_missing(self) -> Exchange[None]:
        """Send the blocks that the meter lacks, and look again until it lacks none."""
        size = ImageTransfer.image_block_size
        self.block_bytes = yield from self._sure(read(self.client, IMAGE, size))
        blocks = -(-len(self.image.octets) // max(self.block_bytes, 1))
        for _ in range(PASSES):
            missing = yield from self._missing(blocks)
            self._advance(Progress(begun=True, there=blocks - len(missing), blocks=blocks))
            if not missing:
                return
            yield from self._send(missing)
        missing = yield from self._missing(blocks)
        if missing:
            raise _EndError(Verdict.UNCERTAIN, ImageWhy.INCOMPLETE)

    def _send(self, missing: Sequence[int]) -> Exchange[None]:
        for number in missing:
            if self.blocks_max is not None:
                if not self.blocks_max:
                    raise _EndError(Verdict.UNCERTAIN, ImageWhy.INTERRUPTED)
                self.blocks_max -= 1
            block = self.image.block(number, self.block_bytes)
            against = yield from tried(
                act(self.client, IMAGE, ImageTransfer.image_block_transfer, block)
            )
            if self.client.connection.state is not State.OPEN:
                raise _EndError(Verdict.UNCERTAIN, ImageWhy.INTERRUPTED, against)
            if against is None:  # refused ones are sent again in the next pass
                self._advance(self.progress._replace(there=self.progress.there + 1))

    def _missing(self, blocks: int) -> Exchange[list[int]]:
        attribute = ImageTransfer.image_transferred_blocks_status
        status = yield from self._sure(read(self.client, IMAGE, attribute))
        if status.size != blocks:  # somebody has begun another one since
            self._advance(Progress(begun=False))
            raise _EndError(
                Verdict.NOT_DONE, ImageWhy.OTHER_IMAGE, _other(f"{status.size} blocks", f"{blocks}")
            )
        return missing_blocks(status)

    def _verify(self, *, begun: bool) -> Steps[None]:
        status = ImageTransferStatus
        against = None
        if not begun:
            against = yield from tried(act(self.client, IMAGE, ImageTransfer.image_verify))
        at = yield from self._status_in(status.VERIFICATION_SUCCESSFUL, status.VERIFICATION_FAILED)
        if at is None:
            raise _EndError(Verdict.UNCERTAIN, ImageWhy.INTERRUPTED, against)
        if at is status.VERIFICATION_SUCCESSFUL:
            return
        if at is status.VERIFICATION_INITIATED:
            raise _EndError(Verdict.UNCERTAIN, ImageWhy.BUSY, against)
        self._advance(Progress(begun=False))  # it has to be sent anew
        raise _EndError(Verdict.NOT_DONE, ImageWhy.VERIFICATION, against)

    def _compare(self) -> Exchange[None]:
        """Refuse to activate anything but this image."""
        info = yield from self._sure(read(self.client, IMAGE, ImageTransfer.image_to_activate_info))
        ours = (len(self.image.octets), self.image.identification)
        if [one[:2] for one in info] != [ours]:
            self._advance(Progress(begun=False))
            against = _other(f"{[one[:2] for one in info]} to activate", f"{ours}")
            raise _EndError(Verdict.NOT_DONE, ImageWhy.OTHER_IMAGE, against)

    def _activate(self, *, begun: bool) -> Steps[None]:
        """Activate and look which version runs; many meters start anew and let the line go."""
        status = ImageTransferStatus
        against = None
        if not begun:
            against = yield from tried(act(self.client, IMAGE, ImageTransfer.image_activate))
        at = yield from self._status_in(status.ACTIVATION_SUCCESSFUL, status.ACTIVATION_FAILED)
        if at is None:
            raise _EndError(Verdict.UNCERTAIN, ImageWhy.INTERRUPTED, against)
        if at is status.ACTIVATION_INITIATED:
            raise _EndError(Verdict.UNCERTAIN, ImageWhy.BUSY, against)
        self.firmware = yield from self._sure(read_firmware(self.client))
        if self.firmware != self.image.version:
            self._advance(Progress(begun=False))
            raise _EndError(Verdict.NOT_DONE, ImageWhy.ACTIVATION, against)

    def _status_in(self, *wanted: ImageTransferStatus) -> Steps[ImageTransferStatus | None]:
        """Look at the status until it is one of those wanted; None where nothing was seen."""
        seen = yield from looked(
            self.client,
            lambda: read(self.client, IMAGE, ImageTransfer.image_transfer_status),
            wanted.__contains__,
            self.looks,
        )
        return seen[-1] if seen else None

    def _sure(self, look: Exchange[Seen]) -> Exchange[Seen]:
        """Read what the next step stands on; without it the visit ends."""
        try:
            return (yield from look)
        except DlmsError as error:
            raise _EndError(Verdict.UNCERTAIN, ImageWhy.INTERRUPTED, error) from error

    def _advance(self, progress: Progress) -> None:
        self.progress = progress
        self.tell(progress)


def _other(found: str, expected: str) -> DlmsError:
    return DlmsError(
        Fault.BAD_VALUE,
        f"the meter holds {found}",
        expected=f"{expected} of this image",
        action="Send the image anew",
    )
