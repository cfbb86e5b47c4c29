"""What a client says to a meter of IEC 62056-21, mode C: generators, as `client` has them.

They yield the bytes to send and are sent the message that answers, cut out by `ReadoutReader`.
A meter that did not understand (NAK) or is not understood (block check) is asked again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.local_readout import (
    NAK,
    Accepted,
    Block,
    DataSet,
    Identification,
    Item,
    acknowledge,
    command,
    item_of,
    sign_on,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from congto.headend.dlms.client import Exchange

    Kind = TypeVar("Kind", Identification, Block, Accepted)

OFFERED = ""
"""In place of a speed: the one that the meter offers."""
READ_OUT, COMMANDS = "0", "1"
TRIES_MAX = 3
AGAIN = bytes((NAK,))
ERRORS = "ER"
"""So errors begin: (ER01), (ERROR)."""


def read_out(device: str, speed: str = OFFERED) -> Exchange[tuple[Identification, Block]]:
    """Sign on and take the data block.

    Args:
        device: the meter's address; empty: whichever meter is there.
        speed: character of the speed to go on with; on TCP the gateway changes it, or ignores it.

    Raises:
        DlmsError: REFUSED (NAK), BAD_CHECKSUM after three tries, BAD_FRAME, BAD_VALUE, UNEXPECTED.
    """
    who = yield from _asked(sign_on(device), Identification)
    block = yield from _asked(acknowledge(speed or who.speed, READ_OUT), Block)
    return who, block


def read_by_command(
    device: str,
    names: Sequence[str],
    *,
    variant: str,
    password: str,
    speed: str = OFFERED,
) -> Exchange[tuple[Identification, dict[str, Block | DlmsError]]]:
    """Sign on for commands, read registers one by one, and sign off.

    Args:
        device: as of `read_out`.
        speed: as of `read_out`.
        names: addresses of registers, as 1.8.0.
        variant: R1 or R5, whichever the make takes.
        password: for P1; empty: none is given.

    Returns:
        Who answered, and of each name its block, or why there is none.

    Raises:
        DlmsError: as of `read_out`; REFUSED where the password is not accepted.
    """
    who = yield from _asked(sign_on(device), Identification)
    yield from _asked(acknowledge(speed or who.speed, COMMANDS), Block)  # P0 and its operand
    if password:
        yield from _asked(command("P1", f"({password})"), Accepted)
    found: dict[str, Block | DlmsError] = {}
    for name in names:
        try:
            block = yield from _asked(command(variant, f"{name}()"), Block)
            found[name] = _without_error(name, block)
        except DlmsError as error:
            if error.fault is not Fault.REFUSED:
                raise
            found[name] = error
    return who, found


def sign_off() -> bytes:
    """Return the command that ends programming mode; nothing answers it."""
    return command("B0")


def _asked(octets: bytes, kind: type[Kind]) -> Exchange[Kind]:
    """Send a request and return its answer; ask again where it was broken or not understood."""
    for tried in range(1, TRIES_MAX + 1):
        answer = yield octets
        try:
            item = item_of(answer)
        except DlmsError as error:
            if tried == TRIES_MAX or error.fault not in {Fault.BAD_CHECKSUM, Fault.REFUSED}:
                raise
            if error.fault is Fault.BAD_CHECKSUM:
                octets = AGAIN  # the block again, not the request
            continue
        if isinstance(item, kind):
            return item
        raise _unexpected(item, kind)
    raise AssertionError  # the last try returns or raises


def _without_error(name: str, block: Block) -> Block:
    """Refuse a block that says an error in the form of a value, as (ER01) or (ERROR)."""
    for one in filter(_is_error, block.data):
        raise DlmsError(Fault.REFUSED, f"{name} answered ({one.value})", expected="its value")
    return block


def _unexpected(item: Item, kind: type) -> DlmsError:
    refused = isinstance(item, Block) and any(map(_is_error, item.data))
    return DlmsError(
        Fault.REFUSED if refused else Fault.UNEXPECTED,
        str(item)[:80],
        expected=kind.__name__,
        action="Compare the password with the meter's" if kind is Accepted else "",
    )


def _is_error(one: DataSet) -> bool:
    return one.value.upper().startswith(ERRORS)
