"""What rows of a profile's file have in common: names of objects, references, words that mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from congto.headend.dlms.apdu.references import Reference
from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.obis import obis
from congto.reference.fields import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from congto.reference.fields import Entry

Meaning = TypeVar("Meaning")

VALUE = 2
ASKED, LISTED = "read", "listed"
"""In place of a scaler or of the order of columns: the meter is asked; the file says the order."""


def name_at(entry: Entry, key: str) -> bytes:
    """Return the logical name under a key."""
    try:
        return obis(entry.text(key))
    except DlmsError as error:
        raise refuse(entry.at(key), f"found {entry.raw(key)!r}", '"1-0:1.8.0*255"') from error


def reference_of(entry: Entry) -> Reference:
    """Return the attribute that a row names: object, class, and attribute where it is not 2."""
    attribute = entry.whole("attribute") if "attribute" in entry.values else VALUE
    return Reference(entry.whole("class"), name_at(entry, "object"), attribute)


def one_of(entry: Entry, key: str, words: Mapping[str, Meaning]) -> Meaning:
    """Return what the word under a key means."""
    text = entry.text(key)
    if text not in words:
        raise refuse(entry.at(key), f"found {text!r}", "one of " + ", ".join(words))
    return words[text]
