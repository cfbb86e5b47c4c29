"""Green Button (NAESB ESPI): an Atom feed of usage points, their readings and interval blocks.

Entries name each other by links: a usage point's "related" is the "up" of its meter reading, whose
"related" are its reading type and the "up" of its interval blocks. A feed without links has one
reading type for all. Times are seconds since 1970; the last part of a usage point's own link is its
code. The format has no meter number, no missing value and few qualities: of ours it keeps whether a
value was measured, suspect, edited or estimated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote
from uuid import NAMESPACE_URL, uuid5

from lxml import etree

from congto.interfaces.files.readings.marks import BESIDE_VALUE, marks_in, runs_of
from congto.interfaces.files.readings.words import HOUR, HOURS_REFUSED, LOCAL, How
from congto.interfaces.files.readings.xml_parts import Found, Maker, elements, line_of, text
from congto.vocabulary.intervals import MINUTES, Channel, Method
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

    from congto.interfaces.files.delivery import Delivery
    from congto.interfaces.files.readings.marks import Run

ATOM, ESPI = "http://www.w3.org/2005/Atom", "http://naesb.org/espi"
EXPECTED = "a Green Button feed with IntervalBlock and ReadingType"
CHANNELS = {
    (72, 1): Channel.ACTIVE_IMPORT,
    (72, 0): Channel.ACTIVE_IMPORT,  # direction not said
    (72, 19): Channel.ACTIVE_EXPORT,
    (73, 1): Channel.REACTIVE_IMPORT,
    (73, 0): Channel.REACTIVE_IMPORT,
    (73, 19): Channel.REACTIVE_EXPORT,
}
UNITS = {(72, 0): ("Wh", 1), (72, 3): ("kWh", 1000), (73, 0): ("varh", 1), (73, 3): ("kvarh", 1000)}
CUMULATIVE, DELTA, SECONDS = (1, 3, 9), 4, 60

QUALITIES = {  # by QualityOfReading: quality and method
    7: (Quality.EDITED, Method.EDITED),
    8: (Quality.ESTIMATED, Method.LIKE_DAY),
    9: (Quality.ESTIMATED, Method.LINEAR),
    10: (Quality.MEASURED_SUSPECT, Method.NONE),
    11: (Quality.ESTIMATED, Method.NONE),
    12: (Quality.TEMPORARY, Method.NONE),
}
QUALITY_OF = {
    Quality.EDITED: 7,
    Quality.FINAL_ESTIMATED: 8,
    Quality.ESTIMATED: 8,
    Quality.MEASURED_SUSPECT: 10,
    Quality.TEMPORARY: 12,
}


@dataclass(slots=True)
class Feed:
    """What a feed's entries say, until all of them are known.

    Attributes:
        points: by each link they relate to: the code. readings: (own link, up, related).
        types: by their own link: line and the numbers they hold.
        blocks: up link, and (line, start, duration, value, quality) of each value.
    """

    title: str = ""
    points: dict[str, str] = field(default_factory=dict)
    readings: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    types: dict[str, tuple[int, dict[str, int]]] = field(default_factory=dict)
    blocks: list[tuple[str, list[tuple[int, str, str, str, int]]]] = field(default_factory=list)


def read(path: Path, how: How) -> Iterator[Delivery]:
    """Read a feed: its days (DELIVERED_DAYS) and errors.

    Raises:
        InvalidInputError: the file is absent, empty or no XML.
    """
    found, feed = Found(path.name, how), Feed(title=path.stem)
    for entry in elements(path, "entry", found, EXPECTED, "IntervalReading"):
        _take(entry, feed, cut=found.cut)
    for up, values in feed.blocks:
        stream = _stream(up, feed, found, values[0][0] if values else 0)
        if stream is not None:
            _values(values, stream, found)
    yield found.piece()


def _take(entry: etree._Element, feed: Feed, *, cut: bool) -> None:
    """Remember what an entry says; one may hold several blocks, of one cut off only these count."""
    links: dict[str, list[str]] = {}
    for link in entry.iterfind("{*}link"):
        links.setdefault(link.get("rel") or "", []).append(link.get("href") or "")
    own, up = (links.get(rel, [""])[0] for rel in ("self", "up"))
    related = tuple(links.get("related", []))
    for content in entry.iterfind("{*}content/{*}IntervalBlock" if cut else "{*}content/{*}*"):
        _remember(content, entry, feed, (own, up, related))


def _remember(
    content: etree._Element,
    entry: etree._Element,
    feed: Feed,
    links: tuple[str, str, tuple[str, ...]],
) -> None:
    own, up, related = links
    kind = etree.QName(content).localname
    if kind == "UsagePoint":
        code = unquote(own.rstrip("/").rpartition("/")[2]) or text(entry, "title") or feed.title
        feed.points |= dict.fromkeys((own, *related), code)
    elif kind == "MeterReading":
        feed.readings.append(links)
    elif kind == "ReadingType":
        numbers = {
            etree.QName(one).localname: int(one.text)
            for one in content
            if one.text is not None and one.text.strip().lstrip("-").isdigit()
        }
        feed.types[own] = (line_of(content), numbers)
    elif kind == "IntervalBlock":
        feed.blocks.append((up, [_value(one) for one in content.iterfind("{*}IntervalReading")]))


def _value(one: etree._Element) -> tuple[int, str, str, str, int]:
    start, duration = (text(one, f"timePeriod/{name}") or "" for name in ("start", "duration"))
    quality = text(one, "ReadingQuality/quality") or "0"
    return (
        line_of(one),
        start,
        duration,
        text(one, "value") or "",
        int(quality) if quality.isdigit() else 0,
    )


def _stream(up: str, feed: Feed, found: Found, line: int) -> dict[str, Any] | None:
    """Return what all values of a block share; None with an error where it cannot be read."""
    reading = next((one for one in feed.readings if up in {one[0], *one[2]}), None)
    related = () if reading is None else reading[2]
    point = feed.title if reading is None else _point(reading, feed)
    named = [feed.types[link] for link in related if link in feed.types]
    # A feed without links has one type for all; in a cut one the type may stand behind the cut.
    types = named or ([] if found.cut and related else list(feed.types.values())[:1])
    if not types:
        found.wrong.append((line, "a block has no reading type", "a ReadingType", "add it"))
        return None
    numbers = types[0][1]
    key, ten = (
        (numbers.get("uom", 0), numbers.get("flowDirection", 0)),
        numbers.get("powerOfTenMultiplier", 0),
    )
    accumulated = numbers.get("accumulationBehaviour", DELTA) in CUMULATIVE
    minutes = numbers.get("intervalLength", 0) // SECONDS
    expected, action = "", "correct the reading type; the block's values are left out"
    if accumulated or key not in CHANNELS or (key[0], ten) not in UNITS:
        expected = "energy of intervals: accumulation 4, unit 72 or 73, power of ten 0 or 3"
    elif minutes not in found.how.lengths:
        expected = found.how.expected_length
        action = HOURS_REFUSED if minutes == HOUR else action
    if expected:
        wrong = f"a reading type of {minutes} minutes, unit {key[0]}, power of ten {ten}"
        told = (types[0][0], wrong, expected, action)
        if told not in found.wrong:
            found.wrong.append(told)
        return None
    unit, unit_wh = UNITS[key[0], ten]
    stream = {"point": point, "channel": CHANNELS[key].value, "unit": unit, "unit_wh": unit_wh}
    return stream | {"minutes": minutes}


def _point(reading: tuple[str, str, tuple[str, ...]], feed: Feed) -> str:
    """Return the code of the usage point that a meter reading belongs to."""
    own, up, _ = reading
    known = feed.points.get(own) or feed.points.get(up)
    return known or unquote(up.rstrip("/").removesuffix("/MeterReading").rpartition("/")[2])


def _values(
    values: list[tuple[int, str, str, str, int]], stream: dict[str, Any], found: Found
) -> None:
    """Take the values of a block; one of another length than the reading type says is listed."""
    length = str(stream["minutes"] * SECONDS)
    for line, start, duration, value, quality in values:
        if not start.isdigit() or duration not in {length, ""}:
            wrong = f"a value starts at '{start}' and lasts '{duration}' seconds"
            expected = f"seconds since 1970, and {length} as the reading type says"
            found.wrong.append((line, wrong, expected, "correct the value"))
            continue
        grade, method = QUALITIES.get(quality, (Quality.MEASURED, Method.NONE))
        instant = datetime.fromtimestamp(int(start), UTC).isoformat()
        found.rows.append(
            (
                line,
                stream["point"],
                None,
                stream["channel"],
                stream["unit"],
                stream["unit_wh"],
                None,
                int(grade),
                int(method),
                0,
                0,
                instant,
                value,
                stream["minutes"],
            )
        )


def write(path: Path, days: pl.DataFrame, at: datetime) -> None:
    """Write days (DELIVERED_DAYS) as a feed in Wh; a missing value is left out."""
    days = days.sort("usage_point", "channel", "local_day")
    updated = at.astimezone(UTC).isoformat(timespec="seconds")
    make = Maker(ATOM)
    with etree.xmlfile(str(path), encoding="utf-8") as file:
        file.write_declaration()
        with file.element(f"{{{ATOM}}}feed", nsmap={None: ATOM}):
            file.write(make("id", "urn:uuid:" + str(uuid5(NAMESPACE_URL, f"congto:{updated}"))))
            file.write(make("title", "Green Button"), make("updated", updated))
            for point in days.partition_by("usage_point", maintain_order=True):
                for entry in _entries(point):
                    file.write(entry)


def _entries(days: pl.DataFrame) -> Iterator[etree._Element]:
    """Yield the entries of one usage point: itself, then each channel's, then each day's."""
    own = f"/UsagePoint/{quote(days['usage_point'][0], safe='')}"
    point = ESPI_ELEMENT("UsagePoint", ESPI_ELEMENT("ServiceCategory", ESPI_ELEMENT("kind", "0")))
    yield _entry(point, own, "/UsagePoint", (f"{own}/MeterReading",), days["usage_point"][0])
    for (channel,), part in days.partition_by("channel", as_dict=True, maintain_order=True).items():
        reading, kind = f"{own}/MeterReading/{channel}", f"/ReadingType/{channel}"
        blocks = f"{reading}/IntervalBlock"
        links = (blocks, kind)
        yield _entry(ESPI_ELEMENT("MeterReading"), reading, f"{own}/MeterReading", links)
        yield _entry(_reading_type(Channel(channel)), kind, "/ReadingType", ())
        for number, (row, runs) in enumerate(
            zip(part.iter_rows(named=True), runs_of(part), strict=True), start=1
        ):
            yield _entry(_block(row, runs), f"{blocks}/{number}", blocks, ())


ESPI_ELEMENT = Maker(ESPI)
ATOM_ELEMENT = Maker(ATOM)


def _entry(
    content: etree._Element, own: str, up: str, related: tuple[str, ...], title: str = ""
) -> etree._Element:
    links = [("self", own), ("up", up), *(("related", link) for link in related)]
    return ATOM_ELEMENT(
        "entry",
        ATOM_ELEMENT("id", "urn:uuid:" + str(uuid5(NAMESPACE_URL, own))),
        *(ATOM_ELEMENT("link", rel=rel, href=href) for rel, href in links),
        ATOM_ELEMENT("title", title),
        ATOM_ELEMENT("content", content),
    )


def _reading_type(channel: Channel) -> etree._Element:
    uom, flow = next(key for key, one in CHANNELS.items() if one == channel)
    numbers = {
        "accumulationBehaviour": DELTA,
        "commodity": 1,
        "dataQualifier": 0,
        "flowDirection": flow,
        "intervalLength": MINUTES * SECONDS,
        "kind": 12,
        "phase": 0,
        "powerOfTenMultiplier": 0,
        "timeAttribute": 0,
        "uom": uom,
    }
    return ESPI_ELEMENT(
        "ReadingType", *(ESPI_ELEMENT(name, str(number)) for name, number in numbers.items())
    )


def _block(row: dict[str, Any], runs: list[Run]) -> etree._Element:
    """Return the values of a day."""
    midnight = datetime.combine(row["local_day"], time(), LOCAL)
    block = ESPI_ELEMENT("IntervalBlock", _period("interval", midnight, 86_400))
    for first, last, words in runs:
        grade = (marks_in(" ".join(words.replace(",", " ").split())) or BESIDE_VALUE)[0]
        for number in range(first, last + 1):
            value = row["values"][number - 1]
            if value is None:
                continue
            start = midnight + timedelta(minutes=MINUTES * (number - 1))
            one = ESPI_ELEMENT("IntervalReading")
            if grade in QUALITY_OF:
                said = ESPI_ELEMENT("quality", str(QUALITY_OF[Quality(grade)]))
                one.append(ESPI_ELEMENT("ReadingQuality", said))
            one.append(_period("timePeriod", start, MINUTES * SECONDS))
            one.append(ESPI_ELEMENT("value", str(value)))
            block.append(one)
    return block


def _period(name: str, start: datetime, seconds: int) -> etree._Element:
    duration, begin = ESPI_ELEMENT("duration", str(seconds)), str(int(start.timestamp()))
    return ESPI_ELEMENT(name, duration, ESPI_ELEMENT("start", begin))
