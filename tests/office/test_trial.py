"""Trial billing on small books: figures by hand, no table touched.

Decision 1279/QĐ-BCT: 134 kWh of one household are 50 x 1984 + 50 x 2050 + 34 x 2380 = 282,620.
Five tiers of 14/2025/QĐ-TTg at 2204.0655: 1984 / 2380 / 2998 / 3571 / 3967 (published).
"""

from __future__ import annotations

import json
from argparse import Namespace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from congto.interfaces.cli.trial import rules_of, run
from congto.interfaces.files.trial_workbook import write_workbook
from congto.office.billing import operations
from congto.office.billing.trial_base import build_base, fresh_base, kept_base
from congto.office.meterdata.models import Usage
from congto.office.storage.bulk import read
from congto.reference.drafts import change_of, tiers_of
from congto.reference.vn import price_book
from congto.vocabulary.errors import InvalidInputError, RefusedError
from congto.vocabulary.trials import TrialRules
from small_utility import AT, ISSUED, MONTH, House, build

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("books")

FIVE_TIERS = TrialRules(name="14/2025", tiers=tiers_of("14-2025", Decimal("2204.0655")))


@pytest.fixture(autouse=True)
def data(settings, tmp_path: Path) -> None:
    settings.DATA = tmp_path


def books() -> None:
    build(
        House(1, 134),
        House(2, 500),
        House(3, 1000, group="business", voltage="<6kV"),
        House(4, 100, unit="PB02", book="A2"),
    )
    operations.sync_price_decisions(price_book())
    operations.run_billing(MONTH, at=AT, issued_on=ISSUED)


def test_five_tiers_by_hand() -> None:
    books()
    found = run((MONTH,), FIVE_TIERS)
    # 134: 100 x 1984 + 34 x 2380 = 279,320. 100: 198,400 (today 99,200 + 102,500 = 201,700).
    # 500: 198,400 + 238,000 + 200 x 2998 + 100 x 3571 = 1,393,100
    # (today 201,700 + 238,000 + 299,800 + 335,000 + 100 x 3460 = 1,420,500).
    today = 282_620 + 1_420_500 + 201_700
    draft = 279_320 + 1_393_100 + 198_400
    (residential, business) = found["groups"]
    assert (residential["group"], residential["bills"]) == ("residential", 3)
    assert residential["baseline_net_vnd"] == today
    assert residential["draft_net_vnd"] == draft
    assert business["baseline_net_vnd"] == business["draft_net_vnd"] == 1000 * 3152
    assert found["total"]["change_net_vnd"] == draft - today
    # VAT 8 % of each bill, halves up: 22,346 + 111,448 + 15,872 + 252,160.
    assert found["total"]["draft_vat_vnd"] == 22_346 + 111_448 + 15_872 + 252_160
    said = found["customers"]
    assert (said["pay_less"], said["pay_the_same"], said["pay_more"]) == (3, 1, 0)
    assert found["base"]["bills_as_issued"] == 4
    # 1,870,820 / 734 kWh = 2,548.80
    assert residential["draft_average_price"] == "2548.80"
    assert found["top"][0]["agreement"].endswith("2-A1")


def test_a_percentage_changes_each_price_half_up() -> None:
    books()
    rules = TrialRules(name="+3", changes=(change_of("business", "+3"),))
    found = run((MONTH,), rules)
    # 3152 x 1.03 = 3246.56 -> 3247
    by_group = {row["group"]: row for row in found["groups"]}
    assert by_group["business"]["draft_net_vnd"] == 3_247_000
    assert by_group["residential"]["change_net_vnd"] == 0


def test_no_table_is_touched() -> None:
    books()

    def stand() -> dict[str, object]:
        tables = [row[0] for row in read(
            "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        ).rows()]  # fmt: skip
        return {
            name: read(
                f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{name}" t'  # noqa: S608  (names of the catalogue)
            ).item()
            for name in tables
        }

    before = stand()
    run((MONTH,), FIVE_TIERS)
    assert stand() == before


def test_a_base_that_the_books_left_behind_is_built_anew() -> None:
    books()
    list(build_base(MONTH))
    assert fresh_base(MONTH) is not None
    Usage.objects.filter(energy_wh=134_000).update(energy_wh=135_000)
    assert (fresh_base(MONTH), kept_base(MONTH) is not None) == (None, True)
    found = run((MONTH,), FIVE_TIERS)
    assert found["base"]["bills_not_as_issued"] == 1
    assert found["base"]["not_as_issued_net_vnd"] == 2380


def test_a_month_without_usage_is_refused() -> None:
    with pytest.raises(RefusedError, match="no usage ends in the month 2026-10"):
        list(build_base(MONTH))


def given(**words: object) -> Namespace:
    absent = {
        "draft": None,
        "change": [],
        "structure": None,
        "average": None,
        "vat": None,
        "name": None,
    }
    return Namespace(**{**absent, **words})


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({}, "no draft"),
        ({"structure": "14-2025"}, "one of structure and average price alone"),
        ({"structure": "14-2025", "average": "2.204,06"}, "average price"),
        ({"change": ["all:+300%"]}, "at most .100 %"),
        ({"change": ["farming:+3%"]}, "farming"),
        ({"change": ["all:+3%", "all:+4%"]}, "names a group twice"),
    ],
)
def test_a_wrong_draft_is_refused_with_a_sentence(words, sentence) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        rules_of(given(**words))


def test_the_workbook_says_what_the_result_says(tmp_path: Path) -> None:
    books()
    result = run((MONTH,), FIVE_TIERS)
    json.dumps(result)
    place = tmp_path / "trial.xlsx"
    write_workbook(place, result)
    assert place.read_bytes()[:2] == b"PK"
