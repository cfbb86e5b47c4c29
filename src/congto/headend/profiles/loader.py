"""Profiles of models, read from their YAML files strictly."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

from congto.headend.dlms.apdu.references import Reference
from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.obis import obis
from congto.headend.dlms.security.control import AUTHENTICATION, BOTH, ENCRYPTION, KEY_BYTES
from congto.headend.dlms.security.forms import Form
from congto.headend.dlms.security.general import Scheme
from congto.headend.dlms.security.hls import Mechanism
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
    from collections.abc import Mapping
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
ASKED = "read"
"""In place of a scaler or of the order of columns: the meter is asked."""
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
        "make", "model", "source", "confidence", "line", "association", "times", "clock",
        "registers", "load_profile",
    )  # fmt: skip
    line = entry.entry("line").fields("framing", "port", "device", "physical")
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
        physical=line.optional_whole("physical"),
        associating=_associating(entry.entry("association")),
        times=_times(entry.entry("times")),
        clock=clock_reference(_name(entry, "clock")),
        registers=tuple(map(_counted, entry.entries("registers"))),
        load=load,
    )


def _associating(entry: Entry) -> Associating:
    entry.fields(
        "public_client", "reading_client", "mechanism", "security", "envelope", "counter",
        "object", "pdu_max", "list_max", "suite", "signed",
    )  # fmt: skip
    form, scheme = _one_of(entry, "envelope", ENVELOPES)
    counter = None if entry.optional("counter") is None else _name(entry, "counter")
    made = Associating(
        public_client=entry.whole("public_client"),
        reading_client=entry.whole("reading_client"),
        mechanism=_one_of(entry, "mechanism", MECHANISMS),
        security=_one_of(entry, "security", SECURITIES),
        form=form,
        counter=None if counter is None else Reference(1, counter, VALUE),
        association=_name(entry, "object"),
        pdu_max=entry.whole("pdu_max"),
        list_max=entry.whole("list_max"),
        suite=_one_of(entry, "suite", SUITES) if "suite" in entry.values else 0,
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


def _counted(entry: Entry) -> Counted:
    entry.fields("object", "class", "attribute", "channel", "register", "unit", "scaler", "parts")
    return Counted(
        _reference(entry),
        _one_of(entry, "channel", CHANNEL_CODES),
        _one_of(entry, "register", REGISTERS),
        entry.word("unit", Unit),
        _scaler(entry),
        entry.word("parts", Parts) if "parts" in entry.values else Parts.REFUSE,
    )


def _load(entry: Entry) -> LoadProfile:
    entry.fields("object", "period_seconds", "stamp", "sort_object", "order", "columns", "statuses")
    order = entry.text("order")
    if order not in {ASKED, "listed"}:
        raise refuse(entry.at("order"), f"found {order!r}", f"{ASKED} or listed")
    sort_object = entry.entry("sort_object").fields("object", "class", "attribute")
    return LoadProfile(
        Reference(PROFILE_CLASS, _name(entry, "object"), VALUE),
        entry.whole("period_seconds"),
        entry.word("stamp", Stamp),
        _reference(sort_object),
        tuple(map(_column, entry.entries("columns"))),
        asks_columns=order == ASKED,
        statuses=_statuses(entry.entry("statuses")) if "statuses" in entry.values else (),
    )


def _statuses(entry: Entry) -> tuple[tuple[int, Status], ...]:
    if not all(bit.isdecimal() for bit in entry.values):
        raise refuse(entry.place, f"found {', '.join(entry.values)}", "numbers of bits from 0")
    return tuple((int(bit), _one_of(entry, bit, STATUSES)) for bit in entry.values)


def _column(entry: Entry) -> Column:
    entry.fields("object", "class", "attribute", "is", "unit", "scaler")
    kind = _one_of(entry, "is", KINDS)
    if isinstance(kind, Kind):
        return Column(_reference(entry), kind)
    return Column(_reference(entry), kind, entry.word("unit", Unit), _scaler(entry))


def _reference(entry: Entry) -> Reference:
    attribute = entry.whole("attribute") if "attribute" in entry.values else VALUE
    return Reference(entry.whole("class"), _name(entry, "object"), attribute)


def _name(entry: Entry, key: str) -> bytes:
    try:
        return obis(entry.text(key))
    except DlmsError as error:
        raise refuse(entry.at(key), f"found {entry.raw(key)!r}", '"1-0:1.8.0*255"') from error


def _scaler(entry: Entry) -> int | None:
    return None if entry.text("scaler") == ASKED else _signed(entry, "scaler")


def _signed(entry: Entry, key: str) -> int:
    text = entry.text(key)
    if not _SIGNED.fullmatch(text):
        raise refuse(entry.at(key), f"found {text!r}", 'a whole number such as "-1"')
    return int(text)


def _one_of(entry: Entry, key: str, words: Mapping[str, Meaning]) -> Meaning:
    text = entry.text(key)
    if text not in words:
        raise refuse(entry.at(key), f"found {text!r}", "one of " + ", ".join(words))
    return words[text]
