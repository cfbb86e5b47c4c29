"""Profiles of models, read from their YAML files strictly."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

from congto.headend.dlms.apdu.references import Reference
from congto.headend.dlms.association import CURRENT_ASSOCIATION
from congto.headend.dlms.security.control import AUTHENTICATION, BOTH, ENCRYPTION, KEY_BYTES
from congto.headend.dlms.security.forms import Form
from congto.headend.dlms.security.general import Scheme
from congto.headend.dlms.security.hls import Mechanism
from congto.headend.profiles.entry_parts import ASKED, LISTED, name_at, one_of, reference_of
from congto.headend.profiles.event_logs import NO_EVENTS, events_of
from congto.headend.profiles.hdlc_habits import link_of
from congto.headend.profiles.local_habits import LOCAL_WANTED, local_of
from congto.headend.profiles.model import (
    PROFILE_CLASS,
    VALUE,
    Associating,
    Column,
    Counted,
    Deviation,
    Framing,
    Kind,
    LoadProfile,
    Parts,
    Profile,
    RegisterProfile,
    Stamp,
    Times,
    Unit,
    clock_reference,
)
from congto.reference.fields import Entry, read_yaml, refuse
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.groups import Register
from congto.vocabulary.intervals import CHANNEL_CODES, Channel, Status

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path
    from typing import TypeVar

    Meaning = TypeVar("Meaning")

MECHANISMS = {
    "none": Mechanism.NONE,
    "lls": Mechanism.LOW,
    "md5": Mechanism.MD5,
    "sha1": Mechanism.SHA1,
    "gmac": Mechanism.GMAC,
    "sha256": Mechanism.SHA256,
    "ecdsa": Mechanism.ECDSA,
}
SECURITIES = {
    "none": None,
    "authentication": AUTHENTICATION,
    "encryption": ENCRYPTION,
    "both": BOTH,
}
ENVELOPES = {
    **{str(form): (form, Scheme.IDENTIFIED) for form in Form},
    **{
        f"{Form.GENERAL}-{scheme}": (Form.GENERAL, scheme)
        for scheme in (Scheme.WRAPPED, Scheme.EPHEMERAL, Scheme.STATIC)
    },
}
"""Word -> envelope and, of general-ciphering, whose key: 1e1s and 0e2s are agreed on."""
AGREED_SCHEMES = frozenset((Scheme.EPHEMERAL, Scheme.STATIC))
SUITES = {str(suite): suite for suite in KEY_BYTES}
REGISTERS = {
    "total": Register.TOTAL,
    "normal": Register.NORMAL,
    "peak": Register.PEAK,
    "off_peak": Register.OFF_PEAK,
}
KINDS: dict[str, Kind | Channel] = {**{str(kind): kind for kind in Kind}, **CHANNEL_CODES}
STATUSES = {str(one.name).lower(): one for one in Status}
NO_ASSOCIATION = Associating(
    0, 0, Mechanism.NONE, None, Form.SERVICE_GLOBAL, None, CURRENT_ASSOCIATION, 0, 1
)
"""Of a model that is read without DLMS."""
_SIGNED = re.compile(r"0|-?[1-9]\d*")


def profile_names(directory: Path | None = None) -> tuple[str, ...]:
    """Return the names of the profiles that are there."""
    names = (one.name for one in _folder(directory).iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


def load_profile(name: str, directory: Path | None = None) -> Profile:
    """Load one profile by the name of its file.

    Args:
        name: without .yaml.
        directory: a folder of profiles; None: those that come with Congto.

    Raises:
        InvalidInputError: there is none of this name, or something in it is wrong.
    """
    known = profile_names(directory)
    if name not in known:
        raise InvalidInputError(f"meter profile {name!r}", expected=f"one of {', '.join(known)}")
    return _profile(name, read_yaml(_folder(directory) / f"{name}.yaml"))


def _folder(directory: Path | None) -> Traversable:
    return files("congto.headend.profiles") if directory is None else directory


def _profile(name: str, entry: Entry) -> Profile:
    entry.fields(
        "make", "model", "source", "confidence", "line", "association", "local", "times", "clock",
        "registers", "load_profile", "register_profiles", "events",
    )  # fmt: skip
    line = entry.entry("line").fields("framing", "port", "device", "physical", "hdlc")
    physical = line.optional_whole("physical")
    local = local_of(entry.entry("local")) if "local" in entry.values else None
    if (line.word("framing", Framing) is Framing.MODE_C) != (local is not None):
        raise refuse(line.at("framing"), f"found {line.text('framing')!r}", LOCAL_WANTED)
    load = None if entry.raw("load_profile") is None else _load(entry.entry("load_profile"))
    return Profile(
        name=name,
        make=entry.text("make"),
        model=entry.text("model"),
        source=entry.text("source"),
        confidence=entry.confidence(),
        framing=line.word("framing", Framing),
        port=line.whole("port"),
        device=line.whole("device"),
        physical=physical,
        associating=NO_ASSOCIATION if local else _associating(entry.entry("association")),
        times=_times(entry.entry("times")),
        clock=clock_reference(name_at(entry, "clock")),
        registers=tuple(map(_counted, entry.entries("registers"))),
        load=load,
        link=link_of(line.entry("hdlc") if "hdlc" in line.values else None, physical),
        local=local,
        events=events_of(entry.entry("events")) if "events" in entry.values else NO_EVENTS,
        kept=_kept_profiles(entry) if "register_profiles" in entry.values else (),
    )


def _associating(entry: Entry) -> Associating:
    entry.fields(
        "public_client", "reading_client", "mechanism", "security", "envelope", "counter",
        "object", "pdu_max", "list_max", "suite", "signed",
    )  # fmt: skip
    form, scheme = one_of(entry, "envelope", ENVELOPES)
    counter = None if entry.optional("counter") is None else name_at(entry, "counter")
    made = Associating(
        public_client=entry.whole("public_client"),
        reading_client=entry.whole("reading_client"),
        mechanism=one_of(entry, "mechanism", MECHANISMS),
        security=one_of(entry, "security", SECURITIES),
        form=form,
        counter=None if counter is None else Reference(1, counter, VALUE),
        association=name_at(entry, "object"),
        pdu_max=entry.whole("pdu_max"),
        list_max=entry.whole("list_max"),
        suite=one_of(entry, "suite", SUITES) if "suite" in entry.values else 0,
        scheme=scheme,
        signed=entry.yes("signed") if "signed" in entry.values else False,
    )
    needs = certificates_for(made)
    if needs and not made.suite:
        raise refuse(entry.at("suite"), f"found suite 0 with {needs}", "suite 1 or 2")
    return made


def certificates_for(how: Associating) -> str:
    """Say what of an association needs certificates, which suite 0 does not have."""
    if how.mechanism is Mechanism.ECDSA:
        return "mechanism ecdsa"
    if how.signed:
        return "signed messages"
    return f"agreed keys ({how.scheme})" if how.scheme in AGREED_SCHEMES else ""


def _times(entry: Entry) -> Times:
    entry.fields("zone_minutes", "deviation", "inverted")
    return Times(
        _signed(entry, "zone_minutes"), entry.word("deviation", Deviation), entry.yes("inverted")
    )


def _kept_profiles(entry: Entry) -> tuple[RegisterProfile, ...]:
    """Return the profiles of registers under their key."""
    return tuple(map(_kept, entry.entries("register_profiles")))


def _kept(entry: Entry) -> RegisterProfile:
    entry.fields("object", "days_back", "sort_object", "columns")
    sort_object = entry.entry("sort_object").fields("object", "class", "attribute")
    columns = tuple(map(_kept_column, entry.entries("columns")))
    if [one.kind for one in columns if isinstance(one, Column)].count(Kind.CLOCK) != 1:
        raise refuse(entry.at("columns"), "found no clock, or several", "one column that is clock")
    return RegisterProfile(
        Reference(PROFILE_CLASS, name_at(entry, "object"), VALUE),
        reference_of(sort_object),
        columns,
        entry.whole("days_back"),
    )


def _kept_column(entry: Entry) -> Column | Counted:
    if "is" in entry.values:
        entry.fields("object", "class", "attribute", "is")
        return Column(reference_of(entry), one_of(entry, "is", {str(kind): kind for kind in Kind}))
    column = _counted(entry)
    if column.scaler is None:
        raise refuse(entry.at("scaler"), f"found {ASKED!r}", "the power of ten of the column")
    return column


def _counted(entry: Entry) -> Counted:
    entry.fields("object", "class", "attribute", "channel", "register", "unit", "scaler", "parts")
    return Counted(
        reference_of(entry),
        one_of(entry, "channel", CHANNEL_CODES),
        one_of(entry, "register", REGISTERS),
        entry.word("unit", Unit),
        _scaler(entry),
        entry.word("parts", Parts) if "parts" in entry.values else Parts.REFUSE,
    )


def _load(entry: Entry) -> LoadProfile:
    entry.fields(
        "object", "period_seconds", "depth_days", "stamp", "sort_object", "order", "columns",
        "statuses",
    )  # fmt: skip
    order = entry.text("order")
    if order not in {ASKED, LISTED}:
        raise refuse(entry.at("order"), f"found {order!r}", f"{ASKED} or {LISTED}")
    sort_object = entry.entry("sort_object").fields("object", "class", "attribute")
    return LoadProfile(
        Reference(PROFILE_CLASS, name_at(entry, "object"), VALUE),
        entry.whole("period_seconds"),
        entry.word("stamp", Stamp),
        reference_of(sort_object),
        tuple(map(_column, entry.entries("columns"))),
        asks_columns=order == ASKED,
        depth_days=entry.whole("depth_days"),
        statuses=_statuses(entry.entry("statuses")) if "statuses" in entry.values else (),
    )


def _statuses(entry: Entry) -> tuple[tuple[int, Status], ...]:
    if not all(bit.isdecimal() for bit in entry.values):
        raise refuse(entry.place, f"found {', '.join(entry.values)}", "numbers of bits from 0")
    return tuple((int(bit), one_of(entry, bit, STATUSES)) for bit in entry.values)


def _column(entry: Entry) -> Column:
    entry.fields("object", "class", "attribute", "is", "unit", "scaler")
    kind = one_of(entry, "is", KINDS)
    if isinstance(kind, Kind):
        return Column(reference_of(entry), kind)
    return Column(reference_of(entry), kind, entry.word("unit", Unit), _scaler(entry))


def _scaler(entry: Entry) -> int | None:
    return None if entry.text("scaler") == ASKED else _signed(entry, "scaler")


def _signed(entry: Entry, key: str) -> int:
    text = entry.text(key)
    if not _SIGNED.fullmatch(text):
        raise refuse(entry.at(key), f"found {text!r}", 'a whole number such as "-1"')
    return int(text)
