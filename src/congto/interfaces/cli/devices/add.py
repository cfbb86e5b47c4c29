"""`congto devices add HOST:PORT`: one device, with the keys that a shipment file has of its meter.

congto devices add 10.1.2.3:4059 --serial 0012345678 --profile generic --shipment keys.csv --connect
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from congto.interfaces.cli.boot import boot
from congto.interfaces.cli.devices.imports import adapter_of, read_file, transport_key
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from congto.office.devices.operations import DeviceRow


def main(arguments: list[str]) -> int:
    """Add the device and print what became of it."""
    given = _parser().parse_args(arguments)
    if given.dry_run and given.connect:
        raise InvalidInputError("--dry-run with --connect", expected="one of them")
    host, port = _address(given.place)
    boot()
    from congto.interfaces.cli.devices.taking import show, take

    row = _row(given, host, port)
    taken = take(
        [row],
        file=f"{given.serial} {given.place}",
        dry_run=given.dry_run,
        connect=given.connect,
        replace_keys=False,
    )
    return show(taken, as_json=given.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="congto devices add", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("place", metavar="HOST:PORT")
    parser.add_argument("--serial", required=True, help="of the meter, as the books have it")
    parser.add_argument("--profile", required=True, help="of the model")
    parser.add_argument("--meter", type=int, default=1, help="logical device (1)")
    parser.add_argument("--cell", default="", help="of the mobile network")
    parser.add_argument("--unit", default="", help="code (the unit of the meter's point)")
    parser.add_argument("--shipment", type=Path, help="maker's file with the keys of this meter")
    parser.add_argument("--adapter", default="", help="columns of that file")
    parser.add_argument("--transport-key", type=Path, help="under which its keys are wrapped")
    parser.add_argument("--dry-run", action="store_true", help="judge it, write nothing")
    parser.add_argument("--connect", action="store_true", help="call the device")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _address(text: str) -> tuple[str, int | None]:
    host, _, port = text.rpartition(":")
    if not host:
        return text, None
    if not port.isdecimal():
        raise InvalidInputError(f"address {text!r}", expected="HOST:PORT, as 10.1.2.3:4059")
    return host.strip("[]"), int(port)


def _row(given: argparse.Namespace, host: str, port: int | None) -> DeviceRow:
    from congto.office.devices.operations import DeviceRow

    row = DeviceRow(
        serial=given.serial,
        profile=given.profile,
        host=host,
        port=port,
        logical_device=given.meter,
        cell=given.cell,
        unit=given.unit,
    )
    if given.shipment is None:
        return row
    shipped = _shipped(given)
    return replace(row, system_title=shipped.system_title, secrets=shipped.secrets)


def _shipped(given: argparse.Namespace) -> DeviceRow:
    """Return the row of the shipment file that is of this meter."""
    from congto.interfaces.files.devices.reader import read_devices

    key = None if given.transport_key is None else transport_key(given.transport_key)
    path = given.shipment
    adapter, directory = adapter_of(given.adapter)
    found = read_devices(
        path.name, read_file(path), adapter=adapter, transport_key=key, directory=directory
    )
    for row in found.rows:
        if row.serial == given.serial:
            return row
    for refused in found.refused:
        if refused.serial == given.serial:
            problem = refused.problems[0]
            raise InvalidInputError(
                f"{path.name}, line {refused.line}: {problem.found}",
                expected=problem.expected,
                action=problem.action,
            )
    raise InvalidInputError(
        f"{path.name}: no row of meter {given.serial} among {len(found.rows)}",
        expected="the shipment file of this meter",
    )
