"""What the loss rules say, in the words of the people who walk the lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.readings.wording import grouped, kwh
from congto.vocabulary.frames.readings import FINDINGS

if TYPE_CHECKING:
    from congto.vocabulary.periods import Period

KINDS = {
    "substation": "Trạm 110 kV",
    "feeder": "Lộ",
    "transformer": "Trạm biến áp",
    "bulk_station": "Trạm đo đầu nguồn",
}


def as_findings(flags: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Write LOSS_FLAGS as FINDINGS: observed, expected and one sentence for each."""
    name = pl.format(
        "{} {}", pl.col("kind").replace_strict(KINDS, return_dtype=pl.String), pl.col("subject")
    )
    rule = pl.col("rule")
    observed, expected, text = pl.when(pl.lit(value=False)).then(None), None, None
    lines = _lines(name)
    observed = pl.coalesce(pl.when(rule == key).then(line[0]) for key, line in lines.items())
    expected = pl.coalesce(pl.when(rule == key).then(line[1]) for key, line in lines.items())
    text = pl.coalesce(pl.when(rule == key).then(line[2]) for key, line in lines.items())
    return FINDINGS.check(
        flags.with_columns(
            period_from=pl.lit(period.start),
            period_to=pl.lit(period.end),
            observed=observed,
            expected=expected,
            text=text,
        )
    )


def _lines(name: pl.Expr) -> dict[str, tuple[pl.Expr, pl.Expr, pl.Expr]]:
    """Return observed, expected and text of each rule."""
    loss, received = kwh(pl.col("loss_wh")), kwh(pl.col("received_wh"))
    share = pl.format("{} %", _percent(pl.col("loss_wh"), pl.col("received_wh")))
    read = pl.format("{}/{} điểm đo", grouped(pl.col("points_measured")), grouped(pl.col("points")))
    return {
        "LOS-001": (
            pl.lit("không có số liệu điện nhận"),
            pl.lit("số liệu công tơ đầu nguồn cả kỳ"),
            pl.format(
                "{}: thiếu số liệu điện nhận, không tính được tổn thất riêng; khách hàng phía dưới tính"
                " vào phần tử cấp trên. Cần ghi bổ sung công tơ đầu nguồn.",
                name,
            ),
        ),
        "LOS-002": (
            pl.lit("không có số liệu điện giao"),
            pl.lit("số liệu công tơ cả kỳ"),
            pl.format(
                "{}: thiếu số liệu điện giao, không tính được tổn thất của phần tử cấp trên. Cần ghi bổ"
                " sung công tơ.",
                name,
            ),
        ),
        "LOS-003": (
            pl.format("tổn thất {}", loss),
            pl.lit("không âm"),
            pl.format(
                "{}: điện đi ra nhiều hơn điện nhận {}, tổn thất {}. Cần kiểm tra sơ đồ cấp điện và công"
                " tơ đầu nguồn.",
                name,
                received,
                loss,
            ),
        ),
        "LOS-004": (
            pl.format("đo được {}", read),
            pl.lit("ít nhất 95 %"),
            pl.format("{}: chỉ đo được {}, tổn thất tính ra chưa tin cậy.", name, read),
        ),
        "LOS-005": (
            pl.format("tổn thất {} ({})", share, loss),
            pl.lit("không quá 10 %"),
            pl.format(
                "{}: tổn thất {} ({}) trên điện nhận {}. Cần kiểm tra khách hàng và lưới hạ áp.",
                name,
                share,
                loss,
                received,
            ),
        ),
    }


def _percent(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Write a share in percent with two decimals, cut: 123 of 1000 -> "12,30"."""
    hundredths = part.abs() * 10_000 // whole
    decimals = (hundredths % 100).cast(pl.String).str.zfill(2)
    return pl.when(whole > 0).then(pl.format("{},{}", grouped(hundredths // 100), decimals))
