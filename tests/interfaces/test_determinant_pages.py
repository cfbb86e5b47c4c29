"""The page of a usage point's month; every figure written by hand, as the page must say it."""

import html
import re
from datetime import UTC, date, datetime

import polars as pl
import pytest
from django.conf import settings as project

from congto.interfaces.console.views.determinants import agrees, months_until
from congto.office.meters.models import UsagePoint
from congto.vocabulary.frames.usage import DETERMINANTS
from congto.vocabulary.periods import Period
from congto.vocabulary.quality import Quality
from congto.vocabulary.usage import Source
from world_console import make_world

CODE = "PB00010000001001"

ROW = {
    "period_from": date(2026, 10, 1), "period_to": date(2026, 11, 1), "days": 31,
    "source": Source.HALF_HOURS.value, "energy_wh": 744_000, "normal_wh": 423_000,
    "peak_wh": 135_000, "off_peak_wh": 186_000, "reactive_varh": 300_000, "demand_w": 1_640,
    "demand_at": datetime(2026, 10, 7, 3, tzinfo=UTC), "power_factor_permille": 927,
    "load_factor_permille": 609, "half_hours": 1488, "present": 1488, "measured": 1480,
    "estimated": 8, "edited": 0, "not_validated": 0, "coverage_permille": 1000,
    "estimated_permille": 6, "quality": Quality.ESTIMATED.value, "half_hours_wh": 744_000,
    "register_wh": 743_000, "register_quality": Quality.MEASURED.value, "difference_wh": 1_000,
    "sum_tolerance_wh": 7_440, "bands_difference_wh": 2_500, "bands_tolerance_wh": 2_000,
}  # fmt: skip


@pytest.fixture
def page(db, tmp_path, settings, client):
    """Return the text of the page of the point in a language."""
    settings.DATA = tmp_path
    made = make_world()
    client.force_login(made.person("manager", "manager", made.root))

    def text(query="day=2026-10-07", lang="vi"):
        client.cookies[project.LANGUAGE_COOKIE_NAME] = lang
        answer = client.get(f"/meterdata/points/{CODE}/determinants?{query}")
        body = re.sub(r"<script.*?</script>", " ", answer.content.decode(), flags=re.DOTALL)
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).replace("\u00a0", " ").split())

    return text


def determined(**changes):
    point = UsagePoint.objects.get(code=CODE).pk
    frame = pl.DataFrame([ROW | {"usage_point": point} | changes], schema=DETERMINANTS.columns)
    folder = project.DATA / "determinants" / "2026-10-01_2026-11-01"
    folder.mkdir(parents=True)
    frame.write_parquet(folder / "0.parquet")


def test_the_page_says_bands_demand_quality_and_both_sums(page):
    assert "chưa xác định sản lượng congto usage determine --month 2026-10" in page()
    determined()
    text = page()
    assert "31 ngày · từ đủ các nửa giờ" in text
    assert "744 423 135 186 300" in text
    assert "1,64 0,609 0,927 07/10/2026 10:00" in text
    assert "có số liệu 100,0 % (1.488 / 1.488 nửa giờ) · ước lượng 0,6 %" in text
    assert "Tổng các nửa giờ 744 743 1 7,44 khớp" in text
    assert "Ba bộ số theo giờ – 743 2,5 2 lệch" in text
    assert "10/26 744 423 135 186" in text  # the chart's table
    english = page(lang="en")
    assert "Sum of half-hours 744 743 1 7,44 agrees" in english
    assert "31 days · from all half-hours" in english


def test_what_is_not_known_is_a_dash_and_no_zero(page):
    nothing = dict.fromkeys(
        ("energy_wh", "normal_wh", "peak_wh", "off_peak_wh", "reactive_varh", "demand_w",
         "demand_at", "power_factor_permille", "load_factor_permille", "estimated_permille",
         "quality", "half_hours_wh", "register_wh", "difference_wh", "sum_tolerance_wh",
         "bands_difference_wh")
    )  # fmt: skip
    determined(**nothing, source=Source.NOTHING.value, present=0, coverage_permille=0)
    text = page()
    assert "– – – – –" in text
    assert "chưa so được" in text
    assert "Điện năng theo tháng" not in text


def test_twelve_months_end_with_the_one_asked_for():
    months = months_until(Period.month(2026, 2))
    assert len(months) == 12
    assert (months[0].start, months[-1].end) == (date(2025, 3, 1), date(2026, 3, 1))


def test_sums_agree_within_their_tolerance():
    row = {"d": -20, "t": 20}
    assert agrees(row, "d", "t") is True
    assert agrees(row | {"t": 19}, "d", "t") is False
    assert agrees(row | {"d": None}, "d", "t") is None
