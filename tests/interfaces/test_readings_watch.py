"""The watched folder: complete files only, each once, a report beside it, whatever is killed."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

import world_meters as world
from congto.interfaces.cli.readings.watch import take_all
from congto.interfaces.intake import watching
from congto.interfaces.intake.watching import Watched, alone, complete_files, take_file
from congto.office.intake.models import Delivery
from congto.office.storage.interval_tables import RAW
from congto.vocabulary.errors import InvalidInputError, RefusedError
from world_deliveries import PLAIN, file_of
from world_readings import flat

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 10, 6, 1, 0, tzinfo=UTC)
ON = date(2026, 10, 5)


@pytest.fixture
def watched(books, settings, tmp_path) -> Watched:
    settings.DATA = tmp_path / "data"
    world.build()
    folder = tmp_path / "in"
    folder.mkdir()
    return Watched(folder, "hes-1", "nem12")


def put(watched: Watched, name: str, text: str = PLAIN, seconds_old: float = 60) -> Path:
    path = watched.folder / name
    path.write_text(text, encoding="utf-8")
    then = NOW.timestamp() - seconds_old
    os.utime(path, (then, then))
    return path


def test_only_complete_files_are_taken_the_oldest_first(watched: Watched) -> None:
    put(watched, "b.csv", seconds_old=60)
    put(watched, "a.csv", seconds_old=30)
    put(watched, "growing.csv", seconds_old=1)
    put(watched, "half.csv.part")
    put(watched, ".hidden.csv")
    assert [path.name for path in complete_files(watched, NOW)] == ["b.csv", "a.csv"]


def test_a_file_is_loaded_moved_and_reported(watched: Watched, capsys) -> None:
    text = file_of(("P1", "M1", "20261005", flat("0.250")), ("P9", "M9", "20261005", flat()))
    put(watched, "day.csv", text)
    assert take_all(watched, NOW) == 0
    assert json.loads(capsys.readouterr().out)["refused_rows"] == 1
    done = watched.folder / "done"
    assert sorted(path.name for path in done.iterdir()) == [
        "day.csv",
        "day.csv.errors.csv",
        "day.csv.report.json",
    ]
    report = json.loads((done / "day.csv.report.json").read_text(encoding="utf-8"))
    assert (report["state"], report["days"], report["new_days"]) == ("loaded", 1, 1)
    assert "usage point P9 is not known" in report["errors"][0]
    assert RAW.snapshot(ON).rows().num_rows == 1
    assert complete_files(watched, NOW) == []


def test_a_useless_file_goes_to_refused_with_the_sentence(watched: Watched) -> None:
    put(watched, "day.csv", "hello\n")
    assert take_all(watched, NOW) == 1
    report = (watched.folder / "refused" / "day.csv.report.json").read_text(encoding="utf-8")
    assert json.loads(report)["message"].startswith("day.csv line 1 begins with 'hello'")


def test_an_empty_file_goes_to_refused_too(watched: Watched) -> None:
    put(watched, "day.csv", "")
    assert take_all(watched, NOW) == 1
    assert (watched.folder / "refused" / "day.csv").exists()


@pytest.mark.parametrize("killed_in", ["load", "_move"])
def test_a_kill_loses_nothing_and_doubles_nothing(watched: Watched, monkeypatch, killed_in) -> None:
    path = put(watched, "day.csv")
    with monkeypatch.context() as patch:

        def die(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(watching, killed_in, die)
        with pytest.raises(KeyboardInterrupt):
            take_file(path, watched, NOW)
    assert path.exists()
    assert take_all(watched, NOW) == 0
    assert (watched.folder / "done" / "day.csv").exists()
    assert Delivery.objects.count() == 1
    assert RAW.snapshot(ON).rows().num_rows == 2


def test_the_same_name_with_other_content_is_another_delivery(watched: Watched) -> None:
    put(watched, "day.csv")
    take_all(watched, NOW)
    put(watched, "day.csv", PLAIN.replace("0.250", "0.300"))
    take_all(watched, NOW)
    assert Delivery.objects.count() == 2
    assert (watched.folder / "done" / "day-2.csv").exists()
    assert Delivery.objects.first().changed_days == 1


def test_events_are_put_there_too(watched: Watched) -> None:
    put(watched, "e.csv", "event,meter,began_at\ntamper,M1,2026-10-05T01:00\ntamper,M9,2026\n")
    assert take_all(replace(watched, format="events"), NOW) == 0
    told = (watched.folder / "done" / "e.csv.report.json").read_text(encoding="utf-8")
    report = json.loads(told)
    assert (report["days"], report["new_days"], report["refused_rows"]) == (1, 1, 1)
    assert "began_at is '2026'" in report["errors"][0]


def test_one_process_watches_a_folder(watched: Watched, tmp_path) -> None:
    held = alone(watched.folder)
    second = pytest.raises(RefusedError, match="another process watches")
    with held, second, alone(watched.folder):
        pass
    with pytest.raises(InvalidInputError, match="is not there"), alone(tmp_path / "none"):
        pass
