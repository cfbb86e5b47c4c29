"""`congto dlms decode HEX|FILE`: what DLMS frames and messages say, as a tree.

congto dlms decode 7EA0...7E
congto dlms decode session.log --key 0011...FF --auth-key FFEE...00
congto dlms decode capture.bin --json

HDLC frames, wrapper frames or bare messages. A file is either binary or text with one piece a line;
the longest run of hexadecimal digits of a line counts, what is behind # or // does not. Pieces of
one conversation explain each other: answers are named by their requests, system titles come from
the association.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from congto.headend.cosem.trace.frames import Trace
from congto.headend.cosem.trace.protection import Secrets
from congto.headend.dlms.security.keys import KeySet
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMENT = re.compile(r"(#|//).*")
TIME = re.compile(r"(?<![0-9A-Fa-f:])\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?(?![0-9A-Fa-f:])")
"""A time of day in front of the digits, as logs have it; not a part of digits with colons."""
HEX_RUN = re.compile(r"(?:0[xX])?[0-9A-Fa-f]{2}(?:[\s:,;-]*(?:0[xX])?[0-9A-Fa-f]{2})*")
HEX_PREFIX = re.compile(r"0[xX]|[^0-9A-Fa-f]")
TITLE_BYTES = 8


def main(arguments: list[str]) -> int:
    """Print what the bytes say; 1 where some could not be read."""
    parser = argparse.ArgumentParser(
        prog="congto dlms",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=["decode"])
    parser.add_argument("what", nargs="+", help="hexadecimal digits, a file, or - for the input")
    parser.add_argument("--key", help="global unicast encryption key, hexadecimal")
    parser.add_argument("--auth-key", help="authentication key, to check the tags")
    parser.add_argument("--title", help="system title of the sender, where no message tells it")
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    given = parser.parse_args(arguments)
    secrets = Secrets(
        KeySet.of(
            unicast=_octets("--key", given.key),
            authentication=_octets("--auth-key", given.auth_key),
        ),
        title=_title(given.title),
    )
    trace = Trace(secrets)
    told = [node for piece in pieces(given.what) for node in trace.feed(piece)] + trace.finish()
    if given.json:
        sys.stdout.write(json.dumps([node.as_dict() for node in told], ensure_ascii=False) + "\n")
    else:
        for node in told:
            sys.stdout.write("\n".join(node.lines()) + "\n")
    return 1 if any(node.has_fault for node in told) else 0


def pieces(words: list[str]) -> Iterator[bytes]:
    """Return the pieces of what was given: a file's, the standard input's, or the digits."""
    if words == ["-"]:
        yield from _of_file(sys.stdin.buffer.read(), "standard input")
    elif len(words) == 1 and _is_file(words[0]):
        yield from _of_file(Path(words[0]).read_bytes(), words[0])
    else:
        text = " ".join(words)
        run = HEX_RUN.fullmatch(text.strip())
        if run is None:
            raise InvalidInputError(
                f"{text[:40]!r} is no file here and no hexadecimal digits",
                expected="a file, or pairs of digits such as 7EA0",
            )
        yield _of_run(text)


def _is_file(word: str) -> bool:
    try:
        return Path(word).is_file()
    except OSError:  # more digits than a name may have
        return False


def _of_file(content: bytes, name: str) -> Iterator[bytes]:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        yield content
        return
    if (
        not text.isprintable()
        and not text.replace("\n", "").replace("\r", "").replace("\t", "").isprintable()
    ):
        yield content
        return
    found = 0
    for line in text.splitlines():
        runs = HEX_RUN.findall(TIME.sub("|", COMMENT.sub("", line)))
        run = max(runs, key=len, default="")
        if run:
            found += 1
            yield _of_run(run)
    if not found:
        raise InvalidInputError(
            f"{name} has no line with hexadecimal digits", expected="one piece a line"
        )


def _of_run(run: str) -> bytes:
    return bytes.fromhex(HEX_PREFIX.sub("", run))


def _octets(option: str, digits: str | None) -> bytes | None:
    if digits is None:
        return None
    try:
        return bytes.fromhex(digits)
    except ValueError as error:
        raise InvalidInputError(
            f"{option} is not hexadecimal", expected="pairs of digits 0-9, a-f"
        ) from error


def _title(digits: str | None) -> bytes:
    title = _octets("--title", digits) or b""
    if title and len(title) != TITLE_BYTES:
        raise InvalidInputError(
            f"--title has {len(title)} bytes", expected=f"{TITLE_BYTES} bytes, 16 digits"
        )
    return title
