"""IEC 61968-9 and Green Button: read, written, and read by another program."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from greenbutton_objects.parse import parse_feed
from hypothesis import given, settings

from congto.interfaces.files.cast import sentences
from congto.interfaces.files.readings import espi, iec61968
from congto.interfaces.files.readings.words import How
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.intervals import Channel, Status
from congto.vocabulary.quality import Quality
from world_readings import SEARCH, days, load, said

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 7, 3, tzinfo=UTC)
TYPE = "0.0.5.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0"


def message(*readings: str, kind: str = TYPE, before: str = "<Meter><mRID>SIM1</mRID></Meter>"):
    """Return the message of meterdata facts d.1 with these interval readings."""
    return (
        "<ResponseMessage><Header><Verb>created</Verb><Noun>MeterReadings</Noun></Header>\n"
        f"<Payload><MeterReadings><MeterReading>\n{before}<IntervalBlocks>\n"
        + "\n".join(readings)
        + f'\n<ReadingType ref="{kind}"/></IntervalBlocks></MeterReading></MeterReadings>'
        "</Payload></ResponseMessage>"
    )


def reading(end: str, value: str, *qualities: str) -> str:
    said_of_it = "".join(
        f'<ReadingQualities><ReadingQualityType ref="{one}"/></ReadingQualities>'
        for one in qualities
    )
    return (
        f"<IntervalReadings><timeStamp>{end}</timeStamp><value>{value}</value>"
        f"{said_of_it}</IntervalReadings>"
    )


def read(folder: Path, text: str, how: How | None = None):
    path = folder / "given.xml"
    path.write_text(text, encoding="utf-8")
    return load(iec61968.read, path, how)


def test_a_time_stamp_is_the_end_of_its_half_hour(tmp_path):
    # The example of the standard's subset: 0.150 kWh up to 00:30, an estimate of 0.151 up to 01:00.
    frame, errors = read(
        tmp_path,
        message(
            reading("2026-07-02T00:30:00+07:00", "0.150"),
            reading("2026-07-02T01:00:00+07:00", "0.151", "3.8.0"),
            reading("2026-07-03T00:00:00+07:00", "1"),
        ),
    )
    assert errors.is_empty()
    row = frame.row(0, named=True)
    assert (row["usage_point"], row["meter"], row["local_day"]) == (
        "SIM1",
        "SIM1",
        date(2026, 7, 2),
    )
    assert row["values"] == [150, 151, *[None] * 45, 1000]
    assert row["qualities"][:3] == [Quality.MEASURED, Quality.ESTIMATED, Quality.MISSING]


@pytest.mark.parametrize(
    ("kind", "channel", "wh"),
    [
        ("0.0.5.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0", Channel.ACTIVE_IMPORT, 2),
        ("0.0.5.4.19.2.12.0.0.0.0.0.0.0.0.3.72.0", Channel.ACTIVE_EXPORT, 2000),
        ("0.0.5.4.1.1.12.0.0.0.0.0.0.0.0.3.73.0", Channel.REACTIVE_IMPORT, 2000),
        ("0.0.5.4.19.1.12.0.0.0.0.0.0.0.0.6.73.0", Channel.REACTIVE_EXPORT, 2_000_000),
    ],
)
def test_the_reading_type_says_channel_and_unit(tmp_path, kind, channel, wh):
    frame, errors = read(tmp_path, message(reading("2026-07-02T00:30:00+07:00", "2"), kind=kind))
    assert errors.is_empty()
    assert frame["channel"].to_list() == [channel]
    assert frame["values"][0][0] == wh


def test_quarter_hours_are_added_up(tmp_path):
    kind = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.0.72.0"
    ends = (reading(f"2026-07-02T00:{minute}:00+07:00", "3") for minute in ("15", "30", "45"))
    frame, errors = read(tmp_path, message(*ends, kind=kind))
    assert errors.is_empty()
    assert frame["values"][0].to_list()[:2] == [6, None]


@pytest.mark.parametrize(
    ("quality", "bit"),
    [
        ("1.2.32", Status.POWER_DOWN),
        ("1.4.64", Status.CLOCK_ADJUSTED),
        ("1.4.256", Status.CLOCK_INVALID),
        ("1.5.258", Status.DATA_INVALID),
    ],
)
def test_events_of_the_meter_are_status_bits(tmp_path, quality, bit):
    frame, _ = read(tmp_path, message(reading("2026-07-02T00:30:00+07:00", "2", quality)))
    assert frame["status"][0][0] == bit


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (message(kind="1.2.3"), "reading type '1.2.3'; expected 18 numbers"),
        (message(kind=TYPE.replace("72", "38")), "is no energy of an interval"),
        (message(kind=TYPE.replace(".4.1.1", ".1.1.1")), "is no energy of an interval"),
        (message(kind=TYPE.replace("0.0.5", "0.0.7")), "deliver half-hours, or have hours halved"),
        (message(before=""), "names neither usage point nor meter"),
        (message(reading("noon", "1")), "the time is 'noon'"),
        (message(reading("2026-07-02T00:30:00+07:00", "x")), "value is 'x'"),
        (message(reading("2026-07-02T00:40:00+07:00", "1")), "a value starts at 2026-07-02 00:10"),
        (message(*[reading("2026-07-02T00:30:00+07:00", "1")] * 2), "stands already on line 4"),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path, text, words):
    _, errors = read(tmp_path, text)
    (sentence,) = sentences(errors)
    assert words in sentence
    assert sentence.startswith("given.xml line ")


def test_a_file_cut_in_half_keeps_the_meters_before_the_cut(tmp_path):
    whole = message(reading("2026-07-02T00:30:00+07:00", "1"))
    opening = whole[: whole.index("<MeterReading>")]
    one = whole[whole.index("<MeterReading>") : whole.index("</MeterReadings>")]
    text = opening + one + one.replace("SIM1", "SIM2")
    frame, errors = read(tmp_path, text[: text.rindex("</IntervalReadings>")])
    assert frame["meter"].to_list() == ["SIM1"]
    assert "the file breaks off" in sentences(errors)[0]


def test_a_file_cut_within_its_first_meter_is_said_to_be_cut(tmp_path):
    whole = message(reading("2026-07-02T00:30:00+07:00", "1"))
    with pytest.raises(InvalidInputError, match="breaks off within its first MeterReading"):
        read(tmp_path, whole[: whole.index("</IntervalReadings>")])


def test_what_is_no_xml_is_refused(tmp_path):
    with pytest.raises(InvalidInputError, match=r"given\.xml line 1 is not XML"):
        read(tmp_path, "100,NEM12\n")


def test_entities_are_not_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("0.5", encoding="utf-8")
    text = f'<!DOCTYPE r [<!ENTITY s SYSTEM "{secret.as_uri()}">]>' + message(
        reading("2026-07-02T00:30:00+07:00", "&s;")
    )
    frame, _ = read(tmp_path, text)
    assert frame["values"].explode().drop_nulls().to_list() == []


@settings(max_examples=15, phases=SEARCH)
@given(days())
def test_what_is_written_is_read_again(tmp_path_factory, drawn):
    path = tmp_path_factory.mktemp("round") / "given.xml"
    iec61968.write(path, drawn, AT)
    frame, errors = load(iec61968.read, path)
    assert errors.is_empty()
    # A meter that is not named is left out; a missing value has no element, so no reason either.
    some = drawn.filter(pl.col("values").list.drop_nulls().list.len() > 0)
    left = ("meter", "reasons", "status")
    assert said(frame, without=left).equals(said(some, without=left))


def no_null(frame: pl.DataFrame) -> dict[tuple[str, int, datetime], int]:
    """Return point, channel and start (UTC) of each value."""
    midnight = ZoneInfo("Asia/Ho_Chi_Minh")
    return {
        (row["usage_point"], row["channel"], start.astimezone(UTC)): value
        for row in frame.iter_rows(named=True)
        for at, value in enumerate(row["values"])
        for start in [
            datetime.combine(row["local_day"], datetime.min.time(), midnight)
            + timedelta(minutes=30 * at)
        ]
        if value is not None
    }


@settings(max_examples=15, phases=SEARCH)
@given(days(most=9))
def test_greenbutton_objects_reads_what_we_write(tmp_path_factory, drawn):
    path = tmp_path_factory.mktemp("witness") / "given.xml"
    espi.write(path, drawn, AT)
    channels = {("wattHours", "forward"): 1, ("wattHours", "reverse"): 2}
    channels |= {("voltAmpReactiveHours", "forward"): 3, ("voltAmpReactiveHours", "reverse"): 4}
    seen = {}
    for point in parse_feed(str(path)):
        for stream in point.meterReadings:
            kind = stream.readingType
            channel = channels[kind.uom.name, kind.flowDirection.name]
            for one in stream.intervalReadings:
                assert one.timePeriod.duration == timedelta(minutes=30)
                seen[point.title, channel, one.timePeriod.start] = one.value
    assert seen == no_null(drawn)


@settings(max_examples=15, phases=SEARCH)
@given(days(most=9))
def test_we_read_our_own_feed(tmp_path_factory, drawn):
    path = tmp_path_factory.mktemp("round") / "given.xml"
    espi.write(path, drawn, AT)
    frame, errors = load(espi.read, path)
    assert errors.is_empty()
    assert no_null(frame) == no_null(drawn)


@pytest.mark.shared
def test_a_customers_year_has_the_sum_that_its_own_summary_tells(shared, tmp_path):
    packed = shared / "data" / "greenbutton" / "sdge_one_customer_year.xml.gz"
    path = tmp_path / "given.xml"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    _, errors = load(espi.read, path)
    assert "a reading type of 60 minutes" in sentences(errors)[0]
    how = How(zone=ZoneInfo("America/Los_Angeles"), halve_hours=True)
    frame, errors = load(espi.read, path, how)
    assert errors.is_empty()
    # ElectricPowerUsageSummary at the end of the feed: 5089595 Wh over the billing period.
    assert frame["values"].list.sum().sum() == 5_089_595
    assert frame.height == 364
    assert set(frame["qualities"].explode().unique()) == {Quality.ESTIMATED, Quality.MISSING}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("<uom>72</uom>", "<uom>38</uom>"), "expected energy of intervals"),
        (
            ("<accumulationBehaviour>4<", "<accumulationBehaviour>3<"),
            "expected energy of intervals",
        ),
        (("<duration>1800</duration>", "<duration>900</duration>"), "lasts '900' seconds"),
        (("<value>7</value>", "<value>seven</value>"), "value is 'seven'"),
    ],
)
def test_a_feed_says_what_is_wrong(tmp_path, change, words):
    path = tmp_path / "given.xml"
    row = {"line": 1, "usage_point": "PE1", "meter": None, "channel": 1}
    row |= {"local_day": date(2026, 7, 1), "values": [7] * 48, "unit": "Wh", "multiplier": None}
    row |= dict.fromkeys(("status", "qualities", "methods", "reasons"))
    espi.write(path, pl.DataFrame([row]), AT)
    path.write_text(path.read_text(encoding="utf-8").replace(*change, 1), encoding="utf-8")
    _, errors = load(espi.read, path)
    assert errors.height == 1
    assert words in sentences(errors)[0]
