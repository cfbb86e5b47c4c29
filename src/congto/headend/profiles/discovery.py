"""Discovery: a draft of a model's profile from what a meter tells of itself.

The association view says which objects there are. Registers are asked for scaler and unit, the load
profile for its columns, its period and its sort object; a short range of it shows how the meter
wants its bounds written and what a row's time names. What cannot be known is marked to be checked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from congto.headend.cosem.classes.association import Association
from congto.headend.cosem.classes.clock import Clock
from congto.headend.cosem.classes.data import DataObject
from congto.headend.cosem.classes.exchange import read, read_some
from congto.headend.cosem.classes.registers import ExtendedRegister, Register
from congto.headend.dlms.apdu.initiate import Conformance
from congto.headend.dlms.data import Data
from congto.headend.dlms.datetimes import NO_DEVIATION
from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.obis import obis
from congto.headend.profiles.discovery_load import Spoken, find_load
from congto.headend.profiles.discovery_view import REGISTER, Energy, Findings, View, energy_of
from congto.headend.profiles.model import (
    VALUE,
    Counted,
    Parts,
    Profile,
    clock_reference,
)
from congto.vocabulary.groups import Register as Rate
from congto.vocabulary.prices import Confidence

if TYPE_CHECKING:
    from datetime import date, datetime

    from congto.headend.cosem.classes.parts import ScalerUnit
    from congto.headend.dlms.apdu.references import Reference
    from congto.headend.dlms.client import Client, Exchange
    from congto.headend.dlms.datetimes import CosemClock
    from congto.headend.profiles.event_logs import Events
    from congto.headend.profiles.model import Associating, Times

DEVICE_NAME = obis("0-0:42.0.0*255")
COUNTERS = obis("0-0:43.1.0*255")[:4]
MAKER_LETTERS = 3
"""A logical device name begins with the letters of its maker (Green Book, FLAG association)."""
NOT_LISTED_VERSION = 1
UNKNOWN = "unknown"
YEARS = range(2000, 2100)
"""Years in which a meter's time is believed."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A profile to be looked at by a person.

    Attributes:
        profile: as far as it is known; the rest is from the profile that was begun with.
        device_name: the logical device name; empty where it is not shown.
        view: all objects that the meter shows.
        findings: what is to be checked, and what was left out.
    """

    profile: Profile
    device_name: str
    view: View
    findings: Findings


def discover(client: Client, base: Profile, name: str, on: date) -> Exchange[Draft]:
    """Draft the profile of a meter's model.

    Args:
        client: associated as `base` says.
        base: the profile to begin with: how the meter is reached, and what cannot be read.
        name: of the new profile.
        on: the day, for its source.

    Raises:
        AccessRefusedError: the meter does not show its objects to this client.
        DlmsError: the session cannot go on.
    """
    findings = Findings()
    view = yield from _view(client, base.associating.association)
    device_name = yield from _device_name(client, view)
    clock, spoken = yield from _clock(client, view, base, findings)
    registers = yield from _registers(client, view, base, findings)
    load, times = yield from find_load(client, view, base.load, spoken, findings)
    findings.checks["model"] = f"write what the plate says; the meter is called {device_name!r}"
    if not device_name:
        findings.checks["make"] = "the meter shows no logical device name"
    profile = replace(
        base,
        name=name,
        make=device_name[:MAKER_LETTERS] or base.make,
        model=UNKNOWN,
        source=f"read from the meter {device_name} on {on}",
        confidence=Confidence.SINGLE_SOURCE,
        associating=_associating(client, view, base.associating, findings),
        times=times,
        clock=clock,
        registers=registers,
        load=load,
        events=_events(view, base, findings),
    )
    return Draft(profile, device_name, view, findings)


def _events(view: View, base: Profile, findings: Findings) -> Events:
    """Return the logs and alarms of the base that the meter shows too."""
    shown = {row.logical_name for row in view.rows}
    found = replace(
        base.events,
        logs=tuple(one for one in base.events.logs if one.reference.name in shown),
        alarms=tuple(one for one in base.events.alarms if one.reference.name in shown),
    )
    if found.logs or found.alarms:
        findings.checks["events"] = f"numbers and bits mean what they do in {base.name}"
    return found


def _view(client: Client, name: bytes) -> Exchange[View]:
    association = Association(name)
    rows = yield from read(client, association, association.object_list)
    versions = [row.version for row in rows if row.class_id == association.number]
    return View(rows, min(versions, default=NOT_LISTED_VERSION))


def _device_name(client: Client, view: View) -> Exchange[str]:
    named = [one for one in view.having(DataObject, VALUE) if one.name == DEVICE_NAME]
    answers = yield from read_some(client, [(one, one.value) for one in named])
    told = [one.value for one in answers if isinstance(one, Data)]
    texts = [one.decode("ascii", "replace") if isinstance(one, bytes) else one for one in told]
    text = next((one for one in texts if isinstance(one, str)), "")
    return "".join(one for one in text if one.isprintable()).strip()


def _clock(
    client: Client, view: View, base: Profile, findings: Findings
) -> Exchange[tuple[Reference, Spoken]]:
    """Return the clock, how it tells times, and what it told."""
    clocks = view.having(Clock, VALUE)
    clocks.sort(key=lambda one: one.name != base.clock.name)
    if not clocks:
        findings.checks["clock"] = "the meter shows no clock"
        return base.clock, Spoken(base.times, None)
    found = clocks[0]
    (told,) = yield from read_some(client, [(found, found.time)])
    if isinstance(told, DlmsError):
        findings.checks["clock"] = told.found
        return clock_reference(found.name), Spoken(base.times, None)
    times = _times(told, base.times, findings)
    return clock_reference(found.name), Spoken(times, _instant(told, times, findings))


def _instant(told: CosemClock, times: Times, findings: Findings) -> datetime | None:
    """Return the instant that a clock tells, None where it is none to be believed."""
    try:
        if told.year in YEARS:
            return told.instant(times.zone_minutes, inverted=times.inverted)
        findings.checks["clock"] = f"it tells the year {told.year}"
    except DlmsError as error:
        findings.checks["clock"] = error.found
    return None


def _times(told: CosemClock, known: Times, findings: Findings) -> Times:
    """Return how times are written, by the deviation that the clock told."""
    if told.deviation == NO_DEVIATION:
        return known
    if told.deviation == -known.zone_minutes:
        return replace(known, inverted=False)
    if told.deviation == known.zone_minutes:
        findings.checks["times/inverted"] = f"the clock says {told.deviation} from UTC"
        return replace(known, inverted=True)
    findings.checks["times/zone_minutes"] = "another zone than the profile that was begun with"
    return replace(known, zone_minutes=-told.deviation, inverted=False)


def _registers(
    client: Client, view: View, base: Profile, findings: Findings
) -> Exchange[tuple[Counted, ...]]:
    """Return the registers of energy, by their codes, with scalers as the meter tells them."""
    said = {one.reference: one for one in base.registers}
    found: dict[Energy, Register | ExtendedRegister] = {}
    shown: list[Register | ExtendedRegister] = [*view.having(Register, VALUE)]
    shown += view.having(ExtendedRegister, VALUE)
    for asked in shown:
        known = said.get(asked.reference(asked.value))
        meant = energy_of(asked.name, REGISTER)
        if known is not None:
            meant = Energy(known.channel, known.register)
        if meant is not None:
            found.setdefault(meant, asked)
    answers = yield from read_some(client, [(one, one.scaler_unit) for one in found.values()])
    counted: list[Counted] = []
    for (meant, asked), answer in zip(found.items(), answers, strict=True):
        reference = asked.reference(asked.value)
        one = _counted(meant, reference, answer, findings)
        if one is not None:
            counted.append(one)
            if meant.rate is not Rate.TOTAL and reference not in said:
                findings.checks[f"registers/{reference}"] = "which rate has this number"
    if not counted:
        findings.checks["registers"] = "none of energy is shown; these are not of this meter"
        return base.registers
    return tuple(sorted(counted, key=lambda one: (one.channel, one.register)))


def _counted(
    meant: Energy, reference: Reference, told: ScalerUnit | DlmsError, findings: Findings
) -> Counted | None:
    if isinstance(told, DlmsError):
        findings.left_out.append(f"{reference}: {told.found}")
        return None
    if told.unit != meant.unit.number:
        findings.left_out.append(f"{reference}: unit {told.unit}, not {meant.unit}")
        return None
    parts = Parts.COMPLETED if told.scaler < 0 else Parts.REFUSE
    return Counted(reference, meant.channel, meant.rate, meant.unit, told.scaler, parts)


def _associating(client: Client, view: View, base: Associating, findings: Findings) -> Associating:
    """Return how to associate: as was done now, with the counter that the meter shows."""
    listed = {one.name: one for one in view.having(DataObject) if one.name[:4] == COUNTERS}
    counter = base.counter
    if listed and (counter is None or counter.name not in listed):
        first = next(iter(listed.values()))
        counter = first.reference(first.value)
        findings.checks["association/counter"] = "whether it is that of the reading client"
    elif not listed and counter is not None:
        findings.checks["association/counter"] = "the meter does not show it to this client"
    lists = client.agreed.conformance & Conformance.MULTIPLE_REFERENCES
    if lists and base.list_max == 1:
        findings.checks["association/list_max"] = "the meter says that it takes lists"
    return replace(base, counter=counter, list_max=base.list_max if lists else 1)
