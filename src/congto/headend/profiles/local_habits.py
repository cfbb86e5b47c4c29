"""How a model speaks mode C of IEC 62056-21, as its profile's file says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.headend.dlms.local_readout import BAUD
from congto.headend.profiles.entry_parts import one_of
from congto.headend.profiles.model import Local, LocalMode

if TYPE_CHECKING:
    from congto.reference.fields import Entry

LOCAL_WANTED = "mode-c with a section `local`, another framing without"
COMMANDS = ("R1", "R5")
SPEEDS = {"offered": "", **{one: one for one in BAUD}}
DATE_ORDERS = ("ymd", "dmy")
DAYS_BACK = 62
"""Of past billing periods, where the file does not say it: two months."""


def local_of(entry: Entry) -> Local:
    """Return what the section `local` says."""
    entry.fields(
        "address", "mode", "command", "speed", "parity_bits", "date", "time", "date_order",
        "serial", "billing", "days_back",
    )  # fmt: skip
    return Local(
        entry.optional("address") or "",
        entry.word("mode", LocalMode),
        one_of(entry, "command", {one: one for one in COMMANDS}),
        one_of(entry, "speed", SPEEDS),
        entry.yes("parity_bits"),
        entry.optional("date") or "",
        entry.optional("time") or "",
        one_of(entry, "date_order", {one: one for one in DATE_ORDERS}),
        _named(entry, "serial"),
        _named(entry, "billing"),
        entry.whole("days_back") if "days_back" in entry.values else DAYS_BACK,
    )


def _named(entry: Entry, key: str) -> str:
    """Return an address; empty where the file says none."""
    return entry.optional(key) or "" if key in entry.values else ""
