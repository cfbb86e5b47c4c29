"""Invocation counters of keys: a number is given once, whatever crashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


RESERVE = """
WITH held AS (SELECT id FROM devices_devicesecret WHERE id = ANY(%s) ORDER BY id FOR UPDATE)
UPDATE devices_devicesecret s SET upcoming = s.upcoming + %s FROM held WHERE s.id = held.id
RETURNING s.id, s.upcoming - %s
"""
RAISE = "UPDATE devices_devicesecret SET upcoming = %s WHERE id = %s AND upcoming < %s"
KEEP = """
WITH told AS (
  SELECT id, max(number) AS number FROM unnest(%s::bigint[], %s::bigint[]) t (id, number)
  GROUP BY id
), held AS (
  SELECT s.id, t.number FROM devices_devicesecret s JOIN told t USING (id)
  WHERE s.proved < t.number ORDER BY s.id FOR UPDATE OF s
)
UPDATE devices_devicesecret s SET proved = held.number FROM held WHERE s.id = held.id
"""
UPCOMING = "SELECT upcoming FROM devices_devicesecret WHERE id = %s"


def reserve_counters(secrets: Iterable[int], count: int) -> dict[int, int]:
    """Write down that the next `count` numbers of each key are used; return the first of each.

    Durable before it returns, and refused inside another transaction: one that rolled back would
    give the numbers a second time, and one number under one key twice reveals the key.

    Raises:
        RefusedError: a key is not in the books.
    """
    wanted = sorted(set(secrets))
    with transaction.atomic(durable=True):
        first = reserve_in_transaction(wanted, count)
    lacking = set(wanted) - set(first)
    if lacking:
        raise RefusedError(f"secret {min(lacking)} is not in the books", expected="a key of them")
    return first


def reserve_in_transaction(secrets: list[int], count: int) -> dict[int, int]:
    """Reserve inside the caller's durable transaction."""
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, [secrets, count, count])
        return dict(cursor.fetchall())


def raise_counter(secret: int, number: int) -> None:
    """Give no number below this one any more; a counter is never lowered. Durable."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(RAISE, [number, secret, number])


def keep_proved(proved: Mapping[int, int]) -> None:
    """Keep the meters' highest counters that a tag stands behind: secret -> number.

    One statement for a batch; a lower number than the one kept changes nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [list(proved), list(proved.values())])


def upcoming_of(secret: int) -> int:
    """Return the next number that would be given."""
    with connection.cursor() as cursor:
        cursor.execute(UPCOMING, [secret])
        found = cursor.fetchone()
    if found is None:
        raise RefusedError(f"secret {secret} is not in the books", expected="a key of them")
    return int(found[0])
