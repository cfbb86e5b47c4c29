"""What the loss rules say, in the words of the people who walk the lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.readings.wording import findings, grouped, kwh
from congto.vocabulary.findings import Severity
from congto.vocabulary.frames.readings import FINDINGS

if TYPE_CHECKING:
    from congto.engines.losses import Limits
    from congto.vocabulary.periods import Period

KINDS = {
    "substation": "Trạm 110 kV",
    "feeder": "Lộ",
    "transformer": "Trạm biến áp",
    "bulk_station": "Trạm đo đầu nguồn",
}

LOSS = kwh(pl.col("loss_wh"))
RECEIVED = kwh(pl.col("received_wh"))
READ = pl.format("{}/{} điểm đo", grouped(pl.col("points_measured")), grouped(pl.col("points")))
NAME = pl.format(
    "{} {}", pl.col("kind").replace_strict(KINDS, return_dtype=pl.String), pl.col("subject")
)
HUNDREDTHS = pl.col("loss_wh").abs() * 10_000 // pl.col("received_wh")
PERCENT = pl.format(
    "{},{} %", grouped(HUNDREDTHS // 100), (HUNDREDTHS % 100).cast(pl.String).str.zfill(2)
)
"""Share of what was received, two decimals, cut: 123 of 1000 -> "12,30 %"."""


def as_findings(flags: pl.DataFrame, period: Period, limits: Limits) -> pl.DataFrame:
    """Write LOSS_FLAGS as FINDINGS: observed, expected and one sentence for each."""
    rows = flags.with_columns(period_from=pl.lit(period.start), period_to=pl.lit(period.end))
    written = [
        findings(
            rule_rows,
            rule=rule,
            severity=Severity(rule_rows["severity"][0]),
            observed=observed,
            expected=expected,
            text=text,
        )
        for rule, (observed, expected, text) in _words(limits).items()
        if not (rule_rows := rows.filter(pl.col("rule") == rule)).is_empty()
    ]
    return pl.concat([FINDINGS.empty(), *written])


def _words(limits: Limits) -> dict[str, tuple[str | pl.Expr, str, pl.Expr]]:
    """Return observed, expected and text of each rule."""
    return {
        "LOS-001": (
            "không có số liệu điện nhận",
            "số liệu công tơ đầu nguồn cả kỳ",
            pl.format(
                "{}: thiếu số liệu điện nhận, không tính được tổn thất riêng; khách hàng phía dưới"
                " tính vào phần tử cấp trên. Cần ghi bổ sung công tơ đầu nguồn.",
                NAME,
            ),
        ),
        "LOS-002": (
            "không có số liệu điện giao",
            "số liệu công tơ cả kỳ",
            pl.format(
                "{}: thiếu số liệu điện giao, không tính được tổn thất của phần tử cấp trên."
                " Cần ghi bổ sung công tơ.",
                NAME,
            ),
        ),
        "LOS-003": (
            pl.format("tổn thất {}", LOSS),
            "không âm",
            pl.format(
                "{}: điện đi ra nhiều hơn điện nhận {}, tổn thất {}."
                " Cần kiểm tra sơ đồ cấp điện và công tơ đầu nguồn.",
                NAME,
                RECEIVED,
                LOSS,
            ),
        ),
        "LOS-004": (
            pl.format("đo được {}", READ),
            f"ít nhất {limits.coverage_percent} %",
            pl.format("{}: chỉ đo được {}, tổn thất tính ra chưa tin cậy.", NAME, READ),
        ),
        "LOS-005": (
            pl.format("tổn thất {} ({})", PERCENT, LOSS),
            f"không quá {limits.high_loss_percent} %",
            pl.format(
                "{}: tổn thất {} ({}) trên điện nhận {}. Cần kiểm tra khách hàng và lưới hạ áp.",
                NAME,
                PERCENT,
                LOSS,
                RECEIVED,
            ),
        ),
    }
