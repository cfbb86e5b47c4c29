"""The benchmark of rating: its figures exist and belong together; speed itself is never tested."""

from datetime import date

import polars as pl
import pytest

from congto.engines.rating import unrated
from congto.interfaces.bench import rate
from congto.interfaces.bench.population import population
from congto.reference.vn import price_book

MONTH = (date(2026, 10, 1), date(2026, 11, 1))


def test_it_prints_its_rate_its_memory_and_the_limit(monkeypatch):
    monkeypatch.setattr(rate, "BATCH_ROWS", 1_500)
    figures = rate.run(customers=4_000, seed=3)
    assert figures["customers"] == 4_000
    assert figures["lines"] > 4_000
    for name in ("bills_per_second", "limit_per_second", "lines_per_second", "peak_rss_bytes"):
        assert figures[name] > 0
    assert figures["versions"]["polars"] == pl.__version__


def test_the_limit_s_arithmetic_is_that_of_tiers():
    # By hand: 134 kWh 282,620; 450 kWh 99,200 + 102,500 + 238,000 + 299,800 + 335,000 + 173,000.
    table = pl.DataFrame({"energy_wh": [134_000, 450_000]})
    assert rate._plain(table) == 282_620 + 1_247_500


@pytest.mark.parametrize("seed", [1, 2])
def test_the_population_has_the_real_mix_and_every_account_can_be_rated(seed):
    accounts = population(20_000, seed, MONTH)
    assert unrated(accounts, price_book()).is_empty()
    shares = dict(accounts["group"].value_counts(normalize=True).iter_rows())
    for group, share in {"residential": 0.90, "business": 0.05, "production": 0.03}.items():
        assert shares[group] == pytest.approx(share, abs=0.01), f"seed {seed}"
    households = accounts.filter(pl.col("group") == "residential")
    assert 130_000 < households["energy_wh"].median() < 170_000
    assert set(households["household_quarters"]) == {1, 2, 3, 4, 8, 12, 16, 20, 24}
    assert accounts.filter("time_of_use").height > 500
    assert accounts.filter(pl.col("reactive_varh") > 0).height > 100
    assert accounts.equals(population(20_000, seed, MONTH))
