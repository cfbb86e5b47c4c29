"""`congto keys`: the master key under which the secrets of meters are sealed.

congto keys status           which master keys there are, and how many secrets are under each
congto keys rotate-master    a new master key, and all secrets sealed anew under it
congto keys trust FILE         an authority, in DER or PEM, that may vouch for meters from now on
congto keys withdraw SHA256    that authority is trusted no more
congto keys forget-former    delete former secrets of meters older than --days

rotate-master makes a new key where the keys are in a file; where the environment or a token has
them, name the new one in CONGTO_MASTER_KEY and the old one in CONGTO_MASTER_KEY_FORMER first. A run
that was stopped is started again and does the rest. The old key stays in the file, because older
backups need it, until --drop-old is given and no secret is under it.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from congto.interfaces.cli.boot import boot
from congto.interfaces.project.master_key import (
    KEY_BYTES,
    MasterKeys,
    MemoryKey,
    read_keys,
    write_keys,
)
from congto.vocabulary.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable


def main(arguments: list[str]) -> int:
    """Show or rotate."""
    parser = argparse.ArgumentParser(prog="congto keys", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "action", choices=["status", "rotate-master", "forget-former", "trust", "withdraw"]
    )
    parser.add_argument("subject", nargs="?", default="", help="of trust: a file; of withdraw")
    parser.add_argument("--drop-old", action="store_true", help="remove keys that seal nothing")
    parser.add_argument("--days", type=int, default=90, help="former secrets are kept (90)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(arguments)
    boot()
    actions = {
        "status": status,
        "rotate-master": rotate,
        "forget-former": forget,
        "trust": trust,
        "withdraw": withdraw,
    }
    return actions[given.action](given)


def status(given: argparse.Namespace) -> int:
    """Print which master keys there are; exit code 1 where one is missing."""
    from congto.office.devices.queries import authorities, sealed_under

    keys = _master_keys()()
    names = [keys.current.name, *(one.name for one in keys.former)]
    held = sealed_under()
    missing = sorted(set(held) - set(names))
    if given.json:
        told = {
            "current": names[0],
            "former": names[1:],
            "sealed": held,
            "missing": missing,
            "authorities": [one.fingerprint for one in authorities() if not one.withdrawn_at],
        }
        sys.stdout.write(json.dumps(told) + "\n")
        return 1 if missing else 0
    for name in dict.fromkeys([*names, *held]):
        word = "seals" if name == names[0] else "missing" if name in missing else "opens"
        sys.stdout.write(f"{name:<42}{word:<10}{held.get(name, 0):>12,} secrets\n")
    for one in authorities():
        word = "withdrawn" if one.withdrawn_at else f"until {one.valid_to:%Y-%m-%d}"
        sys.stdout.write(f"{one.fingerprint} {word:<18}{one.name}\n")
    return 1 if missing else 0


def rotate(given: argparse.Namespace) -> int:
    """Seal all secrets anew; exit code 1 where some do not open."""
    from congto.office.devices.operations import reseal
    from congto.office.devices.queries import sealed_under

    source = _master_keys()
    file = source.file
    current = source().current.name
    under_way = set(sealed_under()) - {current}
    if file is not None and not under_way:
        write_keys(file, [secrets.token_bytes(KEY_BYTES), *read_keys(file)])
    done, broken = reseal(at=_now(), progress=_progress(given))
    dropped = _dropped(file) if given.drop_old and file is not None and not broken else 0
    if given.json:
        name = source().current.name
        told = {"under": name, "sealed": done, "broken": broken, "dropped": dropped}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(f"{done:,} secrets sealed under {source().current.name}\n")
        sys.stdout.writelines(f"not opened: {sentence}\n" for sentence in broken)
        sys.stdout.write(f"{dropped} old master keys removed from the file\n" * bool(dropped))
    return 1 if broken else 0


def forget(given: argparse.Namespace) -> int:
    """Delete former secrets."""
    from congto.office.devices.operations import forget_former

    count = forget_former(at=_now(), kept=timedelta(days=given.days))
    if given.json:
        sys.stdout.write(json.dumps({"forgotten": count}) + "\n")
    else:
        sys.stdout.write(f"{count:,} former secrets deleted\n")
    return 0


def trust(given: argparse.Namespace) -> int:
    """Trust an authority."""
    from congto.interfaces.meters.certificates import authority_of
    from congto.office.devices.operations import trust_authority

    path = Path(given.subject)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidInputError(f"{path}: {error.strerror}", expected="a certificate") from None
    told = authority_of(path.name, content)
    kept = trust_authority(
        told.der, name=told.name, valid_from=told.valid_from, valid_to=told.valid_to, at=_now()
    )
    sys.stdout.write(f"{kept.fingerprint} {kept.name} may vouch for meters\n")
    return 0


def withdraw(given: argparse.Namespace) -> int:
    """Trust an authority no more."""
    from congto.office.devices.operations import withdraw_authority

    kept = withdraw_authority(given.subject, at=_now())
    sys.stdout.write(f"{kept.name} vouches for no meter any more\n")
    return 0


def _dropped(file: Path) -> int:
    """Remove keys from the file under which nothing is sealed; return how many."""
    from congto.office.devices.queries import sealed_under

    held = sealed_under()
    current, *former = read_keys(file)
    kept = [raw for raw in former if MemoryKey(raw).name in held]
    write_keys(file, [current, *kept])
    return len(former) - len(kept)


def _master_keys() -> MasterKeys:
    from django.conf import settings

    source = settings.MASTER_KEYS
    if not isinstance(source, MasterKeys):
        raise RefusedError("the settings name another provider of master keys", expected="Congto's")
    return source


def _progress(given: argparse.Namespace) -> Callable[[int], None]:
    def told(done: int) -> None:
        if not given.json:
            sys.stderr.write(f"{done:,} sealed\n")

    return told


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  (a door reads the clock)
