"""The benchmark of determinants: its figures belong together; speed itself is never tested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from congto.interfaces.bench import usage

if TYPE_CHECKING:
    from pathlib import Path


def test_it_prints_its_rate_its_memory_and_the_limit(monkeypatch, tmp_path: Path, settings):
    settings.DATA = before = tmp_path / "books"
    monkeypatch.setenv("CONGTO_DATA", str(tmp_path / "bench"))
    figures = usage.run(customers=600, seed=3)
    assert figures["half_hours"] == 600 * 31 * 48
    for name in ("half_hours_per_second", "limit_half_hours_per_second", "peak_rss_bytes"):
        assert figures[name] > 0
    assert figures["versions"]["polars"] == pl.__version__
    # its store is gone, and nothing was written where the books live
    assert list((tmp_path / "bench").iterdir()) == []
    assert before == settings.DATA
    assert not before.exists()


def test_a_wrong_sum_is_an_error(tmp_path: Path):
    (tmp_path / "determinants").mkdir()
    rows = pl.DataFrame({"difference_wh": [0, 1], "estimated": [1, 1]})
    rows.write_parquet(tmp_path / "determinants" / "0.parquet")
    with pytest.raises(AssertionError, match="1 not as their register"):
        usage._prove(tmp_path, 2)
