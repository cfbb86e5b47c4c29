"""Sessions with the client of gurux-dlms, timed; run by an interpreter that has it.

Takes a JSON object on stdin (see foreign_clients.py), prints figures as JSON. Written against the
package's documented use; it is no part of Congto and Congto never loads it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import socket
import sys
import time
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

gurux = importlib.import_module("gurux_dlms")
enums = importlib.import_module("gurux_dlms.enums")
objects = importlib.import_module("gurux_dlms.objects")
secure = importlib.import_module("gurux_dlms.secure")


class Session:
    """Sends what the client makes and gathers what it needs of the answers."""

    def __init__(self, told: dict[str, Any], meter: dict[str, str]) -> None:
        self.line = socket.create_connection((meter["host"], told["port"]), 10)
        self.client = secure.GXDLMSSecureClient(
            True,
            1,
            1,
            enums.Authentication.HIGH_GMAC,
            None,
            enums.InterfaceType.WRAPPER,
        )
        ciphering = self.client.ciphering
        ciphering.security = enums.Security.AUTHENTICATION_ENCRYPTION
        ciphering.systemTitle = bytes.fromhex(told["title"])
        ciphering.blockCipherKey = bytes.fromhex(meter["unicast"])
        ciphering.authenticationKey = bytes.fromhex(meter["authentication"])
        ciphering.invocationCounter = told["counter"]

    def exchange(self, request: bytes, reply: Any) -> None:  # noqa: ANN401  (a foreign type)
        """Send a request and receive until the client has its answer."""
        notice, received = gurux.GXReplyData(), gurux.GXByteBuffer()
        reply.error = 0
        self.line.sendall(request)
        while not self.client.getData(received, reply, notice):
            received.position = 0
            more = self.line.recv(65_536)
            if not more:
                raise ConnectionResetError
            received.set(more)
        if reply.error:
            raise gurux.GXDLMSException(reply.error)

    def ask(self, requests: Any) -> Any:  # noqa: ANN401  (foreign types)
        """Send requests, and for more blocks; return the answer."""
        reply = gurux.GXReplyData()
        for request in requests if isinstance(requests, list) else [requests]:
            reply.clear()
            self.exchange(request, reply)
            while reply.isMoreData():
                self.exchange(self.client.receiverReady(reply), reply)
        return reply

    def get(self, item: Any, number: int) -> None:  # noqa: ANN401  (a foreign type)
        """Read an attribute into its object."""
        reply = self.ask(self.client.read(item, number))
        self.client.updateValue(item, number, reply.value)


def session(told: dict[str, Any], meter: dict[str, str]) -> int:
    """Hold one session; return how many rows it read."""
    held = Session(told, meter)
    client = held.client
    client.parseAareResponse(held.ask(client.aarqRequest()).data)
    proof = held.ask(client.getApplicationAssociationRequest())
    client.parseApplicationAssociationResponse(proof.data)
    held.get(objects.GXDLMSClock("0.0.1.0.0.255"), 2)
    held.get(objects.GXDLMSRegister("1.0.1.8.0.255"), 2)
    profile = objects.GXDLMSProfileGeneric("1.0.99.1.0.255")
    held.get(profile, 3)  # it reads no rows without the columns
    begin, end = (datetime.fromisoformat(told[name]) for name in ("begin", "end"))
    reply = held.ask(client.readRowsByRange(profile, begin, end))
    rows = client.updateValue(profile, 2, reply.value)
    held.ask(client.releaseRequest())
    held.line.close()
    return len(rows)


def main() -> dict[str, Any]:
    """Hold the sessions; return the figures."""
    told = json.load(sys.stdin)
    first, *meters = told["meters"]
    session(told, first)
    begun = time.process_time()
    rows = [session(told, meter) for meter in meters]
    seconds = time.process_time() - begun
    assert rows == [48] * len(meters), rows
    return {
        "sessions": len(meters),
        "cpu_seconds": seconds,
        "version": version("gurux-dlms"),
    }


if __name__ == "__main__":
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        figures = main()
    sys.stdout.write(json.dumps(figures))
