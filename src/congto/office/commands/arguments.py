"""What an order says beside its kind, made clean or refused with a sentence."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from congto.office.commands.choices import CommandKind
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

WATTS_MAX = 2_000_000_000
SECONDS_MAX = 86_400
DIGEST = re.compile(r"[0-9a-f]{64}")
KEY_USES = ("unicast", "authentication")
"""Keys that a session uses and so proves; the others are changed at the maker's."""


def checked_args(kind: str, args: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a kind.

    disconnect, connect, arm, password: none. load_limit: watts (null: no limit), over_seconds and
    under_seconds (60). calendar: day, whose time bands are meant. clock: across, true where a
    person has decided that the end of a half-hour may be crossed. keys: uses. firmware: image (the
    SHA-256 of its file) and version.

    Raises:
        InvalidInputError: an argument is unknown, missing or cannot be.
    """
    reader, names = READERS.get(CommandKind(kind), (_nothing, ()))
    unknown = args.keys() - set(names)
    if unknown:
        raise InvalidInputError(
            _("%(kind)s: thông số lạ %(names)s")
            % {"kind": _(str(CommandKind(kind).label)), "names": ", ".join(sorted(unknown))},
            expected=", ".join(names) or _("không có thông số"),
        )
    return reader(args)


def _nothing(args: dict[str, Any]) -> dict[str, Any]:
    del args
    return {}


def _limit(args: dict[str, Any]) -> dict[str, Any]:
    watts = args.get("watts", "")
    seconds = {
        name: _whole(name, args.get(name, 60), 0, SECONDS_MAX)
        for name in ("over_seconds", "under_seconds")
    }
    return {"watts": None if watts is None else _whole("watts", watts, 0, WATTS_MAX), **seconds}


def _clock(args: dict[str, Any]) -> dict[str, Any]:
    across = args.get("across", False)
    if not isinstance(across, bool):
        raise _wrong("across", across, _("có hoặc không"))
    return {"across": across}


def _calendar(args: dict[str, Any]) -> dict[str, Any]:
    day = args.get("day")
    try:
        return {"day": date.fromisoformat(str(day)).isoformat()}
    except ValueError as error:
        raise _wrong("day", day, _("ngày mà biểu giá áp dụng, như 2026-12-01")) from error


def _keys(args: dict[str, Any]) -> dict[str, Any]:
    uses = args.get("uses", ["unicast", "authentication"])
    if not isinstance(uses, list) or not uses or set(uses) - set(KEY_USES):
        raise _wrong("uses", uses, ", ".join(KEY_USES))
    return {"uses": sorted(set(uses), key=KEY_USES.index)}


def _firmware(args: dict[str, Any]) -> dict[str, Any]:
    image, version = str(args.get("image", "")), str(args.get("version", "")).strip()
    if not DIGEST.fullmatch(image):
        raise _wrong("image", image, _("mã SHA-256 của tệp phần mềm"))
    if not 1 <= len(version) <= 60:
        raise _wrong("version", version, _("phiên bản, tối đa 60 ký tự"))
    return {"image": image, "version": version}


def _whole(name: str, value: object, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        span = _("số nguyên từ %(least)d đến %(most)d") % {"least": least, "most": most}
        raise _wrong(name, value, span)
    return value


def _wrong(name: str, value: object, expected: str) -> InvalidInputError:
    found = _("để trống") if value in (None, "") else f"“{str(value)[:60]}”"
    return InvalidInputError(
        _("Thông số %(name)s: nhận %(value)s") % {"name": name, "value": found}, expected=expected
    )


READERS: dict[CommandKind, tuple[Callable[[dict[str, Any]], dict[str, Any]], tuple[str, ...]]] = {
    CommandKind.LOAD_LIMIT: (_limit, ("watts", "over_seconds", "under_seconds")),
    CommandKind.CLOCK: (_clock, ("across",)),
    CommandKind.CALENDAR: (_calendar, ("day",)),
    CommandKind.KEYS: (_keys, ("uses",)),
    CommandKind.FIRMWARE: (_firmware, ("image", "version")),
}
