"""A session with a meter: how it went, and its frames told one after the other.

What is protected stays closed until somebody who looks after devices and keys asks for it; that is
written down. Raw bytes are not shown: a password goes over the line as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from congto.headend.cosem.trace.frames import Trace
from congto.headend.cosem.trace.local import LocalTrace
from congto.headend.cosem.trace.node import Node
from congto.headend.cosem.trace.protection import Secrets
from congto.headend.dlms.security.keys import KeySet
from congto.interfaces.console.views.lists import now, person, scope_for
from congto.interfaces.meters.access import key_set
from congto.interfaces.meters.frames import Place, frames_at
from congto.office.control.permissions import Action, may
from congto.office.control.telling import sentence_of
from congto.office.devices.operations import open_access
from congto.office.overview.devices import find_session
from congto.vocabulary.errors import CongtoError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.http import HttpRequest, HttpResponse

    from congto.interfaces.meters.frames import Frame
    from congto.office.campaigns.models import Session

FRAMES_SHOWN = 400
CLOSED = "closed"
"""Name of the node of a message whose key is not at hand."""


@dataclass(frozen=True, slots=True)
class Told:
    """One piece that went over the line.

    Attributes:
        sent: by us. milliseconds: since the session began. size: bytes.
        nodes: what it completes; empty where the message goes on in the next piece.
    """

    number: int
    sent: bool
    milliseconds: int
    size: int
    nodes: list[Node]

    @property
    def is_faulty(self) -> bool:
        """Tell whether something of it could not be read."""
        return any(node.has_fault for node in self.nodes)


@require_safe
def session(request: HttpRequest, number: int) -> HttpResponse:
    """Show a session of the scope; protected messages stay closed."""
    return page(request, found(request, number), [KeySet()])


@require_POST
def opened(request: HttpRequest, number: int) -> HttpResponse:
    """Show a session with its protected messages opened, and write down who asked."""
    session = found(request, number)
    if not may(person(request), Action.MANAGE_DEVICES, session.device.unit):
        raise PermissionDenied(_("Giải mã phiên cần quyền quản lý thiết bị đo xa và khóa"))
    try:
        return page(request, session, key_sets(request, session), is_open=True)
    except CongtoError as error:
        return page(request, session, [KeySet()], error=sentence_of(error))


def found(request: HttpRequest, number: int) -> Session:
    """Return the session, or answer 404 where the scope has none."""
    session = find_session(number, scope_for(request))
    if session is None:
        raise Http404(_("Không có phiên %(number)s.") % {"number": number})
    return session


def key_sets(request: HttpRequest, session: Session) -> list[KeySet]:
    """Open the device's keys: those in use, those being changed, those of before."""
    access = open_access(
        [session.device_id],
        purpose="frames",
        subject=f"session {session.pk}",
        user=person(request),
        at=now(),
        former=True,
        counters=0,
    ).get(session.device_id)
    if access is None:
        return [KeySet()]
    if access.broken is not None:
        raise access.broken
    held = [access.current, {**access.current, **access.pending}]
    held += [{**access.current, use: one} for use, some in access.former.items() for one in some]
    return [keys for secrets in held if (keys := key_set(secrets)) is not None] or [KeySet()]


def page(
    request: HttpRequest,
    session: Session,
    keys: Sequence[KeySet],
    *,
    is_open: bool = False,
    error: str = "",
) -> HttpResponse:
    """Show a session with its frames as the first keys tell them that open them all."""
    context: dict[str, Any] = {"session": session, "is_open": is_open, "error": error}
    place = Place(session.frames_file, session.frames_offset, session.frames_bytes)
    try:
        frames = frames_at(place)[:FRAMES_SHOWN] if session.frames_bytes else []
    except CongtoError as gone:
        frames, context["error"] = [], error or sentence_of(gone)
    told = tellings(frames, keys)
    faulty = next((one.number for one in told if one.is_faulty), None)
    closed = any(is_closed(node) for one in told for node in one.nodes)
    right = may(person(request), Action.MANAGE_DEVICES, session.device.unit)
    context |= {
        "frames": [(one, list(lines(one.nodes))) for one in told],
        "faulty": faulty,
        "may_open": closed and not is_open and right,
        "closed": closed and not is_open,
        "deliveries": [one for one in (session.delivery, session.register_delivery) if one],
        "may_follow": may(person(request), Action.VIEW, None),
        "most": FRAMES_SHOWN if len(told) == FRAMES_SHOWN else None,
    }
    return render(request, "console/headend/session.html", context)


def tellings(frames: Sequence[Frame], keys: Sequence[KeySet]) -> list[Told]:
    """Return the frames told with the keys that leave the fewest faults."""
    best: list[Told] = []
    for number, one in enumerate(keys):
        told = telling(frames, one)
        if not number or sum(x.is_faulty for x in told) < sum(x.is_faulty for x in best):
            best = told
        if not any(x.is_faulty for x in best):
            break
    return best


def telling(frames: Sequence[Frame], keys: KeySet) -> list[Told]:
    """Tell the frames of a session; what is left unfinished is told with the last."""
    if frames and LocalTrace.begins(frames[0].octets):
        return telling_local(frames)
    trace = Trace(Secrets(keys))
    told = [
        Told(number, frame.sent, frame.milliseconds, len(frame.octets), trace.feed(frame.octets))
        for number, frame in enumerate(frames, 1)
    ]
    if told:
        told[-1].nodes.extend(trace.finish())
    return told


def telling_local(frames: Sequence[Frame]) -> list[Told]:
    """Tell the telegrams of a session of mode C, a line of text each."""
    trace = LocalTrace(frames[0].octets)
    told = []
    for number, frame in enumerate(frames, 1):
        nodes = trace.feed(frame.octets, sent=frame.sent)
        told.append(Told(number, frame.sent, frame.milliseconds, len(frame.octets), nodes))
    told[-1].nodes.extend(trace.finish())
    return told


def lines(nodes: Sequence[Node], depth: int = 0) -> Iterator[tuple[int, Node]]:
    """Return the lines of trees with their depth, each inline value on one."""
    for node in nodes:
        if node.name == CLOSED:  # what opens it on the command line is no help here
            yield depth, Node(CLOSED, node.value.partition(";")[0])
            continue
        yield depth, node
        if not node.inline:
            yield from lines(node.parts, depth + 1)


def is_closed(node: Node) -> bool:
    """Tell whether a protected message in the tree was not opened."""
    return node.name == CLOSED or any(is_closed(part) for part in node.parts)
