"""Sequence numbers and repeats of one connection: go-back-N, modulo eight."""

from __future__ import annotations

from collections import deque


class Window:
    """Fields to send, each kept until the other side has confirmed it.

    Every burst begins with the oldest field that is not confirmed. That is enough on a line where
    the word is passed to and fro: when it comes back, what is not confirmed is lost.
    """

    __slots__ = ("_fields", "_first", "_outstanding", "awaited")

    def __init__(self) -> None:
        self._fields: deque[tuple[bytes, bool]] = deque()
        self._first = 0
        self._outstanding = 0
        self.awaited = 0
        """V(R), the number of the next frame to take."""

    @property
    def next(self) -> int:
        """Return V(S), the number behind the last frame sent."""
        return (self._first + self._outstanding) & 7

    @property
    def has_fields(self) -> bool:
        """Say whether a field waits to be sent or confirmed."""
        return bool(self._fields)

    def put(self, fields: list[tuple[bytes, bool]]) -> None:
        """Add fields to send, each with whether more of its message follows."""
        self._fields.extend(fields)

    def confirm(self, awaited: int) -> bool:
        """Drop the fields before N(R); say False when N(R) names a frame that was never sent."""
        count = (awaited - self._first) & 7
        if count > self._outstanding:
            return False
        for _ in range(count):
            self._fields.popleft()
        self._first = awaited
        self._outstanding -= count
        return True

    def burst(self, frames_max: int) -> list[tuple[int, bytes, bool]]:
        """Return the fields to send now: number, field, whether more of the message follows."""
        count = min(frames_max, len(self._fields))
        self._outstanding = count  # never fewer: what is not confirmed is still there
        return [((self._first + place) & 7, *self._fields[place]) for place in range(count)]

    def take(self) -> None:
        """Count a frame that came with the awaited number."""
        self.awaited = (self.awaited + 1) & 7
