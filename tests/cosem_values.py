"""Values of COSEM attributes and parameters, as bytes and as they are meant.

F  gurux.fi, question of the forum, comment/10430: when a single action runs
H  by hand from the class in the Blue Book; each part in its place
"""

from congto.headend.cosem.classes.activity_calendar import (
    ActivityCalendar,
    Day,
    DayAction,
)
from congto.headend.cosem.classes.association import (
    AccessRights,
    Association,
    AttributeAccess,
    ListedObject,
    MethodAccess,
    NameParts,
    Partners,
    Services,
)
from congto.headend.cosem.classes.clock import Clock, Preset
from congto.headend.cosem.classes.disconnect_control import (
    ControlMode,
    ControlState,
    DisconnectControl,
)
from congto.headend.cosem.classes.image_transfer import (
    ImageBlock,
    ImageToActivate,
    ImageTransfer,
    ImageTransferStatus,
    Initiation,
)
from congto.headend.cosem.classes.limiter import (
    Actions,
    EmergencyProfile,
    Limiter,
    MonitoredValue,
)
from congto.headend.cosem.classes.moments import UNSPECIFIED, CosemDate, CosemTime
from congto.headend.cosem.classes.parts import CaptureObject, ObjectName, ScalerUnit, Script
from congto.headend.cosem.classes.profile_generic import (
    ProfileGeneric,
    SortMethod,
)
from congto.headend.cosem.classes.push_setup import Destination, PushSetup, Transport, Window
from congto.headend.cosem.classes.register_activation import Mask, RegisterActivation
from congto.headend.cosem.classes.registers import DemandRegister, ExtendedRegister, Register
from congto.headend.cosem.classes.sap_assignment import AssignedSap, SapAssignment
from congto.headend.cosem.classes.schedule import (
    EntriesDeleted,
    EntriesEnabled,
    Schedule,
    ScheduleEntry,
)
from congto.headend.cosem.classes.script_table import (
    ActionSpecification,
    ScriptEntry,
    ScriptTable,
    Service,
)
from congto.headend.cosem.classes.security_setup import (
    Certificate,
    CertificateEntity,
    CertificateType,
    SecuritySetup,
    SecuritySuite,
    WrappedKey,
)
from congto.headend.cosem.classes.single_action_schedule import (
    ExecutionTime,
    ScheduleType,
    SingleActionSchedule,
)
from congto.headend.cosem.classes.special_days import SpecialDay, SpecialDays
from congto.headend.dlms.data import Bits, octets, u32
from congto.headend.dlms.datetimes import CosemClock
from congto.headend.dlms.obis import obis
from congto.headend.dlms.security.wrap import KeyId

CLOCK, TOTAL = obis("0-0:1.0.0*255"), obis("1-0:1.8.0*255")
SCRIPTS = obis("0-0:10.0.100*255")
STAMP = CaptureObject(8, CLOCK, 2)
OF_CLOCK = "0204 120008 09060000010000FF 0F02 120000"
NOON = CosemClock(2026, 11, 25, 3, 12, 0, 0, 0, -420, 0)
NOON_HEX = "090C 07EA0B19030C000000FE5C00"
NEVER_HEX = "090C FFFFFFFFFFFFFFFFFF8000FF"

ATTRIBUTES = {
    "H clock, time": (Clock.time, NOON_HEX, NOON),
    "H clock, zone of Viet Nam": (Clock.time_zone, "10 FE5C", -420),
    "H clock, the hour is not changed": (Clock.daylight_savings_begin, NEVER_HEX, UNSPECIFIED),
    "H register, hundreds of Wh": (Register.scaler_unit, "0202 0F02 161E", ScalerUnit(2, 30)),
    "H extended register, time": (ExtendedRegister.capture_time, NOON_HEX, NOON),
    "H demand register, half an hour": (DemandRegister.period, "06 00000708", 1800),
    "H register activation": (
        RegisterActivation.register_assignment,
        "0101 0202 120003 0906 0100010800FF",
        (ObjectName(3, TOTAL),),
    ),
    "H masks": (
        RegisterActivation.mask_list,
        "0101 0202 090101 0102 1101 1103",
        (Mask(b"\x01", (1, 3)),),
    ),
    "H profile, columns": (ProfileGeneric.capture_objects, f"0101 {OF_CLOCK}", (STAMP,)),
    "H profile, order": (ProfileGeneric.sort_method, "1602", SortMethod.LIFO),
    "H scripts": (
        ScriptTable.scripts,
        "0101 0202 120001 0101 0205 1601 120006 0906 00000E0000FF 0F04 090102",
        (
            ScriptEntry(
                1,
                (
                    ActionSpecification(
                        Service.WRITE_ATTRIBUTE, 6, obis("0-0:14.0.0*255"), 4, octets(b"\x02")
                    ),
                ),
            ),
        ),
    ),
    # Monday to Friday: the first five of seven bits
    "H schedule": (
        Schedule.entries,
        (
            "0101 020A 120001 0301 0906 00000A0064FF 120002 0904 06000000 12001E 0407 F8 0400"
            " 0905 07EA0101FF 0905 FFFF0C1FFF"
        ),
        (
            ScheduleEntry(
                1,
                True,
                SCRIPTS,
                2,
                CosemTime(6, 0),
                30,
                0b1111100,
                Bits(0, 0),
                CosemDate(2026, 1, 1),
                CosemDate.each_year(12, 31),
            ),
        ),
    ),
    "H special days: 2 September of every year": (
        SpecialDays.entries,
        "0101 0203 120001 0905 FFFF0902FF 1103",
        (SpecialDay(1, CosemDate.each_year(9, 2), 3),),
    ),
    "H object list, version 1": (
        Association.object_list,
        (
            "0101 0204 120046 1100 0906 000060030AFF"
            " 0202 0102 0203 0F01 1601 00 0203 0F02 1601 0101 0F01 0101 0202 0F01 1601"
        ),
        (
            ListedObject(
                70,
                0,
                obis("0-0:96.3.10*255"),
                AccessRights(
                    (AttributeAccess(1, 1, None), AttributeAccess(2, 1, (1,))),
                    (MethodAccess(1, 1),),
                ),
            ),
        ),
    ),
    "H object list, version 0: methods by Booleans": (
        Association.object_list,
        "0101 0204 120046 1100 0906 000060030AFF 0202 0100 0102 0202 0F01 0301 0202 0F02 0300",
        (
            ListedObject(
                70,
                0,
                obis("0-0:96.3.10*255"),
                AccessRights((), (MethodAccess(1, True), MethodAccess(2, False))),
            ),
        ),
    ),
    "H partners": (Association.associated_partners_id, "0202 0F01 120001", Partners(1, 1)),
    "H context by its octets": (
        Association.application_context_name,
        "0907 60857405080101",
        bytes.fromhex("60857405080101"),
    ),
    "H context by its numbers": (
        Association.application_context_name,
        "0207 1102 1110 1202F4 1105 1108 1101 1101",
        NameParts(2, 16, 756, 5, 8, 1, 1),
    ),
    "H services": (
        Association.xdlms_context_info,
        "0206 0418 001E1D 120400 120400 1106 0F00 0900",
        Services(0x001E1D, 1024, 1024, 6, 0, b""),
    ),
    "H logical devices": (
        SapAssignment.sap_assignment_list,
        "0101 0202 120001 0903 41424D",
        (AssignedSap(1, b"ABM"),),
    ),
    "H image, blocks that came": (
        ImageTransfer.image_transferred_blocks_status,
        "040A FFC0",
        Bits(10, 0b1111111111),
    ),
    "H image, status": (
        ImageTransfer.image_transfer_status,
        "1603",
        ImageTransferStatus.VERIFICATION_SUCCESSFUL,
    ),
    "H image to activate": (
        ImageTransfer.image_to_activate_info,
        "0101 0203 0600001000 090141 0900",
        (ImageToActivate(4096, b"A", b""),),
    ),
    # The bands of Viet Nam on a Sunday: off-peak until 4:00, then normal
    "H day profiles": (
        ActivityCalendar.day_profile_table_passive,
        (
            "0101 0202 1102 0102"
            " 0203 0904 00000000 0906 00000A0064FF 120003"
            " 0203 0904 04000000 0906 00000A0064FF 120001"
        ),
        (Day(2, (DayAction(CosemTime(0, 0), SCRIPTS, 3), DayAction(CosemTime(4, 0), SCRIPTS, 1))),),
    ),
    "H calendar, when it is activated": (
        ActivityCalendar.activate_passive_calendar_time,
        NOON_HEX,
        NOON,
    ),
    "H script of a single action": (
        SingleActionSchedule.executed_script,
        "0202 0906 00000A006BFF 120001",
        Script(obis("0-0:10.0.107*255"), 1),
    ),
    "H type of a single action": (
        SingleActionSchedule.type,
        "1601",
        ScheduleType.ONE_DATE_OPEN,
    ),
    # 16:10:39, and 4 June 2017, a day whose weekday the meter's owner wrote as 6
    "F when a single action runs": (
        SingleActionSchedule.execution_time,
        "0101 0202 0904100A27FF 090507E10406FF",
        (ExecutionTime(CosemTime(16, 10, 39, 0xFF), CosemDate(2017, 4, 6)),),
    ),
    "H where a push goes": (
        PushSetup.send_destination_and_method,
        "0203 1601 090D 31302E302E302E313A34303539 1600",
        Destination(Transport.UDP, b"10.0.0.1:4059", 0),
    ),
    "H when a push goes": (
        PushSetup.communication_window,
        f"0101 0202 {NEVER_HEX} {NOON_HEX}",
        (Window(UNSPECIFIED, NOON),),
    ),
    "H suite": (SecuritySetup.security_suite, "1600", SecuritySuite.AES_GCM_128),
    "H certificates": (
        SecuritySetup.certificates,
        "0101 0206 1601 1600 090101 090141 090142 0900",
        (
            Certificate(
                CertificateEntity.CLIENT,
                CertificateType.DIGITAL_SIGNATURE,
                b"\x01",
                b"A",
                b"B",
                b"",
            ),
        ),
    ),
    "H relay": (DisconnectControl.output_state, "0301", True),
    "H relay, state": (
        DisconnectControl.control_state,
        "1602",
        ControlState.READY_FOR_RECONNECTION,
    ),
    "H relay, mode": (DisconnectControl.control_mode, "1604", ControlMode.REMOTE_DIRECT),
    "H limiter, what is watched": (
        Limiter.monitored_value,
        "0203 120003 0906 0100010700FF 0F02",
        MonitoredValue(3, obis("1-0:1.7.0*255"), 2),
    ),
    "H limiter, threshold of the value's own type": (
        Limiter.threshold_normal,
        "06 000015E0",
        u32(5600),
    ),
    "H limiter, emergency": (
        Limiter.emergency_profile,
        f"0203 120001 {NOON_HEX} 0600000E10",
        EmergencyProfile(1, NOON, 3600),
    ),
    "H limiter, actions": (
        Limiter.actions,
        "0202 0202 0906 00000A006AFF 120001 0202 0906 00000A006AFF 120002",
        Actions(Script(obis("0-0:10.0.106*255"), 1), Script(obis("0-0:10.0.106*255"), 2)),
    ),
}

PARAMETERS = {
    "H shift the clock back": (Clock.shift_time, "10 FFE2", -30),
    "H preset the clock": (
        Clock.preset_adjusting_time,
        f"0203 {NOON_HEX} {NOON_HEX} {NOON_HEX}",
        Preset(NOON, NOON, NOON),
    ),
    "H open the relay": (DisconnectControl.remote_disconnect, "0F00", None),
    "H activate the calendar": (ActivityCalendar.activate_passive_calendar, "0F00", None),
    "H execute script 2": (ScriptTable.execute, "120002", 2),
    "H enable entries": (
        Schedule.enable_disable,
        "0204 120000 120000 120001 120003",
        EntriesEnabled(0, 0, 1, 3),
    ),
    "H delete entries": (Schedule.delete, "0202 120001 120002", EntriesDeleted(1, 2)),
    "H add a special day": (
        SpecialDays.insert,
        "0203 120002 0905 07EA0211FF 1103",
        SpecialDay(2, CosemDate(2026, 2, 17), 3),
    ),
    "H image to come": (
        ImageTransfer.image_transfer_initiate,
        "0202 090141 0600001000",
        Initiation(b"A", 4096),
    ),
    "H block of an image": (
        ImageTransfer.image_block_transfer,
        "0202 0600000001 09020102",
        ImageBlock(1, b"\x01\x02"),
    ),
    "H a new key, wrapped": (
        SecuritySetup.key_transfer,
        "0101 0202 1602 0902ABCD",
        (WrappedKey(KeyId.AUTHENTICATION, b"\xab\xcd"),),
    ),
    "H a new password": (Association.change_hls_secret, "0903 414243", b"ABC"),
}
