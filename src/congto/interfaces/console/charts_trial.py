"""The charts of a trial: who pays how much more or less, by price group and by decile of use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
from django.utils.translation import gettext as _

from congto.interfaces.console.charts import BAR_PX, Chart, chart_of, name_axis, spec_of
from congto.vocabulary import format_vi

if TYPE_CHECKING:
    from collections.abc import Mapping

HOUSEHOLDS = "residential"
BILLION = 10**9


def class_names() -> list[str]:
    """Return the words of the classes of change, from -4 to 4."""
    return [
        _("giảm trên 10 %"),
        _("giảm 5–10 %"),
        _("giảm 2–5 %"),
        _("giảm tới 2 %"),
        _("không đổi"),
        _("tăng tới 2 %"),
        _("tăng 2–5 %"),
        _("tăng 5–10 %"),
        _("tăng trên 10 %"),
    ]


def charts(result: dict[str, Any], labels: Mapping[str, str]) -> list[Chart]:
    """Return the charts of a result; a group is named by its label."""
    return [_by_group(result, labels), _by_decile(result)]


def _by_group(result: dict[str, Any], labels: Mapping[str, str]) -> Chart:
    """Draw the change of net money by price group, in billion đồng."""
    title = _("Tiền điện thay đổi theo nhóm giá")
    found = result["groups"]
    rows = [
        {
            "name": labels.get(row["group"], row["group"]),
            "value": row["change_net_vnd"] / BILLION,
            "sign": _("tăng") if row["change_net_vnd"] >= 0 else _("giảm"),
        }
        for row in found
    ]
    chart = (
        chart_of(rows)
        .mark_bar(height={"band": 0.7})
        .encode(
            y=name_axis(),
            x=alt.X("value:Q", title=_("tỷ đồng"), axis=alt.Axis(tickCount=5)),
            color=alt.Color("sign:N", sort=[_("giảm"), _("tăng")]),
            tooltip=[
                alt.Tooltip("name:N", title=_("Nhóm")),
                alt.Tooltip("value:Q", title=_("tỷ đồng"), format=",.3f"),
            ],
        )
    )
    table = [
        [
            labels.get(row["group"], row["group"]),
            format_vi.number(row["baseline_net_vnd"]),
            format_vi.number(row["draft_net_vnd"]),
            format_vi.number(row["change_net_vnd"]),
        ]
        for row in found
    ]
    headings = [_("Nhóm"), _("Hiện hành (đ)"), _("Dự thảo (đ)"), _("Thay đổi (đ)")]
    height = max(len(rows), 1) * BAR_PX + 10
    return Chart("trial-groups", title, spec_of(chart, title, height), headings, table)


def _by_decile(result: dict[str, Any]) -> Chart:
    """Draw how many households change by how much, by decile of use."""
    title = _("Số hộ sinh hoạt theo mức thay đổi và thập phân vị điện dùng")
    words = class_names()
    found = [row for row in result["histogram"]["deciles"] if row["group"] == HOUSEHOLDS]
    rows = [
        {"decile": row["decile"], "class": words[place], "order": place, "value": count}
        for row in found
        for place, count in enumerate(row["counts"])
        if count
    ]
    chart = (
        chart_of(rows)
        .mark_bar()
        .encode(
            x=alt.X("decile:O", title=_("Thập phân vị (1: dùng ít nhất)")),
            y=alt.Y("value:Q", title=_("Khách hàng"), axis=alt.Axis(tickCount=5)),
            color=alt.Color(
                "class:N",
                sort=words,
                scale=alt.Scale(domain=words, scheme="redyellowgreen", reverse=True),
            ),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("decile:O", title=_("Thập phân vị")),
                alt.Tooltip("class:N", title=_("Thay đổi")),
                alt.Tooltip("value:Q", title=_("Khách hàng"), format=",.0f"),
            ],
        )
    )
    table = [
        [str(row["decile"]), *(format_vi.number(count) for count in row["counts"])] for row in found
    ]
    headings = [_("Thập phân vị"), *words]
    return Chart("trial-deciles", title, spec_of(chart, title, 260), headings, table)
