"""`congto readings validate FILE --format F`: judge half-hours by the rules, without a database.

Each finding is a line of JSON: rule, point, channel, from, to, observed, expected, action. A line
of the file that cannot be read is one too, with the rule FILE; so is a meter exchanged inside the
file (METER) and a point that the registers do not know (POINT), whose values are taken all the
same. `--estimate OUT` writes the series with what is missing or rejected filled in. `--registers`
adds what dials showed, so that sums are checked and kept.

Exit codes: 0 the file was read whole; 1 some lines of it could not be (they are told); 2 nothing
could be done, one sentence on stderr says why.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from congto.interfaces.cli.readings.complete import complete
from congto.interfaces.cli.readings.dials import dials_of
from congto.interfaces.cli.readings.judge import judge
from congto.interfaces.cli.readings.notices import notices_of
from congto.interfaces.cli.readings.output import completed_days
from congto.interfaces.cli.readings.registers import REGISTERS, read_registers
from congto.interfaces.cli.readings.series import series_of
from congto.interfaces.files.concentrators.adapter import Holds
from congto.interfaces.files.concentrators.formats import as_format, formats_that_hold
from congto.interfaces.files.concentrators.loader import load_adapter
from congto.interfaces.files.readings.formats import FORMATS, Format, format_of
from congto.interfaces.files.readings.words import CHANNEL_NAMES, LOCAL, How
from congto.reference.interval_rules import load_interval_rules
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.frames.delivered import DELIVERED_DAYS
from congto.vocabulary.frames.readings import ROW_ERRORS
from congto.vocabulary.intervals import HALF_HOURS, MINUTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from congto.interfaces.cli.readings.judge import Judged

Line = dict[str, Any]
FILE_RULE = "FILE"
"""Rule of a line that cannot be read."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of a file.

    Attributes:
        days: days read. errors: lines that could not be read (ROW_ERRORS).
        judged: the channels after the rules.
        notices: what is told of meters and points (notices.NOTICES).
    """

    days: pl.DataFrame
    errors: pl.DataFrame
    judged: list[Judged]
    zone: ZoneInfo
    notices: pl.DataFrame

    def lines(self) -> Iterator[Line]:
        """Yield errors by line, notices by point, then findings by channel, day and rule."""
        for row in self.errors.iter_rows(named=True):
            yield {
                "rule": FILE_RULE,
                "point": None,
                "channel": None,
                "from": None,
                "to": None,
                "observed": f"{row['file']} line {row['line']}: {row['found']}",
                "expected": row["expected"],
                "action": row["action"],
            }
        for row in self.notices.iter_rows(named=True):
            yield self._line(row, row["usage_point"], HALF_HOURS)
        for one in self.judged:
            for found in one.findings:
                for row in found.iter_rows(named=True):
                    yield self._line(row, one.series.codes[row["usage_point"]], row["last"] + 1)

    def _line(self, row: Line, point: str, end: int) -> Line:
        """Return what a row says of a point, until the half-hour `end` of its day."""
        midnight = datetime.combine(row["local_day"], datetime.min.time(), self.zone)
        return {
            "rule": row["rule"],
            "point": point,
            "channel": CHANNEL_NAMES[row["channel"]],
            "from": (midnight + timedelta(minutes=MINUTES * row["first"])).isoformat(),
            "to": (midnight + timedelta(minutes=MINUTES * end)).isoformat(),
            "observed": row["observed"],
            "expected": row["expected"],
            "action": row["action"],
        }


def main(arguments: list[str]) -> int:
    """Judge one file and print what is found."""
    given = _parser().parse_args(arguments)
    how = How(_zone(given.zone), given.minutes, given.halve_hours)
    answer = validate_file(given.file, given.format, how, given.registers)
    if given.estimate is not None:
        days = completed_days(answer.judged, [complete(one) for one in answer.judged], answer.days)
        at = datetime.now(UTC)  # noqa: TID251  (a door reads the clock)
        format_of(given.to or given.format).write(given.estimate, days, at)
    if given.json:
        for line in answer.lines():
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    else:
        from congto.interfaces.cli.readings.output import print_summary

        print_summary(answer.days, answer.errors, answer.lines(), answer.notices)
    return 0 if answer.errors.is_empty() else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="congto readings validate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, help="half-hours in one of the formats")
    parser.add_argument(
        "--format", required=True, help=f"{', '.join(FORMATS)}, concentrator:NAME, or ADAPTER.yaml"
    )
    parser.add_argument("--registers", type=Path, help="what dials showed: CSV, Parquet or XLSX")
    parser.add_argument("--estimate", type=Path, metavar="OUT", help="write the completed series")
    parser.add_argument("--to", choices=list(FORMATS), help="format of OUT (that of the file)")
    parser.add_argument("--minutes", type=int, default=MINUTES, help="interval of long tables (30)")
    parser.add_argument("--zone", default=str(LOCAL), help=f"local time of days ({LOCAL})")
    parser.add_argument("--halve-hours", action="store_true", help="take hours as two halves each")
    parser.add_argument("--json", action="store_true", help="print findings as JSON lines")
    return parser


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidInputError(
            f"time zone {name!r}", expected="a name such as Asia/Ho_Chi_Minh"
        ) from error


def _format(name: str) -> Format:
    """Return a format of half-hours: one of the house, an adapter, or an adapter's file."""
    adapters = formats_that_hold(Holds.HALF_HOURS)
    if name in adapters:
        return adapters[name]
    if not name.endswith(".yaml"):
        return format_of(name)
    adapter = load_adapter(Path(name))
    if adapter.holds is not Holds.HALF_HOURS:
        raise InvalidInputError(
            f"adapter {adapter.name} holds {adapter.holds}",
            expected="an adapter of half_hours",
            action="look at what it reads with `congto readings adapter`",
        )
    return as_format(adapter)


def validate_file(path: Path, name: str, how: How, registers: Path | None = None) -> Answer:
    """Read a file and judge it by the published rules.

    Args:
        path: the file.
        name: its format (readings.formats), an adapter's, or an adapter's file.
        how: what the reader is told.
        registers: what dials showed, see read_registers; None: nothing is known.

    Raises:
        InvalidInputError: a file is useless as a whole.
    """
    parts = list(_format(name).read(path, how))
    days = pl.concat([DELIVERED_DAYS.empty(), *(part.frame for part in parts)])
    errors = [ROW_ERRORS.empty(), *(part.errors for part in parts)]
    reads = pl.DataFrame(schema=REGISTERS)
    if registers is not None:
        reads, wrong = read_registers(registers)
        errors.append(wrong)
    named = pl.concat([days["meter"], reads["meter"]]).drop_nulls().unique().sort().to_list()
    series = series_of(days, named)
    rules = load_interval_rules()
    judged = [
        judge(
            one, dials_of(one, reads, named), [other for other in series if other is not one], rules
        )
        for one in series
    ]
    told = notices_of(path, days, reads, "" if registers is None else registers.name)
    return Answer(days, pl.concat(errors), judged, how.zone, told)
