"""The rules of trust, each on reads made for it. Expected figures are worked in the comments."""

from datetime import date

import polars as pl
import pytest

from congto.engines.readings import advances, check_half_hours, check_registers, judge
from congto.engines.readings.wording import grouped, kwh
from congto.vocabulary.frames.readings import INTERVAL_SUMS, PERIOD_READS
from congto.vocabulary.groups import Register
from congto.vocabulary.quality import Quality

POINT = "PB00010000001001"
PLAIN = {
    "usage_point": 1,
    "subject": POINT,
    "meter": 1,
    "register": Register.TOTAL.value,
    "period_from": date(2026, 10, 1),
    "period_to": date(2026, 11, 1),
    "three_rate": False,
    "remote": True,
    "dial_digits": 5,
    "decimals": 0,
    "multiplier": 1,
    "opening_wh": 1_000_000,
    "closing_wh": 1_200_000,
    "quality": Quality.MEASURED.value,
    "limit_kw": 0,
    "households": 1,
    "time_of_use": False,
}
WHOLE_MONTH = 31 * 48
SUMS = {
    "usage_point": 1,
    "subject": POINT,
    "period_from": date(2026, 10, 1),
    "period_to": date(2026, 11, 1),
    "expected": WHOLE_MONTH,
    "present": WHOLE_MONTH,
    "negative": 0,
    "lowest_wh": 0,
    "energy_wh": 200_000,
}


def advanced(*changes: dict[str, object]) -> pl.DataFrame:
    rows = [{**PLAIN, **change} for change in changes or ({},)]
    return advances(pl.DataFrame(rows, schema=PERIOD_READS.columns))


def found(*changes: dict[str, object]) -> list[dict[str, object]]:
    return check_registers(advanced(*changes)).to_dicts()


def found_in_half_hours(register: dict[str, object] | None = None, **change: object) -> list[str]:
    sums = pl.DataFrame([{**SUMS, **change}], schema=INTERVAL_SUMS.columns)
    return check_half_hours(sums, advanced(register or {}))["rule"].to_list()


def bands(normal: int, peak: int, off_peak: int, total: int) -> list[dict[str, object]]:
    """Return the reads of a three-rate meter that advanced by so many Wh."""
    advance = {"NORMAL": normal, "PEAK": peak, "OFF_PEAK": off_peak, "TOTAL": total}
    return [
        {
            "three_rate": True,
            "register": Register[name].value,
            "opening_wh": 0,
            "closing_wh": wh,
            "limit_kw": 100,
            "households": 0,
        }
        for name, wh in advance.items()
    ]


def test_a_plain_month_has_no_findings():
    assert found() == []
    assert found_in_half_hours() == []


def test_a_missing_closing_read_is_named_with_its_day_and_register():
    (finding,) = found({"closing_wh": None, "quality": Quality.MISSING.value})
    assert finding["rule"] == "RDG-001"
    assert finding["severity"] == "reject"
    assert finding["subject"] == POINT
    assert finding["observed"] == "bộ tổng: không có chỉ số cuối kỳ (01/11/2026)"
    assert finding["period_to"] == date(2026, 11, 1)


def test_registers_that_break_one_rule_at_one_point_are_one_finding():
    missing = [{**band, "closing_wh": None} for band in bands(1, 1, 1, 1)[:3]]
    (finding,) = found(*missing)
    assert finding["observed"].count("không có chỉ số cuối kỳ") == 3


def test_a_read_below_the_last_one_is_rejected():
    (finding,) = found({"closing_wh": 999_999})
    assert (finding["rule"], finding["severity"]) == ("RDG-002", "reject")
    assert finding["observed"] == "bộ tổng: 999,999 kWh"
    assert finding["expected"] == "không nhỏ hơn 1.000 kWh"


def test_a_rollover_is_told_with_its_energy():
    (finding,) = found({"opening_wh": 99_800_000, "closing_wh": 220_000})
    assert (finding["rule"], finding["severity"]) == ("RDG-003", "info")
    assert finding["expected"] == "quay vòng mặt số 5 chữ số, sản lượng 420 kWh"


@pytest.mark.parametrize(
    ("energy_wh", "rules"),
    [
        # 10 kW x 24 h x 31 days x 1.5 = 11,160 kWh
        (11_160_000, []),
        (11_160_001, ["RDG-004"]),
    ],
)
def test_energy_above_one_and_a_half_times_the_registered_power_is_rejected(energy_wh, rules):
    read = {"limit_kw": 10, "opening_wh": 0, "closing_wh": energy_wh}
    assert [finding["rule"] for finding in found(read)] == rules


@pytest.mark.parametrize(
    ("energy_wh", "rules"),
    [
        # two households: 2 x 80 A x 220 V x 24 h x 31 days = 26,188.8 kWh
        (26_188_800, []),
        (26_188_801, ["RDG-004"]),
    ],
)
def test_households_without_registered_power_are_held_to_their_meters(energy_wh, rules):
    read = {"households": 2, "opening_wh": 0, "closing_wh": energy_wh}
    assert [finding["rule"] for finding in found(read)] == rules


def test_without_registered_power_or_households_nothing_is_implausible():
    read = {"households": 0, "limit_kw": None, "opening_wh": 0, "closing_wh": 99_000_000}
    assert found(read) == []


@pytest.mark.parametrize(
    ("total_wh", "rules"),
    [
        # four registers of 1 kWh resolution: 4 kWh apart is allowed
        (79_000, []),
        (79_001, ["RDG-005"]),
        (70_999, ["RDG-005"]),
    ],
)
def test_bands_are_compared_with_the_total(total_wh, rules):
    reads = bands(50_000, 15_000, 10_000, total_wh)
    assert [finding["rule"] for finding in found(*reads)] == rules


def test_bands_without_a_total_are_not_compared():
    assert found(*bands(50_000, 15_000, 10_000, 0)[:3]) == []


def test_no_use_in_the_period_is_told():
    (finding,) = found({"closing_wh": 1_000_000})
    assert (finding["rule"], finding["severity"]) == ("RDG-006", "info")


def test_three_prices_need_a_three_rate_meter():
    (finding,) = found({"time_of_use": True})
    assert (finding["rule"], finding["severity"]) == ("RDG-007", "reject")


def test_missing_half_hours_are_counted():
    sums = pl.DataFrame([{**SUMS, "present": WHOLE_MONTH - 11}], schema=INTERVAL_SUMS.columns)
    (finding,) = check_half_hours(sums, advanced()).to_dicts()
    assert finding["rule"] == "RDG-010"
    assert finding["observed"] == "thiếu 11"
    assert finding["expected"] == "đủ 1.488 giá trị"


def test_half_hours_below_zero_are_rejected_and_not_compared():
    assert found_in_half_hours(negative=1, lowest_wh=-5, energy_wh=0) == ["RDG-011"]


@pytest.mark.parametrize(
    ("register", "energy_wh", "rules"),
    [
        # 200 kWh at a household: 1 % = 2 kWh; two resolutions of 1 kWh = 2 kWh
        ({}, 202_000, []),
        ({}, 202_001, ["RDG-012"]),
        ({}, 197_999, ["RDG-012"]),
        # 200 kWh at a business: 0.5 % = 1 kWh, two resolutions of 0.1 kWh = 0.2 kWh
        ({"households": 0, "decimals": 1}, 201_000, []),
        ({"households": 0, "decimals": 1}, 201_001, ["RDG-012"]),
        # 10 kWh behind 40:1 with two decimals: two resolutions x 40 = 0.8 kWh
        (
            {
                "households": 0,
                "decimals": 2,
                "multiplier": 40,
                "opening_wh": 0,
                "closing_wh": 250,
            },
            10_800,
            [],
        ),
    ],
)
def test_half_hours_are_compared_with_the_register(register, energy_wh, rules):
    assert found_in_half_hours(register, energy_wh=energy_wh) == rules


def test_a_rejected_point_is_not_accepted_and_a_warned_one_is_suspect():
    other = {"usage_point": 2, "subject": "PB00010000002001", "closing_wh": 1}
    suspect = [
        {"usage_point": 3, "subject": "PB00010000003001", **band}
        for band in bands(50_000, 15_000, 10_000, 90_000)
    ]
    frame = advanced({}, other, *suspect)
    judged = judge(frame, check_registers(frame))
    by_point = judged.group_by("usage_point", maintain_order=True).agg(
        pl.col("accepted").all(), pl.col("quality").min()
    )
    assert by_point.rows() == [
        (1, True, Quality.MEASURED.value),
        (2, False, Quality.MEASURED.value),
        (3, True, Quality.MEASURED_SUSPECT.value),
    ]


@pytest.mark.parametrize(
    ("wh", "written"),
    [
        (1_234_567, "1.234,567 kWh"),
        (1_000_000, "1.000 kWh"),
        (0, "0 kWh"),
        (50, "0,05 kWh"),
        (-1_500, "-1,5 kWh"),
    ],
)
def test_energy_is_written_the_vietnamese_way(wh, written):
    assert pl.select(kwh(pl.lit(wh))).item() == written


def test_thousands_are_grouped():
    assert pl.select(grouped(pl.lit(-1_234_567))).item() == "-1.234.567"
