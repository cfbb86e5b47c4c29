"""Kinds of background jobs: a kind is a generator that does one step and yields how far it is.

A step must be safe to repeat: after a pause or a crash the job goes on from the last checkpoint
that was kept, which may lie some steps back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from congto.office.control.models import Job


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is.

    Attributes:
        done, total: in the kind's own measure (rows, accounts); total 0 is unknown.
        checkpoint: where to go on, in the kind's own words; None keeps the previous one.
        result_file: name of the finished file in the results folder, on the last step.
    """

    done: int
    total: int
    message: str = ""
    checkpoint: dict[str, Any] | None = field(default=None)
    result_file: str = ""


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind.

    Attributes:
        run: the generator; it reads `job.params` and `job.checkpoint`.
        resumable: goes on by itself after its worker was killed; others are marked failed.
        discard: removes what a cancelled or failed job leaves behind.
        alone: two jobs of this kind never run at once; the second fails with a sentence.
    """

    key: str
    run: Callable[[Job], Generator[Progress, None, None]]
    resumable: bool
    discard: Callable[[int], None]
    alone: bool = False


_KINDS: dict[str, JobKind] = {}


def register(kind: JobKind) -> None:
    """Make a kind known to the worker."""
    _KINDS[kind.key] = kind


def kind_of(key: str) -> JobKind:
    """Return a kind by its key."""
    if key not in _KINDS:
        raise InvalidInputError(f"job kind {key!r}", expected=", ".join(sorted(_KINDS)))
    return _KINDS[key]


def nothing_to_discard(_job_id: int) -> None:
    """Leave everything as it is: for kinds whose every step is complete in itself."""
