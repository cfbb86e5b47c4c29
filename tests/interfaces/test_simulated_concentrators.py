"""Files of simulated concentrators: what the meters measured, and faults that really strike."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from congto.headend.simulator.calendars import (
    DAY_SECONDS,
    HALF_HOURS,
    INSTALLED_DAY,
    Calendar,
    delivered_week,
)
from congto.headend.simulator.concentrators import TROUBLES
from congto.headend.simulator.faults import Troubles
from congto.headend.simulator.meter import Meter
from congto.interfaces.bench import concentrators as bench
from congto.interfaces.cli.main import main
from congto.interfaces.files.cast import sentences
from congto.interfaces.files.concentrators.formats import read
from congto.interfaces.files.concentrators.loader import shipped_adapter
from congto.vocabulary.intervals import Channel

DAY = date(2026, 11, 24)
AGE = (DAY - INSTALLED_DAY).days
HALF_HOUR_ADAPTERS = ("congto-wide", "congto-long", "congto-parquet", "congto-xml", "congto-jsonl")


def simulate(out: Path, adapter: str, faults: str = "", meters: int = 6) -> list[Path]:
    words = ["--out", str(out), "--day", str(DAY), "--meters", str(meters), "--size", "3"]
    assert (
        main(["simulate", "concentrators", *words, "--adapter", adapter, "--faults", faults]) == 0
    )
    return sorted(path for path in out.rglob("*") if path.is_file())


def taken(adapter: str, paths: list[Path]) -> tuple[pl.DataFrame, list[str]]:
    parts = [piece for path in paths for piece in read(shipped_adapter(adapter), path)]
    errors = [one for piece in parts for one in sentences(piece.errors)]
    return pl.concat([piece.frame for piece in parts]), errors


def meter(number: int) -> Meter:
    calendar = Calendar(delivered_week(DAY))
    return Meter(7, number, AGE * DAY_SECONDS, Troubles(7), calendar)


@pytest.mark.parametrize("adapter", HALF_HOUR_ADAPTERS)
def test_files_hold_what_the_meters_measured(adapter: str, tmp_path: Path) -> None:
    paths = simulate(tmp_path, adapter)
    assert len(paths) == 2
    days, errors = taken(adapter, paths)
    assert errors == []
    for number in range(1, 7):
        measured = meter(number).half_hours(AGE * HALF_HOURS, HALF_HOURS)
        own = days.filter(meter=meter(number).serial)
        by_channel = dict(zip(own["channel"], own["values"].to_list(), strict=True))
        assert by_channel[int(Channel.ACTIVE_IMPORT)] == measured.import_wh.tolist()
        assert by_channel[int(Channel.ACTIVE_EXPORT)] == measured.export_wh.tolist()
        assert by_channel[int(Channel.REACTIVE_IMPORT)] == measured.reactive_varh.tolist()


def test_registers_are_those_of_midnight(tmp_path: Path) -> None:
    rows, errors = taken("congto-registers", simulate(tmp_path, "congto-registers"))
    assert errors == []
    assert rows.height == 6 * 5
    stands = meter(4).energies(AGE * DAY_SECONDS)
    own = rows.filter(meter=meter(4).serial)
    assert dict(zip(own["register"], own["index_wh"], strict=True)) == {
        "total": stands.total_wh,
        "normal": stands.rates[0],
        "peak": stands.rates[1],
        "off_peak": stands.rates[2],
        "reactive": stands.reactive_varh,
    }


TOLD = {
    "twice": "values stand already with the same value",
    "cut": "breaks off",
    "totals": "the last line says",
    "clock": "look at the meter's clock",
}


@pytest.mark.parametrize("fault", TROUBLES)
def test_each_fault_strikes(fault: str, tmp_path: Path) -> None:
    paths = simulate(tmp_path, "congto-long", f"{fault}=1", meters=3)
    assert all(fault in path.name for path in paths)
    assert len(paths) == (2 if fault == "doubled" else 1)
    assert (paths[0].parent.name == "late") == (fault == "late")
    days, errors = taken("congto-long", paths)
    if fault in TOLD:
        assert any(TOLD[fault] in one for one in errors)
    else:
        assert errors == []
    missing = days["values"].list.eval(pl.element().is_null().cast(pl.Int64)).list.sum()
    first = Counter(zip(days["meter"], missing, strict=True))
    serial = meter(1).serial
    if fault == "missing":
        assert first[serial, 6] == 3
    if fault == "clock":
        assert serial not in set(days["meter"])


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    faults = "late=0.5,cut=0.5,clock=0.5,twice=0.5"
    both = [simulate(tmp_path / name, "congto-wide", faults) for name in ("a", "b")]
    assert [path.read_bytes() for path in both[0]] == [path.read_bytes() for path in both[1]]


@pytest.mark.slow
def test_the_benchmark_prints_every_adapter_with_its_limit(books, settings) -> None:
    figures = bench.run(60)
    assert set(figures["values_per_second"]) == set(HALF_HOUR_ADAPTERS)
    assert set(figures["limit_values_per_second"]) == set(HALF_HOUR_ADAPTERS)
    assert figures["values"] == 60 * 3 * 48
    assert json.dumps(figures)


def test_the_command_lists_checks_and_tries_adapters(tmp_path: Path, capsys, monkeypatch) -> None:
    cases = Path(__file__).parent / "concentrator_files"
    (tmp_path / "broken.yaml").write_text("maker: x\n")
    monkeypatch.setenv("CONGTO_ADAPTERS", str(tmp_path))
    assert main(["readings", "adapter"]) == 1
    listed = capsys.readouterr().out
    assert "concentrator:congto-long" in listed
    assert "broken.yaml" in listed
    assert main(["readings", "adapter", "broken"]) == 2
    assert main(["readings", "adapter", "congto-xml"]) == 0
    assert "@t" in capsys.readouterr().out
    assert (
        main(["readings", "adapter", "congto-long", str(cases / "congto_long_20261005.csv")]) == 0
    )
    assert "3 rows read, 0 faults" in capsys.readouterr().out
