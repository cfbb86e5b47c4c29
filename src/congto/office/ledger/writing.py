"""Who writes journals holds this lock, shared; sealing and closing know by it who is still writing.

It is taken before a number is drawn: by a trigger for single journals, by `journals.write` for
many. A number at or below the one drawn last therefore belongs to a transaction that holds the
lock, or that has ended.
"""

from __future__ import annotations

LEDGER_LOCK = 0x1ED6E4
"""Key of the advisory lock; migration 0007 writes the same number."""

SHARED = f"SELECT pg_advisory_xact_lock_shared({LEDGER_LOCK}) IS NULL AS held"
EXCLUSIVE = f"SELECT pg_advisory_xact_lock({LEDGER_LOCK})"
WRITERS = """
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'advisory' AND classid = 0 AND objid = %s AND objsubid = 1
  AND mode = 'ShareLock' AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
"""Asked with LEDGER_LOCK: the transactions that are writing journals."""
