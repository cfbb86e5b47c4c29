"""`congto meters listen`: take what meters and concentrators push, over UDP and TCP.

congto meters listen --host 10.1.0.5 --port 4059
congto meters listen --messages 10000 --every 60 --json

Pushes lie on the disk before they count as taken, and enter the books as deliveries of the source
`push`. Only ciphered ones of meters in the registry of devices are believed; with --plain also
those that anybody can write. What is refused is counted by reason and kept in data/pushes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from congto.interfaces.cli.boot import boot
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from congto.interfaces.meters.pushes.listening import Listening

PORT = 4059
HERE = "127.0.0.1"


def main(arguments: list[str]) -> int:
    """Listen until SIGTERM, Ctrl-C or --seconds; then print what came."""
    given = _parser().parse_args(arguments)
    boot()
    from django.conf import settings

    from congto.interfaces.meters.pushes.book import PushBook

    with PushBook(Path(settings.DATA) / "pushes").held() as book:
        figures = asyncio.run(_listen(given, book))
    if given.json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        for name, value in figures.items():
            sys.stdout.write(f"{name:<16} {value}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="congto meters listen",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default=HERE, help=f"address to listen at ({HERE})")
    parser.add_argument("--port", type=int, default=PORT, help=f"of UDP and TCP ({PORT})")
    parser.add_argument("--messages", type=int, default=10_000, help="of a delivery (10,000)")
    parser.add_argument("--every", type=float, default=60.0, help="seconds to a delivery (60)")
    parser.add_argument("--plain", action="store_true", help="believe pushes without protection")
    parser.add_argument("--seconds", type=float, help="stop after so many seconds")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    return parser


async def _listen(given: argparse.Namespace, book: Any) -> dict[str, Any]:  # noqa: ANN401  (PushBook, imported once Django is set up)
    from congto.headend.transports.push_listener import PushListener
    from congto.interfaces.meters.push_keys import PushKeys
    from congto.interfaces.meters.pushes.listening import Batching, Listening
    from congto.interfaces.meters.pushes.senders import BookSenders
    from congto.interfaces.meters.pushes.taking import Taking

    keys = PushKeys(_now, "congto meters listen")
    listener = PushListener(keys.opens)
    try:
        port = await listener.listen(given.host, given.port)
        await listener.listen_tcp(given.host, port)
    except OSError as error:
        raise InvalidInputError(
            f"{given.host}:{given.port} cannot be listened at: {error.strerror}",
            expected="a free port of an address of this machine",
            action="choose another with --host and --port",
        ) from error
    sys.stdout.write(f"listening at {given.host}:{port}, UDP and TCP.\n")
    sys.stdout.flush()
    taking = Taking(listener, BookSenders(), book, plain=given.plain)
    batching = Batching(given.messages, given.every)
    listening = Listening(listener, taking, batching, _now, keys)
    await listening.run(given.seconds)
    return figures_of(listening)


def figures_of(listening: Listening) -> dict[str, Any]:
    """Return what came as plain data."""
    counts = dict(sorted(listening.counts.items()))
    return {**counts, "files": listening.files, "rows": listening.delivered}


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  (a door reads the clock)
