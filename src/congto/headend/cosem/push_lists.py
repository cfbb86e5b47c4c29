"""Pushes without codes: what stands where, from the makers' lists.

Kaifa's list KFM_001 is that of the Norwegian customers' port. What it holds is published
(github.com/UtilitechAS/amsreader-firmware, wiki, Meter behaviour: power alone in list 1, 13 values
in list 2, 18 in list 3). The order of list 2 is checked with one captured three-phase meter; those
of list 3 and of the one-phase lists (9 and 14 values) are recalled, not checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from congto.headend.dlms.obis import obis
from congto.headend.dlms.tags import Tag

if TYPE_CHECKING:
    from congto.headend.dlms.data import Data


class Place(NamedTuple):
    """What stands at one place; scaler and unit (Blue Book, Table 4) where it is a quantity."""

    code: bytes
    scaler: int | None = None
    unit: int | None = None


WATT, VAR, WATT_HOUR, VAR_HOUR, AMPERE, VOLT = 27, 29, 30, 32, 33, 35

_HEAD = (
    Place(obis("1-1:0.2.129*255")),
    Place(obis("0-0:96.1.0*255")),
    Place(obis("0-0:96.1.7*255")),
)
_POWER = (
    Place(obis("1-0:1.7.0*255"), 0, WATT),
    Place(obis("1-0:2.7.0*255"), 0, WATT),
    Place(obis("1-0:3.7.0*255"), 0, VAR),
    Place(obis("1-0:4.7.0*255"), 0, VAR),
)
_CURRENTS = tuple(Place(obis(f"1-0:{c}.7.0*255"), -3, AMPERE) for c in (31, 51, 71))
_VOLTAGES = tuple(Place(obis(f"1-0:{c}.7.0*255"), -1, VOLT) for c in (32, 52, 72))
_ENERGY = (
    Place(obis("0-0:1.0.0*255")),
    Place(obis("1-0:1.8.0*255"), 0, WATT_HOUR),
    Place(obis("1-0:2.8.0*255"), 0, WATT_HOUR),
    Place(obis("1-0:3.8.0*255"), 0, VAR_HOUR),
    Place(obis("1-0:4.8.0*255"), 0, VAR_HOUR),
)
_THREE_PHASES = (*_HEAD, *_POWER, *_CURRENTS, *_VOLTAGES)
_ONE_PHASE = (*_HEAD, *_POWER, _CURRENTS[0], _VOLTAGES[0])

KAIFA_LIST = b"KFM_001"
_LISTS: dict[bytes, tuple[tuple[Place, ...], ...]] = {
    KAIFA_LIST: (
        _THREE_PHASES,
        (*_THREE_PHASES, *_ENERGY),
        _ONE_PHASE,
        (*_ONE_PHASE, *_ENERGY),
    ),
}
"""The name of a list, which its first value is -> the lists of that name, by length."""

_POWER_ALONE = (_POWER[0],)


def position_list(items: tuple[Data, ...]) -> tuple[Place, ...] | None:
    """Return what stands where in a push without codes, None where no list is known."""
    if len(items) == 1 and items[0].tag == Tag.UINT32:
        return _POWER_ALONE
    if not items or items[0].tag not in {Tag.OCTET_STRING, Tag.VISIBLE_STRING}:
        return None
    name = items[0].value
    key = name.encode("latin-1") if isinstance(name, str) else items[0].octets
    return next((found for found in _LISTS.get(key, ()) if len(found) == len(items)), None)
