"""Usage estimated where a meter stood still or was lost: new versions, never over readings.

Since the stopped-meter rule (engines.usage.stopped_meter) counts days, a span that covers several
billing periods gives each of them its own days; the three cycles of the mean are those before the
span and are the same for all.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl
from django.utils.translation import gettext as _

from congto.engines.usage import estimate
from congto.engines.usage.stopped_meter import CYCLES
from congto.office.control.audit import operation
from congto.office.control.permissions import Action, require
from congto.office.customers.models import Agreement
from congto.office.meterdata.models import Usage
from congto.office.storage.rows import read_here
from congto.vocabulary.errors import InvalidInputError, RefusedError
from congto.vocabulary.format_vi import day
from congto.vocabulary.frames.usage import PRECEDING_USAGE, STOPPED_DAYS
from congto.vocabulary.periods import Period
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from datetime import date, datetime

    from django.contrib.auth.models import User

MEASURES = ("energy_wh", "normal_wh", "peak_wh", "off_peak_wh", "reactive_varh")

# The newest version of each usage that ends by the day the meter stopped; the newest cycles only.
PRECEDING = """
SELECT DISTINCT ON (period_from) agreement_id AS agreement, period_from, period_to, energy_wh,
    normal_wh, peak_wh, off_peak_wh, reactive_varh
FROM meterdata_usage WHERE agreement_id = %s AND period_to <= %s
ORDER BY period_from DESC, version DESC LIMIT %s
"""


def estimate_period(agreement: int, period: Period, *, at: datetime) -> Usage:
    """Put an estimate of a whole period into the books, inside the caller's operation."""
    return _new_version(agreement, period, _mean(agreement, period.start), period.days, None, at=at)


def estimated_energy(agreement: int, period: Period) -> int:
    """Return the Wh that `estimate_period` would give, without writing anything."""
    return int(_estimated(agreement, _mean(agreement, period.start), period.days)["energy_wh"])


def estimate_stopped(  # noqa: PLR0913  (who, what, why and when)
    agreement_code: str,
    span: Period,
    *,
    lost: bool,
    user: User,
    reason: str,
    at: datetime,
    key: str | None = None,
) -> list[Usage]:
    """Estimate the days of a span in which the meter stood still or was lost.

    A stopped meter has measured the days before it stopped: its energy is kept and the estimate
    added. A lost meter measured nothing that can be read: the days of each period outside the span
    must be in its usage already, or the span covers the whole period. Bills are not touched; those
    that were issued become candidates to be billed again or adjusted.

    Args:
        agreement_code: whose meter.
        span: from the day the meter stopped (its own record, else the last reading day) to the day
            metering is restored; half-open.
        lost: True replaces what the usage says, False adds to it.
        user: needs the right to resolve findings in the unit.
        reason: why; goes into the audit row.
        at: when this is decided.
        key: the caller's key: the operation runs once.

    Returns the new usage versions, oldest first.
    """
    if not reason.strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi lý do"))
    with operation(
        user, "usage.estimate", "agreement", agreement_code, unit=None, reason=reason, at=at,
        key=key,
    ) as work:  # fmt: skip
        agreement = _locked_agreement(agreement_code)
        if work.earlier:
            made = (work.earlier.after or {}).get("usages", [])
            return list(Usage.objects.filter(pk__in=made).order_by("period_from"))
        require(user, Action.RESOLVE, agreement.customer.unit)
        mean = _mean(agreement.pk, span.start)
        usages = [
            _of_period(agreement.pk, usage, span, mean, lost=lost, at=at)
            for usage in _touched(agreement, span)
        ]
        work.unit = agreement.customer.unit
        work.after = {"usages": [one.pk for one in usages], "energy_wh": _energies(usages)}
    return usages


def _energies(usages: list[Usage]) -> dict[str, int]:
    return {f"{one.period_from}": one.energy_wh for one in usages}


def _locked_agreement(code: str) -> Agreement:
    found = Agreement.objects.select_for_update(of=("self",)).select_related("customer__unit")
    agreement = found.filter(code=code).first()
    if agreement is None:
        raise RefusedError(_("Không có hợp đồng %(code)s") % {"code": code})
    return agreement


def _touched(agreement: Agreement, span: Period) -> list[Usage]:
    """Return the newest usage of every period that the span touches; refused where days lack."""
    newest = (
        Usage.objects.filter(
            agreement=agreement, period_from__lt=span.end, period_to__gt=span.start
        )
        .order_by("period_from", "-version")
        .distinct("period_from")
    )
    usages = list(newest)
    covered = sum(
        (min(one.period_to, span.end) - max(one.period_from, span.start)).days for one in usages
    )
    if covered != span.days:
        raise RefusedError(
            _("Hợp đồng %(code)s chỉ có sản lượng cho %(covered)d trong %(days)d ngày từ %(first)s")
            % {
                "code": agreement.code,
                "covered": covered,
                "days": span.days,
                "first": day(span.start),
            },
            expected=_("sản lượng của mọi kỳ mà khoảng ngày chạm tới"),
            action=_("chọn khoảng ngày trong các kỳ đã có sản lượng"),
        )
    return usages


def _of_period(  # noqa: PLR0913  (whose, which days, how, when)
    agreement: int,
    usage: Usage,
    span: Period,
    mean: pl.DataFrame,
    *,
    lost: bool,
    at: datetime,
) -> Usage:
    own = Period(usage.period_from, usage.period_to)
    days = (min(own.end, span.end) - max(own.start, span.start)).days
    if lost and days < own.days:
        last = max(own.start, span.start)
        raise RefusedError(
            _("Kỳ %(first)s – %(last)s chỉ mất công tơ một phần (từ %(lost)s)")
            % {
                "first": day(own.start),
                "last": day(own.end - timedelta(days=1)),
                "lost": day(last),
            },
            expected=_("khoảng ngày phủ trọn các kỳ"),
            action=_("nhập chỉ số trước khi mất rồi chọn công tơ ngừng chạy"),
        )
    return _new_version(agreement, own, mean, days, None if lost else usage, at=at)


def _mean(agreement: int, stopped_on: date) -> pl.DataFrame:
    """Read the three cycles before a day (PRECEDING_USAGE); refused where there are fewer."""
    known = read_here(PRECEDING, [agreement, stopped_on, CYCLES])
    if known.height < CYCLES:
        raise RefusedError(
            _("Chỉ biết %(known)d kỳ trước ngày %(day)s")
            % {"known": known.height, "day": day(stopped_on)},
            expected=_("sản lượng của %(cycles)d kỳ liền trước (NĐ 137/2013 Điều 20)")
            % {"cycles": CYCLES},
            action=_("yêu cầu đọc lại chỉ số"),
        )
    return PRECEDING_USAGE.check(known)


def _new_version(  # noqa: PLR0913  (whose, which days, how, when)
    agreement: int,
    period: Period,
    mean: pl.DataFrame,
    days: int,
    measured: Usage | None,
    *,
    at: datetime,
) -> Usage:
    """Add the estimate of so many days to what was measured, as a new version of the usage."""
    energy = _estimated(agreement, mean, days)
    latest = (
        Usage.objects.filter(agreement=agreement, period_from=period.start)
        .order_by("-version")
        .first()
    )
    if latest is None:
        raise RefusedError(
            _("Kỳ từ %(day)s chưa có sản lượng") % {"day": day(period.start)},
            action=_("xác định sản lượng của kỳ trước"),
        )
    return Usage.objects.create(
        agreement_id=agreement,
        reading_book_id=latest.reading_book_id,
        period_from=period.start,
        period_to=period.end,
        version=latest.version + 1,
        quality=Quality.ESTIMATED,
        flags=measured.flags if measured else 0,
        known_at=at,
        **{name: energy[name] + (getattr(measured, name) if measured else 0) for name in MEASURES},
    )


def _estimated(agreement: int, mean: pl.DataFrame, days: int) -> dict[str, int]:
    stopped = pl.DataFrame({"agreement": [agreement], "days": [days]}, schema=STOPPED_DAYS.columns)
    return estimate(mean, stopped).row(0, named=True)
