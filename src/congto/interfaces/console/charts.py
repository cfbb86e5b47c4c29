"""Charts: Altair makes the Vega-Lite, the page draws it; each carries the same figures as a table.

Colours and fonts come from the style sheet when the chart is drawn, so one specification serves
light and dark, screen and paper.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import altair as alt
from django.utils.translation import gettext as _

from congto.office.overview.customer import MONTHS_SHOWN
from congto.vocabulary import format_vi

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from congto.office.overview.customer import HalfHourCurve, MonthUse
    from congto.office.overview.month import DayCollection, Figures, GroupSale
    from congto.office.overview.price_book import DecisionEntry

BAR_PX = 26
ROWS_DRAWN_MAX = 30
"""Bars in one chart; the table has every row."""

LABEL_PX = 150


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart and its text alternative.

    Attributes:
        spec: Vega-Lite as a dictionary.
        headings / rows: the table; the first column is the row's name, the others are figures.
    """

    key: str
    title: str
    spec: dict[str, Any]
    headings: Sequence[str]
    rows: list[list[str]] = field(default_factory=list)


def spec_of(chart: alt.Chart | alt.LayerChart, title: str, height: int) -> dict[str, Any]:
    """Finish a chart: as wide as its place, described for those who do not see it."""
    finished = chart.properties(
        width="container",
        height=height,
        description=title,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
    )
    spec: dict[str, Any] = finished.to_dict()
    for generated in ("$schema", "config"):
        spec.pop(generated, None)
    return spec


def chart_of(rows: list[dict[str, Any]]) -> alt.Chart:
    """Begin a chart of rows that travel inside the specification."""
    return alt.Chart(alt.InlineData(values=rows))


def name_axis(title: str | None = None, **given: Any) -> alt.Y:  # noqa: ANN401  (Altair's own options)
    """Return a vertical axis of names in the order of the rows."""
    axis = alt.Axis(labelLimit=LABEL_PX, ticks=False, domain=False)
    return alt.Y("name:N", title=title, sort=None, axis=axis, **given)


def by_group(key: str, title: str, sales: list[GroupSale], labels: dict[str, str]) -> Chart:
    """Draw stacked bars by unit and price group: key "energy" in million kWh, else billion đồng."""
    energy = key == "energy"
    scale, unit = (10**9, _("triệu kWh")) if energy else (10**9, _("tỷ đồng"))
    rows = [
        {
            "name": sale.unit,
            "group": labels.get(sale.group, sale.group),
            "value": (sale.energy_wh if energy else sale.net_vnd) / scale,
            "order": list(labels).index(sale.group) if sale.group in labels else len(labels),
        }
        for sale in sales
    ]
    present = [label for label in labels.values() if any(row["group"] == label for row in rows)]
    chart = (
        chart_of(rows)
        .mark_bar(height={"band": 0.7})
        .encode(
            y=name_axis(),
            x=alt.X("value:Q", title=unit, axis=alt.Axis(tickCount=5)),
            color=alt.Color("group:N", sort=present),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("name:N", title=_("Đơn vị")),
                alt.Tooltip("group:N", title=_("Nhóm")),
                alt.Tooltip("value:Q", title=unit, format=",.3f"),
            ],
        )
    )
    names = list(dict.fromkeys(sale.unit for sale in sales))
    figures = {
        (sale.unit, sale.group): format_vi.number(sale.energy_wh // 1000)
        if energy
        else format_vi.number(sale.net_vnd)
        for sale in sales
    }
    groups = [group for group in labels if any(sale.group == group for sale in sales)]
    table = [[name, *(figures.get((name, group), "0") for group in groups)] for name in names]
    per = "kWh" if energy else "đ"
    return Chart(
        key,
        title,
        spec_of(chart, title, max(len(names), 1) * BAR_PX + 10),
        [_("Đơn vị"), *(f"{labels[group]} ({per})" for group in groups)],
        table,
    )


def loss_by_unit(figures: list[Figures]) -> Chart:
    """Draw bars of loss in percent of energy received, the worst first."""
    title = _("Tổn thất theo điện lực")
    known = [one for one in figures if one.unit is not None and one.loss_percent is not None]
    known.sort(key=lambda one: one.loss_percent or 0, reverse=True)
    rows = [
        {"name": one.unit.name, "value": float(one.loss_percent or 0)}
        for one in known[:ROWS_DRAWN_MAX]
        if one.unit
    ]
    longest = max((float(str(row["value"])) for row in rows), default=0.0)
    room = alt.Scale(domainMax=longest * 1.15) if longest > 0 else alt.Scale()  # for the figures
    base = chart_of(rows).encode(
        y=name_axis(),
        x=alt.X("value:Q", title="%", axis=alt.Axis(tickCount=5), scale=room),
        tooltip=[
            alt.Tooltip("name:N", title=_("Đơn vị")),
            alt.Tooltip("value:Q", title="%", format=".2f"),
        ],
    )
    text = base.mark_text(align="left", dx=4).encode(text=alt.Text("value:Q", format=".2f"))
    table = [
        [
            one.unit.name if one.unit else "",
            format_vi.number(one.received_wh // 1000),
            format_vi.number(one.loss_wh // 1000),
            format_vi.number(one.loss_percent or 0, 2),
        ]
        for one in known
    ]
    return Chart(
        "loss",
        title,
        spec_of(base.mark_bar(height={"band": 0.7}) + text, title, max(len(rows), 1) * BAR_PX + 10),
        [_("Đơn vị"), _("Nhận (kWh)"), _("Tổn thất (kWh)"), "%"],
        table,
    )


def collected_by_day(days: list[DayCollection], labels: dict[str, str]) -> Chart:
    """Draw stacked columns of money by accounting day and kind of partner, in billion đồng."""
    title = _("Tiền thu theo ngày")
    sums: dict[tuple[str, str], int] = {}
    for one in days:
        at = (one.day.isoformat(), one.kind)
        sums[at] = sums.get(at, 0) + one.amount_vnd
    rows = [
        {"day": day, "kind": labels[kind], "value": amount / 10**9}
        for (day, kind), amount in sums.items()
    ]
    chart = (
        chart_of(rows)
        .mark_bar()
        .encode(
            x=alt.X("yearmonthdate(day):O", title=None, axis=_day_axis()),
            y=alt.Y("value:Q", title=_("tỷ đồng"), axis=alt.Axis(tickCount=5)),
            color=alt.Color("kind:N", sort=list(labels.values())),
            tooltip=[
                alt.Tooltip("yearmonthdate(day):T", title=_("Ngày"), format="%d/%m/%Y"),
                alt.Tooltip("kind:N", title=_("Kênh")),
                alt.Tooltip("value:Q", title=_("tỷ đồng"), format=",.3f"),
            ],
        )
    )
    dates = sorted({one.day for one in days})
    table = [
        [
            format_vi.day(day),
            *(format_vi.number(sums.get((day.isoformat(), kind), 0)) for kind in labels),
        ]
        for day in dates
    ]
    headings = [_("Ngày"), *(f"{label} (đ)" for label in labels.values())]
    return Chart("days", title, spec_of(chart, title, 200), headings, table)


def _day_axis() -> alt.Axis:
    return alt.Axis(format="%d/%m", labelAngle=0, labelOverlap="greedy", labelSeparation=6)


def collected_by_partner(days: list[DayCollection], labels: dict[str, str]) -> Chart:
    """Draw bars of money by partner, the largest first."""
    title = _("Tiền thu theo đối tác")
    sums: dict[tuple[str, str], list[int]] = {}
    for one in days:
        pair = sums.setdefault((one.partner, one.kind), [0, 0])
        pair[0] += one.amount_vnd
        pair[1] += one.payments
    order = sorted(sums.items(), key=lambda item: -item[1][0])
    rows = [
        {"name": name, "kind": labels[kind], "value": pair[0] / 10**9}
        for (name, kind), pair in order[:ROWS_DRAWN_MAX]
    ]
    chart = (
        chart_of(rows)
        .mark_bar(height={"band": 0.7})
        .encode(
            y=name_axis(),
            x=alt.X("value:Q", title=_("tỷ đồng"), axis=alt.Axis(tickCount=5)),
            color=alt.Color("kind:N", sort=list(labels.values())),
            tooltip=[
                alt.Tooltip("name:N", title=_("Đối tác")),
                alt.Tooltip("value:Q", title=_("tỷ đồng"), format=",.3f"),
            ],
        )
    )
    table = [
        [name, labels[kind], format_vi.number(pair[1]), format_vi.number(pair[0])]
        for (name, kind), pair in order
    ]
    return Chart(
        "partners",
        title,
        spec_of(chart, title, max(len(rows), 1) * 18 + 10),
        [_("Đối tác"), _("Kênh"), _("Số lần thu"), _("Số tiền (đ)")],
        table,
    )


def monthly_use(uses: list[MonthUse]) -> Chart:
    """Draw columns of kWh by billing period, the present one in the accent colour."""
    title = _("Điện năng 13 kỳ gần nhất")
    rows = [{"month": f"{one.period_from:%m/%y}", "value": one.energy_wh / 1000} for one in uses]
    months = alt.Scale(domain=_months_until(uses[-1].period_from))
    axis = alt.Axis(labelAngle=0, labelOverlap="greedy", labelSeparation=4)
    base = chart_of(rows).encode(
        x=alt.X("month:O", title=None, scale=months, axis=axis),
        y=alt.Y("value:Q", title="kWh", axis=alt.Axis(tickCount=4)),
        tooltip=[
            alt.Tooltip("month:N", title=_("Kỳ")),
            alt.Tooltip("value:Q", title="kWh", format=",.0f"),
        ],
    )
    text = base.mark_text(dy=-6, fontSize=10).encode(text=alt.Text("value:Q", format=",.0f"))
    table = [
        [
            f"{format_vi.day(one.period_from)} – {format_vi.day(one.period_to)}",
            format_vi.number(one.energy_wh // 1000),
        ]
        for one in uses
    ]
    return Chart("use", title, spec_of(base.mark_bar() + text, title, 150), [_("Kỳ"), "kWh"], table)


def day_use(day_wh: list[int], last: date) -> Chart:
    """Draw kWh a day of the periods before and of the one that ends the row, which stands out.

    `day_wh` is oldest first; `last` is the first day of the last period. A period is named by the
    month it began in, as long as one is a month long.
    """
    title = _("kWh mỗi ngày, tới 13 kỳ trước và kỳ này")
    names = _months_until(last, len(day_wh))
    here, earlier = _("kỳ này"), _("kỳ trước")
    rows = [
        {"month": name, "value": wh // 100 / 10, "kind": here if name == names[-1] else earlier}
        for name, wh in zip(names, day_wh, strict=True)
    ]
    axis = alt.Axis(labelAngle=0, labelOverlap="greedy", labelSeparation=4)
    base = chart_of(rows).encode(
        x=alt.X("month:O", title=None, sort=None, axis=axis),
        y=alt.Y("value:Q", title=_("kWh/ngày"), axis=alt.Axis(tickCount=4)),
        tooltip=[
            alt.Tooltip("month:N", title=_("Kỳ")),
            alt.Tooltip("value:Q", title=_("kWh/ngày"), format=",.1f"),
        ],
    )
    colour = alt.Color("kind:N", sort=[earlier, here], legend=None)
    places = ",.1f" if max(day_wh) < 100_000 else ",.0f"  # what fits above a bar on a phone
    text = base.mark_text(dy=-6, fontSize=10).encode(text=alt.Text("value:Q", format=places))
    table = [
        [name, format_vi.number(wh // 100 / 10, 1)] for name, wh in zip(names, day_wh, strict=True)
    ]
    drawn = base.mark_bar().encode(color=colour) + text
    return Chart("day-use", title, spec_of(drawn, title, 150), [_("Kỳ"), _("kWh/ngày")], table)


def average_price(entries: list[DecisionEntry], today: date) -> Chart:
    """Draw the average price as steps since the first decision; a point begins each of them."""
    title = _("Giá bán lẻ bình quân qua các quyết định")
    oldest_first = entries[::-1]
    steps = [
        {
            "day": f"{one.decision.effective_from}",
            "value": float(one.decision.average_price),
            "code": one.decision.code,
            "label": one.decision.code.split("/")[0],
        }
        for one in oldest_first
    ]
    last = {"day": f"{today}", "value": steps[-1]["value"], "code": "", "label": ""}
    axis = alt.Axis(format="%Y", labelOverlap="greedy", tickCount="year")
    scale = alt.Scale(zero=False, nice=True, padding=8)
    base = chart_of([*steps, last]).encode(
        x=alt.X("day:T", title=None, axis=axis),
        y=alt.Y("value:Q", title="đ/kWh", scale=scale, axis=alt.Axis(tickCount=5, format=",.0f")),
    )
    points = base.transform_filter("datum.code != ''").encode(
        tooltip=[
            alt.Tooltip("code:N", title=_("Quyết định")),
            alt.Tooltip("day:T", title=_("Từ ngày"), format="%d/%m/%Y"),
            alt.Tooltip("value:Q", title="đ/kWh", format=",.2f"),
        ]
    )
    line = base.mark_line(interpolate="step-after", strokeWidth=2)
    text = points.mark_text(align="right", dx=-7, dy=-7, fontSize=11).encode(text="label:N")
    table = [
        [
            one.decision.code,
            format_vi.day(one.decision.effective_from),
            format_vi.number(one.decision.average_price),
        ]
        for one in oldest_first
    ]
    headings = [_("Quyết định"), _("Từ ngày"), _("Giá bình quân (đ/kWh)")]
    drawn = line + points.mark_point(filled=True, size=70, opacity=1) + text
    return Chart("average", title, spec_of(drawn, title, 230), headings, table)


def _months_until(last: date, months: int = MONTHS_SHOWN) -> list[str]:
    """Return the months shown, oldest first, so that a month without a bill leaves its place."""
    numbers = range(last.year * 12 + last.month - months, last.year * 12 + last.month)
    return [f"{number % 12 + 1:02}/{number // 12 % 100:02}" for number in numbers]


def half_hour_curve(curve: HalfHourCurve, key: str) -> Chart:
    """Draw the 48 half-hours of a day in kWh; a missing one leaves a gap."""
    title = _("Biểu đồ phụ tải ngày %(day)s") % {"day": format_vi.day(curve.day)}
    times = [f"{index // 2:02}:{index % 2 * 30:02}" for index in range(48)]
    rows = [
        {"time": time, "value": None if value is None else value / 1000}
        for time, value in zip(times, curve.values_wh, strict=True)
    ]
    chart = (
        chart_of(rows)
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=alt.X(
                "time:O",
                title=None,
                sort=None,
                axis=alt.Axis(labelAngle=0, values=times[::6]),
            ),
            y=alt.Y("value:Q", title="kWh / 30′", axis=alt.Axis(tickCount=4)),
            tooltip=[
                alt.Tooltip("time:N", title=_("Từ")),
                alt.Tooltip("value:Q", title="kWh", format=",.3f"),
            ],
        )
    )
    table = [
        [time, "–" if value is None else format_vi.kwh(value)]
        for time, value in zip(times, curve.values_wh, strict=True)
    ]
    return Chart(f"curve-{key}", title, spec_of(chart, title, 170), [_("Từ"), "kWh"], table)


def tier_bar(parts: list[tuple[str, int]]) -> Chart:
    """Draw one stacked bar: how the kWh of a bill fall on its tiers or bands."""
    title = _("Điện năng theo bậc hoặc khung giờ")
    rows = [
        {"name": "", "part": name, "value": energy_wh / 1000, "order": index}
        for index, (name, energy_wh) in enumerate(parts)
    ]
    order = [name for name, _energy in parts]
    chart = (
        chart_of(rows)
        .mark_bar()
        .encode(
            y=alt.Y("name:N", title=None, axis=None),
            x=alt.X("value:Q", title="kWh", axis=alt.Axis(tickCount=6)),
            color=alt.Color("part:N", sort=order),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("part:N", title=_("Phần")),
                alt.Tooltip("value:Q", title="kWh", format=",.1f"),
            ],
        )
    )
    table = [[name, format_vi.kwh(energy_wh)] for name, energy_wh in parts]
    return Chart("tiers", title, spec_of(chart, title, 34), [_("Phần"), "kWh"], table)
