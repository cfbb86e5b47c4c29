"""How a task is carried out in a session: a carrier for each kind of task.

A carrier is given the open session and answers what came of the task. It raises the DlmsError that
ended its work: then the task is tried again or has failed, as the fault's outlook says. Work on the
books goes through `on_books` of interfaces.meters.books. A carrier of commands writes down that it
is about to send before the first byte, because the same task may be carried again after a crash.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from congto.office.campaigns.choices import TaskKind, TaskState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from congto.headend.campaigns.events import EventReport
    from congto.headend.profiles.half_hours import HalfHours
    from congto.headend.profiles.kept_registers import KeptRegister
    from congto.headend.profiles.readout import Readout
    from congto.headend.transports.session import Session
    from congto.interfaces.meters.access import Reached
    from congto.office.campaigns.leasing import LeasedTask, LeasedVisit


@dataclass(slots=True)
class Gathered:
    """What a visit has read for the books so far; it stands even if the session breaks later.

    Attributes:
        half_hours: of each range asked for.
        events: that its logs and what it sends unasked tell.
        unread: messages sent unasked that tell nothing, or that nothing vouches for.
        readout: clock and registers, read first.
        kept: registers that the meter has kept.
        drift_s: the meter's clock ahead of ours; None: not read.
    """

    half_hours: list[HalfHours] = field(default_factory=list)
    events: list[EventReport] = field(default_factory=list)
    unread: int = 0
    readout: Readout | None = None
    kept: list[KeptRegister] = field(default_factory=list)
    drift_s: int | None = None


@dataclass(frozen=True, slots=True)
class Carrying:
    """What a carrier is given.

    Attributes:
        visit, task: what is to be done.
        reached: the device, its profile, and its secrets as they were opened.
        session: associated.
        gathered: where readings go.
        now: the clock of the door.
    """

    visit: LeasedVisit
    task: LeasedTask
    reached: Reached
    session: Session
    gathered: Gathered
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of a task.

    Attributes:
        state: DONE, FAILED, or WAITING until `due_at`.
        result: in the kind's own words, kept with the task.
        fault, sentence: why it failed.
        rule: of a finding for a technician; empty: none.
        due_at: when it goes on.
    """

    state: TaskState = TaskState.DONE
    result: dict[str, Any] | None = None
    fault: str = ""
    sentence: str = ""
    rule: str = ""
    due_at: datetime | None = None


if TYPE_CHECKING:
    Carrier = Callable[[Carrying], Awaitable[Carried]]

CARRIERS: dict[TaskKind, Carrier] = {}
"""Kind of task -> who carries it; filled by interfaces.meters.reading and carry_commands."""
