"""The watched folder: complete files only, each once, a report beside it, whatever is killed."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from django.conf import settings as django_settings

import world_meters as world
from congto.interfaces.cli.readings.watch import take_all
from congto.interfaces.intake import running, watching
from congto.interfaces.intake.contents import counts_of
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


@pytest.fixture(scope="module")
def books_start(prepared):
    return prepared(world.build)


@pytest.fixture
def watched(books, settings, tmp_path) -> Watched:
    settings.DATA = tmp_path / "data"
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


FILES = 6


def fill(watched: Watched) -> None:
    """Put files of six days; the last one corrects the first."""
    for number in range(FILES - 1):
        on = f"202610{5 + number:02}"
        days = [("P1", "M1", on, flat("0.250")), ("P9", "M9", on, flat())]
        put(watched, f"{number}.csv", file_of(*days), seconds_old=60 - number)
    put(watched, "5.csv", file_of(("P1", "M1", "20261005", flat("0.300"))), seconds_old=30)


def watching_process(watched: Watched, url: str) -> subprocess.Popen[str]:
    command = (
        "from congto.interfaces.cli.main import main; import sys; sys.exit(main(sys.argv[1:]))"
    )
    arguments = ["readings", "watch", str(watched.folder), "--source", "hes-1", "--format", "nem12"]
    environment = {**os.environ, "DATABASE_URL": url, "CONGTO_DATA": str(django_settings.DATA)}
    return subprocess.Popen(
        [sys.executable, "-c", command, *arguments, "--every", "0.1"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def test_a_watcher_killed_at_random_moments_ends_as_one_that_was_not(watched, books) -> None:
    """SIGKILL after the first file, then after the next, each a random moment later."""
    seed = random.randrange(10**6)  # noqa: S311  (moments to kill at, not secrets)
    moments = random.Random(seed)  # noqa: S311  (moments to kill at, not secrets)
    fill(watched)
    for _kill in range(2):
        with watching_process(watched, books) as process:
            process.stdout.readline()
            time.sleep(moments.uniform(0, 0.25))
            process.kill()
    assert take_all(watched, NOW) == 0
    told = f"seed {seed}"
    done = watched.folder / "done"
    names = sorted(path.name for path in done.iterdir() if path.suffix == ".csv")
    plain = [name for name in names if "errors" not in name]
    assert plain == [f"{number}.csv" for number in range(FILES)], told
    assert len(names) == 2 * FILES - 1, told  # a list of errors beside each but the correction
    assert [path.name for path in complete_files(watched, NOW)] == [], told
    rows = [RAW.snapshot(date(2026, 10, 5 + number)).rows().num_rows for number in range(5)]
    assert rows == [2, 1, 1, 1, 1], told
    counts = Delivery.objects.order_by("name").values_list(
        "name", "state", "days", "new_days", "changed_days", "refused_rows"
    )
    first = [(f"{number}.csv", "loaded", 1, 1, 0, 1) for number in range(5)]
    assert list(counts) == [*first, ("5.csv", "loaded", 1, 0, 1, 0)], told
    for name in plain:
        report = json.loads((done / f"{name}.report.json").read_text(encoding="utf-8"))
        assert report["new_days"] == (name != "5.csv"), told


def test_a_load_killed_before_it_is_settled_keeps_its_counts(watched, monkeypatch) -> None:
    path = put(watched, "day.csv")
    with monkeypatch.context() as patch:

        def die(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(running, "settle", die)
        with pytest.raises(KeyboardInterrupt):
            take_file(path, watched, NOW)
    assert RAW.snapshot(ON).rows().num_rows == 2
    assert take_all(watched, NOW) == 0
    (delivery,) = Delivery.objects.all()
    assert (delivery.days, delivery.new_days) == (2, 2)
    assert not counts_of(delivery).exists()
