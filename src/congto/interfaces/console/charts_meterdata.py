"""Charts of meter data: a year by month, a month by day, a day by half-hour in its versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
from django.utils.translation import gettext as _

from congto.interfaces.console.charts import Chart, chart_of, spec_of
from congto.vocabulary import format_vi
from congto.vocabulary.intervals import HALF_HOURS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from congto.office.overview.point_days import DayVersion, Span
    from congto.vocabulary.periods import Period

TIMES = [f"{index // 2:02}:{index % 2 * 30:02}" for index in range(HALF_HOURS)]

PALETTE_GAP = ("", " ", "  ")
"""Colours left out between "partly estimated" and "missing": the sixth one is red."""


def kinds() -> dict[str, str]:
    """Return the words for how sure a span is, in the order they are drawn."""
    return {
        "measured": _("đo đủ"),
        "estimated": _("có ước lượng"),
        "missing": _("thiếu nửa giờ"),
    }


def spans(  # noqa: PLR0913  (what, by which step, and where each leads)
    title: str,
    found: Sequence[Span],
    unit: str,
    *,
    monthly: bool = False,
    hourly: bool = False,
    link: Callable[[Span], str],
) -> Chart:
    """Draw columns of energy by day, month or hour, coloured by how sure they are; each is a link.

    `unit` is "kWh" or "kvarh"; a span without any value leaves its place empty.
    """
    words = kinds()
    names = [f"{one.start:%m/%y}" if monthly else f"{one.start:%d/%m}" for one in found]
    if hourly:
        names = [f"{hour:02}:00" for hour in range(len(found))]
    rows = [
        {
            "name": name,
            "value": None if one.energy_wh is None else one.energy_wh / 1000,
            "kind": words[one.kind],
            "coverage": one.coverage,
            "estimated": one.estimated_share,
            "url": link(one),
        }
        for name, one in zip(names, found, strict=True)
        if one.energy_wh is not None
    ]
    axis = alt.Axis(labelAngle=0, labelOverlap="greedy", labelSeparation=6)
    drawn = (
        chart_of(rows)
        .mark_bar()
        .encode(
            x=alt.X("name:O", title=None, sort=None, scale=alt.Scale(domain=names), axis=axis),
            y=alt.Y("value:Q", title=unit, axis=alt.Axis(tickCount=5)),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=[*list(words.values())[:2], *PALETTE_GAP, words["missing"]]),
                legend=alt.Legend(values=list(words.values())),
            ),
            href=alt.Href("url:N"),
            tooltip=[
                alt.Tooltip("name:N", title=_("Tháng") if monthly else _("Ngày")),
                alt.Tooltip("value:Q", title=unit, format=",.1f"),
                alt.Tooltip("coverage:N", title=_("Có số liệu")),
                alt.Tooltip("estimated:N", title=_("Ước lượng")),
            ],
        )
    )
    table = [
        [
            name,
            "–" if one.energy_wh is None else format_vi.kwh(one.energy_wh).removesuffix(" kWh"),
            one.coverage,
            one.estimated_share,
        ]
        for name, one in zip(names, found, strict=True)
    ]
    headings = [_("Tháng") if monthly else _("Ngày"), unit, _("Có số liệu"), _("Ước lượng")]
    return Chart("spans", title, spec_of(drawn, title, 240), headings, table)


def months_by_band(months: Sequence[tuple[Period, dict[str, Any]]]) -> Chart:
    """Draw columns of a point's energy by month, in its bands where these are known.

    Args:
        months: each with its row of DETERMINANTS; empty where nothing is known.
    """
    words = {
        "normal_wh": _("bình thường"),
        "peak_wh": _("cao điểm"),
        "off_peak_wh": _("thấp điểm"),
        "energy_wh": _("không chia giờ"),
    }
    known = [(f"{month.start:%m/%y}", row) for month, row in months if row]
    rows = [
        {"name": month, "band": words[name], "value": row[name] / 1000}
        for month, row in known
        for name in _bands_of(row)
    ]
    title = _("Điện năng theo tháng và khung giờ")
    names = [f"{month.start:%m/%y}" for month, _row in months]
    drawn_words = [word for word in words.values() if any(one["band"] == word for one in rows)]
    axis = alt.Axis(labelAngle=0, labelOverlap="greedy", labelSeparation=6)
    drawn = (
        chart_of(rows)
        .mark_bar()
        .encode(
            x=alt.X("name:O", title=None, sort=None, scale=alt.Scale(domain=names), axis=axis),
            y=alt.Y("value:Q", title="kWh", axis=alt.Axis(tickCount=5)),
            color=alt.Color(
                "band:N",
                scale=alt.Scale(domain=list(words.values())),
                legend=alt.Legend(values=drawn_words),
            ),
            tooltip=[
                alt.Tooltip("name:N", title=_("Tháng")),
                alt.Tooltip("band:N", title=_("Khung giờ")),
                alt.Tooltip("value:Q", title="kWh", format=",.1f"),
            ],
        )
    )
    table = [[name, *(_figure(row[band]) for band in ("energy_wh", *BANDS))] for name, row in known]
    headings = [_("Tháng"), "kWh", *(words[band] for band in BANDS)]
    return Chart("bands", title, spec_of(drawn, title, 220), headings, table)


BANDS = ("normal_wh", "peak_wh", "off_peak_wh")


def _bands_of(row: dict[str, Any]) -> Sequence[str]:
    """Return the columns of a row to draw: its bands, or the whole where these are not known."""
    return ("energy_wh",) if any(row[name] is None for name in BANDS) else BANDS


def day_lines(
    title: str,
    versions: Sequence[tuple[str, DayVersion]],
    unit: str,
    *,
    marked: tuple[int, int] | None = None,
    editable: bool = False,
) -> Chart:
    """Draw the half-hours of a day as steps, a line for each version; a missing one is a gap.

    `marked` are the first and last half-hour of a finding: a band behind the lines. An `editable`
    day leads to #edit-<half-hour> where it is pressed; the page's script fills the form there.
    """
    rows = [
        {"time": time, "value": None if value is None else value / 1000, "version": name}
        for name, version in versions
        for time, value in zip(TIMES, version.values, strict=True)
    ]
    drawn = (
        chart_of(rows)
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=alt.X(
                "time:O",
                title=None,
                sort=None,
                scale=alt.Scale(domain=TIMES),
                axis=alt.Axis(labelAngle=0, values=TIMES[::6]),
            ),
            y=alt.Y("value:Q", title=f"{unit} / 30′", axis=alt.Axis(tickCount=5)),
            color=alt.Color("version:N", sort=[name for name, _version in versions]),
            tooltip=[
                alt.Tooltip("time:N", title=_("Từ")),
                alt.Tooltip("version:N", title=_("Bản")),
                alt.Tooltip("value:Q", title=unit, format=",.3f"),
            ],
        )
    )
    table = [
        [time, *(_figure(version.values[index]) for _name, version in versions)]
        for index, time in enumerate(TIMES)
    ]
    headings = [_("Từ"), *(f"{name} ({unit})" for name, _version in versions)]
    whole = drawn if marked is None else _band(*marked) + drawn
    if editable:
        whole += _places()
    return Chart("day", title, spec_of(whole, title, 260), headings, table)


def _band(first: int, last: int) -> alt.Chart:
    """Return a band from one half-hour to another, both included."""
    rows = [{"time": time} for time in TIMES[first : last + 1]]
    band: alt.Chart = (
        chart_of(rows)
        .mark_bar(opacity=0.18, width={"band": 1})
        .encode(x=alt.X("time:O", sort=None, scale=alt.Scale(domain=TIMES)))
    )
    return band


def _places() -> alt.Chart:
    """Return a place to press over each half-hour, not seen."""
    rows = [{"time": time, "url": f"#edit-{index}"} for index, time in enumerate(TIMES)]
    places: alt.Chart = (
        chart_of(rows)
        .mark_bar(opacity=0, width={"band": 1})
        .encode(
            x=alt.X("time:O", sort=None, scale=alt.Scale(domain=TIMES)),
            href=alt.Href("url:N"),
            tooltip=[alt.Tooltip("time:N", title=_("Sửa từ"))],
        )
    )
    return places


def _figure(value: int | None) -> str:
    return "–" if value is None else format_vi.kwh(value).removesuffix(" kWh")
