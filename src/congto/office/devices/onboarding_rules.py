"""What is wrong with a row of devices: every reason at once, each with what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from congto.office.devices.choices import DeviceState, Path, SecretUse
from congto.office.devices.onboarding_books import Place
from congto.office.devices.onboarding_rows import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    from congto.office.devices.models import Device
    from congto.office.devices.onboarding_books import Held
    from congto.office.devices.onboarding_rows import DeviceRow, Model, Models
    from congto.office.organisation.models import Unit

KEYS = (
    SecretUse.UNICAST, SecretUse.BROADCAST, SecretUse.AUTHENTICATION, SecretUse.MASTER,
)  # fmt: skip
KEY_BYTES = {16, 32}
PORTS = range(1, 65_536)
LOGICAL_DEVICES = range(1, 16_384)
HOST = re.compile(r"[0-9A-Za-z._:%-]{1,80}")
TITLE = re.compile(r"[0-9A-Fa-f]{16}")
CELL_LENGTH_MAX = 40


def problems_of(row: DeviceRow, held: Held, models: Models, on: date) -> Iterator[Problem]:
    """Yield what is wrong with a row by itself and against the books.

    Args:
        row: to judge.
        held: the books.
        models: the profiles that rows name.
        on: the day on which the meter has to hang somewhere.
    """
    yield from _meter(row, held, on)
    yield from _secrets(row)
    known = held.devices.get(row.serial)
    if known is None:
        yield from _unit(row, held)
        yield from _address(row, held, models)
        yield from _model(row, models)
    else:
        yield from _known(row, known, models)
    yield from _title(row, held)


def repeated(rows: Sequence[DeviceRow], models: Models) -> dict[int, Problem]:
    """Return the rows that name a meter, system title or address of a row before: place -> why."""
    found: dict[int, Problem] = {}
    naming: tuple[tuple[str, Callable[[DeviceRow], object]], ...] = (
        ("serial", lambda row: row.serial),
        ("system_title", lambda row: row.system_title.lower() or None),
        ("host", lambda row: place_of(row, models)),
    )
    for column, name in naming:
        first: dict[object, int] = {}
        for place, row in enumerate(rows):
            named = name(row)
            if named is None:
                continue
            line = first.setdefault(named, row.line)
            if line != row.line:
                found[place] = Problem(
                    column,
                    f"{column} {_shown(named)} stands in line {line} already",
                    "each device once",
                    "remove one of the two rows",
                )
    return found


def place_of(row: DeviceRow, models: Models) -> Place | None:
    """Return the address that a row gives a device; None where it gives none of its own."""
    model = models.get(row.profile)
    port = row.port if row.port is not None else getattr(model, "port", None)
    if not row.host or port is None:
        return None
    return Place(row.host, port, row.logical_device)


def unit_of(row: DeviceRow, held: Held) -> Unit | None:
    """Return the unit that looks after the row's device."""
    if row.unit:
        return held.units.get(row.unit)
    return held.hung.get(held.meters.get(row.serial, 0))


def _shown(named: object) -> str:
    return (
        f"{named.host}:{named.port}/{named.logical_device}"
        if isinstance(named, Place)
        else str(named)
    )


def _meter(row: DeviceRow, held: Held, on: date) -> Iterator[Problem]:
    if row.serial not in held.meters:
        yield Problem(
            "serial",
            f"meter {row.serial or '(empty)'} is not in the books",
            "a meter of meters.csv",
            "load the meter first or correct the serial",
        )
    elif held.meters[row.serial] not in held.hung:
        yield Problem(
            "serial",
            f"meter {row.serial} hangs nowhere on {on:%d/%m/%Y}",
            "a meter at a usage point",
            "hang the meter first: its readings belong to a point",
        )


def _unit(row: DeviceRow, held: Held) -> Iterator[Problem]:
    if row.unit and row.unit not in held.units:
        yield Problem(
            "unit",
            f"unit {row.unit} is not known",
            "a code of units.csv, or none",
            "correct the code or leave it empty",
        )


def _address(row: DeviceRow, held: Held, models: Models) -> Iterator[Problem]:
    yield from _reach(row, held)
    if row.port is not None and row.port not in PORTS:
        yield Problem("port", f"port {row.port}", "1 to 65535", "correct the port")
    if row.logical_device not in LOGICAL_DEVICES:
        yield Problem(
            "logical_device",
            f"logical device {row.logical_device}",
            "1 to 16383",
            "leave it empty where the meter is alone at its address",
        )
    if len(row.cell) > CELL_LENGTH_MAX:
        yield Problem("cell", f"a cell of {len(row.cell)} characters", "40 at most", "shorten it")
    place = place_of(row, models)
    other = held.places.get(place) if place else None
    if other is not None and other != row.serial:
        yield Problem(
            "host",
            f"{_shown(place)} is the address of meter {other}",
            "an address of its own",
            "correct the address, or retire the other device",
        )


def _reach(row: DeviceRow, held: Held) -> Iterator[Problem]:
    if row.host and not HOST.fullmatch(row.host):
        yield Problem("host", f"host {row.host!r}", "a name or address, as 10.1.2.3", "correct it")
    if row.path is Path.DIRECT and not row.host:
        yield Problem(
            "host",
            "no address, and the device is called directly",
            "a host, or path concentrator",
            "fill in the host or name the concentrator",
        )
    if row.path is Path.CONCENTRATOR and row.concentrator not in held.concentrators:
        yield Problem(
            "concentrator",
            f"concentrator {row.concentrator or '(empty)'} is not in the books",
            "a code of a concentrator",
            "add the concentrator first or correct the code",
        )


def _model(row: DeviceRow, models: Models) -> Iterator[Problem]:
    model = models.get(row.profile, "it is not known")
    if isinstance(model, str):
        yield Problem(
            "profile",
            f"profile {row.profile or '(empty)'}: {model}",
            "a profile of the model",
            "write the profile first or correct the name",
        )
        return
    yield from _claims(row, model)
    missing = sorted(model.needs - set(row.secrets))
    if SecretUse.PASSWORD in row.secrets:  # makers that ship one secret call it the password
        missing = [use for use in missing if use is not SecretUse.HLS]
    if missing:
        yield Problem(
            ",".join(missing),
            f"profile {row.profile} needs {', '.join(missing)}, and the row has none",
            "the keys and passwords of the meter",
            "import the maker's shipment file of this meter",
        )
    if SecretUse.UNICAST in model.needs and not row.system_title:
        yield Problem(
            "system_title",
            f"profile {row.profile} seals messages, and the meter's system title is not given",
            "16 hexadecimal digits",
            "take it from the maker's shipment file",
        )


def _claims(row: DeviceRow, model: Model) -> Iterator[Problem]:
    for name, said in row.claims.items():
        fact = model.facts.get(name, "")
        if said and said != fact:
            yield Problem(
                name,
                f"{name} {said}, and profile {row.profile} has {fact or 'none'}",
                "what the profile says",
                "choose the profile of the model, or write one",
            )


def _secrets(row: DeviceRow) -> Iterator[Problem]:
    sizes: Mapping[SecretUse, int] = {use: len(secret) for use, secret in row.secrets.items()}
    for use, size in sizes.items():
        if use in KEYS and size not in KEY_BYTES:
            yield Problem(
                use.value,
                f"{use.value} key of {size} bytes",
                "16 bytes, of suite 2: 32",
                "look at the form of keys in the adapter",
            )
        elif not size:
            yield Problem(use.value, f"{use.value} is empty", "a value", "leave the column out")
    if len({len(row.secrets[use]) for use in KEYS if use in row.secrets} & KEY_BYTES) > 1:
        yield Problem(
            "unicast", "keys of 16 and of 32 bytes", "keys of one suite", "correct the file"
        )


def _title(row: DeviceRow, held: Held) -> Iterator[Problem]:
    if not row.system_title:
        return
    if not TITLE.fullmatch(row.system_title):
        yield Problem(
            "system_title",
            f"system title {row.system_title}",
            "16 hexadecimal digits",
            "correct it",
        )
        return
    other = held.titles.get(row.system_title.lower())
    if other is not None and other != row.serial:
        yield Problem(
            "system_title",
            f"system title {row.system_title} is that of meter {other}",
            "a title of its own: it names the meter in ciphered messages",
            "correct the row, or retire the other device",
        )


def _known(row: DeviceRow, known: Device, models: Models) -> Iterator[Problem]:
    """A file adds; what the books know otherwise is changed in the console."""
    if known.state == DeviceState.RETIRED:
        yield Problem(
            "serial",
            f"the device of meter {row.serial} is retired",
            "a device in use",
            "take it into use again in the console",
        )
    concentrator = known.concentrator.code if known.concentrator else ""
    place = place_of(row, models)
    differs = [
        name
        for name, told, held in (
            ("profile", row.profile, known.profile),
            ("system_title", row.system_title.lower(), known.system_title or ""),
            ("host", place, Place(known.host, known.port or 0, known.logical_device)),
            ("concentrator", row.concentrator, concentrator),
            ("cell", row.cell, known.cell),
            ("unit", row.unit, known.unit.code),
        )
        if told and told != held
    ]
    if differs:
        yield Problem(
            differs[0],
            f"the books have another {', '.join(differs)} for meter {row.serial}",
            "what the books hold",
            "change the device in the console, or correct the row",
        )
