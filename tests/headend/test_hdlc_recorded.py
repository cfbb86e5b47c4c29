"""Recorded sessions with real meters: our client sends the recorded bytes and reads the answers.

The sessions are public logs of other programs with meters of the same kind (short names, SNRM
without parameters, 128 bytes from the meter, 62 to it): pastebin.com CJw7HhSs and Vvs6PqXK.
"""

import pytest

from congto.headend.dlms.hdlc.address import Address
from congto.headend.dlms.hdlc.events import Apdu, Connected
from congto.headend.dlms.hdlc.link import HdlcLink
from congto.headend.dlms.hdlc.parameters import Parameters, Quirks
from congto.headend.dlms.hdlc.states import Role

LLC = b"\xe6\xe6\x00"

PLAIN = (
    0x20,
    [  # sent, received
        (
            "7EA0070341935A647E",
            "7EA01E4103738E7F81801205018006013E07040000000108040000000107227E",
        ),
        (
            (
                "7EA044034110B3E1E6E6006036A1090607608574050801028A0207808B0760857405080201AC0A8008"
                "3030303030303030BE10040E01000000065F1F04001C0320FFFF0B877E"
            ),
            (
                "7EA0374103302179E6E7006128A109060760857405080102A203020100A305A103020100BE0F040D"
                "0800065F1F04001802200960FA000AA87E"
            ),
        ),
        (
            "7EA011034132E258E6E60005010260F8BA8D7E",
            "7EA014410352AB93E6E7000C01000600000000EA837E",
        ),
        (
            "7EA011034154D25EE6E6000501026100A5EF7E",
            "7EA011410374C8B9E6E7000C01001601E9387E",
        ),
        (
            "7EA011034176C25CE6E6000501026108ED637E",
            "7EA0214103962631E6E7000C0100020412000009060000000000000F0012000057AB7E",
        ),
    ],
    [
        "6128A109060760857405080102A203020100A305A103020100BE0F040D0800065F1F04001802200960FA00",
        "0C01000600000000",
        "0C01001601",
        "0C0100020412000009060000000000000F00120000",
    ],
    "",
)

SEGMENTED = (
    0x10,
    [
        (
            "7EA0070321930F017E",
            "7EA01E210373C37A81801205018006013E07040000000108040000000107227E",
        ),
        (
            (
                "7EA02B032110FBAFE6E600601DA109060760857405080102BE10040E01000000065F1F04001C0320FFFF"
                "80AB7E"
            ),
            (
                "7EA0372103306C7CE6E7006128A109060760857405080102A203020100A305A103020100BE0F040D0800"
                "065F1F04001802200960FA000AA87E"
            ),
        ),
        (
            "7EA011032132B73DE6E600050102FA08189E7E",
            (
                "7EA85B2103528868E6E7000C0100018201250204100010122716110309060000F00D00FF02041000E8"
                "122712110709060000F00000FF0204100150122760110409060000F00FFFFF0204100410120003110009"
                "060000616100FF4EF77E"
            ),
        ),
        (
            "7EA00703215111E47E",
            (
                "7EA85121035410D102041048A012000311000906000060F00CFF0204102BC0120008110009060000010000"
                "FF020410C7381200141100090600000D0000FF020410C80012000B1100090600000B0000FF74C67E"
            ),
        ),
    ],
    ["6128A109060760857405080102A203020100A305A103020100BE0F040D0800065F1F04001802200960FA00"],
    "7EA007032171",  # where the log breaks off the next segment is asked for
)


@pytest.mark.parametrize("session", [PLAIN, SEGMENTED])
def test_our_client_says_byte_for_byte_what_was_recorded(session):
    client, exchanges, apdus, begins = session
    link = HdlcLink(Role.CLIENT, Address(client), Address(1), quirks=Quirks(proposes=False))
    (snrm, ua), *rest = [tuple(map(bytes.fromhex, pair)) for pair in exchanges]
    assert link.connect() == snrm
    # By hand from the UA: the meter sends 128 and takes 0x3E bytes, one frame at a time.
    assert link.receive(ua) == [Connected(Parameters(0x3E, 128, 1, 1))]
    heard = []
    for sent, received in rest:
        written = link.outgoing()
        if not written:
            written = link.send(sent[sent.index(LLC) + len(LLC) : -3])
        assert written == sent
        heard += [event.apdu for event in link.receive(received) if isinstance(event, Apdu)]
    assert heard == [bytes.fromhex(apdu) for apdu in apdus]
    assert link.outgoing()[:6] == bytes.fromhex(begins)
