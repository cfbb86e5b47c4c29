"""What our classes write, a foreign client reads: gurux-dlms, in an environment of its own."""

import asyncio
from datetime import date, time

from congto.headend.cosem.classes.activity_calendar import (
    ActivityCalendar,
    Day,
    DayAction,
    Season,
    Week,
)
from congto.headend.cosem.classes.exchange import act, write
from congto.headend.cosem.classes.image_transfer import ImageBlock, ImageTransfer, Initiation
from congto.headend.cosem.classes.limiter import Actions, EmergencyProfile, Limiter
from congto.headend.cosem.classes.moments import (
    UNSPECIFIED,
    CosemDate,
    CosemTime,
    each_year,
)
from congto.headend.cosem.classes.parts import CaptureObject, Script
from congto.headend.cosem.classes.push_setup import Destination, PushSetup, Transport, Window
from congto.headend.cosem.classes.single_action_schedule import (
    ExecutionTime,
    SingleActionSchedule,
)
from congto.headend.cosem.classes.special_days import SpecialDay, SpecialDays
from congto.headend.dlms.data import u32
from congto.headend.dlms.obis import obis
from congto.headend.simulator.fleet import Secured
from witnesses import METER, asked, interpreter
from world_simulator import World

RATES, RELAY = obis("0-0:10.0.100*255"), obis("0-0:10.0.106*255")
SPRING = UNSPECIFIED._replace(year=2027, month=3, day=1, hour=6, minute=30, second=0)


RATES_TEXT, RELAY_TEXT, TOTAL_TEXT = "0.0.10.0.100.255", "0.0.10.0.106.255", "1.0.1.8.0.255"
UNDERSTOOD = {
    "11": {"entries": [{"index": 5, "date": "02/06/27", "dayId": 1}]},
    "18": {
        "imageTransferredBlocksStatus": "101",
        "imageFirstNotTransferredBlockNumber": 1,
        "imageTransferStatus": 1,
    },
    "20": {
        "calendarNamePassive": "NEW",
        "seasonProfilePassive": [{"name": "41", "start": "03/01", "weekName": "57"}],
        "weekProfileTablePassive": [
            {
                "name": "57",
                **dict.fromkeys(("monday", "wednesday", "friday"), 1),
                **dict.fromkeys(("tuesday", "thursday", "saturday"), 2),
                "sunday": 3,
            }
        ],
        "dayProfileTablePassive": [
            {
                "dayId": 1,
                "daySchedules": [
                    {
                        "startTime": f"{start}:00:000000",
                        "scriptLogicalName": RATES_TEXT,
                        "scriptSelector": rate,
                    }
                    for start, rate in (("00:00", 3), ("09:30", 1))
                ],
            },
            {"dayId": 2, "daySchedules": []},
        ],
    },
    "22": {"executionTime": ["12/01/26 02:15:00:000000"]},
    "40": {
        "communicationWindow": [["03/01/27 06:30:00", "03/01/27 08:30:00"]],
        "service": 1,
        "message": 1,
        "destination": "10.0.0.1:4059",
        "randomisationStartInterval": 300,
        "numberOfRetries": 2,
        "repetitionDelay": 90,
    },
    "71": {
        "thresholdNormal": 5600,
        "minOverThresholdDuration": 45,
        "emergencyProfile": {"id": 9, "activationTime": "03/01/27 06:30:00", "duration": 3600},
        "emergencyProfileGroupIDs": [4, 500],
        "actionOverThreshold": {"logicalName": RELAY_TEXT, "scriptSelector": 1},
        "actionUnderThreshold": {"logicalName": RATES_TEXT, "scriptSelector": 2},
    },
}


def written(session):
    """Write what a meter keeps as it comes."""
    client = session.client
    calendar, days = ActivityCalendar(obis("0-0:13.0.0*255")), SpecialDays(obis("0-0:11.0.0*255"))
    limiter, push = Limiter(obis("0-0:17.0.0*255")), PushSetup(obis("0-0:25.9.0*255"))
    action = SingleActionSchedule(obis("0-0:15.0.2*255"))
    actions = (
        DayAction(CosemTime(0, 0), RATES, 3),
        DayAction(CosemTime.of(time(9, 30)), RATES, 1),
    )
    for changed, attribute, value in (
        (calendar, calendar.calendar_name_passive, b"NEW"),
        (calendar, calendar.season_profile_passive, (Season(b"A", each_year(3, 1), b"W"),)),
        (calendar, calendar.week_profile_table_passive, (Week(b"W", 1, 2, 1, 2, 1, 2, 3),)),
        (calendar, calendar.day_profile_table_passive, (Day(1, actions), Day(2, ()))),
        (limiter, limiter.threshold_normal, u32(5600)),
        (limiter, limiter.min_over_threshold_duration, 45),
        (limiter, limiter.emergency_profile, EmergencyProfile(9, SPRING, 3600)),
        (limiter, limiter.emergency_profile_group_id_list, (4, 500)),
        (limiter, limiter.actions, Actions(Script(RELAY, 1), Script(RATES, 2))),
        (push, push.push_object_list, (CaptureObject(3, obis("1-0:1.8.0*255"), 2, 7),)),
        (push, push.send_destination_and_method, Destination(Transport.UDP, b"10.0.0.1:4059", 1)),
        (push, push.communication_window, (Window(SPRING, SPRING._replace(hour=8)),)),
        (push, push.randomisation_start_interval, 300),
        (push, push.number_of_retries, 2),
        (push, push.repetition_delay, 90),
        (
            action,
            action.execution_time,
            (ExecutionTime(CosemTime(2, 15), CosemDate(2026, 12, 1)),),
        ),
    ):
        session.do(write(client, changed, attribute, value))
    session.do(act(client, days, days.insert, SpecialDay(5, CosemDate.of(date(2027, 2, 6)), 1)))
    image = ImageTransfer(obis("0-0:44.0.0*255"))
    session.do(act(client, image, image.image_transfer_initiate, Initiation(b"CONGTO-SIM-2", 600)))
    for number, size in ((0, 256), (2, 88)):
        block = ImageBlock(number, bytes(size))
        session.do(act(client, image, image.image_block_transfer, block))


def test_gurux_reads_what_our_classes_write():
    python = interpreter("CONGTO_BENCH_GURUX")
    world = World(secured=Secured.NONE)
    session = world.visit(METER)
    written(session)
    session.release()
    found = asyncio.run(asked(world, python, "classes_with_gurux.py", hdlc=False))
    # Its names and its way of writing times (month first); numbers as they were written above.
    for number, told in UNDERSTOOD.items():
        assert {key: found[number][key] for key in told} == told
    assert [found["6"]["maskList"], found["17"]["sapAssignmentList"]] == [
        [["01", [1, 2]], ["02", [1, 3]], ["03", [1, 4]]],
        [[1, "SIM0070000005"]],
    ]
    (pushed,) = found["40"]["pushObjectList"]
    assert (pushed[0], pushed[1]["attributeIndex"], pushed[1]["dataIndex"]) == (TOTAL_TEXT, 2, 7)
