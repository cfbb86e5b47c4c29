"""Read a simulated meter with the client of dlms-cosem 25; run by an interpreter of its own.

Takes a JSON object on stdin (see test_witnesses.py) and prints what was read as JSON. Written
against the package's documented use; nothing of the package is part of Congto.
"""

import contextlib
import json
import sys
from datetime import datetime

from dlms_cosem import cosem
from dlms_cosem.client import DlmsClient
from dlms_cosem.cosem.capture_object import CaptureObject
from dlms_cosem.cosem.selective_access import RangeDescriptor
from dlms_cosem.enumerations import CosemInterface
from dlms_cosem.io import BlockingTcpIO, HdlcTransport, TcpTransport
from dlms_cosem.security import (
    HighLevelSecurityGmacAuthentication,
    LowLevelSecurityAuthentication,
    NoSecurityAuthentication,
)
from dlms_cosem.utils import parse_as_dlms_data


def attribute(kind, code, number=2):
    return cosem.CosemAttribute(kind, cosem.Obis(*map(int, code.split("."))), number)


def transport(told):
    stream = BlockingTcpIO(told["host"], told["port"], 5)
    if told["hdlc"]:
        return HdlcTransport(
            client_logical_address=told["client"],
            server_logical_address=1,
            server_physical_address=17,
            io=stream,
        )
    return TcpTransport(told["client"], 1, stream)


def client(told):
    if told["secured"] == "gmac":
        return DlmsClient(
            transport(told),
            HighLevelSecurityGmacAuthentication(),
            encryption_key=bytes.fromhex(told["unicast"]),
            authentication_key=bytes.fromhex(told["authentication"]),
            client_system_title=bytes.fromhex(told["title"]),
            client_initial_invocation_counter=told["counter"],
        )
    if told["secured"] == "lls":
        return DlmsClient(
            transport(told), LowLevelSecurityAuthentication(bytes.fromhex(told["password"]))
        )
    return DlmsClient(transport(told), NoSecurityAuthentication())


def read(told):
    with client(told).session() as meter:

        def get(kind, code, number=2, selection=None):
            return parse_as_dlms_data(meter.get(attribute(kind, code, number), selection))

        clock = attribute(CosemInterface.CLOCK, "0.0.1.0.0.255")
        wanted = RangeDescriptor(
            CaptureObject(clock),
            datetime.fromisoformat(told["begin"]),
            datetime.fromisoformat(told["end"]),
        )
        profile = (CosemInterface.PROFILE_GENERIC, "1.0.99.1.0.255")
        relay = attribute(CosemInterface.DISCONNECT_CONTROL, "0.0.96.3.10.255")
        found = {
            "serial": bytes(get(CosemInterface.DATA, "0.0.96.1.0.255")).decode(),
            "registers": [get(CosemInterface.REGISTER, f"1.0.1.8.{rate}.255") for rate in range(4)],
            "scaler_unit": list(get(CosemInterface.REGISTER, "1.0.1.8.0.255", 3)),
            "clock": bytes(get(CosemInterface.CLOCK, "0.0.1.0.0.255")).hex(),
            "columns": len(get(*profile, 3)),
            "rows": [[bytes(row[0]).hex(), *row[1:]] for row in get(*profile, selection=wanted)],
            "all_rows": 0 if told["hdlc"] else len(get(*profile)),
            "objects": len(get(CosemInterface.ASSOCIATION_LN, "0.0.40.0.0.255")),
            "relay": [],
        }
        for number in (1, 2):
            method = cosem.CosemMethod(relay.interface, relay.instance, number)
            meter.action(method, b"\x0f\x00")
            found["relay"].append(parse_as_dlms_data(meter.get(relay)))
        return found


told = json.load(sys.stdin)
with contextlib.redirect_stdout(sys.stderr):  # the package tells all it does
    answer = read(told)
sys.stdout.write(json.dumps(answer))
