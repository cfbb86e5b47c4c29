"""Mixed purposes: parts add up to the whole, and the frame splits as the scalar function does."""

from __future__ import annotations

from datetime import date

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from congto.engines.rating.apportion import apportion as apportion_frame
from congto.engines.rating.scalar import Bands
from congto.engines.rating.segments import Share, apportion
from engines.rating.comparison import frame, usage

quantities = st.integers(0, 3000).map(lambda kwh: kwh * 1000) | st.integers(0, 10**11)
shares = st.one_of(
    st.builds(Share, share_bp=st.integers(0, 10_000)),
    st.builds(Share, fixed_wh=st.integers(0, 2_000).map(lambda kwh: kwh * 1000)),
)


def test_the_last_purpose_takes_the_remainder() -> None:
    # 1,001 kWh at 70 %: 700.7 -> 701, the rest 300. By hand.
    assert apportion(1_001_000, None, [Share(share_bp=7_000), Share()], 1000) == [
        (701_000, None),
        (300_000, None),
    ]


def test_fixed_kwh_are_cut_by_what_is_left() -> None:
    parts = apportion(
        150_000, None, [Share(fixed_wh=100_000), Share(fixed_wh=80_000), Share()], 1000
    )
    assert [energy for energy, _ in parts] == [100_000, 50_000, 0]


@given(
    energy=quantities,
    bands=st.none() | st.builds(Bands, quantities, quantities, quantities),
    first=st.lists(shares, min_size=1, max_size=4),
)
def test_the_frame_splits_as_the_scalar_does(energy, bands, first) -> None:
    whole = usage(
        group="business", voltage="<6kV", energy_wh=sum(bands) if bands else energy, bands=bands
    )
    wanted = apportion(whole.energy_wh, bands, [*first, Share()], 1000)
    accounts = frame([whole]).with_columns(assignment_id=pl.lit(7, dtype=pl.Int64()))
    rows = [
        (7, number, "business", None, "<6kV", 4, share.share_bp,
         None if share.fixed_wh is None else share.fixed_wh // 1000)
        for number, share in enumerate([*first, Share()], start=1)
    ]  # fmt: skip
    purposes = pl.DataFrame(
        rows,
        schema={
            "assignment_id": pl.Int64(),
            "segment": pl.Int16(),
            "group": pl.String(),
            "subgroup": pl.String(),
            "voltage": pl.String(),
            "household_quarters": pl.Int32(),
            "share_bp": pl.Int32(),
            "fixed_kwh": pl.Int32(),
        },
        orient="row",
    )
    found = apportion_frame(accounts, purposes)
    assert found["energy_wh"].to_list() == [energy for energy, _ in wanted]
    assert found["energy_wh"].sum() == whole.energy_wh
    if bands:
        columns = ("normal_wh", "peak_wh", "off_peak_wh")
        assert found.select(columns).rows() == [tuple(one) for _, one in wanted if one is not None]
    assert found["period_from"].to_list() == [date(2026, 6, 9)] * len(wanted)
