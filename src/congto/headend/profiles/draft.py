"""A profile as the text of its YAML file, with remarks on what is to be checked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from congto.headend.cosem.class_names import class_name
from congto.headend.cosem.obis_names import obis_name
from congto.headend.dlms.obis import obis_text
from congto.headend.profiles.entry_parts import ASKED, LISTED
from congto.headend.profiles.event_logs import NO_EVENTS
from congto.headend.profiles.hdlc_habits import HDLC_YES
from congto.headend.profiles.loader import (
    ENVELOPES,
    KINDS,
    MECHANISMS,
    REGISTERS,
    SECURITIES,
    STATUSES,
)
from congto.headend.profiles.local_habits import SPEEDS
from congto.headend.profiles.model import STANDARD_LINK, Counted, Framing, Kind, Parts
from congto.vocabulary.intervals import CHANNEL_CODES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from congto.headend.cosem.classes.association import ListedObject
    from congto.headend.dlms.apdu.references import Reference
    from congto.headend.profiles.discovery import Draft
    from congto.headend.profiles.discovery_view import View
    from congto.headend.profiles.event_logs import Events
    from congto.headend.profiles.model import (
        Column,
        Link,
        LoadProfile,
        Local,
        Profile,
        RegisterProfile,
    )

Meaning = TypeVar("Meaning")

HEAD = """\
# Draft of a profile, read from a meter. Look at each line marked "check", which the meter could not
# or did not tell, then remove the mark. All objects that the meter shows are listed at the end."""


class Line(NamedTuple):
    """A line of the file; `key` is what checks call it by."""

    key: str
    text: str


def profile_text(profile: Profile) -> str:
    """Return the file of a profile; `profiles.loader` gives the same profile back."""
    return "".join(f"{line.text}\n" for line in _lines(profile))


def draft_text(draft: Draft) -> str:
    """Return the file of a draft: the profile, checks at their lines, objects as comments."""
    checks = dict(draft.findings.checks)
    parts = [HEAD]
    for line in _lines(draft.profile):
        why = checks.pop(line.key, None)
        parts.append(line.text if why is None else f"{line.text}  {_comment(f'check: {why}')}")
    parts += [_comment(f"check: {key}: {why}") for key, why in checks.items()]
    parts += [_comment(f"left out: {one}") for one in draft.findings.left_out]
    parts.append("# Objects of this association (class, OBIS code, attributes, methods):")
    parts += [_object(row, draft.view) for row in draft.view.rows]
    return "".join(f"{line}\n" for line in parts)


def _lines(profile: Profile) -> Iterator[Line]:
    yield _pair("make", profile.make)
    yield _pair("model", profile.model)
    yield _pair("source", profile.source)
    yield _pair("confidence", profile.confidence)
    yield Line("line", "line:")
    yield _pair("line/framing", profile.framing)
    yield _pair("line/port", profile.port)
    yield _pair("line/device", profile.device)
    yield _pair("line/physical", profile.physical)
    if profile.framing is Framing.HDLC or profile.link != STANDARD_LINK:
        yield Line("line/hdlc", f"  hdlc: {_flow(_link(profile.link))}")
    yield from _association(profile) if profile.local is None else _local(profile.local)
    yield Line("times", "times:")
    yield _pair("times/zone_minutes", profile.times.zone_minutes)
    yield _pair("times/deviation", profile.times.deviation)
    yield _pair("times/inverted", "yes" if profile.times.inverted else "no")
    yield _pair("clock", obis_text(profile.clock.name))
    yield Line("registers", "registers:")
    for one in profile.registers:
        yield Line(f"registers/{one.reference}", f"  - {_flow(_counted(one))}")
    if profile.load is None:
        yield Line("load_profile", "load_profile: null")
    else:
        yield Line("load_profile", "load_profile:")
        yield from _load(profile.load)
    if profile.kept:
        yield Line("register_profiles", "register_profiles:")
        yield from _kept(profile.kept)
    if profile.events != NO_EVENTS:
        yield Line("events", "events:")
        yield from _events(profile.events)


def _link(link: Link) -> dict[str, object]:
    told: dict[str, object] = {
        "address_bytes": link.address_bytes,
        "information_bytes": link.information_bytes,
        "window": link.window,
        "repeats": link.quirks.repeats_max,
        **{name: "yes" if getattr(link.quirks, name) else "no" for name in HDLC_YES},
        "disconnect_ms": round(link.disconnect_seconds * 1000),
    }
    if link.octet_seconds is None:
        return told
    return {**told, "octet_timeout_ms": round(link.octet_seconds * 1000)}


def _association(profile: Profile) -> Iterator[Line]:
    how = profile.associating
    yield Line("association", "association:")
    yield _pair("association/public_client", how.public_client)
    yield _pair("association/reading_client", how.reading_client)
    yield _pair("association/mechanism", _word(MECHANISMS, how.mechanism))
    yield _pair("association/security", _word(SECURITIES, how.security))
    yield _pair("association/envelope", _word(ENVELOPES, (how.form, how.scheme)))
    yield _pair("association/counter", how.counter and obis_text(how.counter.name))
    yield _pair("association/object", obis_text(how.association))
    yield _pair("association/pdu_max", how.pdu_max)
    yield _pair("association/list_max", how.list_max)
    yield _pair("association/suite", how.suite)
    yield _pair("association/signed", "yes" if how.signed else "no")


def _local(local: Local) -> Iterator[Line]:
    yield Line("local", "local:")
    yield _pair("local/address", local.address)
    yield _pair("local/mode", local.mode)
    yield _pair("local/command", local.command)
    yield _pair("local/speed", _word(SPEEDS, local.speed))
    yield _pair("local/parity_bits", "yes" if local.parity_bits else "no")
    yield _pair("local/date", local.date)
    yield _pair("local/time", local.time)
    yield _pair("local/date_order", local.date_order)
    yield _pair("local/serial", local.serial)
    yield _pair("local/billing", local.billing)
    yield _pair("local/days_back", local.days_back)


def _load(load: LoadProfile) -> Iterator[Line]:
    yield _pair("load_profile/object", obis_text(load.reference.name))
    yield _pair("load_profile/period_seconds", load.period_seconds)
    yield _pair("load_profile/depth_days", load.depth_days)
    yield _pair("load_profile/stamp", load.stamp)
    yield Line("load_profile/sort_object", f"  sort_object: {_flow(_attribute(load.sort_object))}")
    yield _pair("load_profile/order", ASKED if load.asks_columns else LISTED)
    yield Line("load_profile/columns", "  columns:")
    for one in load.columns:
        yield Line(f"load_profile/{one.reference}", f"    - {_flow(_column(one))}")
    if load.statuses:
        bits = {str(bit): _word(STATUSES, status) for bit, status in load.statuses}
        yield Line("load_profile/statuses", f"  statuses: {_flow(bits)}")


def _kept(profiles: Iterable[RegisterProfile]) -> Iterator[Line]:
    for kept in profiles:
        key = f"register_profiles/{kept.reference}"
        yield Line(key, f"  - object: {_quoted(obis_text(kept.reference.name))}")
        yield Line(key, f"    days_back: {_quoted(kept.days_back)}")
        yield Line(key, f"    sort_object: {_flow(_attribute(kept.sort_object))}")
        yield Line(key, "    columns:")
        for one in kept.columns:
            told = _counted(one) if isinstance(one, Counted) else _column(one)
            yield Line(key, f"      - {_flow(told)}")


def _events(events: Events) -> Iterator[Line]:
    if events.logs:
        yield Line("events/logs", "  logs:")
    for log in events.logs:
        key = f"events/{log.reference}"
        yield Line(key, f"    - object: {_quoted(obis_text(log.reference.name))}")
        yield Line(key, f"      log: {_quoted(log.kind)}")
        yield Line(key, f"      sort_object: {_flow(_attribute(log.sort_object))}")
        yield Line(key, f"      order: {_quoted(ASKED if log.asks_columns else LISTED)}")
        yield Line(key, "      columns:")
        for column in log.columns:
            told = {**_attribute(column.reference), "is": column.cell}
            yield Line(key, f"        - {_flow(told)}")
        if log.codes:
            yield Line(key, f"      codes: {_flow({str(one): kind for one, kind in log.codes})}")
    if events.alarms:
        yield Line("events/alarms", "  alarms:")
    for alarm in events.alarms:
        bits = _flow({str(bit): kind for bit, kind in alarm.bits})
        named = _flow(_attribute(alarm.reference))
        yield Line(f"events/{alarm.reference}", f"    - {named[:-1]}, bits: {bits}}}")
    if events.pushes:
        pushes = {obis_text(name): kind for name, kind in events.pushes}
        yield Line("events/pushes", f"  pushes: {_flow(pushes)}")


def _attribute(reference: Reference) -> dict[str, object]:
    return {
        "object": obis_text(reference.name),
        "class": reference.class_id,
        "attribute": reference.number,
    }


def _counted(one: Counted) -> dict[str, object]:
    told = {
        **_attribute(one.reference),
        "channel": _word(CHANNEL_CODES, one.channel),
        "register": _word(REGISTERS, one.register),
        "unit": one.unit,
        "scaler": ASKED if one.scaler is None else one.scaler,
    }
    return told if one.parts is Parts.REFUSE else {**told, "parts": one.parts}


def _column(one: Column) -> dict[str, object]:
    told = {**_attribute(one.reference), "is": _word(KINDS, one.kind)}
    if isinstance(one.kind, Kind):
        return told
    return {**told, "unit": one.unit, "scaler": ASKED if one.scaler is None else one.scaler}


def _pair(key: str, value: object) -> Line:
    """Return a line of a key and its value; numbers are texts too."""
    return Line(key, f"{'  ' * key.count('/')}{key.rpartition('/')[2]}: {_quoted(value)}")


def _quoted(value: object) -> str:
    return "null" if value is None else json.dumps(str(value), ensure_ascii=False)


def _flow(values: Mapping[str, object]) -> str:
    keys = (key if key.isidentifier() else _quoted(key) for key in values)
    told = zip(keys, map(_quoted, values.values()), strict=True)
    return "{" + ", ".join(f"{key}: {value}" for key, value in told) + "}"


def _word(words: Mapping[str, Meaning], meant: Meaning) -> str:
    """Return how files write something."""
    return next(word for word, meaning in words.items() if meaning == meant)


def _comment(text: str) -> str:
    """Return a comment; what a meter told may hold characters that no file should."""
    return "# " + "".join(one if one.isprintable() else "?" for one in text)


def _object(row: ListedObject, view: View) -> str:
    """Return the line of an object: what may be read, written and invoked of it."""
    methods = [one.method_id for one in row.access_rights.method_access if one.access_mode]
    told = (
        ("read", sorted(view.readable(row))),
        ("write", sorted(view.writable(row))),
        ("act", sorted(methods)),
    )
    rights = "; ".join(f"{name} {_numbers(numbers)}" for name, numbers in told if numbers)
    name = obis_name(row.logical_name)
    text = f"#   {row.class_id} v{row.version} {obis_text(row.logical_name)}: {rights or 'nothing'}"
    return f"{text} ({class_name(row.class_id)}{'' if name is None else f', {name}'})"


def _numbers(numbers: Iterable[int]) -> str:
    return " ".join(map(str, numbers))
