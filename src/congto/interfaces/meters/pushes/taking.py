"""Messages into lines of the push book, lines into deliveries of the books.

A push counts only where a tag under the meter's own key stands behind it: anybody can write a plain
one. Its registers count only where they are those of 00:00; others stay in the file.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from django.db import Error as DatabaseError

from congto.headend.dlms.faults import DlmsError
from congto.headend.profiles.push_contents import Contents, contents_of, name_of
from congto.interfaces.files.concentrators.formats import PREFIX
from congto.interfaces.intake.contents import CHUNK, keep
from congto.interfaces.intake.running import load
from congto.office.intake.choices import DeliveryState, Way
from congto.office.intake.operations import receive
from congto.vocabulary.intervals import CHANNEL_CODES
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from congto.headend.profiles.model import Profile
    from congto.headend.transports.push_listener import Datagram, Push, PushListener
    from congto.interfaces.meters.pushes.book import Line, PushBook

SOURCE = "push"
AWAY = "books_away"
"""Times that the books could not be asked; the message is tried again."""
PARTS = ("half_hours", "registers", "events")
CODES = {channel: code for code, channel in CHANNEL_CODES.items()}
NOT_PROVED, UNNAMED, STRANGE, EMPTY = "not_proved", "unknown_meter", "unknown_layout", "empty"
"""Reasons of ours beside the faults of the protocol: no tag behind it; no such meter in the books;
a layout that is not known; nothing in it that the books take."""


class Sender(NamedTuple):
    """A meter that pushes: the number on its plate, and its model."""

    serial: str
    profile: Profile


class Senders(Protocol):
    """Finds the meter of a system title, or of the name in a plain push."""

    def of_title(self, title: bytes) -> Sender | None:
        """Return the meter of a system title."""

    def of_name(self, name: str) -> Sender | None:
        """Return the meter that a plain push names."""


@dataclass(slots=True)
class Taking:
    """Takes messages into the book.

    Attributes:
        listener: opens messages. senders: who they are of. book: where they go.
        plain: take plain pushes as well, by the name that they say.
        counts: taken, and refused by reason.
    """

    listener: PushListener
    senders: Senders
    book: PushBook
    plain: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    _half: tuple[Datagram, Push] | None = None

    def take(self, datagrams: Sequence[Datagram], at: datetime) -> int:
        """Write messages on the disk, those that cannot be taken apart; none of them raises.

        Returns:
            How many were dealt with: fewer where the books could not be asked any more.
        """
        taken: list[Line] = []
        refused: list[Line] = []
        done = 0
        for datagram in datagrams:
            line = {"received_at": at.isoformat(), "from": f"{datagram.host}:{datagram.port}"}
            line["raw"] = datagram.content.hex()
            try:
                reason = self._one(datagram, line)
            except DatabaseError:
                self.counts[AWAY] += 1
                break
            done, self._half = done + 1, None
            self.counts[reason or "taken"] += 1
            if not reason:
                taken.append(line)
            elif reason != EMPTY:
                refused.append(line | {"reason": reason})
        self.book.add(taken)
        self.book.refuse(refused, at)
        return done

    def _one(self, datagram: Datagram, line: Line) -> str:
        """Fill a line; return why the message cannot be taken, or nothing."""
        try:
            push = self._opened(datagram)
        except DlmsError as error:
            line["told"] = error.sentence()
            return str(error.fault)
        if not (push.proved or self.plain):
            return NOT_PROVED
        sender, contents = self._read(push)
        if sender is None:
            return UNNAMED
        if not isinstance(contents, Contents):
            line["told"] = "" if contents is None else contents.sentence()
            return STRANGE
        line |= {"meter": sender.serial, **_rows(contents)}
        if push.title is not None:
            line["title"] = push.title.hex()
        if contents.left_out:
            line["left_out"] = contents.left_out
        return "" if any(line[part] for part in PARTS) else EMPTY

    def _opened(self, datagram: Datagram) -> Push:
        """Open a message once: tried again, its counter would be one that came before."""
        if self._half is None or self._half[0] is not datagram:
            self._half = datagram, self.listener.opened(datagram)
        return self._half[1]

    def _read(self, push: Push) -> tuple[Sender | None, Contents | DlmsError | None]:
        """Return whose push it is and what it says, or why that cannot be read."""
        sender = None if push.title is None else self.senders.of_title(push.title)
        if push.title is not None and sender is None:
            return None, None
        try:
            if sender is not None:
                return sender, contents_of(push.notice, sender.profile)
            sender = self.senders.of_name(name_of(push.notice))
            return sender, None if sender is None else contents_of(push.notice, sender.profile)
        except DlmsError as error:
            return sender, error


def _rows(contents: Contents) -> dict[str, list[dict[str, Any]]]:
    """Return what a push says as the adapters of pushes read it; registers of 00:00 alone."""
    local = [(one, one.at.astimezone(LOCAL_ZONE)) for one in contents.registers]
    return {
        "registers": [
            {"at": _stamp(one.at), "register": one.register.name.lower(), "wh": one.wh}
            for one, at in local
            if not (at.hour or at.minute or at.second)
        ],
        "half_hours": [
            {
                "begins": _stamp(one.begins),
                "channel": CODES[one.channel],
                "wh": one.wh,
                "status": one.status,
            }
            for one in contents.half_hours
        ],
        "events": [{"at": _stamp(one.at), "code": str(one.code)} for one in contents.events],
    }


def _stamp(instant: datetime) -> str:
    return instant.astimezone(LOCAL_ZONE).isoformat(timespec="seconds")


def deliver(book: PushBook, at: datetime) -> Iterator[tuple[Path, int]]:
    """Load the full files of the book, yielding each with the rows it brought; repeat at will.

    A file is a delivery of each kind that it holds, under its own name: known again after a kill.
    """
    for path in book.full():
        brought = 0
        for part in PARTS:
            if not _holds(path, part):
                continue
            with path.open("rb") as file:
                chunks = iter(lambda: file.read(CHUNK), b"")
                content = keep(chunks, path.name, f"{PREFIX}push-{part.replace('_', '-')}")
            number = f"{path.stem}-{part}-{content.sha256[:16]}"
            delivery, _new = receive(SOURCE, number, content, way=Way.METER, user=None, at=at)
            if delivery.state not in {DeliveryState.LOADED, DeliveryState.REFUSED}:
                for counts in load(delivery, at=at):
                    brought += counts.days
        yield path, brought
        path.unlink()


def _holds(path: Path, part: str) -> bool:
    """Tell whether a file has any row of a kind."""
    wanted = f'"{part}": [{{'
    with path.open(encoding="utf-8") as lines:
        return any(wanted in line for line in lines)
