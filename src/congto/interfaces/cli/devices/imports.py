"""`congto devices import FILE`: devices of a file, or keys of a maker's shipment file.

congto devices import meters.csv --dry-run
congto devices import shipment.csv --adapter congto-shipment --connect

Good rows enter, each with all its keys; the others are listed with the reason. The same file again
changes nothing. With --connect new devices are called at once, and those that do not answer as the
meter of the books stay suspended until the file is imported again with --connect.

Exit code 0: every row is in the books; 1: some rows were refused or did not answer.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from congto.interfaces.cli.boot import boot
from congto.vocabulary.errors import InvalidInputError

OTHERS = 0o077


def main(arguments: list[str]) -> int:
    """Read the file, take its rows, print what became of them."""
    given = _parser().parse_args(arguments)
    if given.dry_run and given.connect:
        raise InvalidInputError(
            "--dry-run with --connect",
            expected="one of them: a meter that is called counts the call, and so must the books",
        )
    content = read_file(given.file)
    key = None if given.transport_key is None else transport_key(given.transport_key)
    boot()
    from congto.interfaces.cli.devices.taking import show, take
    from congto.interfaces.files.devices.reader import read_devices

    adapter, directory = adapter_of(given.adapter)
    found = read_devices(
        given.file.name, content, adapter=adapter, transport_key=key, directory=directory
    )
    taken = take(
        found.rows,
        found.refused,
        file=given.file.name,
        dry_run=given.dry_run,
        connect=given.connect,
        replace_keys=given.replace_keys,
    )
    return show(taken, as_json=given.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="congto devices import", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "--adapter", default="", help="found by the header; or a YAML file of yours"
    )
    parser.add_argument("--dry-run", action="store_true", help="judge the rows, write nothing")
    parser.add_argument("--connect", action="store_true", help="call each new device")
    parser.add_argument(
        "--transport-key", type=Path, help="file with the key under which the keys are wrapped"
    )
    parser.add_argument(
        "--replace-keys", action="store_true", help="the file is right where the books differ"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def adapter_of(text: str) -> tuple[str, Path | None]:
    """Return name and folder of an adapter: one of Congto's by its name, or a file of one's own."""
    path = Path(text)
    return (path.stem, path.parent) if path.suffix == ".yaml" else (text, None)


def read_file(path: Path) -> bytes:
    """Return the content of a file.

    Raises:
        InvalidInputError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInputError(f"{path}: {error.strerror}", expected="a file") from None


def transport_key(path: Path) -> bytes:
    """Return the key of a file, which nobody else may read.

    Raises:
        InvalidInputError: it cannot be read, others may read it, or it is no key.
    """
    text = read_file(path)
    if path.stat().st_mode & OTHERS:
        raise InvalidInputError(f"{path} may be read by others", expected="mode 600")
    try:
        key = bytes.fromhex(text.decode("ascii"))
    except ValueError:
        key = b""
    if len(key) not in {16, 24, 32}:
        raise InvalidInputError(f"{path} holds no key", expected="32, 48 or 64 hexadecimal digits")
    return key
