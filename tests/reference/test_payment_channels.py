"""Meanings of channels and decisions on communes: what is shipped, what is refused."""

import shutil
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path

import polars as pl
import pytest

from congto.office.payments.choices import PartnerKind
from congto.reference.payment_channels import (
    channels_on,
    decisions,
    load_channels,
    load_decisions,
)
from congto.sample.partners import PARTNERS, simulate_payments
from congto.vocabulary.channels import Handing, Place
from congto.vocabulary.errors import InvalidInputError

CHANNELS, COMMUNES = "payment_channels.yaml", "difficult_communes.yaml"
BAD = [
    (CHANNELS, 'channel: "atm"', 'channel: "app"', "app of bank twice"),
    (CHANNELS, 'handing: "cash"', 'handing: "gold"', "found 'gold'"),
    (CHANNELS, 'place: "home"', 'place: "moon"', "found 'moon'"),
    (COMMUNES, '"131/QĐ-TTg"', '"204/QĐ-TTg"', "204/QĐ-TTg twice"),
    (COMMUNES, 'replaced_by: "900/QĐ-TTg"', 'replaced_by: "901/QĐ-TTg"', "901/QĐ-TTg is absent"),
    (COMMUNES, 'replaced_from: "2017-06-20"', "replaced_from: null", "half of a replacement"),
    (COMMUNES, 'communes: "2275"', 'communes: "-1"', "a whole number"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with as_file(files("congto.reference") / "vn") as shipped:
        for name in (CHANNELS, COMMUNES):
            shutil.copy(shipped / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(("name", "good", "bad", "says"), BAD)
def test_bad_data_are_refused_whole(
    folder: Path, name: str, good: str, bad: str, says: str
) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert good in text
    (folder / name).write_text(text.replace(good, bad, 1), encoding="utf-8")
    with pytest.raises(InvalidInputError, match=says):
        load_channels(folder) if name == CHANNELS else load_decisions(folder)


def test_cash_at_a_partners_point_is_cash_and_a_card_at_the_counter_is_none() -> None:
    known = channels_on(date(2026, 11, 1))
    assert known["intermediary", "agent"].handing is Handing.CASH
    assert known["counter", "counter_card"].handing is Handing.CASHLESS
    assert known["agent", "agent_home"].place is Place.HOME
    assert {partner for partner, _word in known} == set(PartnerKind.values)


def test_every_channel_of_the_sample_utility_is_known() -> None:
    bills = pl.DataFrame(
        {
            "bill_id": range(2000),
            "customer_code": [f"PB{n:011}" for n in range(2000)],
            "unit": "PB0001",
            "gross_vnd": 100_000,
            "due_date": date(2026, 11, 10),
        }
    )
    days = {"first_day": date(2026, 11, 3), "last_day": date(2026, 11, 20)}
    paid = simulate_payments(bills, seed=1, **days)
    kinds = {one.code: one.kind for one in PARTNERS}
    words = {(kinds[p], c) for p, c in paid.select("partner_code", "channel").unique().rows()}
    assert len(words) == 5
    assert words <= set(channels_on(date(2026, 11, 1)))


def test_what_is_published_of_the_lists() -> None:
    """204: 2,275 communes, replaced by 900 (2,139) on 20/6/2017; 582 by 861 (3,434) on 4/6/2021."""
    found = decisions()
    assert {key: one.communes for key, one in found.items()} == {
        "204/QĐ-TTg": 2275,
        "131/QĐ-TTg": 291,
        "582/QĐ-TTg": None,
        "900/QĐ-TTg": 2139,
        "861/QĐ-TTg": 3434,
    }
    assert found["582/QĐ-TTg"].replaced_from == date(2021, 6, 4)
    assert found["131/QĐ-TTg"].replaced_by is None  # another programme, not a successor of 204
    assert found["900/QĐ-TTg"].current_on(date(2020, 12, 31))
    assert not found["900/QĐ-TTg"].current_on(date(2021, 1, 1))
