"""`congto quote`: the price calculator. JSON on stdin, JSON on stdout; no database, no clock.

One object in gives one bill out; a list gives a list. What is wrong with a single request is one
sentence on stderr and exit code 2. In a list the wrong one becomes {"error": "..."} at its place,
the others are answered and the exit code is 0. All text is UTF-8.

Numbers are texts ("134", "12.5"); whole numbers are accepted without quotes, floats are not.
`--schema` prints the JSON schema of a request and of its answer.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, TextIO

from congto.engines.rating.scalar import rate_rows
from congto.interfaces.cli.quote.answers import shown
from congto.interfaces.cli.quote.fields import read_json
from congto.interfaces.cli.quote.request import OPTIONAL, REQUIRED, read_request
from congto.interfaces.cli.quote.schema import schema
from congto.reference.vn import price_book, side_rules
from congto.vocabulary.errors import CongtoError, InvalidInputError

if TYPE_CHECKING:
    from congto.vocabulary.prices import PriceBook
    from congto.vocabulary.side_rules import SideRules

__all__ = ["OPTIONAL", "REQUIRED", "answer", "answer_all", "main", "schema"]

EXIT_OK = 0
EXIT_WRONG_INPUT = 2
USAGE = "usage: congto quote [--schema] < request.json\n"


def main(
    arguments: list[str] | None = None,
    stdin: TextIO | None = None,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
) -> int:
    """Answer the request on stdin; return the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    output, complaints = stdout or sys.stdout, stderr or sys.stderr
    if words in (["-h"], ["--help"]):
        return _write(output, f"{__doc__}\n{USAGE}")
    if words == ["--schema"]:
        return _write(
            output,
            json.dumps(schema(price_book(), side_rules()), ensure_ascii=False, indent=2) + "\n",
        )
    try:
        if words:
            raise InvalidInputError(f"argument {words[0]!r}", expected="--schema or none")
        given = read_json(stdin or sys.stdin)
        answer = answer_all(given, price_book())
    except CongtoError as error:
        _write(complaints, error.sentence() + "\n")
        return EXIT_WRONG_INPUT
    return _write(output, json.dumps(answer, ensure_ascii=False) + "\n")


def _write(stream: TextIO, text: str) -> int:
    """Write UTF-8 whatever the locale; a stream without bytes under it (a test's) takes text."""
    raw = getattr(stream, "buffer", None)
    if raw is None:
        stream.write(text)
    else:
        stream.flush()
        raw.write(text.encode())
        raw.flush()
    return EXIT_OK


def answer_all(given: object, book: PriceBook) -> object:
    """Answer one request, or each of a list."""
    if not isinstance(given, list):
        return answer(given, book)
    answers: list[dict[str, object]] = []
    for request in given:
        try:
            answers.append(answer(request, book))
        except CongtoError as error:
            answers.append({"error": error.sentence()})
    return answers


def answer(given: object, book: PriceBook, rules: SideRules | None = None) -> dict[str, object]:
    """Rate one request; raises CongtoError with one clear sentence.

    Args:
        given: the request as JSON values.
        book: prices in force.
        rules: the rules beside the price table; the shipped ones by default.
    """
    rules = rules or side_rules()
    asked = read_request(given, book, rules)
    return shown(rate_rows(asked.rows, book, asked.tier_rounding), asked, book, rules)
