"""Broken preconditions: an exception says where, what was found and expected, and what to do."""

from __future__ import annotations


class CongtoError(Exception):
    """One clear sentence for the person who must act.

    Args:
        found: what was found, with the place (file, line, key, code).
        expected: what would have been right.
        action: what to do now.
    """

    def __init__(self, found: str, *, expected: str = "", action: str = "") -> None:
        self.found = found
        self.expected = expected
        self.action = action
        super().__init__(self.sentence())

    def sentence(self, *, needs: str = "expected {}") -> str:
        """Return the whole message as one line; `needs` words what was expected."""
        parts = [self.found.rstrip(".")]
        if self.expected:
            parts.append(needs.format(self.expected.rstrip(".")))
        if self.action:
            parts.append(self.action.rstrip("."))
        return "; ".join(parts) + "."


class InvalidInputError(CongtoError):
    """What a caller or a file handed over cannot be accepted."""


class NotInForceError(CongtoError):
    """No dated value (price, rate, rule) is in force on the date asked for."""


class RefusedError(CongtoError):
    """The operation is understood but the books do not allow it now."""
