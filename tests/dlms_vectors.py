"""Messages as bytes and as values: published ones, and ones written by hand from the standard.

Sources, by the letter in front of each:
K  Gyozo Kmethy, Examples for DLMS/COSEM information exchange
   (jacobs-master.ru/view/articles/dlmsua/dlmscosem_gyozo_kmethy_example_origin)
G  Green Book (DLMS UA 1000-2, editions 7 and 8), chapter of examples: AARQ and AARE
P  pastebin.com/iKKsDimZ, log of a session with a meter
F  gurux.fi, questions of the forum: comment/10430 (SET), node/20546 (GET), node/24607 (ciphered
   AARQ and AARE of an HPL meter)
H  by hand from the abstract syntax of IEC 62056-5-3, clause "COSEMpdu"; each part commented
"""

from __future__ import annotations

from congto.headend.dlms.apdu.access import ACTION, GET, SET, Access, AccessRequest, AccessResponse
from congto.headend.dlms.apdu.acse import (
    AssociationRequest,
    AssociationResponse,
    Context,
    Diagnostic,
    ReleaseRequest,
    ReleaseResponse,
)
from congto.headend.dlms.apdu.action import (
    ActionAnswerBlock,
    ActionBlock,
    ActionContinue,
    ActionFirstBlock,
    ActionList,
    ActionListResponse,
    ActionNext,
    ActionRequest,
    ActionResponse,
)
from congto.headend.dlms.apdu.blocks import Block
from congto.headend.dlms.apdu.general_block import GeneralBlock
from congto.headend.dlms.apdu.get import (
    GetBlock,
    GetList,
    GetListResponse,
    GetNext,
    GetRequest,
    GetResponse,
)
from congto.headend.dlms.apdu.initiate import (
    ConfirmedServiceError,
    Conformance,
    InitiateRequest,
    InitiateResponse,
)
from congto.headend.dlms.apdu.notices import (
    DataNotification,
    EventNotification,
    ExceptionResponse,
)
from congto.headend.dlms.apdu.references import Reference, Selection
from congto.headend.dlms.apdu.set import (
    SetBlock,
    SetFirstBlock,
    SetList,
    SetListFirstBlock,
    SetListResponse,
    SetNext,
    SetRequest,
    SetResponse,
)
from congto.headend.dlms.data import NULL, Data, array, octets, structure, u8, u16, u32
from congto.headend.dlms.obis import obis
from congto.headend.dlms.tags import Tag

SERVICES_1E1D = Conformance(0x001E1D)
PROPOSED = bytes.fromhex("01000000065F1F040000301DFFFF")  # K
GREEN = bytes.fromhex("01000000065F1F0400007E1F04B0")  # G: 1 200 bytes
GREEN_AGREED = bytes.fromhex("0800065F1F040000501F01F40007")  # G: 500 bytes

ENERGY = Reference(3, obis("1-0:1.8.0*255"), 2)
CLOCK = Reference(8, obis("0-0:1.0.0*255"), 2)
RELAY_OFF = Reference(70, obis("0-0:96.3.10*255"), 1)
NEGATIVE = Reference(70, obis("0-0:96.3.10*255"), -1)  # numbers below 0 are the maker's own

VECTORS: dict[str, tuple[str, object]] = {
    # ACSE
    "K AARQ without security": (
        "601DA109060760857405080101BE10040E01000000065F1F040000301DFFFF",
        AssociationRequest(Context.LOGICAL_NAMES, PROPOSED),
    ),
    "G AARQ without security": (
        "601DA109060760857405080101BE10040E01000000065F1F0400007E1F04B0",
        AssociationRequest(Context.LOGICAL_NAMES, GREEN),
    ),
    "G AARQ with a password": (
        (
            "6036A1090607608574050801018A0207808B0760857405080201AC0A80083132333435363738"
            "BE10040E01000000065F1F0400007E1F04B0"
        ),
        AssociationRequest(Context.LOGICAL_NAMES, GREEN, mechanism=1, secret=b"12345678"),
    ),
    "G AARQ with a challenge": (
        (
            "6036A1090607608574050801018A0207808B0760857405080205AC0A80084B35366956616759"
            "BE10040E01000000065F1F0400007E1F04B0"
        ),
        AssociationRequest(Context.LOGICAL_NAMES, GREEN, mechanism=5, secret=b"K56iVagY"),
    ),
    "F AARQ ciphered, with title and password": (
        (
            "6051A109060760857405080103A60A040848504C37323939388A0207808B0760857405080201"
            "AC12801031313131313131313131313131313131"
            "BE17041521132000000001E9C53132607662DC7A94A61439BF"
        ),
        AssociationRequest(
            Context.LOGICAL_NAMES_CIPHERED,
            bytes.fromhex("21132000000001E9C53132607662DC7A94A61439BF"),
            mechanism=1,
            secret=b"1" * 16,
            title=b"HPL72998",
        ),
    ),
    "G AARE accepted": (
        "6129A109060760857405080101A203020100A305A103020100BE10040E0800065F1F040000501F01F40007",
        AssociationResponse(Context.LOGICAL_NAMES, 0, Diagnostic.NULL, GREEN_AGREED),
    ),
    "G AARE refused: the context": (
        "6129A109060760857405080101A203020101A305A103020102BE10040E0800065F1F040000501F01F40007",
        AssociationResponse(
            Context.LOGICAL_NAMES, 1, Diagnostic.CONTEXT_NOT_SUPPORTED, GREEN_AGREED
        ),
    ),
    "G AARE refused: the version": (
        "611FA109060760857405080101A203020101A305A103020101BE0604040E010601",
        AssociationResponse(
            Context.LOGICAL_NAMES, 1, Diagnostic.NO_REASON, bytes.fromhex("0E010601")
        ),
    ),
    "G AARE with a challenge": (
        (
            "6142A109060760857405080101A203020100A305A10302010E88020780890760857405080205"
            "AA0A8008503677524A323146BE10040E0800065F1F040000501F01F40007"
        ),
        AssociationResponse(
            Context.LOGICAL_NAMES,
            0,
            Diagnostic.AUTHENTICATION_REQUIRED,
            GREEN_AGREED,
            mechanism=5,
            secret=b"P6wRJ21F",
        ),
    ),
    "F AARE ciphered, with title": (
        (
            "613CA109060760857405080103A203020100A305A103020100A40A040848504C000010F447"
            "BE17041528132000000000830705F03594EEE1A96C27CCA051"
        ),
        AssociationResponse(
            Context.LOGICAL_NAMES_CIPHERED,
            0,
            Diagnostic.NULL,
            bytes.fromhex("28132000000000830705F03594EEE1A96C27CCA051"),
            title=bytes.fromhex("48504C000010F447"),
        ),
    ),
    "H RLRQ and nothing else": ("6200", ReleaseRequest(reason=None)),
    "H RLRQ, normal": ("6203800100", ReleaseRequest(0)),
    "H RLRE, normal": ("6303800100", ReleaseResponse(0)),
    # Initiate and its refusal
    "G initiate request with a dedicated key": (
        "01011000112233445566778899AABBCCDDEEFF0000065F1F0400007E1F04B0",
        InitiateRequest(
            Conformance(0x007E1F), 1200, bytes.fromhex("00112233445566778899AABBCCDDEEFF")
        ),
    ),
    "H initiate request: no response, quality 3": (
        "01 00 0100 0103 06 5F1F0400 001E1D 0400",
        InitiateRequest(SERVICES_1E1D, 1024, response_allowed=False, quality=3),
    ),
    "P initiate response": (
        "0800065F1F040000101D03EF0007",
        InitiateResponse(Conformance(0x00101D), 0x03EF),
    ),
    "H initiate response, quality 2": (
        "08 0102 06 5F1F0400 00101D 03EF 0007",
        InitiateResponse(Conformance(0x00101D), 0x03EF, quality=2),
    ),
    "G confirmed service error: initiate, version too low": (
        "0E010601",
        ConfirmedServiceError(1, 6, 1),
    ),
    # GET
    "P GET request": (
        "C001C1000F0000280000FF0200",
        GetRequest(0xC1, Reference(15, obis("0-0:40.0.0*255"), 2)),
    ),
    "F GET request": (
        "C001C1000F0000280000FF0100",
        GetRequest(0xC1, Reference(15, obis("0-0:40.0.0*255"), 1)),
    ),
    "H GET request by entries 1 to 2, all columns": (
        # selector 2: structure of from entry, to entry (double-long-unsigned), from, to column
        "C001C2 0007 0100630100FF 02 01 02 0204 0600000001 0600000002 120001 120000",
        GetRequest(
            0xC2,
            Reference(
                7,
                obis("1-0:99.1.0*255"),
                2,
                Selection(2, structure(u32(1), u32(2), u16(1), u16(0))),
            ),
        ),
    ),
    "H GET next block": ("C002C1 00000001", GetNext(0xC1, 1)),
    "H GET list": (
        "C003C1 02 0003 0100010800FF 02 00 0008 0000010000FF 02 00",
        GetList(0xC1, (ENERGY, CLOCK)),
    ),
    "H GET response": ("C401C1 00 0600000064", GetResponse(0xC1, bytes.fromhex("0600000064"))),
    "H GET response: object-undefined": ("C401C1 01 04", GetResponse(0xC1, None, 4)),
    "H GET block, not the last": (
        "C402C1 00 00000001 00 03 090201",
        GetBlock(0xC1, Block(False, 1, bytes.fromhex("090201"))),
    ),
    "H GET block that ends the transfer: block number invalid": (
        "C402C1 01 00000002 01 13",
        GetBlock(0xC1, Block(True, 2, b""), 19),
    ),
    "H GET list response: a value, a result, a value": (
        "C403C1 03 00 0600000064 01 0B 00 1101",
        GetListResponse(0xC1, (u32(100), 11, u8(1))),
    ),
    # SET
    "F SET request: when a single action runs, each year again": (
        "C101C1 0016 00000F0000FF 04 00 0101 0202 0904100A27FF 090507E10406FF",
        SetRequest(
            0xC1,
            Reference(22, obis("0-0:15.0.0*255"), 4),
            array(
                [structure(octets(bytes.fromhex("100A27FF")), octets(bytes.fromhex("07E10406FF")))]
            ),
        ),
    ),
    "H SET first block": (
        "C102C1 0003 0100010800FF 02 00 00 00000001 02 0900",
        SetFirstBlock(0xC1, ENERGY, Block(False, 1, b"\x09\x00")),
    ),
    "H SET block, the last": (
        "C103C1 01 00000002 02 0102",
        SetBlock(0xC1, Block(True, 2, b"\x01\x02")),
    ),
    "H SET list": (
        "C104C1 02 0003 0100010800FF 02 00 0008 0000010000FF 02 00 02 1101 00",
        SetList(0xC1, (ENERGY, CLOCK), (u8(1), NULL)),
    ),
    "H SET list, first block": (
        "C105C1 01 0003 0100010800FF 02 00 00 00000001 01 01",
        SetListFirstBlock(0xC1, (ENERGY,), Block(False, 1, b"\x01")),
    ),
    "H SET response: read-write-denied": ("C501C1 03", SetResponse(0xC1, 3)),
    "H SET go on": ("C502C1 00000001", SetNext(0xC1, 1)),
    "H SET response after the last block": ("C503C1 00 00000002", SetResponse(0xC1, 0, 2)),
    "H SET list response after the last block": (
        "C504C1 02 00 0C 00000002",
        SetListResponse(0xC1, (0, 12), 2),
    ),
    "H SET list response": ("C505C1 02 00 03", SetListResponse(0xC1, (0, 3))),
    # ACTION
    "H ACTION request": (
        "C301C1 0046 000060030AFF 01 01 0F00",
        ActionRequest(0xC1, RELAY_OFF, Data(Tag.INT8, 0)),
    ),
    "H ACTION request without parameter": (
        "C301C1 0046 000060030AFF FF 00",
        ActionRequest(0xC1, NEGATIVE),
    ),
    "H ACTION next block": ("C302C1 00000001", ActionNext(0xC1, 1)),
    "H ACTION list": (
        "C303C1 02 0046 000060030AFF 01 0046 000060030AFF FF 02 0F00 00",
        ActionList(0xC1, (RELAY_OFF, NEGATIVE), (Data(Tag.INT8, 0), NULL)),
    ),
    "H ACTION first block": (
        "C304C1 0046 000060030AFF 01 00 00000001 01 09",
        ActionFirstBlock(0xC1, RELAY_OFF, Block(False, 1, b"\x09")),
    ),
    "H ACTION block": ("C306C1 01 00000002 01 00", ActionBlock(0xC1, Block(True, 2, b"\x00"))),
    "H ACTION response": ("C701C1 00 00", ActionResponse(0xC1, 0)),
    "H ACTION response with a value": (
        "C701C1 00 01 00 0902ABCD",
        ActionResponse(0xC1, 0, octets(b"\xab\xcd")),
    ),
    "H ACTION response with a result in place of the value": (
        "C701C1 00 01 01 02",
        ActionResponse(0xC1, 0, 2),
    ),
    "H ACTION answer's block": (
        "C702C1 01 00000001 02 0000",
        ActionAnswerBlock(0xC1, Block(True, 1, b"\x00\x00")),
    ),
    "H ACTION list response": (
        "C703C1 02 00 00 03 01 00 1105",
        ActionListResponse(0xC1, ((0, None), (3, u8(5)))),
    ),
    "H ACTION go on": ("C704C1 00000001", ActionContinue(0xC1, 1)),
    # ACCESS
    "H ACCESS request: get, selected get, set, action": (
        (
            "D9 40000001 00 04"
            "01 0003 0100010800FF 02"
            "04 0007 0100630100FF 02 02 00"
            "02 0008 0000010000FF 02"
            "03 0046 000060030AFF 01"
            "04 00 00 1101 0F00"
        ),
        AccessRequest(
            0x40000001,
            b"",
            (
                Access(GET, ENERGY),
                Access(GET, Reference(7, obis("1-0:99.1.0*255"), 2, Selection(2, NULL))),
                Access(SET, CLOCK),
                Access(ACTION, RELAY_OFF),
            ),
            (NULL, NULL, u8(1), Data(Tag.INT8, 0)),
        ),
    ),
    "H ACCESS response": (
        "DA 40000001 00 00 02 0600000064 00 02 0100 0203",
        AccessResponse(0x40000001, b"", (), (u32(100), NULL), ((1, 0), (2, 3))),
    ),
    "H ACCESS response that repeats the request": (
        "DA 40000001 00 01 01 01 0003 0100010800FF 02 01 00 01 0104",
        AccessResponse(0x40000001, b"", (Access(GET, ENERGY),), (NULL,), ((1, 4),)),
    ),
    # Unasked
    "H data notification": (
        "0F 00000001 0C 07EA0B190315000000FE5C00 0202 09060100010800FF 0600000064",
        DataNotification(
            1,
            bytes.fromhex("07EA0B190315000000FE5C00"),
            structure(octets(obis("1-0:1.8.0*255")), u32(100)),
        ),
    ),
    "H event notification": (
        "C2 01 0C 07EA0B190315000000FE5C00 0001 0000600B00FF 02 1101",
        EventNotification(
            bytes.fromhex("07EA0B190315000000FE5C00"),
            Reference(1, obis("0-0:96.11.0*255"), 2),
            u8(1),
        ),
    ),
    "H event notification without time": (
        "C2 00 0001 0000600B00FF 02 1101",
        EventNotification(None, Reference(1, obis("0-0:96.11.0*255"), 2), u8(1)),
    ),
    "H exception: service not allowed, not possible": ("D80101", ExceptionResponse(1, 1)),
    "H exception: the counter that is awaited": (
        "D80206 00000102",
        ExceptionResponse(2, 6, 0x102),
    ),
    # General block transfer: control byte of last, streaming and window
    "H general block, streaming, window 1": (
        "E0 41 0001 0000 02 C401",
        GeneralBlock(last=False, streaming=True, window=1, number=1, answered=0, raw=b"\xc4\x01"),
    ),
    "H general block that only answers": (
        "E0 81 0000 0002 00",
        GeneralBlock(last=True, streaming=False, window=1, number=0, answered=2, raw=b""),
    ),
}
