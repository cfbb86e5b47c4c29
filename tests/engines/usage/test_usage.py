"""Usage from registers. Sources: tariffs 4.1 and 4.5; figures worked by hand in the comments."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.engines.usage import determine, whole_kwh
from congto.vocabulary.frames.usage import METERED_REGISTERS
from congto.vocabulary.groups import Register
from congto.vocabulary.quality import Quality

ROW = {
    "agreement": 1,
    "reading_book": 1,
    "period_from": date(2026, 10, 1),
    "period_to": date(2026, 11, 1),
    "usage_point": 1,
    "register": Register.TOTAL.value,
    "three_rate": False,
    "rollover": False,
    "exchanged": False,
    "half_hours": False,
    "energy_wh": 134_000,
    "quality": Quality.MEASURED.value,
    "accepted": True,
}


def registers(*changes: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame([{**ROW, **change} for change in changes], schema=METERED_REGISTERS.columns)


def three_rate(**energies: int) -> list[dict[str, object]]:
    return [
        {"three_rate": True, "register": Register[name.upper()].value, "energy_wh": wh}
        for name, wh in energies.items()
    ]


@pytest.mark.parametrize(
    ("wh", "rounded"), [(0, 0), (499, 0), (500, 1000), (134_499, 134_000), (134_500, 135_000)]
)
def test_energy_is_rounded_to_whole_kwh_halves_up(wh, rounded):
    assert pl.select(whole_kwh(pl.lit(wh))).item() == rounded


@given(st.integers(0, 10**15))
def test_rounding_is_that_of_exact_decimals(wh):
    kwh = (Decimal(wh) / 1000).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    assert pl.select(whole_kwh(pl.lit(wh, dtype=pl.Int64))).item() == int(kwh) * 1000


def test_one_register_is_the_usage():
    (row,) = determine(registers({})).to_dicts()
    assert (row["energy_wh"], row["peak_wh"], row["reactive_varh"]) == (134_000, 0, 0)


def test_what_happened_to_the_meters_is_flagged():
    rows = registers(
        {},
        {"agreement": 2, "rollover": True},
        {"agreement": 3, "exchanged": True},
        {"agreement": 4, "rollover": True},
        {"agreement": 4, "exchanged": True},
        {"agreement": 5, "half_hours": True},
    )
    assert determine(rows)["flags"].to_list() == [0, 1, 2, 3, 4]


def test_points_are_added_before_rounding():
    # 0.4 + 0.4 kWh = 0.8 -> 1 kWh, where each rounded alone would be 0
    points = [{"usage_point": point, "energy_wh": 400} for point in (1, 2)]
    assert determine(registers(*points))["energy_wh"].item() == 1000


def test_bands_are_rounded_each_and_the_total_is_their_sum():
    # 1.5 -> 2, 2.5 -> 3, 0.4 -> 0: 5 kWh, although 4.4 kWh were measured and the total says 4
    rows = three_rate(normal=1500, peak=2500, off_peak=400, total=4000, reactive=1499)
    (row,) = determine(registers(*rows)).to_dicts()
    assert row["normal_wh"] == 2000
    assert row["peak_wh"] == 3000
    assert row["off_peak_wh"] == 0
    assert row["energy_wh"] == 5000
    assert row["reactive_varh"] == 1000


def test_bands_that_a_one_rate_meter_shows_beside_its_total_are_not_added_to_it():
    # Electronic meters count bands whatever is billed: 134 kWh is 134 kWh, and once.
    bands = {"normal": 80_000, "peak": 30_000, "off_peak": 24_000}
    rows = [{"register": Register[name.upper()].value, "energy_wh": bands[name]} for name in bands]
    (row,) = determine(registers({}, *rows)).to_dicts()
    assert row["energy_wh"] == 134_000
    assert (row["normal_wh"], row["peak_wh"], row["off_peak_wh"]) == (0, 0, 0)


def test_the_weakest_quality_wins():
    rows = [{}, {"usage_point": 2, "quality": Quality.ESTIMATED.value}]
    assert determine(registers(*rows))["quality"].item() == Quality.ESTIMATED.value


@pytest.mark.parametrize("broken", [{"accepted": False}, {"energy_wh": None}])
def test_one_bad_register_keeps_its_agreement_out_and_no_other(broken):
    rows = [{}, {"usage_point": 2, **broken}, {"agreement": 2, "usage_point": 3}]
    assert determine(registers(*rows))["agreement"].to_list() == [2]


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 10**9)), min_size=1, max_size=30).flatmap(
        lambda rows: st.tuples(st.just(rows), st.permutations(rows))
    )
)
def test_the_order_of_delivery_changes_nothing(orders):
    def used(rows: list[tuple[int, int]]) -> pl.DataFrame:
        return determine(
            registers(*({"agreement": agreement, "energy_wh": wh} for agreement, wh in rows))
        )

    delivered, shuffled = orders
    assert used(delivered).equals(used(shuffled))
