"""How a model speaks HDLC, as its profile's file says it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.hdlc.parameters import DEFAULTS, STANDARD
from congto.headend.profiles.model import STANDARD_LINK, Link
from congto.reference.fields import refuse

if TYPE_CHECKING:
    from congto.reference.fields import Entry

ADDRESS_BYTES = (1, 2, 4)
HDLC_WHOLE = ("address_bytes", "information_bytes", "window", "repeats")
HDLC_YES = ("proposes", "wide_lengths", "shared_flags", "llc")
HDLC_MILLISECONDS = ("octet_timeout_ms", "disconnect_ms")


def link_of(entry: Entry | None, physical: int | None) -> Link:
    """Return how a model speaks HDLC; what is not said is as the standard has it."""
    long = ADDRESS_BYTES[0] if physical is None else ADDRESS_BYTES[-1]
    if entry is None:
        return replace(STANDARD_LINK, address_bytes=long)
    entry.fields(*HDLC_WHOLE, *HDLC_YES, *HDLC_MILLISECONDS)
    whole = {name: entry.whole(name) for name in HDLC_WHOLE if name in entry.values}
    size = whole.get("address_bytes", long)
    if size not in ADDRESS_BYTES or (size == 1) != (physical is None):
        raise refuse(
            entry.at("address_bytes"),
            f"found {size} bytes {'without' if physical is None else 'with'} a physical device",
            "1 byte without, 2 or 4 with a physical device",
        )
    yes = {name: entry.yes(name) for name in HDLC_YES if name in entry.values}
    repeats = whole.get("repeats", STANDARD.repeats_max)
    octets, disconnect = (
        entry.whole(name) / 1000 if name in entry.values else None for name in HDLC_MILLISECONDS
    )
    made = Link(
        size,
        whole.get("information_bytes", STANDARD_LINK.information_bytes),
        whole.get("window", STANDARD_LINK.window),
        replace(STANDARD, **yes, repeats_max=repeats),
        octets,
        STANDARD_LINK.disconnect_seconds if disconnect is None else disconnect,
    )
    try:
        made.parameters.agreed(DEFAULTS)
    except DlmsError as error:
        raise refuse(entry.place, f"found {error.found}", error.expected) from error
    return made
