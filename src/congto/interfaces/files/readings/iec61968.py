"""IEC 61968-9 MeterReadings: interval blocks whose reading type says what is measured.

A value's time stamp is the END of its interval. The reading type is 18 numbers; read are 3
(length), 4 (must be 4, a delta), 5 (1 taken, 19 given back), 16 (power of ten) and 17 (72 Wh, 73
varh). A file that names meters only has the meter's number in the place of the usage point.
Registers (Readings) are passed over.

Qualities are three numbers: system, category, index. Category 8 is estimated, 7 edited, 6 failed
validation (recalled); some indices of 2, 4 and 5 are events of the meter. What our own files say
beyond that stands in the comment, in the words of NEM12: "F17 76".
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from lxml import etree

from congto.interfaces.files.readings.marks import BESIDE_VALUE, PLAIN, marks_in, runs_of
from congto.interfaces.files.readings.words import (
    HOUR,
    HOURS_REFUSED,
    LOCAL,
    How,
)
from congto.interfaces.files.readings.xml_parts import (
    AT_ONCE,
    Found,
    Maker,
    elements,
    line_of,
    text,
)
from congto.vocabulary.intervals import MINUTES, Channel, Method, Status
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

    from congto.interfaces.files.delivery import Delivery
    from congto.interfaces.files.readings.marks import Run

NAMESPACE = "http://iec.ch/TC57/2011/MeterReadings#"
MESSAGE = "http://iec.ch/TC57/2011/schema/message"
EXAMPLE = "0.0.5.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
EXPECTED = "MeterReadings of IEC 61968-9 with IntervalBlocks"
NO_TYPE = (
    "deliver the file again, it is cut off; the values at the cut are left out, their reading type"
    " stands behind it"
)
NO_NAME = (
    "deliver the file again, it is cut off; the values at the cut are left out, whose they are"
    " stands behind it"
)
LENGTHS = {1: 10, 2: 15, 5: 30, 6: 5, 7: 60}
"""Measuring period -> minutes (recalled: IEC 61968-9 Annex C)."""
CHANNELS = {
    (72, 1): Channel.ACTIVE_IMPORT,
    (72, 19): Channel.ACTIVE_EXPORT,
    (73, 1): Channel.REACTIVE_IMPORT,
    (73, 19): Channel.REACTIVE_EXPORT,
}
UNITS = {(72, 0): ("Wh", 1), (72, 3): ("kWh", 1000), (72, 6): ("MWh", 1_000_000)}
UNITS |= {(73, 0): ("varh", 1), (73, 3): ("kvarh", 1000), (73, 6): ("Mvarh", 1_000_000)}
TYPE = re.compile(r"^\d+(\.\d+){17}$")
READING_TYPE = "0.0.5.4.{flow}.1.12.0.0.0.0.0.0.0.0.0.{uom}.0"
"""30-minute delta of energy in Wh or varh; secondary or primary is not told apart (1)."""

EVENTS = {
    (2, 32): Status.POWER_DOWN,
    (4, 64): Status.CLOCK_ADJUSTED,
    (4, 128): Status.CLOCK_ADJUSTED,
    (4, 256): Status.CLOCK_INVALID,
    (5, 258): Status.DATA_INVALID,
}
CATEGORIES = {6: Quality.MEASURED_SUSPECT, 7: Quality.EDITED, 8: Quality.ESTIMATED}
METHODS = {Quality.EDITED: Method.EDITED.value}
REFS = {
    Quality.MEASURED_SUSPECT: "3.6.0",
    Quality.EDITED: "3.7.0",
    Quality.FINAL_ESTIMATED: "3.8.0",
    Quality.ESTIMATED: "3.8.0",
    Quality.TEMPORARY: "3.8.0",
}


def read(path: Path, how: How) -> Iterator[Delivery]:
    """Read a file meter by meter: its days (DELIVERED_DAYS) and errors.

    Raises:
        InvalidInputError: the file is absent, empty or no XML.
    """
    found, kinds = Found(path.name, how), set[str]()
    for reading in elements(path, "MeterReading", found, EXPECTED, "IntervalReadings"):
        _meter(reading, found, kinds)
        if len(found.rows) >= AT_ONCE:
            yield found.piece()
    yield found.piece()


def _meter(reading: etree._Element, found: Found, kinds: set[str]) -> None:
    """Take the values of one meter; `kinds` are the reading types of the file so far."""
    meter = text(reading, "Meter/mRID") or text(reading, "Meter/Names/name")
    point = text(reading, "UsagePoint/mRID") or text(reading, "UsagePoint/Names/name") or meter
    for block in reading.iterfind("{*}IntervalBlocks"):
        kind = _kind(block, kinds, found)
        if found.cut and (point is None or not kind):
            if block.find("{*}IntervalReadings") is not None:
                found.left_out = NO_NAME if point is None else NO_TYPE
            continue
        stream = _stream(line_of(block), kind, point, meter, found)
        if stream is not None:
            _values(block, stream, found)


def _kind(block: etree._Element, kinds: set[str], found: Found) -> str:
    """Return the reading type of a block, which stands behind its values.

    The block in which a file breaks off has the type of all blocks before it; where these differ,
    it has none.
    """
    said = block.find("{*}ReadingType")
    if said is not None:
        kind = said.get("ref") or ""
        kinds.add(kind)
        return kind
    return next(iter(kinds)) if found.cut and len(kinds) == 1 else ""


def _stream(
    line: int, word: str, point: str | None, meter: str | None, found: Found
) -> dict[str, object] | None:
    """Return what all values of a block share; None with an error where it cannot be read."""
    numbers = [int(number) for number in word.split(".")] if TYPE.match(word) else []
    wrong = None
    if point is None:
        wrong = ("a block names neither usage point nor meter", "UsagePoint or Meter with mRID")
    elif not numbers:
        wrong = (f"reading type '{word[:60]}'", f"18 numbers such as {EXAMPLE}")
    elif numbers[3] != 4 or (numbers[16], numbers[4]) not in CHANNELS:
        wrong = (f"reading type {word} is no energy of an interval", "a delta (4) of Wh or varh")
    elif (numbers[16], numbers[15]) not in UNITS:
        wrong = (f"reading type {word} has the power of ten {numbers[15]}", "0, 3 or 6")
    minutes = LENGTHS.get(numbers[2], 0) if numbers else 0
    if wrong is None and minutes not in found.how.lengths:
        action = HOURS_REFUSED if minutes == HOUR else "correct the reading type"
        found.wrong.append((line, f"reading type {word}", found.how.expected_length, action))
        return None
    if wrong is not None:
        found.wrong.append((line, *wrong, "correct the block; its values are left out"))
        return None
    unit, unit_wh = UNITS[numbers[16], numbers[15]]
    channel = CHANNELS[numbers[16], numbers[4]].value
    return {
        "usage_point": point,
        "meter": meter,
        "channel": channel,
        "unit": unit,
        "unit_wh": unit_wh,
        "minutes": minutes,
    }


def _values(block: etree._Element, stream: dict[str, object], found: Found) -> None:
    length = timedelta(minutes=int(str(stream["minutes"])))
    for reading in block.iterfind("{*}IntervalReadings"):
        end, value = text(reading, "timeStamp") or "", text(reading, "value")
        grade, method, code, status = _qualities(reading)
        found.rows.append(
            (
                line_of(reading),
                stream["usage_point"],
                stream["meter"],
                stream["channel"],
                stream["unit"],
                stream["unit_wh"],
                None,
                grade,
                method,
                code,
                status,
                _start(end, length),
                value or "",
                stream["minutes"],
            )
        )


def _start(end: str, length: timedelta) -> str:
    """Return the start of an interval that ends then; what is no time stays as it is."""
    try:
        return (datetime.fromisoformat(end) - length).isoformat()
    except ValueError:
        return end


def _qualities(reading: etree._Element) -> tuple[int, int, int, int]:
    """Return quality, method, reason code and status of a value: of several the weakest."""
    grade, method, code, status = BESIDE_VALUE
    for one in reading.iterfind("{*}ReadingQualities"):
        kind = one.find("{*}ReadingQualityType")
        numbers = ("" if kind is None else kind.get("ref") or "").split(".")
        if len(numbers) == 3 and all(number.isdigit() for number in numbers):
            category, index = int(numbers[1]), int(numbers[2])
            status |= EVENTS.get((category, index), Status(0)).value
            said = CATEGORIES.get(category, Quality.MEASURED)
            grade, method = min(grade, said.value), METHODS.get(said, method)
        if (told := marks_in(text(one, "comment") or "")) is not None:
            grade, method, code, bits = told
            status |= bits
    return grade, method, code, status


def write(path: Path, days: pl.DataFrame, at: datetime) -> None:
    """Write days (DELIVERED_DAYS) to a file; a missing value has no element."""
    days = days.sort("usage_point", "meter", "channel", "local_day")
    readings = Maker(NAMESPACE)
    with etree.xmlfile(str(path), encoding="utf-8") as file:
        file.write_declaration()
        with file.element(f"{{{MESSAGE}}}ResponseMessage", nsmap={None: MESSAGE}):
            envelope = Maker(MESSAGE)
            stamp = at.astimezone(LOCAL).isoformat(timespec="seconds")
            head = envelope("Verb", "created"), envelope("Noun", "MeterReadings")
            file.write(envelope("Header", *head, envelope("Timestamp", stamp)))
            with (
                file.element(f"{{{MESSAGE}}}Payload"),
                file.element(f"{{{NAMESPACE}}}MeterReadings", nsmap={None: NAMESPACE}),
            ):
                for stream in days.partition_by("usage_point", "meter", maintain_order=True):
                    file.write(meter_reading(stream, readings))


def meter_reading(days: pl.DataFrame, make: Maker) -> etree._Element:
    """Return the MeterReading of one point's days (DELIVERED_DAYS), in the order of the schema."""
    pairs = zip(days.iter_rows(named=True), runs_of(days), strict=True)
    reading = make("MeterReading", *(_block(row, runs, make) for row, runs in pairs))
    if days["meter"][0] is not None:
        reading.append(make("Meter", make("mRID", days["meter"][0])))
    reading.append(make("UsagePoint", make("mRID", days["usage_point"][0])))
    return reading


def _block(row: dict[str, Any], runs: list[Run], make: Maker) -> etree._Element:
    """Return the values of a day, each under the end of its half-hour."""
    midnight = datetime.combine(row["local_day"], time(), LOCAL)
    uom, flow = next(key for key, channel in CHANNELS.items() if channel == row["channel"])
    block = make("IntervalBlocks")
    for first, last, words in runs:
        for number in range(first, last + 1):
            value = row["values"][number - 1]
            if value is not None:
                end = midnight + timedelta(minutes=MINUTES * number)
                one = make(
                    "IntervalReadings",
                    make("timeStamp", end.isoformat()),
                    make("value", str(value)),
                )
                one.extend(_said(words, make))
                block.append(one)
    block.append(make("ReadingType", ref=READING_TYPE.format(flow=flow, uom=uom)))
    return block


def _said(words: str, make: Maker) -> list[etree._Element]:
    """Return what stands beside a value: nothing where it was simply measured."""
    if words == PLAIN:
        return []
    told = " ".join(words.replace(",", " ").split())
    grade = (marks_in(told) or BESIDE_VALUE)[0]
    comment, kind = (
        make("comment", told),
        make("ReadingQualityType", ref=REFS.get(Quality(grade), "3.0.0")),
    )
    return [make("ReadingQualities", comment, kind)]
