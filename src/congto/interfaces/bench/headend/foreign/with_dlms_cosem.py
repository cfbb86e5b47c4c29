"""Sessions with the client of dlms-cosem, timed; run by an interpreter that has it.

Takes a JSON object on stdin (see foreign_clients.py), prints figures as JSON. Written against the
package's documented use; it is no part of Congto and Congto never loads it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import sys
import time
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

cosem = importlib.import_module("dlms_cosem.cosem")
client = importlib.import_module("dlms_cosem.client")
access = importlib.import_module("dlms_cosem.cosem.selective_access")
capture = importlib.import_module("dlms_cosem.cosem.capture_object")
io = importlib.import_module("dlms_cosem.io")
security = importlib.import_module("dlms_cosem.security")
utils = importlib.import_module("dlms_cosem.utils")
Kind = importlib.import_module("dlms_cosem.enumerations").CosemInterface


def attribute(kind: object, code: str, number: int = 2) -> Any:  # noqa: ANN401  (a foreign type)
    """Return a reference to an attribute."""
    return cosem.CosemAttribute(kind, cosem.Obis(*map(int, code.split("."))), number)


CLOCK = attribute(Kind.CLOCK, "0.0.1.0.0.255")
TOTAL = attribute(Kind.REGISTER, "1.0.1.8.0.255")
ROWS = attribute(Kind.PROFILE_GENERIC, "1.0.99.1.0.255")


def session(told: dict[str, Any], meter: dict[str, str]) -> int:
    """Hold one session; return how many rows it read."""
    wanted = access.RangeDescriptor(
        capture.CaptureObject(CLOCK),
        datetime.fromisoformat(told["begin"]),
        datetime.fromisoformat(told["end"]),
    )
    transport = io.TcpTransport(1, 1, io.BlockingTcpIO(meter["host"], told["port"], 10))
    made = client.DlmsClient(
        transport,
        security.HighLevelSecurityGmacAuthentication(),
        encryption_key=bytes.fromhex(meter["unicast"]),
        authentication_key=bytes.fromhex(meter["authentication"]),
        client_system_title=bytes.fromhex(told["title"]),
        client_initial_invocation_counter=told["counter"],
    )
    with made.session() as opened:
        utils.parse_as_dlms_data(opened.get(CLOCK))
        utils.parse_as_dlms_data(opened.get(TOTAL))
        return len(utils.parse_as_dlms_data(opened.get(ROWS, wanted)))


def main() -> dict[str, Any]:
    """Hold the sessions; return the figures."""
    told = json.load(sys.stdin)
    log = importlib.import_module("structlog")  # it logs each message: not its work, left off
    log.configure(wrapper_class=log.make_filtering_bound_logger(logging.ERROR))
    first, *meters = told["meters"]
    session(told, first)
    begun = time.process_time()
    rows = [session(told, meter) for meter in meters]
    seconds = time.process_time() - begun
    assert rows == [48] * len(meters), rows
    return {
        "sessions": len(meters),
        "cpu_seconds": seconds,
        "version": version("dlms-cosem"),
    }


if __name__ == "__main__":
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        figures = main()
    sys.stdout.write(json.dumps(figures))
