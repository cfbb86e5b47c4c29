"""A file of devices or a maker's shipment file, read by its adapter: rows and what is wrong."""

from __future__ import annotations

import base64
import binascii
import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_unwrap_with_padding,
)

from congto.interfaces.files.devices.adapter import (
    CERTIFICATES,
    CLAIMS,
    DELIMITERS,
    KEYS,
    PASSWORDS,
    Adapter,
    Form,
    adapter_for,
    adapter_names,
    load_adapter,
)
from congto.office.devices.choices import CertificateUse, SecretUse
from congto.office.devices.choices import Path as DevicePath
from congto.office.devices.operations import DeviceRow, Outcome, Problem, RowResult, SecretBytes
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

USES = {
    "password": SecretUse.PASSWORD,
    "hls_secret": SecretUse.HLS,
    "unicast_key": SecretUse.UNICAST,
    "broadcast_key": SecretUse.BROADCAST,
    "authentication_key": SecretUse.AUTHENTICATION,
    "master_key": SecretUse.MASTER,
    "client_signing_key": SecretUse.SIGNING,
    "client_agreement_key": SecretUse.AGREEMENT,
}


@dataclass(frozen=True, slots=True)
class DeviceFile:
    """What a file says.

    Attributes:
        adapter: by which it was read.
        rows: that could be read.
        refused: results of the lines that could not.
    """

    adapter: str
    rows: list[DeviceRow] = field(default_factory=list)
    refused: list[RowResult] = field(default_factory=list)


def read_devices(
    name: str,
    content: bytes,
    *,
    adapter: str = "",
    transport_key: bytes | None = None,
    directory: Path | None = None,
) -> DeviceFile:
    """Read a file of devices.

    No message shows a cell that holds a secret.

    Args:
        name: of the file, for messages.
        content: its bytes.
        adapter: by which to read it; empty: the one that knows all its columns.
        transport_key: under which the file's keys are wrapped.
        directory: a folder of adapters; None: those that come with Congto.

    Raises:
        InvalidInputError: no adapter fits, a column is missing, or a transport key is needed.
    """
    by = load_adapter(adapter, directory) if adapter else _fitting(name, content, directory)
    if by.wrapped and transport_key is None:
        raise InvalidInputError(
            f"{name}: adapter {by.name} says that keys are wrapped",
            expected="the transport key",
            action="Give the file that holds it",
        )
    lines = csv.reader(io.StringIO(_text(name, content, by.encoding)), delimiter=by.delimiter)
    header = [cell.strip() for cell in next(lines, [])]
    _check_header(name, header, by)
    found = DeviceFile(by.name)
    for cells in lines:
        if any(cells):
            _take(found, by, lines.line_num, header, cells, transport_key)
    return found


def _fitting(name: str, content: bytes, directory: Path | None) -> Adapter:
    first = content[:20_000].decode("utf-8-sig", "replace").split("\n", 1)[0].strip()
    for delimiter in DELIMITERS:
        found = adapter_for([cell.strip() for cell in first.split(delimiter)], directory)
        if found is not None and found.delimiter == delimiter:
            return found
    raise InvalidInputError(
        f"{name}: no adapter knows all its columns: {first[:200]}",
        expected=f"the columns of {', '.join(adapter_names(directory))}",
        action="Name the adapter, or write one for this maker",
    )


def _text(name: str, content: bytes, encoding: str) -> str:
    try:
        return content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"{name}: byte {error.start + 1} is not {encoding}", expected=f"text in {encoding}"
        ) from None


def _check_header(name: str, header: list[str], by: Adapter) -> None:
    lacking = [by.columns[one] for one in by.required if by.columns[one] not in header]
    strange = [one for one in header if one not in {*by.columns.values(), *by.ignored}]
    if lacking or strange or len(set(header)) != len(header):
        what = (
            f"column {', '.join(lacking)} is missing"
            if lacking
            else f"column {', '.join(strange)} is not known"
            if strange
            else "a column stands there twice"
        )
        raise InvalidInputError(
            f"{name}, line 1: {what}",
            expected=f"the columns of adapter {by.name}",
            action="Name another adapter, or list the column under `ignored`",
        )


def _take(  # noqa: PLR0913, PLR0917  (a line and how to read it)
    found: DeviceFile,
    by: Adapter,
    line: int,
    header: list[str],
    cells: list[str],
    transport_key: bytes | None,
) -> None:
    """Read one line into a row, or into a result that says what is wrong with it."""
    if len(cells) != len(header):
        problem = Problem(
            "", f"{len(cells)} cells", f"{len(header)}, as the header", "correct the line"
        )
        found.refused.append(RowResult(line, "", Outcome.REFUSED, None, (problem,)))
        return
    told = dict(zip(header, (cell.strip() for cell in cells), strict=True))
    values = {ours: told[theirs] for ours, theirs in by.columns.items() if told.get(theirs)}
    problems: list[Problem] = []
    whole = {
        name: _number(name, values[name], problems)
        for name in ("port", "logical_device")
        if name in values
    }
    secrets = dict(_secrets(values, by, transport_key, problems))
    certificates = dict(_certificates(values, problems))
    path = values.get("path", DevicePath.DIRECT.value)
    if path not in DevicePath.values:
        words = " or ".join(DevicePath.values)
        problems.append(Problem("path", f"path {path}", words, "correct the word"))
    serial = values.get("serial", "")
    if problems:
        found.refused.append(RowResult(line, serial, Outcome.REFUSED, None, tuple(problems)))
        return
    profile = values.get("profile", "")
    found.rows.append(
        DeviceRow(
            line=line,
            serial=serial,
            profile=by.profiles.get(profile, profile),
            host=values.get("host", ""),
            port=whole.get("port"),
            logical_device=whole.get("logical_device", 1),
            system_title=values.get("system_title", ""),
            path=DevicePath(path),
            concentrator=values.get("concentrator", ""),
            cell=values.get("cell", ""),
            unit=values.get("unit", ""),
            secrets=secrets,
            certificates=certificates,
            claims={name: values[name] for name in CLAIMS if name in values},
        )
    )


def _number(name: str, text: str, problems: list[Problem]) -> int:
    if text.isascii() and text.isdecimal() and len(text) <= 9:
        return int(text)
    problems.append(Problem(name, f"{name} {text}", "a whole number", "correct it"))
    return 0


def _secrets(
    values: Mapping[str, str], by: Adapter, transport_key: bytes | None, problems: list[Problem]
) -> Iterator[tuple[SecretUse, SecretBytes]]:
    for name in (*PASSWORDS, *KEYS):
        if name not in values:
            continue
        form = by.keys if name in KEYS else by.passwords
        raw = _opened(values[name], form, transport_key)
        if raw is None:
            why = Problem(name, f"{name} cannot be read", EXPECTED[form], ACTION[form])
            problems.append(why)
        else:
            yield USES[name], SecretBytes(raw)


def _certificates(
    values: Mapping[str, str], problems: list[Problem]
) -> Iterator[tuple[CertificateUse, bytes]]:
    """Yield certificates in DER, as hexadecimal digits or base64."""
    for name in CERTIFICATES:
        text = values.get(name, "")
        der = _opened(text, Form.HEX, None) or _opened(text, Form.BASE64, None)
        if der:
            yield CertificateUse(name.removesuffix("_certificate")), der
        elif text:
            expected = "a certificate in DER, hexadecimal digits or base64"
            problems.append(Problem(name, f"{name} cannot be read", expected, CORRECT))


EXPECTED = {
    Form.HEX: "hexadecimal digits",
    Form.BASE64: "base64",
    Form.TEXT: "text",
    Form.WRAPPED: "hexadecimal digits, wrapped under the transport key given",
    Form.PADDED: "hexadecimal digits, wrapped under the transport key given",
}
CORRECT = "look at the form in the adapter, or ask the maker"
ACTION = dict.fromkeys(Form, CORRECT) | dict.fromkeys(
    (Form.WRAPPED, Form.PADDED), "check that the transport key is that of this shipment"
)


def _opened(text: str, form: Form, transport_key: bytes | None) -> bytes | None:
    """Return a secret out of its cell; None where the cell cannot be read."""
    try:
        if form is Form.TEXT:
            return text.encode("utf-8")
        if form is Form.BASE64:
            return base64.b64decode(text, validate=True)
        raw = bytes.fromhex(text)
        if form is Form.HEX:
            return raw
        unwrap = aes_key_unwrap if form is Form.WRAPPED else aes_key_unwrap_with_padding
        return unwrap(transport_key or b"", raw)
    except (ValueError, binascii.Error, InvalidUnwrap):  # said by the caller, without the cell
        return None
