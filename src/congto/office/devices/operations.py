"""Writes of devices, gathered: each is one transaction."""

from congto.office.devices.counters import (
    keep_proved,
    raise_counter,
    reserve_counters,
    upcoming_of,
)
from congto.office.devices.opening import Opened, OpenSecret, device_of_title, open_access
from congto.office.devices.sealing import SecretBytes
from congto.office.devices.seen import Seen, seen

__all__ = [
    "OpenSecret",
    "Opened",
    "SecretBytes",
    "Seen",
    "device_of_title",
    "keep_proved",
    "open_access",
    "raise_counter",
    "reserve_counters",
    "seen",
    "upcoming_of",
]
