"""Tries to sign in: audit rows, and the brake that reads them.

Five wrong passwords for one name from one address within fifteen minutes, or fifty from one address
for any names, and the next try waits until the oldest of them is fifteen minutes old. The rows are
in the database, so every server process sees them and a restart forgets nothing. Behind a proxy
that hides the callers all of them share one address: set the proxy to pass the address on.
"""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from congto.office.control.audit import record
from congto.office.control.models import AuditEntry

if TYPE_CHECKING:
    from datetime import datetime

WINDOW = timedelta(minutes=15)
TRIES_OF_NAME = 5
TRIES_OF_ADDRESS = 50
REFUSED = "sign_in.refused"
ACCEPTED = "sign_in.accepted"
SUBJECT_KIND = "sign_in"
NAME_LENGTH_MAX = 80


def keep_try(username: str, address: str, *, accepted: bool, at: datetime) -> None:
    """Keep one try as an audit row; the subject is the address, the name stands in `after`."""
    record(
        None,
        ACCEPTED if accepted else REFUSED,
        SUBJECT_KIND,
        address[:60],
        unit=None,
        after={"username": username[:NAME_LENGTH_MAX]},
        at=at,
    )


def must_wait(username: str, address: str, *, at: datetime) -> int:
    """Return how many minutes the next try of this name from this address waits; 0 is none.

    A right password forgives the wrong ones before it, for that name only.
    """
    tries = AuditEntry.objects.filter(
        subject_kind=SUBJECT_KIND, subject=address[:60], at__gt=at - WINDOW
    ).order_by("-id")
    newest = list(tries.values_list("at", "operation", "after__username")[:TRIES_OF_ADDRESS])
    refused = [when for when, operation, _name in newest if operation == REFUSED]
    of_name = []
    for when, operation, name in newest:
        if name == username[:NAME_LENGTH_MAX]:
            if operation == ACCEPTED:
                break
            of_name.append(when)
    if len(of_name) >= TRIES_OF_NAME:
        oldest = of_name[TRIES_OF_NAME - 1]
    elif len(refused) >= TRIES_OF_ADDRESS:
        oldest = refused[TRIES_OF_ADDRESS - 1]
    else:
        return 0
    return max(1, ceil((oldest + WINDOW - at) / timedelta(minutes=1)))
