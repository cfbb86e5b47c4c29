"""Read a simulated meter with the client of gurux-dlms 1.0.203; run by an interpreter of its own.

Takes a JSON object on stdin (see test_witnesses.py) and prints what was read as JSON. Written
against the package's documented use; nothing of the package is part of Congto.
"""

import contextlib
import json
import socket
import sys
from datetime import datetime

from gurux_dlms import GXByteBuffer, GXDLMSException, GXReplyData
from gurux_dlms.ecdsa import GXPrivateKey, GXPublicKey
from gurux_dlms.enums import Authentication, InterfaceType, Security
from gurux_dlms.objects import (
    GXDLMSClock,
    GXDLMSData,
    GXDLMSDisconnectControl,
    GXDLMSProfileGeneric,
    GXDLMSRegister,
)
from gurux_dlms.objects.enums import SecuritySuite
from gurux_dlms.secure import GXDLMSSecureClient

LEVELS = {
    "none": Authentication.NONE,
    "lls": Authentication.LOW,
    "md5": Authentication.HIGH_MD5,
    "sha1": Authentication.HIGH_SHA1,
    "gmac": Authentication.HIGH_GMAC,
    "sha256": Authentication.HIGH_SHA256,
    "ecdsa": Authentication.HIGH_ECDSA,
}


class Reader:
    """Sends what the client makes and gathers what it needs of the answers."""

    def __init__(self, told):
        self.told = told
        self.line = socket.create_connection((told["host"], told["port"]), 5)
        kind = InterfaceType.HDLC if told["hdlc"] else InterfaceType.WRAPPER
        level = LEVELS[told["secured"]]
        keyless = told["secured"] in {"none", "gmac", "ecdsa"}
        password = None if keyless else bytes.fromhex(told["password"])
        self.client = GXDLMSSecureClient(True, told["client"], 1, level, password, kind)
        if told["ciphered"]:
            ciphering = self.client.ciphering
            ciphering.securitySuite = SecuritySuite(told["suite"])
            ciphering.security = Security.AUTHENTICATION_ENCRYPTION
            ciphering.systemTitle = bytes.fromhex(told["title"])
            ciphering.blockCipherKey = bytes.fromhex(told["unicast"])
            ciphering.authenticationKey = bytes.fromhex(told["authentication"])
            ciphering.invocationCounter = told["counter"]
            ciphering.dedicatedKey = bytes.fromhex(told["dedicated"]) or None
            if told["secured"] == "ecdsa":
                own = GXPrivateKey.fromRawBytes(bytes.fromhex(told["signing_key"]))
                peer = GXPublicKey.fromRawBytes(bytes.fromhex(told["meter_signing"]))
                ciphering.signingKeyPair = (peer, own)

    def exchange(self, request, reply):
        if not request:
            return
        reply.error = 0
        notify = GXReplyData()
        received = GXByteBuffer()
        self.line.sendall(request)
        place = 0
        while not self.client.getData(received, reply, notify):
            received.position = place
            more = self.line.recv(65536)
            if not more:
                raise ConnectionResetError
            received.set(more)
        if reply.error:
            raise GXDLMSException(reply.error)

    def ask(self, requests):
        """Send one request after another; return the whole answer."""
        reply = GXReplyData()
        for request in requests if isinstance(requests, list) else [requests]:
            reply.clear()
            self.exchange(request, reply)
            while reply.isMoreData():
                following = None if reply.isStreaming() else self.client.receiverReady(reply)
                self.exchange(following, reply)
        return reply

    def open(self):
        request = self.client.snrmRequest()
        if request:
            self.client.parseUAResponse(self.ask(request).data)
        self.client.parseAareResponse(self.ask(self.client.aarqRequest()).data)
        if self.client.authentication > Authentication.LOW:
            reply = self.ask(self.client.getApplicationAssociationRequest())
            self.client.parseApplicationAssociationResponse(reply.data)

    def get(self, item, number=2):
        reply = self.ask(self.client.read(item, number))
        return self.client.updateValue(item, number, reply.value)

    def rows(self, profile, begin, end):
        reply = self.ask(self.client.readRowsByRange(profile, begin, end))
        profile.buffer = []
        return self.client.updateValue(profile, 2, reply.value)

    def entries(self, profile, index, count):
        reply = self.ask(self.client.readRowsByEntry(profile, index, count))
        profile.buffer = []
        return self.client.updateValue(profile, 2, reply.value)

    def close(self):
        self.ask(self.client.releaseRequest())
        with contextlib.suppress(ConnectionResetError):
            self.ask(self.client.disconnectRequest())
        self.line.close()


def local(text):
    return datetime.fromisoformat(text)


def read(told):
    reader = Reader(told)
    reader.open()
    view = reader.client.parseObjects(reader.ask(reader.client.getObjectsRequest()).data, False)
    registers = [GXDLMSRegister(f"1.0.1.8.{rate}.255") for rate in range(4)]
    for register in registers:
        reader.get(register, 3)
        reader.get(register)
    profile = GXDLMSProfileGeneric("1.0.99.1.0.255")
    reader.get(profile, 3)
    relay = GXDLMSDisconnectControl("0.0.96.3.10.255")
    clock = GXDLMSClock("0.0.1.0.0.255")
    serial = GXDLMSData("0.0.96.1.0.255")
    listed = [(register, 2) for register in registers]
    found = {
        "serial": bytes(reader.get(serial)).decode(),
        "registers": [int(register.value) for register in registers],
        "scaler_unit": [registers[0].scaler, int(registers[0].unit)],
        "clock": str(reader.get(clock)),
        "columns": len(profile.captureObjects),
        "rows": [
            [str(row[0]), *map(int, row[1:])]
            for row in reader.rows(profile, local(told["begin"]), local(told["end"]))
        ],
        "entries": [list(map(int, row[1:])) for row in reader.entries(profile, 1, 2)],
        "objects": len(view),
        "relay": [],
    }
    values = [reader.ask(requests).value for requests in reader.client.readList(listed)]
    reader.client.updateValues(listed, [value for part in values for value in part])
    found["listed"] = [int(register.value) for register in registers]
    for act in (relay.remoteDisconnect, relay.remoteReconnect):
        reader.ask(act(reader.client))
        found["relay"].append(bool(reader.get(relay)))
    reader.close()
    return found


def answer(reading):
    """Print as JSON what a function reads that is given the JSON of stdin."""
    told = json.load(sys.stdin)
    with contextlib.redirect_stdout(sys.stderr):  # the package prints while it works
        found = reading(told)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    answer(read)
