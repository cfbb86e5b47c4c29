"""Relays, load limits, calendars and clocks: sent, or looked at where another visit has sent."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING

from congto.headend.campaigns import clock, relay
from congto.headend.campaigns.calendars import band_calendar, differing, rates_of
from congto.headend.campaigns.conversion import Activation, convert, read_calendar
from congto.headend.campaigns.limits import Limit, LimitUnit, limit_load, view_limit
from congto.headend.campaigns.proof import Verdict
from congto.interfaces.meters.commanded import LaterError
from congto.reference import load_time_bands
from congto.vocabulary.periods import LOCAL_ZONE
from congto.vocabulary.prices import schedule_on

if TYPE_CHECKING:
    from congto.headend.campaigns.calendars import BandCalendar
    from congto.interfaces.meters.commanded import Commanding, Known
    from congto.vocabulary.prices import TimeBandSchedule

WORDS = {
    "already": "đã như vậy từ trước, không gửi gì",
    "shown": "công tơ hiển thị đúng trạng thái yêu cầu",
    "mode": "chế độ rơ le không cho phép, không gửi gì",
    "unchanged": "trạng thái không đổi",
    "stuck": "rơ le kẹt: đã nhận lệnh nhưng tiếp điểm không đổi",
    "other": "công tơ hiển thị trạng thái khác",
    "unseen": "không đọc được trạng thái",
    "waiting": "đã nạp, chờ đến ngày áp dụng",
    "passive": "bảng đọc lại khác bảng đã ghi",
    "active": "bảng đang dùng khác bảng yêu cầu",
    "special": "ngày đặc biệt khác yêu cầu",
    "left": "đồng hồ đã đúng, không chỉnh",
    "shifted": "đã dịch đồng hồ",
    "set": "đã đặt lại đồng hồ",
    "beyond": "lệch quá nửa giờ, không chỉnh qua ranh giới nửa giờ",
    "postponed": "chờ qua ranh giới nửa giờ",
}


async def switched(commanding: Commanding) -> Known:
    """Switch the relay and look until it shows what was asked."""
    order = relay.Order(commanding.turn.kind.value)
    exchange = relay.switch(commanding.client, order, tell=commanding.mark)
    outcome = await commanding.session.run(exchange)
    return commanding.known(outcome.verdict, outcome, WORDS[outcome.why])


async def relay_seen(commanding: Commanding) -> Known:
    """Look at a relay that another visit has told."""
    order = relay.Order(commanding.turn.kind.value)
    outcome = await commanding.session.run(relay.look_again(commanding.client, order))
    return commanding.known(outcome.verdict, outcome, WORDS[outcome.why])


async def limited(commanding: Commanding) -> Known:
    """Write the load limit and read it back; only a limiter that compares watts is written."""
    view = await commanding.session.run(view_limit(commanding.client))
    if view.unit is not LimitUnit.WATT:
        message = f"bộ giới hạn so sánh {view.unit}, không phải W; không gửi gì"
        return commanding.known(Verdict.NOT_DONE, view, message)
    exchange = limit_load(commanding.client, _limit(commanding), tell=commanding.mark)
    outcome = await commanding.session.run(exchange)
    return commanding.known(outcome.verdict, outcome)


async def limit_seen(commanding: Commanding) -> Known:
    """Look at a limiter that another visit has written."""
    view = await commanding.session.run(view_limit(commanding.client))
    wanted = _limit(commanding)
    holds = view.emergency or view.active == wanted.value
    done = view.limit == wanted and holds and view.unit is LimitUnit.WATT
    return commanding.known(Verdict.CONFIRMED if done else Verdict.NOT_DONE, view)


def _limit(commanding: Commanding) -> Limit:
    args = commanding.turn.args
    return Limit(args["watts"], args["over_seconds"], args["under_seconds"])


async def converted(commanding: Commanding) -> Known:
    """Write the calendar of the time bands of the order's day; a later day waits in the meter."""
    day = date.fromisoformat(commanding.turn.args["day"])
    begins = datetime.combine(day, time(), LOCAL_ZONE)
    later = begins > commanding.carrying.now()
    times = commanding.carrying.reached.profile.times
    exchange = convert(
        commanding.client,
        _calendar(commanding, day),
        Activation(begins, times) if later else None,
        tell=commanding.mark,
    )
    outcome = await commanding.session.run(exchange)
    return commanding.known(outcome.verdict, outcome, WORDS[outcome.why])


async def calendar_seen(commanding: Commanding) -> Known:
    """Look at the calendar of a meter to which another visit has written."""
    day = date.fromisoformat(commanding.turn.args["day"])
    active = await commanding.session.run(read_calendar(commanding.client))
    same = not differing(active, _calendar(commanding, day))
    message = WORDS["shown" if same else "active"]
    return commanding.known(Verdict.CONFIRMED if same else Verdict.NOT_DONE, active, message)


def _calendar(commanding: Commanding, day: date) -> BandCalendar:
    profile = commanding.carrying.reached.profile
    return band_calendar(schedule_on(_schedules(), day), rates_of(profile))


@lru_cache(maxsize=1)
def _schedules() -> tuple[TimeBandSchedule, ...]:
    return load_time_bands()


async def clock_kept(commanding: Commanding) -> Known:
    """Move the clock where it is too far off; near the end of a half-hour, later.

    Raises:
        LaterError: when there is room.
    """
    exchange = clock.keep_clock(
        commanding.client,
        commanding.carrying.reached.profile,
        commanding.carrying.now,
        across=commanding.turn.args["across"],
        tell=commanding.mark,
    )
    outcome = await commanding.session.run(exchange)
    if outcome.deed is clock.Deed.POSTPONED and outcome.not_before is not None:
        raise LaterError(outcome.not_before, WORDS["postponed"])
    return commanding.known(outcome.verdict, outcome, WORDS[outcome.deed])


async def clock_seen(commanding: Commanding) -> Known:
    """Look at a clock that another visit has moved."""
    profile = commanding.carrying.reached.profile
    reading = await commanding.session.run(
        clock.read_clock(commanding.client, profile, commanding.carrying.now)
    )
    right = reading.within(clock.RULE.leave_seconds)
    return commanding.known(Verdict.CONFIRMED if right else Verdict.NOT_DONE, reading)
