"""Tries of a task: 30 and 60 seconds later and lower in the queue, then the next window."""

from datetime import UTC, datetime, timedelta

import pytest

from congto.headend.campaigns.retries import Again, next_try
from congto.headend.transports.outlook import Outlook

AT = datetime(2026, 11, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [
        (1, Again(AT + timedelta(seconds=30), 21)),
        (2, Again(AT + timedelta(seconds=60), 21)),
        (3, None),
    ],
)
def test_what_passes_is_tried_twice_more(attempts, expected):
    assert next_try(Outlook.TRANSIENT, attempts, 3, 20, at=AT) == expected


@pytest.mark.parametrize("outlook", [Outlook.PERMANENT, Outlook.SECURITY])
def test_what_does_not_pass_is_not_tried_again(outlook):
    assert next_try(outlook, 1, 3, 20, at=AT) is None


def test_a_task_never_falls_among_the_next_class():
    again = next_try(Outlook.TRANSIENT, 1, 99, 29, at=AT)
    assert again is not None
    assert again.priority == 29
