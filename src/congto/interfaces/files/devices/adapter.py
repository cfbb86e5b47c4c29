"""Adapters: which columns a maker's file has, and in which form it writes keys. Data, checked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import TYPE_CHECKING

from congto.reference.fields import Entry, read_yaml, refuse
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

KEYS = (
    "unicast_key", "broadcast_key", "authentication_key", "master_key", "client_signing_key",
    "client_agreement_key",
)  # fmt: skip
CERTIFICATES = ("signing_certificate", "agreement_certificate")
PASSWORDS = ("password", "hls_secret")
CLAIMS = ("framing", "client", "mechanism", "suite")
PLAIN = (
    "serial", "profile", "host", "port", "logical_device", "system_title", "path", "concentrator",
    "cell", "unit",
)  # fmt: skip
FIELDS = (*PLAIN, *CLAIMS, *PASSWORDS, *KEYS, *CERTIFICATES)
DELIMITERS = (",", ";", "|", "\t")
ENCODINGS = ("utf-8", "utf-16", "cp1258", "latin-1")


class Form(StrEnum):
    """How a secret is written."""

    HEX = "hex"
    BASE64 = "base64"
    TEXT = "text"  # as it stands: passwords
    WRAPPED = "aes-kw"  # hexadecimal digits of a key wrapped under a transport key, RFC 3394
    PADDED = "aes-kwp"  # the same with padding, RFC 5649: passwords of any length


@dataclass(frozen=True, slots=True)
class Adapter:
    """How a maker's file says what Congto asks.

    Attributes:
        name: of its file. delimiter, encoding: of the lines.
        columns: our field -> the maker's header.
        required: our fields without which a file is another one.
        profiles: the maker's word for a model -> our profile; another word is the profile itself.
        keys, passwords: form of the secrets.
        ignored: headers that say nothing to us.
    """

    name: str
    delimiter: str
    encoding: str
    columns: Mapping[str, str]
    required: tuple[str, ...]
    profiles: Mapping[str, str]
    keys: Form
    passwords: Form
    ignored: frozenset[str]

    @property
    def wrapped(self) -> bool:
        """Tell whether a transport key is needed."""
        return bool({self.keys, self.passwords} & {Form.WRAPPED, Form.PADDED})


def adapter_names(directory: Path | None = None) -> tuple[str, ...]:
    """Return the names of the adapters that are there."""
    names = (one.name for one in _folder(directory).iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


def load_adapter(name: str, directory: Path | None = None) -> Adapter:
    """Load one adapter by the name of its file.

    Args:
        name: without .yaml.
        directory: a folder of adapters; None: those that come with Congto.

    Raises:
        InvalidInputError: there is none of this name, or something in it is wrong.
    """
    known = adapter_names(directory)
    if name not in known:
        raise InvalidInputError(f"adapter {name!r}", expected=f"one of {', '.join(known)}")
    entry = read_yaml(_folder(directory) / f"{name}.yaml").fields(
        "source", "confidence", "delimiter", "encoding", "columns", "required", "profiles",
        "forms", "ignored",
    )  # fmt: skip
    entry.text("source")
    entry.confidence()
    columns = entry.entry("columns").fields(*FIELDS)
    forms = entry.entry("forms").fields("keys", "passwords")
    return Adapter(
        name,
        _one_of(entry, "delimiter", DELIMITERS),
        _one_of(entry, "encoding", ENCODINGS),
        {field: columns.text(field) for field in columns.values},
        _required(entry, columns),
        _words(entry.entry("profiles")) if "profiles" in entry.values else {},
        forms.word("keys", Form),
        forms.word("passwords", Form),
        frozenset(map(str, entry.listed("ignored"))) if "ignored" in entry.values else frozenset(),
    )


def adapter_for(header: list[str], directory: Path | None = None) -> Adapter | None:
    """Return the adapter that knows every column of a header; of several the one that knows most.

    None where no adapter does.
    """
    found = [
        one
        for one in (load_adapter(name, directory) for name in adapter_names(directory))
        if set(header) <= {*one.columns.values(), *one.ignored}
        and {one.columns[field] for field in one.required} <= set(header)
    ]
    return min(found, key=lambda one: (len(one.columns), one.name), default=None)


def _folder(directory: Path | None) -> Traversable:
    return files("congto.interfaces.files.devices") / "adapters" if directory is None else directory


def _one_of(entry: Entry, key: str, words: tuple[str, ...]) -> str:
    text = entry.text(key)
    if text not in words:
        raise refuse(entry.at(key), f"found {text!r}", "one of " + ", ".join(map(repr, words)))
    return text


def _required(entry: Entry, columns: Entry) -> tuple[str, ...]:
    wanted = [str(one) for one in entry.listed("required")]
    strange = set(wanted) - set(columns.values)
    if strange or "serial" not in wanted:
        raise refuse(entry.at("required"), f"found {wanted}", "serial, and fields of `columns`")
    return tuple(wanted)


def _words(entry: Entry) -> dict[str, str]:
    return {word: entry.text(word) for word in entry.values}
