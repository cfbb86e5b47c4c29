"""What a meter tells becomes a draft of its model's profile; what it does not tell is to check."""

import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from congto.headend.cosem.classes.association import (
    AccessRights,
    Association,
    AttributeAccess,
    ListedObject,
    MethodAccess,
)
from congto.headend.cosem.classes.parts import CaptureObject, ScalerUnit
from congto.headend.cosem.classes.profile_generic import ProfileGeneric
from congto.headend.cosem.classes.registers import Register
from congto.headend.dlms.apdu.initiate import Conformance
from congto.headend.dlms.apdu.references import Reference
from congto.headend.dlms.apdu.results import AccessResult
from congto.headend.dlms.association import ALL_SERVICES
from congto.headend.dlms.client import AccessRefusedError, Client, Settings
from congto.headend.dlms.data import Data, array, octets, structure, u8, u32
from congto.headend.dlms.datetimes import CosemClock, clock, clock_of
from congto.headend.dlms.encoding import encode
from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.hdlc.parameters import Quirks
from congto.headend.dlms.meter import MeterAssociation, Offer
from congto.headend.dlms.obis import obis
from congto.headend.dlms.tags import Tag
from congto.headend.profiles.discovery import discover
from congto.headend.profiles.draft import draft_text, profile_text
from congto.headend.profiles.loader import load_profile, profile_names
from congto.headend.profiles.model import (
    Counted,
    Deviation,
    Framing,
    Kind,
    Link,
    Parts,
    Stamp,
    Unit,
)
from congto.vocabulary.events import MeterEvent
from congto.vocabulary.groups import Register as Rate
from congto.vocabulary.intervals import Channel, Status
from world_simulator import World

EXAMPLES = int(os.environ.get("CONGTO_EXAMPLES", "100"))
ON = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 3, 10, 17, tzinfo=UTC)
LAST = datetime(2026, 11, 25, 3, tzinfo=UTC)  # 10:00 in Viet Nam: the last half-hour ended
GENERIC = load_profile("generic")
ASSOCIATION, CLOCK = obis("0-0:40.0.0*255"), obis("0-0:1.0.0*255")
LOAD, NAME, STATUS = obis("1-0:99.1.0*255"), obis("0-0:42.0.0*255"), obis("0-0:96.10.1*255")
TOTAL, PEAK, REACTIVE = obis("1-0:1.8.0*255"), obis("1-0:1.8.2*255"), obis("1-0:3.8.0*255")
GIVEN = obis("1-0:4.8.0*255")
ENERGY, EXPORT = obis("1-0:1.29.0*255"), obis("1-0:2.29.0*255")
COUNTER = obis("0-0:43.1.3*255")
STAMP = CaptureObject(8, CLOCK, 2)


class Shown:
    """A meter by what it shows: values by class, name and attribute; refused if not there.

    Attributes:
        takes: says which bounds of a range are taken. stamps: of the rows there are.
    """

    def __init__(self) -> None:
        self.values = {}
        self.listed = {}
        self.takes = lambda _bound: True
        self.stamps = [LAST - timedelta(minutes=30 * back) for back in range(4)]
        self.show(1, NAME, {2: octets(b"ABC670001234")})
        self.show(8, CLOCK, {2: octets(clock_of(NOW, 420).octets())})
        for name, unit in ((TOTAL, 30), (PEAK, 30), (REACTIVE, 32), (ENERGY, 30), (EXPORT, 30)):
            self.register(name, 0, unit)
        self.load(STAMP, CaptureObject(1, STATUS, 2), CaptureObject(3, ENERGY, 2))

    def show(self, class_id, name, values, version=0):
        rights = tuple(AttributeAccess(number, 1, None) for number in (1, *values))
        methods = (MethodAccess(1, 1), MethodAccess(2, 0))
        self.listed[name] = ListedObject(class_id, version, name, AccessRights(rights, methods))
        self.values |= {(class_id, name, number): value for number, value in values.items()}

    def register(self, name, scaler, unit):
        told = Register.scaler_unit.data(ScalerUnit(scaler, unit))
        self.show(3, name, {2: u32(5), 3: told})

    def load(self, *columns, name=LOAD, period=1800, sorted_by=STAMP):
        profile = ProfileGeneric(name)
        told = {2: None, 3: profile.capture_objects.data(columns), 4: u32(period), 8: u32(1500)}
        if sorted_by is not None:
            told[6] = profile.sort_object.data(sorted_by)
        self.show(7, name, told, version=1)

    def get(self, reference):
        if (reference.class_id, reference.number) == (15, 2):
            return encode(Association.object_list.data(tuple(self.listed.values())))
        value = self.values.get((reference.class_id, reference.name, reference.number))
        if (reference.class_id, reference.number) == (7, 2):
            return self.rows(reference.selection)
        return AccessResult.OBJECT_UNDEFINED if value is None else encode(value)

    def rows(self, selection):
        _, *bounds, _ = selection.parameter.items
        first, last = (clock(bound.octets) for bound in bounds)
        if not self.takes(first):
            return AccessResult.SCOPE_OF_ACCESS_VIOLATED
        span = (first.instant(420), last.instant(420))
        told = [one for one in sorted(self.stamps) if span[0] <= one <= span[1]]
        rows = [structure(octets(clock_of(one, 420).octets()), u8(0), u32(7)) for one in told]
        return encode(array(rows))


def run(exchange, meter):
    """Carry out an exchange against an association of the meter's side."""
    try:
        out = next(exchange)
        while True:
            out = exchange.send(meter.receive(out))
    except StopIteration as end:
        return end.value


def drafted(shown, base=GENERIC, conformance=ALL_SERVICES):
    client = Client(Settings(conformance=conformance))
    meter = MeterAssociation(Offer(pdu_max=512), shown)
    run(client.associate(), meter)
    return run(discover(client, base, "mine", ON), meter)


def test_the_simulated_meter_gives_the_profile_that_it_has():
    base = load_profile("congto-simulator")
    session = World().visit()
    draft = session.do(discover(session.client, base, "mine", ON))
    told = draft.profile
    assert (told.make, told.source) == ("SIM", "read from the meter SIM0070000001 on 2026-11-25")
    same = {key: getattr(base, key) for key in ("name", "make", "model", "source", "confidence")}
    assert replace(told, registers=told.registers[:-1], **same) == base
    # The profile leaves out what these meters never count: reactive energy given.
    given = Counted(Reference(3, GIVEN, 2), Channel.REACTIVE_EXPORT, Rate.TOTAL, Unit.VARH, 0)
    assert told.registers[-1] == given
    assert list(draft.findings.checks) == ["model", "events"]
    assert draft.findings.left_out == []


def test_what_the_generic_profile_leaves_open_is_read_from_the_meter():
    draft = drafted(Shown())
    told = draft.profile
    assert told.make == "ABC"
    assert [one[:3] for one in told.registers] == [
        ((3, TOTAL, 2, None), Channel.ACTIVE_IMPORT, Rate.TOTAL),
        ((3, PEAK, 2, None), Channel.ACTIVE_IMPORT, Rate.PEAK),
        ((3, REACTIVE, 2, None), Channel.REACTIVE_IMPORT, Rate.TOTAL),
    ]
    assert [one.scaler for one in told.registers] == [0, 0, 0]
    load = told.load
    assert [one.kind for one in load.columns] == [Kind.CLOCK, Kind.STATUS, Channel.ACTIVE_IMPORT]
    assert (load.columns[2].scaler, load.asks_columns, load.stamp) == (0, False, Stamp.END)
    assert (load.period_seconds, load.sort_object) == (1800, STAMP.reference)
    assert load.depth_days == 31  # 1,500 half-hours are 31 days and 6 hours
    assert told.times == GENERIC.times
    assert set(draft.findings.checks) == {
        "model",
        "association/counter",
        "association/list_max",
        "load_profile/statuses",
    }


@pytest.mark.parametrize(
    ("takes", "found"),
    [
        (lambda bound: bound.deviation == -420, Deviation.SEND),
        (lambda bound: bound.status == 0xFF, Deviation.SKIP),
        (lambda bound: bound.deviation == -0x8000 and not bound.status, Deviation.UNSPECIFIED),
    ],
)
def test_bounds_are_written_as_the_meter_takes_them(takes, found):
    shown = Shown()
    shown.takes = takes
    draft = drafted(shown)
    assert draft.profile.times.deviation is found
    assert "times/deviation" not in draft.findings.checks


def test_a_meter_that_takes_no_range_leaves_its_form_to_be_checked():
    shown = Shown()
    shown.takes = lambda _bound: False
    draft = drafted(shown)
    assert draft.profile.times == GENERIC.times
    assert "refused" in draft.findings.checks["times/deviation"]
    assert "load_profile/stamp" in draft.findings.checks


def test_a_meter_without_rows_leaves_the_stamp_to_be_checked():
    shown = Shown()
    shown.stamps = []
    checks = drafted(shown).findings.checks
    assert "no rows" in checks["times/deviation"]
    assert checks["load_profile/stamp"] == "no row was read"


def test_rows_stamped_at_their_begin_are_seen_by_the_newest_of_them():
    shown = Shown()
    shown.stamps = [one - timedelta(minutes=30) for one in shown.stamps]
    draft = drafted(shown)
    assert draft.profile.load.stamp is Stamp.BEGIN
    assert "1800 seconds before" in draft.findings.checks["load_profile/stamp"]


def test_a_clock_with_the_other_sign_is_seen():
    shown = Shown()
    told = clock_of(NOW, 420, inverted=True)
    assert told.deviation == 420
    shown.values[8, CLOCK, 2] = octets(told.octets())
    draft = drafted(shown)
    assert draft.profile.times.inverted
    assert "420" in draft.findings.checks["times/inverted"]


@pytest.mark.parametrize(
    ("told", "check"),
    [
        (CosemClock(0xFFFF, 255, 255, 255, 255, 255, 255, 255, -0x8000, 255), "year 65535"),
        (CosemClock(1, 1, 1, 1, 0, 0, 0, 0, -420, 0), "year 1"),
        (CosemClock(2026, 13, 1, 1, 0, 0, 0, 0, -420, 0), "a clock"),
    ],
)
def test_a_clock_that_cannot_be_believed_is_told_and_nothing_is_tried_with_it(told, check):
    shown = Shown()
    shown.values[8, CLOCK, 2] = octets(told.octets())
    checks = drafted(shown).findings.checks
    assert check.removeprefix("a ") in checks["clock"]
    assert "not tried" in checks["times/deviation"]


def test_a_register_with_parts_is_completed_and_others_that_do_not_fit_are_left_out():
    shown = Shown()
    shown.register(TOTAL, -1, 30)
    shown.register(REACTIVE, 0, 27)
    del shown.values[3, PEAK, 3]
    draft = drafted(shown)
    (total,) = draft.profile.registers
    assert (total.scaler, total.parts) == (-1, Parts.COMPLETED)
    assert [one.partition(":")[0][:9] for one in draft.findings.left_out] == ["3/1-0", "3/1-0"]
    assert any("unit 27, not varh" in one for one in draft.findings.left_out)


def test_rates_that_no_profile_names_are_to_be_checked():
    base = replace(GENERIC, registers=GENERIC.registers[:1])
    checks = drafted(Shown(), base).findings.checks
    assert "registers/3/1-0:1.8.2*255/2" in checks
    assert "registers/3/1-0:1.8.0*255/2" not in checks


def test_a_meter_that_shows_no_energy_keeps_the_registers_to_be_checked():
    shown = Shown()
    for name in (TOTAL, PEAK, REACTIVE):
        del shown.listed[name]
    draft = drafted(shown)
    assert draft.profile.registers == GENERIC.registers
    assert "registers" in draft.findings.checks


def test_columns_that_are_no_energy_of_a_period_are_not_read():
    shown = Shown()
    shown.load(
        STAMP,
        CaptureObject(3, ENERGY, 2),
        CaptureObject(3, TOTAL, 2),
        CaptureObject(3, ENERGY, 2),
        CaptureObject(3, EXPORT, 2, 1),
        CaptureObject(3, obis("1-0:32.7.0*255"), 2),
        sorted_by=CaptureObject(0, bytes(6), 0),
    )
    shown.register(ENERGY, -2, 30)
    draft = drafted(shown)
    kinds = [one.kind for one in draft.profile.load.columns]
    assert kinds == [Kind.CLOCK, Channel.ACTIVE_IMPORT, *[Kind.OTHER] * 4]
    checks = draft.findings.checks
    assert "counts on" in checks["load_profile/3/1-0:1.8.0*255/2"]
    assert "same meaning" in checks["load_profile/3/1-0:1.29.0*255/2"]
    assert "names none" in checks["load_profile/sort_object"]
    assert draft.profile.load.sort_object == STAMP.reference


@pytest.mark.parametrize("sorted_by", [None, CaptureObject(8, obis("0-0:1.0.1*255"), 2)])
def test_the_sort_object_is_the_one_that_the_meter_names(sorted_by):
    shown = Shown()
    del shown.listed[LOAD]
    shown.load(STAMP, CaptureObject(3, ENERGY, 2), sorted_by=sorted_by)
    load = drafted(shown).profile.load
    assert load.sort_object == (STAMP if sorted_by is None else sorted_by).reference


def test_a_column_in_another_unit_or_without_a_scaler_is_to_be_checked():
    shown = Shown()
    shown.load(STAMP, CaptureObject(3, ENERGY, 2), CaptureObject(3, EXPORT, 2))
    shown.register(ENERGY, 0, 27)
    del shown.values[3, EXPORT, 3]
    draft = drafted(shown)
    assert [one.kind for one in draft.profile.load.columns][1] is Kind.OTHER
    assert draft.profile.load.columns[2].scaler is None
    assert "number 27" in draft.findings.checks["load_profile/3/1-0:1.29.0*255/2"]
    assert "write its scaler" in draft.findings.checks["load_profile/3/1-0:2.29.0*255/2"]


def test_the_load_profile_is_found_under_another_code_and_logs_are_none():
    shown = Shown()
    del shown.listed[LOAD]
    other = obis("1-0:99.2.0*255")
    shown.load(STAMP, CaptureObject(3, TOTAL, 2), name=obis("1-0:98.2.0*255"), period=86_400)
    shown.load(STAMP, CaptureObject(3, ENERGY, 2), name=obis("0-0:99.98.0*255"), period=0)
    shown.load(CaptureObject(3, ENERGY, 2), name=obis("1-0:99.3.0*255"))
    shown.load(STAMP, CaptureObject(3, ENERGY, 2), name=other, period=900)
    draft = drafted(shown)
    assert draft.profile.load.reference.name == other
    assert "load_profile/period_seconds" in draft.findings.checks
    del shown.listed[other]
    draft = drafted(shown)
    assert draft.profile.load is None
    assert "load_profile" in draft.findings.checks


def test_a_period_that_no_meter_has_is_no_load_profile():
    shown = Shown()
    shown.load(STAMP, CaptureObject(3, ENERGY, 2), period=0xFFFF_FFFF)
    assert drafted(shown).profile.load is None


@pytest.mark.parametrize(("base", "days"), [(GENERIC, 30), (replace(GENERIC, load=None), 30)])
def test_how_long_rows_are_kept_is_to_be_checked_where_the_meter_does_not_say(base, days):
    shown = Shown()
    del shown.values[7, LOAD, 8]
    draft = drafted(shown, base)
    assert draft.profile.load.depth_days == days
    assert "load_profile/depth_days" in draft.findings.checks


def test_statuses_that_the_base_knows_stay():
    base = load_profile("congto-simulator")
    assert drafted(Shown(), base).profile.load.statuses == ((7, Status.POWER_DOWN),)


def test_the_counter_and_lists_are_as_the_meter_shows_them():
    shown = Shown()
    shown.show(1, COUNTER, {2: u32(9)})
    draft = drafted(shown, conformance=ALL_SERVICES & ~Conformance.MULTIPLE_REFERENCES)
    how = draft.profile.associating
    assert (how.counter.name, how.list_max) == (COUNTER, 1)
    assert "whether it is that" in draft.findings.checks["association/counter"]


def test_a_meter_that_does_not_show_its_objects_is_told():
    shown = Shown()
    shown.get = lambda _reference: AccessResult.READ_WRITE_DENIED
    with pytest.raises(AccessRefusedError, match=r"15/0-0:40\.0\.0"):
        drafted(shown)


# Whatever a meter tells of itself.

JUNK = [
    Data(Tag.NULL, None),
    u8(255),
    u32(0xFFFF_FFFF),
    octets(b""),
    octets(bytes(12)),
    octets(b"\xff" * 12),
    octets(b"\x00\x1b: \xf0"),
    Data(Tag.VISIBLE_STRING, "\x85\x7f \u00a0#"),
    structure(),
    array([]),
    array([structure(u8(1))]),
    Register.scaler_unit.data(ScalerUnit(127, 255)),
    Register.scaler_unit.data(ScalerUnit(-128, 30)),
    ProfileGeneric.sort_object.data(CaptureObject(0, b"\xff" * 6, -128, 0xFFFF)),
    ProfileGeneric.capture_objects.data((STAMP, STAMP, CaptureObject(5, ENERGY, 3))),
    ProfileGeneric.capture_objects.data(
        (CaptureObject(8, bytes(6), 2), CaptureObject(3, TOTAL, 2))
    ),
]
ROWS = [
    b"",
    b"\x01\x01\x00",
    b"\x01\x01\x02\x00",
    b"\x13\x00",
    b"\x01\x83",
    b"\x01\x02\x02\x01\x11\x01\x00",
]


@settings(max_examples=EXAMPLES)
@given(st.data())
def test_whatever_a_meter_tells_the_draft_loads(tmp_path_factory, data):
    shown = Shown()
    shown.values |= data.draw(
        st.dictionaries(st.sampled_from(list(shown.values)), st.sampled_from(JUNK))
    )
    told = data.draw(st.one_of(st.none(), st.sampled_from(ROWS)))
    if told is not None:
        shown.rows = lambda _selection: told
    try:
        draft = drafted(shown)
    except DlmsError:
        return  # the session could not go on
    folder = tmp_path_factory.mktemp("draft")
    (folder / "mine.yaml").write_text(draft_text(draft), encoding="utf-8")
    assert load_profile("mine", folder) == draft.profile


@pytest.mark.parametrize("name", profile_names())
def test_a_profile_is_written_so_that_it_loads_as_it_was(name, tmp_path):
    profile = load_profile(name)
    (tmp_path / f"{name}.yaml").write_text(profile_text(profile), encoding="utf-8")
    assert load_profile(name, tmp_path) == profile


@pytest.mark.parametrize(
    "link",
    [
        Link(),
        Link(1, 128, 1, Quirks(proposes=False, wide_lengths=True, repeats_max=5), 0.25, 1.5),
        Link(1, quirks=Quirks(shared_flags=True, llc=False)),
    ],
)
def test_the_habits_of_hdlc_are_written(link, tmp_path):
    profile = replace(GENERIC, name="mine", framing=Framing.HDLC, link=link)
    (tmp_path / "mine.yaml").write_text(profile_text(profile), encoding="utf-8")
    assert load_profile("mine", tmp_path) == profile


def test_longer_addresses_of_hdlc_are_written(tmp_path):
    profile = replace(GENERIC, name="mine", physical=17, link=Link(2))
    (tmp_path / "mine.yaml").write_text(profile_text(profile), encoding="utf-8")
    assert load_profile("mine", tmp_path) == profile


def test_logs_and_alarms_that_the_meter_shows_are_drafted():
    shown = Shown()
    assert drafted(shown, GENERIC).profile.events.logs == ()
    shown.show(7, obis("0-0:99.98.1*255"), {2: array(())})
    shown.show(1, obis("0-0:97.98.0*255"), {2: u32(0)})
    draft = drafted(shown, GENERIC)
    assert draft.profile.events.logs == (GENERIC.events.logs[1],)
    assert draft.profile.events.alarms == GENERIC.events.alarms
    assert "generic" in draft.findings.checks["events"]


def test_numbers_of_a_log_that_mean_something_else_are_written(tmp_path):
    log = replace(GENERIC.events.logs[0], codes=((12, MeterEvent.COVER_OPEN),))
    profile = replace(GENERIC, name="mine", events=replace(GENERIC.events, logs=(log,)))
    (tmp_path / "mine.yaml").write_text(profile_text(profile), encoding="utf-8")
    assert load_profile("mine", tmp_path) == profile


def test_a_draft_is_written_with_its_checks_and_objects_and_loads(tmp_path):
    shown = Shown()
    shown.show(1, NAME, {2: octets(b'A"\x7f\n#: C\xff')})
    shown.register(REACTIVE, 0, 27)
    shown.show(70, obis("0-0:96.3.10*255"), {2: u8(1)})
    draft = drafted(shown)
    text = draft_text(draft)
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    assert load_profile("mine", tmp_path) == draft.profile
    lines = text.splitlines()
    assert '  list_max: "1"  # check: the meter says that it takes lists' in lines
    assert "# left out: 3/1-0:3.8.0*255/2: unit 27, not varh" in lines
    relay = "Disconnect control, Rơ-le đóng cắt · Disconnect control"
    assert f"#   70 v0 0-0:96.3.10*255: read 1 2; act 1 ({relay})" in lines
    for key, why in draft.findings.checks.items():
        (line,) = [one for one in lines if one.endswith(f"check: {why}") or why in one]
        assert key.rpartition("/")[2] in line or key.split("/")[2] in line
