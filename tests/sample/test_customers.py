"""Who the customers are: groups by profile, codes, names."""

import unicodedata

import polars as pl
import pytest

from congto.sample import names, units, words
from congto.sample.customers import agreement_rows, build_customers
from congto.sample.network import Network
from congto.sample.source import Tables
from congto.sample.uses import use_table
from congto.vocabulary.periods import Period

OCTOBER = Period.month(2026, 10)


def test_shares_of_every_profile_add_up_to_one() -> None:
    totals = use_table().group_by("is_lv", "profile").agg(pl.col("upper").max())
    assert totals["upper"].to_list() == pytest.approx([1.0] * totals.height)


def test_every_profile_of_the_data_has_a_use(tables: Tables) -> None:
    used = tables.loads.filter(pl.col("station").is_null()).select(
        "profile", is_lv=pl.col("voltLvl") == 7
    )
    assert used.join(use_table(), on=["is_lv", "profile"], how="anti").height == 0


def test_four_companies_of_seven_districts(tables: Tables) -> None:
    found = units.district_of_grid(tables)
    assert found["district"].to_list() == [f"PB00{n:02d}" for n in range(1, 29)]
    assert found.group_by("company").len()["len"].to_list() == [7] * 4
    first = found.group_by("company", maintain_order=True).first()
    assert first["grid"].to_list() == list(units.ANCHORS)
    rows = units.unit_rows(found, OCTOBER.start)
    assert rows["code"].is_unique().all()
    assert rows["name"].is_unique().all()


@pytest.fixture(scope="module")
def customers(small_network: Network) -> pl.DataFrame:
    districts = pl.DataFrame({"district": ["PB0001", "PB0002"], "name": ["Hoa Sen", "Cỏ Lau"]})
    loads = small_network.loads.with_columns(
        month_wh=pl.lit(2_500_000.0),
        households=pl.when(pl.col("profile").str.starts_with("H0")).then(3).otherwise(1),
        peak_kw="p_kw",
    )
    communes = units.commune_of(small_network.elements)
    return build_customers(loads, communes, districts, OCTOBER, 7)


def test_codes_have_13_characters_and_name_the_district(customers: pl.DataFrame) -> None:
    assert customers["code"].is_unique().all()
    assert customers["code"].str.contains(r"^PB00\d{9}$").all()
    assert (customers["code"].str.slice(0, 6) == customers["unit"]).all()
    assert (customers["usage_point"] == customers["code"] + "001").all()


def test_groups_follow_the_profiles(customers: pl.DataFrame) -> None:
    groups = dict(customers.group_by("group").len().iter_rows())
    # LV1.101 has 3 households and 10 other loads; two rural districts have 6 direct loads each,
    # all with profiles of industry.
    assert groups["residential"] == 3
    assert customers.height == 13 + 12
    direct = customers.filter(~pl.col("is_lv"))
    assert dict(direct.group_by("group").len().iter_rows()) == {"production": 12}
    assert direct["voltage"].unique().to_list() == ["22-<110kV"]


def test_three_rates_only_for_production_and_business(customers: pl.DataFrame) -> None:
    banded = customers.filter("three_rate")
    assert set(banded["group"]) <= {"production", "business"}
    assert customers.filter(~pl.col("is_lv"))["three_rate"].all()
    assert (banded.filter("reactive")["registered_kw"] >= 40).all()
    assert not customers.filter(~pl.col("three_rate"))["reactive"].any()


def test_agreements_count_households_in_quarters(customers: pl.DataFrame) -> None:
    rows = agreement_rows(customers)
    homes = rows.filter(pl.col("group") == "residential")
    assert homes["household_quarters"].to_list() == [12] * 3
    assert homes["voltage"].null_count() == 3
    assert (rows["valid_from"] < OCTOBER.start).all()


def test_names_are_composed_vietnamese_with_diacritics() -> None:
    drawn = names.person_names(2_000, 7)
    assert all(unicodedata.is_normalized("NFC", name) for name in drawn)
    family = drawn.str.split(" ").list.first().value_counts(sort=True)
    assert family.row(0)[0] == "Nguyễn"
    assert 0.26 < family.row(0)[1] / 2_000 < 0.40
    assert set(family.to_series(0)) <= set(words.FAMILY_NAMES)
    assert drawn.n_unique() > 1_200


def test_organisations_carry_their_kind_and_their_commune() -> None:
    found = names.organisation_names(
        pl.Series(["school", "farm", "authority"]), pl.Series(["Tân Sen", "An Lúa", "Mỹ Sậy"]), 7
    )
    assert found[0].endswith("Tân Sen")
    assert found[0].removesuffix(" Tân Sen") in words.BY_PLACE["school"]
    assert any(found[1].startswith(kind) for kind in words.BY_BRAND["farm"])
    assert found[2].endswith("Mỹ Sậy")


def test_phones_are_in_a_range_that_no_phone_has() -> None:
    drawn = names.phones(1_000, 7)
    assert drawn.drop_nulls().str.contains(r"^0000\d{6}$").all()
    assert 200 < drawn.null_count() < 400
