"""The benchmark of reading files measures what it says it does."""

from __future__ import annotations

from congto.interfaces.bench.ingest import run
from congto.interfaces.cli.main import main


def test_every_day_of_the_file_is_read_and_the_limits_stand_beside():
    figures = run(customers=300, seed=7)
    assert figures["readings"] == 300 * 48
    # Kind 0 of 100 has a gap of 10 half-hours: a few of 300 meters have one.
    gaps, rest = divmod(figures["readings"] - figures["readings_present"], 10)
    assert rest == 0
    assert 0 < gaps < 15
    for name in ("readings_per_second", "limit_readings_per_second", "peak_rss_bytes"):
        assert figures[name] > 0


def test_the_command_prints_one_object(capsys):
    assert main(["bench", "ingest", "--meters", "20", "--json"]) == 0
    assert capsys.readouterr().out.startswith('{"bench": "ingest", "meters": 20,')
