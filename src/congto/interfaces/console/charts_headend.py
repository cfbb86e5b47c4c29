"""Charts of the head end: how a campaign filled up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
from django.utils.translation import gettext as _

from congto.interfaces.console.charts import Chart, chart_of, spec_of
from congto.vocabulary import format_vi

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

AXIS = alt.Axis(format="%H:%M", tickCount=8, labelAngle=0, labelOverlap="greedy", grid=False)


def completeness(steps: Sequence[tuple[datetime, int]], total: int) -> Chart:
    """Draw the share of tasks done by local minute; it stays after each moment as it was."""
    title = _("Phần việc đã xong theo thời gian")
    rows = [
        {"at": f"{at:%Y-%m-%dT%H:%M:%S}", "share": done * 100 / total, "done": done}
        for at, done in steps
    ]
    drawn = (
        chart_of(rows)
        .mark_line(interpolate="step-after", point=len(rows) == 1)
        .encode(
            x=alt.X("at:T", title=None, axis=AXIS),
            y=alt.Y("share:Q", title="%", scale=alt.Scale(domain=[0, 100])),
            tooltip=[
                alt.Tooltip("at:T", title=_("Lúc"), format="%H:%M %d/%m"),
                alt.Tooltip("done:Q", title=_("Xong"), format=",d"),
                alt.Tooltip("share:Q", title="%", format=".1f"),
            ],
        )
    )
    table = [
        [f"{at:%H:%M %d/%m}", format_vi.number(done), format_vi.number(done * 100 // total)]
        for at, done in steps
    ]
    return Chart(
        "completeness", title, spec_of(drawn, title, 200), [_("Lúc"), _("Xong"), "%"], table
    )
