"""What sessions told of devices: seen, drift, failures. Kept for a batch in one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

FAULT_LENGTH_MAX, FIRMWARE_LENGTH_MAX = 40, 60

KEEP = """
WITH told AS (
  SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::int[], %s::text[])
    AS t (id, at, fault, drift, firmware)
), sums AS (
  SELECT id,
    max(at) FILTER (WHERE fault = '') AS good_at,
    (array_agg(fault ORDER BY at DESC))[1] AS fault,
    count(*) FILTER (WHERE fault <> '') AS failures,
    (array_agg(drift ORDER BY at DESC) FILTER (WHERE drift IS NOT NULL))[1] AS drift,
    max(at) FILTER (WHERE drift IS NOT NULL) AS drift_at,
    (array_agg(firmware ORDER BY at DESC) FILTER (WHERE firmware <> ''))[1] AS firmware
  FROM told GROUP BY id
), later AS (
  SELECT told.id, count(*) AS failures FROM told JOIN sums USING (id)
  WHERE told.fault <> '' AND told.at > sums.good_at GROUP BY told.id
), held AS (
  SELECT d.id FROM devices_device d JOIN sums USING (id) ORDER BY d.id FOR NO KEY UPDATE OF d
)
UPDATE devices_device d SET
  last_seen_at = greatest(d.last_seen_at, sums.good_at),
  last_fault = sums.fault,
  failures = CASE WHEN sums.good_at IS NULL THEN d.failures + sums.failures
             ELSE coalesce(later.failures, 0) END,
  clock_drift_s = coalesce(sums.drift, d.clock_drift_s),
  drift_at = coalesce(sums.drift_at, d.drift_at),
  firmware = coalesce(sums.firmware, d.firmware)
FROM held JOIN sums USING (id) LEFT JOIN later USING (id) WHERE d.id = held.id
"""


class Seen(NamedTuple):
    """How one session went.

    Attributes:
        device: its number. at: its end.
        fault: why it failed, headend.dlms.faults.Fault; empty: it was good.
        drift_s: how far the meter's clock is ahead of ours; None: not read.
        firmware: of the meter; empty: not read.
    """

    device: int
    at: datetime
    fault: str = ""
    drift_s: int | None = None
    firmware: str = ""


def seen(sessions: Sequence[Seen]) -> None:
    """Keep what sessions told of their devices, several of one device in the order of time.

    Failures count up and begin anew after each good session.
    """
    if not sessions:
        return
    columns = (
        [one.device for one in sessions],
        [one.at for one in sessions],
        [one.fault[:FAULT_LENGTH_MAX] for one in sessions],
        [one.drift_s for one in sessions],
        [one.firmware[:FIRMWARE_LENGTH_MAX] for one in sessions],
    )
    with connection.cursor() as cursor:
        cursor.execute(KEEP, columns)
