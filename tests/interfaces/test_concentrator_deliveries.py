"""Files of concentrators in the books: after any trouble the store is that of a clean file."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from django.urls import reverse

import world_meters as world
from congto.interfaces.cli.readings.watch import take_all
from congto.interfaces.intake import running
from congto.interfaces.intake.contents import keep
from congto.interfaces.intake.errors import sentences_of
from congto.interfaces.intake.watching import Watched
from congto.office.intake.choices import Way
from congto.office.intake.models import Delivery
from congto.office.intake.operations import receive
from congto.office.intake.queries import deliveries_by_instant
from congto.office.meterdata.models import MeterEvent, RegisterReading
from congto.office.meters.models import MeterInstallation
from congto.office.storage import intervals
from congto.office.storage.interval_tables import RAW
from congto.vocabulary.intervals import Channel
from world_deliveries import deliverer

if TYPE_CHECKING:
    from collections.abc import Sequence

CASES = Path(__file__).parent / "concentrator_files"
NOW = datetime(2026, 10, 6, 1, 0, tzinfo=UTC)
ON = date(2026, 10, 5)
EXAMPLES = {
    "concentrator:congto-wide": "congto_wide_20261005.csv",
    "concentrator:congto-long": "congto_long_20261005.csv",
    "concentrator:congto-xml": "congto_20261005.xml",
    "concentrator:congto-jsonl": "congto_20261005.jsonl",
}


@pytest.fixture(scope="module")
def books_start(prepared):
    return prepared(world.build)


@pytest.fixture
def data(books, settings, tmp_path) -> Path:
    settings.DATA = tmp_path / "data"
    return tmp_path


def deliver(name: str, content: bytes, form: str, number: str, at: datetime = NOW) -> Delivery:
    kept = keep(iter([content]), name, form)
    delivery, _ = receive("dcu-1", number, kept, way=Way.FOLDER, user=None, at=at)
    for _ in running.load(delivery, at=at):
        pass
    return Delivery.objects.get(pk=delivery.pk)


def stored() -> pl.DataFrame:
    """Return what is current in the store."""
    days = [intervals.read_day(ON, channel) for channel in Channel]
    return pl.concat(days).select("usage_point", "channel", "local_day", "values")


def held() -> list[tuple[int, list[int | None]]]:
    """Return channels and values by point."""
    return stored().sort("usage_point", "channel").select("channel", "values").rows()


CLEAN = [
    (int(Channel.ACTIVE_IMPORT), list(range(100, 148))),
    (int(Channel.REACTIVE_IMPORT), [20] * 48),
    (int(Channel.ACTIVE_IMPORT), [250] * 20 + [None] * 4 + [250] * 24),
]
"""What the examples hold, see readings/test_concentrators: two channels of P1, then P2."""


@pytest.mark.parametrize("form", EXAMPLES)
def test_a_meter_named_by_its_serial_is_loaded_at_the_point_where_it_hangs(data, form) -> None:
    name = EXAMPLES[form]
    done = deliver(name, (CASES / name).read_bytes(), form, "1")
    assert (done.state, done.days, done.new_days, done.refused_rows) == ("loaded", 3, 3, 0)
    assert held() == CLEAN


def test_values_of_meters_behind_transformers_are_multiplied(data) -> None:
    # M2 hangs behind transformers of 40: 250 Wh at the meter are 10 kWh taken.
    MeterInstallation.objects.filter(meter__serial="M2").update(multiplier=40)
    name = "congto_long_20261005.csv"
    deliver(name, (CASES / name).read_bytes(), "concentrator:congto-long", "1")
    assert held() == [*CLEAN[:2], (1, [10_000] * 20 + [None] * 4 + [10_000] * 24)]


def long_lines() -> list[str]:
    return (CASES / "congto_long_20261005.csv").read_text().splitlines()


def with_rows(rows: Sequence[str]) -> bytes:
    lines = long_lines()
    return ("\n".join([lines[0], *rows, f"END;{len(rows)}"]) + "\n").encode()


def troubled() -> dict[str, bytes]:
    """Return the example as concentrators spoil it."""
    body = long_lines()[1:-1]
    whole = with_rows(body)
    off = [row.replace(":30:00", ":37:00") for row in body[:48]]
    return {
        "doubled": whole,
        "twice in one": with_rows([*body, *body]),
        "reordered": with_rows(sorted(body, key=lambda row: row.split(";")[1])),
        "cut in half": whole[: len(whole) // 2],
        "clock off": with_rows([*off, *body[48:]]),
        "other meters too": with_rows([*body, body[0].replace("M1", "M99")]),
    }


@pytest.mark.parametrize("trouble", troubled())
@pytest.mark.parametrize("late", [False, True], ids=["then clean", "clean then"])
def test_after_any_trouble_the_store_is_that_of_one_clean_file(data, trouble, late) -> None:
    clean, spoilt = with_rows(long_lines()[1:-1]), troubled()[trouble]
    files = [("spoilt", spoilt), ("clean", clean)]
    for number, content in reversed(files) if late else files:
        deliver("congto_long_a.csv", content, "concentrator:congto-long", number)
    assert held() == CLEAN


def test_the_good_rows_of_a_cut_file_are_kept_and_the_cut_is_told(data) -> None:
    whole = with_rows(long_lines()[1:-1])
    done = deliver("congto_long_a.csv", whole[: len(whole) // 2], "concentrator:congto-long", "1")
    assert done.state == "loaded"
    assert done.days == 2  # A+ and Q+ of M1; the file breaks off before M2
    assert any("breaks off" in one and "cut off" in one for one in sentences_of(done, 10))
    kept = stored().filter(channel=int(Channel.ACTIVE_IMPORT))["values"][0].to_list()
    assert kept[:30] == list(range(100, 130))


def test_registers_enter_as_remote_readings_each_once(data) -> None:
    content = (CASES / "congto_registers_20261005.csv").read_bytes()
    form = "concentrator:congto-registers"
    first = deliver("r.csv", content, form, "1")
    again = deliver("r.csv", content, form, "2")
    corrected = deliver("r.csv", content.replace(b"1234.5678", b"1235"), form, "3")
    assert (first.days, first.new_days, first.changed_days) == (6, 6, 0)
    assert (again.days, again.new_days, again.changed_days) == (6, 0, 0)
    assert (corrected.days, corrected.new_days, corrected.changed_days) == (6, 0, 1)
    total = RegisterReading.objects.filter(usage_point__code="P1", register=0).order_by("version")
    assert [(one.version, one.index_wh, one.source) for one in total] == [
        (1, 1_234_567, 1),
        (2, 1_235_000, 1),
    ]
    assert [one.read_on for one in total] == [ON, ON]


def test_a_register_of_a_meter_that_hangs_nowhere_is_refused_by_name(data) -> None:
    content = (CASES / "congto_registers_20261005.csv").read_bytes().replace(b"M2", b"M77")
    done = deliver("r.csv", content, "concentrator:congto-registers", "1")
    assert (done.days, done.refused_rows) == (5, 1)
    assert sentences_of(done, 5)[0].startswith(
        "r.csv line 3: meter M77 hangs nowhere on 2026-10-05"
    )


def test_events_enter_like_other_events(data) -> None:
    content = (CASES / "congto_events_20261005.csv").read_bytes()
    for number in ("1", "2"):
        done = deliver("e.csv", content, "concentrator:congto-events", number)
    assert (done.days, done.new_days) == (3, 0)
    kinds = MeterEvent.objects.order_by("began_at").values_list("usage_point__code", "kind")
    assert list(kinds) == [("P1", "power_down"), ("P1", "power_up"), ("P2", "magnetic_field")]


def test_a_row_of_the_store_names_the_delivery_it_came_from(data) -> None:
    form = "concentrator:congto-long"
    body = long_lines()[1:-1]
    first = deliver("a.csv", with_rows(body), form, "1")
    second = deliver(
        "b.csv", with_rows([row.replace(";0.100;", ";0.900;") for row in body]), form, "2"
    )
    point = stored()["usage_point"][0]
    rows = intervals.read_versions(point, ON, RAW).filter(channel=int(Channel.ACTIVE_IMPORT))
    found = deliveries_by_instant(rows["known_at"].to_list())
    # Both were loaded at the same instant of the door: the second a microsecond later.
    assert [found[known].pk for known in rows["known_at"]] == [first.pk, second.pk]


def test_the_page_of_a_day_opens_the_file_that_it_came_from(data, client) -> None:
    client.force_login(deliverer())
    done = deliver("a.csv", with_rows(long_lines()[1:-1]), "concentrator:congto-long", "1")
    address = reverse("point-data", args=["P1"])
    page = client.get(f"{address}?zoom=day&day=2026-10-05").content.decode()
    assert f'<a href="{reverse("delivery", args=[done.pk])}">a.csv</a>' in page
    assert client.get(reverse("delivery", args=[done.pk])).status_code == 200


def test_a_folder_gives_each_file_to_the_adapter_that_its_name_fits(data) -> None:
    folder = data / "in"
    folder.mkdir()
    names = [*EXAMPLES.values(), "congto_registers_20261005.csv", "congto_events_20261005.csv"]
    for name in [*names, "holiday.jpg"]:
        source = CASES / name
        (folder / name).write_bytes(source.read_bytes() if source.exists() else b"x")
        os.utime(folder / name, (NOW.timestamp() - 60,) * 2)
    assert take_all(Watched(folder, "dcu-1", "concentrator"), NOW) == 1
    assert {one.format for one in Delivery.objects.all()} == {
        *EXAMPLES,
        "concentrator:congto-registers",
        "concentrator:congto-events",
    }
    assert sorted(path.name for path in (folder / "refused").iterdir()) == [
        "holiday.jpg",
        "holiday.jpg.report.json",
    ]
