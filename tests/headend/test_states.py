"""The state table, every state with every message from either side.

By hand from the Green Book: state machines of client and server (clause 9.4.1, Figures 72 and 73),
the confirmed services (9.3), pushes and events at any time (9.3.10, 9.3.11), general block transfer
around any message (9.3.13).
"""

import pytest

from congto.headend.dlms.apdu.acse import AssociationResponse
from congto.headend.dlms.connection import Connection, Side, State
from congto.headend.dlms.faults import DlmsError, Fault
from dlms_vectors import VECTORS

EXAMPLES = {type(message).__name__: message for _, message in VECTORS.values()}
EXAMPLES["AssociationResponse"] = VECTORS["G AARE accepted"][1]

ASKING = [
    "GetRequest",
    "GetNext",
    "GetList",
    "SetRequest",
    "SetFirstBlock",
    "SetBlock",
    "SetList",
    "SetListFirstBlock",
    "ActionRequest",
    "ActionNext",
    "ActionList",
    "ActionFirstBlock",
    "ActionBlock",
    "AccessRequest",
]
ANSWERING = [
    "GetResponse",
    "GetBlock",
    "GetListResponse",
    "SetResponse",
    "SetNext",
    "SetListResponse",
    "ActionResponse",
    "ActionAnswerBlock",
    "ActionListResponse",
    "ActionContinue",
    "AccessResponse",
]
REFUSING = ["ExceptionResponse", "ConfirmedServiceError"]
UNASKED = ["DataNotification", "EventNotification"]

FROM_CLIENT = {
    "closed": {"AssociationRequest": "opening"},
    "opening": {},
    "challenged": {"ActionRequest": "proving", "ReleaseRequest": "releasing"},
    "proving": {},
    "open": {**dict.fromkeys(ASKING, "asked"), "ReleaseRequest": "releasing"},
    "asked": {"ReleaseRequest": "releasing"},
    "releasing": {},
}
FROM_METER = {
    "closed": {},
    "opening": {"AssociationResponse": "open", **dict.fromkeys(REFUSING, "closed")},
    "challenged": {},
    "proving": {"ActionResponse": "open", **dict.fromkeys(REFUSING, "closed")},
    "open": {},
    "asked": dict.fromkeys([*ANSWERING, *REFUSING], "open"),
    "releasing": {"ReleaseResponse": "closed", **dict.fromkeys(REFUSING, "closed")},
}
for _state in FROM_METER:
    FROM_METER[_state] |= dict.fromkeys(UNASKED, _state)
    FROM_METER[_state] |= {"GeneralBlock": _state}
    FROM_CLIENT[_state] |= {"GeneralBlock": _state}
    # Initiate travels inside the association messages only.

PAIRS = [(state, name) for state in FROM_CLIENT for name in EXAMPLES]


@pytest.mark.parametrize("way", ["sent", "received"])
@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize(("state", "name"), PAIRS)
def test_a_state_takes_what_the_standard_says_and_nothing_else(side, way, state, name):
    connection = Connection(side)
    connection.state = State(state)
    speaks = side is Side.CLIENT if way == "sent" else side is Side.METER
    expected = (FROM_CLIENT if speaks else FROM_METER)[state].get(name)
    message = EXAMPLES[name]
    act = connection.send if way == "sent" else connection.receive
    given = message if way == "sent" else message.encode()
    if expected is None:
        with pytest.raises(DlmsError) as refused:
            act(given)
        assert refused.value.fault is Fault.UNEXPECTED
        assert connection.state == state
    else:
        act(given)
        assert connection.state == expected


def test_states_and_messages_are_all_in_the_table():
    assert set(FROM_CLIENT) == {state.value for state in State}
    assert len(EXAMPLES) == 4 + 14 + 11 + 2 + 2 + 1 + 2  # ACSE ... general block, initiate


@pytest.mark.parametrize(
    ("vector", "state"),
    [
        ("G AARE accepted", "open"),
        ("G AARE with a challenge", "challenged"),
        ("G AARE refused: the context", "closed"),
        ("G AARE refused: the version", "closed"),
    ],
)
def test_the_answer_to_an_association_request_leads_on(vector, state):
    written, message = VECTORS[vector]
    assert isinstance(message, AssociationResponse)
    client, meter = Connection(Side.CLIENT), Connection(Side.METER)
    client.state = meter.state = State.OPENING
    client.receive(bytes.fromhex(written))
    meter.send(message)
    assert (client.state, meter.state) == (state, state)
