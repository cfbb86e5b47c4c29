"""One visit of a meter of mode C: it is read once, and each task takes what is its own of that."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from congto.headend.campaigns.clock import Deed
from congto.headend.campaigns.visit import StepEnd, Visited
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.transports.tcp_local import read_local_meter
from congto.interfaces.meters.carrying import Carried
from congto.interfaces.meters.reading import HES_CLOCK, refusal, told_of
from congto.office.campaigns.choices import TaskKind, TaskState
from congto.office.campaigns.operations import DRIFT_S_MAX

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from congto.headend.campaigns.visit import Called
    from congto.headend.profiles.model import Profile
    from congto.headend.profiles.readout import Readout
    from congto.interfaces.meters.carrying import Gathered
    from congto.office.campaigns.operations import LeasedVisit


async def visit_local(
    called: Called,
    leased: LeasedVisit,
    gathered: Gathered,
    associated: Callable[[], None],
    now: Callable[[], datetime],
) -> Visited[Carried]:
    """Read a meter into `gathered` and answer the tasks of its visit; it raises no DlmsError.

    Args:
        called: the meter.
        leased: its tasks, and the serial that it has to show.
        gathered: where readings go.
        associated: is told when the meter has answered.
        now: the clock of the door.
    """
    began = now()
    answered = [began]

    def hear() -> None:
        answered[0] = now()
        associated()

    place, profile, access, habits = called
    try:
        read = await read_local_meter(place, profile, access, habits, hear)
        hold_against_books(read, profile, leased.serial)
    except DlmsError as error:
        return Visited([StepEnd(None, error) for _ in leased.tasks], error, None)
    gathered.readout = read
    if read.clock is not None:
        middle = began + (answered[0] - began) / 2
        gathered.drift_s = round((read.clock - middle).total_seconds())
    _keep(read, profile, gathered, answered[0])
    ends = [_carried(TaskKind(task.kind), profile, gathered, read, now()) for task in leased.tasks]
    return Visited([StepEnd(one, None) for one in ends], None, None)


def hold_against_books(read: Readout, profile: Profile, serial: str) -> None:
    """Refuse what another meter told: nothing else proves who answers by mode C.

    Raises:
        DlmsError: WRONG_ADDRESS, the meter shows another number than that of the books, or none
            where its profile says that it shows one.
    """
    if not is_other(read, profile, serial):
        return
    assert profile.local is not None  # whoever was read by mode C
    where = profile.local.serial
    raise DlmsError(
        Fault.WRONG_ADDRESS,
        f"the meter shows number {read.serial}"
        if read.serial
        else f"the meter shows no number at {where}",
        expected=f"number {serial} of the books",
        action="correct the address or the profile",
    )


def is_other(read: Readout, profile: Profile, serial: str) -> bool:
    """Tell whether a meter shows another number than this; zeros in front do not count."""
    shows = profile.local is not None and profile.local.serial
    return bool(shows) and read.serial.lstrip("0") != serial.lstrip("0")


def _keep(read: Readout, profile: Profile, gathered: Gathered, at: datetime) -> None:
    """Take the registers of past billing periods that are neither old nor yet to come."""
    assert profile.local is not None  # whoever was read by mode C
    first = at - timedelta(days=profile.local.days_back)
    gathered.kept += [one for one in read.kept if first <= one.at <= at]


def _carried(
    kind: TaskKind, profile: Profile, gathered: Gathered, read: Readout, at: datetime
) -> Carried:
    """Return what a reading says to a task."""
    if kind is TaskKind.HALF_HOURS:
        return refusal({profile.name: "the profile of the model has no half-hours"})
    if kind is TaskKind.COMMAND:
        return refusal({profile.name: "a meter of mode C takes no commands"})
    if kind is TaskKind.EVENTS:
        return Carried(result={"events": 0, "refused": {}})
    if kind is TaskKind.CLOCK:
        return _clock(gathered.drift_s)
    if not read.readings and not gathered.kept:
        return refusal(read.refused)
    told = told_of(profile, gathered, read, at)
    return Carried(result=told | {"kept": len(gathered.kept)})


def _clock(ahead: int | None) -> Carried:
    """Answer how far the clock is off; mode C cannot move it, so that is a person's."""
    result = {"deed": Deed.LEFT, "before_s": ahead, "after_s": ahead, "touched": None}
    if ahead is not None and abs(ahead) <= DRIFT_S_MAX:
        return Carried(result=result)
    sentence = f"the clock is {'unknown' if ahead is None else ahead} seconds ahead"
    return Carried(TaskState.FAILED, result, Deed.BEYOND, sentence, HES_CLOCK)
