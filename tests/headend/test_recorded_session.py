"""A session with a real meter, recorded by another program, played again for our client.

pastebin.com/iKKsDimZ: logical names, no security. The log shows the first block of the answer by
its beginning only; what the client asks up to there must be the recorded bytes.
"""

from congto.headend.dlms.apdu.initiate import Conformance
from congto.headend.dlms.apdu.references import Reference
from congto.headend.dlms.client import Client, Settings
from congto.headend.dlms.connection import State
from congto.headend.dlms.hdlc.address import Address
from congto.headend.dlms.hdlc.events import Apdu, Connected
from congto.headend.dlms.hdlc.link import HdlcLink
from congto.headend.dlms.hdlc.parameters import Parameters
from congto.headend.dlms.hdlc.states import Role
from congto.headend.dlms.obis import obis

UA = "7EA0202103737398818014050203F2060203F2070400000001080400000001 0A757E"
AARQ = "7EA02B032110FBAFE6E600601DA109060760857405080101BE10040E01000000065F1F0400001E1DFFFFC5E47E"
AARE = (
    "7EA0392103302ED2E6E70061820029A109060760857405080101A203020100A305A103020100"
    "BE10040E0800065F1F040000101D03EF000744367E"
)
GET = "7EA0190321326FD8E6E600C001C1000F0000280000FF020091537E"


def test_our_client_sends_what_was_recorded_and_understands_the_meter():
    link = HdlcLink(Role.CLIENT, Address(16), Address(1))
    link.connect()
    # By hand from the UA: 0x03F2 bytes both ways, one frame at a time.
    assert link.receive(bytes.fromhex(UA)) == [Connected(Parameters(128, 128, 1, 1))]
    client = Client(Settings(conformance=Conformance(0x001E1D), pdu_max=0xFFFF))
    opening = client.associate()
    assert link.send(next(opening)) == bytes.fromhex(AARQ)
    (answer,) = [one.apdu for one in link.receive(bytes.fromhex(AARE)) if isinstance(one, Apdu)]
    try:
        opening.send(answer)
    except StopIteration as end:
        agreed = end.value
    assert client.connection.state is State.OPEN
    assert (agreed.conformance, agreed.pdu_max, agreed.vaa_name) == (0x00101D, 0x03EF, 7)
    objects = client.get(Reference(15, obis("0-0:40.0.0*255"), 2))
    assert link.send(next(objects)) == bytes.fromhex(GET)
