"""`congto devices list`: where devices are, whether they answer, counters near the end."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from congto.interfaces.cli.boot import boot

if TYPE_CHECKING:
    from congto.office.devices.models import Device


def main(arguments: list[str]) -> int:
    """Print the devices."""
    parser = argparse.ArgumentParser(prog="congto devices list", description=__doc__)
    parser.add_argument("--state", choices=["active", "suspended", "retired"])
    parser.add_argument("--limit", type=int, default=100, help="rows at most (100)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(arguments)
    boot()
    from congto.office.control.queries import Scope
    from congto.office.devices.queries import (
        certificates_near_the_end,
        counters_near_the_end,
        devices,
    )

    rows = devices(Scope.everything())
    if given.state:
        rows = rows.filter(state=given.state)
    shown = [_figures(one) for one in rows[: given.limit]]
    near = [one.device.meter.serial for one in counters_near_the_end(Scope.everything())]
    now = datetime.now(UTC)  # noqa: TID251  (a door reads the clock)
    ending = certificates_near_the_end(Scope.everything(), now)
    papers = sorted({one.device.meter.serial for one in ending})
    if given.json:
        told = {
            "devices": rows.count(),
            "rows": shown,
            "counters_near_the_end": near,
            "certificates_near_the_end": papers,
        }
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return 0
    for one in shown:
        cells = (one["serial"], one["place"], one["profile"], one["state"], one["last_fault"])
        sys.stdout.write("".join(f"{cell:<22}" for cell in cells).rstrip() + "\n")
    sys.stdout.write(
        f"{rows.count()} devices; counters near their end: {len(near)}; "
        f"certificates that end within 90 days: {len(papers)}\n"
    )
    return 0


def _figures(one: Device) -> dict[str, Any]:
    return {
        "device": one.pk,
        "serial": one.meter.serial,
        "place": f"{one.host}:{one.port}/{one.logical_device}" if one.host else "",
        "concentrator": one.concentrator.code if one.concentrator else "",
        "profile": one.profile,
        "unit": one.unit.code,
        "state": one.state,
        "last_seen_at": one.last_seen_at.isoformat() if one.last_seen_at else None,
        "last_fault": one.last_fault,
        "failures": one.failures,
        "clock_ahead_seconds": one.clock_drift_s,
        "firmware": one.firmware,
    }
