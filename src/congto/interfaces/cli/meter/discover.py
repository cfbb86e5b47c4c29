"""`congto meter discover HOST:PORT`: the draft of a model's profile, from what a meter tells.

congto meter discover 10.1.2.3:4059 --profile generic --keys keys.json --out mine.yaml
congto meter read 10.1.2.3:4059 --profile mine.yaml --keys keys.json

The meter is associated with as --profile says. Lines to look at are marked "check" in the file.

Exit code 0: a draft was written; 2: none, and one sentence why.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from congto.headend.dlms.faults import DlmsError
from congto.headend.profiles.discovery import discover
from congto.headend.profiles.draft import draft_text
from congto.headend.transports.session import Deadlines
from congto.headend.transports.visit import Habits, open_session
from congto.interfaces.cli.meter.asked import (
    SUFFIX,
    VIET_NAM,
    add_options,
    failed,
    place_of,
    profile_of,
)
from congto.interfaces.cli.meter.keys import access_of
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from congto.headend.dlms.client import Client, Exchange
    from congto.headend.profiles.discovery import Draft
    from congto.headend.profiles.model import Profile
    from congto.headend.transports.access import Access
    from congto.headend.transports.visit import Place

    Asking = Callable[[Client, Profile], Exchange[Draft]]

DRAFT = "draft"


def main(arguments: list[str]) -> int:
    """Ask the meter and write the draft."""
    given = _parser().parse_args(arguments)
    out = None if given.out is None else _new_file(given.out)
    profile = profile_of(given)
    place = place_of(given, profile)
    now = _now()
    asking = partial(discover, name=DRAFT if out is None else out.stem, on=now.date())
    try:
        access = access_of(given.keys, place, profile.associating.suite, now)
        draft = asyncio.run(_asked(place, profile, access, asking, given.seconds))
    except DlmsError as error:
        raise failed(place, error) from error
    text = draft_text(draft)
    if out is None:
        sys.stdout.write(text)
    else:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    sys.stderr.write(
        f"{place}: {len(draft.view.rows)} objects, {len(draft.profile.registers)} registers;"
        f" {len(draft.findings.checks)} lines to check, {len(draft.findings.left_out)} left out\n"
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="congto meter discover", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add_options(parser)
    parser.add_argument("--out", type=Path, help="a new file NAME.yaml (printed)")
    return parser


def _new_file(path: Path) -> Path:
    """Return the path of a file to be made; what a person has mended is not written over."""
    if path.suffix != SUFFIX:
        raise InvalidInputError(f"--out {path}", expected=f"a name that ends in {SUFFIX}")
    if not path.parent.is_dir():
        raise InvalidInputError(f"--out {path}", expected="a name in a folder that exists")
    if path.exists():
        raise InvalidInputError(f"--out {path}: the file exists", expected="a new name")
    return path


async def _asked(
    place: Place, profile: Profile, access: Access, asking: Asking, seconds: float
) -> Draft:
    habits = Habits(Deadlines(seconds, seconds, min(seconds, 5.0)))
    async with await open_session(place, profile, access, habits) as session:
        return await session.run(asking(session.client, profile))


def _now() -> datetime:
    return datetime.now(VIET_NAM)  # noqa: TID251  (a door reads the clock)
