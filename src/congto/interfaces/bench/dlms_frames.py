"""Whole frames and messages to be broken: what a client and a meter of ours say to each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from congto.headend.dlms.apdu import access, acse, action, get, initiate, notices
from congto.headend.dlms.apdu import set as setting
from congto.headend.dlms.apdu.blocks import Block
from congto.headend.dlms.apdu.general_block import GeneralBlock
from congto.headend.dlms.apdu.references import Reference, Selection
from congto.headend.dlms.association import ALL_SERVICES
from congto.headend.dlms.data import (
    NULL,
    Bits,
    Data,
    array,
    boolean,
    enum,
    i8,
    octets,
    structure,
    u8,
    u16,
    u32,
)
from congto.headend.dlms.encoding import encode
from congto.headend.dlms.hdlc.address import Address
from congto.headend.dlms.hdlc.control import Kind, control_byte
from congto.headend.dlms.hdlc.frame import FLAG_BYTE, Frame
from congto.headend.dlms.hdlc.frame import encode as encode_frame
from congto.headend.dlms.hdlc.segments import FROM_METER, cut
from congto.headend.dlms.obis import obis
from congto.headend.dlms.security.agreement import CurveKeys
from congto.headend.dlms.security.control import BOTH, control_of
from congto.headend.dlms.security.counters import counter_from
from congto.headend.dlms.security.forms import Form
from congto.headend.dlms.security.general import GeneralHeader, Scheme
from congto.headend.dlms.security.keys import KeySet
from congto.headend.dlms.security.protection import Policy, Protection
from congto.headend.dlms.security.signatures import P256, private_key
from congto.headend.dlms.tags import Tag
from congto.headend.dlms.wrapper import wrap

if TYPE_CHECKING:
    from congto.headend.dlms.apdu.messages import Message

CLIENT_TITLE, METER_TITLE = b"CONGTO01", b"SIM\x00\x00\x00\x00\x01"
KEYS = KeySet.of(unicast=bytes(range(16)), authentication=bytes(range(16, 32)))
REGISTER = Reference(3, obis("1-0:1.8.0*255"), 2)
PROFILE = Reference(7, obis("1-0:99.1.0*255"), 2, Selection(2, structure(u32(1), u32(48))))
RELAY = Reference(70, obis("0-0:96.3.10*255"), 1)
TIME = bytes.fromhex("07EA0B190315000000FE5C00")
INVOKE = 0xC1
COMPACT = bytes.fromhex("13 02 03 19 11 12 1E") + (TIME + bytes((0, 1, 2))) * 2
FIELD_BYTES = 128
_ONE, _OTHER, EPHEMERAL = (private_key(P256, bytes(range(n, n + 32))) for n in (1, 2, 3))
METER_KEYS = CurveKeys(_ONE, _OTHER.public_key(), _ONE, _OTHER.public_key())
CLIENT_KEYS = CurveKeys(_OTHER, _ONE.public_key(), _OTHER, _ONE.public_key())


def rows(count: int) -> Data:
    """Return the buffer of a load profile."""
    return array([structure(octets(TIME), u8(0), u32(n), u16(n)) for n in range(count)])


def values() -> list[bytes]:
    """Return encoded values of every tag, alone and in containers."""
    plain = [
        NULL,
        boolean(value=True),
        Data(Tag.BIT_STRING, Bits(11, 0x2A5)),
        octets(bytes(200)),
        Data(Tag.VISIBLE_STRING, "Công tơ".encode().decode("latin-1")),
        Data(Tag.UTF8_STRING, "Công tơ"),
        Data(Tag.FLOAT32, 1.5),
        Data(Tag.FLOAT64, 1.5),
        Data(Tag.DATE_TIME, TIME),
        Data(Tag.DATE, TIME[:5]),
        Data(Tag.TIME, TIME[5:9]),
        Data(Tag.INT64, -1),
        Data(Tag.DELTA_INT16, -1),
        i8(-1),
        enum(30),
    ]
    return [*map(encode, plain), encode(structure(*plain)), encode(rows(8)), COMPACT]


def pushes() -> list[bytes]:
    """Return pushes of every layout that needs no maker's list."""
    code, unit = octets(REGISTER.name), structure(i8(0), enum(30))
    descriptor = structure(u16(3), code, i8(2), u16(0))
    layouts = [
        array([structure(code, u32(1), unit), structure(code, u32(2))]),
        structure(octets(TIME), code, u32(1), unit, code, u32(2)),
        structure(array([descriptor, descriptor]), u32(1), u32(2)),
        structure(Data(Tag.VISIBLE_STRING, "KFM_001"), *[u32(1)] * 12),
    ]
    bare = bytes.fromhex("0F00000001000202160101 02 0202 0003") + REGISTER.name
    return [notices.DataNotification(1, TIME, one).encode() for one in layouts] + [
        bare + b"\x02" + encode(u32(1)) + b"\x02\x02\x00\x03" + REGISTER.name + b"\x02\x00"
    ]


def messages() -> list[Message]:
    """Return a message of every kind."""
    block, steps = Block(False, 1, bytes(100)), (access.Access(access.GET, REGISTER),)
    return [
        *_associations(),
        get.GetRequest(INVOKE, PROFILE),
        get.GetNext(INVOKE, 1),
        get.GetList(INVOKE, (REGISTER, PROFILE)),
        get.GetResponse(INVOKE, encode(rows(8))),
        get.GetResponse(INVOKE, encode(u32(1))),
        get.GetResponse(INVOKE, None, 3),
        get.GetBlock(INVOKE, block),
        get.GetListResponse(INVOKE, (u32(1), 3, rows(2))),
        setting.SetRequest(INVOKE, REGISTER, rows(2)),
        setting.SetFirstBlock(INVOKE, REGISTER, block),
        setting.SetBlock(INVOKE, block),
        setting.SetList(INVOKE, (REGISTER, PROFILE), (u32(1), NULL)),
        setting.SetListFirstBlock(INVOKE, (REGISTER,), block),
        setting.SetResponse(INVOKE, 0, 1),
        setting.SetNext(INVOKE, 1),
        setting.SetListResponse(INVOKE, (0, 3)),
        action.ActionRequest(INVOKE, RELAY, i8(0)),
        action.ActionList(INVOKE, (RELAY,), (i8(0),)),
        action.ActionFirstBlock(INVOKE, RELAY, block),
        action.ActionBlock(INVOKE, block),
        action.ActionResponse(INVOKE, 0, octets(bytes(16))),
        action.ActionAnswerBlock(INVOKE, block),
        action.ActionListResponse(INVOKE, ((0, u32(1)), (3, None))),
        access.AccessRequest(1, TIME, steps, (NULL,)),
        access.AccessResponse(1, TIME, steps, (u32(1),), ((1, 0),)),
        notices.DataNotification(1, TIME, rows(4)),
        notices.EventNotification(TIME, REGISTER, u32(1)),
        notices.ExceptionResponse(2, 6, 77),
        initiate.ConfirmedServiceError(1, 6, 1),
        GeneralBlock(False, True, 2, 1, 0, bytes(50)),
    ]


def _associations() -> list[Message]:
    request = initiate.InitiateRequest(ALL_SERVICES, 1024, bytes(16))
    response = initiate.InitiateResponse(ALL_SERVICES, 1024)
    return [
        request,
        response,
        acse.AssociationRequest(3, request.encode(), 5, bytes(16), CLIENT_TITLE),
        acse.AssociationResponse(
            3, 0, 14, response.encode(), title=METER_TITLE, mechanism=5, secret=bytes(16)
        ),
        acse.ReleaseRequest(0, request.encode()),
        acse.ReleaseResponse(0),
    ]


def apdus(*, protected: bool) -> list[bytes]:
    """Return the messages as bytes, plain or under the keys in two forms."""
    plain = [one.encode() for one in messages()]
    if not protected:
        return plain + pushes()
    counter = counter_from(1)
    forms = (Form.SERVICE_GLOBAL, Form.GENERAL_GLOBAL, Form.GENERAL)
    return [
        Protection(METER_TITLE, KEYS, counter, form, recipient=CLIENT_TITLE).protect(one)
        for one in plain
        for form in forms
    ]


def proved_apdus() -> list[bytes]:
    """Return messages of suite 1: signed, and under keys agreed on in both ways."""
    counter = counter_from(1)
    signs = Policy(control_of(BOTH.byte | 1), signed=True)
    plain = [one.encode() for one in messages()]
    found = [
        Protection(
            METER_TITLE, KEYS, counter, form, policy, recipient=CLIENT_TITLE, curve_keys=METER_KEYS
        ).protect(one)
        for one in plain
        for form, policy in (
            (Form.SERVICE_GLOBAL, signs),
            (Form.GENERAL, replace(signs, scheme=Scheme.STATIC, signed=False)),
        )
    ]
    header, key = METER_KEYS.offered(GeneralHeader(b"", METER_TITLE, CLIENT_TITLE), EPHEMERAL)
    sealing = Protection(METER_TITLE, KEYS, counter, policy=replace(signs, signed=False))
    return [*found, *(sealing.protect_under(header, key, one) for one in plain)]


def prover(*, signed: bool) -> Protection:
    """Return what receives them."""
    policy = Policy(control_of(BOTH.byte | 1), signed=signed)
    return Protection(CLIENT_TITLE, KEYS, counter_from(1), policy=policy, curve_keys=CLIENT_KEYS)


def hdlc_frames(messages_: list[bytes]) -> list[bytes]:
    """Return messages in frames from a meter, cut where they are long."""
    found = []
    for apdu in messages_:
        frames = [
            Frame(
                Address(16),
                Address(1),
                control_byte(Kind.INFORMATION, poll=not more, sent=at & 7),
                field,
                more,
            )
            for at, (field, more) in enumerate(cut(FROM_METER + apdu, FIELD_BYTES))
        ]
        found.append(b"".join(FLAG_BYTE + encode_frame(one) + FLAG_BYTE for one in frames))
    return found


def wrapper_frames(messages_: list[bytes]) -> list[bytes]:
    """Return messages in the wrapper."""
    return [wrap(1, 16, apdu) for apdu in messages_]
